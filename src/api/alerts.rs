//! Alerts: rules, what is wrong, what was told.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::{SecondsOrText, is_default, seconds, seconds_or_text};
use jobs_model::{Condition, NoticeRow, Severity};
use jobs_schedule::Time;

request! {
    /// Adds a rule: which conditions of which jobs are told to which channels.
    RuleAdd {
        /// The name of the rule.
        name: String,
        /// Only jobs whose name matches, such as 'etl-*'; may be given more than once [default: all jobs].
        #[arg(long = "match", value_name = "PATTERN")]
        #[serde(rename = "match")]
        matches: Vec<String>,
        /// Only jobs with this tag; may be given more than once.
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// The conditions, with commas between [default: failed,missed,stale,late,too-long,too-short,skipped,auto-stopped,flapping].
        #[arg(long, value_enum, value_delimiter = ',', value_name = "CONDITION,...")]
        on: Vec<Condition>,
        /// The channels, with commas between.
        #[arg(long, value_delimiter = ',', value_name = "CHANNEL,...", required = true)]
        to: Vec<String>,
        /// How much it matters; quiet hours do not hold what is critical [default: warning].
        #[arg(long, value_enum)]
        severity: Option<Severity>,
        /// One more channel that is told when nobody has acknowledged the alert; with --after.
        #[arg(long, value_name = "CHANNEL", requires = "after")]
        escalate: Option<String>,
        /// After so long, in seconds or as 30m.
        #[arg(long, value_name = "TIME", value_parser = seconds, requires = "escalate")]
        #[serde(deserialize_with = "seconds_or_text")]
        #[schemars(with = "Option<SecondsOrText>")]
        after: Option<u64>,
    }
}

request! {
    /// Lists the rules.
    RuleList {}
}

request! {
    /// Removes a rule.
    RuleRm {
        /// The name of the rule.
        rule: String,
    }
}

request! {
    /// Lists what is wrong, the newest first: the open alerts, or with `all` also those that have closed.
    Alerts {
        /// Only alerts of this job.
        #[arg(value_name = "JOB")]
        job: Option<JobRef>,
        /// Also those that have closed.
        #[arg(long, conflicts_with = "open")]
        all: bool,
        /// Only those that are open, as without a flag.
        #[arg(long)]
        open: bool,
        /// At most so many [default: 100].
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<u32>,
    }
}

request! {
    /// Acknowledges open alerts: they are not told again, and go to nobody else.
    Ack {
        /// The number of an alert, or a job: all its open alerts.
        #[arg(value_name = "ALERT|JOB")]
        alert: String,
    }
}

request! {
    /// Tells nobody of the alerts of a job for a time. What is still open then is told.
    Snooze {
        /// The job, by name or id.
        job: JobRef,
        /// For so long, such as 2h; 0 ends it.
        #[arg(value_name = "TIME", value_parser = seconds)]
        #[serde(deserialize_with = "seconds_or_text")]
        #[schemars(with = "Option<SecondsOrText>")]
        r#for: Option<u64>,
    }
}

/// A snooze that was set or ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Snoozed {
    /// The name of the job.
    pub job: String,
    /// Until when nobody is told; absent when it was ended.
    pub until: Option<Time>,
}

request! {
    /// Shows who would be told of a condition of a job, by which rule, when, and with which text.
    AlertPreview {
        /// The job, by name or id.
        job: JobRef,
        /// The condition [default: failed].
        #[arg(long, value_enum, value_name = "CONDITION")]
        on: Option<Condition>,
    }
}

/// What would be told of a condition of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Previewed {
    /// The name of the job.
    pub job: String,
    /// The condition.
    pub condition: Condition,
    /// The severity.
    pub severity: Severity,
    /// What names the channels: the names of rules, and `--notify` for the job's own.
    pub by: Vec<String>,
    /// The channels, and when each would be told.
    pub channels: Vec<PreviewedChannel>,
    /// The channel that is told too when nobody acknowledges.
    pub escalate: Option<String>,
    /// Seconds until then.
    pub after: Option<u64>,
    /// Why nobody would be told, or not yet.
    pub notes: Vec<String>,
    /// The title of the message.
    pub title: String,
    /// The text of the message.
    pub text: String,
}

/// A channel that would be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreviewedChannel {
    /// The name.
    pub name: String,
    /// Why it would not be told at once; absent when it would.
    pub held: Option<String>,
}

request! {
    /// Lists what was told to whom, when and with what result, and what was not told and why; the newest first.
    AlertLog {
        /// Only about this job.
        #[arg(value_name = "JOB")]
        job: Option<JobRef>,
        /// At most so many [default: 100].
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<u32>,
    }
}

/// What was told, or not, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertLogged {
    /// The notices.
    pub notices: Vec<NoticeRow>,
    /// Why nothing is told of the job at all, when that is so.
    pub notes: Vec<String>,
}

request! {
    /// Sets when a channel is to be left alone, and shows it.
    ChannelHours {
        /// The channel, by name.
        channel: String,
        /// Quiet hours, such as '22:00-07:00', 'mon-fri 22:00-07:00; sat-sun 00:00-24:00' or '22:00-07:00 Europe/Berlin'; "" ends them.
        #[arg(value_name = "HOURS")]
        quiet: Option<String>,
        /// At most so many messages in an hour; 0 is `alerts.max_per_hour`.
        #[arg(long, value_name = "N")]
        max_per_hour: Option<u64>,
    }
}

/// When a channel is left alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelHoursView {
    /// The channel.
    pub channel: String,
    /// The quiet hours; empty: none.
    pub quiet: String,
    /// At most so many messages in an hour; 0 is `alerts.max_per_hour`.
    pub max_per_hour: u64,
}
