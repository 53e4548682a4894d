//! How the last executions of a job went, as the job list shows it.

use serde::{Deserialize, Serialize};

use super::{ExecId, Status};
use jobs_schedule::Time;

/// How the last executions of a job went. Kept with the job, so that a list need not read the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobRuns {
    /// The median duration of the last successes in milliseconds; absent with fewer than 3 of them.
    pub usual_ms: Option<i64>,
    /// The failures in a row, the latest execution included; 0 when that succeeded. Cancelled executions and occurrences that did
    /// not run do not count.
    pub streak: i64,
    /// When the first of these failures ended.
    pub failing_since: Option<Time>,
}

/// An execution in the strip of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct StripRun {
    /// Number of the execution.
    pub exec_id: ExecId,
    /// The final status.
    pub status: Status,
    /// Duration in milliseconds; absent for a missed occurrence.
    pub duration_ms: Option<i64>,
    /// When the execution ended, or when the occurrence was recorded as missed.
    pub ended_at: Option<Time>,
}

/// The numbers of jobs in each choice of [`super::JobsOnly`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct ListCounts {
    /// All jobs.
    pub all: u64,
    /// Jobs whose last execution failed.
    pub failing: u64,
    /// Jobs of which an execution runs.
    pub running: u64,
    /// Jobs whose last occurrence was missed.
    pub missed: u64,
    /// Jobs whose last execution, or one that runs now, takes more than twice as long as usual.
    pub slower: u64,
    /// Stopped jobs.
    pub stopped: u64,
    /// Jobs of which no execution has ended.
    pub never: u64,
}

impl ListCounts {
    /// The number of jobs in a choice; without one, of all.
    pub const fn of(&self, only: Option<super::JobsOnly>) -> u64 {
        use super::JobsOnly;
        match only {
            None => self.all,
            Some(JobsOnly::Failing) => self.failing,
            Some(JobsOnly::Running) => self.running,
            Some(JobsOnly::Missed) => self.missed,
            Some(JobsOnly::Slower) => self.slower,
            Some(JobsOnly::Stopped) => self.stopped,
            Some(JobsOnly::Never) => self.never,
        }
    }
}
