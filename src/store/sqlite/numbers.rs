//! The numbers of executions: they rise, also when the database is an older copy than the files beside it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Session;
use super::open::store_error;
use jobs_error::Result;
use jobs_model::ExecId;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Session<'_> {
    pub fn last_number(&mut self) -> Result<ExecId> {
        diesel::sql_query(
            "SELECT coalesce(max(seq), 0) AS number FROM sqlite_sequence WHERE name = 'executions'",
        )
        .get_result::<Number>(self.connection)
        .map(|found| found.number)
        .map_err(store_error)
    }

    pub fn skip_numbers(&mut self, last: ExecId) -> Result<()> {
        if self.last_number()? >= last {
            return Ok(());
        }
        // The table of SQLite from which AUTOINCREMENT takes the next number. It has no row before the first execution.
        self.connection
            .batch_execute(&format!(
                "DELETE FROM sqlite_sequence WHERE name = 'executions';
                 INSERT INTO sqlite_sequence (name, seq) VALUES ('executions', {last});"
            ))
            .map_err(store_error)
    }
}
