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
    let pid = process.id();
    let mut exit = std::pin::pin!(reap(process));
    let outcome = tokio::select! {
        biased;
        ended = &mut exit => return result_of(ended),
        () = stop.cancelled() => Outcome::Cancelled,
        () = timeout_elapsed(spec.timeout) => Outcome::Timeout,
    };
    let marks = ProcessMarks::new(&spec.socket, &[spec.exec_id], &capture.pipes(), cgroup);
    let end = processes::end(pid, marks, spec.kill_grace, VANISH);
    let (ended, is_gone) = tokio::join!(
        tokio::time::timeout(spec.kill_grace + VANISH * 2, &mut exit),
        end
    );
    let mut ended = match ended {
        Ok(ended) => result_of(ended),
        Err(_) => Ended::not_started(String::new()),
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

/// Waits for the end of a process without a thread for it, and reads its resource usage.
#[cfg(target_os = "linux")]
async fn reap(process: Process) -> io::Result<Usage> {
    use rustix::process::{PidfdFlags, pidfd_open};

    use jobs_fs::Readable;

    let watched = pidfd_open(process.pid(), PidfdFlags::empty())
        .ok()
        .and_then(|fd| Readable::new(fd).ok());
    match watched {
        Some(fd) => {
            // The descriptor stays readable: the process is a zombie now, so waiting for it does not block.
            drop(fd.wait().await?);
            process.wait()
        }
        // No descriptor is left: wait in a thread.
        None => wait_in_thread(process).await,
    }
}

#[cfg(not(target_os = "linux"))]
async fn reap(process: Process) -> io::Result<Usage> {
    wait_in_thread(process).await
}

async fn wait_in_thread(process: Process) -> io::Result<Usage> {
    tokio::task::spawn_blocking(move || process.wait())
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
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
