//! Tests of the hub with fast, slow and reconnecting readers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Batch, Change, Event, Events, Finished, JobChange, MAX_BYTES, MAX_EVENTS, Position};
use jobs_model::{Job, Mode, Status};
use jobs_schedule::Time;

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

/// Closes the hub and returns the numbers of all events that the reader gets; 0 stands for lost events.
fn read_all(events: &Events, reader: &mut super::Reader) -> Vec<u64> {
    events.close();
    let mut seen = Vec::new();
    runtime().block_on(async {
        loop {
            match reader.next(7).await {
                Batch::Events(batch) => seen.extend(batch.into_iter().map(|(seq, _)| seq)),
                Batch::Lost => seen.push(0),
                Batch::Closed => return seen,
            }
        }
    })
}

#[test]
fn reader_after_reconnect_gets_each_event_once() {
    let events = Events::new();
    let before = events.subscribe().position();
    for id in 1..=20 {
        events.publish(changed(id));
    }
    let middle = Position { seq: 12, ..before };
    let (mut all, mut rest) = (
        events.subscribe_after(before).unwrap(),
        events.subscribe_after(middle).unwrap(),
    );
    let mut none = events.subscribe();
    assert_eq!(read_all(&events, &mut all), (1..=20).collect::<Vec<_>>());
    assert_eq!(read_all(&events, &mut rest), (13..=20).collect::<Vec<_>>());
    assert_eq!(read_all(&events, &mut none), Vec::<u64>::new());
    assert_eq!(all.position().seq, 20);
}

#[test]
fn reader_waiting_is_woken_by_publish() {
    let events = Events::new();
    let mut reader = events.subscribe();
    let publisher = events.clone();
    let thread = std::thread::spawn(move || {
        for id in 1..=1_000 {
            publisher.publish(changed(id));
        }
        publisher.close();
    });
    let mut seen = 0;
    runtime().block_on(async {
        while let Batch::Events(batch) = reader.next(16).await {
            for (seq, event) in batch {
                seen += 1;
                assert_eq!((seq, &*event), (seen, &changed(seen as i64)));
            }
        }
    });
    thread.join().unwrap();
    assert_eq!(seen, 1_000);
}

#[test]
fn reader_behind_ring_buffer_gets_lost() {
    let events = Events::new();
    let mut slow = events.subscribe();
    let first = slow.position();
    for id in 0..(MAX_EVENTS as i64 * 2) {
        events.publish(changed(id));
    }
    assert!(events.subscribe_after(first).is_none());
    events.publish(changed(-1));
    assert_eq!(read_all(&events, &mut slow), [0]);
    let last = slow.position();
    for (what, position) in [
        (
            "of another daemon",
            Position {
                stream_id: last.stream_id + 1,
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
        assert!(events.subscribe_after(position).is_none(), "{what}");
    }
    assert!(events.subscribe_after(last).is_some());
}

#[test]
fn ring_buffer_with_long_errors_stays_below_byte_limit() {
    let events = Events::new();
    for _ in 0..MAX_EVENTS {
        events.publish(Event::Finished(
            finished(Some("e".repeat(10_000))).shortened(),
        ));
    }
    let ring = events.lock();
    assert!(ring.events.len() > 100 && ring.bytes <= MAX_BYTES);
    assert_eq!(
        ring.bytes,
        ring.events.iter().map(|event| event.bytes()).sum::<usize>()
    );
}

#[test]
fn shortened_long_error_is_cut_between_characters() {
    for (error, length) in [
        ("x".repeat(2_000), 2_000),
        ("ü".repeat(2_000), 2_003),
        (format!("x{}", "ü".repeat(2_000)), 2_002),
    ] {
        let result = finished(Some(error)).shortened().error.unwrap();
        assert_eq!(result.len(), length);
    }
}

#[test]
fn publish_all_of_many_jobs_names_the_first_hundred() {
    let events = Events::new();
    let mut reader = events.subscribe();
    let mut batch: Vec<Event> = (1..=150).map(changed).collect();
    batch.push(Event::Finished(finished(None)));
    events.publish_all(batch);
    let batch = runtime().block_on(reader.next(1_000));
    let Batch::Events(batch) = batch else {
        panic!("{batch:?}")
    };
    let result: Vec<Event> = batch
        .into_iter()
        .map(|(_, event)| (*event).clone())
        .collect();
    let mut expected: Vec<Event> = (1..=100).map(changed).collect();
    expected.push(Event::Finished(finished(None)));
    expected.push(Event::Job(JobChange::many()));
    assert_eq!(result, expected);
}

#[test]
fn observer_set_late_gets_each_event_once() {
    let events = Events::new();
    events.publish(changed(1));
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    events.set_observer(Box::new(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    }));
    events.publish_all((1..=500).map(changed).collect());
    assert_eq!(seen.load(Ordering::Relaxed), 501);
}

#[test]
fn position_parse_accepts_digits_only() {
    for (text, position) in [
        (
            "12-34",
            Some(Position {
                stream_id: 12,
                seq: 34,
            }),
        ),
        (
            "0-0",
            Some(Position {
                stream_id: 0,
                seq: 0,
            }),
        ),
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
