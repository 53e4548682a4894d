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

/// Checks the next run of a job at `now`. `replayed_until` is as in [`Rules::of`].
///
/// # Errors
///
/// When its schedule or its zone can't be read.
pub fn review(
    job: &Job,
    daemon: &Zone,
    now: Time,
    replayed_until: Option<Time>,
) -> Result<NextRun> {
    let mut of_this_time = job.clone();
    rules::forget_claims_of_another_time(&mut of_this_time, now);
    let rules = Rules::of(&of_this_time, daemon, replayed_until)?;
    let expected = rules.next_after(now);
    let is_right = match job.scheduled_at {
        _ if job.stopped => job.next_at.is_none(),
        None => job.next_at.is_none() && expected.is_none(),
        // An occurrence before the expected one is right too: it was not claimed, and the clock was set back since.
        Some(at) => rules.has(at) && is_delay(job, at) && expected.is_none_or(|next| at <= next),
    };
    Ok(match job.next_at {
        _ if !is_right => NextRun::Wrong,
        Some(next) if now.since(next) > LATENESS => NextRun::Overdue,
        Some(_) | None => NextRun::Right,
    })
}

/// Computes the next run of a job anew. `now` and `replayed_until` are as in [`review`].
pub fn mend(job: &mut Job, daemon: &Zone, now: Time, replayed_until: Option<Time>) -> Result<()> {
    rules::forget_claims_of_another_time(job, now);
    let rules = Rules::of(job, daemon, replayed_until)?;
    if job.stopped {
        rules::set_never(job);
    } else {
        rules::set_due(job, &rules, rules.next_after(now));
    }
    Ok(())
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
        let claimed = |minutes, job| Job {
            claimed_until: Some(at(minutes)),
            ..job
        };
        let jittered = |next| Job {
            jitter: 60,
            ..job("* * * * *", Some(at(11)), Some(next))
        };
        for (what, job, said) in [
            ("right", due(daily, 60), NextRun::Right),
            ("too late", due(daily, 60 + 1440), NextRun::Wrong),
            ("no occurrence", due(daily, 61), NextRun::Wrong),
            ("gone", job(daily, None, None), NextRun::Wrong),
            ("half gone", job(daily, Some(at(60)), None), NextRun::Wrong),
            (
                "from nowhere",
                job("@reboot", None, Some(at(60))),
                NextRun::Wrong,
            ),
            ("never", job("@reboot", None, None), NextRun::Right),
            ("come", due("* * * * *", 10), NextRun::Right),
            ("overlooked", due("* * * * *", 8), NextRun::Overdue),
            ("stopped", stopped(job(daily, None, None)), NextRun::Right),
            ("stopped, but due", stopped(due(daily, 60)), NextRun::Wrong),
            (
                "run already, on a clock that was set back a little",
                claimed(11, due("* * * * *", 12)),
                NextRun::Right,
            ),
            (
                "run on a clock that was quite another",
                claimed(1000, due("* * * * *", 12)),
                NextRun::Wrong,
            ),
            (
                "delayed",
                jittered(Time::from_millis(11 * MINUTE + 7)),
                NextRun::Right,
            ),
            ("not delayed", jittered(at(11)), NextRun::Right),
            ("delayed too much", jittered(at(13)), NextRun::Wrong),
        ] {
            let zone = Zone::utc();
            assert_eq!(review(&job, &zone, now, None).unwrap(), said, "{what}");
            if said == NextRun::Wrong {
                let mut mended = job;
                mend(&mut mended, &zone, now, None).unwrap();
                let after = review(&mended, &zone, now, None).unwrap();
                assert_eq!(after, NextRun::Right, "{what}, mended: {mended:?}");
            }
        }
    }
}
