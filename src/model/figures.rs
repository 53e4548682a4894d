//! What is told in tables: rows of a query, figures of jobs.

use crate::{ExecId, JobId, Status};
use jobs_schedule::Time;

/// What a query has found, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// A value each; none is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there were more rows than were asked for.
    pub more: bool,
}

/// What the history tells of a job over a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFigures {
    /// Its number.
    pub id: JobId,
    /// The name.
    pub name: String,
    /// When it is due next.
    pub next_at: Option<Time>,
    /// Whether it is stopped.
    pub stopped: bool,
    /// Executions that ended well.
    pub success: i64,
    /// Executions that failed.
    pub failed: i64,
    /// Executions that took longer than their timeout.
    pub timeout: i64,
    /// Executions that somebody stopped.
    pub cancelled: i64,
    /// Executions that the end of the daemon cut short.
    pub interrupted: i64,
    /// Occurrences that did not run because the job was running, or an operator wanted it so.
    pub skipped: i64,
    /// Occurrences that did not run because nobody was there.
    pub missed: i64,
    /// Executions that ended well after another of the same job that had not, or the other way round.
    pub changes: i64,
    /// The sum of how long they took, in milliseconds.
    pub total_ms: i64,
    /// The longest of them: its number and how long it took, in milliseconds.
    pub slowest: Option<(ExecId, i64)>,
    /// The last that did not end well: its number, how it ended, when, and what went wrong.
    pub last_failure: Option<(ExecId, Status, Time, Option<String>)>,
}
