//! How often a login may be tried: who guesses passwords is slowed down, by account and by address.
//!
//! Whoever fails from one address waits longer and longer, there. All who try one account from anywhere wait together, but
//! not for long: else somebody who only knows a name could keep its owner out.
//!
//! Here `now` is the time since the machine booted, which nobody sets.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use super::names;
use jobs_error::{Error, Result};

/// So many failures in a row are free: for an account from one address, for an account from anywhere, and for an address.
const FREE_OF_PAIR: u32 = 5;
const FREE_OF_ACCOUNT: u32 = 20;
const FREE_OF_ADDRESS: u32 = 20;

/// The first wait; each failure doubles it.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The longest wait for an account because of others: nobody guesses a password at that pace, and its owner can wait for it.
const LONGEST_OF_ACCOUNT: Duration = Duration::from_secs(10);

/// After so long without a failure all is forgotten.
const QUIET: Duration = Duration::from_secs(3_600);

/// So many accounts, and so many addresses, are remembered.
const REMEMBERED: usize = 10_000;

/// The failures of all accounts and addresses.
pub(super) struct Tries {
    pairs: Counts<(String, Option<IpAddr>)>,
    accounts: Counts<String>,
    addresses: Counts<IpAddr>,
}

/// Whose failures are counted: of an account, which need not exist, and of an address, when one is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trier {
    account: String,
    address: Option<IpAddr>,
}

impl Trier {
    pub(super) fn new(username: &str, address: Option<IpAddr>) -> Trier {
        Trier {
            // What can be no account's name is counted together: nobody fills the memory with it.
            account: match names::check("username", username) {
                Ok(()) => username.to_ascii_lowercase(),
                Err(_) => String::new(),
            },
            address: address.map(subscriber),
        }
    }
}

impl Trier {
    fn pair(&self) -> (String, Option<IpAddr>) {
        (self.account.clone(), self.address)
    }
}

/// What stands for one subscriber: an IPv4 address, or the /64 of an IPv6 address.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

impl Tries {
    pub(super) fn new() -> Tries {
        Tries {
            pairs: Counts::new(FREE_OF_PAIR, LONGEST),
            accounts: Counts::new(FREE_OF_ACCOUNT, LONGEST_OF_ACCOUNT),
            addresses: Counts::new(FREE_OF_ADDRESS, LONGEST),
        }
    }

    /// Refuses a try that comes too early.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] with the whole seconds that are left.
    pub(super) fn may(&self, trier: &Trier, now: Duration) -> Result<()> {
        let by_pair = self.pairs.wait(&trier.pair(), now);
        let by_account = self.accounts.wait(&trier.account, now);
        let by_address = trier
            .address
            .and_then(|address| self.addresses.wait(&address, now));
        match by_pair.max(by_account).max(by_address) {
            None => Ok(()),
            Some(wait) => Err(Error::TooMany {
                problem: "too many logins have failed".into(),
                retry_after: whole_seconds(wait),
            }),
        }
    }

    /// Counts a failure.
    pub(super) fn failed(&mut self, trier: &Trier, now: Duration) {
        self.pairs.add(trier.pair(), now);
        self.accounts.add(trier.account.clone(), now);
        if let Some(address) = trier.address {
            self.addresses.add(address, now);
        }
    }

    /// Forgets the failures of an account: somebody has proved to be its owner, or has given it another password. Those
    /// of an address stay, else it would take one account of one's own to guess the passwords of others at leisure.
    pub(super) fn clear(&mut self, username: &str) {
        let username = username.to_ascii_lowercase();
        self.pairs.of.retain(|(account, _), _| *account != username);
        self.accounts.of.remove(&username);
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// How often something has failed in a row, and when it did last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Count {
    failures: u32,
    last: Duration,
}

impl Count {
    /// How long nothing may be tried after the last failure.
    fn pause(self, free: u32, longest: Duration) -> Duration {
        match self.failures.checked_sub(free) {
            None => Duration::ZERO,
            Some(more) => SHORTEST
                .saturating_mul(1_u32.checked_shl(more).unwrap_or(u32::MAX))
                .min(longest),
        }
    }

    /// How long nothing may be tried yet.
    fn wait(self, free: u32, longest: Duration, now: Duration) -> Option<Duration> {
        let gone = now.saturating_sub(self.last);
        Some(self.pause(free, longest).saturating_sub(gone)).filter(|wait| !wait.is_zero())
    }

    fn is_forgotten(self, now: Duration) -> bool {
        now.saturating_sub(self.last) >= QUIET
    }
}

struct Counts<K> {
    of: HashMap<K, Count>,
    free: u32,
    longest: Duration,
}

impl<K: Hash + Eq + Clone> Counts<K> {
    fn new(free: u32, longest: Duration) -> Counts<K> {
        Counts {
            of: HashMap::new(),
            free,
            longest,
        }
    }

    fn wait(&self, key: &K, now: Duration) -> Option<Duration> {
        let count = self.of.get(key)?;
        if count.is_forgotten(now) {
            return None;
        }
        count.wait(self.free, self.longest, now)
    }

    fn add(&mut self, key: K, now: Duration) {
        let before = self.of.get(&key).filter(|count| !count.is_forgotten(now));
        let failures = before.map_or(0, |count| count.failures).saturating_add(1);
        if !self.of.contains_key(&key) && self.of.len() >= REMEMBERED {
            self.make_room(now);
        }
        self.of.insert(
            key,
            Count {
                failures,
                last: now,
            },
        );
    }

    /// Takes out what is forgotten, else the one with the fewest failures: so a flood of names does not wash away the
    /// count of the one that is attacked.
    fn make_room(&mut self, now: Duration) {
        self.of.retain(|_, count| !count.is_forgotten(now));
        if self.of.len() < REMEMBERED {
            return;
        }
        let least = self
            .of
            .iter()
            .min_by_key(|(_, count)| (count.failures, count.last))
            .map(|(key, _)| key.clone());
        if let Some(key) = least {
            self.of.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn trier(name: &str, address: &str) -> Trier {
        Trier::new(name, address.parse().ok())
    }

    fn wait(tries: &Tries, trier: &Trier, now: Duration) -> u64 {
        match tries.may(trier, now) {
            Ok(()) => 0,
            Err(Error::TooMany { retry_after, .. }) => retry_after,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
        for (failures, free, seconds) in [
            (0, 5, 0),
            (4, 5, 0),
            (5, 5, 1),
            (6, 5, 2),
            (10, 5, 32),
            (14, 5, 512),
            (15, 5, 900),
            (37, 5, 900),
            (u32::MAX, 5, 900),
            (19, 20, 0),
            (20, 20, 1),
            (21, 20, 2),
        ] {
            let count = Count {
                failures,
                last: at(0),
            };
            assert_eq!(
                count.pause(free, LONGEST),
                Duration::from_secs(seconds),
                "{failures}"
            );
        }
    }

    #[test]
    fn a_wait_ends_in_time_and_a_count_fades() {
        let count = Count {
            failures: 8,
            last: at(10_000),
        };
        for (now, left) in [(10_000, Some(8)), (10_003, Some(5)), (10_008, None)] {
            assert_eq!(
                count.wait(5, LONGEST, at(now)),
                left.map(Duration::from_secs),
                "{now}"
            );
        }
        for (now, is_forgotten) in [(10_000, false), (13_599, false), (13_600, true)] {
            assert_eq!(count.is_forgotten(at(now)), is_forgotten, "{now}");
        }
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(2_000)), 2);
    }

    #[test]
    fn who_fails_from_one_address_waits_there() {
        let mut tries = Tries::new();
        let guessing = trier("Alice", "192.0.2.1");
        for _ in 0..9 {
            tries.failed(&guessing, at(0));
        }
        assert_eq!(wait(&tries, &trier("aLICE", "192.0.2.1"), at(0)), 16);
        assert_eq!(wait(&tries, &trier("alice", "198.51.100.1"), at(0)), 0);
        assert_eq!(wait(&tries, &trier("bob", "192.0.2.1"), at(0)), 0);
        tries.clear("ALICE");
        assert_eq!(wait(&tries, &guessing, at(0)), 0);
    }

    #[test]
    fn an_account_is_slowed_down_from_wherever_it_is_tried_but_not_closed() {
        let mut tries = Tries::new();
        for number in 0..20 {
            let trier = trier("Alice", &format!("192.0.2.{number}"));
            assert_eq!(wait(&tries, &trier, at(0)), 0);
            tries.failed(&trier, at(0));
        }
        let owner = trier("aLICE", "198.51.100.1");
        assert_eq!(wait(&tries, &owner, at(0)), 1);
        assert_eq!(wait(&tries, &Trier::new("alice", None), at(0)), 1);
        assert_eq!(wait(&tries, &trier("bob", "192.0.2.1"), at(0)), 0);
        for number in 20..200 {
            tries.failed(&trier("alice", &format!("192.0.2.{number}")), at(1));
        }
        assert_eq!(wait(&tries, &owner, at(1)), 10);
        assert_eq!(wait(&tries, &owner, at(11)), 0);
        tries.clear("ALICE");
        assert_eq!(wait(&tries, &owner, at(1)), 0);
    }

    #[test]
    fn an_address_is_slowed_down_whatever_it_tries() {
        for (address, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ] {
            let mut tries = Tries::new();
            for number in 0..20 {
                let name = format!("user{number}");
                assert_eq!(wait(&tries, &trier(&name, address), at(0)), 0);
                tries.failed(&trier(&name, address), at(0));
                tries.clear(&name);
            }
            assert_eq!(wait(&tries, &trier("x", same), at(0)), 1);
            assert_eq!(wait(&tries, &trier("x", other), at(0)), 0);
        }
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_washes_nothing_away() {
        let mut tries = Tries::new();
        let victim = Trier::new("victim", None);
        for _ in 0..23 {
            tries.failed(&victim, at(0));
        }
        for number in 0..REMEMBERED + 500 {
            tries.failed(&Trier::new(&format!("user{number}"), None), at(1));
        }
        // What can be no name is one entry.
        for number in 0..1_000 {
            tries.failed(&Trier::new(&format!("no name {number}"), None), at(1));
        }
        assert_eq!(tries.accounts.of.len(), REMEMBERED);
        assert_eq!(tries.pairs.of.len(), REMEMBERED);
        assert_eq!(wait(&tries, &victim, at(0)), 900);
        // In time there is room again.
        tries.failed(&Trier::new("late", None), at(4_000));
        assert_eq!(tries.accounts.of.len(), 1);
    }
}
