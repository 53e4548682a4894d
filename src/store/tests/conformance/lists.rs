//! The job list: each order and each filter, and the figures of the last executions that it is made of.

use super::*;
use crate::{Clearing, Cursor, JobFilter, Limits, Reader};
use jobs_model::{JobSort, JobsOnly, ListCounts, State};
use std::time::Duration;

/// The names of the jobs that pass the filter.
fn names(store: &Store, filter: &JobFilter) -> Vec<String> {
    let read = |reader: &mut Reader<'_>| {
        let whole = reader.jobs(filter)?;
        let mut pages = Vec::new();
        for skipped in 0..=whole.len() {
            let page = reader.page_of_jobs(filter, skipped as i64, 2)?;
            assert_eq!(
                page,
                whole[skipped..].iter().take(2).cloned().collect::<Vec<_>>()
            );
            pages.extend(page.into_iter().take(1));
        }
        assert_eq!(pages, whole);
        assert_eq!(reader.jobs_total(filter)?, whole.len() as u64);
        Ok(whole.into_iter().map(|job| job.name).collect())
    };
    store.read(read).unwrap()
}

fn now() -> JobFilter {
    JobFilter {
        now: Some(at(100)),
        ..JobFilter::default()
    }
}

fn clear(store: &Store, job: &Job, up_to: ExecId) {
    let mut what = Clearing {
        job_id: job.id,
        due: None,
        up_to,
    };
    store.write(move |tx| tx.clear(&mut what)).unwrap();
}

pub fn each_order_puts_jobs_without_the_value_last(store: &Store) {
    let a = add(store, "a", |job| job.next_at = Some(at(30)));
    let b = add(store, "b", |job| job.next_at = None);
    let c = add(store, "c", |job| job.next_at = Some(at(20)));
    add(store, "d", |job| job.next_at = None);
    ran(store, &a, Status::Success, 50, 10);
    ran(store, &b, Status::Failed, 40, 30);
    record(store, &c, Status::Missed, at(60));
    for (sort, up, down) in [
        (JobSort::Next, "cabd", "acdb"),
        (JobSort::Name, "abcd", "dcba"),
        (JobSort::Ended, "bacd", "abdc"),
        (JobSort::Took, "abcd", "badc"),
        (JobSort::Last, "bcad", "acbd"),
        (JobSort::Newest, "dcba", "abcd"),
    ] {
        for (is_reversed, expected) in [(false, up), (true, down)] {
            let filter = JobFilter {
                sort: Some(sort),
                is_reversed,
                ..now()
            };
            assert_eq!(
                names(store, &filter).concat(),
                expected,
                "{sort} {is_reversed}"
            );
        }
    }
}

pub fn each_choice_of_jobs_is_filtered_and_counted(store: &Store) {
    let failing = add(store, "failing", |_| ());
    let good = add(store, "good", |job| job.tags = vec!["x".into(), "y".into()]);
    let missed = add(store, "missed", |job| job.tags = vec!["x".into()]);
    let slow = add(store, "slow", |job| job.mode = jobs_model::Mode::Http);
    let running = add(store, "running", |_| ());
    add(store, "stopped", |job| job.stopped = true);
    add(store, "stopped for a time", |job| {
        job.stopped_until = Some(at(200))
    });
    add(store, "stopped before", |job| {
        job.stopped_until = Some(at(99))
    });
    let removed = add(store, "removed", |job| job.tags = vec!["x".into()]);
    for job in [&failing, &good, &missed, &removed] {
        ran(store, job, Status::Success, 10, 10);
    }
    ran(store, &failing, Status::Timeout, 20, 10);
    record(store, &missed, Status::Missed, at(30));
    for took in [1_000, 1_200, 1_100, 2_300] {
        ran(store, &slow, Status::Success, 40, took);
    }
    for _ in 0..3 {
        ran(store, &running, Status::Success, 50, 5_000);
    }
    record(store, &running, Status::Running, at(60));
    record(store, &removed, Status::Running, at(60));
    store.write(move |tx| tx.delete_job(removed.id)).unwrap();
    for (only, expected) in [
        (JobsOnly::Failing, "failing"),
        (JobsOnly::Running, "running"),
        (JobsOnly::Missed, "missed"),
        (JobsOnly::Slower, "running, slow"),
        (JobsOnly::Stopped, "stopped, stopped for a time"),
        (
            JobsOnly::Never,
            "stopped, stopped before, stopped for a time",
        ),
    ] {
        let filter = JobFilter {
            only: Some(only),
            sort: Some(JobSort::Name),
            ..now()
        };
        assert_eq!(names(store, &filter).join(", "), expected, "{only}");
    }
    let states = [
        (State::Running, "running"),
        (State::Stopped, "stopped, stopped for a time"),
        (
            State::Waiting,
            "failing, good, missed, slow, stopped before",
        ),
    ];
    for (state, expected) in states {
        let filter = JobFilter {
            state: Some(state),
            sort: Some(JobSort::Name),
            ..now()
        };
        assert_eq!(names(store, &filter).join(", "), expected, "{state:?}");
    }
    let last = JobFilter {
        last: vec![Status::Missed, Status::Timeout],
        sort: Some(JobSort::Last),
        ..now()
    };
    assert_eq!(names(store, &last), ["failing", "missed"]);
    let tagged = JobFilter {
        tag: Some("x".into()),
        ..now()
    };
    assert_eq!(names(store, &tagged), ["good", "missed"]);
    let http = JobFilter {
        mode: Some(jobs_model::Mode::Http),
        ..now()
    };
    assert_eq!(names(store, &http), ["slow"]);
    let some = JobFilter {
        ids: Some(vec![good.id, slow.id]),
        ..now()
    };
    assert_eq!(names(store, &some), ["good", "slow"]);

    let counts = |filter: &JobFilter| {
        let listing = store.read(|reader| reader.job_listing(filter, (0, 1), true));
        listing.unwrap().counts.unwrap()
    };
    let all = ListCounts {
        all: 8,
        failing: 1,
        running: 1,
        missed: 1,
        slower: 2,
        stopped: 2,
        never: 3,
    };
    assert_eq!(counts(&now()), all);
    let failing_alone = JobFilter {
        only: Some(JobsOnly::Failing),
        ..now()
    };
    assert_eq!(counts(&failing_alone), all, "the choice does not count");
    let of_tag = ListCounts {
        all: 2,
        missed: 1,
        ..ListCounts::default()
    };
    assert_eq!(counts(&tagged), of_tag);
}

pub fn text_is_found_in_any_case_and_not_in_secrets(store: &Store) {
    add(store, "Größe", |job| {
        job.command = "backup --password=Zebra7 /srv/DATA".into();
        job.desc = "Nightly 备份".into();
        job.cron_expr = "@daily".into();
    });
    let other = add(store, "other", |job| job.command = "100%_done".into());
    let found = |text: &str| {
        let filter = JobFilter {
            text: Some(text.into()),
            ..now()
        };
        names(store, &filter).join(", ")
    };
    for text in [
        "GRÖSSE",
        "größe",
        "NIGHTLY",
        "备份",
        "@DAILY",
        "/srv/data",
        "Backup --password",
    ] {
        let expected = if text == "GRÖSSE" { "" } else { "Größe" };
        assert_eq!(found(text), expected, "{text}");
    }
    for text in ["zebra7", "Zebra", "ebra"] {
        assert_eq!(found(text), "", "{text}");
    }
    assert_eq!(found("%_"), "other", "no pattern");
    let edited = Job {
        command: "echo token=Horse9".into(),
        tags: vec!["t".into()],
        ..other
    };
    let id = edited.id;
    store.write(move |tx| tx.update_job(&edited)).unwrap();
    assert_eq!(found("100%"), "", "the text before the change");
    assert_eq!(found("echo"), "other");
    assert_eq!(found("horse"), "");
    store.write(move |tx| tx.delete_job(id)).unwrap();
    assert_eq!(found("echo"), "");
}

pub fn streak_and_usual_duration_follow_the_ends(store: &Store) {
    let job = add(store, "a", |_| ());
    let runs = || store.read(|reader| reader.job_runs(&[job.id])).unwrap()[&job.id];
    assert_eq!((runs().streak, runs().usual_ms), (0, None));
    for took in [10, 30] {
        ran(store, &job, Status::Success, 10, took);
    }
    assert_eq!(runs().usual_ms, None, "two are no usual");
    ran(store, &job, Status::Success, 10, 20);
    assert_eq!(runs().usual_ms, Some(20));
    for (end, status) in [
        (20, Status::Failed),
        (30, Status::Timeout),
        (40, Status::Interrupted),
    ] {
        ran(store, &job, status, end, 9_999);
    }
    for status in [Status::Missed, Status::Skipped] {
        record(store, &job, status, at(50));
    }
    let cancelled = record(store, &job, Status::Queued, at(50));
    store
        .write(move |tx| tx.drop_queued(cancelled, at(51), "why"))
        .unwrap();
    let failing = runs();
    assert_eq!((failing.streak, failing.failing_since), (3, Some(at(20))));
    assert_eq!(failing.usual_ms, Some(20), "failures do not count");
    ran(store, &job, Status::Success, 60, 20);
    assert_eq!((runs().streak, runs().failing_since), (0, None));
    for _ in 0..20 {
        ran(store, &job, Status::Success, 60, 70);
    }
    assert_eq!(runs().usual_ms, Some(70), "the last ones count");
}

pub fn end_of_an_earlier_execution_is_not_the_last(store: &Store) {
    let job = add(store, "a", |_| ());
    let early = record(store, &job, Status::Running, at(10));
    ran(store, &job, Status::Success, 20, 5);
    finish(store, early, finished(Status::Failed, at(30)));
    let failing = JobFilter {
        only: Some(JobsOnly::Failing),
        ..now()
    };
    assert!(names(store, &failing).is_empty());
    assert_last(store, &job);
}

/// Asserts that the columns of the list have the latest execution in the history.
fn assert_last(store: &Store, job: &Job) {
    let last = store.read(|reader| reader.last_ended(job.id)).unwrap();
    for status in [
        Status::Success,
        Status::Failed,
        Status::Missed,
        Status::Cancelled,
    ] {
        let filter = JobFilter {
            last: vec![status],
            ids: Some(vec![job.id]),
            ..now()
        };
        let is_last = last.as_ref().is_some_and(|last| last.status == status);
        assert_eq!(
            names(store, &filter).len(),
            usize::from(is_last),
            "{status}"
        );
    }
}

pub fn cleared_history_is_forgotten(store: &Store) {
    let job = add(store, "a", |_| ());
    let failing = JobFilter {
        only: Some(JobsOnly::Failing),
        ..now()
    };
    let never = JobFilter {
        only: Some(JobsOnly::Never),
        ..now()
    };
    let good = ran(store, &job, Status::Success, 10, 5);
    ran(store, &job, Status::Failed, 20, 5);
    clear(store, &job, good);
    assert_eq!(names(store, &failing), ["a"]);
    assert_last(store, &job);
    clear(store, &job, ExecId::MAX);
    assert!(names(store, &failing).is_empty());
    assert_eq!(names(store, &never), ["a"]);
    assert_last(store, &job);
    ran(store, &job, Status::Failed, 30, 5);
    assert_eq!(names(store, &failing), ["a"]);
    assert_last(store, &job);
}

pub fn pruned_history_changes_the_last_but_no_streak(store: &Store) {
    let job = add(store, "a", |_| ());
    ran(store, &job, Status::Failed, 10, 5);
    ran(store, &job, Status::Success, 20, 5);
    let limits = Limits {
        age: Duration::from_secs(10),
        per_job: 0,
        bytes: 0,
        audit_age: Duration::ZERO,
        audit_rows: 0,
    };
    store
        .write(move |tx| tx.prune(&mut Cursor::default(), &limits, at(1_000)))
        .unwrap();
    assert_eq!(numbers(store, job.id).len(), 1, "the last failure stays");
    assert_last(store, &job);
    for only in [JobsOnly::Failing, JobsOnly::Never] {
        let filter = JobFilter {
            only: Some(only),
            ..now()
        };
        assert!(names(store, &filter).is_empty(), "{only}");
    }
}

pub fn strip_has_the_latest_that_ran_or_were_missed(store: &Store) {
    let job = add(store, "a", |_| ());
    let mut expected = Vec::new();
    for status in [
        Status::Success,
        Status::Failed,
        Status::Timeout,
        Status::Cancelled,
    ] {
        expected.push(ran(store, &job, status, 10, 5));
    }
    record(store, &job, Status::Skipped, at(20));
    expected.push(record(store, &job, Status::Missed, at(30)));
    let dropped = record(store, &job, Status::Queued, at(40));
    store
        .write(move |tx| tx.drop_queued(dropped, at(41), "why"))
        .unwrap();
    let running = record(store, &job, Status::Running, at(50));
    record(store, &job, Status::Running, at(60));
    let strip = |most| {
        let strip = store.read(|reader| reader.strip(job.id, most)).unwrap();
        strip.iter().map(|run| run.exec_id).collect::<Vec<_>>()
    };
    assert_eq!(strip(30), expected);
    assert_eq!(strip(3), expected[2..]);
    let oldest = store.read(|reader| reader.oldest_running(job.id)).unwrap();
    assert_eq!(oldest, Some((running, Some(at(50)))));
}
