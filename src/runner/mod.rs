//! Runs one execution: one or more attempts of the work, and the result.

mod account;
mod cgroup;
mod check;
mod command;
pub mod descriptors;
mod direct;
#[cfg(unix)]
pub mod drain;
#[cfg(unix)]
mod env_file;
mod environment;
pub mod func;
pub mod http;
mod matching;
#[cfg(target_os = "linux")]
mod posix;
mod process;
mod processes;
mod program;
mod secrets;
pub mod setup;
mod shell;
mod shortage;
mod start_limit;
mod success;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use account::{Account, account_name};
pub use check::{folder_problem, is_program, problems, shell_problem, too_long};
pub use command::{environment, shell_of};
pub use environment::Environment;
use jobs_config::{CgroupUse, Secret};
use jobs_model::{ExecId, JobId};
use jobs_output::{Capture, Outputs};
use jobs_schedule::Zone;
use jobs_work::Work;
pub use processes::{Leftovers, leftovers};
pub use secrets::secrets;
pub use shell::Shell;
pub use shortage::shortage;
use shortage::{Patience, descriptors_are_used_up};
pub use start_limit::{StartLimit, StartPermit};
use success::Judge;

/// Everything that an execution needs.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The id of the execution.
    pub exec_id: ExecId,
    /// The id of the job.
    pub job_id: JobId,
    /// The name of the job.
    pub job_name: String,
    /// The reason for the execution: `cron`, `manual`, ...
    pub source: String,
    /// The occurrence or the time of the request, in RFC 3339.
    pub scheduled_at: String,
    /// The daemon to which the execution belongs.
    pub daemon: Daemon,
    /// The work.
    pub work: Work,
    /// The time zone of the job, else of the daemon.
    pub zone: Zone,
    /// Timeout of an attempt; `None` means none.
    pub timeout: Option<Duration>,
    /// Upper bound on the attempts, at least one.
    pub attempts: u32,
    /// Pause between attempts.
    pub interval: Duration,
    /// Time between SIGTERM and SIGKILL.
    pub kill_grace: Duration,
    /// Settings shared by the work of all jobs.
    pub tools: Arc<Tools>,
}

/// A daemon, by the marks of its processes and cgroups.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// The path of its socket.
    pub socket: PathBuf,
    /// A random id: in another container a daemon may have the same path for its socket.
    pub id: Arc<str>,
}

/// Settings that the work of all jobs shares.
#[derive(Debug)]
pub struct Tools {
    /// The shell of a command that names none.
    pub shell: PathBuf,
    /// Whether a shell that can reports the failure of each program of a pipe, not only of the last.
    pub pipefail: bool,
    /// Which commands get a cgroup.
    pub cgroups: CgroupUse,
    /// Settings of functions and requests.
    pub functions: func::Settings,
    /// The path of the daemon's own database.
    pub database: PathBuf,
    /// The configured databases by name: the path of a SQLite file or a MySQL URL.
    pub databases: BTreeMap<String, Secret>,
    /// Upper bound on concurrent HTTP requests.
    pub http_gate: Semaphore,
}

/// The settings of an empty configuration.
impl Default for Tools {
    fn default() -> Tools {
        Tools {
            shell: PathBuf::from("/bin/sh"),
            pipefail: false,
            cgroups: CgroupUse::Limits,
            functions: func::Settings::default(),
            database: PathBuf::new(),
            databases: BTreeMap::new(),
            http_gate: Semaphore::new(1),
        }
    }
}

/// How the work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The exit code was 0, or the response was as expected.
    Success,
    /// The work failed or could not be started.
    Failed,
    /// The attempt was ended after its timeout.
    Timeout,
    /// The execution was stopped by a caller.
    Cancelled,
}

/// The result of an execution or of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How the last attempt ended.
    pub outcome: Outcome,
    /// The exit code of a process; 128 + n when signal n ended it. Requests have none.
    pub exit_code: Option<i32>,
    /// The error in words. On success it is absent, or the remark of a function.
    pub error: Option<String>,
    /// Number of attempts that were made.
    pub attempts: u32,
    /// User and system CPU time of all attempts, in milliseconds.
    pub cpu_ms: i64,
    /// Peak memory of the largest attempt, in bytes.
    pub max_rss_bytes: i64,
    /// Whether the work was not started because descriptors, processes or memory are used up: it may start shortly.
    pub is_shortage: bool,
}

impl Ended {
    /// The result of work that could not be started.
    pub fn not_started(problem: String) -> Ended {
        Ended {
            outcome: Outcome::Failed,
            exit_code: None,
            error: Some(problem),
            attempts: 0,
            cpu_ms: 0,
            max_rss_bytes: 0,
            is_shortage: false,
        }
    }
}

/// Runs work until an attempt succeeds, all attempts have failed, or `stop` is cancelled. `permit` is released once
/// the start is over; it is `None` for work that was stopped while it waited for a permit.
pub async fn run(
    spec: &Spec,
    outputs: &Outputs,
    stop: &CancellationToken,
    permit: Option<StartPermit>,
) -> Ended {
    let mut patience = Patience::new(spec.exec_id);
    let capture = loop {
        match outputs.capture(spec.exec_id) {
            Ok(capture) => break capture,
            Err(error) => {
                let problem = error.to_string();
                if !descriptors_are_used_up() || !patience.wait(&problem, stop).await {
                    return Ended::not_started(problem);
                }
            }
        }
    };
    drop(patience);
    let mut ended =
        with_collection(&capture, permit, attempts(spec, outputs, &capture, stop)).await;
    if let Err(error) = capture.finish().await {
        ended.error = Some(match ended.error {
            Some(before) => format!("{before}; {error}"),
            None => error.to_string(),
        });
    }
    ended
}

/// Delay before the output is read continuously, after the start is over ([`start_limit`]). Work that ends sooner
/// needs no task to read its pipes; until then the pipes buffer the output.
const COLLECT_AFTER: Duration = Duration::from_millis(6);

/// Runs work and collects its output while it runs.
async fn with_collection(
    capture: &Capture,
    permit: Option<StartPermit>,
    work: impl Future<Output = Ended>,
) -> Ended {
    const RETRY_AFTER: Duration = Duration::from_secs(1);
    let work = std::pin::pin!(work);
    let mut work = match start_limit::run_start(permit, work).await {
        Ok(ended) => return ended,
        Err(work) => work,
    };
    let mut delay = COLLECT_AFTER;
    loop {
        tokio::select! {
            biased;
            ended = &mut work => return ended,
            () = tokio::time::sleep(delay) => {}
        }
        match capture.collect() {
            Ok(()) => return work.await,
            Err(error) => tracing::warn!(%error, "the output of a job can't be read yet"),
        }
        delay = RETRY_AFTER;
    }
}

async fn attempts(
    spec: &Spec,
    outputs: &Outputs,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    let judge = match Judge::new(spec.work.success()) {
        Ok(judge) => judge,
        Err(error) => return Ended::not_started(error.to_string()),
    };
    let mut so_far = Ended::not_started(String::new());
    for attempt in 1..=spec.attempts.max(1) {
        if attempt > 1 {
            tokio::select! {
                () = stop.cancelled() => {
                    so_far.outcome = Outcome::Cancelled;
                    so_far.error = Some("cancelled between attempts".to_string());
                    return so_far;
                }
                () = tokio::time::sleep(spec.interval) => {}
            }
            capture.note(&format!("[attempt {attempt} of {}]", spec.attempts));
        }
        let attempted = attempt_with_patience(spec, outputs, capture, stop);
        let ended = judge.judge(capture, stop, attempted).await;
        so_far = Ended {
            attempts: attempt,
            cpu_ms: so_far.cpu_ms.saturating_add(ended.cpu_ms),
            max_rss_bytes: so_far.max_rss_bytes.max(ended.max_rss_bytes),
            ..ended
        };
        match so_far.outcome {
            Outcome::Success | Outcome::Cancelled => break,
            Outcome::Failed | Outcome::Timeout => {}
        }
    }
    so_far
}

/// One attempt. A start for which the system lacks something is tried again.
async fn attempt_with_patience(
    spec: &Spec,
    outputs: &Outputs,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    let mut patience = Patience::new(spec.exec_id);
    loop {
        let ended = one_attempt(spec, outputs, capture, stop).await;
        if !ended.is_shortage {
            return ended;
        }
        let problem = ended.error.as_deref().unwrap_or_default();
        if !patience.wait(problem, stop).await && !stop.is_cancelled() {
            return ended;
        }
    }
}

async fn one_attempt(
    spec: &Spec,
    outputs: &Outputs,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
    if stop.is_cancelled() {
        return Ended {
            outcome: Outcome::Cancelled,
            ..Ended::not_started("cancelled before it began".to_string())
        };
    }
    match &spec.work {
        Work::Command(work) => command::attempt(spec, work, outputs, capture, stop).await,
        // Boxed: its future is large, and that of a command need not be.
        Work::Http(work) => Box::pin(http::attempt(spec, work, capture, stop)).await,
        Work::Func(work) => func::attempt(spec, work, capture, stop).await,
    }
}

/// The path of this program. It also works when the file was replaced by a newer version meanwhile.
fn this_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("jobs"))
}

/// Removes what a dead daemon with this socket left in the system, and prepares the system for commands. Call it
/// after the processes of the dead daemon have ended, before the first command.
pub fn sweep(daemon: &Daemon) {
    cgroup::sweep(daemon);
}
