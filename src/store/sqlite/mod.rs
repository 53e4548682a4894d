//! The SQLite backend: one writer that owns its connection and commits what has gathered, and reading connections.
//!
//! [`Session`] answers what [`super::Reader`] and [`super::Tx`] promise; the documentation stands there.

mod access;
mod active;
mod alerts;
mod audit;
mod channels;
mod counts;
mod entries;
mod executions;
mod figures;
mod files;
mod fill;
mod history;
mod ids;
mod jobs;
mod keeper;
mod list;
mod list_filter;
mod live;
mod notices;
mod numbers;
mod open;
mod planned;
mod prepared;
mod prune;
mod readers;
mod rows;
mod runs;
mod schema;
mod search_text;
mod sessions;
mod strip;
mod summary;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;

use diesel::SqliteConnection;
use prometheus::Histogram;

pub(super) use readers::read_only;
pub(super) use writer::Unit;

use super::{Reader, Version};
use counts::Tally;
use jobs_error::Result;
use keeper::Keeper;
use readers::Readers;
use writer::Writer;

/// A database in a file.
pub(super) struct Database {
    writer: Writer,
    readers: Arc<Readers>,
}

/// A connection within a transaction.
pub(super) struct Session<'c> {
    connection: &'c mut SqliteConnection,
    /// The changes of a unit of work to the kept counts.
    tally: Tally,
}

impl<'c> Session<'c> {
    const fn of(connection: &'c mut SqliteConnection) -> Self {
        Session {
            connection,
            tally: Tally::new(),
        }
    }
}

impl Database {
    /// Opens the database at `path`, makes or migrates its tables, and starts the writer.
    pub(super) fn open(path: &Path) -> Result<Database> {
        let (connection, files) = open::writing(path)?;
        let readers = Arc::new(Readers::of(path));
        let keeper = Keeper::of(connection, files, readers.clone());
        Ok(Database {
            writer: Writer::start(keeper)?,
            readers,
        })
    }

    /// Has a unit of work done by the writer.
    pub(super) fn submit(&self, unit: Unit) {
        self.writer.submit(unit);
    }

    /// Reads within one transaction.
    pub(super) fn read<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        self.readers.read(work)
    }

    /// Reads within one transaction, for work that needs the version that it reads.
    pub(super) fn read_versioned<T>(
        &self,
        work: impl FnOnce(&mut Reader<'_>, Version) -> Result<T>,
    ) -> Result<T> {
        self.readers.read_versioned(work)
    }

    /// The version that would be read now, if an idle connection is there to tell.
    pub(super) fn version(&self) -> Option<Version> {
        self.readers.version()
    }

    /// Commits what waits and ends the writer.
    pub(super) fn close(&self) {
        self.writer.close();
    }

    /// The times that commits took, in seconds.
    pub(super) const fn commits(&self) -> &Histogram {
        &self.writer.commits
    }
}

#[cfg(test)]
impl<'c> Reader<'c> {
    fn sqlite(&mut self) -> &mut SqliteConnection {
        self.sqlite_session().connection
    }

    fn sqlite_session(&mut self) -> &mut Session<'c> {
        match self.link() {
            super::reader::Link::Sqlite(session) => session,
        }
    }
}
