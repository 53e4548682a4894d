//! Channels.

use std::collections::BTreeMap;

use super::*;
use jobs_model::{Channel, NewChannel};

fn new(name: &str) -> NewChannel {
    NewChannel {
        name: name.into(),
        preset: "webhook".into(),
        settings: BTreeMap::from([
            ("url".to_string(), "https://h/\"备份\"".to_string()),
            ("secret".to_string(), "file:/etc/jobs/key".to_string()),
        ]),
        created_at: at(10),
        created_by: "user root".into(),
    }
}

fn insert(store: &Store, name: &str) -> Channel {
    let channel = new(name);
    store.write(move |tx| tx.insert_channel(&channel)).unwrap()
}

fn all(store: &Store) -> Vec<Channel> {
    store.read(|reader| reader.channels()).unwrap()
}

fn found(store: &Store, name: &str) -> Option<Channel> {
    store.read(|reader| reader.channel(name)).unwrap()
}

pub fn channel_is_kept_as_it_was_made(store: &Store) {
    assert_eq!(all(store), []);
    let second = insert(store, "ops");
    let expected = Channel {
        id: second.id,
        name: "ops".into(),
        preset: "webhook".into(),
        settings: new("ops").settings,
        created_at: at(10),
        created_by: "user root".into(),
        updated_at: at(10),
    };
    assert_eq!(second, expected);
    let first = insert(store, "db");
    assert_eq!(found(store, "ops"), Some(second.clone()));
    assert_eq!(found(store, &second.id.to_string()), Some(second.clone()));
    assert_eq!(found(store, "nobody"), None);
    assert_eq!(all(store), [first, second], "in the order of the names");
}

pub fn changed_channel_keeps_its_number_and_origin(store: &Store) {
    let before = insert(store, "ops");
    let after = Channel {
        name: "team".into(),
        preset: "ntfy".into(),
        settings: BTreeMap::from([("topic".to_string(), "x".to_string())]),
        updated_at: at(20),
        ..before
    };
    let changed = after.clone();
    store.write(move |tx| tx.update_channel(&changed)).unwrap();
    assert_eq!(all(store), [after]);
}

pub fn removed_channel_is_gone(store: &Store) {
    let (first, second) = (insert(store, "a"), insert(store, "b"));
    let remove = |id| store.write(move |tx| tx.delete_channel(id)).unwrap();
    assert!(remove(first.id));
    assert!(!remove(first.id));
    assert_eq!(all(store), [second]);
    assert!(
        insert(store, "a").id > first.id,
        "the number is not used again"
    );
}

pub fn two_channels_cannot_have_one_name(store: &Store) {
    insert(store, "ops");
    let again = new("ops");
    assert!(store.write(move |tx| tx.insert_channel(&again)).is_err());
    assert_eq!(all(store).len(), 1);
}
