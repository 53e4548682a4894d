//! Retention: what pruning removes and what it keeps.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::{Clearing, Cursor, Limits};

/// Prunes until nothing is left to do, with the limits that `change` sets; the pass examines all jobs. Returns the executions whose
/// files are to be removed.
pub fn prune_all(store: &Store, change: impl Fn(&mut Limits), now: Time) -> Vec<ExecId> {
    let mut limits = Limits {
        age: Duration::ZERO,
        per_job: 0,
        bytes: 0,
        audit_age: Duration::ZERO,
        audit_rows: 0,
    };
    change(&mut limits);
    let mut cursor = Cursor {
        all_from: Some(0),
        ..Cursor::default()
    };
    let mut files = Vec::new();
    for step in 0.. {
        assert!(step < 1_000, "it does not come to an end");
        let (moved, pruned) = store
            .write(move |tx| {
                let pruned = tx.prune(&mut cursor, &limits, now)?;
                Ok((cursor, pruned))
            })
            .unwrap();
        cursor = moved;
        files.extend(pruned.files);
        if !pruned.more {
            break;
        }
    }
    files
}

/// Executions of a job that ended at second 10, 11 and so on.
fn history(store: &Store, job: &Job, statuses: &[Status]) -> Vec<ExecId> {
    (10..)
        .zip(statuses)
        .map(|(second, status)| ended(store, job, *status, at(second)))
        .collect()
}

pub fn limit_per_job_keeps_the_newest_and_the_last_failure(store: &Store) {
    const GOOD: Status = Status::Success;
    let job = add(store, "a", |_| ());
    let runs = record(store, &job, Status::Running, at(9));
    let ids = history(
        store,
        &job,
        &[Status::Failed, Status::Timeout, GOOD, GOOD, GOOD],
    );
    let other = add(store, "b", |_| ());
    let few = history(store, &other, &[GOOD, GOOD]);
    prune_all(store, |limits| limits.per_job = 2, at(100));
    assert_eq!(numbers(store, job.id), [runs, ids[1], ids[3], ids[4]]);
    assert_eq!(numbers(store, other.id), few);
}

pub fn age_removes_old_executions_but_the_last_failure(store: &Store) {
    let job = add(store, "a", |_| ());
    let ids = history(
        store,
        &job,
        &[
            Status::Failed,
            Status::Failed,
            Status::Success,
            Status::Success,
        ],
    );
    prune_all(
        store,
        |limits| limits.age = Duration::from_secs(87),
        at(100),
    );
    // Second 13 is just as old as allowed.
    assert_eq!(numbers(store, job.id), [ids[1], ids[3]]);
}

pub fn bytes_remove_the_oldest_first(store: &Store) {
    let job = add(store, "a", |_| ());
    let ids = history(store, &job, &[Status::Success; 5]);
    prune_all(store, |limits| limits.bytes = 250, at(100));
    assert_eq!(numbers(store, job.id), ids[3..]);
    assert_eq!(store.read(|reader| reader.kept_bytes()).unwrap(), 200);
}

pub fn removed_job_loses_its_history(store: &Store) {
    let (gone, stays) = (add(store, "a", |_| ()), add(store, "b", |_| ()));
    history(store, &gone, &[Status::Failed, Status::Success]);
    let runs = record(store, &gone, Status::Running, at(9));
    let kept = history(store, &stays, &[Status::Success]);
    store.write(move |tx| tx.delete_job(gone.id)).unwrap();
    assert_eq!(numbers(store, gone.id).len(), 3, "it goes in steps");
    prune_all(store, |_| (), at(100));
    assert_eq!(numbers(store, gone.id), [runs], "it is not over");
    finish(store, runs, finished(Status::Success, at(100)));
    prune_all(store, |_| (), at(100));
    assert_eq!(numbers(store, gone.id), NONE);
    assert_eq!(numbers(store, stays.id), kept);
}

pub fn pruned_files_are_reported(store: &Store) {
    let job = add(store, "a", |_| ());
    let with_file = record(store, &job, Status::Running, at(9));
    let end = Finished {
        in_file: true,
        ..finished(Status::Success, at(9))
    };
    finish(store, with_file, end);
    history(store, &job, &[Status::Success; 2]);
    let files = prune_all(store, |limits| limits.per_job = 1, at(100));
    assert_eq!(files, [with_file]);
}

pub fn clearing_removes_what_is_over_in_its_range(store: &Store) {
    let (job, other) = (add(store, "a", |_| ()), add(store, "b", |_| ()));
    let runs = record(store, &job, Status::Running, at(11));
    let ids = history(
        store,
        &job,
        &[Status::Failed, Status::Success, Status::Success],
    );
    let of_other = history(store, &other, &[Status::Success]);
    let clear = |due, up_to| {
        let mut which = Clearing {
            job_id: job.id,
            due,
            up_to,
        };
        let pruned = store.write(move |tx| tx.clear(&mut which)).unwrap();
        assert!(!pruned.more);
        pruned.executions
    };
    assert_eq!(clear(Some(at(11)..at(12)), ExecId::MAX), 1);
    assert_eq!(numbers(store, job.id), [runs, ids[0], ids[2]]);
    assert_eq!(clear(None, ids[0]), 1, "a later one was not there");
    assert_eq!(clear(None, ExecId::MAX), 1);
    let left: BTreeSet<ExecId> = numbers(store, job.id).into_iter().collect();
    assert_eq!(left, BTreeSet::from([runs]));
    assert_eq!(numbers(store, other.id), of_other);
}
