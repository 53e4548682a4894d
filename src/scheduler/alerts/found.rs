//! Conditions that other parts find: occurrences that did not run, executions that wait, jobs that stop, and the daemon itself.

use std::time::Duration;

use super::{AlertSettings, Finding, Look, Threshold, close, raise, raise_for};
use jobs_alerts::{Matter, Told};
use jobs_error::Result;
use jobs_model::{AlertTime, Condition, ExecId, Job, JobId, Severity, TimeKind};
use jobs_schedule::Time;
use jobs_store::Tx;

/// Skipped occurrences in a row that open an alert.
const SKIPPED: i64 = 3;

/// Looks at occurrences that did not run.
pub(super) fn not_run(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    job: &Job,
    condition: Condition,
    exec_id: ExecId,
) -> Result<()> {
    let Some(row) = tx.execution(exec_id)? else {
        return Ok(());
    };
    if condition == Condition::Skipped && row.count < SKIPPED {
        return Ok(());
    }
    let why = row.error.as_deref().unwrap_or_default();
    let reason = match row.count {
        1 => why.to_string(),
        count => format!("{count} times: {why}"),
    };
    let finding = Finding {
        exec_id: Some(exec_id),
        matter: Matter {
            reason,
            next_at: job.next_at,
            ..Matter::default()
        },
        ..Finding::new(condition, String::new())
    };
    raise(tx, look, job, finding, Threshold::Reached)
}

/// Notes that occurrences did not run, for the next look.
pub(crate) fn noted(
    tx: &mut Tx<'_>,
    kind: TimeKind,
    job: &Job,
    exec_id: ExecId,
    now: Time,
) -> Result<()> {
    if !tx.is_watched() {
        return Ok(());
    }
    tx.set_alert_time(AlertTime {
        kind,
        job_id: job.id,
        of: exec_id,
        at: now,
    })
}

/// Looks at a job that was stopped two weeks ago, or that starts again: then its alerts about that close.
pub(super) fn stopped_or_started(tx: &mut Tx<'_>, look: &Look<'_>, job: &Job) -> Result<()> {
    if job.stopped {
        let reason = format!("`jobs restart {}` starts it again", job.name);
        let finding = Finding::new(Condition::StoppedTooLong, reason);
        return raise(tx, look, job, finding, Threshold::Reached);
    }
    for mut alert in tx.open_alerts(job.id)? {
        if matches!(
            alert.condition,
            Condition::StoppedTooLong | Condition::AutoStopped
        ) {
            close(tx, look, &mut alert, None)?;
        }
    }
    Ok(())
}

/// Closes the alerts of a job that was removed. Nobody is told.
pub(super) fn removed(tx: &mut Tx<'_>, look: &Look<'_>, job_id: JobId) -> Result<()> {
    for mut alert in tx.open_alerts(job_id)? {
        close(tx, look, &mut alert, None)?;
    }
    tx.drop_alert_times_of(job_id)
}

/// Notes when an execution that waits has to have begun.
pub(crate) fn queued(tx: &mut Tx<'_>, job: &Job, exec_id: ExecId, due: Time) -> Result<()> {
    set(
        tx,
        TimeKind::Late,
        job,
        exec_id,
        due,
        job.alerts.start_within,
    )
}

/// Notes when an execution that starts has to have ended.
pub(crate) fn started(tx: &mut Tx<'_>, job: &Job, exec_id: ExecId, now: Time) -> Result<()> {
    set(tx, TimeKind::Long, job, exec_id, now, job.alerts.warn_after)
}

fn set(
    tx: &mut Tx<'_>,
    kind: TimeKind,
    job: &Job,
    exec_id: ExecId,
    from: Time,
    after: Option<u64>,
) -> Result<()> {
    after.map_or(Ok(()), |after| {
        tx.set_alert_time(AlertTime {
            kind,
            job_id: job.id,
            of: exec_id,
            at: from.plus(Duration::from_secs(after)),
        })
    })
}

/// Opens an alert of the daemon, or counts a repeat. `signature` tells several of one condition apart, `channels` are those to tell.
pub fn of_daemon(
    tx: &mut Tx<'_>,
    settings: &AlertSettings,
    condition: Condition,
    (signature, reason): (&str, String),
    channels: Vec<String>,
    now: Time,
) -> Result<()> {
    let look = Look {
        settings,
        rules: Vec::new(),
        now,
    };
    let finding = Finding {
        signature: signature.to_string(),
        ..Finding::new(condition, reason)
    };
    let told = Told {
        channels,
        severity: Severity::Warning,
        escalate: None,
        by: vec!["alerts.daemon".to_string()],
    };
    raise_for(tx, &look, (0, ""), finding, told, Threshold::Reached)
}

/// Closes the alerts of the daemon with that condition and signature. Returns whether there were some.
pub fn close_of_daemon(
    tx: &mut Tx<'_>,
    settings: &AlertSettings,
    condition: Condition,
    signature: &str,
    now: Time,
) -> Result<bool> {
    let look = Look {
        settings,
        rules: Vec::new(),
        now,
    };
    let mut some = false;
    for mut alert in tx.open_alerts(0)? {
        if alert.condition == condition && alert.signature == signature {
            close(tx, &look, &mut alert, Some(&Matter::default()))?;
            some = true;
        }
    }
    Ok(some)
}
