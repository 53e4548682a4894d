//! Jobs: list, show, remove, stop, skip occurrences, restart.

use std::collections::BTreeMap;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::{OneOrMore, is_default, one_or_more_jobs, state, state_or_all, statuses};
use jobs_model::{ExecId, Job, JobSort, JobsOnly, LastExecution, Mode, State, Status, StripRun};
use jobs_schedule::Time;

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
    /// With `strip`: its latest executions that ran or were missed, the oldest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip: Option<Vec<StripRun>>,
    /// The median duration of its last 15 successes, in milliseconds; absent with fewer than 3 successes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_ms: Option<i64>,
    /// The failures in a row, each retry counted; 0 when the last execution succeeded. Cancelled executions and occurrences that
    /// did not run are left out.
    #[serde(default)]
    pub streak: i64,
    /// When the first of these failures ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Time>,
    /// When its oldest running execution began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_since: Option<Time>,
    /// The number of that execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_exec: Option<ExecId>,
    /// With `work` of `show`: the values of its work, by the names that `add` and `edit` have for them. Absent when the stored text
    /// of the work cannot be read. Secrets read as `***`; `edit` keeps a secret that is sent back so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<BTreeMap<String, WorkValue>>,
}

/// A value of the work of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WorkValue {
    /// Seconds, attempts, a priority.
    Number(i64),
    /// Anything else that is one value.
    Text(String),
    /// Variables as `K=V`, headers as `K:V`, arguments.
    List(Vec<String>),
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
        /// `due`: the job that is due next comes first; or `newest`: the job that was added last [default: due]. `sort` comes before it.
        #[arg(skip)]
        order: Option<JobOrder>,
        /// The order: by next run, name, end of the last run, its duration, its status (the worst first), or the newest job
        /// first. Jobs without the value come last [default: next].
        #[arg(long, value_enum, value_name = "KEY")]
        sort: Option<JobSort>,
        /// Reverse the order.
        #[arg(long)]
        desc: bool,
        /// Only jobs whose last run has one of these statuses.
        #[arg(skip)]
        #[serde(deserialize_with = "statuses")]
        #[schemars(with = "Option<OneOrMore>")]
        last: Vec<Status>,
        /// Only jobs with this text in the name, the command, the description or the schedule, in any case.
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
        /// Only jobs with this tag.
        #[arg(long, value_name = "TAG")]
        tag: Option<String>,
        /// Only these jobs: `failing` (the last run failed), `running`, `missed` (the last occurrence was missed), `slower` (the
        /// last run, or one that runs now, takes more than twice as long as usual), `stopped`, or `never` (none has run).
        #[arg(skip)]
        only: Option<JobsOnly>,
        /// Show so many of the last runs of each job, 0 to 100.
        #[arg(skip)]
        strip: u32,
        /// Also count the jobs in each choice of `only` that pass the other filters.
        #[arg(skip)]
        counts: bool,
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
        /// Also show the values of its work one by one.
        #[arg(skip)]
        work: bool,
    }
}

request! {
    /// Removes jobs with their history; their running executions are stopped.
    Rm {
        /// The jobs, by name, id or tag (@TAG).
        #[arg(required = true, value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
    }
}

request! {
    /// Stops jobs: they are not due any more. Their running executions go on, unless --running is given.
    Stop {
        /// The jobs, by name, id or tag (@TAG).
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
        /// The jobs, by name, id or tag (@TAG).
        #[arg(required_unless_present = "all", value_name = "JOB")]
        #[serde(deserialize_with = "one_or_more_jobs")]
        jobs: Vec<JobRef>,
        /// Keep the run count; a job whose executions have reached --max-runs is refused.
        #[arg(long)]
        keep_count: bool,
    }
}
