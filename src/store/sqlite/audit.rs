//! The audit in the database.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;

use super::Session;
use super::open::store_error;
use super::prepared::always;
use super::rows::{AuditColumns, all, one};
use super::schema::{audit, audit_jobs};
use jobs_error::Result;
use jobs_model::{AuditFilter, AuditRow, JobId, NewAuditRow};
use jobs_schedule::Time;

/// Upper bound on the jobs that are linked to a row, and on the links that one step of pruning takes away.
const LINKS: usize = 10_000;

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

    pub fn audit_of_job(
        &mut self,
        job_id: JobId,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<(AuditRow, String)>> {
        let links: Vec<(i64, String)> = audit_jobs::table
            .filter(audit_jobs::job_id.eq(job_id))
            .order(audit_jobs::audit_id.desc())
            .offset(skipped)
            .limit(limit)
            .select((audit_jobs::audit_id, audit_jobs::name))
            .load(self.connection)
            .map_err(store_error)?;
        let mut rows = Vec::with_capacity(links.len());
        for (id, name) in links {
            rows.extend(self.audit_row(id)?.map(|row| (row, name)));
        }
        Ok(rows)
    }

    pub fn audit_of_job_total(&mut self, job_id: JobId) -> Result<u64> {
        let total: i64 = audit_jobs::table
            .filter(audit_jobs::job_id.eq(job_id))
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(total.unsigned_abs())
    }

    pub fn audit_row_of_job(
        &mut self,
        job_id: JobId,
        id: i64,
    ) -> Result<Option<(AuditRow, String)>> {
        let name: Option<String> = audit_jobs::table
            .find((job_id, id))
            .select(audit_jobs::name)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        match name {
            Some(name) => Ok(self.audit_row(id)?.map(|row| (row, name))),
            None => Ok(None),
        }
    }

    fn audit_row(&mut self, id: i64) -> Result<Option<AuditRow>> {
        one(audit::table
            .find(id)
            .select(AuditColumns::as_select())
            .get_result(self.connection))
    }
}

impl Session<'_> {
    pub fn insert_audit(&mut self, row: &NewAuditRow) -> Result<i64> {
        let id = diesel::insert_into(audit::table)
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
            .map_err(store_error)?;
        for (job_id, name) in row.jobs.iter().take(LINKS) {
            always!(diesel::insert_or_ignore_into(audit_jobs::table).values((
                audit_jobs::job_id.eq(job_id),
                audit_jobs::audit_id.eq(id),
                audit_jobs::name.eq(name),
            )))
            .execute(self.connection)
            .map_err(store_error)?;
        }
        Ok(id)
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
        self.delete_audit(&ids)
    }

    pub fn prune_audit(&mut self, until: Time) -> Result<bool> {
        let old = audit::table
            .filter(audit::at.lt(until.millis()))
            .select(audit::id)
            .order(audit::at)
            .limit(STEP);
        let ids: Vec<i64> = old.load(self.connection).map_err(store_error)?;
        self.delete_audit(&ids)
    }
}

impl Session<'_> {
    /// Removes rows, or first some of their links to jobs. Returns whether there may be more to remove.
    fn delete_audit(&mut self, ids: &[i64]) -> Result<bool> {
        if ids.is_empty() {
            return Ok(false);
        }
        let links: Vec<(JobId, i64)> = audit_jobs::table
            .filter(audit_jobs::audit_id.eq_any(ids))
            .limit(LINKS as i64)
            .select((audit_jobs::job_id, audit_jobs::audit_id))
            .load(self.connection)
            .map_err(store_error)?;
        for link in &links {
            diesel::delete(audit_jobs::table.find(*link))
                .execute(self.connection)
                .map_err(store_error)?;
        }
        if links.len() == LINKS {
            return Ok(true);
        }
        diesel::delete(audit::table.filter(audit::id.eq_any(ids)))
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
