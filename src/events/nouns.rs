//! The events: what happens to jobs and to executions, as clients read it too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{ExecId, Job, JobId, Mode, Source, Status};
use crate::schedule::Time;
use crate::text::cut_bytes;

/// The longest error that is told with an event, in bytes; the history has all of it.
const ERROR_BYTES: usize = 2_000;

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A job is another one than before.
    Job(JobChange),
    /// The work of an execution has begun.
    Started(Started),
    /// An execution is over, or was found not to run.
    Finished(Finished),
}

/// What has become of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// It was changed.
    Changed,
    /// It is gone.
    Removed,
    /// It was stopped, by somebody or because it is at its end.
    Stopped,
    /// It goes on after it was stopped.
    Restarted,
    /// So many jobs were changed at once that not all of them are named: read the list again.
    Many,
}

/// A job is another one than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobChange {
    /// What has become of it.
    pub change: Change,
    /// Which job; absent when they are `many`.
    pub job_id: Option<JobId>,
    /// Its name, as it is now.
    pub name: Option<String>,
}

/// The work of an execution has begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The number of the execution.
    pub exec_id: ExecId,
    /// The job.
    pub job_id: JobId,
    /// The name that the job has had then.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// Why it runs.
    pub source: Source,
    /// The instant for which it was due, or when it was asked for.
    pub scheduled_at: Time,
    /// When its work began.
    pub started_at: Time,
    /// By how much it was delayed on purpose, in milliseconds.
    pub jitter_ms: Option<i64>,
}

/// An execution is over, or was found not to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    /// The number of the execution.
    pub exec_id: ExecId,
    /// The job.
    pub job_id: JobId,
    /// The name that the job has had then.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// How it ended; `skipped` and `missed` have not begun at all.
    pub status: Status,
    /// The exit code of a command; 128 + n when signal n ended it.
    pub exit_code: Option<i32>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// What went wrong, or why it did not run; secrets in it read as `***`.
    pub error: Option<String>,
    /// For how many occurrences this stands: more than 1 only when they did not run.
    pub count: i64,
}

impl Change {
    /// What a write has made of a job that was or is stopped, for good or for a time.
    pub fn between(was_stopped: bool, is_stopped: bool) -> Change {
        match (was_stopped, is_stopped) {
            (false, true) => Change::Stopped,
            (true, false) => Change::Restarted,
            (true, true) | (false, false) => Change::Changed,
        }
    }
}

impl JobChange {
    /// A change of that job.
    pub fn of(job: &Job, change: Change) -> JobChange {
        JobChange {
            change,
            job_id: Some(job.id),
            name: Some(job.name.clone()),
        }
    }

    /// More jobs were changed than are named.
    pub(super) fn many() -> JobChange {
        JobChange {
            change: Change::Many,
            job_id: None,
            name: None,
        }
    }
}

impl Finished {
    /// The same with no more of its error than is told with an event.
    pub fn shortened(mut self) -> Finished {
        self.error = self.error.map(|error| cut_bytes(error, ERROR_BYTES));
        self
    }
}

impl Event {
    pub(super) fn is_of_job(&self) -> bool {
        matches!(self, Event::Job(_))
    }

    /// What it takes in memory, about.
    pub(super) fn bytes(&self) -> usize {
        /// Two counts of the pointer to it, the pointer itself, and what the allocator adds.
        const AROUND: usize = 64;
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let texts = match self {
            Event::Job(change) => length(&change.name),
            Event::Started(started) => started.job_name.len(),
            Event::Finished(finished) => finished.job_name.len() + length(&finished.error),
        };
        size_of::<Event>() + AROUND + texts
    }
}
