//! A digest of events: which jobs are concerned and how many executions ended, once a second at most.

use std::collections::BTreeMap;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;
use jobs_model::{JobId, Status};

request! {
    /// Sums up what happened after a position; with `wait` it waits for something to happen, and answers once a second at most.
    ///
    /// Without `after` the answer is the present position and the present counts.
    Digest {
        /// The position in the last answer.
        #[arg(skip)]
        after: Option<String>,
        /// How long to wait for something to happen, in seconds, at most 30.
        #[arg(skip)]
        wait: u64,
    }
}

/// The events since the last digest in sums, and how many executions run now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventDigest {
    /// The position for the next call.
    pub position: String,
    /// Whether events are lost: the caller was too slow, or the daemon was started again. Everything may have changed.
    pub lost: bool,
    /// The numbers of the jobs that something happened to, 500 at most.
    pub changed: Vec<JobId>,
    /// Whether something happened to further jobs.
    pub more: bool,
    /// How many executions began.
    pub started: u64,
    /// How many executions ended, or did not run at all, by status.
    pub ended: BTreeMap<Status, u64>,
    /// Whether a job was added, changed, removed, stopped or restarted.
    pub jobs_changed: bool,
    /// How many executions run now.
    pub running: u64,
    /// How many executions wait now.
    pub queued: u64,
    /// Whether the scheduler is paused now.
    pub paused: bool,
}
