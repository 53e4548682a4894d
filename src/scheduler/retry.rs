//! Retries of executions that failed. A retry is an execution of its own that waits in the store, so it survives a restart of the
//! daemon.

use std::time::Duration;

use super::alerts::{self, AlertSettings, Ended, Look};
use super::overlap::QUEUE_MAX;
use jobs_error::Result;
use jobs_model::{ExecId, Execution, Job, NewExecution, Source, Status};
use jobs_schedule::Time;
use jobs_store::{Finished, Tx};
use jobs_work::SECONDS_MAX;

/// Random part that is added to a delay, relative to the delay, so that jobs that failed together are not retried together.
const SPREAD: f64 = 0.1;

/// Delay of a retry by its number (1 is the first), without the random part.
pub fn delay(job: &Job, number: i64) -> Duration {
    let exponent = i32::try_from(number.saturating_sub(1)).unwrap_or(i32::MAX);
    let grown = job.retry_delay as f64 * job.retry_backoff.powi(exponent);
    let most = match job.retry_max {
        0 => SECONDS_MAX as f64,
        seconds => seconds as f64,
    };
    // Infinity and NaN count as the maximum.
    let seconds = if grown.is_finite() {
        grown.clamp(0.0, most)
    } else {
        most
    };
    Duration::from_secs_f64(seconds)
}

/// Records the ends of executions, the retries that follow them, and the alerts of those that no retry follows.
pub(super) fn finish(
    tx: &mut Tx<'_>,
    ends: &[Ended<'_>],
    settings: &AlertSettings,
    now: Time,
) -> Result<()> {
    let rows: Vec<(ExecId, &Finished)> = ends.iter().map(|it| (it.exec_id, it.end)).collect();
    let changed = tx.finish(&rows)?;
    let mut look = None;
    for ended in ends {
        if !changed.contains(&ended.exec_id) {
            continue;
        }
        if ended.end.status.is_failure() && follow(tx, ended.exec_id, now)? {
            continue;
        }
        if tx.is_watched() {
            let look = match &mut look {
                Some(look) => look,
                none => none.insert(Look::new(tx, settings, now)?),
            };
            alerts::ended(tx, look, ended)?;
        }
    }
    Ok(())
}

/// Records the retry of an execution that has just failed, if a retry is left. An execution that the end of the daemon interrupted
/// is retried too: a job with retries is meant to be completed. Returns whether a retry follows.
fn follow(tx: &mut Tx<'_>, exec_id: ExecId, now: Time) -> Result<bool> {
    let Some(link) = tx.retry_link(exec_id)?.filter(|link| link.left > 0) else {
        return Ok(false);
    };
    let Some(job) = tx.job(link.job_id)? else {
        return Ok(false);
    };
    if tx.live_counts_of(job.id)?.queued >= QUEUE_MAX {
        tracing::warn!(
            job = job.name,
            "so many executions of it wait that no retry joins them"
        );
        return Ok(false);
    }
    let number = link.number + 1;
    let wait = delay(&job, number);
    let spread = wait.mul_f64(SPREAD * fastrand::f64());
    let row = NewExecution {
        retry_of: Some(link.first),
        retry_number: number,
        retries_left: link.left - 1,
        waits_until: Some(now.plus(wait + spread)),
        ..NewExecution::of(&job, Source::Retry, Status::Queued, link.scheduled_at)
    };
    tx.insert_execution(&row).map(|_| true)
}

/// After a stop of the job: cancels its waiting retries, and sets the retries left of its other `live` executions to 0.
pub fn give_up(tx: &mut Tx<'_>, live: &[Execution], now: Time, why: &str) -> Result<()> {
    for execution in live {
        if execution.status == Status::Queued && execution.source == Source::Retry {
            tx.drop_queued(execution.exec_id, now, why)?;
        } else if execution.retries_left > 0 {
            tx.set_no_retries(execution.exec_id)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_with_backoff_grows_up_to_its_limit() {
        let job = |delay, backoff, max| Job {
            retry_delay: delay,
            retry_backoff: backoff,
            retry_max: max,
            ..Job::named("a".into(), Time::from_millis(0))
        };
        for (job, number, seconds) in [
            (job(60, 1.0, 0), 1, 60),
            (job(60, 1.0, 0), 1000, 60),
            (job(10, 2.0, 0), 4, 80),
            (job(10, 2.0, 30), 4, 30),
            (job(10, 100.0, 0), 1000, 31_536_000),
            (job(0, 2.0, 0), 3, 0),
        ] {
            assert_eq!(delay(&job, number).as_secs(), seconds, "{job:?} {number}");
        }
    }
}
