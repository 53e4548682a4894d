//! Claims: at most once, with a lease, by numbers that rise.

use super::*;
use crate::{LiveCounts, Owner, Startable, Tx, Waiting};
use jobs_error::{Error, Result};
use jobs_model::Overlap;

/// Claims at most one job that is due at second 10.
fn claim(tx: &mut Tx<'_>) -> Result<Vec<ExecId>> {
    let mut claimed = Vec::new();
    for job in tx.due(at(10), 1)? {
        let row = execution(&job, Status::Running, at(10));
        claimed.push(tx.insert_execution(&row)?);
        tx.advance_job(&Job {
            next_at: Some(at(11)),
            scheduled_at: Some(at(11)),
            run_count: job.run_count + 1,
            ..job
        })?;
    }
    Ok(claimed)
}

pub fn newest_due_is_the_reverse_of_due(store: &Store) {
    for second in [9, 7, 10, 11, 8] {
        add(store, &format!("j{second}"), |job| {
            job.next_at = Some(at(second));
        });
    }
    let names = |jobs: Vec<Job>| -> Vec<String> { jobs.into_iter().map(|job| job.name).collect() };
    store
        .read(|reader| {
            assert_eq!(names(reader.due(at(10), 9)?), ["j7", "j8", "j9", "j10"]);
            assert_eq!(
                names(reader.newest_due(at(10), 9)?),
                ["j10", "j9", "j8", "j7"]
            );
            assert_eq!(names(reader.newest_due(at(10), 2)?), ["j10", "j9"]);
            Ok(())
        })
        .unwrap();
}

pub fn claim_keeps_the_instant_up_to_which_it_claimed(store: &Store) {
    let job = add(store, "a", |_| ());
    assert_eq!(job.claimed_until, None);
    let claimed = Job {
        claimed_until: Some(at(10)),
        ..job
    };
    let read = |id| store.read(|reader| reader.job(id)).unwrap().unwrap();
    let id = claimed.id;
    let advanced = claimed.clone();
    store.write(move |tx| tx.advance_job(&advanced)).unwrap();
    assert_eq!(read(id).claimed_until, Some(at(10)));
    // A change of the job keeps it.
    store.write(move |tx| tx.update_job(&claimed)).unwrap();
    assert_eq!(read(id).claimed_until, Some(at(10)));
}

pub fn claim_moves_the_job_and_records_the_execution_together(store: &Store) {
    let job = add(store, "a", |_| ());
    let claimed = store.write(claim).unwrap();
    assert_eq!(claimed.len(), 1);
    let (moved, row) = store
        .read(|reader| {
            Ok((
                reader.job(job.id)?.unwrap(),
                reader.execution(claimed[0])?.unwrap(),
            ))
        })
        .unwrap();
    assert_eq!((moved.next_at, moved.run_count), (Some(at(11)), 1));
    assert_eq!((row.job_id, row.status), (job.id, Status::Running));
    assert_eq!(store.write(claim).unwrap(), NONE, "nothing is due any more");
}

pub fn failed_claim_leaves_the_job_due(store: &Store) {
    let job = add(store, "a", |_| ());
    let failed = store.write(|tx| {
        claim(tx)?;
        Err::<(), _>(Error::Conflict("not now".to_string()))
    });
    assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
    assert_eq!(numbers(store, job.id), NONE);
    assert_eq!(store.write(claim).unwrap().len(), 1);
}

pub fn concurrent_claims_take_an_occurrence_once(store: &Store) {
    const JOBS: usize = 20;
    let all: Vec<JobId> = (0..JOBS)
        .map(|number| add(store, &format!("j{number}"), |_| ()).id)
        .collect();
    let claim_all = || {
        let mut claimed = Vec::new();
        loop {
            let some = store.write(claim).unwrap();
            if some.is_empty() {
                return claimed;
            }
            claimed.extend(some);
        }
    };
    let claimed: Vec<Vec<ExecId>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(claim_all)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut jobs: Vec<JobId> = claimed
        .concat()
        .iter()
        .map(|exec_id| get(store, *exec_id).job_id)
        .collect();
    jobs.sort_unstable();
    assert_eq!(jobs, all);
}

pub fn running_execution_has_a_lease_of_the_store(store: &Store) {
    let job = add(store, "a", |_| ());
    let exec_id = record(store, &job, Status::Running, at(10));
    let lease = |exec_id| store.read(|reader| reader.lease(exec_id)).unwrap();
    let given = lease(exec_id).unwrap();
    assert_eq!((given.owner, given.until), (store.owner(), None));
    finish(store, exec_id, finished(Status::Success, at(12)));
    assert_eq!(lease(exec_id), Some(given), "it says who ran the execution");
    assert_eq!(lease(exec_id + 1), None, "there is no such execution");
}

pub fn queued_execution_has_no_lease_until_it_runs(store: &Store) {
    let job = add(store, "a", |_| ());
    let exec_id = record(store, &job, Status::Queued, at(10));
    let lease = || store.read(|reader| reader.lease(exec_id)).unwrap();
    assert_eq!(lease(), None);
    store
        .write(move |tx| tx.set_running(exec_id, at(11)))
        .unwrap();
    assert_eq!(lease().map(|lease| lease.owner), Some(store.owner()));
    let row = get(store, exec_id);
    assert_eq!(
        (row.status, row.started_at),
        (Status::Running, Some(at(11)))
    );
}

pub fn running_of_others_are_those_of_other_owners(store: &Store) {
    let job = add(store, "a", |_| ());
    let first = record(store, &job, Status::Running, at(10));
    record(store, &job, Status::Queued, at(11));
    let third = record(store, &job, Status::Running, at(12));
    ended(store, &job, Status::Success, at(13));
    let of_others = |owner| -> Vec<ExecId> {
        let rows = store
            .read(|reader| reader.running_of_others(owner))
            .unwrap();
        rows.iter().map(|row| row.exec_id).collect()
    };
    assert_eq!(of_others(store.owner()), NONE);
    assert_eq!(of_others(Owner::new()), [first, third]);
}

pub fn numbers_rise_also_after_a_removal(store: &Store) {
    let job = add(store, "a", |_| ());
    let last = ended(store, &job, Status::Success, at(10));
    store.write(move |tx| tx.delete_job(job.id)).unwrap();
    super::retention::prune_all(store, |_| (), at(20));
    assert_eq!(numbers(store, job.id), NONE);
    let next = add(store, "b", |_| ());
    assert!(next.id > job.id, "{} after {}", next.id, job.id);
    let exec_id = record(store, &next, Status::Queued, at(10));
    assert!(exec_id > last, "{exec_id} after {last}");
}

/// All executions that may start.
fn wanted(limit: usize, now: Time) -> Startable {
    Startable {
        limit,
        now,
        by_hand_only: false,
        fewer_than: None,
    }
}

pub fn startable_leaves_out_jobs_that_run_often_enough(store: &Store) {
    let mut waiting = Vec::new();
    for (name, running) in [("none", 0), ("one", 1), ("two", 2), ("three", 3)] {
        let job = add(store, name, |_| ());
        for _ in 0..running {
            record(store, &job, Status::Running, at(10));
        }
        waiting.push(record(store, &job, Status::Queued, at(11)));
        record(store, &job, Status::Queued, at(12));
    }
    let startable = |fewer_than| {
        let wanted = Startable {
            fewer_than,
            ..wanted(100, at(20))
        };
        let rows = store.read(|reader| reader.startable(wanted)).unwrap();
        let ids: Vec<ExecId> = rows.iter().map(|(admitted, _)| admitted.exec_id).collect();
        ids
    };
    assert_eq!(startable(None).len(), 8);
    let of_two = startable(Some(2));
    assert_eq!(of_two.len(), 4);
    assert!(of_two.contains(&waiting[0]) && of_two.contains(&waiting[1]));
    assert_eq!(startable(Some(1)).len(), 2);
    let counts = store.read(|reader| reader.running_counts()).unwrap();
    let mut counts: Vec<u32> = counts.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2, 3]);
}

pub fn startable_leaves_out_serial_jobs_that_run(store: &Store) {
    let mut expected = Vec::new();
    for (name, overlap, runs, may_start) in [
        ("parallel", Overlap::Parallel, true, true),
        ("serial", Overlap::Queue, true, false),
        ("free", Overlap::Queue, false, true),
    ] {
        let job = add(store, name, |job| job.allow_mode = overlap);
        if runs {
            record(store, &job, Status::Running, at(10));
        }
        let waits = record(store, &job, Status::Queued, at(11));
        expected.extend(may_start.then_some((waits, overlap)));
    }
    let startable = |limit| {
        let rows = store
            .read(|reader| reader.startable(wanted(limit, at(20))))
            .unwrap();
        rows.into_iter()
            .map(|(admitted, overlap)| (admitted.exec_id, overlap))
            .collect::<Vec<_>>()
    };
    assert_eq!(startable(10), expected);
    assert_eq!(startable(1), expected[..1]);
    let by_hand = store.read(|reader| {
        reader.startable(Startable {
            by_hand_only: true,
            ..wanted(10, at(20))
        })
    });
    assert!(by_hand.unwrap().is_empty(), "no caller asked for any");
}

pub fn startable_leaves_out_retries_that_wait(store: &Store) {
    let job = add(store, "a", |_| ());
    let row = NewExecution {
        waits_until: Some(at(30)),
        ..execution(&job, Status::Queued, at(10))
    };
    let exec_id = store.write(move |tx| tx.insert_execution(&row)).unwrap();
    let startable = |now| {
        let rows = store
            .read(|reader| reader.startable(wanted(10, now)))
            .unwrap();
        rows.iter()
            .map(|(admitted, _)| admitted.exec_id)
            .collect::<Vec<_>>()
    };
    let next_retry = || store.read(|reader| reader.next_retry(at(0))).unwrap();
    assert_eq!(startable(at(29)), NONE);
    assert_eq!(startable(at(30)), [exec_id]);
    assert_eq!(next_retry(), Some(at(30)));
    store.write(|tx| tx.hasten_retries(at(20))).unwrap();
    assert_eq!(startable(at(20)), [exec_id]);
    assert_eq!(next_retry(), Some(at(20)));
}

pub fn live_counts_tell_running_from_queued(store: &Store) {
    let (one, other) = (add(store, "a", |_| ()), add(store, "b", |_| ()));
    add(store, "c", |_| ());
    record(store, &one, Status::Running, at(10));
    record(store, &one, Status::Queued, at(11));
    record(store, &one, Status::Queued, at(12));
    record(store, &other, Status::Running, at(10));
    ended(store, &other, Status::Failed, at(9));
    let counts = |running, queued| LiveCounts { running, queued };
    store
        .read(|reader| {
            let by_job = reader.live_counts()?;
            assert_eq!(by_job.len(), 2);
            assert_eq!(by_job[&one.id], counts(1, 2));
            assert_eq!(reader.live_counts_of(other.id)?, counts(1, 0));
            assert_eq!(reader.live_total()?, counts(2, 2));
            assert_eq!(reader.running_total()?, 2);
            let waiting = Waiting {
                job_id: one.id,
                executions: 2,
                since: at(11),
            };
            assert_eq!(reader.waiting(at(20))?, [waiting]);
            assert_eq!(reader.live(Status::Queued)?.len(), 2);
            assert_eq!(reader.live_of(one.id)?.len(), 3);
            Ok(())
        })
        .unwrap();
}
