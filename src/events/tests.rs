//! The hub under readers that keep up, that do not, and that come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Change, Event, Events, Finished, JobChange, KEPT, KEPT_BYTES, News, Position};
use crate::model::{Job, Mode, Status};
use crate::schedule::Time;

fn changed(id: i64) -> Event {
    let job = Job {
        id,
        ..Job::named(format!("job-{id}"), Time::from_millis(0))
    };
    Event::Job(JobChange::of(&job, Change::Changed))
}

fn finished(error: Option<String>) -> Finished {
    Finished {
        exec_id: 1,
        job_id: 1,
        job_name: "job".into(),
        mode: Mode::Command,
        status: Status::Failed,
        exit_code: None,
        duration_ms: None,
        error,
        count: 1,
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// The numbers of all that a reader finds until nothing more comes.
fn read_all(events: &Events, reader: &mut super::Reader) -> Vec<u64> {
    events.close();
    let mut seen = Vec::new();
    runtime().block_on(async {
        loop {
            match reader.next(7).await {
                News::Events(news) => seen.extend(news.into_iter().map(|(seq, _)| seq)),
                News::Lost => seen.push(0),
                News::Closed => return seen,
            }
        }
    })
}

#[test]
fn a_reader_that_comes_back_misses_nothing_and_reads_nothing_twice() {
    let events = Events::new();
    let before = events.listen().position();
    for id in 1..=20 {
        events.publish(changed(id));
    }
    let middle = Position { seq: 12, ..before };
    let (mut all, mut rest) = (
        events.resume(before).unwrap(),
        events.resume(middle).unwrap(),
    );
    let mut none = events.listen();
    assert_eq!(read_all(&events, &mut all), (1..=20).collect::<Vec<_>>());
    assert_eq!(read_all(&events, &mut rest), (13..=20).collect::<Vec<_>>());
    assert_eq!(read_all(&events, &mut none), Vec::<u64>::new());
    assert_eq!(all.position().seq, 20);
}

#[test]
fn a_reader_that_sleeps_is_woken() {
    let events = Events::new();
    let mut reader = events.listen();
    let publisher = events.clone();
    let thread = std::thread::spawn(move || {
        for id in 1..=1_000 {
            publisher.publish(changed(id));
        }
        publisher.close();
    });
    let mut seen = 0;
    runtime().block_on(async {
        while let News::Events(news) = reader.next(16).await {
            for (seq, event) in news {
                seen += 1;
                assert_eq!((seq, &*event), (seen, &changed(seen as i64)));
            }
        }
    });
    thread.join().unwrap();
    assert_eq!(seen, 1_000);
}

#[test]
fn what_is_not_kept_is_told_as_lost() {
    let events = Events::new();
    let mut slow = events.listen();
    let first = slow.position();
    for id in 0..(KEPT as i64 * 2) {
        events.publish(changed(id));
    }
    assert!(events.resume(first).is_none());
    events.publish(changed(-1));
    assert_eq!(read_all(&events, &mut slow), [0]);
    let last = slow.position();
    for (what, position) in [
        (
            "of another daemon",
            Position {
                start: last.start + 1,
                ..last
            },
        ),
        (
            "of the future",
            Position {
                seq: last.seq + 1,
                ..last
            },
        ),
    ] {
        assert!(events.resume(position).is_none(), "{what}");
    }
    assert!(events.resume(last).is_some());
}

#[test]
fn what_is_kept_is_bounded_in_bytes() {
    let events = Events::new();
    for _ in 0..KEPT {
        events.publish(Event::Finished(
            finished(Some("e".repeat(10_000))).shortened(),
        ));
    }
    let ring = events.lock();
    assert!(ring.kept.len() > 100 && ring.bytes <= KEPT_BYTES);
    assert_eq!(
        ring.bytes,
        ring.kept.iter().map(|event| event.bytes()).sum::<usize>()
    );
}

#[test]
fn a_long_error_is_cut_between_characters() {
    for (error, length) in [
        ("x".repeat(2_000), 2_000),
        ("ü".repeat(2_000), 2_003),
        (format!("x{}", "ü".repeat(2_000)), 2_002),
    ] {
        let told = finished(Some(error)).shortened().error.unwrap();
        assert_eq!(told.len(), length);
    }
}

#[test]
fn of_many_jobs_the_first_are_named() {
    let events = Events::new();
    let mut reader = events.listen();
    let mut batch: Vec<Event> = (1..=150).map(changed).collect();
    batch.push(Event::Finished(finished(None)));
    events.publish_all(batch);
    let news = runtime().block_on(reader.next(1_000));
    let News::Events(news) = news else {
        panic!("{news:?}")
    };
    let told: Vec<Event> = news
        .into_iter()
        .map(|(_, event)| (*event).clone())
        .collect();
    let mut expected: Vec<Event> = (1..=100).map(changed).collect();
    expected.push(Event::Finished(finished(None)));
    expected.push(Event::Job(JobChange::many()));
    assert_eq!(told, expected);
}

#[test]
fn the_witness_sees_each_event_once() {
    let events = Events::new();
    events.publish(changed(1));
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    events.attest(Box::new(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    }));
    events.publish_all((1..=500).map(changed).collect());
    assert_eq!(seen.load(Ordering::Relaxed), 501);
}

#[test]
fn positions_are_read_to_the_letter() {
    for (text, position) in [
        ("12-34", Some(Position { start: 12, seq: 34 })),
        ("0-0", Some(Position { start: 0, seq: 0 })),
        ("", None),
        ("12", None),
        ("12-", None),
        ("-12", None),
        ("+1-2", None),
        ("1-+2", None),
        ("1-2-3", None),
        ("1-2 ", None),
        ("99999999999999999999-1", None),
    ] {
        assert_eq!(text.parse::<Position>().ok(), position, "{text:?}");
        if let Some(position) = position {
            assert_eq!(position.to_string(), text);
        }
    }
}
