//! Links to the web page: each is good once and for two minutes. They are kept in memory, as hashes of their secrets.

use std::time::Duration;

use subtle::ConstantTimeEq;

use jobs_model::Role;

/// How long a link is good.
pub(super) const GOOD_FOR: Duration = Duration::from_secs(120);

/// Upper bound on the links that are kept. The oldest is dropped first.
const MOST: usize = 100;

/// The user of a link or of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkUser {
    /// An account, by its number.
    Account(i64),
    /// A user of the operating system.
    User(Option<u32>),
}

/// A link.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link {
    /// SHA-256 of its secret.
    pub hash: String,
    /// The user as whom it enters.
    pub user: LinkUser,
    /// The most that the session may do.
    pub role: Role,
    /// How long the session may last; as long as the settings allow when absent.
    pub lifetime: Option<Duration>,
    /// Until when it is good, by the time since the machine booted: the wall clock may be set.
    pub until: Duration,
}

/// The links that were not used yet, the oldest first.
#[derive(Default)]
pub(super) struct Links(Vec<Link>);

impl Links {
    pub(super) fn add(&mut self, link: Link, now: Duration) {
        self.0.retain(|known| known.until > now);
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(link);
    }

    /// Takes the link whose secret has this hash, if it is good still. It cannot be taken again.
    pub(super) fn take(&mut self, hash: &str, now: Duration) -> Option<Link> {
        let is_it = |link: &Link| bool::from(link.hash.as_bytes().ct_eq(hash.as_bytes()));
        let at = self.0.iter().position(is_it)?;
        Some(self.0.remove(at)).filter(|link| link.until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn second(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn link(hash: &str, made: u64) -> Link {
        Link {
            hash: hash.into(),
            user: LinkUser::User(Some(0)),
            role: Role::Admin,
            lifetime: None,
            until: second(made) + GOOD_FOR,
        }
    }

    #[test]
    fn link_is_taken_once() {
        let mut links = Links::default();
        links.add(link("a", 0), second(0));
        links.add(link("b", 0), second(0));
        assert_eq!(links.take("c", second(1)), None);
        assert_eq!(links.take("", second(1)), None);
        assert_eq!(links.take("a", second(1)), Some(link("a", 0)));
        assert_eq!(links.take("a", second(1)), None);
        assert_eq!(links.take("b", second(1)), Some(link("b", 0)));
    }

    #[test]
    fn link_is_good_for_two_minutes() {
        for (at, is_good) in [(0, true), (119, true), (120, false), (10_000, false)] {
            let mut links = Links::default();
            links.add(link("a", 0), second(0));
            assert_eq!(links.take("a", second(at)).is_some(), is_good, "{at}");
        }
    }

    #[test]
    fn oldest_links_are_dropped_beyond_the_bound() {
        let mut links = Links::default();
        for number in 0..=MOST {
            links.add(link(&number.to_string(), 0), second(0));
        }
        assert_eq!(links.take("0", second(1)), None);
        assert!(links.take("1", second(1)).is_some());
        links.add(link("late", 200), second(200));
        assert_eq!(links.0.len(), 1, "old ones are dropped");
    }
}
