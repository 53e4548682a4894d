//! Jobs: list, show, remove, stop, skip occurrences, restart.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::{is_default, one_or_more_jobs, state, state_or_all};
use crate::model::{Job, LastExecution, Mode, State};

/// A job as a person or a program sees it: what is stored and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobView {
    /// What is stored of it.
    #[serde(flatten)]
    pub job: Job,
    /// How it stands: 0 waiting, 1 running, 2 stopped.
    pub state: State,
    /// How many executions of it run.
    pub running: u32,
    /// How many executions of it wait for their turn.
    pub queued: u32,
    /// Its latest execution that has ended (or did not run).
    pub last: Option<LastExecution>,
}

request! {
    /// Lists the jobs, the one that is due next first.
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
        /// Which page, from 1 [default: 1].
        #[arg(skip)]
        page: Option<u32>,
        /// How many on a page, 1 to 500 [default: 10; without `page`, and by the operation's own name, all of them].
        #[arg(skip)]
        size: Option<u32>,
        /// `due`, the one that is due next first, or `newest` [default: due].
        #[arg(skip)]
        order: Option<JobOrder>,
    }
}

/// In which order jobs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JobOrder {
    /// The one that is due next first.
    #[default]
    Due,
    /// The one that was added last first.
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
    /// Removes jobs with their history; what runs of them is stopped.
    Rm {
        /// The jobs, by name or id.
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
    }
}

request! {
    /// Stops jobs: they are not due any more. What runs of them goes on, unless --running is given.
    Stop {
        /// The jobs, by name or id.
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
        /// Stop what runs of them too, and drop what waits.
        #[arg(long)]
        running: bool,
        /// Only until this time, such as "18:00" or "in 2h": then they go on by themselves.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
    }
}

request! {
    /// Skips the next occurrences of a job; the history says so.
    Skip {
        /// The job, by name or id.
        job: JobRef,
        /// How many of the next occurrences; 0 skips none of them [default: 1].
        #[arg(value_name = "N")]
        count: Option<u32>,
    }
}

request! {
    /// Sets stopped jobs going again and counts their runs anew.
    Restart {
        /// The jobs, by name or id.
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
    }
}
