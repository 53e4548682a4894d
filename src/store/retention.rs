//! The limits of the history, and the position of the pass that enforces them.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jobs_model::{ExecId, JobId};
use jobs_schedule::Time;

/// Limits of the history; 0: no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum age of an execution since its end.
    pub age: Duration,
    /// Maximum number of executions of a job.
    pub per_job: u64,
    /// Maximum size of the output of all executions, in bytes.
    pub bytes: u64,
    /// Maximum age of a row of the audit table.
    pub audit_age: Duration,
    /// Maximum number of rows of the audit table.
    pub audit_rows: u64,
}

/// Position of a pass over the history.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    /// Jobs to examine. A list, because each step copies it.
    pub(super) dirty: VecDeque<JobId>,
    /// Jobs with more executions beyond their limit than one step deletes.
    pub(super) beyond: VecDeque<Beyond>,
    /// The limit per job from which `beyond` was computed.
    pub(super) keep: u64,
    /// All jobs from this id on have to be examined; set when the limit per job has changed.
    pub all_from: Option<JobId>,
    /// The pass has examined all executions that ended before this one. The few that are left are the last failures of their
    /// jobs; the pass examines them again after [`Cursor::rewind`].
    pub(super) ended: Option<(Time, ExecId)>,
    /// The pass for the size limit has examined the executions up to this number.
    pub(super) oldest: ExecId,
}

/// Executions of a job that are beyond its limit.
#[derive(Clone, Debug)]
pub(super) struct Beyond {
    pub(super) job_id: JobId,
    /// The pass has examined the executions up to this number, from the oldest on.
    pub(super) after: ExecId,
    /// The newest execution beyond the limit.
    pub(super) last: ExecId,
}

impl Cursor {
    /// Adds jobs with new executions, which the next steps examine.
    pub fn look_at(&mut self, mut jobs: BTreeSet<JobId>) {
        jobs.extend(self.dirty.drain(..));
        jobs.extend(self.beyond.drain(..).map(|beyond| beyond.job_id));
        self.dirty.extend(jobs);
    }

    /// Starts again from the oldest execution: executions that the pass has kept may exceed a limit by now.
    pub fn rewind(&mut self) {
        self.ended = None;
        self.oldest = 0;
    }
}

/// Result of a step.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// Number of deleted executions.
    pub executions: u64,
    /// The deleted executions that have files of output, which the caller removes now.
    pub files: Vec<ExecId>,
    /// Whether another step is needed.
    pub more: bool,
}
