//! Captured output: read it, clear it, and which logs are written.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::is_default;
use jobs_model::{Bytes, ExecId, Execution};

request! {
    /// Reads the output of one execution from an offset on; with `wait` it waits for more.
    ///
    /// Give `exec_id`, or a `job` for its running or else its latest execution.
    Logs {
        /// The job, by name or id.
        job: Option<JobRef>,
        /// The number of the execution.
        exec_id: Option<ExecId>,
        /// With `job`: only a later execution than this one; waits until there is one.
        after: Option<ExecId>,
        /// The first byte of stdout to read.
        stdout_offset: u64,
        /// The first byte of stderr to read.
        stderr_offset: u64,
        /// How long to wait for new output, in seconds, at most 30.
        wait: u64,
    }
}

/// A part of the output of an execution, and where the next part begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogChunk {
    /// The execution as it is now, without its output; absent when none came within `wait`.
    pub execution: Option<Execution>,
    /// The stdout from the offset on.
    pub stdout: Bytes,
    /// The stderr from the offset on.
    pub stderr: Bytes,
    /// The offset of the next part.
    pub stdout_next: u64,
    /// The offset of the next part of stderr.
    pub stderr_next: u64,
    /// How many bytes before this part are not kept, because there were too many.
    pub stdout_cut: u64,
    /// The same of stderr.
    pub stderr_cut: u64,
    /// How many bytes before this part are missing although they were kept: their file is gone or damaged.
    #[serde(default)]
    pub stdout_lost: u64,
    /// The same of stderr.
    #[serde(default)]
    pub stderr_lost: u64,
    /// Whether the execution is over and this was the last part.
    pub done: bool,
}

request! {
    /// Removes executions with their output, or empties the system log.
    ClearLogs {
        /// Which log: `job` or `zap` (the system log; needs an admin).
        #[serde(rename = "type")]
        kind: Option<LogKind>,
        /// With `job`: the job, by name or id.
        job: Option<JobRef>,
        /// Only executions that were due on this day, YYYY-MM-DD, in the zone of the daemon; with `zap` the file of
        /// this day, in UTC as the files are named. All days when absent.
        date: Option<String>,
    }
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

/// The executions or log files that were removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cleared {
    /// Whether there was anything.
    pub cleared: bool,
    /// How many executions, or lines of the system log.
    pub count: u64,
}

request! {
    /// Shows which logs are written.
    SwitchState {}
}

/// Which logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Switches {
    /// Whether the system log is (`logs.enabled`).
    #[serde(rename = "zapLogSwitch")]
    pub system: bool,
    /// Whether executions are: they always are.
    #[serde(rename = "jobLogSwitch")]
    pub jobs: bool,
}
