//! The first process of a container. The system makes it the parent of all orphans, and expects it to wait for them. So it does only
//! this: it starts the daemon as a child, passes signals on to it, and ends with its exit status.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

use anyhow::Context;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, pidfd_send_signal, wait};
use tokio::signal::unix::{SignalKind, signal};

/// Whether this process is the first one of its container.
pub(super) fn is_first_process() -> bool {
    std::process::id() == 1
}

/// Runs this program again as a child, and returns its exit status.
pub(super) fn run() -> anyhow::Result<i32> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start a runtime")?
        .block_on(watch_over_daemon())
}

async fn watch_over_daemon() -> anyhow::Result<i32> {
    let catch = |kind| signal(kind).context("cannot catch signals");
    let mut ended = catch(SignalKind::child())?;
    let mut end = catch(SignalKind::terminate())?;
    let mut interrupt = catch(SignalKind::interrupt())?;
    let mut reload = catch(SignalKind::hangup())?;
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "jobs".into());
    let child = Command::new("/proc/self/exe")
        .arg0(name)
        .args(arguments)
        // A group of its own: Ctrl-C at a terminal reaches this process alone, which passes it on once.
        .process_group(0)
        .spawn()
        .context("cannot start the daemon")?;
    let daemon = Pid::from_child(&child);
    let fd = pidfd_open(daemon, PidfdFlags::empty()).context("cannot watch the daemon")?;
    loop {
        let passed_on = tokio::select! {
            _ = ended.recv() => None,
            _ = end.recv() => Some(Signal::TERM),
            _ = interrupt.recv() => Some(Signal::INT),
            _ = reload.recv() => Some(Signal::HUP),
        };
        if let Some(signal) = passed_on
            && let Err(error) = pidfd_send_signal(&fd, signal)
        {
            tracing::warn!(%error, "a signal can't be passed on to the daemon");
        }
        if let Some(status) = reap(daemon) {
            return Ok(status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
        }
    }
}

/// Waits for all children that have ended. Returns the status of the daemon, if it is one of them.
fn reap(daemon: Pid) -> Option<ExitStatus> {
    let mut found = None;
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if pid == daemon {
            found = Some(ExitStatus::from_raw(status.as_raw()));
        }
    }
    found
}
