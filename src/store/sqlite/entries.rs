//! Executions as a paged log, the executions of a day, and the removal of executions on request.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::sqlite::Sqlite;

use super::Session;
use super::executions::NOT_WELL;
use super::open::store_error;
use super::prepared::Prepare;
use super::prune::{Row, STEP, row};
use super::rows::{ExecutionRow, all};
use super::schema::executions;
use crate::{Clearing, EntryFilter, Pruned};
use jobs_error::Result;
use jobs_model::{ExecId, Execution, JobId, Status};
use jobs_schedule::Time;

impl Session<'_> {
    pub fn entries(
        &mut self,
        filter: &EntryFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<Execution>> {
        // First only the numbers, from an index, so that SQLite does not read the rows before the page.
        let numbers: Vec<ExecId> = ordered(filter)
            .offset(skipped)
            .limit(limit)
            .select(executions::exec_id)
            .load(self.connection)
            .map_err(store_error)?;
        let mut found: Vec<Execution> = all(executions::table
            .filter(executions::exec_id.eq_any(&numbers))
            .select(ExecutionRow::as_select())
            .load(self.connection))?;
        found.sort_by_key(|execution| execution.exec_id);
        if !filter.oldest_first {
            found.reverse();
        }
        Ok(found)
    }

    pub fn entries_total(&mut self, filter: &EntryFilter) -> Result<u64> {
        let total: i64 = filtered(filter)
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(total.unsigned_abs())
    }

    pub fn last_execution(&mut self, job_id: JobId) -> Result<ExecId> {
        executions::table
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id.desc())
            .select(executions::exec_id)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map(Option::unwrap_or_default)
            .map_err(store_error)
    }
}

impl Session<'_> {
    pub fn clear(&mut self, what: &mut Clearing) -> Result<Pruned> {
        let mut query = executions::table
            .filter(executions::exec_id.le(what.up_to))
            .filter(sql::<Bool>("status NOT IN ('queued', 'running')"))
            .limit(STEP)
            .select((row!(), executions::scheduled_at))
            .into_boxed();
        query = match &what.due {
            None => query
                .filter(executions::job_id.eq(what.job_id))
                .order(executions::exec_id),
            Some(due) => query
                .filter(executions::scheduled_at.ge(due.start.millis()))
                .filter(executions::scheduled_at.lt(due.end.millis()))
                .filter(sql::<Bool>("+job_id = ").bind::<BigInt, _>(what.job_id))
                .order(executions::scheduled_at),
        };
        let found: Vec<(Row, i64)> = query.load(self.connection).map_err(store_error)?;
        if let (Some(due), Some((_, last))) = (&mut what.due, found.last()) {
            due.start = Time::from_millis(*last);
        }
        let mut pruned = Pruned {
            more: found.len() as i64 == STEP,
            ..Pruned::default()
        };
        let rows: Vec<Row> = found.into_iter().map(|(row, _)| row).collect();
        self.delete_rows(&rows, true, &mut pruned)?;
        Ok(pruned)
    }
}

type Query<'a> = executions::BoxedQuery<'a, Sqlite>;

fn filtered(filter: &EntryFilter) -> Query<'_> {
    let mut query = executions::table.into_boxed();
    if let Some(due) = &filter.due {
        // A day is a small part of the history, so the index on `scheduled_at` is best. The `+` stops SQLite from using another.
        query = query
            .filter(executions::scheduled_at.ge(due.start.millis()))
            .filter(executions::scheduled_at.lt(due.end.millis()));
        if let Some(job_id) = filter.job_id {
            query = query.filter(sql::<Bool>("+job_id = ").bind::<BigInt, _>(job_id));
        }
        if let Some(status) = filter.status {
            query = query.filter(sql::<Bool>("+status = ").bind::<Text, _>(status.as_str()));
        }
        return query;
    }
    if let Some(job_id) = filter.job_id {
        query = query.filter(executions::job_id.eq(job_id));
    }
    if let Some(status) = filter.status {
        query = query.filter(executions::status.eq(status.as_str()));
        if !matches!(status, Status::Queued | Status::Running | Status::Success) {
            query = query.filter(sql::<Bool>(NOT_WELL));
        }
    }
    query
}

fn ordered(filter: &EntryFilter) -> Query<'_> {
    let query = filtered(filter);
    match (filter.due.is_some(), filter.oldest_first) {
        (false, false) => query.order(executions::exec_id.desc()),
        (false, true) => query.order(executions::exec_id),
        (true, false) => query.order(sql::<BigInt>("+exec_id DESC")),
        (true, true) => query.order(sql::<BigInt>("+exec_id")),
    }
}
