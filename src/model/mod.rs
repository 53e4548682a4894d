//! The types that all rooms share: a job, an execution, and the enums that describe them. The store has row structs of its own.

mod access;
mod alerts;
mod bytes;
mod channels;
mod figures;
mod network;
mod pause;
mod runs;
mod words;

use serde::{Deserialize, Serialize};

pub use access::{
    Admin, AuditFilter, AuditRow, NewAdmin, NewAuditRow, NewSession, NewToken, Session, Token,
};
pub use alerts::{
    Alert, AlertAfter, AlertRule, AlertTime, Condition, JobAlerts, NoticeRow, NoticeState, TimeKind,
};
pub use bytes::{Bytes, Lossy};
pub use channels::{Channel, NewChannel, Notice};
pub use figures::{JobFigures, Quarter, Rows, StatusCounts};
pub use network::{Network, NetworkError};
pub use pause::Pause;
pub use runs::{JobRuns, ListCounts, StripRun};
pub use words::{
    CatchUp, IpList, JobSort, JobsOnly, Mode, NoticeEvent, Outcome, Overlap, Role, Severity,
    Source, State, Status, UnknownWord,
};

use jobs_schedule::Time;

/// The number of a job. The number of a removed job is never used again.
pub type JobId = i64;

/// The number of an execution, rising in the order in which executions were admitted.
pub type ExecId = i64;

/// A job as it is stored: its work, its schedule and its rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Job {
    /// Number of the job.
    pub id: JobId,
    /// Name of the job, unique, not digits only.
    pub name: String,
    /// Purpose of the job, in the operator's words.
    pub desc: String,
    /// Schedule: a cron expression, `@every ...`, `@at ...` or another `@` word.
    pub cron_expr: String,
    /// Time zone of the schedule. Absent: the zone of the daemon.
    pub timezone: Option<String>,
    /// The kind of work.
    pub mode: Mode,
    /// The work, in the bracket format.
    pub command: String,
    /// Overlap policy: the action when the job is due while an execution of it still runs.
    pub allow_mode: Overlap,
    /// Upper bound on the executions of the job in all; 0: no limit.
    pub max_run_count: i64,
    /// Number of executions since the job was added or restarted.
    pub run_count: i64,
    /// Whether the operator (or `max_run_count`) has stopped the job.
    pub stopped: bool,
    /// Treatment of missed occurrences.
    pub catch_up: CatchUp,
    /// Maximum age of a missed occurrence that is made up, in seconds; 0: no limit.
    pub catch_up_window: i64,
    /// Settings about alerts.
    #[serde(flatten)]
    pub alerts: JobAlerts,
    /// The crontab that the job was imported from.
    pub origin: Option<String>,
    /// Maximum random delay of each run, in seconds. The delay ends before the next occurrence.
    pub jitter: i64,
    /// Maximum number of retries after an execution that failed or timed out.
    pub retries: i64,
    /// Delay of the first retry, in seconds.
    pub retry_delay: i64,
    /// Backoff factor: each retry waits this many times as long as the retry before.
    pub retry_backoff: f64,
    /// Maximum delay of a retry, in seconds; 0: no limit.
    pub retry_max: i64,
    /// The job has no occurrences before this instant.
    pub start_at: Option<Time>,
    /// The job has no occurrences after this instant.
    pub end_at: Option<Time>,
    /// The first occurrence within a stop that ends at `stopped_until`. The history records the occurrences from here on as skipped.
    #[serde(skip)]
    pub stopped_from: Option<Time>,
    /// The job is stopped until this instant; then it resumes automatically.
    pub stopped_until: Option<Time>,
    /// How many of the next occurrences the job skips.
    pub skip_next: i64,
    /// The next run, including its random delay. Absent when the job is stopped or has no further occurrence.
    #[serde(rename = "next_run")]
    pub next_at: Option<Time>,
    /// The occurrence of `next_at`, without the random delay.
    #[serde(skip)]
    pub scheduled_at: Option<Time>,
    /// The instant from which `@every` counts its intervals.
    pub anchor_at: Time,
    /// All occurrences up to this instant have been claimed. Until the clock shows it again after a small step back, no change of the
    /// job makes them due again.
    #[serde(skip)]
    pub claimed_until: Option<Time>,
    /// When the job was added.
    pub created_at: Time,
    /// When the job was last changed.
    pub updated_at: Time,
    /// Words by which jobs are grouped, each once.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Job {
    /// Whether the job is stopped, with or without an end.
    pub fn is_stopped(&self) -> bool {
        self.stopped || self.stopped_until.is_some()
    }

    /// A command job of that name without any rules, made at `now`. The caller sets the work and the schedule; the store sets the
    /// number.
    pub fn named(name: String, now: Time) -> Job {
        Job {
            id: 0,
            name,
            desc: String::new(),
            cron_expr: String::new(),
            timezone: None,
            mode: Mode::Command,
            command: String::new(),
            allow_mode: Overlap::Parallel,
            max_run_count: 0,
            run_count: 0,
            stopped: false,
            catch_up: CatchUp::Skip,
            catch_up_window: 0,
            alerts: JobAlerts::default(),
            origin: None,
            jitter: 0,
            retries: 0,
            retry_delay: 60,
            retry_backoff: 1.0,
            retry_max: 0,
            start_at: None,
            end_at: None,
            stopped_from: None,
            stopped_until: None,
            skip_next: 0,
            next_at: None,
            scheduled_at: None,
            anchor_at: now,
            claimed_until: None,
            created_at: now,
            updated_at: now,
            tags: Vec::new(),
        }
    }
}

/// One execution of a job, or a range of occurrences that did not run (`skipped`, `missed`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Execution {
    /// Number of the execution.
    pub exec_id: ExecId,
    /// The job that the execution belongs to.
    pub job_id: JobId,
    /// Name of the job when the execution was admitted.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// The cause of the execution.
    pub source: Source,
    /// The status.
    pub status: Status,
    /// The exit code of a command; 128 + n when signal n ended it.
    pub exit_code: Option<i32>,
    /// The occurrence, or the time of the request for a manual run.
    pub scheduled_at: Time,
    /// When the work began.
    pub started_at: Option<Time>,
    /// When the work ended, or when the occurrence was recorded as `skipped` or `missed`.
    pub ended_at: Option<Time>,
    /// Duration in milliseconds, by the monotonic clock.
    pub duration_ms: Option<i64>,
    /// The work of the job when the execution was admitted.
    pub command: String,
    /// Standard output, or its last 16 KiB when it is longer. `logs` returns all of it.
    pub stdout: bytes::Lossy,
    /// Standard error, or its last 16 KiB when it is longer.
    pub stderr: bytes::Lossy,
    /// Length of standard output in bytes, before any cut.
    pub stdout_bytes: i64,
    /// Length of standard error in bytes, before any cut.
    pub stderr_bytes: i64,
    /// Disk use of its output, in bytes. The size limit of the history counts it.
    #[serde(skip)]
    pub kept_bytes: i64,
    /// Whether the output stays in files, because the row holds only the end of it.
    #[serde(skip)]
    pub in_file: bool,
    /// The error of the work, or the reason why the occurrence did not run.
    pub error: Option<String>,
    /// Number of attempts.
    pub attempts: i32,
    /// CPU time, user and system, in milliseconds.
    pub cpu_ms: Option<i64>,
    /// Peak memory, in bytes.
    pub max_rss_bytes: Option<i64>,
    /// How many occurrences this row stands for. More than 1 only for `skipped` and `missed`.
    pub count: i64,
    /// Random delay (`jitter`) of the run, in milliseconds.
    pub jitter_ms: Option<i64>,
    /// Retries only: the execution that failed first.
    pub retry_of: Option<ExecId>,
    /// Retries only: the number of the retry, from 1 on.
    pub retry_number: i64,
    /// How many retries may follow if this execution fails.
    pub retries_left: i64,
    /// Waiting retries only: the instant at which the retry may start.
    pub waits_until: Option<Time>,
    /// The last line that a failed command printed, which says more than its exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The latest execution of a job that has ended, as the job list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LastExecution {
    /// Number of the execution.
    pub exec_id: ExecId,
    /// The final status.
    pub status: Status,
    /// The occurrence.
    pub scheduled_at: Time,
    /// When the execution ended.
    pub ended_at: Option<Time>,
    /// Duration in milliseconds.
    pub duration_ms: Option<i64>,
    /// The exit code of a command.
    pub exit_code: Option<i32>,
    /// The error, when the execution failed.
    pub error: Option<String>,
    /// CPU time, user and system, in milliseconds.
    pub cpu_ms: Option<i64>,
    /// Peak memory, in bytes.
    pub max_rss_bytes: Option<i64>,
    /// The last line that a failed command printed, which says more than its exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// An execution that is recorded as running but not started yet.
#[derive(Clone, Debug)]
pub struct Admitted {
    pub exec_id: ExecId,
    pub job_id: JobId,
    pub job_name: String,
    pub mode: Mode,
    pub source: Source,
    pub scheduled_at: Time,
    pub command: String,
    /// Random delay (`jitter`) of the run, in milliseconds.
    pub jitter_ms: Option<i64>,
    /// Time zone of the job. Absent: the zone of the daemon.
    pub timezone: Option<String>,
}

/// An [`Execution`] before it is recorded; the store sets its number.
#[derive(Clone, Debug)]
pub struct NewExecution {
    pub job_id: JobId,
    pub job_name: String,
    pub mode: Mode,
    pub source: Source,
    pub status: Status,
    pub scheduled_at: Time,
    pub started_at: Option<Time>,
    pub ended_at: Option<Time>,
    pub command: String,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub stdout_bytes: i64,
    pub stderr_bytes: i64,
    pub kept_bytes: i64,
    pub in_file: bool,
    pub error: Option<String>,
    pub attempts: i32,
    pub count: i64,
    pub jitter_ms: Option<i64>,
    pub retry_of: Option<ExecId>,
    pub retry_number: i64,
    pub retries_left: i64,
    pub waits_until: Option<Time>,
}

impl NewExecution {
    /// An execution of `job` as it is now.
    pub fn of(job: &Job, source: Source, status: Status, scheduled_at: Time) -> Self {
        NewExecution {
            job_id: job.id,
            job_name: job.name.clone(),
            mode: job.mode,
            source,
            status,
            scheduled_at,
            started_at: None,
            ended_at: None,
            command: job.command.clone(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            stdout_bytes: 0,
            stderr_bytes: 0,
            kept_bytes: 0,
            in_file: false,
            error: None,
            attempts: 0,
            count: 1,
            jitter_ms: None,
            retry_of: None,
            retry_number: 0,
            retries_left: job.retries,
            waits_until: None,
        }
    }
}
