//! Waits for the process of an execution without a thread for it, ends it on a timeout or a stop, and reports its
//! end.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::cgroup::Cgroup;
use super::processes::{self, ProcessMarks};
use super::program::{Process, Usage};
use super::{Ended, Outcome, Spec};
use jobs_output::Capture;

/// Upper bound on the time until a process is gone after SIGKILL. A process that hangs in the kernel for longer is
/// given up.
const VANISH: Duration = Duration::from_secs(5);

/// Waits until the process has ended, or ends it on a timeout or a stop. Afterwards none of its processes is left.
pub(super) async fn wait_for_end(
    process: Process,
    spec: &Spec,
    capture: &Capture,
    cgroup: Option<&Cgroup>,
    stop: &CancellationToken,
) -> Ended {
    let outcome = tokio::select! {
        biased;
        ended = process.exited() => return result_of(ended.and_then(|()| process.wait())),
        () = stop.cancelled() => Outcome::Cancelled,
        () = timeout_elapsed(spec.timeout) => Outcome::Timeout,
    };
    let marks = ProcessMarks::new(&spec.daemon, &[spec.exec_id], &capture.pipes(), cgroup);
    // The process is reaped only afterwards: until then the system gives its number to no other process or session.
    let is_gone = processes::end(process.id(), marks, spec.kill_grace, VANISH).await;
    let mut ended = match tokio::time::timeout(VANISH, process.exited()).await {
        Ok(ended) => result_of(ended.and_then(|()| process.wait())),
        Err(_) => {
            tokio::spawn(async move { process.exited().await.and_then(|()| process.wait()) });
            Ended::not_started(String::new())
        }
    };
    let reason = stop_reason(outcome, spec.timeout);
    ended.outcome = outcome;
    ended.error = Some(if is_gone {
        reason
    } else {
        format!("{reason}; some of its processes could not be ended")
    });
    ended
}

/// Returns when the timeout of an attempt has elapsed; without a timeout it never returns.
pub(super) async fn timeout_elapsed(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}

/// Why an attempt was ended by the daemon.
pub(super) fn stop_reason(outcome: Outcome, timeout: Option<Duration>) -> String {
    match (outcome, timeout) {
        (Outcome::Timeout, Some(timeout)) => format!("timed out after {} s", timeout.as_secs()),
        _ => "cancelled".to_string(),
    }
}

fn result_of(ended: io::Result<Usage>) -> Ended {
    let used = match ended {
        Ok(used) => used,
        Err(error) => return Ended::not_started(format!("waiting for its end failed: {error}")),
    };
    let (exit_code, error) = exit_of(used.status);
    Ended {
        outcome: if used.status.success() {
            Outcome::Success
        } else {
            Outcome::Failed
        },
        exit_code,
        error,
        attempts: 1,
        cpu_ms: i64::try_from(used.cpu.as_millis()).unwrap_or(i64::MAX),
        max_rss_bytes: used.max_rss_bytes,
        is_shortage: false,
    }
}

fn exit_of(status: ExitStatus) -> (Option<i32>, Option<String>) {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = signal_hook::low_level::signal_name(signal)
            .map(|name| format!(" ({name})"))
            .unwrap_or_default();
        return (
            Some(128 + signal),
            Some(format!("killed by signal {signal}{name}")),
        );
    }
    let error = match status.code() {
        Some(0) => None,
        Some(126) => Some("exit status 126: found, but can't be run".to_string()),
        Some(127) => Some("exit status 127: command not found".to_string()),
        Some(code) => Some(format!("exit status {code}")),
        None => Some("ended without an exit code".to_string()),
    };
    (status.code(), error)
}
