//! Facts: one of each kind, replaced by the next.

use super::*;
use crate::Fact;
use jobs_model::Pause;

fn set(store: &Store, fact: Fact) {
    store.write(move |tx| tx.set_fact(&fact)).unwrap();
}

pub fn fact_replaces_the_one_of_its_kind(store: &Store) {
    for number in [1, 2] {
        let text = number.to_string();
        set(store, Fact::BootId(text.clone()));
        set(
            store,
            Fact::ConfiguredNetworks(vec![text.clone(), "x".to_string()]),
        );
        set(store, Fact::HistoryLimitPerJob(number));
        set(
            store,
            Fact::Pause(Pause::On {
                since: at(number as i64),
            }),
        );
        set(store, Fact::ReplayedUntil(Some(at(number as i64))));
        set(store, Fact::Zone(text.clone()));
        set(store, Fact::Probe(number));
        store
            .read(|reader| {
                assert_eq!(reader.boot_id()?.as_deref(), Some(text.as_str()));
                assert_eq!(
                    reader.configured_networks()?,
                    Some(vec![text.clone(), "x".to_string()])
                );
                assert_eq!(reader.history_limit_per_job()?, Some(number));
                assert_eq!(
                    reader.pause()?,
                    Pause::On {
                        since: at(number as i64)
                    }
                );
                assert_eq!(reader.replayed_until()?, Some(at(number as i64)));
                assert_eq!(reader.zone()?, Some(text.clone()));
                Ok(())
            })
            .unwrap();
    }
    set(store, Fact::ReplayedUntil(None));
    set(store, Fact::Pause(Pause::Off));
    store.write(|tx| tx.take_ownership()).unwrap();
    store
        .read(|reader| {
            assert_eq!(reader.replayed_until()?, None);
            assert_eq!(reader.pause()?, Pause::Off);
            assert_eq!(reader.owner()?, Some(store.owner()));
            Ok(())
        })
        .unwrap();
}

pub fn facts_of_a_new_store_are_absent(store: &Store) {
    store
        .read(|reader| {
            assert!(reader.is_new()?);
            assert_eq!(reader.boot_id()?, None);
            assert_eq!(reader.clock_last_seen()?, None);
            assert_eq!(reader.configured_networks()?, None);
            assert_eq!(reader.history_limit_per_job()?, None);
            assert_eq!(reader.owner()?, None);
            assert_eq!(reader.pause()?, Pause::Off);
            assert_eq!(reader.replayed_until()?, None);
            assert_eq!(reader.zone()?, None);
            Ok(())
        })
        .unwrap();
}

pub fn clock_last_seen_is_the_latest_of_all(store: &Store) {
    let seen = || store.read(|reader| reader.clock_last_seen()).unwrap();
    set(store, Fact::ClockAtEnd(at(20)));
    assert_eq!(seen(), Some(at(20)));
    let job = add(store, "a", |_| ());
    let exec_id = record(store, &job, Status::Running, at(30));
    assert_eq!(seen(), Some(at(30)));
    finish(store, exec_id, finished(Status::Success, at(40)));
    assert_eq!(seen(), Some(at(40)));
    set(store, Fact::ClockAtEnd(at(50)));
    assert_eq!(seen(), Some(at(50)));
}
