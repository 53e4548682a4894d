//! The operation `bulk`: an action on all jobs that pass a filter.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::{OneOrMore, is_default, one_or_more_jobs, state_or_all, statuses};
use jobs_model::{JobsOnly, Mode, Status};

/// An action of [`Bulk`].
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum BulkAction {
    /// Runs each job now, as `run` does.
    Run,
    /// Stops each job, as `stop` does.
    Stop,
    /// Starts each job again, as `restart` does.
    Restart,
    /// Removes each job, as `rm` does.
    Rm,
    /// Skips the next occurrence of each job, as `skip` does.
    Skip,
}

impl std::fmt::Display for BulkAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            BulkAction::Run => "run",
            BulkAction::Stop => "stop",
            BulkAction::Restart => "restart",
            BulkAction::Rm => "rm",
            BulkAction::Skip => "skip",
        })
    }
}

request! {
    /// Runs, stops, restarts, removes or skips all jobs that pass a filter, if their number is `count`.
    Bulk {
        /// The action on each job: run, stop, restart, rm or skip.
        #[arg(skip)]
        action: Option<BulkAction>,
        /// The number of jobs that pass the filter. With another number nothing is done, so that no job is hit unseen.
        #[arg(skip)]
        count: u64,
        /// As in `list`.
        #[arg(skip)]
        only: Option<JobsOnly>,
        /// As in `list`.
        #[arg(skip)]
        text: Option<String>,
        /// As in `list`.
        #[arg(skip)]
        tag: Option<String>,
        /// As in `list`.
        #[arg(skip)]
        mode: Option<Mode>,
        /// As in `list`.
        #[arg(skip)]
        #[serde(deserialize_with = "state_or_all")]
        #[schemars(with = "Option<i8>", range(min = -1, max = 2))]
        state: Option<u8>,
        /// As in `list`.
        #[arg(skip)]
        #[serde(deserialize_with = "statuses")]
        #[schemars(with = "Option<OneOrMore>")]
        last: Vec<Status>,
        /// As in `list`.
        #[arg(skip)]
        name: Option<String>,
        /// Only these jobs, by name, id or tag (@TAG).
        #[arg(skip)]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
        /// With `stop`: only until this time, such as "18:00" or "in 2h".
        #[arg(skip)]
        until: Option<String>,
        /// With `stop`: also stop their running executions, and drop those that wait.
        #[arg(skip)]
        running: bool,
        /// Only report which jobs pass the filter; change nothing.
        #[arg(skip)]
        dry_run: bool,
    }
}

/// How far a [`Bulk`] went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkDone {
    /// The number of jobs that pass the filter.
    pub matched: u64,
    /// The number of jobs with which it was done; 0 with `dry_run`.
    pub done: u64,
    /// The first 20 jobs with which it failed.
    pub failed: Vec<BulkFailure>,
    /// The number of further jobs with which it failed.
    pub more_failed: u64,
    /// The names of the first 20 jobs that pass the filter.
    pub names: Vec<String>,
}

/// A job with which a [`Bulk`] failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkFailure {
    /// The name of the job.
    pub job: String,
    /// Why it failed.
    pub error: String,
}
