//! Alerts: opens, repeats and closes them in the transaction that finds the condition, and puts the notices into the outbox.

mod daemon;
mod ends;
mod found;
mod times;

use std::time::Duration;

use jobs_alerts::{self as alerts, Language, Matter, Told};
use jobs_error::Result;
use jobs_model::{
    Alert, AlertRule, AlertTime, Condition, ExecId, Job, JobId, NoticeEvent, NoticeRow,
    NoticeState, TimeKind,
};
use jobs_schedule::Time;
use jobs_store::Tx;

pub(crate) use daemon::note;
pub use daemon::{OfDaemon, daemon_channels};
pub(crate) use ends::{Ended, Shown, ended};
pub use found::{close_of_daemon, of_daemon};
pub(super) use found::{noted, queued, started};

/// Settings of alerts, from the configuration.
#[derive(Clone, Debug)]
pub struct AlertSettings {
    /// An open alert is told again after so long.
    pub remind: Duration,
    /// A notice that could not be sent for so long is given up.
    pub expires: Duration,
    /// The channels that are told of conditions of the daemon; empty: all of them.
    pub daemon: Vec<String>,
    /// The language of messages.
    pub language: Language,
    /// The address of the web page as readers of messages reach it; empty: that of the HTTP server.
    pub page: String,
    /// At most one message to a channel in this time.
    pub group: Duration,
    /// At most so many messages to a channel in an hour; 0: no limit.
    pub max_per_hour: u64,
}

impl Default for AlertSettings {
    fn default() -> Self {
        AlertSettings {
            remind: Duration::from_secs(24 * 3_600),
            expires: Duration::from_secs(3_600),
            daemon: Vec::new(),
            language: Language::En,
            page: String::new(),
            group: Duration::from_secs(30),
            max_per_hour: 30,
        }
    }
}

/// The facts about alerts that one transaction has.
pub(super) struct Look<'s> {
    pub settings: &'s AlertSettings,
    pub rules: Vec<AlertRule>,
    pub now: Time,
}

impl<'s> Look<'s> {
    pub fn new(tx: &mut Tx<'_>, settings: &'s AlertSettings, now: Time) -> Result<Look<'s>> {
        Ok(Look {
            settings,
            rules: tx.alert_rules()?,
            now,
        })
    }
}

/// A condition that was found.
pub(super) struct Finding {
    pub condition: Condition,
    /// Findings with the same signature are repeats of one alert.
    pub signature: String,
    pub matter: Matter,
    pub exec_id: Option<ExecId>,
}

impl Finding {
    pub fn new(condition: Condition, reason: String) -> Finding {
        Finding {
            condition,
            signature: condition.as_str().to_string(),
            matter: Matter {
                reason,
                ..Matter::default()
            },
            exec_id: None,
        }
    }
}

/// Whether an alert that has opened is told.
pub(super) enum Threshold {
    Reached,
    /// Not yet; the reason.
    Below(String),
}

/// Opens an alert of a job, or counts a repeat. A job that concerns nobody has no alert.
pub(super) fn raise(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    job: &Job,
    finding: Finding,
    threshold: Threshold,
) -> Result<()> {
    let told = alerts::told(job, &look.rules, finding.condition);
    raise_for(tx, look, (job.id, &job.name), finding, told, threshold)
}

fn raise_for(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    (job_id, job_name): (JobId, &str),
    mut finding: Finding,
    told: Told,
    threshold: Threshold,
) -> Result<()> {
    if told.channels.is_empty() && !is_own_setting(finding.condition) {
        return Ok(());
    }
    let known = tx
        .open_alerts(job_id)?
        .into_iter()
        .find(|alert| alert.condition == finding.condition && alert.signature == finding.signature);
    let is_known = known.is_some();
    let mut alert = known.unwrap_or_else(|| Alert {
        id: 0,
        job_id,
        job_name: job_name.to_string(),
        condition: finding.condition,
        signature: finding.signature.clone(),
        severity: told.severity,
        reason: String::new(),
        opened_at: look.now,
        last_at: look.now,
        count: 0,
        exec_id: None,
        told_at: None,
        channels: Vec::new(),
        acked_at: None,
        acked_by: None,
        closed_at: None,
    });
    alert.reason.clone_from(&finding.matter.reason);
    alert.last_at = look.now;
    alert.count += 1;
    alert.exec_id = finding.exec_id.or(alert.exec_id);
    if !is_known {
        alert.id = tx.insert_alert(&alert)?;
    }
    finding.matter.count = alert.count;
    finding.matter.since = Some(alert.opened_at);
    if alert.told_at.is_none() {
        match threshold {
            Threshold::Reached => tell_first(tx, look, &mut alert, &told, &finding.matter)?,
            Threshold::Below(why) => {
                untold(
                    tx,
                    look,
                    &alert,
                    (&told.channels, NoticeEvent::Opened),
                    &finding.matter,
                    &why,
                )?;
            }
        }
    }
    tx.update_alert(&alert)
}

/// Whether the condition exists only for jobs that ask for it: then it is shown even when nobody is told.
const fn is_own_setting(condition: Condition) -> bool {
    match condition {
        Condition::Late
        | Condition::Stale
        | Condition::TooLong
        | Condition::TooShort
        | Condition::AutoStopped => true,
        Condition::Failed
        | Condition::Timeout
        | Condition::Interrupted
        | Condition::Missed
        | Condition::Skipped
        | Condition::Flapping
        | Condition::StoppedTooLong => false,
        Condition::ChannelDown
        | Condition::CannotRecord
        | Condition::Disk
        | Condition::Crashed
        | Condition::Clock
        | Condition::ReloadRefused => true,
    }
}

/// Tells an alert for the first time.
fn tell_first(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    alert: &mut Alert,
    told: &Told,
    matter: &Matter,
) -> Result<()> {
    if told.channels.is_empty() {
        return untold(
            tx,
            look,
            alert,
            (&[], NoticeEvent::Opened),
            matter,
            "no rule and no --notify names a channel",
        );
    }
    if let Some(until) = tx.alert_time(TimeKind::Snooze, alert.job_id, 0)? {
        let why = snoozed(until);
        return untold(
            tx,
            look,
            alert,
            (&told.channels, NoticeEvent::Opened),
            matter,
            &why,
        );
    }
    alert.told_at = Some(look.now);
    alert.channels.clone_from(&told.channels);
    notify(tx, look, alert, &told.channels, NoticeEvent::Opened, matter)?;
    let at = |kind, after: Duration| AlertTime {
        kind,
        job_id: alert.job_id,
        of: alert.id,
        at: look.now.plus(after),
    };
    if !look.settings.remind.is_zero() {
        tx.set_alert_time(at(TimeKind::Remind, look.settings.remind))?;
    }
    if let Some((_, after)) = &told.escalate {
        tx.set_alert_time(at(TimeKind::Escalate, Duration::from_secs(*after)))?;
    }
    Ok(())
}

/// Puts a notice for each of the channels into the outbox.
pub(super) fn notify(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    alert: &Alert,
    channels: &[String],
    event: NoticeEvent,
    matter: &Matter,
) -> Result<()> {
    for channel in channels {
        let notice = NoticeRow {
            due_at: Some(look.now),
            ..row(look, alert, channel, event, matter)
        };
        tx.insert_notice(&notice)?;
    }
    Ok(())
}

/// Records that the channels are not told, and why.
fn untold(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    alert: &Alert,
    (channels, event): (&[String], NoticeEvent),
    matter: &Matter,
    why: &str,
) -> Result<()> {
    let nobody = [String::new()];
    let channels = if channels.is_empty() {
        &nobody[..]
    } else {
        channels
    };
    for channel in channels {
        let notice = NoticeRow {
            state: NoticeState::Untold,
            over_at: Some(look.now),
            reason: Some(why.to_string()),
            ..row(look, alert, channel, event, matter)
        };
        tx.insert_notice(&notice)?;
    }
    Ok(())
}

fn snoozed(until: Time) -> String {
    let zone = jobs_schedule::Zone::system();
    format!("snoozed until {}", until.rfc3339(&zone))
}

fn row(
    look: &Look<'_>,
    alert: &Alert,
    channel: &str,
    event: NoticeEvent,
    matter: &Matter,
) -> NoticeRow {
    NoticeRow {
        id: 0,
        alert_id: alert.id,
        job_id: alert.job_id,
        job_name: alert.job_name.clone(),
        condition: alert.condition,
        severity: alert.severity,
        event,
        channel: channel.to_string(),
        matter: matter.text(),
        made_at: look.now,
        due_at: None,
        expires_at: look.now.plus(look.settings.expires),
        state: NoticeState::Waiting,
        tries: 0,
        over_at: None,
        reason: None,
    }
}

/// Closes an alert. The channels that were told of its opening are told of its end, if `says`.
pub(super) fn close(
    tx: &mut Tx<'_>,
    look: &Look<'_>,
    alert: &mut Alert,
    says: Option<&Matter>,
) -> Result<()> {
    alert.closed_at = Some(look.now);
    tx.update_alert(alert)?;
    for kind in [TimeKind::Remind, TimeKind::Escalate] {
        tx.drop_alert_time(kind, alert.job_id, alert.id)?;
    }
    if let (Some(matter), Some(_)) = (says, alert.told_at) {
        let matter = Matter {
            count: alert.count,
            since: Some(alert.opened_at),
            reason: alert.reason.clone(),
            ..matter.clone()
        };
        let channels = alert.channels.clone();
        if let Some(until) = tx.alert_time(TimeKind::Snooze, alert.job_id, 0)? {
            let why = snoozed(until);
            let event = NoticeEvent::Recovered;
            return untold(tx, look, alert, (&channels, event), &matter, &why);
        }
        notify(tx, look, alert, &channels, NoticeEvent::Recovered, &matter)?;
    }
    Ok(())
}
