//! The store: jobs, executions, accounts and the audit in a database, behind a boundary that names no database.
//!
//! [`Store`] opens it, [`Reader`] answers questions, [`Tx`] changes; filters, answers and errors are in domain words. A backend
//! (`sqlite`) stands behind them. The rest of the program sees nothing of a backend but this.
//!
//! # What a backend promises
//!
//! - **Atomicity.** All changes of a unit of work ([`Store::write`]) are kept or none, also across a crash. A unit that fails or
//!   panics leaves nothing behind and does not disturb units that share its commit.
//! - **Durability before the answer.** A caller is answered when the commit is on disk, not before: an acknowledged change
//!   survives `kill -9` and a power cut. A commit whose outcome is unknown must be found out before the answer.
//! - **Events after the commit.** The events of a unit ([`Tx::tell`], and those that its changes are) are published when the
//!   commit is on disk, in the order of the commits, and not at all when the unit is not kept.
//! - **A consistent snapshot.** All answers that one [`Reader`] gives are of the same version of the database, whatever is
//!   committed meanwhile. A [`Tx`] sees its own changes as well. Readers do not wait for writers.
//! - **Numbers in order.** The number of an execution is greater than the numbers of all executions that were recorded before it,
//!   also of those that are removed since. Numbers of jobs and executions are never used again.
//! - **Claims at most once.** An occurrence is claimed by one unit: that moves its job on ([`Tx::advance_job`]) and records the
//!   execution. Of two units that read the same job, the second sees what the first has written, or fails and is run again. The row
//!   of a claimed execution has a [`Lease`]: no other owner starts or ends the execution while that holds. A lease without an
//!   `until` holds as long as its owner lives; when a daemon starts, all leases of other owners have expired.
//! - **Ends once.** [`Tx::finish`] records the end of an execution that is not over; a second end changes nothing.
//! - **Versions.** Equal [`Version`]s mean equal contents. [`Store::version`] may always answer "unknown"; then nothing is served
//!   from the response cache.
//! - **Retry of whole units.** A backend in which units can collide runs a unit again from its beginning after a collision, so a
//!   unit has no effect but through its [`Tx`]. (SQLite has one writer and no collisions, so units are `FnOnce` today.)
//! - **Retention.** A step of [`Tx::prune`] and [`Tx::clear`] is small; it removes no execution that is not over, and pruning
//!   keeps the last failure of each job that exists.
//!
//! `tests/conformance` tests these promises through the boundary; each backend runs it.
//!
//! # What a hot path may cost
//!
//! A claim and an end are one INSERT and two UPDATEs, whose statements are prepared once, and share their flush with all that
//! gathers meanwhile. A benchmark counts the instructions.

mod alerts;
mod fact;
mod filters;
mod lease;
mod probe;
mod reader;
mod retention;
mod sqlite;
#[cfg(test)]
mod tests;
mod tx;
mod version;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use prometheus::Histogram;
use tokio::sync::oneshot;

pub use fact::Fact;
pub use filters::{
    Clearing, DueNotices, EntryFilter, FailedRuns, Finished, HistoryFilter, Hours, JobCounts,
    JobFilter, JobListing, JobName, JobOutcome, LiveCounts, MissedOccurrences, NoticeDelay,
    NoticeEnd, PlannedJob, RetryLink, SlowRun, Startable, Troubles, Waiting,
};
pub use lease::{Lease, Owner};
pub use probe::Probe;
pub use reader::Reader;
use retention::Beyond;
pub use retention::{Cursor, Limits, Pruned};
pub use tx::Tx;
pub use version::Version;
pub use watch::Watch;

use jobs_error::{Error, Result};
use jobs_events::Events;

/// The database. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    backend: Backend,
    events: Events,
    watch: Arc<Watch>,
    /// The owner of all leases that this store gives.
    owner: Owner,
    /// The last probe and its time.
    probe: Mutex<Option<(Instant, Probe)>>,
}

/// The kinds of databases.
enum Backend {
    Sqlite(sqlite::Database),
}

/// Reads a database that a daemon may have open, from another process. Changes nothing and makes no file.
///
/// # Errors
///
/// When there is no such database, it can't be read, or `work` fails.
pub fn read_only<T>(path: &Path, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
    sqlite::read_only(path, work)
}

impl Store {
    /// Opens the database at `path`, makes or migrates its tables, and starts the writer.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, is no database, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Store> {
        Ok(Store {
            shared: Arc::new(Shared {
                backend: Backend::Sqlite(sqlite::Database::open(path)?),
                events: Events::new(),
                watch: Arc::default(),
                owner: Owner::new(),
                probe: Mutex::new(None),
            }),
        })
    }

    /// Does `work` in a transaction and waits until it is on disk. Blocks.
    ///
    /// None of its changes is kept when `work` fails or when the commit does.
    pub fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.submit(work)
            .blocking_recv()
            .unwrap_or(Err(Error::ShuttingDown))
    }

    /// As [`Store::write`] for each of them. They share their commits; one that fails does not disturb the others.
    pub fn write_each<T, F>(&self, works: impl IntoIterator<Item = F>) -> Vec<Result<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let submitted: Vec<_> = works.into_iter().map(|work| self.submit(work)).collect();
        submitted
            .into_iter()
            .map(|answer| answer.blocking_recv().unwrap_or(Err(Error::ShuttingDown)))
            .collect()
    }

    /// As [`Store::write`], without blocking the thread.
    pub async fn write_async<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.submit(work).await.unwrap_or(Err(Error::ShuttingDown))
    }

    /// Does `work` in a transaction, takes all its changes back, and returns what it has returned. No event is published. Blocks.
    pub fn dry_run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        // A dry run changes nothing in memory either.
        let watch = Arc::default();
        match &self.shared.backend {
            Backend::Sqlite(database) => {
                database.submit(sqlite::Unit::undone(work, self.shared.owner, watch, reply));
            }
        }
        answer.blocking_recv().unwrap_or(Err(Error::ShuttingDown))
    }

    /// Writes as soon as the writer comes to it, without waiting for that. For a change whose loss does no harm: nobody learns
    /// whether it was kept.
    pub fn write_later<F>(&self, work: F)
    where
        F: FnOnce(&mut Tx<'_>) -> Result<()> + Send + 'static,
    {
        drop(self.submit(work));
    }

    /// Reads a consistent view, without waiting for writers. Blocks.
    pub fn read<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        match &self.shared.backend {
            Backend::Sqlite(database) => database.read(work),
        }
    }

    /// As [`Store::read`], for work that needs the version that it reads.
    pub fn read_versioned<T>(
        &self,
        work: impl FnOnce(&mut Reader<'_>, Version) -> Result<T>,
    ) -> Result<T> {
        match &self.shared.backend {
            Backend::Sqlite(database) => database.read_versioned(work),
        }
    }

    /// The version that would be read now: an answer made from an equal one is valid still. Absent when the backend can't tell at
    /// once.
    pub fn version(&self) -> Option<Version> {
        match &self.shared.backend {
            Backend::Sqlite(database) => database.version(),
        }
    }

    /// The owner of the leases by which this store claims executions.
    pub fn owner(&self) -> Owner {
        self.shared.owner
    }

    /// Commits what waits and ends the writer; later writes fail with [`Error::ShuttingDown`]. Blocks.
    pub fn close(&self) {
        match &self.shared.backend {
            Backend::Sqlite(database) => database.close(),
        }
    }

    /// The daemon's events. Those of a transaction are published here when it is on disk, in the order of the commits.
    pub fn events(&self) -> &Events {
        &self.shared.events
    }

    /// What is known in memory about alerts.
    pub fn watch(&self) -> &Arc<Watch> {
        &self.shared.watch
    }

    /// The times that commits took, in seconds.
    pub fn commits(&self) -> &Histogram {
        match &self.shared.backend {
            Backend::Sqlite(database) => database.commits(),
        }
    }

    fn submit<T, F>(&self, work: F) -> oneshot::Receiver<Result<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let shared = &self.shared;
        match &shared.backend {
            Backend::Sqlite(database) => {
                let heard = (shared.events.clone(), shared.watch.clone());
                let unit = sqlite::Unit::new(work, shared.owner, heard, reply);
                database.submit(unit);
            }
        }
        answer
    }
}
