//! Notices when the database is moved, deleted or written over while nothing is written to it.
//!
//! Each commit examines the files as well (`src/store`). The events here are for a daemon that is idle: without them it would
//! call itself healthy until the next change.

use std::path::PathBuf;
use std::sync::Arc;

use jobs_scheduler::Scheduler;
use jobs_store::Store;

/// Watches the folder of the database until it is dropped. Returns at once where the system has no such events: there each
/// commit notices.
pub(super) async fn watch(database: PathBuf, store: Store, scheduler: Arc<Scheduler>) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = linux::watch(&database, &store, &scheduler).await {
        tracing::warn!(
            %error,
            "the folder of the database can't be watched: only a change notices when the database has gone"
        );
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (database, store, scheduler);
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::io;
    use std::path::Path;
    use std::time::Duration;

    use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
    use rustix::io::Errno;

    use super::{Arc, Scheduler, Store};
    use jobs_fs::Readable;

    /// How long events gather: a file is moved and replaced in several steps.
    const GATHER: Duration = Duration::from_millis(300);

    /// How long events are left alone after the files were found to be wrong. Attempts to open the database again cause
    /// events too.
    const WRONG: Duration = Duration::from_secs(5);

    pub(super) async fn watch(
        database: &Path,
        store: &Store,
        scheduler: &Arc<Scheduler>,
    ) -> io::Result<()> {
        let folder = database.parent().unwrap_or(Path::new("/"));
        // Not by the library `notify`: it watches for writes as well, so each commit would wake the daemon a second time.
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let changes = WatchFlags::ATTRIB
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        inotify::add_watch(&events, folder, changes)?;
        let events = Readable::new(events)?;
        loop {
            let mut ready = events.wait().await?;
            tokio::time::sleep(GATHER).await;
            drain(&events)?;
            ready.clear_ready();
            let examined = store.examine().await;
            // Another folder may have this path by now. An error is none: the folder may be missing, and may come back.
            let _ = inotify::add_watch(&events, folder, changes);
            if examined.is_err() {
                // The store has logged it. The scheduler tries again each second, and shows the trouble meanwhile.
                scheduler.poke();
                tokio::time::sleep(WRONG).await;
            }
        }
    }

    /// Reads all events. Which they are does not matter: the files are examined.
    fn drain(events: &Readable) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            match rustix::io::read(events, &mut buffer) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
