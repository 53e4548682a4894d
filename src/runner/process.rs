//! A process of an execution: waits for its end without a thread for it, ends it when it must, tells how it ended.

use std::io::{self, PipeWriter};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wait4::{ResUse, Wait4};

use super::cgroup::Cgroup;
use super::processes::{self, Mark};
use super::{Ended, Outcome, Spec, descriptors};
use crate::output::Capture;

/// How long a process may take to vanish after SIGKILL. One that hangs in the kernel longer is given up.
const VANISH: Duration = Duration::from_secs(5);

/// Starts a process that leads a group of its own and prints into the capture.
///
/// Nothing here may need code of ours between fork and exec: that would be a real fork of the whole daemon.
pub(super) fn start(mut command: Command, capture: &Capture) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    descriptors::spawn(print_into(&mut command, capture)?)
}

/// The same for a process that makes a group of its own and takes its limits by itself.
pub(super) fn start_setup(mut command: Command, capture: &Capture) -> io::Result<Child> {
    print_into(&mut command, capture)?.spawn()
}

fn print_into<'a>(command: &'a mut Command, capture: &Capture) -> io::Result<&'a mut Command> {
    Ok(command
        .stdout(dup(&capture.out)?)
        .stderr(dup(&capture.err)?))
}

fn dup(pipe: &PipeWriter) -> io::Result<Stdio> {
    let pipe = pipe.try_clone().map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot hand over the pipes for the output: {error}"),
        )
    })?;
    Ok(Stdio::from(pipe))
}

/// Waits until a process has ended, its timeout is over or its stop is asked for; then nothing of it is left.
pub(super) async fn see_out(
    child: Child,
    spec: &Spec,
    capture: &Capture,
    cgroup: Option<&Cgroup>,
    stop: &CancellationToken,
) -> Ended {
    let pid = child.id();
    let mut exit = std::pin::pin!(reap(child));
    let outcome = tokio::select! {
        biased;
        ended = &mut exit => return judge(ended),
        () = stop.cancelled() => Outcome::Cancelled,
        () = over(spec.timeout) => Outcome::Timeout,
    };
    let mark = Mark::new(&spec.socket, &[spec.exec_id], &capture.pipes, cgroup);
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

/// Waits for the end of a child without a thread for it, and collects what it used.
#[cfg(target_os = "linux")]
async fn reap(child: Child) -> io::Result<ResUse> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    use crate::readable::Readable;

    let watched = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
        .and_then(|fd| Readable::new(fd).ok());
    match watched {
        Some(fd) => {
            // It stays readable: the child is a zombie from here on, and waiting for it does not block.
            drop(fd.wait().await?);
            child.wait4()
        }
        // No descriptor left for it: a thread waits instead.
        None => wait_in_thread(child).await,
    }
}

#[cfg(not(target_os = "linux"))]
async fn reap(child: Child) -> io::Result<ResUse> {
    wait_in_thread(child).await
}

async fn wait_in_thread(child: Child) -> io::Result<ResUse> {
    tokio::task::spawn_blocking(move || child.wait4())
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn judge(ended: io::Result<ResUse>) -> Ended {
    let used = match ended {
        Ok(used) => used,
        Err(error) => return Ended::not_started(format!("its end can't be learned: {error}")),
    };
    let cpu = used.rusage.utime + used.rusage.stime;
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
        cpu_ms: i64::try_from(cpu.as_millis()).unwrap_or(i64::MAX),
        max_rss_bytes: i64::try_from(used.rusage.maxrss).unwrap_or(i64::MAX),
    }
}

fn exit_of(status: ExitStatus) -> (Option<i32>, Option<String>) {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return (
            Some(128 + signal),
            Some(format!("killed by signal {signal}{}", signal_name(signal))),
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

#[cfg(unix)]
fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        14 => " (SIGALRM)",
        15 => " (SIGTERM)",
        24 => " (SIGXCPU)",
        25 => " (SIGXFSZ)",
        _ => "",
    }
}
