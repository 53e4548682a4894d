//! One execution: runs the work, attempt after attempt, and tells how it ended.

mod account;
mod command;
pub mod descriptors;
mod processes;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::{ExecId, JobId};
use crate::output::{Capture, Outputs};
pub use processes::{Leftover, leftovers, stop_leftovers};

/// A shell command that is to be run, with all that it needs to know.
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
    pub command: String,
    pub shell: PathBuf,
    pub workdir: Option<PathBuf>,
    pub env: Vec<(String, String)>,
    pub stdin: Option<String>,
    /// Per attempt.
    pub timeout: Option<Duration>,
    /// At least one.
    pub attempts: u32,
    /// Between attempts.
    pub interval: Duration,
    /// Between SIGTERM and SIGKILL.
    pub kill_grace: Duration,
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
    /// 128 + n when signal n ended it.
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

/// Runs a command until an attempt succeeds, all have failed, or `stop` is asked for.
pub async fn run(spec: &Spec, outputs: &Outputs, stop: &CancellationToken) -> Ended {
    let capture = match outputs.capture(spec.exec_id) {
        Ok(capture) => capture,
        Err(error) => return Ended::not_started(error.to_string()),
    };
    let mut ended = attempts(spec, outputs, &capture, stop).await;
    if let Err(error) = capture.finish().await {
        ended.error = Some(match ended.error {
            Some(before) => format!("{before}; {error}"),
            None => error.to_string(),
        });
    }
    ended
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
        let ended = command::attempt(spec, outputs, capture, stop).await;
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
