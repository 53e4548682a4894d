//! Units of work: whole or not at all, seen by readers as one step.

use std::time::Instant;

use super::*;
use crate::{Fact, Tx};
use jobs_error::{Error, Result};
use jobs_events::Batch;

fn insert(tx: &mut Tx<'_>, name: &str) -> Result<Job> {
    tx.insert_job(&Job::named(name.to_string(), at(0)))
}

fn names(store: &Store) -> Vec<String> {
    store.read(|reader| reader.job_names_from("")).unwrap()
}

pub fn unit_is_kept_wholly_or_not_at_all(store: &Store) {
    let failed = store.write(|tx| {
        insert(tx, "a")?;
        insert(tx, "b")?;
        Err::<(), _>(Error::Conflict("not now".to_string()))
    });
    assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
    assert!(names(store).is_empty());
    store
        .write(|tx| {
            insert(tx, "a")?;
            insert(tx, "b")
        })
        .unwrap();
    assert_eq!(names(store).len(), 2);
}

pub fn failing_unit_does_not_disturb_the_others(store: &Store) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 0..20 {
                    let is_good = number % 2 == 0;
                    let name = format!("{thread} {number} {is_good}");
                    let written = store.write(move |tx| {
                        insert(tx, &name)?;
                        match is_good {
                            true => Ok(()),
                            false => Err(Error::Conflict("not now".to_string())),
                        }
                    });
                    assert_eq!(written.is_ok(), is_good, "{written:?}");
                }
            });
        }
    });
    let names = names(store);
    assert_eq!(names.len(), 40);
    assert!(names.iter().all(|name| name.ends_with("true")), "{names:?}");
}

pub fn dry_run_answers_and_leaves_nothing_behind(store: &Store) {
    let mut events = store.events().subscribe();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 0..20 {
                    let name = format!("{thread} {number}");
                    if number % 2 == 0 {
                        store.write(move |tx| insert(tx, &name)).unwrap();
                        continue;
                    }
                    let shown = store.dry_run(move |tx| {
                        insert(tx, &name)?;
                        tx.has_job_named(&name)
                    });
                    assert!(shown.unwrap(), "it sees its own change");
                }
            });
        }
    });
    assert_eq!(names(store).len(), 40);
    let failed = store.dry_run(|tx| insert(tx, "0 0").map(drop));
    assert!(matches!(failed, Err(Error::Conflict(_))), "{failed:?}");
    let Some(Batch::Events(told)) = events.next_before(1_000, Instant::now()) else {
        panic!("no events");
    };
    assert_eq!(told.len(), 40);
}

pub fn panic_leaves_nothing_behind(store: &Store) {
    let failed = store.write(|tx| -> Result<()> {
        insert(tx, "a")?;
        panic!("of a test");
    });
    assert!(matches!(failed, Err(Error::Store(_))), "{failed:?}");
    assert!(names(store).is_empty());
    store.write(|tx| insert(tx, "b")).unwrap();
    assert_eq!(names(store), ["b"]);
}

pub fn reader_sees_one_version(store: &Store) {
    store.write(|tx| insert(tx, "a")).unwrap();
    store
        .read(|reader| {
            assert!(reader.has_job_named("a")?);
            store.write(|tx| insert(tx, "b"))?;
            assert!(!reader.has_job_named("b")?, "it was added later");
            assert_eq!(reader.job_names_from("")?, ["a"]);
            Ok(())
        })
        .unwrap();
    assert_eq!(names(store).len(), 2);
}

pub fn unit_sees_its_own_changes(store: &Store) {
    store
        .write(|tx| {
            let job = insert(tx, "a")?;
            assert_eq!(tx.job(job.id)?, Some(job.clone()));
            assert_eq!(tx.job_named("a")?, Some(job.clone()));
            tx.delete_job(job.id)?;
            assert_eq!(tx.job(job.id)?, None);
            Ok(())
        })
        .unwrap();
}

pub fn version_differs_after_a_change(store: &Store) {
    let read = || store.read_versioned(|_, version| Ok(version)).unwrap();
    let first = read();
    // A backend that can't tell at once answers nothing, never something stale.
    assert!(store.version().is_none_or(|version| version == first));
    store.write(|tx| tx.set_fact(&Fact::Probe(1))).unwrap();
    assert_ne!(store.version(), Some(first));
    assert_ne!(read(), first);
}

pub fn name_that_is_taken_is_a_conflict(store: &Store) {
    store.write(|tx| insert(tx, "a")).unwrap();
    let other = store.write(|tx| insert(tx, "b")).unwrap();
    let added = store.write(|tx| insert(tx, "a"));
    let renamed = Job {
        name: "a".to_string(),
        ..other
    };
    let updated = store.write(move |tx| tx.update_job(&renamed));
    for error in [added.unwrap_err(), updated.unwrap_err()] {
        assert_eq!(error.to_string(), "name: `a` is taken by another job");
        assert!(matches!(error, Error::Conflict(_)));
    }
}

pub fn closed_store_refuses_to_write(store: &Store) {
    store.write(|tx| insert(tx, "a")).unwrap();
    store.close();
    let refused = store.write(|tx| insert(tx, "b"));
    assert!(matches!(refused, Err(Error::ShuttingDown)), "{refused:?}");
    assert_eq!(names(store), ["a"], "it can be read still");
}
