//! Jobs: list, show, remove, stop, skip occurrences, restart.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::{is_default, one_or_more_jobs, state, state_or_all};
use jobs_model::{Job, LastExecution, Mode, State};

/// A job as a caller sees it: the stored job and its present state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobView {
    /// The stored job.
    #[serde(flatten)]
    pub job: Job,
    /// The state: 0 waiting, 1 running, 2 stopped.
    pub state: State,
    /// The number of its executions that run.
    pub running: u32,
    /// The number of its executions that wait in the queue.
    pub queued: u32,
    /// Its latest execution that has ended (or did not run).
    pub last: Option<LastExecution>,
    /// Whether the scheduler is paused: the job is not due at `next_at` unless the pause has ended by then.
    pub paused: bool,
}

request! {
    /// Lists the jobs; the job that is due next comes first.
    List {
        /// Only jobs whose name contains this text.
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// Only jobs in this state: 0 waiting, 1 running, 2 stopped; -1 is all.
        #[arg(long, value_name = "STATE", value_parser = state)]
        #[serde(deserialize_with = "state_or_all")]
        #[schemars(with = "Option<i8>", range(min = -1, max = 2))]
        state: Option<u8>,
        /// Only jobs of this kind of work.
        #[arg(long, value_enum)]
        mode: Option<Mode>,
        /// The page, from 1 on [default: 1].
        #[arg(skip)]
        page: Option<u32>,
        /// The size of a page, 1 to 500 [default: 10; without `page`, and by the operation's own name, all jobs].
        #[arg(skip)]
        size: Option<u32>,
        /// `due`: the job that is due next comes first; or `newest`: the job that was added last [default: due].
        #[arg(skip)]
        order: Option<JobOrder>,
    }
}

/// In which order jobs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobOrder {
    /// The job that is due next comes first.
    #[default]
    Due,
    /// The job that was added last comes first.
    Newest,
}

request! {
    /// Shows one job.
    Show {
        /// The job, by name or id.
        job: JobRef,
    }
}

request! {
    /// Removes jobs with their history; their running executions are stopped.
    Rm {
        /// The jobs, by name or id.
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
    }
}

request! {
    /// Stops jobs: they are not due any more. Their running executions go on, unless --running is given.
    Stop {
        /// The jobs, by name or id.
        #[arg(required_unless_present = "all", value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
        /// Also stop their running executions, and drop those that wait.
        #[arg(long)]
        running: bool,
        /// Stop only until this time, such as "18:00" or "in 2h"; then the jobs continue by themselves.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    }
}

request! {
    /// Skips the next occurrences of a job; the history says so.
    Skip {
        /// The job, by name or id.
        job: JobRef,
        /// The number of occurrences to skip; 0 skips none [default: 1].
        #[arg(value_name = "N")]
        count: Option<u32>,
    }
}

request! {
    /// Starts stopped jobs again and sets their run count to 0.
    Restart {
        /// The jobs, by name or id.
        #[arg(required_unless_present = "all", value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
        /// Keep the run count; a job whose executions have reached --max-runs is refused.
        #[arg(long)]
        keep_count: bool,
    }
}
