//! Makes the socket, the locks and the folders of a running daemon, and the lock of its guard, again when they have been removed,
//! for example with `XDG_RUNTIME_DIR` when its user logged out.

use std::sync::Arc;
use std::time::Duration;

use jobs_config::Paths;
use jobs_error::{Error, Result};
use jobs_rpc::Rebind;
use tokio_util::sync::CancellationToken;

use super::lock::Lock;
use super::log_files::Reopen;

/// How long to wait after a change: whoever removes a folder removes all that is in it.
#[cfg(target_os = "linux")]
const GATHER: Duration = Duration::from_millis(100);

/// When to try again after a failure, in seconds, besides at each change.
#[cfg(target_os = "linux")]
const RETRIES: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The places that a running daemon or its guard needs.
pub(super) struct Places {
    pub paths: Paths,
    pub lock: Arc<Lock>,
    /// Absent in a guard.
    pub of_daemon: Option<OfDaemon>,
}

/// The places that only a daemon has.
pub(super) struct OfDaemon {
    pub socket: Rebind,
    pub logs: Reopen,
    /// Ends the daemon.
    pub end: CancellationToken,
}

impl Places {
    /// Watches the places, without polling, until it is aborted.
    #[cfg(target_os = "linux")]
    pub(super) async fn keep(self) {
        let mut failed_before = String::new();
        let mut retries = RETRIES.iter();
        loop {
            // Before the look at the places: a change after it is noticed.
            let watch = match self.watch() {
                Ok(watch) => watch,
                Err(error) => {
                    tracing::warn!(%error, "it is not noticed when the socket, a lock or a folder is removed");
                    return;
                }
            };
            // Not on another thread: when this task is aborted, no such work is left.
            let mut retry = None;
            match tokio::task::block_in_place(|| self.restore()) {
                Ok(is_restored) => {
                    failed_before.clear();
                    retries = RETRIES.iter();
                    if is_restored {
                        self.tell_restored();
                        // The folders are new ones, which are to be watched.
                        continue;
                    }
                }
                Err(error) => {
                    let error = error.to_string();
                    if error != failed_before {
                        tracing::error!(%error, "the socket, a lock or a folder was removed, and cannot be made again yet");
                    }
                    failed_before = error;
                    retry = retries.next();
                }
            }
            tokio::select! {
                changed = watch.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    tokio::time::sleep(GATHER).await;
                }
                // A mount is no change that can be watched.
                () = after(retry) => {}
            }
        }
    }

    /// Other systems have no way to watch without polling: there a restart makes the places again.
    #[cfg(not(target_os = "linux"))]
    pub(super) async fn keep(self) {
        std::future::pending().await
    }

    #[cfg(target_os = "linux")]
    fn watch(&self) -> std::io::Result<jobs_fs::FolderWatch> {
        let of_daemon = [&*self.paths.socket, &*self.paths.output, &*self.paths.logs];
        let of_daemon = of_daemon.into_iter().filter(|_| self.of_daemon.is_some());
        jobs_fs::FolderWatch::over(self.lock.files().chain(of_daemon))
    }

    #[cfg(target_os = "linux")]
    fn tell_restored(&self) {
        if self.of_daemon.is_some() {
            let socket = self.paths.socket.display();
            tracing::warn!(%socket, "the socket or a folder of the daemon was removed; it was made again");
        } else {
            let lock = self.paths.guard_lock.display();
            tracing::warn!(%lock, "the lock or the pid file of the guard was removed; it was made again");
        }
    }

    /// Makes again what is missing; says whether anything was.
    fn restore(&self) -> Result<bool> {
        let is_complete = [&self.paths.output, &self.paths.logs]
            .into_iter()
            .all(|folder| folder.is_dir());
        self.paths.create()?;
        // The locks first: another daemon may have taken the place of this one.
        let renewed = self.lock.renew();
        let Some(OfDaemon { socket, logs, end }) = &self.of_daemon else {
            return renewed;
        };
        if let Err(error @ Error::Conflict(_)) = &renewed {
            tracing::error!(%error, "another daemon has taken the lock that was removed; this one ends");
            end.cancel();
        }
        let was_unlocked = renewed?;
        let was_unbound = socket.bind_if_gone()?;
        let is_restored = !is_complete || was_unlocked || was_unbound;
        if is_restored {
            logs.at_next_line();
        }
        Ok(is_restored)
    }
}

/// Waits for some seconds; without a number for ever.
#[cfg(target_os = "linux")]
async fn after(seconds: Option<&u64>) {
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::from_secs(*seconds)).await,
        None => std::future::pending().await,
    }
}
