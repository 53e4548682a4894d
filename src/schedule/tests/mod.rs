//! The rules of schedules as tables: accepted and refused texts, and the runs.

mod clocks;
mod counts;
mod days_and_fields;
mod keywords;
mod language;
mod limits;
mod naive;
mod oracle;
mod refusals;

use super::*;

/// The anchor of `@every` and the present time in the tests: 2026-01-01T00:00:00Z.
const ANCHOR: Time = Time::from_millis(1_767_225_600_000);

#[track_caller]
fn schedule(text: &str) -> Schedule {
    match Schedule::parse(text) {
        Ok(schedule) => schedule,
        Err(error) => panic!("{text}: {error}"),
    }
}

#[track_caller]
fn zone(name: &str) -> Zone {
    Zone::find(name).unwrap()
}

#[track_caller]
fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

/// The next runs in the zone, joined by `, `.
#[track_caller]
fn runs(text: &str, zone: &Zone, after: Time, count: usize) -> String {
    let schedule = schedule(text);
    let mut shown = Vec::new();
    let mut after = after;
    for _ in 0..count {
        match schedule.next_after(after, zone, ANCHOR) {
            Some(next) => {
                assert!(next > after, "{text}: {next:?} is not after {after:?}");
                shown.push(next.rfc3339(zone));
                after = next;
            }
            None => {
                shown.push("never".to_owned());
                break;
            }
        }
    }
    shown.join(", ")
}

/// A small random number generator; it gives the same numbers in each run.
struct Random(u64);

impl Random {
    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 20) % u64::from(end)).unwrap()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(u32::try_from(from.len()).unwrap())).unwrap()]
    }
}
