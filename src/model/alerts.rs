//! Alerts: what is wrong, whom it concerns, and what was told about it.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{ExecId, JobId, NoticeEvent, Severity};
use jobs_schedule::Time;

words! {
    /// A condition that opens an alert.
    #[derive(PartialOrd, Ord)]
    Condition {
        /// An execution failed, after its last retry. In a rule this word includes `timeout` and `interrupted`.
        Failed = "failed",
        /// An execution was stopped by its timeout, after its last retry.
        Timeout = "timeout",
        /// The end of the daemon or of the machine cut an execution short.
        Interrupted = "interrupted",
        /// Occurrences did not run, because the daemon was down.
        Missed = "missed",
        /// An execution has not begun within `start_within`.
        Late = "late",
        /// The job has not succeeded within `expect_success_every`.
        Stale = "stale",
        /// An execution runs for longer than `warn_after`.
        #[serde(rename = "too-long")]
        TooLong = "too-long",
        /// An execution succeeded in less than `warn_under`.
        #[serde(rename = "too-short")]
        TooShort = "too-short",
        /// Several occurrences in a row were skipped.
        Skipped = "skipped",
        /// The job changes between success and failure again and again.
        Flapping = "flapping",
        /// The job was stopped after `stop_after_failures` failures in a row.
        #[serde(rename = "auto-stopped")]
        AutoStopped = "auto-stopped",
        /// The job has been stopped for two weeks.
        #[serde(rename = "stopped-too-long")]
        StoppedTooLong = "stopped-too-long",
        /// Messages to a channel fail.
        #[serde(rename = "channel-down")]
        ChannelDown = "channel-down",
        /// The daemon can't write to its database.
        #[serde(rename = "cannot-record")]
        CannotRecord = "cannot-record",
        /// The disk of the database is nearly full.
        Disk = "disk",
        /// The daemon ended without having been asked to.
        Crashed = "crashed",
        /// Somebody set the clock by more than five minutes.
        Clock = "clock",
        /// The configuration was refused at a reload.
        #[serde(rename = "reload-refused")]
        ReloadRefused = "reload-refused",
    }
}

impl Condition {
    /// Whether it is the failure of an execution.
    pub const fn is_failure(self) -> bool {
        matches!(
            self,
            Condition::Failed | Condition::Timeout | Condition::Interrupted
        )
    }

    /// Whether it concerns the daemon, not a job.
    pub const fn is_of_daemon(self) -> bool {
        match self {
            Condition::ChannelDown
            | Condition::CannotRecord
            | Condition::Disk
            | Condition::Crashed
            | Condition::Clock
            | Condition::ReloadRefused => true,
            Condition::Failed
            | Condition::Timeout
            | Condition::Interrupted
            | Condition::Missed
            | Condition::Late
            | Condition::Stale
            | Condition::TooLong
            | Condition::TooShort
            | Condition::Skipped
            | Condition::Flapping
            | Condition::AutoStopped
            | Condition::StoppedTooLong => false,
        }
    }
}

words! {
    /// What has become of a notice.
    NoticeState {
        /// To be sent.
        Waiting = "waiting",
        /// The channel has taken it.
        Sent = "sent",
        /// The channel refused it for good.
        Refused = "refused",
        /// It could not be sent in time.
        Expired = "expired",
        /// Deliberately not sent; `reason` says why.
        Untold = "untold",
    }
}

words! {
    /// What is to be looked at, at an instant.
    TimeKind {
        /// Whether the job has succeeded.
        Stale = "stale",
        /// Whether the execution still runs.
        Long = "long",
        /// Whether the execution has begun.
        Late = "late",
        /// Whether the job is still stopped.
        Stopped = "stopped",
        /// Whether the alert is still open: tell it again.
        Remind = "remind",
        /// Whether somebody has acknowledged the alert: else tell one more channel.
        Escalate = "escalate",
        /// The end of a snooze of the job.
        Snooze = "snooze",
        /// Occurrences that were missed: a row of the history.
        Missed = "missed",
        /// Occurrences that were skipped because the execution before still ran: a row of the history.
        Skipped = "skipped",
    }
}

/// How many failures open an alert: so many in a row, or so many within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertAfter {
    /// The number of failures.
    pub count: u32,
    /// Within so many seconds; absent: in a row.
    pub within: Option<u64>,
}

impl std::fmt::Display for AlertAfter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.within {
            None => write!(f, "{}", self.count),
            Some(seconds) if seconds % 3600 == 0 => {
                write!(f, "{} in {}h", self.count, seconds / 3600)
            }
            Some(seconds) if seconds % 60 == 0 => write!(f, "{} in {}m", self.count, seconds / 60),
            Some(seconds) => write!(f, "{} in {seconds}s", self.count),
        }
    }
}

impl std::str::FromStr for AlertAfter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "it is a number such as `3` (failures in a row), or `2 in 1h`";
        let (count, within) = match text.split_once(" in ") {
            None => (text, None),
            Some((count, within)) => {
                let within = jobs_schedule::parse_duration(within.trim()).map_err(|_| FORM)?;
                (count, Some(within.as_secs()))
            }
        };
        let count = count.trim().parse().map_err(|_| FORM)?;
        if !(1..=100).contains(&count) || within == Some(0) {
            return Err(format!("{FORM}, from 1 to 100"));
        }
        Ok(AlertAfter { count, within })
    }
}

impl Serialize for AlertAfter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AlertAfter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for AlertAfter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AlertAfter".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "`3`: failures in a row; `2 in 1h`: failures within a time",
            "type": "string"
        })
    }
}

/// The settings about alerts of a job. Absent fields are not written, so that most jobs have nothing to read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default)]
pub struct JobAlerts {
    /// `MAILTO` of the crontab that the job was imported from: the mail addresses to notify.
    pub mailto: Option<String>,
    /// The channels that are told when something is wrong with the job.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<String>,
    /// How many failures open an alert; absent: one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert_after: Option<AlertAfter>,
    /// An alert opens when the job has not succeeded for so many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_success_every: Option<u64>,
    /// An alert opens when an execution has not begun so many seconds after it was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_within: Option<u64>,
    /// An alert opens when an execution still runs after so many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_after: Option<u64>,
    /// An alert opens when an execution succeeds in less than so many seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_under: Option<u64>,
    /// The job is stopped after so many failures in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_after_failures: Option<u32>,
}

impl JobAlerts {
    /// Whether the end of an execution of the job has to be looked at.
    pub fn is_watched(&self) -> bool {
        let JobAlerts {
            mailto: _,
            notify,
            alert_after,
            expect_success_every,
            start_within,
            warn_after,
            warn_under,
            stop_after_failures,
        } = self;
        !notify.is_empty()
            || alert_after.is_some()
            || expect_success_every.is_some()
            || start_within.is_some()
            || warn_after.is_some()
            || warn_under.is_some()
            || stop_after_failures.is_some()
    }
}

/// A rule: which conditions of which jobs are told to which channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AlertRule {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Patterns of the names of jobs, such as `etl-*`; one of them has to match. Empty: any name.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// The job has one of these tags. Empty: any job.
    pub tags: Vec<String>,
    /// The conditions.
    pub on: Vec<Condition>,
    /// The channels.
    pub to: Vec<String>,
    /// How much it matters.
    pub severity: Severity,
    /// The channel that is told too when nobody has acknowledged the alert.
    pub escalate: Option<String>,
    /// After so many seconds.
    pub after: Option<u64>,
    /// When the rule was made.
    pub made_at: Time,
}

/// Something that is or was wrong with a job or with the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// The job; 0 for the daemon.
    pub job_id: JobId,
    /// The name of the job when the alert opened; empty for the daemon.
    pub job_name: String,
    /// The condition.
    pub condition: Condition,
    /// Failures with the same signature are repeats of one alert.
    pub signature: String,
    /// How much it matters.
    pub severity: Severity,
    /// The reason in a few words, with secrets masked.
    pub reason: String,
    /// When it opened.
    pub opened_at: Time,
    /// When it was seen last.
    pub last_at: Time,
    /// How often it was seen.
    pub count: i64,
    /// The execution in which it was seen last.
    pub exec_id: Option<ExecId>,
    /// When it was told first; absent when it was not.
    pub told_at: Option<Time>,
    /// The channels that were told.
    pub channels: Vec<String>,
    /// When somebody acknowledged it.
    pub acked_at: Option<Time>,
    /// Who did.
    pub acked_by: Option<String>,
    /// When it closed.
    pub closed_at: Option<Time>,
}

/// A message to one channel in the outbox, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NoticeRow {
    /// Its number.
    pub id: i64,
    /// The alert.
    pub alert_id: i64,
    /// The job; 0 for the daemon.
    pub job_id: JobId,
    /// The name of the job.
    pub job_name: String,
    /// The condition.
    pub condition: Condition,
    /// How much it matters.
    pub severity: Severity,
    /// The occasion.
    pub event: NoticeEvent,
    /// The channel; empty when there was none to tell.
    pub channel: String,
    /// The facts that the message is made from, as JSON.
    #[serde(skip)]
    pub matter: String,
    /// When it was made.
    pub made_at: Time,
    /// When it is to be sent; absent when it is over.
    pub due_at: Option<Time>,
    /// From then on it is not sent any more.
    pub expires_at: Time,
    /// What has become of it.
    pub state: NoticeState,
    /// How often it was tried.
    pub tries: i64,
    /// When it was sent or given up.
    pub over_at: Option<Time>,
    /// Why it was not sent, or the answer of the channel.
    pub reason: Option<String>,
}

/// An instant at which something is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertTime {
    /// What is to be looked at.
    pub kind: TimeKind,
    /// The job; 0 for the daemon.
    pub job_id: JobId,
    /// The execution or the alert, by the kind; 0 for none.
    pub of: i64,
    /// The instant.
    pub at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alert_after_reads_what_it_writes() {
        for text in ["1", "3", "2 in 1h", "5 in 90s", "10 in 30m"] {
            assert_eq!(text.parse::<AlertAfter>().unwrap().to_string(), text);
        }
        for text in ["", "0", "-1", "x", "2 in", "2 in x", "2 in 0s", "101"] {
            assert!(text.parse::<AlertAfter>().is_err(), "{text}");
        }
    }
}
