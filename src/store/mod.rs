//! The only home of SQL: one writer that owns its connection and commits what has gathered, readers with their own.

mod access;
mod active;
mod audit;
mod entries;
mod executions;
mod figures;
pub mod foreign;
mod jobs;
mod live;
mod open;
mod prepared;
mod probe;
mod prune;
mod query;
#[cfg(test)]
mod tests;
mod version;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};
use prometheus::Histogram;
use tokio::sync::oneshot;

pub use entries::{Clearing, EntryFilter};
pub use executions::{Finished, HistoryFilter};
pub use jobs::{JobCounts, JobFilter, JobName};
pub use live::{LiveCounts, RetryLink};
pub use probe::Probe;
pub use prune::{Cursor, Limits, Pruned};
pub use query::{Reader, Tx};
pub use version::Version;

use crate::error::{Error, Result};
use crate::events::Events;
use version::Reading;
use writer::Writer;

/// How many idle reading connections are kept.
const IDLE_READERS: usize = 4;

/// The database. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    writer: Writer,
    readers: Mutex<Vec<Reading>>,
    events: Events,
    /// What the last probe has found, and when.
    probe: Mutex<Option<(Instant, Probe)>>,
}

impl Store {
    /// Opens the database at `path`, makes or migrates its tables, and starts the writer.
    ///
    /// Fails when the file cannot be read or written, is no database, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Store> {
        let connection = open::writing(path)?;
        Ok(Store {
            shared: Arc::new(Shared {
                path: path.to_path_buf(),
                writer: Writer::start(connection)?,
                readers: Mutex::new(Vec::new()),
                events: Events::new(),
                probe: Mutex::new(None),
            }),
        })
    }

    /// Does `work` in a transaction and waits until it is on disk. Blocks.
    ///
    /// Nothing of it is kept when `work` fails or when the commit does.
    pub fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.submit(work)
            .blocking_recv()
            .unwrap_or(Err(Error::ShuttingDown))
    }

    /// As [`Store::write`], without blocking the thread.
    pub async fn write_async<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.submit(work).await.unwrap_or(Err(Error::ShuttingDown))
    }

    /// Reads on a connection of its own: a consistent view that no writer holds up. Blocks.
    pub fn read<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        self.with_reading(|reading| reading.read(work))
    }

    /// As [`Store::read`], for work that has to know which version it reads.
    pub fn read_versioned<T>(
        &self,
        work: impl FnOnce(&mut Reader<'_>, Version) -> Result<T>,
    ) -> Result<T> {
        self.with_reading(|reading| reading.read_versioned(work))
    }

    /// The version that would be read now: what was made at an equal one would be made again. Nothing when no connection is at
    /// hand to tell.
    pub fn version(&self) -> Option<Version> {
        let mut reading = self.readers().pop()?;
        // One that fails is not used again, and its trouble is that of the next to read.
        let version = reading.version().ok()?;
        self.put_back(reading);
        Some(version)
    }

    fn with_reading<T>(&self, work: impl FnOnce(&mut Reading) -> Result<T>) -> Result<T> {
        let idle = self.readers().pop();
        let mut reading = match idle {
            Some(reading) => reading,
            None => Reading::open(&self.shared.path)?,
        };
        let result = work(&mut reading);
        if let Err(Error::Store(_)) = &result {
            // It may be in the middle of a transaction: the next reader gets another one.
            return result;
        }
        self.put_back(reading);
        result
    }

    fn put_back(&self, reading: Reading) {
        let mut readers = self.readers();
        if readers.len() < IDLE_READERS {
            readers.push(reading);
        }
    }

    fn readers(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.shared.readers.lock()
    }

    /// Commits what is waiting and ends the writer; later writes fail with [`Error::ShuttingDown`]. Blocks.
    pub fn close(&self) {
        self.shared.writer.close();
    }

    /// What happens in the house. What a transaction tells of is told here when it is on disk, in the order of the commits.
    pub fn events(&self) -> &Events {
        &self.shared.events
    }

    /// How long each commit took, in seconds.
    pub fn commits(&self) -> &Histogram {
        &self.shared.writer.commits
    }

    fn submit<T, F>(&self, work: F) -> oneshot::Receiver<Result<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let unit = writer::Unit::new(work, self.shared.events.clone(), reply);
        self.shared.writer.submit(unit);
        answer
    }
}
