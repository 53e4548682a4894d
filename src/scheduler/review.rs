//! Checks whether the stored next run of a job matches its schedule. Only the tick and the operations change the next run, but a
//! database may be restored or edited by hand.

use std::time::Duration;

use super::plan::LATENESS;
use super::rules::{self, Rules};
use jobs_error::Result;
use jobs_model::Job;
use jobs_schedule::{Time, Zone};

/// Result of the check of a job's next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextRun {
    /// The next run matches the schedule.
    Right,
    /// The next run matches the schedule, but it is past and the loop has not claimed it.
    Overdue,
    /// The next run does not match the schedule.
    Wrong,
}

/// Checks the next run of a job at `now`. `last` is the occurrence of its latest execution; `replayed_until` is as in
/// [`Rules::of`].
///
/// # Errors
///
/// When its schedule or its zone can't be read.
pub fn review(
    job: &Job,
    daemon: &Zone,
    now: Time,
    last: Option<Time>,
    replayed_until: Option<Time>,
) -> Result<NextRun> {
    let rules = Rules::of(job, daemon, replayed_until)?;
    let is_right = match job.scheduled_at {
        _ if job.stopped => job.next_at.is_none(),
        None => job.next_at.is_none() && expected(&rules, now, last).is_none(),
        // An occurrence before the expected one is right too: it was not claimed, and the clock was set back since.
        Some(at) => {
            rules.has(at)
                && is_delay(job, at)
                && expected(&rules, now, last).is_none_or(|next| at <= next)
        }
    };
    Ok(match job.next_at {
        _ if !is_right => NextRun::Wrong,
        Some(next) if now.since(next) > LATENESS => NextRun::Overdue,
        Some(_) | None => NextRun::Right,
    })
}

/// Computes the next run of a job anew. `now`, `last` and `replayed_until` are as in [`review`].
pub fn mend(
    job: &mut Job,
    daemon: &Zone,
    now: Time,
    last: Option<Time>,
    replayed_until: Option<Time>,
) -> Result<()> {
    let rules = Rules::of(job, daemon, replayed_until)?;
    if job.stopped {
        rules::set_never(job);
    } else {
        rules::set_due(job, &rules, expected(&rules, now, last));
    }
    Ok(())
}

/// The next occurrence that has not run yet.
fn expected(rules: &Rules, now: Time, last: Option<Time>) -> Option<Time> {
    /// If the clock was set back by less than this, occurrences that have run do not run again.
    const WAITED_OUT: Duration = Duration::from_secs(60);
    let has_run = last.filter(|last| last.since(now) < WAITED_OUT);
    rules.next_after(has_run.map_or(now, |last| last.max(now)))
}

/// Whether the time between the occurrence and the next run is within the job's jitter.
fn is_delay(job: &Job, at: Time) -> bool {
    job.next_at.is_some_and(|next| {
        next >= at && next.since(at) <= Duration::from_secs(job.jitter.unsigned_abs())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn at(minutes: i64) -> Time {
        Time::from_millis(minutes * MINUTE)
    }

    fn job(expr: &str, scheduled: Option<Time>, next: Option<Time>) -> Job {
        Job {
            cron_expr: expr.to_string(),
            scheduled_at: scheduled,
            next_at: next,
            ..Job::named("job".to_string(), at(0))
        }
    }

    fn due(expr: &str, minutes: i64) -> Job {
        job(expr, Some(at(minutes)), Some(at(minutes)))
    }

    #[test]
    fn review_of_each_next_run_returns_right_overdue_or_wrong() {
        let daily = "0 1 * * *";
        let now = Time::from_millis(10 * MINUTE + 500);
        let stopped = |job| Job {
            stopped: true,
            ..job
        };
        let jittered = |next| Job {
            jitter: 60,
            ..job("* * * * *", Some(at(11)), Some(next))
        };
        for (what, job, last, said) in [
            ("right", due(daily, 60), None, NextRun::Right),
            ("too late", due(daily, 60 + 1440), None, NextRun::Wrong),
            ("no occurrence", due(daily, 61), None, NextRun::Wrong),
            ("gone", job(daily, None, None), None, NextRun::Wrong),
            (
                "half gone",
                job(daily, Some(at(60)), None),
                None,
                NextRun::Wrong,
            ),
            (
                "from nowhere",
                job("@reboot", None, Some(at(60))),
                None,
                NextRun::Wrong,
            ),
            ("never", job("@reboot", None, None), None, NextRun::Right),
            ("come", due("* * * * *", 10), None, NextRun::Right),
            ("overlooked", due("* * * * *", 8), None, NextRun::Overdue),
            (
                "stopped",
                stopped(job(daily, None, None)),
                None,
                NextRun::Right,
            ),
            (
                "stopped, but due",
                stopped(due(daily, 60)),
                None,
                NextRun::Wrong,
            ),
            (
                "run already, on a clock that was set back a little",
                due("* * * * *", 12),
                Some(at(11)),
                NextRun::Right,
            ),
            (
                "run on a clock that was quite another",
                due("* * * * *", 12),
                Some(at(1000)),
                NextRun::Wrong,
            ),
            (
                "delayed",
                jittered(Time::from_millis(11 * MINUTE + 7)),
                None,
                NextRun::Right,
            ),
            ("not delayed", jittered(at(11)), None, NextRun::Right),
            ("delayed too much", jittered(at(13)), None, NextRun::Wrong),
        ] {
            let zone = Zone::utc();
            assert_eq!(
                review(&job, &zone, now, last, None).unwrap(),
                said,
                "{what}"
            );
            if said == NextRun::Wrong {
                let mut mended = job;
                mend(&mut mended, &zone, now, last, None).unwrap();
                let after = review(&mended, &zone, now, last, None).unwrap();
                assert_eq!(after, NextRun::Right, "{what}, mended: {mended:?}");
            }
        }
    }
}
