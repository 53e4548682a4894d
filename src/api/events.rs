//! Event streams: the filter of a listener, and the fields of each event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::is_default;
use clap::Args;
use jobs_events::Event;
pub use jobs_events::{Change, Finished, JobChange, PauseChange, Started};
use jobs_model::ExecId;

/// The events that a caller wants: everything but output when nothing is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Also what executions print; 32 of them at once are followed.
    pub output: bool,
    /// Only of this job, by name or id, and what its executions print.
    pub job: Option<JobRef>,
    /// Only of this execution, and what it prints, from the beginning; the stream ends with it.
    pub exec_id: Option<ExecId>,
}

/// A stream that a command writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputStream {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
}

/// A part of what an execution printed; the parts of a stream follow each other without a gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutputPart {
    /// The number of the execution.
    pub exec_id: ExecId,
    /// The name that the job has had then.
    pub job_name: String,
    /// Where it was written to.
    pub stream: OutputStream,
    /// The text that was written; secrets are shown as `*`.
    pub text: String,
    /// How many bytes before this part are not kept, because there were too many.
    pub cut: u64,
}

/// Output of executions is not told here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unfollowed {
    /// The number of the execution.
    pub exec_id: ExecId,
    /// The name that the job has had then, as far as it is known.
    pub job_name: Option<String>,
    /// Why not.
    pub reason: String,
}

/// Some events are lost. Data that was read before may be out of date: read the lists again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reset {
    /// Why.
    pub reason: String,
}

/// The last event of a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bye {
    /// Why it ends.
    pub reason: String,
}

request! {
    /// Lists what happens after a position; with `wait` it waits for the next event.
    ///
    /// Without `after` the answer is the present position, without events.
    NewEvents {
        /// The position in the last answer.
        #[arg(skip)]
        after: Option<String>,
        /// How long to wait for an event, in seconds, at most 30.
        #[arg(skip)]
        wait: u64,
    }
}

/// Events after a position, and the position after them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventPage {
    /// The position for the next call.
    pub position: String,
    /// The events, the oldest first; none when none came within `wait`.
    pub events: Vec<EventEntry>,
    /// Whether events before these are lost: the caller was too slow, or the daemon was started again.
    pub lost: bool,
}

/// An event with its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum EventEntry {
    /// A job was added, changed, removed, stopped or restarted.
    Job(JobChange),
    /// The work of an execution has begun.
    Started(Started),
    /// An execution has ended, or was not run at all.
    Finished(Finished),
    /// The scheduler was paused, or its pause has ended.
    Pause(PauseChange),
}

impl From<&Event> for EventEntry {
    fn from(event: &Event) -> EventEntry {
        match event {
            Event::Job(change) => EventEntry::Job(change.clone()),
            Event::Started(started) => EventEntry::Started(started.clone()),
            Event::Finished(finished) => EventEntry::Finished(finished.clone()),
            Event::Pause(pause) => EventEntry::Pause(*pause),
        }
    }
}
