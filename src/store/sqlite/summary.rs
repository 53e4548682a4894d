//! Counts for the summary of a time.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use super::Session;
use super::open::store_error;
use super::rows::Column;
use jobs_error::Result;
use jobs_model::Status;
use jobs_schedule::Time;

/// The query reads no column behind the output of executions that ran: only occurrences that did not run have a count.
const QUARTERS: &str = "
    SELECT ended_at / 900000 * 900000 AS at, status,
        CAST(total(CASE WHEN status IN ('skipped', 'missed') THEN count ELSE 1 END) AS INTEGER) AS number
    FROM executions WHERE ended_at >= ?1 AND ended_at < ?2
    GROUP BY 1, 2";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Text)]
    status: Column<Status>,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Session<'_> {
    pub fn counts_by_quarter(
        &mut self,
        from: Time,
        until: Time,
    ) -> Result<Vec<(Time, Status, u64)>> {
        let counts: Vec<Count> = sql_query(QUARTERS)
            .bind::<BigInt, _>(from.millis())
            .bind::<BigInt, _>(until.millis())
            .load(self.connection)
            .map_err(store_error)?;
        Ok(counts
            .into_iter()
            .map(|count| {
                let at = Time::from_millis(count.at);
                (at, count.status.0, count.number.unsigned_abs())
            })
            .collect())
    }
}
