//! The asks of those who look on: health, figures, logs a page at a time, and what holds for all jobs.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::JobRef;
use super::ask::ask;
use super::values::is_default;
use crate::model::{ExecId, Status as ExecutionStatus};

ask! {
    /// Tells whether the daemon is in order, and what it uses.
    Health {}
}

ask! {
    /// Tells the figures of the daemon in the text format of Prometheus.
    Metrics {}
}

ask! {
    /// Pauses the scheduler: no job is due until `resume`. What runs goes on.
    Pause {}
}

ask! {
    /// Ends a pause of the scheduler; what was missed meanwhile is the business of `catch_up`.
    Resume {}
}

ask! {
    /// Goes through all jobs and mends the next run of those where it is not what their schedule says.
    Check {}
}

ask! {
    /// Tells whether the scheduler runs, and which jobs it has.
    SchedulerJobs {}
}

ask! {
    /// Tells how many jobs the scheduler has, and whether it runs.
    JobState {}
}

ask! {
    /// Tells whether the scheduler runs, and how many jobs it has.
    JobStatus {}
}

ask! {
    /// Lists executions a page at a time, as entries of a log.
    Entries {
        /// The job, by name or id; all jobs when absent.
        job: Option<JobRef>,
        /// Only those that were due on this day, YYYY-MM-DD, in the zone of the daemon.
        date: Option<String>,
        /// Only those with this status.
        status: Option<ExecutionStatus>,
        /// At most this many of them in all; 0 is no limit.
        limit: Option<u32>,
        /// Which page, from 1.
        page: Option<u32>,
        /// How many on a page, 1 to 500 [default: 20].
        size: Option<u32>,
        /// `desc`, the newest first, or `asc` [default: desc].
        order: Option<Order>,
    }
}

ask! {
    /// Shows one execution as an entry of a log.
    Entry {
        /// The job that it must be of, by name or id; any when absent.
        job: Option<JobRef>,
        /// The number of the execution.
        #[arg(value_name = "EXEC")]
        exec_id: ExecId,
    }
}

ask! {
    /// Removes executions with their output, or empties the system log.
    ClearLogs {
        /// Which log: `job` or `zap` (the system log; needs an admin).
        #[serde(rename = "type")]
        kind: Option<LogKind>,
        /// With `job`: of which job, by name or id.
        job: Option<JobRef>,
        /// Only what was due on this day, YYYY-MM-DD, in the zone of the daemon; with `zap` the file of this day, in UTC as the
        /// files are named. All days when absent.
        date: Option<String>,
    }
}

ask! {
    /// Lists what the daemon has to say for itself, the newest first.
    SystemLog {
        /// Of which day, YYYY-MM-DD, in UTC as the files are named [default: today].
        date: Option<String>,
        /// Only lines of this level: `error`, `warn`, `info`, `debug` or `trace`.
        level: Option<String>,
        /// Which page, from 1.
        page: Option<u32>,
        /// How many on a page, 1 to 500 [default: 10].
        size: Option<u32>,
    }
}

ask! {
    /// Reads a file of the system log from an offset on.
    SystemLogFile {
        /// Of which day, YYYY-MM-DD, in UTC as the files are named [default: today].
        date: Option<String>,
        /// From which byte on.
        offset: u64,
    }
}

ask! {
    /// Tells which logs are written.
    SwitchState {}
}

ask! {
    /// Tells the settings of jobs that hold.
    Settings {}
}

/// In which order a list is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The newest first.
    #[default]
    Desc,
    /// The oldest first.
    Asc,
}

/// Which log.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    /// The executions of a job.
    Job,
    /// The system log; the original system calls it so.
    Zap,
}
