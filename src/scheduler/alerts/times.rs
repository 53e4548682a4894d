//! Looks at what is due by the clock: jobs that have not succeeded, executions that wait or run for too long, reminders.

use std::sync::Arc;
use std::time::Duration;

use super::{Finding, Look, Threshold, alerts, found, notify, raise, tell_first};
use crate::Scheduler;
use jobs_alerts::Matter;
use jobs_error::Result;
use jobs_model::{Alert, AlertTime, Condition, Job, NoticeEvent, Status, TimeKind};
use jobs_schedule::Time;
use jobs_store::Tx;

/// Upper bound on the instants that one transaction looks at.
const AT_ONCE: i64 = 256;

impl Scheduler {
    /// Looks at all that is due. Nothing is read when nothing is.
    pub(crate) async fn look_at_alerts(self: &Arc<Self>, now: Time) -> Result<()> {
        while self.is_running() && self.store.watch().next().is_some_and(|at| at <= now) {
            let settings = self.settings();
            self.store
                .write_async(move |tx| {
                    let look = Look::new(tx, &settings.alerts, now)?;
                    for time in tx.due_alert_times(now, AT_ONCE)? {
                        tx.drop_alert_time(time.kind, time.job_id, time.of)?;
                        look_at(tx, &look, time)?;
                    }
                    tx.refresh_alert_time()
                })
                .await?;
        }
        Ok(())
    }
}

fn look_at(tx: &mut Tx<'_>, look: &Look<'_>, time: AlertTime) -> Result<()> {
    match time.kind {
        TimeKind::Remind => return remind(tx, look, time),
        TimeKind::Escalate => return escalate(tx, look, time),
        TimeKind::Stale
        | TimeKind::Long
        | TimeKind::Late
        | TimeKind::Missed
        | TimeKind::Skipped
        | TimeKind::Stopped
        | TimeKind::Snooze => {}
    }
    let Some(job) = tx.job(time.job_id)? else {
        return found::removed(tx, look, time.job_id);
    };
    match time.kind {
        TimeKind::Stale => stale(tx, look, &job),
        TimeKind::Long => long(tx, look, &job, time),
        TimeKind::Late => late(tx, look, &job, time),
        TimeKind::Stopped => found::stopped_or_started(tx, look, &job),
        TimeKind::Missed => found::not_run(tx, look, &job, Condition::Missed, time.of),
        TimeKind::Skipped => found::not_run(tx, look, &job, Condition::Skipped, time.of),
        TimeKind::Snooze => tell_held(tx, look, &job),
        TimeKind::Remind | TimeKind::Escalate => Ok(()),
    }
}

fn stale(tx: &mut Tx<'_>, look: &Look<'_>, job: &Job) -> Result<()> {
    let Some(every) = job.alerts.expect_success_every else {
        return Ok(());
    };
    let span = span(every);
    let last = tx.last_success(job.id)?;
    let reason = match last {
        Some(last) => format!(
            "no success for {span}; the last was {}",
            last.rfc3339(&jobs_schedule::Zone::system())
        ),
        None => format!("no success for {span}; there was none before"),
    };
    let finding = Finding {
        matter: Matter {
            reason,
            next_at: job.next_at,
            ..Matter::default()
        },
        ..Finding::new(Condition::Stale, String::new())
    };
    raise(tx, look, job, finding, Threshold::Reached)
}

fn long(tx: &mut Tx<'_>, look: &Look<'_>, job: &Job, time: AlertTime) -> Result<()> {
    let Some(execution) = tx.execution(time.of)? else {
        return Ok(());
    };
    let Some(most) = job
        .alerts
        .warn_after
        .filter(|_| execution.status == Status::Running)
    else {
        return Ok(());
    };
    let usual = tx.job_runs(&[job.id])?.remove(&job.id);
    let finding = Finding {
        exec_id: Some(time.of),
        matter: Matter {
            reason: format!("it still runs after {}", span(most)),
            exec_id: Some(time.of),
            status: Some(execution.status),
            started_at: execution.started_at,
            usual_ms: usual.and_then(|runs| runs.usual_ms),
            ..Matter::default()
        },
        ..Finding::new(Condition::TooLong, String::new())
    };
    raise(tx, look, job, finding, Threshold::Reached)
}

fn late(tx: &mut Tx<'_>, look: &Look<'_>, job: &Job, time: AlertTime) -> Result<()> {
    let Some(execution) = tx.execution(time.of)? else {
        return Ok(());
    };
    let Some(within) = job
        .alerts
        .start_within
        .filter(|_| execution.status == Status::Queued)
    else {
        return Ok(());
    };
    let finding = Finding {
        exec_id: Some(time.of),
        matter: Matter {
            reason: format!(
                "it was due at {} and still waits after {}",
                execution
                    .scheduled_at
                    .rfc3339(&jobs_schedule::Zone::system()),
                span(within)
            ),
            exec_id: Some(time.of),
            ..Matter::default()
        },
        ..Finding::new(Condition::Late, String::new())
    };
    raise(tx, look, job, finding, Threshold::Reached)
}

/// Tells an alert that is still open again, unless somebody has acknowledged it.
fn remind(tx: &mut Tx<'_>, look: &Look<'_>, time: AlertTime) -> Result<()> {
    let Some(alert) = open_alert(tx, time.of)? else {
        return Ok(());
    };
    tx.set_alert_time(AlertTime {
        at: look
            .now
            .plus(look.settings.remind.max(Duration::from_secs(60))),
        ..time
    })?;
    let is_snoozed = tx.alert_time(TimeKind::Snooze, alert.job_id, 0)?.is_some();
    if alert.acked_at.is_some() || is_snoozed {
        return Ok(());
    }
    let matter = matter_of(&alert);
    notify(
        tx,
        look,
        &alert,
        &alert.channels,
        NoticeEvent::Reminder,
        &matter,
    )
}

/// Tells one more channel of an alert that nobody has acknowledged.
fn escalate(tx: &mut Tx<'_>, look: &Look<'_>, time: AlertTime) -> Result<()> {
    let Some(mut alert) = open_alert(tx, time.of)?.filter(|alert| alert.acked_at.is_none()) else {
        return Ok(());
    };
    if let Some(until) = tx.alert_time(TimeKind::Snooze, alert.job_id, 0)? {
        return tx.set_alert_time(AlertTime { at: until, ..time });
    }
    let Some(job) = tx.job(alert.job_id)? else {
        return Ok(());
    };
    let told = alerts::told(&job, &look.rules, alert.condition);
    let Some((channel, _)) = told.escalate else {
        return Ok(());
    };
    let matter = matter_of(&alert);
    let channels = [channel.clone()];
    notify(tx, look, &alert, &channels, NoticeEvent::Opened, &matter)?;
    if !alert.channels.contains(&channel) {
        alert.channels.push(channel);
    }
    tx.update_alert(&alert)
}

/// At the end of a snooze: tells what is still open and was not told.
fn tell_held(tx: &mut Tx<'_>, look: &Look<'_>, job: &Job) -> Result<()> {
    for mut alert in tx.open_alerts(job.id)? {
        if alert.told_at.is_none() && alert.acked_at.is_none() {
            let told = alerts::told(job, &look.rules, alert.condition);
            let matter = matter_of(&alert);
            tell_first(tx, look, &mut alert, &told, &matter)?;
            tx.update_alert(&alert)?;
        }
    }
    Ok(())
}

fn open_alert(tx: &mut Tx<'_>, id: i64) -> Result<Option<Alert>> {
    Ok(tx.alert(id)?.filter(|alert| alert.closed_at.is_none()))
}

fn matter_of(alert: &Alert) -> Matter {
    Matter {
        reason: alert.reason.clone(),
        exec_id: alert.exec_id,
        count: alert.count,
        since: Some(alert.opened_at),
        ..Matter::default()
    }
}

fn span(seconds: u64) -> String {
    let millis = i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
    jobs_text::duration(millis)
}
