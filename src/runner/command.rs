//! One attempt of a shell command.

use std::io::{self, PipeWriter};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wait4::{ResUse, Wait4};

use super::processes::{self, Mark};
use super::{Ended, Outcome, Spec, account, descriptors};
use crate::output::{Capture, Outputs};

/// What the daemon's environment has that is not for its commands: they must not speak to the service manager for it.
const NOT_INHERITED: [&str; 6] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
];

/// How long a process may take to vanish after SIGKILL. One that hangs in the kernel longer is given up.
const VANISH: Duration = Duration::from_secs(5);

pub(super) async fn attempt(
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
    let workdir = workdir(spec);
    let child = match spawn(spec, outputs, capture, &workdir) {
        Ok(child) => child,
        Err(why) => return Ended::not_started(why),
    };
    let pid = child.id();
    let mut exit = std::pin::pin!(reap(child));
    let timeout = async {
        match spec.timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    let outcome = tokio::select! {
        biased;
        ended = &mut exit => return judge(ended),
        () = stop.cancelled() => Outcome::Cancelled,
        () = timeout => Outcome::Timeout,
    };
    let mark = Mark::new(&spec.socket, &[spec.exec_id], &capture.pipes);
    let end = processes::end(pid, mark, spec.kill_grace, VANISH);
    let (ended, is_gone) = tokio::join!(
        tokio::time::timeout(spec.kill_grace + VANISH * 2, &mut exit),
        end
    );
    let mut ended = match ended {
        Ok(ended) => judge(ended),
        Err(_) => Ended::not_started(String::new()),
    };
    let what = match outcome {
        Outcome::Timeout => format!(
            "timed out after {} s",
            spec.timeout.unwrap_or_default().as_secs()
        ),
        _ => "cancelled".to_string(),
    };
    ended.outcome = outcome;
    ended.error = Some(if is_gone {
        what
    } else {
        format!("{what}; some of its processes could not be ended")
    });
    ended
}

/// Where the command runs: where the job says, else at home as cron would.
fn workdir(spec: &Spec) -> PathBuf {
    if let Some(workdir) = &spec.workdir {
        return workdir.clone();
    }
    let home = match spec.env.iter().find(|(name, _)| name == "HOME") {
        Some((_, home)) => Some(PathBuf::from(home)),
        None => account::home(),
    };
    home.filter(|home| home.is_dir())
        .unwrap_or_else(|| PathBuf::from("/"))
}

fn spawn(
    spec: &Spec,
    outputs: &Outputs,
    capture: &Capture,
    workdir: &Path,
) -> Result<Child, String> {
    if !workdir.is_dir() {
        let why = match std::fs::metadata(workdir) {
            Ok(_) => "is not a folder".to_string(),
            Err(error) => error.to_string(),
        };
        return Err(format!("workdir: `{}`: {why}", workdir.display()));
    }
    let stdin = match &spec.stdin {
        Some(text) => Stdio::from(
            outputs
                .input(spec.exec_id, text)
                .map_err(|error| error.to_string())?,
        ),
        None => Stdio::null(),
    };
    let mut command = Command::new(&spec.shell);
    command
        .arg(if cfg!(windows) { "/C" } else { "-c" })
        .arg(&spec.command)
        .current_dir(workdir);
    // Nothing here may need code of ours between fork and exec: that would be a real fork of the whole daemon.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    command.envs(account::missing_variables(&spec.shell));
    command
        .env("JOBS_JOB_ID", spec.job_id.to_string())
        .env("JOBS_JOB_NAME", &spec.job_name)
        .env("JOBS_EXEC_ID", spec.exec_id.to_string())
        .env("JOBS_SCHEDULED_AT", &spec.scheduled_at)
        .env("JOBS_SOURCE", &spec.source)
        .env("JOBS_SOCKET", &spec.socket)
        .envs(spec.env.iter().map(|(name, value)| (name, value)))
        .stdin(stdin)
        .stdout(dup(&capture.out)?)
        .stderr(dup(&capture.err)?);
    let child = command.spawn().map_err(|error| {
        format!(
            "cannot start `{}` in `{}`: {error}",
            spec.shell.display(),
            workdir.display()
        )
    })?;
    descriptors::give_back(&child);
    Ok(child)
}

fn dup(pipe: &PipeWriter) -> Result<Stdio, String> {
    pipe.try_clone()
        .map(Stdio::from)
        .map_err(|error| format!("cannot hand over the pipes for the output: {error}"))
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
