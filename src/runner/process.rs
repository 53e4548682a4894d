//! A process of an execution: waits for its end without a thread for it, ends it when it must, tells how it ended.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::cgroup::Cgroup;
use super::processes::{self, Mark};
use super::program::{Process, Used};
use super::{Ended, Outcome, Spec};
use crate::output::Capture;

/// How long a process may take to vanish after SIGKILL. One that hangs in the kernel longer is given up.
const VANISH: Duration = Duration::from_secs(5);

/// Waits until a process has ended, its timeout is over or its stop is asked for; then nothing of it is left.
pub(super) async fn see_out(
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
        ended = &mut exit => return judge(ended),
        () = stop.cancelled() => Outcome::Cancelled,
        () = over(spec.timeout) => Outcome::Timeout,
    };
    let mark = Mark::new(&spec.socket, &[spec.exec_id], &capture.pipes(), cgroup);
    let end = processes::end(pid, mark, spec.kill_grace, VANISH);
    let (ended, is_gone) = tokio::join!(
        tokio::time::timeout(spec.kill_grace + VANISH * 2, &mut exit),
        end
    );
    let mut ended = match ended {
        Ok(ended) => judge(ended),
        Err(_) => Ended::not_started(String::new()),
    };
    let what = why(outcome, spec.timeout);
    ended.outcome = outcome;
    ended.error = Some(if is_gone {
        what
    } else {
        format!("{what}; some of its processes could not be ended")
    });
    ended
}

/// Returns when the time for an attempt is over; without a limit never.
pub(super) async fn over(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}

/// Why an attempt was ended from outside.
pub(super) fn why(outcome: Outcome, timeout: Option<Duration>) -> String {
    match (outcome, timeout) {
        (Outcome::Timeout, Some(timeout)) => format!("timed out after {} s", timeout.as_secs()),
        _ => "cancelled".to_string(),
    }
}

/// Waits for the end of a process without a thread for it, and collects what it used.
#[cfg(target_os = "linux")]
async fn reap(process: Process) -> io::Result<Used> {
    use rustix::process::{PidfdFlags, pidfd_open};

    use crate::fs::Readable;

    let watched = pidfd_open(process.pid(), PidfdFlags::empty())
        .ok()
        .and_then(|fd| Readable::new(fd).ok());
    match watched {
        Some(fd) => {
            // It stays readable: the process is a zombie from here on, and waiting for it does not block.
            drop(fd.wait().await?);
            process.wait()
        }
        // No descriptor left for it: a thread waits instead.
        None => wait_in_thread(process).await,
    }
}

#[cfg(not(target_os = "linux"))]
async fn reap(process: Process) -> io::Result<Used> {
    wait_in_thread(process).await
}

async fn wait_in_thread(process: Process) -> io::Result<Used> {
    tokio::task::spawn_blocking(move || process.wait())
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn judge(ended: io::Result<Used>) -> Ended {
    let used = match ended {
        Ok(used) => used,
        Err(error) => return Ended::not_started(format!("its end can't be learned: {error}")),
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
        None => Some("it ended in a way that has no code".to_string()),
    };
    (status.code(), error)
}
