//! The end of an execution: failures open alerts, a success closes them.

use std::time::Duration;

use super::{Finding, Look, Threshold, alerts, close, raise};
use crate::Scheduler;
use jobs_alerts::{Matter, last_line, signature};
use jobs_error::Result;
use jobs_mask::Secrets;
use jobs_model::{AlertTime, Condition, ExecId, Job, JobId, Status, TimeKind};
use jobs_schedule::Time;
use jobs_store::{Finished, HistoryFilter, Tx};

/// The parts of an execution that a message may show, with secrets masked. Made before the transaction, because secrets may be in files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    error: Option<String>,
    lines: Vec<String>,
}

/// The number of lines of output in a message, and the length of each in characters.
const LINES: usize = 10;
const LINE: usize = 300;

/// Bytes at the end of a stream in which the last lines are looked for.
const TAIL: usize = 4_096;

impl Shown {
    pub(crate) fn of(end: &Finished, secrets: &Secrets) -> Shown {
        let has_text = |bytes: &[u8]| bytes.iter().any(|byte| !byte.is_ascii_whitespace());
        let stream = match has_text(&end.stderr) {
            true => &end.stderr,
            false => &end.stdout,
        };
        let mut bytes = stream.clone();
        secrets.hide(&mut bytes);
        let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
        let text = String::from_utf8_lossy(tail);
        let lines = text.lines().map(|line| {
            let line = jobs_text::unstyled(line);
            jobs_text::ellipsis(line.trim_end(), LINE)
        });
        let mut lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        lines.drain(..lines.len().saturating_sub(LINES));
        let error = end.error.as_deref();
        Shown {
            error: error.map(|error| jobs_text::plain(&secrets.error(error))),
            lines,
        }
    }
}

/// An execution that has just ended and that no retry follows.
pub(crate) struct Ended<'e> {
    pub exec_id: ExecId,
    pub job_id: JobId,
    pub end: &'e Finished,
    pub shown: Option<&'e Shown>,
}

/// Looks at the end of an execution. A job whose work is stopped for its failures is written as well.
pub(crate) fn ended(tx: &mut Tx<'_>, look: &Look<'_>, ended: &Ended<'_>) -> Result<()> {
    let Some(job) = tx.job(ended.job_id)? else {
        return Ok(());
    };
    if job.alerts.warn_after.is_some() {
        tx.drop_alert_time(TimeKind::Long, job.id, ended.exec_id)?;
    }
    match ended.end.status {
        Status::Success => succeeded(tx, look, &job, ended),
        Status::Failed => failed(tx, look, job, ended, Condition::Failed),
        Status::Timeout => failed(tx, look, job, ended, Condition::Timeout),
        Status::Interrupted => failed(tx, look, job, ended, Condition::Interrupted),
        Status::Cancelled => close_long(tx, look, job.id),
        Status::Queued | Status::Running | Status::Skipped | Status::Missed => Ok(()),
    }
}

fn matter_of(tx: &mut Tx<'_>, job: &Job, ended: &Ended<'_>) -> Result<Matter> {
    let end = ended.end;
    let usual_ms = tx.job_runs(&[job.id])?.remove(&job.id);
    let shown = ended.shown.cloned().unwrap_or_default();
    // The exit code stands beside it. A signal, a timeout and a command that was not found have an error that says more.
    let says_why = end.status == Status::Failed && matches!(end.exit_code, Some(1..=125));
    let line = last_line(&shown.lines).filter(|_| says_why);
    let reason = line.map(str::to_string).or(shown.error).or_else(|| {
        let code = end.exit_code.filter(|code| *code != 0);
        code.map(|code| format!("exit code {code}"))
    });
    Ok(Matter {
        reason: reason.unwrap_or_default(),
        exec_id: Some(ended.exec_id),
        status: Some(end.status),
        exit: end.exit_code,
        started_at: end.started_at,
        took_ms: end.duration_ms,
        usual_ms: usual_ms.and_then(|runs| runs.usual_ms),
        next_at: job.next_at,
        lines: shown.lines,
        ..Matter::default()
    })
}

fn failed(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    mut job: Job,
    ended: &Ended<'_>,
    condition: Condition,
) -> Result<()> {
    close_long(tx, look, job.id)?;
    let matter = matter_of(tx, &job, ended)?;
    let last = last_line(&matter.lines).or(Some(matter.reason.as_str()));
    let finding = Finding {
        condition,
        signature: signature(
            ended.end.status.as_str(),
            ended.end.exit_code,
            last.unwrap_or_default(),
        ),
        exec_id: Some(ended.exec_id),
        matter: matter.clone(),
    };
    let threshold = match flaps(tx, look, &job, &matter)? {
        true => Threshold::Below(
            "the job changes between success and failure again and again: that is told instead"
                .into(),
        ),
        false => threshold(tx, &job, look.now)?,
    };
    raise(tx, look, &job, finding, threshold)?;
    stop_after_failures(tx, look, &mut job, matter)
}

/// Whether as many executions have failed as the job asks for.
fn threshold(tx: &mut Tx<'_>, job: &Job, now: Time) -> Result<Threshold> {
    let Some(after) = job.alerts.alert_after.filter(|after| after.count > 1) else {
        return Ok(Threshold::Reached);
    };
    let wanted = u64::from(after.count);
    let (number, how) = match after.within {
        None => (failures_in_a_row(tx, job)?, "in a row".to_string()),
        Some(within) => {
            let since = now.minus(Duration::from_secs(within));
            let filter = HistoryFilter {
                job_id: Some(job.id),
                statuses: vec![Status::Failed, Status::Timeout, Status::Interrupted],
                without_output: true,
                ..HistoryFilter::default()
            };
            let rows = tx.history(&filter, 500)?;
            let is_counted = |ended_at: Option<Time>| ended_at.is_some_and(|at| at > since);
            let number = rows
                .iter()
                .filter(|row| row.retries_left == 0 && is_counted(row.ended_at))
                .count() as u64;
            let span = jobs_text::duration(i64::try_from(within * 1_000).unwrap_or(i64::MAX));
            (number, format!("within {span}"))
        }
    };
    Ok(match number >= wanted {
        true => Threshold::Reached,
        false => Threshold::Below(format!(
            "below the threshold of the job: {number} of {wanted} failures {how}"
        )),
    })
}

/// Whether the job changes between success and failure again and again; then that alert is open, or counts one more.
fn flaps(tx: &mut Tx<'_>, look: &Look<'_>, job: &Job, matter: &Matter) -> Result<bool> {
    /// The executions that are looked at, and the changes among them from which on a job flaps, and below which it is calm again.
    const LAST: u32 = 10;
    const CHANGES: usize = 5;
    const CALM: usize = 3;
    if alerts::told(job, &look.rules, Condition::Flapping)
        .channels
        .is_empty()
    {
        return Ok(false);
    }
    let last = tx.strip(job.id, LAST)?;
    let ran: Vec<bool> = last
        .iter()
        .filter(|run| run.status == Status::Success || run.status.is_failure())
        .map(|run| run.status == Status::Success)
        .collect();
    let changes = ran.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let open = tx.open_alerts(job.id)?;
    let is_open = open
        .iter()
        .any(|alert| alert.condition == Condition::Flapping);
    if changes < if is_open { CALM } else { CHANGES } {
        return Ok(false);
    }
    if !is_open {
        let finding = Finding {
            exec_id: matter.exec_id,
            matter: Matter {
                reason: format!("{changes} changes in its last {} executions", ran.len()),
                ..matter.clone()
            },
            ..Finding::new(Condition::Flapping, String::new())
        };
        raise(tx, look, job, finding, Threshold::Reached)?;
    }
    Ok(true)
}

/// The failures since the last success, each with its retries counted once.
fn failures_in_a_row(tx: &mut Tx<'_>, job: &Job) -> Result<u64> {
    let earlier: i64 = tx
        .open_alerts(job.id)?
        .iter()
        .filter(|alert| alert.condition.is_failure())
        .map(|alert| alert.count)
        .sum();
    Ok(earlier.unsigned_abs() + 1)
}

/// Stops the job when it has failed as often in a row as it may.
fn stop_after_failures(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    job: &mut Job,
    matter: Matter,
) -> Result<()> {
    let Some(most) = job.alerts.stop_after_failures.filter(|_| !job.stopped) else {
        return Ok(());
    };
    let streak = tx.job_runs(&[job.id])?.remove(&job.id);
    let streak = streak.map_or(0, |runs| runs.streak);
    if streak < i64::from(most) {
        return Ok(());
    }
    job.stopped = true;
    crate::rules::set_never(job);
    tx.advance_job_from(false, job)?;
    let finding = Finding {
        exec_id: matter.exec_id,
        matter: Matter {
            reason: format!("{streak} failures in a row; `jobs restart` starts it again"),
            next_at: None,
            ..matter
        },
        ..Finding::new(Condition::AutoStopped, String::new())
    };
    raise(tx, look, job, finding, Threshold::Reached)
}

fn succeeded(tx: &mut Tx<'_>, look: &Look<'_>, job: &Job, ended: &Ended<'_>) -> Result<()> {
    if let Some(every) = job.alerts.expect_success_every {
        tx.set_alert_time(AlertTime {
            kind: TimeKind::Stale,
            job_id: job.id,
            of: 0,
            at: look.now.plus(Duration::from_secs(every)),
        })?;
    }
    let open = tx.open_alerts(job.id)?;
    let took = ended.end.duration_ms.unwrap_or(i64::MAX);
    let least = job
        .alerts
        .warn_under
        .map(|seconds| seconds.saturating_mul(1_000).cast_signed());
    let is_short = least.is_some_and(|least| took < least);
    if open.is_empty() && !is_short {
        return Ok(());
    }
    let matter = matter_of(tx, job, ended)?;
    let flaps = flaps(tx, look, job, &matter)?;
    for mut alert in open {
        let stays = match alert.condition {
            Condition::Flapping => flaps,
            Condition::TooShort => is_short,
            Condition::StoppedTooLong | Condition::AutoStopped => job.stopped,
            Condition::Failed
            | Condition::Timeout
            | Condition::Interrupted
            | Condition::Missed
            | Condition::Late
            | Condition::Stale
            | Condition::TooLong
            | Condition::Skipped
            | Condition::ChannelDown
            | Condition::CannotRecord
            | Condition::Disk
            | Condition::Crashed
            | Condition::Clock
            | Condition::ReloadRefused => false,
        };
        if !stays {
            // The end of a single failure says nothing while the job flaps.
            let says = Some(&matter).filter(|_| !flaps || !alert.condition.is_failure());
            close(tx, look, &mut alert, says)?;
        }
    }
    if !is_short {
        return Ok(());
    }
    let finding = Finding {
        exec_id: Some(ended.exec_id),
        matter: Matter {
            reason: format!(
                "it took {}, less than {}",
                jobs_text::duration(took),
                jobs_text::duration(least.unwrap_or_default())
            ),
            ..matter
        },
        ..Finding::new(Condition::TooShort, String::new())
    };
    raise(tx, look, job, finding, Threshold::Reached)
}

/// Closes the alert that an execution runs for too long. Its end is told by what follows from it.
fn close_long(tx: &mut Tx<'_>, look: &Look<'_>, job_id: JobId) -> Result<()> {
    for mut alert in tx.open_alerts(job_id)? {
        if matches!(alert.condition, Condition::TooLong | Condition::Late) {
            close(tx, look, &mut alert, Some(&Matter::default()))?;
        }
    }
    Ok(())
}

impl Scheduler {
    /// The parts of an execution that a message may show; none when nothing is watched or it did not fail.
    pub(crate) fn shown(&self, end: &Finished, work: Option<&jobs_work::Work>) -> Option<Shown> {
        let is_wanted = end.status.is_failure() && self.store.watch().is_on();
        is_wanted.then(|| {
            let secrets = work.map(jobs_runner::secrets).unwrap_or_default();
            Shown::of(end, &secrets)
        })
    }
}
