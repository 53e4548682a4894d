//! Sessions of the web page.

use super::*;
use jobs_model::{NewSession, Role, Session};

fn new(secret: &str, account: Option<i64>) -> NewSession {
    NewSession {
        secret: secret.into(),
        key: format!("key of {secret}"),
        account,
        generation: 3,
        uid: account.is_none().then_some(1_000),
        role: Role::Operator,
        made_at: at(10),
        until: at(100),
        address: Some("127.0.0.1".into()),
        agent: "Mozilla/5.0".into(),
    }
}

fn insert(store: &Store, secret: &str, account: Option<i64>) -> Session {
    let session = new(secret, account);
    store.write(move |tx| tx.insert_session(&session)).unwrap()
}

fn all(store: &Store) -> Vec<Session> {
    store.read(|reader| reader.sessions()).unwrap()
}

pub fn session_is_kept_as_it_was_made(store: &Store) {
    assert_eq!(all(store), []);
    let first = insert(store, "a", Some(7));
    let expected = Session {
        id: first.id,
        secret: "a".into(),
        key: "key of a".into(),
        account: Some(7),
        generation: 3,
        uid: None,
        role: Role::Operator,
        made_at: at(10),
        seen_at: at(10),
        until: at(100),
        address: Some("127.0.0.1".into()),
        agent: "Mozilla/5.0".into(),
    };
    assert_eq!(first, expected);
    let second = insert(store, "b", None);
    assert_eq!((second.account, second.uid), (None, Some(1_000)));
    assert_eq!(all(store), [second, first], "the newest is first");
}

pub fn seen_session_keeps_its_other_values(store: &Store) {
    let before = insert(store, "a", Some(7));
    let id = before.id;
    store
        .write(move |tx| {
            tx.set_session_seen(id, at(70))?;
            tx.set_session_seen(id + 1, at(70))
        })
        .unwrap();
    let after = Session {
        seen_at: at(70),
        ..before
    };
    assert_eq!(all(store), [after]);
}

pub fn removed_session_is_gone(store: &Store) {
    let (first, second) = (insert(store, "a", None), insert(store, "b", None));
    let remove = |id| store.write(move |tx| tx.delete_session(id)).unwrap();
    assert!(remove(first.id));
    assert!(!remove(first.id));
    assert_eq!(all(store), [second]);
    let third = insert(store, "a", None);
    assert!(third.id > first.id, "the number is not used again");
}

pub fn sessions_of_an_account_go_together(store: &Store) {
    insert(store, "a", Some(7));
    insert(store, "b", Some(7));
    let (other, user) = (insert(store, "c", Some(8)), insert(store, "d", None));
    store.write(|tx| tx.delete_sessions_of(7)).unwrap();
    assert_eq!(all(store), [user, other]);
    store.write(|tx| tx.delete_sessions()).unwrap();
    assert_eq!(all(store), []);
}

pub fn two_sessions_cannot_have_one_secret(store: &Store) {
    insert(store, "a", Some(7));
    let again = new("a", Some(8));
    assert!(store.write(move |tx| tx.insert_session(&again)).is_err());
    assert_eq!(all(store).len(), 1);
}
