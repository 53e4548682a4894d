//! What a reading connection sees, as something that can be compared.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::open::{self, store_error};
use super::prepared::Prepare;
use super::query::{self, Reader};
use crate::error::Result;

/// What a reading connection saw: when it is the same, the connection sees the same, to the last byte.
///
/// It is SQLite's own `data_version`, which is another one as soon as anybody has committed anything, this process or
/// another. One connection's is of no use to another connection; so the connection is a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    connection: u64,
    version: i64,
}

impl Version {
    /// Whether what that connection sees is something else at `other`.
    pub fn is_superseded_by(self, other: Version) -> bool {
        self.connection == other.connection && self.version != other.version
    }
}

/// A connection that can only read, and cannot be taken for another one.
pub(super) struct Reading {
    connection: SqliteConnection,
    number: u64,
}

impl Reading {
    pub(super) fn open(path: &std::path::Path) -> Result<Reading> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Ok(Reading {
            connection: open::reading(path)?,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// What it would see now. Of a transaction that it is in, it is what that sees.
    pub(super) fn version(&mut self) -> Result<Version> {
        version(&mut self.connection, self.number)
    }

    /// Reads within one transaction.
    pub(super) fn read<T>(&mut self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        query::read(&mut self.connection, work)
    }

    /// The same, for work that has to know at which version.
    pub(super) fn read_versioned<T>(
        &mut self,
        work: impl FnOnce(&mut Reader<'_>, Version) -> Result<T>,
    ) -> Result<T> {
        let number = self.number;
        self.read(|reader| {
            // The first question: with it the view of the transaction begins.
            let version = version(reader.connection, number)?;
            work(reader, version)
        })
    }
}

fn version(connection: &mut SqliteConnection, number: u64) -> Result<Version> {
    let version = sql::<BigInt>("PRAGMA data_version")
        .prepared()
        .get_result(connection)
        .map_err(store_error)?;
    Ok(Version {
        connection: number,
        version,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::{Connection, InstrumentationEvent};

    use crate::store::Store;

    #[test]
    fn to_tell_the_moment_takes_one_statement_that_is_prepared_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("jobs.db")).unwrap();
        store.read_versioned(|_, version| Ok(version)).unwrap();
        let counts: Arc<[AtomicUsize; 2]> = Arc::default();
        let mut reading = store.readers().pop().unwrap();
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
        store.put_back(reading);
        for _ in 0..10 {
            store.version().unwrap();
        }
        let [statements, prepared] =
            [0, 1].map(|which: usize| counts[which].load(Ordering::Relaxed));
        assert_eq!((statements, prepared), (10, 0));
    }

    #[test]
    fn a_moment_lasts_until_somebody_commits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.db");
        let store = Store::open(&path).unwrap();
        assert_eq!(store.version(), None, "nobody has read yet");
        let read = || store.read_versioned(|_, version| Ok(version)).unwrap();
        let first = read();
        assert_eq!(store.version(), Some(first));
        store.write(|tx| tx.set_fact("a", "1")).unwrap();
        let second = store.version().unwrap();
        assert_ne!(second, first);
        assert!(first.is_superseded_by(second) && !second.is_superseded_by(second));
        assert_eq!(read(), second);

        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute("UPDATE facts SET value = '2'", []).unwrap();
        assert!(second.is_superseded_by(read()));
    }

    #[test]
    fn a_reader_has_the_moment_of_what_it_sees() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("jobs.db")).unwrap();
        let write = |value: &'static str| store.write(move |tx| tx.set_fact("a", value)).unwrap();
        write("1");
        store
            .read_versioned(|reader, version| {
                write("2");
                assert_eq!(reader.fact("a")?.as_deref(), Some("1"));
                // Another connection already sees what this one does not.
                let other =
                    store.read_versioned(|reader, version| Ok((version, reader.fact("a")?)))?;
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
