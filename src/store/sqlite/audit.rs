//! The audit in the database.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;

use super::Session;
use super::open::store_error;
use super::rows::{AuditColumns, all};
use super::schema::audit;
use jobs_error::Result;
use jobs_model::{AuditFilter, AuditRow, NewAuditRow};
use jobs_schedule::Time;

/// How many rows one step of pruning takes away.
const STEP: i64 = 1_000;

impl Session<'_> {
    pub fn audit(
        &mut self,
        filter: &AuditFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<AuditRow>> {
        all(filtered(filter)
            .order(audit::id.desc())
            .offset(skipped)
            .limit(limit)
            .select(AuditColumns::as_select())
            .load(self.connection))
    }

    pub fn audit_total(&mut self, filter: &AuditFilter) -> Result<u64> {
        let total: i64 = filtered(filter)
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(total.unsigned_abs())
    }
}

impl Session<'_> {
    pub fn insert_audit(&mut self, row: &NewAuditRow) -> Result<i64> {
        diesel::insert_into(audit::table)
            .values((
                audit::at.eq(row.at.millis()),
                audit::transport.eq(&row.transport),
                audit::who.eq(&row.who),
                audit::address.eq(&row.address),
                audit::operation.eq(&row.operation),
                audit::target.eq(&row.target),
                audit::before.eq(&row.before),
                audit::after.eq(&row.after),
                audit::outcome.eq(row.outcome.as_str()),
                audit::error.eq(&row.error),
            ))
            .returning(audit::id)
            .get_result(self.connection)
            .map_err(store_error)
    }

    pub fn set_audit_error(&mut self, id: i64, error: &str) -> Result<()> {
        diesel::update(audit::table.find(id))
            .set(audit::error.eq(error))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    /// Rows are only removed from the oldest on, so the numbers of those that are there have few gaps: the newest number minus the
    /// oldest tells how many there are at most, without counting them.
    pub fn prune_audit_beyond(&mut self, most: u64) -> Result<bool> {
        let newest: Option<i64> = audit::table
            .select(diesel::dsl::max(audit::id))
            .get_result(self.connection)
            .map_err(store_error)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let Some(last_removed) = newest.map(|newest| newest.saturating_sub(most)) else {
            return Ok(false);
        };
        let old = audit::table
            .filter(audit::id.le(last_removed))
            .select(audit::id)
            .order(audit::id)
            .limit(STEP);
        let ids: Vec<i64> = old.load(self.connection).map_err(store_error)?;
        if ids.is_empty() {
            return Ok(false);
        }
        diesel::delete(audit::table.filter(audit::id.eq_any(&ids)))
            .execute(self.connection)
            .map_err(store_error)?;
        Ok(ids.len() as i64 == STEP)
    }

    pub fn prune_audit(&mut self, until: Time) -> Result<bool> {
        let old = audit::table
            .filter(audit::at.lt(until.millis()))
            .select(audit::id)
            .order(audit::at)
            .limit(STEP);
        let ids: Vec<i64> = old.load(self.connection).map_err(store_error)?;
        if ids.is_empty() {
            return Ok(false);
        }
        diesel::delete(audit::table.filter(audit::id.eq_any(&ids)))
            .execute(self.connection)
            .map_err(store_error)?;
        Ok(ids.len() as i64 == STEP)
    }
}

type Query<'a> = audit::BoxedQuery<'a, Sqlite>;

fn filtered(filter: &AuditFilter) -> Query<'_> {
    let mut query = audit::table.into_boxed();
    // instr, not LIKE: `_` and `%` in a name mean themselves.
    if let Some(part) = &filter.who {
        query = query.filter(
            sql::<Bool>("instr(who, ")
                .bind::<Text, _>(part)
                .sql(") > 0"),
        );
    }
    if let Some(part) = &filter.target {
        query = query.filter(
            sql::<Bool>("instr(target, ")
                .bind::<Text, _>(part)
                .sql(") > 0"),
        );
    }
    if let Some(operation) = &filter.operation {
        query = query.filter(audit::operation.eq(operation));
    }
    if let Some(address) = &filter.address {
        query = query.filter(audit::address.eq(address));
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(audit::outcome.eq(outcome.as_str()));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit::at.ge(since.millis()));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit::at.lt(until.millis()));
    }
    query
}
