//! The event types. Clients read the same structs as JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use jobs_model::{ExecId, Job, JobId, Mode, Source, Status};
use jobs_schedule::Time;
use jobs_text::cut_bytes;

/// Upper bound on the error text in an event, in bytes. The history has the whole text.
const ERROR_BYTES: usize = 2_000;

/// Something that happened to a job or to an execution.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A job was added, changed or removed.
    Job(JobChange),
    /// The work of an execution has begun.
    Started(Started),
    /// An execution has ended, or was not run at all.
    Finished(Finished),
    /// The scheduler was paused, or its pause has ended.
    Pause(PauseChange),
}

/// How a job was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The job was added.
    Added,
    /// The job's definition was changed.
    Changed,
    /// The job was removed.
    Removed,
    /// The job was stopped, by a caller or because it has no further run.
    Stopped,
    /// A stopped job was started again.
    Restarted,
    /// One write changed more jobs than are named: read the list of jobs again.
    Many,
}

/// A job was added, changed or removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobChange {
    /// How the job was changed.
    pub change: Change,
    /// The id of the job; absent when `change` is `many`.
    pub job_id: Option<JobId>,
    /// The name of the job after the change; absent when `change` is `many`.
    pub name: Option<String>,
}

/// The work of an execution has begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The id of the execution.
    pub exec_id: ExecId,
    /// The id of the job.
    pub job_id: JobId,
    /// The name of the job when the execution was created.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// The reason for the execution: its schedule, a request, ...
    pub source: Source,
    /// The occurrence for which the execution was due, or the time of the request for it.
    pub scheduled_at: Time,
    /// The time at which the work began.
    pub started_at: Time,
    /// The random delay that was added to the occurrence, in milliseconds; absent for a job without one.
    pub jitter_ms: Option<i64>,
}

/// An execution has ended, or was not run at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    /// The id of the execution.
    pub exec_id: ExecId,
    /// The id of the job.
    pub job_id: JobId,
    /// The name of the job when the execution was created.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// The final status. With `skipped` and `missed` the work never began.
    pub status: Status,
    /// The exit code of a command; 128 + n when signal n ended it.
    pub exit_code: Option<i32>,
    /// Duration of the work, in milliseconds.
    pub duration_ms: Option<i64>,
    /// The error, or the reason why the execution did not run. Secrets are shown as `***`.
    pub error: Option<String>,
    /// Number of occurrences that this execution stands for. More than 1 only for occurrences that did not run.
    pub count: i64,
}

/// The scheduler was paused, or its pause has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PauseChange {
    /// Whether the scheduler is paused now.
    pub paused: bool,
}

impl Change {
    /// The change that a write made, from whether the job was stopped or paused before the write and after it.
    pub fn between(was_stopped: bool, is_stopped: bool) -> Change {
        match (was_stopped, is_stopped) {
            (false, true) => Change::Stopped,
            (true, false) => Change::Restarted,
            (true, true) | (false, false) => Change::Changed,
        }
    }
}

impl JobChange {
    /// The change of one job.
    pub fn of(job: &Job, change: Change) -> JobChange {
        JobChange {
            change,
            job_id: Some(job.id),
            name: Some(job.name.clone()),
        }
    }

    /// The event that stands for all further job events of a write.
    pub(super) fn many() -> JobChange {
        JobChange {
            change: Change::Many,
            job_id: None,
            name: None,
        }
    }
}

impl Finished {
    /// Cuts the error to the upper bound for events.
    pub fn shortened(mut self) -> Finished {
        self.error = self.error.map(|error| cut_bytes(error, ERROR_BYTES));
        self
    }
}

impl Event {
    pub(super) fn is_of_job(&self) -> bool {
        matches!(self, Event::Job(_))
    }

    /// Approximate memory use, in bytes.
    pub(super) fn bytes(&self) -> usize {
        /// Two reference counts of the `Arc`, the pointer in the ring buffer, and the allocator's overhead.
        const OVERHEAD: usize = 64;
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = match self {
            Event::Job(change) => length(&change.name),
            Event::Started(started) => started.job_name.len(),
            Event::Finished(finished) => finished.job_name.len() + length(&finished.error),
            Event::Pause(_) => 0,
        };
        size_of::<Event>() + OVERHEAD + texts
    }
}
