//! Sessions of the web page under a clock that the test sets.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::access::tokens::hash;
use jobs_clock::{Reading, Sleep};
use jobs_model::{NewSession, Session};

/// A clock that stands still until the test moves it.
struct SetClock(Mutex<Time>);

impl Clock for SetClock {
    fn read(&self) -> Reading {
        let wall = *self.0.lock();
        let machine = Duration::from_millis(wall.millis().unsigned_abs());
        Reading { wall, machine }
    }

    fn boot_id(&self) -> String {
        String::new()
    }

    fn alarm(&self) -> Result<Box<dyn Sleep>> {
        Err(Error::ShuttingDown)
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn start() -> Time {
    Time::from_millis(1_800_000_000_000)
}

/// Access with a session of user 7 that began at `start`, with the secret `secret` and the key `key`.
struct Opened {
    place: Place,
    clock: Arc<SetClock>,
    access: Access,
    session: Session,
}

impl Opened {
    fn new(account: Option<&Admin>, role: Role, place: Place) -> Opened {
        let new = NewSession {
            secret: hash("secret"),
            key: hash("key"),
            account: account.map(|account| account.id),
            generation: account.map_or(0, |account| account.generation),
            uid: account.is_none().then_some(7),
            role,
            made_at: start(),
            until: start().plus(3_000 * SECOND),
            address: None,
            agent: String::new(),
        };
        let session = place
            .store
            .write(move |tx| tx.insert_session(&new))
            .unwrap();
        let clock = Arc::new(SetClock(Mutex::new(start())));
        let access = Access::open(&place.store, place.settings.clone(), clock.clone()).unwrap();
        Opened {
            place,
            clock,
            access,
            session,
        }
    }

    fn of_user() -> Opened {
        Opened::new(None, Role::Operator, Place::new())
    }

    fn set(&self, seconds: u32) {
        *self.clock.0.lock() = start().plus(seconds * SECOND);
    }

    fn enters(&self, secret: &str, key: &str) -> Option<Caller> {
        self.access.authenticate_session(secret, key, here()).ok()
    }

    fn is_good(&self) -> bool {
        self.enters("secret", "key").is_some()
    }

    /// The last request as the store has it, in seconds after the start.
    fn stored(&self) -> u64 {
        // A write that waits until those before it are done.
        self.place.store.write(|_| Ok(())).unwrap();
        let sessions = self.place.store.read(|reader| reader.sessions()).unwrap();
        sessions[0].seen_at.since(start()).as_secs()
    }
}

#[test]
fn session_needs_its_secret_and_its_key() {
    let opened = Opened::of_user();
    let caller = opened.enters("secret", "key").unwrap();
    assert_eq!(caller.who, Who::Link { uid: Some(7) });
    assert_eq!(caller.role, Some(Role::Operator));
    assert_eq!(caller.session, Some(opened.session.id));
    for (secret, key) in [
        ("secret", ""),
        ("", "key"),
        ("key", "secret"),
        ("secret", "secret"),
        ("secret", "Key"),
        (hash("secret").as_str(), "key"),
        ("secret", hash("key").as_str()),
    ] {
        assert_eq!(opened.enters(secret, key), None, "{secret} {key}");
    }
}

#[test]
fn session_ends_without_requests_and_at_its_age() {
    let opened = Opened::of_user();
    opened.set(599);
    assert!(opened.is_good());
    opened.set(600);
    assert!(!opened.is_good(), "idle for ten minutes");
    opened.set(599);
    opened.access.session_seen(opened.session.id);
    opened.set(1_198);
    assert!(opened.is_good());
    opened.set(1_199);
    assert!(!opened.is_good());
    for at in (600..3_000).step_by(300) {
        opened.set(at);
        opened.access.session_seen(opened.session.id);
        assert!(opened.is_good());
    }
    opened.set(2_999);
    assert!(opened.is_good());
    opened.set(3_000);
    assert!(!opened.is_good(), "however much it is used");
}

#[test]
fn smaller_settings_hold_for_sessions_that_are_open() {
    let opened = Opened::of_user();
    let settings = |idle, max| AccessSettings {
        session_idle: idle * SECOND,
        session_max: max * SECOND,
        ..opened.place.settings.clone()
    };
    opened.set(100);
    for (idle, max, expected) in [(101, 101, true), (100, 3_000, false), (600, 100, false)] {
        let changed = settings(idle, max);
        opened
            .access
            .configure(&opened.place.store, changed)
            .unwrap();
        assert_eq!(opened.is_good(), expected, "{idle} {max}");
    }
}

#[test]
fn store_learns_of_requests_once_a_minute() {
    let opened = Opened::of_user();
    let seen = |at| {
        opened.set(at);
        opened.access.session_seen(opened.session.id);
        opened.stored()
    };
    for (at, stored) in [
        (10, 10),
        (11, 10),
        (69, 10),
        (70, 70),
        (129, 70),
        (500, 500),
    ] {
        assert_eq!(seen(at), stored, "{at}");
    }
    // A clock that was set back: the request is noted all the same.
    assert_eq!(seen(100), 100);
}

#[test]
fn request_that_the_store_has_counts_after_a_start() {
    let opened = Opened::of_user();
    opened.set(500);
    opened.access.session_seen(opened.session.id);
    assert_eq!(opened.stored(), 500);
    opened.set(1_000);
    let (store, settings) = (&opened.place.store, opened.place.settings.clone());
    let again = Access::open(store, settings, opened.clock.clone()).unwrap();
    assert!(again.authenticate_session("secret", "key", here()).is_ok());
}

#[test]
fn session_of_an_account_has_the_smaller_role_and_ends_with_it() {
    let place = Place::new();
    let alice = place.add(&place.open(), "alice", Role::Admin);
    let opened = Opened::new(Some(&alice), Role::Operator, place);
    let role = || {
        opened
            .enters("secret", "key")
            .and_then(|caller| caller.role)
    };
    assert_eq!(role(), Some(Role::Operator));
    let change = |change: &dyn Fn(&mut Admin)| {
        let mut changed = alice.clone();
        change(&mut changed);
        let tx_change = move |tx: &mut Tx<'_>| tx.update_admin(&changed).unwrap();
        opened.place.change(&opened.access, tx_change);
    };
    change(&|admin| admin.role = Role::Viewer);
    assert_eq!(role(), Some(Role::Viewer));
    change(&|admin| admin.enabled = false);
    assert_eq!(role(), None);
    change(&|admin| admin.generation += 1);
    assert_eq!(role(), None);
    change(&|_| ());
    assert_eq!(role(), Some(Role::Operator));
    opened
        .place
        .change(&opened.access, move |tx| tx.delete_admin(alice.id).unwrap());
    assert_eq!(role(), None);
}

#[test]
fn listener_is_called_at_each_change_until_it_returns_false() {
    let opened = Opened::of_user();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    opened.access.on_change(Box::new(move || {
        counted.fetch_add(1, Ordering::Relaxed) < 1
    }));
    for _ in 0..3 {
        assert!(opened.access.renew());
    }
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}
