//! `server.watch_config`: a configuration file that has changed is read again by itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::fs::Stamp;

/// What is written in several steps is read once.
const GATHER: Duration = Duration::from_millis(300);

/// Watches the folder of a file, when it is told to. The folder, not the file: editors put a new file in the place of the
/// old one.
pub(super) struct ConfigWatch {
    file: PathBuf,
    watcher: Mutex<Option<RecommendedWatcher>>,
    stirred: std::sync::Arc<Notify>,
}

impl ConfigWatch {
    /// Watches nothing yet.
    pub(super) fn new(file: &Path) -> ConfigWatch {
        ConfigWatch {
            file: file.to_path_buf(),
            watcher: Mutex::new(None),
            stirred: std::sync::Arc::new(Notify::new()),
        }
    }

    /// Watches, or does so no more. What the operator should know when it can't be done. Blocks.
    pub(super) fn set(&self, is_wanted: bool) -> Option<String> {
        let mut watcher = self.watcher.lock();
        if !is_wanted {
            *watcher = None;
            return None;
        }
        // Each time anew: the folder may have been put in the place of another.
        match self.watch() {
            Ok(watching) => {
                *watcher = Some(watching);
                None
            }
            Err(error) => {
                *watcher = None;
                Some(format!(
                    "`server.watch_config`: the folder of `{}` can't be watched: {error}",
                    self.file.display()
                ))
            }
        }
    }

    fn watch(&self) -> notify::Result<RecommendedWatcher> {
        let stirred = self.stirred.clone();
        let mut watcher = notify::recommended_watcher(move |event| match event {
            Ok(notify::Event { kind, .. }) if !changes_nothing(kind) => stirred.notify_one(),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the configuration file can't be watched"),
        })?;
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    }

    /// Waits until the stamp of the file is not `known` any more, and the file is left in peace.
    pub(super) async fn changed(&self, known: &mut Option<Stamp>) {
        loop {
            self.stirred.notified().await;
            while tokio::time::timeout(GATHER, self.stirred.notified())
                .await
                .is_ok()
            {}
            let stamp = self.stamp();
            if stamp != *known {
                *known = stamp;
                return;
            }
        }
    }

    /// The stamp of the file now; none while there is no file.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        Stamp::of(&self.file)
    }
}

/// Reading stirs too, also our own.
fn changes_nothing(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}
