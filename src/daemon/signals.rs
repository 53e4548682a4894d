//! Signals of the operating system, and notifications to the service manager (systemd).

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use jobs_scheduler::Scheduler;

/// An action that a signal or a call asks the daemon for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// SIGTERM, SIGINT, `jobs shutdown`.
    End,
    /// SIGHUP.
    Reload,
}

/// The state that the service manager is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    Ready,
    Stopping,
}

#[cfg(unix)]
pub use unix::Signals;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Action, Context};

    /// The handlers of the signals.
    pub struct Signals {
        end: Signal,
        interrupt: Signal,
        reload: Signal,
        /// A program that ignores this signal, as the parent of the daemon may do, cannot wait for its children.
        _child: Signal,
        /// Without a handler, output over the limit on the size of files (`ulimit -f`) would end the daemon. With one, the write fails.
        _file_size: Signal,
    }

    impl Signals {
        /// Installs the handlers. Needs a tokio runtime.
        pub fn new() -> anyhow::Result<Signals> {
            let catch = |kind| signal(kind).context("cannot catch signals");
            Ok(Signals {
                end: catch(SignalKind::terminate())?,
                interrupt: catch(SignalKind::interrupt())?,
                reload: catch(SignalKind::hangup())?,
                _child: catch(SignalKind::child())?,
                _file_size: catch(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?,
            })
        }

        /// Waits for the next signal, and returns the action that it asks for.
        pub async fn next(&mut self) -> Action {
            tokio::select! {
                _ = self.end.recv() => Action::End,
                _ = self.interrupt.recv() => Action::End,
                _ = self.reload.recv() => Action::Reload,
            }
        }
    }
}

#[cfg(not(unix))]
pub use other::Signals;

#[cfg(not(unix))]
mod other {
    use super::Action;

    /// Only Ctrl-C exists on this system.
    pub struct Signals(());

    impl Signals {
        /// Installs nothing: Ctrl-C needs no handler of ours.
        pub fn new() -> anyhow::Result<Signals> {
            Ok(Signals(()))
        }

        /// Waits for Ctrl-C.
        pub async fn next(&mut self) -> Action {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Action::End
        }
    }
}

impl Signals {
    /// Waits for another signal that asks for the end.
    pub async fn end_again(&mut self) {
        while self.next().await != Action::End {}
    }
}

/// Notifies the service manager, when there is one (`NOTIFY_SOCKET`).
pub fn notify_system(state: ServiceState) {
    #[cfg(unix)]
    {
        let message = match state {
            ServiceState::Ready => sd_notify::NotifyState::Ready,
            ServiceState::Stopping => sd_notify::NotifyState::Stopping,
        };
        if let Err(error) = sd_notify::notify(&[message]) {
            tracing::warn!(%error, ?state, "the service manager can't be notified");
        }
    }
    #[cfg(not(unix))]
    let _ = state;
}

/// Tells the service manager, when there is one, what the daemon does.
pub fn notify_status(text: &str) {
    #[cfg(unix)]
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Status(text)]) {
        tracing::warn!(%error, "the service manager can't be notified");
    }
    #[cfg(not(unix))]
    let _ = text;
}

/// Sends a keep-alive to the service manager twice per watchdog interval, as long as the scheduler's loop answers. Returns
/// at once when the service manager has no watchdog for this daemon.
pub async fn feed_watchdog(scheduler: Arc<Scheduler>) {
    let Some(limit) = watchdog_limit() else {
        return;
    };
    let mut beat = tokio::time::interval(limit / 2);
    loop {
        beat.tick().await;
        if !scheduler.answers(limit / 3).await {
            tracing::error!("the scheduler does not answer");
            continue;
        }
        #[cfg(unix)]
        if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]) {
            tracing::warn!(%error, "the watchdog can't be fed");
        }
    }
}

#[cfg(unix)]
fn watchdog_limit() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

#[cfg(not(unix))]
fn watchdog_limit() -> Option<Duration> {
    None
}
