//! Merges the audit rows of repeated refusals and failures: a caller who tries again and again leaves one row that counts.
//!
//! The row is written at the first refusal, and again each time that the count has doubled. So a flood costs a few writes, and the
//! row shows at least half of the true number.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::super::access::subscriber;
use jobs_api::Caller;
use jobs_model::{NewAuditRow, Outcome, Role};
use jobs_schedule::Time;

/// After this time without a repetition, the next one writes a new row.
const QUIET: Duration = Duration::from_secs(3_600);

/// A row counts repetitions for at most this time.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Upper bound on the kinds of refusals that are remembered.
const REMEMBERED: usize = 4_096;

/// The refusals that count as the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RefusalKey {
    who: String,
    address: Option<IpAddr>,
    operation: String,
    is_denied: bool,
    is_missing: bool,
    /// The target and the error, as far as they must be the same.
    details: [Option<String>; 2],
}

/// The refusals of the last hours.
#[derive(Default)]
pub(crate) struct Repeats {
    seen: Mutex<HashMap<RefusalKey, Seen>>,
}

#[derive(Debug)]
struct Seen {
    count: u64,
    began: Time,
    /// By the clock of the machine, as `last`.
    first: Duration,
    last: Duration,
    /// The row; none until it is written.
    row: Arc<Mutex<Option<i64>>>,
}

/// Whether and how a refusal is written.
#[derive(Debug)]
pub(super) enum Repeat {
    /// Add a row, and put its number in here.
    First(Arc<Mutex<Option<i64>>>),
    /// The row of that number gets this count.
    Doubled { row: i64, count: u64, began: Time },
    /// Write nothing.
    Counted,
}

impl RefusalKey {
    /// Callers whose role is small choose neither target nor error: otherwise they could write a row with each request.
    /// `is_missing`: the subject does not exist, so that its name can be any text.
    pub(super) fn new(caller: &Caller, row: &NewAuditRow, is_missing: bool) -> RefusalKey {
        let is_denied = row.outcome == Outcome::Denied;
        let details = match caller.role {
            _ if is_denied => [None, None],
            Some(_) if is_missing => [None, None],
            Some(Role::Viewer) => [None, None],
            // A failed login: the target is the name of the account.
            None => [Some(row.target.clone()), None],
            Some(Role::Operator | Role::Admin) => [Some(row.target.clone()), row.error.clone()],
        };
        RefusalKey {
            who: row.who.clone(),
            address: caller.address.map(subscriber),
            operation: row.operation.clone(),
            is_denied,
            is_missing,
            details,
        }
    }
}

impl Repeats {
    /// Counts a refusal. `machine` is the time since the machine booted, because the wall clock may be set.
    pub(super) fn count(&self, key: RefusalKey, now: Time, machine: Duration) -> Repeat {
        let mut seen = self.seen.lock();
        if let Some(known) = seen.get_mut(&key).filter(|known| known.goes_on(machine)) {
            known.count += 1;
            known.last = machine;
            let row = known.count.is_power_of_two().then(|| *known.row.lock());
            return match row.flatten() {
                Some(row) => Repeat::Doubled {
                    row,
                    count: known.count,
                    began: known.began,
                },
                None => Repeat::Counted,
            };
        }
        if seen.len() >= REMEMBERED {
            seen.retain(|_, known| known.goes_on(machine));
        }
        if seen.len() >= REMEMBERED {
            let oldest = seen.iter().min_by_key(|(_, known)| known.last);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                seen.remove(&oldest);
            }
        }
        let row = Arc::new(Mutex::new(None));
        let first = Seen {
            count: 1,
            began: now,
            first: machine,
            last: machine,
            row: row.clone(),
        };
        seen.insert(key, first);
        Repeat::First(row)
    }
}

impl Seen {
    fn goes_on(&self, machine: Duration) -> bool {
        machine.saturating_sub(self.last) < QUIET && machine.saturating_sub(self.first) < LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn row(operation: &str, target: &str, outcome: Outcome) -> NewAuditRow {
        NewAuditRow {
            at: Time::from_millis(0),
            transport: "http".into(),
            who: "account vic".into(),
            address: None,
            operation: operation.into(),
            target: target.into(),
            before: None,
            after: None,
            outcome,
            error: Some(format!("{target} is wrong")),
            jobs: Vec::new(),
        }
    }

    fn caller(role: Option<Role>, address: &str) -> Caller {
        Caller {
            role,
            ..Caller::nobody(address.parse().unwrap())
        }
    }

    #[test]
    fn refusals_that_differ_only_in_what_a_viewer_chooses_are_the_same() {
        let key = |role, address, operation, target, outcome| {
            RefusalKey::new(
                &caller(role, address),
                &row(operation, target, outcome),
                false,
            )
        };
        let viewer = Some(Role::Viewer);
        let denied = key(viewer, "10.0.0.1", "add", "a", Outcome::Denied);
        let here = "2001:db8::1";
        for (same, other) in [
            (true, key(viewer, "10.0.0.1", "add", "b", Outcome::Denied)),
            (false, key(viewer, "10.0.0.1", "rm", "a", Outcome::Denied)),
            (false, key(viewer, "10.0.0.2", "add", "a", Outcome::Denied)),
            (false, key(viewer, "10.0.0.1", "add", "a", Outcome::Failed)),
        ] {
            assert_eq!(denied == other, same, "{other:?}");
        }
        let failed = |role, address, target| key(role, address, "edit", target, Outcome::Failed);
        assert_eq!(
            failed(viewer, here, "a"),
            failed(viewer, "2001:db8::2", "b")
        );
        assert_ne!(failed(None, here, "a"), failed(None, here, "b"));
        let operator = Some(Role::Operator);
        assert_ne!(failed(operator, here, "a"), failed(operator, here, "b"));
        let missing = |operation, target| {
            let row = row(operation, target, Outcome::Failed);
            RefusalKey::new(&caller(operator, here), &row, true)
        };
        assert_eq!(missing("run", "a"), missing("run", "b"));
        assert_ne!(missing("run", "a"), missing("rm", "a"));
    }

    #[test]
    fn repetitions_write_when_their_number_doubles() {
        let repeats = Repeats::default();
        let count = |operation: &str, at: Duration| {
            let row = row(operation, "x", Outcome::Denied);
            let key = RefusalKey::new(&caller(Some(Role::Viewer), "10.0.0.1"), &row, false);
            repeats.count(key, Time::from_millis(7), at)
        };
        let Repeat::First(row) = count("add", HOUR) else {
            panic!()
        };
        *row.lock() = Some(5);
        let written: Vec<u64> = (2..=1_000)
            .filter_map(|_| match count("add", HOUR) {
                Repeat::Doubled { row: 5, count, .. } => Some(count),
                _ => None,
            })
            .collect();
        assert_eq!(written, [2, 4, 8, 16, 32, 64, 128, 256, 512]);
        assert!(matches!(count("rm", HOUR), Repeat::First(_)));
        assert!(matches!(count("add", HOUR * 2), Repeat::First(_)), "quiet");
        for minutes in 0..24 * 60 {
            let at = HOUR * 2 + Duration::from_secs(60 * minutes);
            assert!(!matches!(count("add", at), Repeat::First(_)));
        }
        let next_day = HOUR * 26;
        assert!(matches!(count("add", next_day), Repeat::First(_)));
        for number in 0..REMEMBERED + 20 {
            count(&number.to_string(), next_day);
        }
        assert_eq!(repeats.seen.lock().len(), REMEMBERED);
    }
}
