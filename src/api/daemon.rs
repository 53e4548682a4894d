//! The daemon: status, health, metrics, configuration, reload, shutdown.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use jobs_schedule::Time;

request! {
    /// Shows the version of the daemon and the features that it was built with.
    Version {}
}

/// The version of a program and the features that it was built with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgramVersion {
    /// The version.
    pub version: String,
    /// The cargo features, such as `http`.
    pub features: Vec<String>,
}

impl ProgramVersion {
    /// The version of this program.
    pub fn own() -> ProgramVersion {
        let features = [("http", cfg!(feature = "http"))];
        ProgramVersion {
            version: env!("CARGO_PKG_VERSION").to_string(),
            features: features
                .into_iter()
                .filter(|(_, is_built)| *is_built)
                .map(|(name, _)| name.to_string())
                .collect(),
        }
    }
}

request! {
    /// Shows the state of the daemon, its scheduler and its jobs.
    Status {}
}

/// The state of the daemon, its scheduler and its jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DaemonStatus {
    /// The name of this installation (`app.name`).
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started_at: Time,
    /// How long it has been up, in seconds.
    pub uptime_seconds: u64,
    /// Whether the scheduler runs jobs; it does not while the daemon shuts down.
    pub scheduler_running: bool,
    /// Whether the scheduler is paused: no job is due until `resume`.
    pub paused: bool,
    /// Why the scheduler cannot work, such as a full disk; absent when it can.
    pub trouble: Option<String>,
    /// The time zone of schedules that name none.
    pub timezone: String,
    /// Warnings about the machine, such as a `TZ` that names no time zone.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// How many jobs there are.
    pub jobs: u64,
    /// How many of them are stopped.
    pub stopped: u64,
    /// How many executions run.
    pub running: u64,
    /// How many executions wait.
    pub queued: u64,
    /// Number of open alerts.
    #[serde(default)]
    pub open_alerts: u64,
    /// The jobs of which executions wait for a place, and what they wait for; 20 at most, the one that waits the longest first.
    pub waits: Vec<JobWait>,
    /// The job that is due next.
    pub next_job: Option<String>,
    /// When it is due.
    pub next_run: Option<Time>,
    /// The configuration file.
    pub config_file: String,
    /// The database.
    pub database: String,
    /// The folder of the system log.
    pub log_folder: String,
    /// The socket on which it answers.
    pub socket: String,
    /// The URL of the HTTP server; absent while it is closed.
    pub http: Option<String>,
}

/// A job of which executions wait for a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobWait {
    /// The name of the job.
    pub job: String,
    /// How many of its executions wait.
    pub executions: u32,
    /// When the first of them was due.
    pub since: Time,
    /// The reason why they wait: executions of the job itself, or of other jobs.
    pub reason: String,
}

request! {
    /// Shows whether the daemon works, and its memory and database.
    Health {}
}

/// Whether the daemon works, and its memory and database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HealthReport {
    /// Whether everything works.
    pub healthy: bool,
    /// The problems, one sentence each.
    pub problems: Vec<String>,
    /// The name of this installation.
    pub app_name: String,
    /// The version of the program.
    pub app_version: String,
    /// The port of the HTTP server; absent while it is closed.
    pub server_port: Option<u16>,
    /// The time, in seconds since 1970.
    pub timestamp: i64,
    /// How long the daemon has been up, in seconds.
    pub uptime: u64,
    /// The memory that it uses.
    pub memory: Memory,
    /// How many threads it has.
    pub threads: u64,
    /// How many lines of the system log could not be written since the start, because the disk or the reader of stderr was too
    /// slow.
    #[serde(default)]
    pub lost_log_lines: u64,
    /// How the database is.
    pub database: DatabaseHealth,
    /// How the scheduler is.
    pub scheduler: SchedulerHealth,
    /// The jobs of which executions wait for a place, the one that waits the longest first, 20 at most. They are a problem when
    /// they have waited for a minute. Empty for a caller without a role.
    #[serde(default)]
    pub waits: Vec<JobWait>,
}

/// The memory that the daemon uses, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// Its resident memory.
    pub rss: u64,
    /// The memory that it has reserved.
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
    /// How late the longest overdue job is, in milliseconds; 0 when none is late.
    pub lag_ms: u64,
    /// Why it cannot work; absent when it can.
    pub trouble: Option<String>,
}

request! {
    /// Shows the metrics of the daemon in the text format of Prometheus.
    Metrics {}
}

/// The figures of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exposition {
    /// The metrics, in the text format of Prometheus, version 0.0.4.
    pub text: String,
}

request! {
    /// Shows the settings of jobs.
    Settings {}
}

/// The settings of jobs that hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobsConfig {
    /// The policy of a new job when it overlaps itself: 0 parallel, 1 skip, 2 queue, 3 replace.
    pub default_allow_mode: u8,
    /// Whether a run by hand starts although the job is running, whatever its `allow_mode`.
    pub manual_allow_concurrent: bool,
    /// The timeout of a job that names none, in seconds; 0 is none.
    pub default_timeout_seconds: u64,
    /// The largest part of the body of an HTTP response that is kept, in bytes; 0: no limit.
    pub http_response_max_bytes: u64,
    /// Whether each execution leaves a line in the system log when it ends.
    pub log_summary_enabled: bool,
    /// Read and kept for clients of the original system; it has no effect.
    pub log_line_truncate: u64,
    /// How many executions of one job are kept; 0 is no limit.
    pub job_log_keep_count: u64,
    /// Days that executions are kept; 0 is no limit.
    pub history_days: u64,
    /// Upper bound on all captured output on disk, in bytes; 0 is no limit.
    pub history_max_bytes: u64,
    /// Upper bound on the output of one execution on each of stdout and stderr, in bytes.
    pub output_max_bytes: u64,
    /// How many executions run at once.
    pub max_concurrent: u32,
    /// How many executions of one job run at once; 0: a quarter of `max_concurrent`, and of few places up to 4 but not all.
    pub max_concurrent_per_job: u32,
    /// The time between the signal to end (SIGTERM) and the kill (SIGKILL), in seconds.
    pub kill_grace: u64,
    /// The shell that runs `command` jobs.
    pub shell: String,
    /// Whether a shell that knows the option `pipefail` gets it.
    pub pipefail: bool,
    /// The zone of jobs that name none.
    pub timezone: String,
}

request! {
    /// Reads the configuration file (and the crontab of `start --crontab`) again.
    Reload {}
}

/// The outcome of a reload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reloaded {
    /// Warnings, such as keys that need a restart.
    pub warnings: Vec<String>,
}

request! {
    /// Ends the daemon, as SIGTERM does.
    Shutdown {}
}

/// The operation was done; the answer has no fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}
