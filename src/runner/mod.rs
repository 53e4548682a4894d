//! One execution: runs the work, attempt after attempt, and tells how it ended.

mod account;
mod cgroup;
mod command;
pub mod descriptors;
mod direct;
mod environment;
pub mod func;
pub mod http;
#[cfg(target_os = "linux")]
mod posix;
mod process;
mod processes;
mod program;
pub mod setup;
mod starting;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::config::{CgroupUse, Secret};
use crate::model::{ExecId, JobId};
use crate::output::{Capture, Outputs};
use crate::schedule::Zone;
use crate::work::Work;
pub use account::{Account, account_name};
pub use command::environment;
pub use environment::{Environment, secrets};
pub use processes::{Leftover, leftovers, stop_leftovers};
pub use starting::{Place, Starting};

/// Work that is to be done, with all that it needs to know.
#[derive(Clone, Debug)]
pub struct Spec {
    pub exec_id: ExecId,
    pub job_id: JobId,
    pub job_name: String,
    /// `cron`, `manual` ...
    pub source: String,
    /// RFC 3339.
    pub scheduled_at: String,
    /// The daemon's socket.
    pub socket: PathBuf,
    pub work: Work,
    /// The zone of the job, else the daemon's.
    pub zone: Zone,
    /// Per attempt.
    pub timeout: Option<Duration>,
    /// At least one.
    pub attempts: u32,
    /// Between attempts.
    pub interval: Duration,
    /// Between SIGTERM and SIGKILL.
    pub kill_grace: Duration,
    pub tools: Arc<Tools>,
}

/// What the configuration says to the work of all jobs.
#[derive(Debug)]
pub struct Tools {
    /// What runs a command that names no shell.
    pub shell: PathBuf,
    /// Which commands get a cgroup.
    pub cgroups: CgroupUse,
    /// What functions and requests are told.
    pub functions: func::Settings,
    /// The daemon's own database.
    pub database: PathBuf,
    /// Others, by name: a SQLite file or a MySQL URL.
    pub databases: BTreeMap<String, Secret>,
    /// Lets so many requests be under way at once.
    pub http_gate: Semaphore,
}

#[cfg(test)]
impl Tools {
    /// What holds without a configuration.
    pub(crate) fn bare() -> Tools {
        Tools {
            shell: PathBuf::from("/bin/sh"),
            cgroups: CgroupUse::Limits,
            functions: func::Settings::default(),
            database: PathBuf::new(),
            databases: BTreeMap::new(),
            http_gate: Semaphore::new(1),
        }
    }
}

/// How work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failed,
    Timeout,
    Cancelled,
}

/// The end of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    /// 128 + n when signal n ended it. Only processes have one.
    pub exit_code: Option<i32>,
    /// What went wrong.
    pub error: Option<String>,
    pub attempts: u32,
    /// User and system time, in milliseconds, of all attempts.
    pub cpu_ms: i64,
    /// Peak memory, in bytes, of the largest attempt.
    pub max_rss_bytes: i64,
}

impl Ended {
    /// Work that never began, and why.
    pub fn not_started(why: String) -> Ended {
        Ended {
            outcome: Outcome::Failed,
            exit_code: None,
            error: Some(why),
            attempts: 0,
            cpu_ms: 0,
            max_rss_bytes: 0,
        }
    }
}

/// Does work until an attempt succeeds, all have failed, or `stop` is asked for. `place` is let go of once the work goes on or
/// has ended; what was stopped while it waited for one has none.
pub async fn run(
    spec: &Spec,
    outputs: &Outputs,
    stop: &CancellationToken,
    place: Option<Place>,
) -> Ended {
    let capture = match outputs.capture(spec.exec_id) {
        Ok(capture) => capture,
        Err(error) => return Ended::not_started(error.to_string()),
    };
    let mut ended = collected(&capture, place, attempts(spec, outputs, &capture, stop)).await;
    if let Err(error) = capture.finish().await {
        ended.error = Some(match ended.error {
            Some(before) => format!("{before}; {error}"),
            None => error.to_string(),
        });
    }
    ended
}

/// How long work goes on, after it has begun ([`starting`]), before its output is waited for: what ends sooner costs nobody a
/// wait. It has the room of a pipe until then.
const UNREAD: Duration = Duration::from_millis(6);

/// Does work, and has its output collected while it goes on.
async fn collected(
    capture: &Capture,
    place: Option<Place>,
    work: impl Future<Output = Ended>,
) -> Ended {
    const AGAIN: Duration = Duration::from_secs(1);
    let work = std::pin::pin!(work);
    let mut work = match starting::begin(place, work).await {
        Ok(ended) => return ended,
        Err(work) => work,
    };
    let mut unread = UNREAD;
    loop {
        tokio::select! {
            biased;
            ended = &mut work => return ended,
            () = tokio::time::sleep(unread) => {}
        }
        match capture.collect() {
            Ok(()) => return work.await,
            Err(error) => tracing::warn!(%error, "the output of a job has to wait"),
        }
        unread = AGAIN;
    }
}

async fn attempts(
    spec: &Spec,
    outputs: &Outputs,
    capture: &Capture,
    stop: &CancellationToken,
) -> Ended {
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
        let ended = one_attempt(spec, outputs, capture, stop).await;
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

/// This very program, also when its file was replaced by a newer one meanwhile.
fn this_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("jobs"))
}

/// Puts in order what a dead daemon with this socket left in the system, and what commands need of it. To be called once the
/// processes of the dead one have been ended, before the first command.
pub fn sweep(socket: &Path) {
    cgroup::sweep(socket);
}
