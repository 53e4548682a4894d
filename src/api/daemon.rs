//! The daemon: status, health, metrics, configuration, reload, shutdown.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use crate::schedule::Time;

request! {
    /// Tells how the daemon, its scheduler and its jobs are.
    Status {}
}

/// How the daemon, its scheduler and its jobs are.
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
    /// What keeps the scheduler from doing its work, such as a full disk.
    pub trouble: Option<String>,
    /// The zone in which schedules without one of their own are read.
    pub timezone: String,
    /// How many jobs there are.
    pub jobs: u64,
    /// How many of them are stopped.
    pub stopped: u64,
    /// How many executions run.
    pub running: u64,
    /// How many executions wait.
    pub queued: u64,
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
    /// Where the HTTP door is open, as a URL.
    pub http: Option<String>,
}

request! {
    /// Tells whether the daemon is in order, and what it uses.
    Health {}
}

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

request! {
    /// Tells the figures of the daemon in the text format of Prometheus.
    Metrics {}
}

/// The figures of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exposition {
    /// In the text format of Prometheus, version 0.0.4.
    pub text: String,
}

request! {
    /// Tells the settings of jobs that hold.
    Settings {}
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

request! {
    /// Reads the configuration file (and the crontab of `start --crontab`) again.
    Reload {}
}

/// What a reload did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reloaded {
    /// What the operator should know, such as keys that need a restart.
    pub warnings: Vec<String>,
}

request! {
    /// Ends the daemon, as SIGTERM does.
    Shutdown {}
}

/// It was done; there is nothing else to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}
