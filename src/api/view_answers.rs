//! The answers to those who look on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::JobView;
use crate::model::{Bytes, ExecId, JobId, Lossy, Mode, Source, Status};
use crate::schedule::Time;

/// Whether the daemon is in order, and what it uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HealthReport {
    /// Whether everything is in order.
    pub healthy: bool,
    /// What is not, a sentence each.
    pub problems: Vec<String>,
    /// The name of this installation.
    pub app_name: String,
    /// The version of the program.
    pub app_version: String,
    /// The port of the HTTP door; absent while it is closed.
    pub server_port: Option<u16>,
    /// What time it is, in seconds since 1970.
    pub timestamp: i64,
    /// How long the daemon has been up, in seconds.
    pub uptime: u64,
    /// What memory it uses.
    pub memory: Memory,
    /// How many threads it has.
    pub threads: u64,
    /// How the database is.
    pub database: DatabaseHealth,
    /// How the scheduler is.
    pub scheduler: SchedulerHealth,
}

/// What memory the daemon uses, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// What it has in memory.
    pub rss: u64,
    /// What it has reserved.
    #[serde(rename = "virtual")]
    pub reserved: u64,
}

/// How the database is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseHealth {
    /// Whether it can be read and written.
    pub ok: bool,
    /// Why not.
    pub error: Option<String>,
    /// How long a write took that changed nothing, in milliseconds.
    pub latency_ms: f64,
    /// How large its file is, in bytes.
    pub size_bytes: u64,
}

/// How the scheduler is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchedulerHealth {
    /// Whether its loop goes on.
    pub running: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// By how much the job that is longest overdue is late, in milliseconds; 0 when none is.
    pub lag_ms: u64,
    /// What keeps it from its work.
    pub trouble: Option<String>,
}

/// The figures of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exposition {
    /// In the text format of Prometheus, version 0.0.4.
    pub text: String,
}

/// Whether the scheduler runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchedulerState {
    /// Whether jobs are due; not while it is paused.
    pub scheduler_running: bool,
}

/// What came of going through all jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// How many jobs there are.
    pub jobs: u64,
    /// Those whose next run was not what their schedule says, and is now.
    pub mended: Vec<String>,
    /// Those that can't run, and why.
    pub broken: Vec<BrokenJob>,
}

/// A job that can't run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenJob {
    /// Its name.
    pub job: String,
    /// Why.
    pub problem: String,
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

/// How many jobs the scheduler has, and whether it runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobCount {
    /// How many jobs are not stopped.
    pub num: u64,
    /// Whether jobs are due; not while the scheduler is paused.
    pub state: bool,
}

/// Whether the scheduler runs, and how many jobs it has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCount {
    /// Whether jobs are due; not while the scheduler is paused.
    pub running: bool,
    /// How many jobs are not stopped.
    pub task_count: u64,
}

/// An execution as an entry of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogEntry {
    /// When it began, or when it was due if it did not.
    pub time: Time,
    /// When it ended.
    pub end_time: Option<Time>,
    /// The job.
    pub job_id: JobId,
    /// The name that the job had then.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// The number of the execution.
    pub exec_id: ExecId,
    /// Why it ran.
    pub source: Source,
    /// The work, as it was then.
    pub command: String,
    /// The exit code of a command.
    pub exit_code: Option<i32>,
    /// What it printed: all of it up to 16 KiB, else the last 16 KiB.
    pub stdout: Lossy,
    /// What it printed to stderr, in the same way.
    pub stderr: Lossy,
    /// How many bytes it printed in all; more than `stdout` has when that is the end only.
    pub stdout_bytes: u64,
    /// The same of stderr.
    pub stderr_bytes: u64,
    /// How it stands, or how it ended.
    pub status: Status,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// What went wrong, or why it did not run.
    pub error_msg: Option<String>,
}

/// What was cleared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cleared {
    /// Whether there was anything.
    pub cleared: bool,
    /// How many executions, or lines of the system log.
    pub count: u64,
}

/// A line of the system log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemLogLine {
    /// How severe it is, such as `INFO`.
    pub level: String,
    /// When.
    pub time: String,
    /// Which part of the program says it.
    pub caller: String,
    /// What it says.
    pub msg: String,
    /// What more it says, by name.
    #[serde(flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}

/// A part of a file of the system log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemLogPart {
    /// What stands there.
    pub text: Bytes,
    /// The offset of the next part.
    pub next: u64,
    /// Whether this was the last part, for now.
    pub done: bool,
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

/// The settings of jobs that hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobsConfig {
    /// What a new job does when it overlaps itself: 0 parallel, 1 skip, 2 queue, 3 replace.
    pub default_allow_mode: u8,
    /// Whether a run by hand starts although the job is running, whatever its `allow_mode`.
    pub manual_allow_concurrent: bool,
    /// The timeout of a job that names none, in seconds; 0 is none.
    pub default_timeout_seconds: u64,
    /// How much of the body of an HTTP response is kept, in bytes; 0 is no limit of its own.
    pub http_response_max_bytes: u64,
    /// Whether each execution leaves a line in the system log when it ends.
    pub log_summary_enabled: bool,
    /// Read and kept for the original system's clients; without effect.
    pub log_line_truncate: u64,
    /// How many executions of one job are kept; 0 is no limit.
    pub job_log_keep_count: u64,
    /// Days that executions are kept; 0 is no limit.
    pub history_days: u64,
    /// What all captured output may take on disk, in bytes; 0 is no limit.
    pub history_max_bytes: u64,
    /// What one execution may write to each of stdout and stderr, in bytes.
    pub output_max_bytes: u64,
    /// How many executions run at once.
    pub max_concurrent: u32,
    /// How long a job gets between the polite signal and the kill, in seconds.
    pub kill_grace: u64,
    /// The shell that runs `command` jobs.
    pub shell: String,
    /// The zone of jobs that name none.
    pub timezone: String,
}
