//! The rate limit of failed logins, which slows down password guessing, by account and by address.
//!
//! Failures for one account from one address double the wait for that pair, up to [`LONGEST`]. Failures for one account from
//! all addresses make every login to it wait, but at most [`LONGEST_OF_ACCOUNT`]: otherwise anyone who knows the name of an
//! account could lock its owner out.
//!
//! In this module `now` is the time since the machine booted, because the wall clock may be set.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use super::names;
use jobs_error::{Error, Result};

/// Failures in a row without a wait: for an account from one address, for an account from all addresses, and for an address.
const FREE_OF_PAIR: u32 = 5;
const FREE_OF_ACCOUNT: u32 = 20;
const FREE_OF_ADDRESS: u32 = 20;

/// The first wait; each failure doubles it.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The longest wait for an account after failures from other addresses: too slow for guessing, short enough for the owner.
const LONGEST_OF_ACCOUNT: Duration = Duration::from_secs(10);

/// A count is dropped after this time without a failure.
const QUIET: Duration = Duration::from_secs(3_600);

/// Upper bound on the entries of each table of counts.
const REMEMBERED: usize = 10_000;

/// The counts of failed logins of all accounts and addresses.
pub(super) struct LoginLimit {
    pairs: Counts<(String, Option<IpAddr>)>,
    accounts: Counts<String>,
    addresses: Counts<IpAddr>,
}

/// The account and the address that a login is counted for. The account need not exist; the address may be unknown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LoginSource {
    /// The name in lower case; absent for a link, which is counted by the address alone.
    account: Option<String>,
    address: Option<IpAddr>,
}

impl LoginSource {
    pub(super) fn new(username: &str, address: Option<IpAddr>) -> LoginSource {
        LoginSource {
            // All names that no account can have share one count, so that they cannot fill the memory.
            account: Some(match names::check("username", username) {
                Ok(()) => username.to_ascii_lowercase(),
                Err(_) => String::new(),
            }),
            address: address.map(subscriber),
        }
    }

    /// The source of a link.
    pub(super) fn of_address(address: Option<IpAddr>) -> LoginSource {
        LoginSource {
            account: None,
            address: address.map(subscriber),
        }
    }

    fn pair(&self) -> Option<(String, Option<IpAddr>)> {
        Some((self.account.clone()?, self.address))
    }
}

/// The address that failures are counted by: an IPv4 address, or the /64 network of an IPv6 address, because one subscriber
/// has all of it.
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

impl LoginLimit {
    pub(super) fn new() -> LoginLimit {
        LoginLimit {
            pairs: Counts::new(FREE_OF_PAIR, LONGEST),
            accounts: Counts::new(FREE_OF_ACCOUNT, LONGEST_OF_ACCOUNT),
            addresses: Counts::new(FREE_OF_ADDRESS, LONGEST),
        }
    }

    /// Refuses a login before its wait is over.
    ///
    /// # Errors
    ///
    /// [`Error::TooMany`] with the whole seconds that are left.
    pub(super) fn check(&self, source: &LoginSource, now: Duration) -> Result<()> {
        let pair = source.pair();
        let by_pair = pair.as_ref().and_then(|pair| self.pairs.wait(pair, now));
        let by_account = pair
            .as_ref()
            .and_then(|(account, _)| self.accounts.wait(account, now));
        let by_address = source
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
    pub(super) fn count_failure(&mut self, source: &LoginSource, now: Duration) {
        if let Some(pair) = source.pair() {
            self.accounts.add(pair.0.clone(), now);
            self.pairs.add(pair, now);
        }
        if let Some(address) = source.address {
            self.addresses.add(address, now);
        }
    }

    /// Drops the counts of an account after a successful login, a change of its password or its removal. The count of the
    /// address stays: otherwise a client with one account of its own could reset the count by logging in to it.
    pub(super) fn clear(&mut self, username: &str) {
        let username = username.to_ascii_lowercase();
        self.pairs.of.retain(|(account, _), _| *account != username);
        self.accounts.of.remove(&username);
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The number of failures in a row, and the time of the last one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Count {
    failures: u32,
    last: Duration,
}

impl Count {
    /// The wait after the last failure.
    fn pause(self, free: u32, longest: Duration) -> Duration {
        match self.failures.checked_sub(free) {
            None => Duration::ZERO,
            Some(more) => SHORTEST
                .saturating_mul(1_u32.checked_shl(more).unwrap_or(u32::MAX))
                .min(longest),
        }
    }

    /// The rest of the wait at `now`, or `None` when it is over.
    fn wait(self, free: u32, longest: Duration, now: Duration) -> Option<Duration> {
        let gone = now.saturating_sub(self.last);
        Some(self.pause(free, longest).saturating_sub(gone)).filter(|wait| !wait.is_zero())
    }

    fn is_expired(self, now: Duration) -> bool {
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
        if count.is_expired(now) {
            return None;
        }
        count.wait(self.free, self.longest, now)
    }

    fn add(&mut self, key: K, now: Duration) {
        let before = self.of.get(&key).filter(|count| !count.is_expired(now));
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

    /// Removes the expired counts, or, if there are none, the count with the fewest failures. So a flood of made-up names
    /// does not remove the count of the account that is attacked.
    fn make_room(&mut self, now: Duration) {
        self.of.retain(|_, count| !count.is_expired(now));
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

    fn source(name: &str, address: &str) -> LoginSource {
        LoginSource::new(name, address.parse().ok())
    }

    fn wait(login_limit: &LoginLimit, source: &LoginSource, now: Duration) -> u64 {
        match login_limit.check(source, now) {
            Ok(()) => 0,
            Err(Error::TooMany { retry_after, .. }) => retry_after,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn pause_each_failure_doubles_it_up_to_a_quarter_of_an_hour() {
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
    fn count_after_its_wait_and_after_an_hour_expires() {
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
        for (now, is_expired) in [(10_000, false), (13_599, false), (13_600, true)] {
            assert_eq!(count.is_expired(at(now)), is_expired, "{now}");
        }
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(2_000)), 2);
    }

    #[test]
    fn failures_from_one_address_slow_down_only_that_pair() {
        let mut login_limit = LoginLimit::new();
        let guessing = source("Alice", "192.0.2.1");
        for _ in 0..9 {
            login_limit.count_failure(&guessing, at(0));
        }
        assert_eq!(wait(&login_limit, &source("aLICE", "192.0.2.1"), at(0)), 16);
        assert_eq!(
            wait(&login_limit, &source("alice", "198.51.100.1"), at(0)),
            0
        );
        assert_eq!(wait(&login_limit, &source("bob", "192.0.2.1"), at(0)), 0);
        login_limit.clear("ALICE");
        assert_eq!(wait(&login_limit, &guessing, at(0)), 0);
    }

    #[test]
    fn failures_from_many_addresses_slow_down_the_account_but_do_not_lock_it() {
        let mut login_limit = LoginLimit::new();
        for number in 0..20 {
            let source = source("Alice", &format!("192.0.2.{number}"));
            assert_eq!(wait(&login_limit, &source, at(0)), 0);
            login_limit.count_failure(&source, at(0));
        }
        let owner = source("aLICE", "198.51.100.1");
        assert_eq!(wait(&login_limit, &owner, at(0)), 1);
        assert_eq!(
            wait(&login_limit, &LoginSource::new("alice", None), at(0)),
            1
        );
        assert_eq!(wait(&login_limit, &source("bob", "192.0.2.1"), at(0)), 0);
        for number in 20..200 {
            login_limit.count_failure(&source("alice", &format!("192.0.2.{number}")), at(1));
        }
        assert_eq!(wait(&login_limit, &owner, at(1)), 10);
        assert_eq!(wait(&login_limit, &owner, at(11)), 0);
        login_limit.clear("ALICE");
        assert_eq!(wait(&login_limit, &owner, at(1)), 0);
    }

    #[test]
    fn failures_for_many_accounts_slow_down_the_address() {
        for (address, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ] {
            let mut login_limit = LoginLimit::new();
            for number in 0..20 {
                let name = format!("user{number}");
                assert_eq!(wait(&login_limit, &source(&name, address), at(0)), 0);
                login_limit.count_failure(&source(&name, address), at(0));
                login_limit.clear(&name);
            }
            assert_eq!(wait(&login_limit, &source("x", same), at(0)), 1);
            assert_eq!(wait(&login_limit, &source("x", other), at(0)), 0);
        }
    }

    #[test]
    fn counts_flood_of_names_is_bounded_and_keeps_the_largest() {
        let mut login_limit = LoginLimit::new();
        let victim = LoginSource::new("victim", None);
        for _ in 0..23 {
            login_limit.count_failure(&victim, at(0));
        }
        for number in 0..REMEMBERED + 500 {
            login_limit.count_failure(&LoginSource::new(&format!("user{number}"), None), at(1));
        }
        // All invalid names share one entry.
        for number in 0..1_000 {
            login_limit.count_failure(&LoginSource::new(&format!("no name {number}"), None), at(1));
        }
        assert_eq!(login_limit.accounts.of.len(), REMEMBERED);
        assert_eq!(login_limit.pairs.of.len(), REMEMBERED);
        assert_eq!(wait(&login_limit, &victim, at(0)), 900);
        // Expired counts make room.
        login_limit.count_failure(&LoginSource::new("late", None), at(4_000));
        assert_eq!(login_limit.accounts.of.len(), 1);
    }
}
