//! The rules that decide when a job runs: its schedule, its zone and its limits in time. Pure. The tick, the service and the lists
//! of next runs all use this module, so that none of them forgets a rule.

use std::time::Duration;

use jobs_error::Result;
use jobs_model::{CatchUp, Job};
use jobs_schedule::{Count, Schedule, Span, Time, Timing, Zone};

/// The schedule of a job and its other rules about time, parsed.
#[derive(Clone, Debug)]
pub struct Rules {
    pub schedule: Schedule,
    /// The zone in which the schedule is read.
    pub zone: Zone,
    /// The instant from which `@every` counts its intervals.
    pub anchor: Time,
    pub catch_up: CatchUp,
    /// Maximum age of a missed occurrence that is made up; zero: no limit.
    pub window: Duration,
    jitter: Duration,
    /// The job has no occurrences before this instant: the later of `start_at` and `stopped_until`.
    not_before: Option<Time>,
    /// The job has no occurrences after this instant: `end_at`.
    not_after: Option<Time>,
    /// After the clock was set back: fixed lines up to here have run already and do not run again.
    replayed_until: Option<Time>,
    /// All occurrences up to here have been claimed, even if a clock that was set back a little has not shown it again yet.
    claimed_until: Option<Time>,
}

impl Rules {
    /// The rules of a job. `zone` is the daemon's. `replayed_until` is set after the clock was set back: fixed lines up to there
    /// have run already.
    ///
    /// # Errors
    ///
    /// When the schedule or the zone can't be read. Both were checked when they were stored, but a zone may have gone
    /// from the system since.
    pub fn of(job: &Job, zone: &Zone, replayed_until: Option<Time>) -> Result<Rules> {
        Ok(Rules {
            schedule: Schedule::parse_for(&job.cron_expr, &job.name)?,
            zone: zone_of(job, zone)?,
            anchor: job.anchor_at,
            catch_up: job.catch_up,
            window: Duration::from_secs(job.catch_up_window.unsigned_abs()),
            jitter: Duration::from_secs(job.jitter.unsigned_abs()),
            not_before: job.start_at.max(job.stopped_until),
            not_after: job.end_at,
            replayed_until,
            claimed_until: job.claimed_until,
        })
    }

    /// The first occurrence strictly after `after`.
    pub fn next_after(&self, after: Time) -> Option<Time> {
        self.next_after_replayed(after, self.replayed_until)
    }

    fn next_after_replayed(&self, after: Time, replayed_until: Option<Time>) -> Option<Time> {
        let from = self.from(after);
        let next = match replayed_until.filter(|until| *until > from) {
            None => self.schedule.next_after(from, &self.zone, self.anchor),
            Some(until) => {
                let interval = self.next_of(Timing::Interval, from);
                let fixed = self.next_of(Timing::Fixed, until);
                interval.into_iter().chain(fixed).min()
            }
        };
        next.filter(|at| self.not_after.is_none_or(|end| *at <= end))
    }

    /// Counts the occurrences of the lines of `timing` (none: of all) after `after` and up to `until`. A schedule of several lines is
    /// counted up to `enough` only.
    pub fn count(&self, timing: Option<Timing>, after: Time, until: Time, enough: u64) -> Count {
        let after = self.from(after);
        let span = Span {
            after,
            fixed_after: self.replayed_until.map_or(after, |until| until.max(after)),
            until: self.not_after.map_or(until, |end| end.min(until)),
            timing,
            enough,
        };
        self.schedule.count(span, &self.zone, self.anchor)
    }

    /// The first occurrence of a line of `timing` strictly after `after`.
    pub fn next_of_timing(&self, timing: Timing, after: Time) -> Option<Time> {
        let from = match timing {
            Timing::Interval => self.from(after),
            Timing::Fixed => self.from(after).max(self.replayed_until.unwrap_or(after)),
        };
        self.next_of(timing, from)
            .filter(|at| self.not_after.is_none_or(|end| *at <= end))
    }

    /// Whether that instant is an occurrence, whether it has run or not.
    pub fn has(&self, at: Time) -> bool {
        self.next_after_replayed(at.minus(Duration::from_millis(1)), None) == Some(at)
    }

    /// Whether a fixed line of the schedule is due at that occurrence.
    pub fn is_fixed(&self, at: Time) -> bool {
        self.next_of(Timing::Fixed, at.minus(Duration::from_millis(1))) == Some(at)
    }

    /// How much an occurrence is delayed: a random time up to the job's jitter that does not reach the next occurrence.
    /// `random` is any number.
    pub fn delay(&self, at: Time, random: u64) -> Duration {
        if self.jitter.is_zero() {
            return Duration::ZERO;
        }
        let room = match self.next_after(at) {
            Some(next) => next.since(at).saturating_sub(Duration::from_millis(1)),
            None => self.jitter,
        };
        let most = u64::try_from(self.jitter.min(room).as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(random % most.saturating_add(1))
    }

    /// Whether the delay that a job has already agrees with these rules.
    fn allows_delay(&self, job: &Job) -> bool {
        match (job.scheduled_at, job.next_at) {
            (Some(at), Some(next)) => {
                let delay = next.since(at);
                delay <= self.jitter && (delay.is_zero() == self.jitter.is_zero())
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Whether the job has no further occurrence because of `@at` or of its `end_at`.
    pub fn has_ended(&self, after: Time) -> bool {
        let ends = self.schedule.runs_once() || self.not_after.is_some();
        ends && self.next_after(after).is_none()
    }

    /// `after`, or a later instant up to which the job has no occurrence that could still run.
    fn from(&self, after: Time) -> Time {
        const JUST: Duration = Duration::from_millis(1);
        let start = self.not_before.map(|start| start.minus(JUST));
        start
            .max(self.claimed_until)
            .map_or(after, |from| from.max(after))
    }

    fn next_of(&self, timing: Timing, after: Time) -> Option<Time> {
        self.schedule
            .next_of(timing, after, &self.zone, self.anchor)
    }
}

/// The zone in which a job's schedule is read.
pub fn zone_of(job: &Job, daemon: &Zone) -> Result<Zone> {
    match &job.timezone {
        Some(name) => Zone::find(name),
        None => Ok(daemon.clone()),
    }
}

/// Makes a job due at its occurrence `at`, plus a random delay if it has a jitter; with none, makes it never due.
pub fn set_due(job: &mut Job, rules: &Rules, at: Option<Time>) {
    job.scheduled_at = at;
    job.next_at = at.map(|at| at.plus(rules.delay(at, fastrand::u64(..))));
}

/// Makes a job never due.
pub fn set_never(job: &mut Job) {
    job.scheduled_at = None;
    job.next_at = None;
}

/// Notes that all occurrences of a job up to `until` have been claimed.
pub fn set_claimed(job: &mut Job, until: Time) {
    job.claimed_until = job.claimed_until.max(Some(until));
}

/// Forgets claims that a clock has made which was three hours or more ahead of `now`: that was another time. Smaller settings of the
/// clock are noticed when they happen.
pub(super) fn forget_claims_of_another_time(job: &mut Job, now: Time) {
    const NEW_TIME: Duration = Duration::from_secs(3 * 60 * 60);
    job.claimed_until = job
        .claimed_until
        .filter(|until| until.since(now) < NEW_TIME);
}

/// Whether a job is stopped because it has no further occurrence.
pub fn is_over(job: &Job, daemon: &Zone, now: Time) -> bool {
    job.stopped && Rules::of(job, daemon, None).is_ok_and(|rules| rules.has_ended(now))
}

/// The occurrence of a job that is past but not claimed yet: it waits for the end of its random delay, or for the next tick.
pub fn pending(job: &Job, now: Time) -> Option<Time> {
    job.next_at?;
    job.scheduled_at.filter(|at| *at <= now)
}

/// Makes a job due at its first occurrence after `now`; a stopped job is never due. Keeps a [`pending`] occurrence if the rules still
/// have it. `replayed_until` is as in [`Rules::of`].
pub fn set_next(
    job: &mut Job,
    daemon: &Zone,
    now: Time,
    replayed_until: Option<Time>,
) -> Result<()> {
    forget_claims_of_another_time(job, now);
    let rules = Rules::of(job, daemon, replayed_until)?;
    if job.stopped {
        set_never(job);
    } else if !pending(job, now).is_some_and(|at| rules.has(at)) {
        let next = rules.next_after(now);
        if next != job.scheduled_at || !rules.allows_delay(job) {
            set_due(job, &rules, next);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn at(minutes: i64) -> Time {
        Time::from_millis(minutes * MINUTE)
    }

    fn job(expr: &str) -> Job {
        Job {
            cron_expr: expr.to_string(),
            ..Job::named("job".to_string(), at(0))
        }
    }

    #[track_caller]
    fn rules(job: &Job, replayed_until: Option<Time>) -> Rules {
        Rules::of(job, &Zone::utc(), replayed_until).unwrap()
    }

    #[test]
    fn next_after_with_limits_in_time_holds_for_every_line() {
        let job = Job {
            start_at: Some(at(10)),
            end_at: Some(at(12)),
            ..job("* * * * *; 30 11 0 * * *")
        };
        let rules = rules(&job, None);
        let mut seen = Vec::new();
        let mut after = at(0);
        while let Some(next) = rules.next_after(after) {
            seen.push(next);
            after = next;
        }
        let half = at(11).plus(Duration::from_secs(30));
        assert_eq!(seen, [at(10), at(11), half, at(12)]);
        assert!(rules.has_ended(at(12)) && !rules.has_ended(at(11)));
    }

    #[test]
    fn next_after_a_stop_with_an_end_is_past_that_end() {
        let job = Job {
            stopped_until: Some(at(7)),
            ..job("*/5 * * * *")
        };
        let rules = rules(&job, None);
        assert_eq!(rules.next_after(at(0)), Some(at(10)));
        assert_eq!(rules.next_after(at(10)), Some(at(15)));
    }

    #[test]
    fn next_after_clock_set_back_repeats_interval_lines_only() {
        // Set back from 00:45 to 00:05: half past has run already.
        let replayed_until = Some(at(45));
        for (expr, expected) in [
            ("30 0 * * *", at(24 * 60 + 30)),
            ("50 0 * * *", at(50)),
            ("*/10 * * * *", at(10)),
            ("30 0 * * *; */40 * * * *", at(40)),
            ("30 0 * * *; 50 0 * * *", at(50)),
        ] {
            let next = rules(&job(expr), replayed_until).next_after(at(5));
            assert_eq!(next, Some(expected), "{expr}");
        }
    }

    #[test]
    fn set_next_after_a_small_step_back_passes_no_claimed_instant() {
        let second = |seconds: i64| Time::from_millis(seconds * 1000);
        // Claimed up to second 50; the clock shows second 10 again.
        let now = second(10);
        let claimed = |expr: &str| Job {
            claimed_until: Some(second(50)),
            ..job(expr)
        };
        for (expr, expected) in [
            ("* * * * * *", Some(second(51))),
            ("*/20 * * * * *", Some(at(1))),
            ("* * * * *", Some(at(1))),
            ("30 0 0 * * *", Some(at(1440).plus(Duration::from_secs(30)))),
            ("@every 7s", Some(second(56))),
            ("@at 1970-01-01T00:00:50", None),
            ("@at 1970-01-01T00:00:51", Some(second(51))),
        ] {
            let mut job = claimed(expr);
            set_next(&mut job, &Zone::utc(), now, None).unwrap();
            assert_eq!(job.next_at, expected, "{expr}");
        }
        // Another time: three hours or more are no small step.
        let mut job = Job {
            claimed_until: Some(at(200)),
            ..job("* * * * * *")
        };
        set_next(&mut job, &Zone::utc(), now, None).unwrap();
        assert_eq!(job.next_at, Some(second(11)));
    }

    #[test]
    fn delay_with_jitter_ends_before_the_next_occurrence() {
        for (jitter, expr, most) in [
            (0, "* * * * *", 0),
            (30, "* * * * *", 30_000),
            (600, "* * * * *", 59_999),
            (600, "0 0 * * *", 600_000),
            (5, "@at 1970-01-01T01:00:00", 5_000),
        ] {
            let job = Job {
                jitter,
                ..job(expr)
            };
            let rules = rules(&job, None);
            let first = rules.next_after(at(0)).unwrap();
            let mut largest = 0;
            for random in 0..=most {
                let delay = rules.delay(first, random).as_millis();
                largest = largest.max(delay);
            }
            assert_eq!(largest, u128::from(most), "{jitter} {expr}");
            assert!(rules.delay(first, u64::MAX).as_millis() <= u128::from(most));
        }
    }
}
