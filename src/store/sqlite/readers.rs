//! Reading connections, kept for reuse, and the version of the database that each of them sees.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use parking_lot::{Mutex, MutexGuard, RwLock, RwLockWriteGuard};

use super::Session;
use super::open::{self, store_error};
use super::prepared::Prepare;
use crate::reader::Link;
use crate::{Reader, Version};
use jobs_error::{Error, Result};

/// Upper bound on idle connections that are kept.
const IDLE: usize = 4;

/// The reading connections of a database.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reading>>,
    /// Locked for reading by each read, and for writing while the writer opens the database again: connections to two files
    /// with one name would share their index.
    open: RwLock<()>,
    /// The fault that the writer has found in the files of the database. The fault explains the errors of reads.
    loss: Mutex<Option<Error>>,
}

impl Readers {
    pub(super) fn of(path: &Path) -> Readers {
        Readers {
            path: path.to_path_buf(),
            idle: Mutex::default(),
            open: RwLock::default(),
            loss: Mutex::default(),
        }
    }

    /// Reads within one transaction.
    pub(super) fn read<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        self.with_connection(|reading| reading.read(work))
    }

    /// Reads within one transaction, for work that needs the version that it reads.
    pub(super) fn read_versioned<T>(
        &self,
        work: impl FnOnce(&mut Reader<'_>, Version) -> Result<T>,
    ) -> Result<T> {
        self.with_connection(|reading| reading.read_versioned(work))
    }

    /// The version that would be read now; absent when no idle connection is there to tell.
    pub(super) fn version(&self) -> Option<Version> {
        let _open = self.open.read_recursive();
        let mut reading = self.idle().pop()?;
        // A connection that fails is not used again; the next read reports the failure.
        let version = reading.version().ok()?;
        self.put_back(reading);
        Some(version)
    }

    /// Sets or clears the explanation of errors.
    pub(super) fn set_loss(&self, loss: Option<Error>) {
        *self.loss.lock() = loss;
    }

    /// Closes all connections, and keeps others from being opened as long as the guard lives. Nothing while a read is under way.
    pub(super) fn suspend(&self) -> Option<RwLockWriteGuard<'_, ()>> {
        let guard = self.open.try_write()?;
        self.idle().clear();
        Some(guard)
    }

    fn with_connection<T>(&self, work: impl FnOnce(&mut Reading) -> Result<T>) -> Result<T> {
        self.try_with_connection(work).map_err(|error| match error {
            Error::Store(_) => self.loss.lock().clone().unwrap_or(error),
            other => other,
        })
    }

    fn try_with_connection<T>(&self, work: impl FnOnce(&mut Reading) -> Result<T>) -> Result<T> {
        // Recursive: a read may be made within another one.
        let _open = self.open.read_recursive();
        let idle = self.idle().pop();
        let mut reading = match idle {
            Some(reading) => reading,
            None => Reading::open(&self.path)?,
        };
        let result = work(&mut reading);
        if let Err(Error::Store(_)) = &result {
            // The connection may be in the middle of a transaction: it is closed, and the next read opens another.
            return result;
        }
        self.put_back(reading);
        result
    }

    fn put_back(&self, reading: Reading) {
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push(reading);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.idle.lock()
    }
}

/// A connection that can only read, with a number of its own.
struct Reading {
    connection: SqliteConnection,
    number: u64,
}

impl Reading {
    fn open(path: &Path) -> Result<Reading> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Ok(Reading {
            connection: open::reading(path)?,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// The version that it would see now, or that the transaction sees in which it is.
    fn version(&mut self) -> Result<Version> {
        version(&mut self.connection, self.number)
    }

    fn read<T>(&mut self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        in_transaction(&mut self.connection, |connection| {
            work(&mut Reader {
                link: Link::Sqlite(Session::of(connection)),
            })
        })
    }

    fn read_versioned<T>(
        &mut self,
        work: impl FnOnce(&mut Reader<'_>, Version) -> Result<T>,
    ) -> Result<T> {
        let number = self.number;
        in_transaction(&mut self.connection, |connection| {
            // The first question: with it the view of the transaction begins.
            let version = version(connection, number)?;
            let mut reader = Reader {
                link: Link::Sqlite(Session::of(connection)),
            };
            work(&mut reader, version)
        })
    }
}

/// Reads a database through a connection that can't write or make a file.
pub(crate) fn read_only<T>(
    path: &Path,
    work: impl FnOnce(&mut Reader<'_>) -> Result<T>,
) -> Result<T> {
    let mut connection = open::read_only(path)?;
    in_transaction(&mut connection, |connection| {
        work(&mut Reader {
            link: Link::Sqlite(Session::of(connection)),
        })
    })
}

/// Reads within one transaction, so that several questions get answers of the same version.
fn in_transaction<T>(
    connection: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> Result<T>,
) -> Result<T> {
    AnsiTransactionManager::begin_transaction(connection).map_err(store_error)?;
    let result = work(connection);
    AnsiTransactionManager::rollback_transaction(connection).map_err(store_error)?;
    result
}

/// SQLite's `data_version` is another number as soon as anybody has committed anything, in this process or in another. One
/// connection's number means nothing to another connection, so the connection is a part of the version.
fn version(connection: &mut SqliteConnection, number: u64) -> Result<Version> {
    let counter = sql::<BigInt>("PRAGMA data_version")
        .prepared()
        .get_result(connection)
        .map_err(store_error)?;
    Ok(Version {
        line: number,
        counter,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::{Connection, InstrumentationEvent};

    use crate::{Backend, Fact, Store};

    #[test]
    fn version_takes_one_statement_that_is_prepared_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("jobs.db")).unwrap();
        store.read_versioned(|_, version| Ok(version)).unwrap();
        let counts: Arc<[AtomicUsize; 2]> = Arc::default();
        let Backend::Sqlite(database) = &store.shared.backend;
        let readers = &database.readers;
        let mut reading = readers.idle().pop().unwrap();
        let counted = counts.clone();
        reading.connection.set_instrumentation(
            move |event: InstrumentationEvent<'_>| match event {
                InstrumentationEvent::StartQuery { .. } => {
                    counted[0].fetch_add(1, Ordering::Relaxed);
                }
                InstrumentationEvent::CacheQuery { .. } => {
                    counted[1].fetch_add(1, Ordering::Relaxed);
                }
                _ => {}
            },
        );
        readers.put_back(reading);
        for _ in 0..10 {
            store.version().unwrap();
        }
        let [statements, prepared] =
            [0, 1].map(|which: usize| counts[which].load(Ordering::Relaxed));
        assert_eq!((statements, prepared), (10, 0));
    }

    #[test]
    fn version_changes_with_a_commit_of_any_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.db");
        let store = Store::open(&path).unwrap();
        assert_eq!(store.version(), None, "nobody has read yet");
        let read = || store.read_versioned(|_, version| Ok(version)).unwrap();
        let first = read();
        assert_eq!(store.version(), Some(first));
        store.write(|tx| tx.set_fact(&Fact::Probe(1))).unwrap();
        let second = store.version().unwrap();
        assert_ne!(second, first);
        assert!(first.is_superseded_by(second) && !second.is_superseded_by(second));
        assert_eq!(read(), second);

        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute("UPDATE facts SET value = '2'", []).unwrap();
        assert!(second.is_superseded_by(read()));
    }

    #[test]
    fn reader_gets_the_version_of_what_it_sees() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("jobs.db")).unwrap();
        let write = |zone: &'static str| {
            store
                .write(move |tx| tx.set_fact(&Fact::Zone(zone.to_string())))
                .unwrap()
        };
        write("1");
        store
            .read_versioned(|reader, version| {
                write("2");
                assert_eq!(reader.zone()?.as_deref(), Some("1"));
                // Another connection already sees what this one does not.
                let other =
                    store.read_versioned(|reader, version| Ok((version, reader.zone()?)))?;
                assert_eq!(other.1.as_deref(), Some("2"));
                assert_ne!(other.0, version);
                assert!(
                    !version.is_superseded_by(other.0),
                    "they are not to be compared"
                );
                Ok(())
            })
            .unwrap();
    }
}
