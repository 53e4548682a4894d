//! Executions: run a job, cancel, the history.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::{OneOrMore, SecondsOrText, is_default, seconds, seconds_or_text, statuses};
use jobs_model::{ExecId, JobId, Lossy, Mode, Source, Status};
use jobs_schedule::Time;

request! {
    /// Runs a job now, in addition to its schedule and by its overlap policy.
    Run {
        /// The job, by name or id.
        job: JobRef,
    }
}

/// An execution that was requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ran {
    /// Its number.
    pub exec_id: ExecId,
    /// The status: `running`, `queued`, or `skipped`.
    pub status: Status,
    /// Whether it was skipped.
    pub skipped: bool,
    /// Why it was skipped or waits.
    pub reason: Option<String>,
}

request! {
    /// Stops one execution: its process group gets SIGTERM, after `jobs.kill_grace` SIGKILL.
    Cancel {
        /// The number of the execution, as `history` shows it.
        #[arg(value_name = "EXEC")]
        exec_id: ExecId,
    }
}

request! {
    /// Lists executions, the newest first.
    History {
        /// The job, by name or id; all jobs when absent.
        #[arg(value_name = "JOB")]
        job: Option<JobRef>,
        /// At most this many, 1 to 500 [default: 20].
        #[arg(short = 'n', long, value_name = "N")]
        limit: Option<u32>,
        /// Only executions before this one, for the next page.
        #[arg(long, value_name = "EXEC")]
        before: Option<ExecId>,
        /// Only executions with this status.
        #[arg(skip)]
        status: Option<Status>,
        /// Only this execution.
        #[arg(long = "exec", value_name = "EXEC")]
        exec_id: Option<ExecId>,
        /// Only executions with one of these statuses, such as failed,timeout.
        #[arg(long = "status", value_name = "STATUS", value_enum, value_delimiter = ',')]
        #[serde(deserialize_with = "statuses")]
        #[schemars(with = "Option<OneOrMore>")]
        statuses: Vec<Status>,
        /// Only executions that were due at this time or later, such as "02:00" or "yesterday 18:00". With a time, the execution
        /// that was due last comes first.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only executions that were due before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Only executions with this cause.
        #[arg(long, value_enum)]
        source: Option<Source>,
        /// Only executions that took longer, or that have run for longer: seconds, or 5m.
        #[arg(long = "longer", value_name = "DURATION", value_parser = seconds)]
        #[serde(deserialize_with = "seconds_or_text")]
        #[schemars(with = "Option<SecondsOrText>")]
        longer_than: Option<u64>,
        /// Whether the answer has the output of the executions [default: true].
        #[arg(skip)]
        output: Option<bool>,
        /// Only executions after this one, by number.
        #[arg(long, value_name = "EXEC")]
        after: Option<ExecId>,
    }
}

request! {
    /// Lists executions a page at a time, as entries of a log.
    Entries {
        /// The job, by name or id; all jobs when absent.
        job: Option<JobRef>,
        /// Only executions that were due on this day, YYYY-MM-DD, in the zone of the daemon.
        date: Option<String>,
        /// Only executions with this status.
        status: Option<Status>,
        /// At most this many executions on all pages together; 0 is no limit.
        limit: Option<u32>,
        /// The page, from 1 on.
        page: Option<u32>,
        /// The size of a page, 1 to 500 [default: 20].
        size: Option<u32>,
        /// `desc`, the newest first, or `asc` [default: desc].
        order: Option<Order>,
    }
}

/// In which order a list is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The newest first.
    #[default]
    Desc,
    /// The oldest first.
    Asc,
}

request! {
    /// Shows one execution as an entry of a log.
    Entry {
        /// The job of the execution, by name or id; any job when absent.
        job: Option<JobRef>,
        /// The number of the execution.
        #[arg(value_name = "EXEC")]
        exec_id: ExecId,
    }
}

/// An execution as an entry of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogEntry {
    /// When it began, or when it was due if it did not.
    pub time: Time,
    /// When it ended.
    pub end_time: Option<Time>,
    /// The job.
    pub job_id: JobId,
    /// The name that the job had then.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// The number of the execution.
    pub exec_id: ExecId,
    /// Why it ran.
    pub source: Source,
    /// The work, as it was then.
    pub command: String,
    /// The exit code of a command.
    pub exit_code: Option<i32>,
    /// Its stdout: all of it up to 16 KiB, else the last 16 KiB.
    pub stdout: Lossy,
    /// Its stderr, in the same way.
    pub stderr: Lossy,
    /// The number of bytes that it printed in all; more than `stdout` has, if that is only the end.
    pub stdout_bytes: u64,
    /// The same of stderr.
    pub stderr_bytes: u64,
    /// The status.
    pub status: Status,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// The error, or why it did not run.
    pub error_msg: Option<String>,
}
