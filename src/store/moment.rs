//! What a reading connection sees, as something that can be compared.

use std::sync::atomic::{AtomicU64, Ordering};

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
pub struct Moment {
    connection: u64,
    version: i64,
}

impl Moment {
    /// Whether what that connection sees is something else at `other`.
    pub fn is_past_at(self, other: Moment) -> bool {
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
    pub(super) fn moment(&mut self) -> Result<Moment> {
        moment(&mut self.connection, self.number)
    }

    /// Reads within one transaction.
    pub(super) fn read<T>(&mut self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        query::read(&mut self.connection, work)
    }

    /// The same, for work that has to know at which moment.
    pub(super) fn read_at<T>(
        &mut self,
        work: impl FnOnce(&mut Reader<'_>, Moment) -> Result<T>,
    ) -> Result<T> {
        let number = self.number;
        self.read(|reader| {
            // The first question: with it the view of the transaction begins.
            let moment = moment(reader.connection, number)?;
            work(reader, moment)
        })
    }
}

fn moment(connection: &mut SqliteConnection, number: u64) -> Result<Moment> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        data_version: i64,
    }
    let row: Row = diesel::sql_query("PRAGMA data_version")
        .prepared()
        .get_result(connection)
        .map_err(store_error)?;
    Ok(Moment {
        connection: number,
        version: row.data_version,
    })
}
