//! What the operating system asks of the daemon, and what it is told.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::scheduler::Scheduler;

/// What somebody wants of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// SIGTERM, SIGINT, `jobs shutdown`.
    End,
    /// SIGHUP.
    Reload,
}

/// What the service manager is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Ready,
    Stopping,
}

#[cfg(unix)]
pub use unix::Signals;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Context, Wish};

    /// The signals, caught from now on.
    pub struct Signals {
        end: Signal,
        interrupt: Signal,
        reload: Signal,
    }

    impl Signals {
        /// Catches them. Needs a tokio runtime.
        pub fn new() -> anyhow::Result<Signals> {
            let catch = |kind| signal(kind).context("cannot catch signals");
            Ok(Signals {
                end: catch(SignalKind::terminate())?,
                interrupt: catch(SignalKind::interrupt())?,
                reload: catch(SignalKind::hangup())?,
            })
        }

        /// What the next signal means.
        pub async fn next(&mut self) -> Wish {
            tokio::select! {
                _ = self.end.recv() => Wish::End,
                _ = self.interrupt.recv() => Wish::End,
                _ = self.reload.recv() => Wish::Reload,
            }
        }
    }
}

#[cfg(not(unix))]
pub use other::Signals;

#[cfg(not(unix))]
mod other {
    use super::Wish;

    /// Ctrl-C is all there is here.
    pub struct Signals(());

    impl Signals {
        /// Nothing is needed for it.
        pub fn new() -> anyhow::Result<Signals> {
            Ok(Signals(()))
        }

        /// Waits for Ctrl-C.
        pub async fn next(&mut self) -> Wish {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Wish::End
        }
    }
}

impl Signals {
    /// Waits until the end is asked for once more.
    pub async fn end_again(&mut self) {
        while self.next().await != Wish::End {}
    }
}

/// Tells the service manager, when there is one (`NOTIFY_SOCKET`).
pub fn tell_system(told: Told) {
    #[cfg(unix)]
    {
        let state = match told {
            Told::Ready => sd_notify::NotifyState::Ready,
            Told::Stopping => sd_notify::NotifyState::Stopping,
        };
        if let Err(error) = sd_notify::notify(&[state]) {
            tracing::warn!(%error, ?told, "the service manager can't be told");
        }
    }
    #[cfg(not(unix))]
    let _ = told;
}

/// Says "alive" to the service manager twice in the time that it gives, as long as the scheduler's loop answers; returns
/// at once when it does not watch.
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
