//! What is asked of the store, and what it answers: filters, counts, ends of executions.

use std::ops::Range;

use jobs_model::{Admitted, ExecId, JobId, Mode, Overlap, Status};
use jobs_schedule::Time;

/// Which jobs are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// A part of the name.
    pub name: Option<String>,
    /// The kind of work.
    pub mode: Option<Mode>,
    /// In the order in which they were added, the last one first, rather than the one that is due next first.
    pub newest_first: bool,
}

/// How many jobs there are, and how many of them are stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCounts {
    pub jobs: u64,
    pub stopped: u64,
}

/// What a figure is told under: the name of a job, and whether it is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobName {
    pub name: String,
    pub is_stopped: bool,
}

/// Which executions are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    pub job_id: Option<JobId>,
    pub status: Option<Status>,
    /// Only executions with a smaller number.
    pub before: Option<ExecId>,
    pub exec_id: Option<ExecId>,
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub struct Finished {
    pub status: Status,
    pub exit_code: Option<i32>,
    /// When its work really began; absent when it never did.
    pub started_at: Option<Time>,
    pub ended_at: Time,
    pub duration_ms: Option<i64>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub stdout_bytes: i64,
    pub stderr_bytes: i64,
    /// How many bytes of output are kept, in the row and in files.
    pub kept_bytes: i64,
    /// Whether files of it are kept.
    pub in_file: bool,
    pub error: Option<String>,
    pub attempts: i32,
    pub cpu_ms: Option<i64>,
    pub max_rss_bytes: Option<i64>,
}

/// Which executions are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    pub job_id: Option<JobId>,
    pub status: Option<Status>,
    /// When they were due.
    pub due: Option<Range<Time>>,
    /// In the order in which they were admitted, rather than the last one first.
    pub oldest_first: bool,
}

/// The executions of a job that are to go.
#[derive(Clone, Debug)]
pub struct Clearing {
    pub job_id: JobId,
    /// When they were due; what was looked at already is no longer part of it.
    pub due: Option<Range<Time>>,
    /// The last one that was there when somebody asked.
    pub up_to: ExecId,
}

/// An execution that may start, and the overlap policy of its job.
pub type Startable = (Admitted, Overlap);

/// How an execution stands in a chain of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryLink {
    pub job_id: JobId,
    pub scheduled_at: Time,
    /// The first of the chain.
    pub first: ExecId,
    /// Which retry it is; 0 is the first execution.
    pub number: i64,
    /// How many may follow.
    pub left: i64,
}

/// How many executions of a job run, and how many wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveCounts {
    pub running: u32,
    pub queued: u32,
}

impl LiveCounts {
    /// Adds executions that have a status; a status that is final counts for nothing.
    pub(super) fn add(&mut self, status: Status, number: i64) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match status {
            Status::Running => self.running += number,
            Status::Queued => self.queued += number,
            Status::Success
            | Status::Failed
            | Status::Timeout
            | Status::Cancelled
            | Status::Interrupted
            | Status::Skipped
            | Status::Missed => {}
        }
    }
}
