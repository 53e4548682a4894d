//! `server.watch_config`: notices when the configuration file changes, so that the daemon reloads it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::Mutex;
use tokio::sync::Notify;

use jobs_fs::Stamp;

/// How long the file must stay unchanged before it is read: an editor may write it in several steps.
const GATHER: Duration = Duration::from_millis(300);

/// Watches the folder of a file while it is enabled. It watches the folder because editors replace the file by a new one.
pub(super) struct ConfigWatch {
    file: PathBuf,
    watcher: Mutex<Option<RecommendedWatcher>>,
    /// Notified when something in the folder has changed.
    changes: std::sync::Arc<Notify>,
}

impl ConfigWatch {
    /// A watch that is not enabled yet.
    pub(super) fn new(file: &Path) -> ConfigWatch {
        ConfigWatch {
            file: file.to_path_buf(),
            watcher: Mutex::new(None),
            changes: std::sync::Arc::new(Notify::new()),
        }
    }

    /// Enables or disables the watch. Returns a warning for the operator when it can't be enabled. Blocks.
    pub(super) fn set(&self, is_wanted: bool) -> Option<String> {
        let mut watcher = self.watcher.lock();
        if !is_wanted {
            *watcher = None;
            return None;
        }
        // A new watcher each time: the folder may have been replaced by another.
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
        let changes = self.changes.clone();
        let mut watcher = notify::recommended_watcher(move |event| match event {
            Ok(notify::Event { kind, .. }) if !changes_nothing(kind) => changes.notify_one(),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the configuration file can't be watched"),
        })?;
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    }

    /// Waits until the file differs from `known` and has stayed unchanged for [`GATHER`]; updates `known`.
    pub(super) async fn changed(&self, known: &mut Option<Stamp>) {
        loop {
            self.changes.notified().await;
            while tokio::time::timeout(GATHER, self.changes.notified())
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

    /// The stamp of the file as it is now; none while there is no file.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        Stamp::of(&self.file)
    }
}

/// Reading the file causes events too, even our own reading; only writing counts.
fn changes_nothing(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}
