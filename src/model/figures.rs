//! Results of queries: rows of a read-only query, figures per job for reports.

use serde::{Deserialize, Serialize};

use crate::{ExecId, JobId, Status};
use jobs_schedule::Time;

/// Numbers of executions by their final status. Of `skipped` and `missed`, numbers of occurrences.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct StatusCounts {
    /// Executions that succeeded.
    pub success: u64,
    /// Executions that failed.
    pub failed: u64,
    /// Executions that took longer than their timeout.
    pub timeout: u64,
    /// Executions that were interrupted by the end of the daemon.
    pub interrupted: u64,
    /// Executions that somebody stopped.
    pub cancelled: u64,
    /// Occurrences that did not run because the job was still running, or because an operator skipped them.
    pub skipped: u64,
    /// Occurrences that did not run because the daemon was down or the scheduler was paused.
    pub missed: u64,
}

impl StatusCounts {
    /// Adds `number` executions with a status. Ignores statuses that are not final.
    pub fn add(&mut self, status: Status, number: u64) {
        let count = match status {
            Status::Queued | Status::Running => return,
            Status::Success => &mut self.success,
            Status::Failed => &mut self.failed,
            Status::Timeout => &mut self.timeout,
            Status::Interrupted => &mut self.interrupted,
            Status::Cancelled => &mut self.cancelled,
            Status::Skipped => &mut self.skipped,
            Status::Missed => &mut self.missed,
        };
        *count = count.saturating_add(number);
    }

    /// Executions that failed, timed out or were interrupted.
    pub const fn failures(&self) -> u64 {
        self.failed + self.timeout + self.interrupted
    }

    /// Executions that ran to an end, without occurrences that did not run.
    pub const fn ran(&self) -> u64 {
        self.success + self.failures() + self.cancelled
    }
}

/// Counts of a quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Quarter {
    /// Its begin.
    pub at: Time,
    /// Executions that succeeded.
    pub success: u64,
    /// Executions that failed, timed out or were interrupted.
    pub failed: u64,
    /// Occurrences that were missed.
    pub missed: u64,
    /// Cancelled executions and skipped occurrences.
    pub other: u64,
}

/// Result of a read-only query, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows: a value for each column; none is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether the result has more rows than the limit of the query.
    pub more: bool,
}

/// Figures of a job, counted from the history of a time range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFigures {
    /// Number of the job.
    pub id: JobId,
    /// Name of the job.
    pub name: String,
    /// The next run.
    pub next_at: Option<Time>,
    /// Whether the job is stopped.
    pub stopped: bool,
    /// Executions that succeeded.
    pub success: i64,
    /// Executions that failed.
    pub failed: i64,
    /// Executions that took longer than their timeout.
    pub timeout: i64,
    /// Executions that somebody stopped.
    pub cancelled: i64,
    /// Executions that were interrupted by the end of the daemon.
    pub interrupted: i64,
    /// Occurrences that did not run because the job was still running, or because an operator skipped them.
    pub skipped: i64,
    /// Occurrences that did not run because the daemon was down or the scheduler was paused.
    pub missed: i64,
    /// Changes between success and failure in consecutive executions of the job.
    pub changes: i64,
    /// Sum of the durations of all executions, in milliseconds.
    pub total_ms: i64,
    /// The longest execution: its number and its duration in milliseconds.
    pub slowest: Option<(ExecId, i64)>,
    /// The last failure: number, status, end and error.
    pub last_failure: Option<(ExecId, Status, Time, Option<String>)>,
}
