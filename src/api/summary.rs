//! `summary`: what has happened in a time, such as last night.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;
use jobs_model::{ExecId, JobId, Quarter, Status, StatusCounts};
use jobs_schedule::Time;

request! {
    /// Sums up what has happened since a time: failures, missed occurrences, slow executions, and when the daemon was down.
    Summary {
        /// From this time on, such as "02:00" or "24h ago" [default: yesterday 18:00].
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Up to this time [default: now].
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// From this time on quarters of an hour are counted, earlier or later than `since` [default: as `since`].
        #[arg(skip)]
        quarters_since: Option<String>,
    }
}

/// A time in sums. Executions count in it by their end, occurrences that did not run by when that was recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DaySummary {
    /// The begin of the time.
    pub since: Time,
    /// The end of the time.
    pub until: Time,
    /// The executions that ended, by status.
    pub runs: StatusCounts,
    /// The executions that ran to an end.
    pub total: u64,
    /// The number of jobs that failed in the time.
    pub failing_total: u64,
    /// Of these at most 10: those first that still fail and have failed most often in a row.
    pub failing: Vec<FailingJob>,
    /// The number of jobs of which an execution took more than twice as long as usual, and 1 s more.
    pub slower_total: u64,
    /// Of these at most 10, the longest execution first.
    pub slower: Vec<SlowerJob>,
    /// The number of occurrences that were missed.
    pub missed_total: u64,
    /// At most 10 jobs with missed occurrences, the one with most of them first.
    pub missed: Vec<MissedRuns>,
    /// When the daemon was down: at most 20 of the last times.
    pub gaps: Vec<DaemonGap>,
    /// Counts of each quarter of an hour in the time, or from `quarters_since` on, at most of its last 7 days.
    pub quarters: Vec<Quarter>,
    /// Number of executions that run now.
    pub running: u64,
    /// Number of executions that wait now.
    pub queued: u64,
    /// Number of open alerts.
    #[serde(default)]
    pub open_alerts: u64,
    /// Why the scheduler cannot work now, such as a full disk.
    pub trouble: Option<String>,
    /// Whether the scheduler is paused now.
    pub paused: bool,
}

/// A job that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailingJob {
    /// Number of the job.
    pub job_id: JobId,
    /// Name of the job.
    pub job_name: String,
    /// Number of its last failed execution in the time.
    pub exec_id: ExecId,
    /// How that ended.
    pub status: Status,
    /// Its exit code.
    pub exit_code: Option<i32>,
    /// Its error.
    pub error: Option<String>,
    /// The last line that it printed, where that says more than its exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How many executions in a row have failed until now; 0 when the last one succeeded.
    pub streak: u64,
    /// When the first of them ended.
    pub failing_since: Option<Time>,
    /// When the failed execution ended.
    pub ended_at: Time,
}

/// A job that took longer than usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlowerJob {
    /// Number of the job.
    pub job_id: JobId,
    /// Name of the job.
    pub job_name: String,
    /// Number of its longest execution in the time.
    pub exec_id: ExecId,
    /// The duration of that execution, in milliseconds.
    pub duration_ms: i64,
    /// The usual duration of the job before that execution, in milliseconds.
    pub usual_ms: i64,
}

/// Missed occurrences of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissedRuns {
    /// Number of the job.
    pub job_id: JobId,
    /// Name of the job.
    pub job_name: String,
    /// Number of missed occurrences.
    pub count: u64,
    /// The first of them.
    pub from: Time,
    /// When the last of them were recorded as missed.
    pub until: Time,
    /// Why they were missed.
    pub reason: Option<String>,
}

/// A time in which the daemon was down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DaemonGap {
    /// The end of the daemon; after a crash its last known sign of life.
    pub from: Time,
    /// The next start of the daemon.
    pub until: Time,
    /// Number of occurrences that were missed meanwhile and recorded in the time.
    pub missed: u64,
}
