//! What the rest of the house may ask of the database: a reader to look, a transaction to change.

use diesel::SqliteConnection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};

use super::open::store_error;
use crate::error::Result;
use crate::events::Event;

/// A consistent view of the database.
pub struct Reader<'c> {
    pub(super) connection: &'c mut SqliteConnection,
}

/// A transaction: it sees what it has changed itself, and all of it is kept or nothing.
pub struct Tx<'c> {
    reader: Reader<'c>,
    told: Vec<Event>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c mut SqliteConnection) -> Self {
        Tx {
            reader: Reader { connection },
            told: Vec::new(),
        }
    }

    /// Has an event told once this transaction is on disk.
    pub fn tell(&mut self, event: Event) {
        self.told.push(event);
    }

    /// What is to be told.
    pub(super) fn into_told(self) -> Vec<Event> {
        self.told
    }
}

impl<'c> std::ops::Deref for Tx<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Reader<'c> {
        &self.reader
    }
}

impl<'c> std::ops::DerefMut for Tx<'c> {
    fn deref_mut(&mut self) -> &mut Reader<'c> {
        &mut self.reader
    }
}

/// Reads within one transaction, so that several questions get answers of the same moment.
pub(super) fn read<T>(
    connection: &mut SqliteConnection,
    work: impl FnOnce(&mut Reader<'_>) -> Result<T>,
) -> Result<T> {
    AnsiTransactionManager::begin_transaction(connection).map_err(store_error)?;
    let result = work(&mut Reader { connection });
    AnsiTransactionManager::rollback_transaction(connection).map_err(store_error)?;
    result
}
