//! Who would be told of a condition of a job, and what was told.

use super::super::{Cx, Service, find, host};
use super::hours::hold;
use super::{LISTED, LISTED_MOST};
use jobs_alerts::{Context, Matter, Totals, message, told};
use jobs_api::{AlertLog, AlertLogged, AlertPreview, Previewed, PreviewedChannel};
use jobs_error::Result;
use jobs_model::{Condition, Job, NoticeEvent, NoticeRow, NoticeState, Severity, Status, TimeKind};
use jobs_schedule::Time;
use jobs_store::Reader;

/// Why nothing is told of a job.
const NOBODY: &str = "nobody would be told: the job has no `--notify`, and no rule matches it";

impl Service {
    pub(crate) fn alert_preview(&self, cx: &Cx, request: AlertPreview) -> Result<Previewed> {
        let condition = request.on.unwrap_or(Condition::Failed);
        let (settings, now) = (self.scheduler.settings(), cx.now);
        let page = self.page_for_messages(&settings);
        self.store.read(|reader| {
            let job = find(reader, &request.job)?;
            let told = told(&job, &reader.alert_rules()?, condition);
            let mut notes = Vec::new();
            if told.channels.is_empty() {
                notes.push(NOBODY.to_string());
            }
            if let Some(until) = reader.alert_time(TimeKind::Snooze, job.id, 0)? {
                let until = until.rfc3339(&settings.zone);
                notes.push(format!("the job is snoozed until {until}"));
            }
            if let Some(after) = job.alerts.alert_after.filter(|_| condition.is_failure()) {
                notes.push(format!("told after {after} failures"));
            }
            if job.retries > 0 && condition.is_failure() {
                notes.push(format!("told after the last of {} retries", job.retries));
            }
            notes.extend(unset(&job, condition));
            let mut channels = Vec::new();
            for name in &told.channels {
                let held = hold(reader, name, &settings, now)?;
                channels.push(PreviewedChannel {
                    name: name.clone(),
                    held: held
                        .filter(|held| !held.but_critical || told.severity != Severity::Critical)
                        .map(|held| held.reason),
                });
            }
            let context = Context {
                language: settings.alerts.language,
                zone: settings.zone.clone(),
                host: host::host_name(),
                page: page.clone(),
            };
            let example = example(reader, &job, condition, now)?;
            let message = message(
                &context,
                &[example],
                Totals {
                    all: 1,
                    recovered: 0,
                },
            );
            Ok(Previewed {
                job: job.name,
                condition,
                severity: told.severity,
                by: told.by,
                channels,
                after: told.escalate.as_ref().map(|(_, after)| *after),
                escalate: told.escalate.map(|(channel, _)| channel),
                notes,
                title: message.title,
                text: message.text,
            })
        })
    }

    pub(crate) fn alert_log(&self, _: &Cx, request: AlertLog) -> Result<AlertLogged> {
        let limit = i64::from(request.limit.unwrap_or(LISTED).min(LISTED_MOST));
        self.store.read(|reader| {
            let Some(job) = &request.job else {
                return Ok(AlertLogged {
                    notices: reader.notices(None, limit)?,
                    notes: Vec::new(),
                });
            };
            let job = find(reader, job)?;
            let told = told(&job, &reader.alert_rules()?, Condition::Failed);
            let mut notes = Vec::new();
            if told.channels.is_empty() {
                notes.push(NOBODY.to_string());
            }
            Ok(AlertLogged {
                notices: reader.notices(Some(job.id), limit)?,
                notes,
            })
        })
    }
}

/// A condition that the job has to ask for, and does not.
fn unset(job: &Job, condition: Condition) -> Option<String> {
    let alerts = &job.alerts;
    let (is_set, flag) = match condition {
        Condition::Stale => (
            alerts.expect_success_every.is_some(),
            "--expect-success-every",
        ),
        Condition::Late => (alerts.start_within.is_some(), "--start-within"),
        Condition::TooLong => (alerts.warn_after.is_some(), "--warn-after"),
        Condition::TooShort => (alerts.warn_under.is_some(), "--warn-under"),
        Condition::AutoStopped => (
            alerts.stop_after_failures.is_some(),
            "--stop-after-failures",
        ),
        Condition::Failed
        | Condition::Timeout
        | Condition::Interrupted
        | Condition::Missed
        | Condition::Skipped
        | Condition::Flapping
        | Condition::StoppedTooLong
        | Condition::ChannelDown
        | Condition::CannotRecord
        | Condition::Disk
        | Condition::Crashed
        | Condition::Clock
        | Condition::ReloadRefused => return None,
    };
    (!is_set).then(|| format!("it never happens: the job has no `{flag}`"))
}

/// A notice as it could be: with the last execution of the job.
fn example(
    reader: &mut Reader<'_>,
    job: &Job,
    condition: Condition,
    now: Time,
) -> Result<NoticeRow> {
    let last = reader.last_ended(job.id)?;
    let usual = reader.job_runs(&[job.id])?.remove(&job.id);
    let is_failed = condition == Condition::Failed;
    let statuses = [
        (Condition::Failed, Status::Failed),
        (Condition::Timeout, Status::Timeout),
        (Condition::Interrupted, Status::Interrupted),
    ];
    let status = statuses.iter().find(|(of, _)| *of == condition);
    let status = status.map(|(_, status)| *status);
    let reason = if is_failed { "exit code 1" } else { "" };
    let matter = Matter {
        reason: reason.to_string(),
        exec_id: last.as_ref().map(|last| last.exec_id),
        status,
        exit: is_failed.then_some(1),
        took_ms: last.as_ref().and_then(|last| last.duration_ms),
        usual_ms: usual.and_then(|runs| runs.usual_ms),
        next_at: job.next_at,
        count: 1,
        since: Some(now),
        ..Matter::default()
    };
    Ok(NoticeRow {
        id: 0,
        alert_id: 0,
        job_id: job.id,
        job_name: job.name.clone(),
        condition,
        severity: jobs_model::Severity::Warning,
        event: NoticeEvent::Opened,
        channel: String::new(),
        matter: matter.text(),
        made_at: now,
        due_at: None,
        expires_at: now,
        state: NoticeState::Untold,
        tries: 0,
        over_at: None,
        reason: None,
    })
}
