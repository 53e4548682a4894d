//! Kept counts: at any moment they are what a count of the history gives. Each test of the suite ends with [`check`].

use std::collections::BTreeMap;
use std::time::Duration;

use super::retention::prune_all;
use super::*;
use crate::{Clearing, SlowRun};

/// Counts by the begin of a quarter of an hour and by status.
type Counts = BTreeMap<(i64, &'static str), u64>;

const QUARTER: i64 = 900;

fn kept(store: &Store, from: Time, until: Time) -> Counts {
    let counts = store.read(|reader| reader.counts_by_quarter(from, until));
    let counts = counts.unwrap().into_iter();
    counts
        .map(|(at, status, number)| ((at.millis(), status.as_str()), number))
        .collect()
}

fn counted(store: &Store, from: Time, until: Time) -> Counts {
    let filter = HistoryFilter::default();
    let rows = store.read(|reader| reader.history(&filter, 1_000_000));
    let mut counts = Counts::new();
    for row in rows.unwrap() {
        let Some(at) = row.ended_at.filter(|at| *at >= from && *at < until) else {
            continue;
        };
        let quarter = at.millis() / (QUARTER * 1_000) * QUARTER * 1_000;
        let number = match row.status {
            Status::Missed | Status::Skipped => row.count.unsigned_abs(),
            _ => 1,
        };
        *counts.entry((quarter, row.status.as_str())).or_default() += number;
    }
    counts
}

/// Compares all counts with the history.
pub fn check(store: &Store) {
    let (from, until) = (Time::from_millis(0), Time::from_millis(i64::MAX / 2));
    assert_eq!(kept(store, from, until), counted(store, from, until));
}

fn number_of(store: &Store, status: Status) -> u64 {
    let counts = kept(store, at(0), at(1_000_000)).into_iter();
    counts
        .filter(|((_, known), _)| *known == status.as_str())
        .map(|(_, number)| number)
        .sum()
}

pub fn counts_follow_each_change_of_the_history(store: &Store) {
    let a = add(store, "a", |_| ());
    let b = add(store, "b", |_| ());
    for quarter in 0..4 {
        for job in [&a, &b] {
            ended(store, job, Status::Success, at(quarter * QUARTER + 10));
            ended(store, job, Status::Failed, at(quarter * QUARTER + 20));
        }
    }
    check(store);
    // An end that is recorded twice counts once.
    let runs = record(store, &a, Status::Running, at(100));
    for status in [Status::Timeout, Status::Success] {
        finish(store, runs, finished(status, at(110)));
    }
    assert_eq!(number_of(store, Status::Timeout), 1);
    assert_eq!(number_of(store, Status::Success), 8);
    check(store);
    // A row for several occurrences, which moves to another quarter as it grows.
    let missed = |second| NewExecution {
        ended_at: Some(at(second)),
        ..execution(&b, Status::Missed, at(second))
    };
    let first = missed(50);
    store.write(move |tx| tx.insert_execution(&first)).unwrap();
    for (second, more) in [(60, 2), (2 * QUARTER, 4)] {
        let like = missed(second);
        let grown = store.write(move |tx| tx.extend_last(&like, more));
        assert!(grown.unwrap().is_some());
        check(store);
    }
    assert_eq!(number_of(store, Status::Missed), 7);
    let queued = record(store, &a, Status::Queued, at(200));
    store
        .write(move |tx| tx.drop_queued(queued, at(201), "no"))
        .unwrap();
    assert_eq!(number_of(store, Status::Cancelled), 1);
    check(store);
    // Nothing of these is kept.
    let (row, again) = (missed(70), missed(70));
    store
        .write(move |tx| {
            tx.insert_execution(&row)?;
            Err::<(), _>(jobs_error::Error::ShuttingDown)
        })
        .unwrap_err();
    store
        .dry_run(move |tx| tx.insert_execution(&again))
        .unwrap();
    assert_eq!(number_of(store, Status::Missed), 7);
    check(store);
    let mut what = Clearing {
        job_id: a.id,
        due: Some(at(0)..at(QUARTER)),
        up_to: ExecId::MAX,
    };
    store.write(move |tx| tx.clear(&mut what)).unwrap();
    check(store);
    prune_all(store, |limits| limits.per_job = 2, at(10_000));
    check(store);
    store.write(move |tx| tx.delete_job(b.id)).unwrap();
    check(store);
    prune_all(store, |_| (), at(10_000));
    assert_eq!(number_of(store, Status::Missed), 0);
    check(store);
    prune_all(
        store,
        |limits| limits.age = Duration::from_secs(1),
        at(1_000_000),
    );
    check(store);
}

pub fn counts_of_any_time_are_those_of_the_history(store: &Store) {
    let job = add(store, "a", |_| ());
    let seconds = [0, 1, 449, 450, 899, 900, 901, 1_799, 1_800, 2_700, 3_000];
    for second in seconds {
        ended(store, &job, Status::Success, at(second));
    }
    for from in seconds {
        for until in seconds {
            for more in [0, 1] {
                let (from, until) = (at(from), at(until + more));
                assert_eq!(
                    kept(store, from, until),
                    counted(store, from, until),
                    "{from:?} to {until:?}"
                );
            }
        }
    }
}

pub fn slow_runs_are_the_longest_of_each_job(store: &Store) {
    let a = add(store, "a", |_| ());
    let b = add(store, "b", |_| ());
    let ran = |job: &Job, end, took| ran(store, job, Status::Success, end, took);
    for second in 1..=3 {
        ran(&a, second, 1_000);
        ran(&b, second, 10);
    }
    ran(&a, 10, 2_001);
    let longest = ran(&a, 11, 9_000);
    ran(&a, 12, 1_999);
    // Twice as long, but not by a second.
    ran(&b, 12, 900);
    let slow = |from, until| store.read(|reader| reader.slow_runs(at(from), at(until)));
    let expected = SlowRun {
        job_id: a.id,
        exec_id: longest,
        took_ms: 9_000,
        usual_ms: 1_000,
    };
    assert_eq!(slow(0, 100).unwrap(), [expected]);
    assert_eq!(slow(0, 11).unwrap()[0].took_ms, 2_001);
    assert_eq!(slow(12, 100).unwrap(), []);
    let mut what = Clearing {
        job_id: a.id,
        due: None,
        up_to: longest,
    };
    store.write(move |tx| tx.clear(&mut what)).unwrap();
    assert_eq!(slow(0, 100).unwrap(), []);
}

pub fn troubles_are_counted_by_job_and_by_gap(store: &Store) {
    let a = add(store, "a", |_| ());
    let b = add(store, "b", |_| ());
    for (second, status) in [
        (10, Status::Failed),
        (20, Status::Timeout),
        (30, Status::Success),
        (40, Status::Interrupted),
    ] {
        ended(store, &a, status, at(second));
    }
    for second in [12, 14, 50] {
        let row = NewExecution {
            count: 3,
            ended_at: Some(at(second + 1)),
            ..execution(&b, Status::Missed, at(second))
        };
        store.write(move |tx| tx.insert_execution(&row)).unwrap();
    }
    let gaps = [(at(11), at(13)), (at(14), at(50))];
    let troubles = store
        .read(|reader| reader.troubles(at(10), at(40), &gaps))
        .unwrap();
    assert_eq!(troubles.failed.len(), 1);
    let failed = troubles.failed[&a.id];
    assert_eq!((failed.number, failed.status), (2, Status::Timeout));
    assert_eq!(failed.ended_at, at(20));
    let missed = troubles.missed[&b.id];
    assert_eq!(
        (missed.number, missed.from, missed.until),
        (6, at(12), at(15))
    );
    assert_eq!(troubles.missed_in_gaps, [3, 3]);
}
