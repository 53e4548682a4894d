//! The scheduler: next runs, pause and resume, check, its jobs.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::jobs::JobView;
use super::request::request;
use super::values::is_default;
use jobs_schedule::Time;

request! {
    /// Lists the next runs of a job.
    Next {
        /// The job, by name or id.
        job: JobRef,
        /// The number of runs, 1 to 1000 [default: 5].
        #[arg(long)]
        count: Option<u32>,
        /// Only runs after this time.
        #[arg(skip)]
        from: Option<Time>,
        /// Only runs up to this time.
        #[arg(skip)]
        until: Option<Time>,
    }
}

/// When a job is due next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextRuns {
    /// The job's name.
    pub name: String,
    /// Its schedule.
    pub cron_expr: String,
    /// The zone in which it is read.
    pub timezone: String,
    /// The runs, the first one first; empty when it is stopped or never due again.
    pub next: Vec<NextRun>,
    /// Whether the scheduler is paused: the job is not due at these times unless the pause has ended by then.
    pub paused: bool,
}

/// One run that is to come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextRun {
    /// When; of the first one with its random delay.
    pub at: Time,
    /// A note: the run will be skipped, or a clock change moves it.
    pub note: Option<String>,
}

request! {
    /// Pauses the scheduler: no job is due until `resume`. Running executions go on.
    Pause {}
}

request! {
    /// Ends the pause of the scheduler. Missed occurrences are treated as `catch_up` of each job says.
    Resume {}
}

/// Whether the scheduler runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchedulerState {
    /// Whether jobs are due; not while it is paused.
    pub scheduler_running: bool,
}

request! {
    /// Checks all jobs, and repairs next runs that do not match the schedule.
    Check {}
}

/// The result of a check of all jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// How many jobs there are.
    pub jobs: u64,
    /// The names of jobs whose next run did not match the schedule and was repaired.
    pub mended: Vec<String>,
    /// Jobs that cannot run, and why.
    pub broken: Vec<BrokenJob>,
    /// Warnings about the machine, such as a `TZ` that names no time zone.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// A job that can't run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenJob {
    /// The name.
    pub job: String,
    /// Why.
    pub problem: String,
}

request! {
    /// Shows whether the scheduler runs, and lists its jobs.
    SchedulerJobs {}
}

/// The scheduler and its jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchedulerView {
    /// Whether jobs are due; not while it is paused.
    pub scheduler_running: bool,
    /// How many jobs it has: those that are not stopped.
    pub total_tasks: u64,
    /// The jobs that are due next, 1,000 at most.
    pub tasks: Vec<ScheduledJob>,
}

/// A job of the scheduler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduledJob {
    /// The job; `next_run` is when it is due.
    #[serde(flatten)]
    pub job: JobView,
    /// When it was due last.
    pub prev_run: Option<Time>,
}

request! {
    /// Shows the number of jobs, and whether the scheduler runs.
    JobState {}
}

/// How many jobs the scheduler has, and whether it runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobCount {
    /// How many jobs are not stopped.
    pub num: u64,
    /// Whether jobs are due; not while the scheduler is paused.
    pub state: bool,
}

request! {
    /// Shows whether the scheduler runs, and the number of jobs.
    JobStatus {}
}

/// Whether the scheduler runs, and how many jobs it has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCount {
    /// Whether jobs are due; not while the scheduler is paused.
    pub running: bool,
    /// How many jobs are not stopped.
    pub task_count: u64,
}
