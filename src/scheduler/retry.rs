//! Retries: what follows an execution that failed, and when. A retry is an execution of its own that waits in the store, so it survives
//! the daemon.

use std::time::Duration;

use super::overlap::QUEUE_MAX;
use jobs_error::Result;
use jobs_model::{ExecId, Execution, Job, NewExecution, Source, Status};
use jobs_schedule::Time;
use jobs_store::{Finished, Tx};
use jobs_work::SECONDS_MAX;

/// A delay is spread by this part of itself, so that jobs that failed together do not come back together.
const SPREAD: f64 = 0.1;

/// How long the retry of that number (1 is the first) waits, before it is spread.
pub fn delay(job: &Job, number: i64) -> Duration {
    let exponent = i32::try_from(number.saturating_sub(1)).unwrap_or(i32::MAX);
    let grown = job.retry_delay as f64 * job.retry_backoff.powi(exponent);
    let most = match job.retry_max {
        0 => SECONDS_MAX as f64,
        seconds => seconds as f64,
    };
    // Not a number, or beyond all bounds, is the longest.
    let seconds = if grown.is_finite() {
        grown.clamp(0.0, most)
    } else {
        most
    };
    Duration::from_secs_f64(seconds)
}

/// Records how executions ended, and the retries that are to follow them.
pub(super) fn finish(tx: &mut Tx<'_>, ends: &[(ExecId, &Finished)], now: Time) -> Result<()> {
    let changed = tx.finish(ends)?;
    for (exec_id, end) in ends {
        if end.status.is_failure() && changed.contains(exec_id) {
            follow(tx, *exec_id, now)?;
        }
    }
    Ok(())
}

/// Records the retry of an execution that has just failed, when it may have one. One that the end of the daemon cut short
/// counts too: who asks for retries wants it to be done.
fn follow(tx: &mut Tx<'_>, exec_id: ExecId, now: Time) -> Result<()> {
    let Some(link) = tx.retry_link(exec_id)?.filter(|link| link.left > 0) else {
        return Ok(());
    };
    let Some(job) = tx.job(link.job_id)? else {
        return Ok(());
    };
    if tx.live_counts_of(job.id)?.queued >= QUEUE_MAX {
        tracing::warn!(
            job = job.name,
            "so many executions of it wait that no retry joins them"
        );
        return Ok(());
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
    tx.insert_execution(&row).map(drop)
}

/// No retry follows what lives of a job, and those that wait are dropped: somebody has stopped it.
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
    fn delays_grow_up_to_their_limit() {
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
