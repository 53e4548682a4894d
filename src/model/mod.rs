//! The nouns: a job, an execution, and the words that describe them. One struct each for all callers; the store has row structs of its own.

mod access;
mod bytes;
mod figures;
mod network;
mod pause;
mod words;

use serde::{Deserialize, Serialize};

pub use access::{Admin, AuditFilter, AuditRow, NewAdmin, NewAuditRow, NewToken, Token};
pub use bytes::{Bytes, Lossy};
pub use figures::{JobFigures, Rows};
pub use network::{Network, NetworkError};
pub use pause::Pause;
pub use words::{
    CatchUp, IpList, Mode, Outcome, Overlap, Role, Source, State, Status, UnknownWord,
};

use jobs_schedule::Time;

/// The number of a job, given once and never again.
pub type JobId = i64;

/// The number of an execution, rising in the order in which executions were admitted.
pub type ExecId = i64;

/// A job as it is stored: what to do, when, and under which rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Its name, unique, not digits only.
    pub name: String,
    /// What it is for, in the operator's words.
    pub desc: String,
    /// When it runs: a cron expression, `@every ...`, `@at ...` or another `@` word.
    pub cron_expr: String,
    /// The zone in which the schedule is read; absent is the daemon's.
    pub timezone: Option<String>,
    /// The kind of work.
    pub mode: Mode,
    /// The work, in the bracket format.
    pub command: String,
    /// What happens when it is due while it still runs.
    pub allow_mode: Overlap,
    /// How many executions it may have in all; 0 is no limit.
    pub max_run_count: i64,
    /// How many it has had since it was added or restarted.
    pub run_count: i64,
    /// Whether the operator (or `max_run_count`) has stopped it.
    pub stopped: bool,
    /// What happens to the occurrences that were missed.
    pub catch_up: CatchUp,
    /// How old a missed occurrence may be to be made up, in seconds; 0 is no limit.
    pub catch_up_window: i64,
    /// Whom its crontab asked to tell by mail.
    pub mailto: Option<String>,
    /// The crontab it was imported from.
    pub origin: Option<String>,
    /// Each run is delayed by a random time up to this, in seconds, but not past the next one.
    pub jitter: i64,
    /// How many executions may follow one that has failed or timed out, until one succeeds.
    pub retries: i64,
    /// How long the first of them waits, in seconds.
    pub retry_delay: i64,
    /// By what each waits longer than the one before.
    pub retry_backoff: f64,
    /// The longest that one waits, in seconds; 0 is no limit.
    pub retry_max: i64,
    /// It does not run before this.
    pub start_at: Option<Time>,
    /// It does not run after this.
    pub end_at: Option<Time>,
    /// The first occurrence that is left out while it is stopped for a time.
    #[serde(skip)]
    pub stopped_from: Option<Time>,
    /// It is stopped until this, and goes on then by itself.
    pub stopped_until: Option<Time>,
    /// How many of the next occurrences are skipped.
    pub skip_next: i64,
    /// When it is due next, with its random delay; absent when it is stopped or never again.
    #[serde(rename = "next_run")]
    pub next_at: Option<Time>,
    /// What its schedule says to that, without the delay.
    #[serde(skip)]
    pub scheduled_at: Option<Time>,
    /// From when `@every` counts.
    pub anchor_at: Time,
    /// When it was added.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

impl Job {
    /// Whether it is stopped, for good or for a time.
    pub fn is_stopped(&self) -> bool {
        self.stopped || self.stopped_until.is_some()
    }

    /// A command job of that name without any rules, as of `now`. Its work and its schedule are still to be given, and its
    /// number, which the store gives.
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
            mailto: None,
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
            created_at: now,
            updated_at: now,
        }
    }
}

/// One execution of a job, or a range of occurrences that did not run (`skipped`, `missed`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Execution {
    /// Its number.
    pub exec_id: ExecId,
    /// The job that it belongs to.
    pub job_id: JobId,
    /// The name that the job had then.
    pub job_name: String,
    /// The kind of work.
    pub mode: Mode,
    /// Why it ran.
    pub source: Source,
    /// The status.
    pub status: Status,
    /// The exit code of a command; 128 + n when signal n ended it.
    pub exit_code: Option<i32>,
    /// The instant for which it was due, or when it was asked for.
    pub scheduled_at: Time,
    /// When its work began.
    pub started_at: Option<Time>,
    /// When its work ended, or when it was found not to run.
    pub ended_at: Option<Time>,
    /// How long it took, in milliseconds, by a clock that nobody sets.
    pub duration_ms: Option<i64>,
    /// The work, as it was then.
    pub command: String,
    /// What it printed: all of it up to 16 KiB, else the last 16 KiB. `logs` has the rest.
    pub stdout: bytes::Lossy,
    /// Its stderr, in the same way.
    pub stderr: bytes::Lossy,
    /// How many bytes it printed in all.
    pub stdout_bytes: i64,
    /// How many bytes it printed to stderr in all.
    pub stderr_bytes: i64,
    /// How many bytes of output are kept for it.
    #[serde(skip)]
    pub kept_bytes: i64,
    /// Whether its output is kept in files of its own.
    #[serde(skip)]
    pub in_file: bool,
    /// The error, or why it did not run.
    pub error: Option<String>,
    /// How many attempts it made.
    pub attempts: i32,
    /// CPU time, user and system, in milliseconds.
    pub cpu_ms: Option<i64>,
    /// Peak memory, in bytes.
    pub max_rss_bytes: Option<i64>,
    /// How many occurrences this row stands for: more than 1 only when they did not run.
    pub count: i64,
    /// By how much it was delayed on purpose, in milliseconds.
    pub jitter_ms: Option<i64>,
    /// Of a retry: the execution that failed first.
    pub retry_of: Option<ExecId>,
    /// Of a retry: which it is, from 1 on.
    pub retry_number: i64,
    /// How many retries may follow when it fails.
    pub retries_left: i64,
    /// Of a retry that waits: until when.
    pub waits_until: Option<Time>,
}

/// What the job list tells of the latest execution of a job that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LastExecution {
    /// Its number.
    pub exec_id: ExecId,
    /// How it ended.
    pub status: Status,
    /// The instant for which it was due.
    pub scheduled_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// The exit code of a command.
    pub exit_code: Option<i32>,
    /// What went wrong.
    pub error: Option<String>,
}

/// An execution that is recorded as running and is to be started.
#[derive(Clone, Debug)]
pub struct Admitted {
    pub exec_id: ExecId,
    pub job_id: JobId,
    pub job_name: String,
    pub mode: Mode,
    pub source: Source,
    pub scheduled_at: Time,
    pub command: String,
    /// By how much it was delayed on purpose, in milliseconds.
    pub jitter_ms: Option<i64>,
    /// The zone of the job; absent is the daemon's.
    pub timezone: Option<String>,
}

/// An execution that is to be recorded: an [`Execution`] that has no number and no end yet.
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
