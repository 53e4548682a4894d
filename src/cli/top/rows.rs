//! The parts of the daemon's answers that the screen shows.

use jobs_model::{ExecId, Job, JobId, LastExecution, State, Status};
use jobs_schedule::Time;
use serde::Deserialize;

/// A job on the screen.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    #[serde(flatten)]
    pub job: Job,
    pub state: State,
    pub running: u32,
    pub queued: u32,
    pub last: Option<LastExecution>,
    pub paused: bool,
    /// The last executions, the oldest first.
    #[serde(default)]
    pub strip: Vec<StripRun>,
    /// How long the job usually takes, in milliseconds.
    #[serde(default)]
    pub usual_ms: Option<i64>,
    /// How many executions in a row have failed.
    #[serde(default)]
    pub streak: u32,
    /// When the execution that runs began.
    #[serde(default)]
    pub running_since: Option<Time>,
    #[serde(default)]
    pub running_exec: Option<ExecId>,
}

/// An execution in the strip of a job.
#[derive(Clone, Debug, Deserialize)]
pub struct StripRun {
    pub status: Status,
    pub duration_ms: Option<i64>,
}

/// A page of jobs.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RowPage {
    pub items: Vec<Row>,
    pub total: u64,
    pub page: u32,
    #[serde(default)]
    pub counts: Option<Counts>,
}

/// How many jobs each filter shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Counts {
    pub all: u64,
    pub failing: u64,
    pub running: u64,
    pub missed: u64,
    pub slower: u64,
    pub stopped: u64,
    pub never: u64,
}

impl Row {
    pub fn id(&self) -> JobId {
        self.job.id
    }

    /// The execution whose log a person means: the one that runs, else the last one.
    pub fn shown_exec(&self) -> Option<ExecId> {
        self.running_exec
            .or_else(|| self.last.as_ref().map(|last| last.exec_id))
    }
}
