//! Executions as a log: a page of them, those of a day, and what somebody wants to be gone.

use std::ops::Range;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::sqlite::Sqlite;

use super::executions::NOT_WELL;
use super::open::store_error;
use super::prepared::Prepare;
use super::prune::{Pruned, ROW, Row, STEP};
use super::query::{Reader, Tx};
use crate::error::Result;
use crate::model::schema::executions;
use crate::model::{ExecId, Execution, JobId, Status};
use crate::schedule::Time;

/// Which executions are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct EntryFilter {
    pub job_id: Option<JobId>,
    pub status: Option<Status>,
    /// When they were due.
    pub due: Option<Range<Time>>,
    /// In the order in which they were admitted, rather than the last one first.
    pub oldest_first: bool,
}

/// The executions of a job that are to go.
#[derive(Clone, Debug)]
pub struct Clearing {
    pub job_id: JobId,
    /// When they were due; what was looked at already is no longer part of it.
    pub due: Option<Range<Time>>,
    /// The last one that was there when somebody asked.
    pub up_to: ExecId,
}

impl Reader<'_> {
    /// At most `limit` executions that pass the filter, without the first `skipped`.
    pub fn entries(
        &mut self,
        filter: &EntryFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<Execution>> {
        // First the numbers alone, from an index: what is skipped is not read.
        let numbers: Vec<ExecId> = ordered(filter)
            .offset(skipped)
            .limit(limit)
            .select(executions::exec_id)
            .load(self.connection)
            .map_err(store_error)?;
        let mut found = executions::table
            .filter(executions::exec_id.eq_any(&numbers))
            .select(Execution::as_select())
            .load(self.connection)
            .map_err(store_error)?;
        found.sort_by_key(|execution: &Execution| execution.exec_id);
        if !filter.oldest_first {
            found.reverse();
        }
        Ok(found)
    }

    /// How many executions pass the filter.
    pub fn entries_total(&mut self, filter: &EntryFilter) -> Result<u64> {
        let total: i64 = filtered(filter)
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(total.unsigned_abs())
    }

    /// The number of the latest execution of a job; 0 when it has none.
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

impl Tx<'_> {
    /// One step of taking away what somebody wants to be gone: only what is over goes.
    pub fn clear(&mut self, what: &mut Clearing) -> Result<Pruned> {
        let mut query = executions::table
            .filter(executions::exec_id.le(what.up_to))
            .filter(sql::<Bool>("status NOT IN ('queued', 'running')"))
            .limit(STEP)
            .select((ROW, executions::scheduled_at))
            .into_boxed();
        query = match &what.due {
            None => query
                .filter(executions::job_id.eq(what.job_id))
                .order(executions::exec_id),
            Some(due) => query
                .filter(executions::scheduled_at.ge(due.start))
                .filter(executions::scheduled_at.lt(due.end))
                .filter(sql::<Bool>("+job_id = ").bind::<BigInt, _>(what.job_id))
                .order(executions::scheduled_at),
        };
        let found: Vec<(Row, Time)> = query.load(self.connection).map_err(store_error)?;
        if let (Some(due), Some((_, last))) = (&mut what.due, found.last()) {
            due.start = *last;
        }
        let mut pruned = Pruned {
            more: found.len() as i64 == STEP,
            ..Pruned::default()
        };
        let rows: Vec<Row> = found.into_iter().map(|(row, _)| row).collect();
        self.take_away(&rows, &mut pruned)?;
        Ok(pruned)
    }
}

type Query<'a> = executions::BoxedQuery<'a, Sqlite>;

fn filtered(filter: &EntryFilter) -> Query<'_> {
    let mut query = executions::table.into_boxed();
    if let Some(due) = &filter.due {
        // A day is so small a part of the whole that its index is the one to use: the `+` keeps SQLite from the others.
        query = query
            .filter(executions::scheduled_at.ge(due.start))
            .filter(executions::scheduled_at.lt(due.end));
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
        query = query.filter(executions::status.eq(status));
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
