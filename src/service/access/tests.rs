//! Tests of access control, with a real store.

mod sessions;

use super::*;
use jobs_api::Who;
use jobs_clock::{self as clock, SystemClock};
use jobs_error::Error;
use jobs_model::{Admin, IpList, NewAdmin, NewToken, Role};
use jobs_schedule::Time;

struct Place {
    _folder: tempfile::TempDir,
    store: Store,
    settings: AccessSettings,
}

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("jobs.db")).unwrap();
        Place {
            settings: AccessSettings {
                key_file: folder.path().join("login.key"),
                login_lifetime: Duration::from_secs(60),
                session_idle: Duration::from_secs(600),
                session_max: Duration::from_secs(3_600),
                ip_enabled: true,
                whitelist: networks(&["127.0.0.1", "::1"]),
                blacklist: Vec::new(),
            },
            store,
            _folder: folder,
        }
    }

    fn open(&self) -> Access {
        self.open_with(self.settings.clone())
    }

    fn open_with(&self, settings: AccessSettings) -> Access {
        Access::open(&self.store, settings, Arc::new(SystemClock)).unwrap()
    }

    fn with_lists(&self, white: &[&str], black: &[&str]) -> AccessSettings {
        AccessSettings {
            whitelist: networks(white),
            blacklist: networks(black),
            ..self.settings.clone()
        }
    }

    fn lists(&self) -> Vec<String> {
        let networks = self.store.read(|reader| reader.networks()).unwrap();
        let line = |(list, network): (IpList, String)| format!("{} {network}", &list.as_str()[..5]);
        let mut lines: Vec<String> = networks.into_iter().map(line).collect();
        lines.sort();
        lines
    }

    fn change(&self, access: &Access, change: impl FnOnce(&mut Tx<'_>) + Send + 'static) {
        self.store
            .write(move |tx| {
                change(tx);
                Ok(())
            })
            .unwrap();
        assert!(access.renew());
    }

    fn add(&self, access: &Access, name: &str, role: Role) -> Admin {
        let new = NewAdmin {
            username: name.into(),
            email: String::new(),
            role,
            enabled: true,
            password: "-".into(),
            generation: 1,
            created_at: clock::now(),
            updated_at: clock::now(),
        };
        let admin = self.store.write(move |tx| tx.insert_admin(&new)).unwrap();
        assert!(access.renew());
        admin
    }
}

fn here() -> IpAddr {
    "::ffff:127.0.0.1".parse().unwrap()
}

fn login(access: &Access, admin: &Admin) -> String {
    let lifetime = access.settings().login_lifetime;
    let claims = Claims::of(admin, clock::now(), lifetime).unwrap();
    claims.sign(&take(&access.key)).unwrap()
}

fn is_unauthorized<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Unauthorized(_)))
}

#[test]
fn a_login_is_worth_what_its_account_is_worth() {
    let place = Place::new();
    let access = place.open();
    assert!(!access.has_admin());
    let alice = place.add(&access, "alice", Role::Admin);
    let token = login(&access, &alice);
    let caller = access.authenticate(&token, here()).unwrap();
    assert_eq!(
        caller.who,
        Who::Admin {
            id: alice.id,
            name: "alice".into()
        }
    );
    assert_eq!(caller.role, Some(Role::Admin));
    assert_eq!(caller.address, "127.0.0.1".parse().ok());
    assert!(access.has_admin());

    let demoted = Admin {
        role: Role::Viewer,
        ..alice.clone()
    };
    place.change(&access, move |tx| tx.update_admin(&demoted).unwrap());
    assert_eq!(
        access.authenticate(&token, here()).unwrap().role,
        Some(Role::Viewer)
    );
    assert!(!access.has_admin());

    let disabled = Admin {
        enabled: false,
        ..alice.clone()
    };
    place.change(&access, move |tx| tx.update_admin(&disabled).unwrap());
    assert!(is_unauthorized(access.authenticate(&token, here())));
    assert!(!access.has_admin());

    let changed = Admin {
        generation: 2,
        ..alice.clone()
    };
    place.change(&access, move |tx| tx.update_admin(&changed).unwrap());
    assert!(is_unauthorized(access.authenticate(&token, here())));

    let restored = alice.clone();
    place.change(&access, move |tx| tx.update_admin(&restored).unwrap());
    assert!(access.authenticate(&token, here()).is_ok());
    place.change(&access, move |tx| tx.delete_admin(alice.id).unwrap());
    assert!(is_unauthorized(access.authenticate(&token, here())));
}

#[test]
fn a_new_key_makes_all_logins_void_and_holds_after_a_start() {
    let place = Place::new();
    let access = place.open();
    let alice = place.add(&access, "alice", Role::Viewer);
    let old = login(&access, &alice);
    assert!(place.open().authenticate(&old, here()).is_ok());
    access.renew_key().unwrap();
    assert!(is_unauthorized(access.authenticate(&old, here())));
    let new = login(&access, &alice);
    assert!(access.authenticate(&new, here()).is_ok());
    assert!(place.open().authenticate(&new, here()).is_ok());
}

#[test]
fn a_token_for_programs_is_good_until_its_end() {
    let place = Place::new();
    let access = place.open();
    let add = |name: &str, secret: &str, expires_at: Option<Time>| {
        let new = NewToken {
            name: name.into(),
            role: Role::Operator,
            hash: tokens::hash(secret),
            expires_at,
            created_at: clock::now(),
            created_by: "daemon".into(),
        };
        let id = place
            .store
            .write(move |tx| tx.insert_token(&new))
            .unwrap()
            .id;
        assert!(access.renew());
        id
    };
    let second = Duration::from_secs(1);
    let good = add("ci", "secret", None);
    let ahead = add("ahead", "secret", Some(clock::now().plus(60 * second)));
    let past = add("past", "secret", Some(clock::now().minus(second)));
    for (token, is_good) in [
        (format!("jobs_{good}_secret"), true),
        (format!("jobs_{ahead}_secret"), true),
        (format!("jobs_{past}_secret"), false),
        (format!("jobs_{good}_secreT"), false),
        (format!("jobs_{good}_"), false),
        (format!("jobs_{good}_{}", tokens::hash("secret")), false),
        (format!("jobs_{}_secret", past + 1), false),
        ("jobs_".into(), false),
    ] {
        let found = access.authenticate(&token, here());
        assert_eq!(found.is_ok(), is_good, "{token}");
        if let Ok(caller) = found {
            assert!(matches!(caller.who, Who::Token { .. }));
            assert_eq!(caller.role, Some(Role::Operator));
        }
    }
    place.change(&access, move |tx| tx.delete_token(good).unwrap());
    assert!(is_unauthorized(
        access.authenticate(&format!("jobs_{good}_secret"), here())
    ));
}

#[test]
fn the_whitelist_decides() {
    let place = Place::new();
    let settings = place.with_lists(
        &["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"],
        &["10.0.0.7", "192.0.2.0/24"],
    );
    let access = place.open_with(settings.clone());
    for (address, is_in) in [
        ("10.0.0.7", true),
        ("10.1.2.3", true),
        ("::ffff:10.255.255.255", true),
        ("11.0.0.0", false),
        ("192.0.2.1", false),
        ("127.0.0.1", false),
        ("2001:db8:ffff::1", true),
        ("2001:db9::1", false),
        ("::10.0.0.7", false),
    ] {
        assert_eq!(
            access.is_allowed(address.parse().unwrap()),
            is_in,
            "{address}"
        );
    }
    let off = AccessSettings {
        ip_enabled: false,
        ..settings
    };
    access.configure(&place.store, off).unwrap();
    assert!(access.is_allowed("192.0.2.1".parse().unwrap()));
}

#[test]
fn the_lists_follow_the_configuration_where_it_changes() {
    let place = Place::new();
    let access = place.open();
    assert_eq!(place.lists(), ["white 127.0.0.1", "white ::1"]);
    place.change(&access, |tx| {
        let now = clock::now();
        tx.insert_network(IpList::Whitelist, "10.0.0.0/8", now)
            .unwrap();
        assert!(tx.delete_network(IpList::Whitelist, "::1").unwrap());
        assert!(!tx.delete_network(IpList::Whitelist, "::1").unwrap());
    });
    // A start, and settings that say nothing new, leave it as it is.
    let access = place.open();
    access
        .configure(&place.store, place.settings.clone())
        .unwrap();
    assert_eq!(place.lists(), ["white 10.0.0.0/8", "white 127.0.0.1"]);
    let changed = place.with_lists(&["::1", "::ffff:192.0.2.7"], &["198.51.100.0/24"]);
    access.configure(&place.store, changed).unwrap();
    let expected = [
        "black 198.51.100.0/24",
        "white 10.0.0.0/8",
        "white 192.0.2.7",
    ];
    assert_eq!(place.lists(), expected);
    assert!(access.is_allowed("192.0.2.7".parse().unwrap()));
    // Settings that are refused change nothing.
    let mut refused = place.with_lists(&["203.0.113.0/24"], &[]);
    refused.key_file = place._folder.path().to_path_buf();
    assert!(access.configure(&place.store, refused).is_err());
    assert_eq!(place.lists(), expected);
    access
        .configure(&place.store, place.with_lists(&[], &[]))
        .unwrap();
    assert_eq!(place.lists(), ["white 10.0.0.0/8"]);
}

#[test]
fn nobody_is_let_in_while_it_can_not_be_known_who_may() {
    let place = Place::new();
    let access = place.open();
    let alice = place.add(&access, "alice", Role::Admin);
    let token = login(&access, &alice);
    place
        .store
        .write(|tx| tx.insert_network(IpList::Blacklist, "broken", clock::now()))
        .unwrap();
    assert!(!access.renew());
    assert!(is_unauthorized(access.authenticate(&token, here())));
    assert!(!access.is_allowed(here()));
    assert!(!access.has_admin());
    place
        .store
        .write(|tx| tx.delete_network(IpList::Blacklist, "broken"))
        .unwrap();
    assert!(access.authenticate(&token, here()).is_ok());
    assert!(access.is_allowed(here()));
}
