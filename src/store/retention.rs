//! The limits of the history, and how far a pass that enforces them has come.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jobs_model::{ExecId, JobId};
use jobs_schedule::Time;

/// What the history keeps at most; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Executions by age.
    pub age: Duration,
    /// Executions of one job.
    pub per_job: u64,
    /// Bytes of all executions.
    pub bytes: u64,
    /// Rows of the audit by age.
    pub audit_age: Duration,
}

/// Where a pass over the history stands.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    /// Jobs that are to be looked at; a list, for it is copied for each step.
    pub(super) dirty: VecDeque<JobId>,
    /// Jobs that have more beyond their limit than one step takes of them.
    pub(super) beyond: VecDeque<Beyond>,
    /// The limit per job for which that holds.
    pub(super) keep: u64,
    /// All jobs from this id on are to be looked at, for the limit is another.
    pub all_from: Option<JobId>,
    /// The executions that ended first were looked at up to here. Few of them are still there, the last failures of their
    /// jobs; they are not looked at again before [`Cursor::rewind`].
    pub(super) ended: Option<(Time, ExecId)>,
    /// The executions with the smallest numbers were looked at up to here.
    pub(super) oldest: ExecId,
}

/// What of a job's history is to go.
#[derive(Clone, Debug)]
pub(super) struct Beyond {
    pub(super) job_id: JobId,
    /// It was looked at up to here, from the oldest on.
    pub(super) after: ExecId,
    /// The newest that is to go.
    pub(super) last: ExecId,
}

impl Cursor {
    /// Has jobs looked at that have new executions.
    pub fn look_at(&mut self, mut jobs: BTreeSet<JobId>) {
        jobs.extend(self.dirty.drain(..));
        jobs.extend(self.beyond.drain(..).map(|beyond| beyond.job_id));
        self.dirty.extend(jobs);
    }

    /// What was left where it is may go by now: has all of the history looked at again.
    pub fn rewind(&mut self) {
        self.ended = None;
        self.oldest = 0;
    }
}

/// What a step took away.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// How many executions.
    pub executions: u64,
    /// Those of them that have files of output, which are to be removed now.
    pub files: Vec<ExecId>,
    /// Whether there is more to do.
    pub more: bool,
}
