//! Events: after the commit, in its order, and not of a unit that is not kept.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use jobs_error::Error;
use jobs_events::{Batch, Change, Event, Reader};

/// The events that a listener has not read yet.
fn unread(listener: &mut Reader) -> Vec<Event> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let next = runtime
        .block_on(async { tokio::time::timeout(Duration::ZERO, listener.next(1_000)).await });
    match next {
        Ok(Batch::Events(events)) => events
            .into_iter()
            .map(|(_, event)| Event::clone(&event))
            .collect(),
        Ok(other @ (Batch::Lost | Batch::Closed)) => panic!("{other:?}"),
        Err(_) => Vec::new(),
    }
}

/// The changes of jobs among the events that are unread.
fn unread_changes(listener: &mut Reader) -> Vec<(Change, Option<String>)> {
    unread(listener)
        .into_iter()
        .filter_map(|event| match event {
            Event::Job(change) => Some((change.change, change.name)),
            Event::Started(_) | Event::Finished(_) | Event::Pause(_) => None,
        })
        .collect()
}

pub fn event_comes_after_the_commit(store: &Store) {
    let mut listener = store.events().subscribe();
    let (go_on, waits) = channel::<()>();
    let (begun, has_begun) = channel();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            store.write(move |tx| {
                tx.insert_job(&Job::named("a".to_string(), at(0)))?;
                begun.send(()).unwrap();
                waits.recv().unwrap();
                Ok(())
            })
        });
        has_begun.recv().unwrap();
        assert_eq!(unread(&mut listener), [], "it is not committed yet");
        go_on.send(()).unwrap();
        writer.join().unwrap().unwrap();
    });
    let names = unread_changes(&mut listener);
    assert_eq!(names, [(Change::Added, Some("a".to_string()))]);
    assert!(store.read(|reader| reader.has_job_named("a")).unwrap());
}

pub fn failed_unit_publishes_nothing(store: &Store) {
    let mut listener = store.events().subscribe();
    let failed = store.write(|tx| {
        tx.insert_job(&Job::named("a".to_string(), at(0)))?;
        Err::<(), _>(Error::Conflict("not now".to_string()))
    });
    assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
    assert_eq!(unread(&mut listener), []);
}

pub fn events_come_in_the_order_of_the_commits(store: &Store) {
    let mut listener = store.events().subscribe();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 0..20 {
                    add(store, &format!("{thread} {number}"), |_| ());
                }
            });
        }
    });
    let told: Vec<Option<String>> = unread_changes(&mut listener)
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    // Numbers are given in the order of the commits.
    let jobs = store.read(|reader| reader.jobs_after(0, 1_000)).unwrap();
    let names: Vec<Option<String>> = jobs.into_iter().map(|job| Some(job.name)).collect();
    assert_eq!(told, names);
}

pub fn changes_of_jobs_are_events(store: &Store) {
    let job = add(store, "a", |_| ());
    let mut listener = store.events().subscribe();
    let id = job.id;
    for stopped in [false, true, false] {
        let job = Job {
            stopped,
            ..job.clone()
        };
        store.write(move |tx| tx.update_job(&job)).unwrap();
    }
    store.write(move |tx| tx.delete_job(id)).unwrap();
    store.write(move |tx| tx.delete_job(id)).unwrap();
    let changes: Vec<Change> = unread_changes(&mut listener)
        .into_iter()
        .map(|(change, _)| change)
        .collect();
    assert_eq!(
        changes,
        [
            Change::Changed,
            Change::Stopped,
            Change::Restarted,
            Change::Removed
        ]
    );
}
