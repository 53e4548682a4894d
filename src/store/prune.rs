//! Retention: what the history forgets, in steps so small that no tick waits for them.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::open::store_error;
use super::query::Tx;
use crate::error::Result;
use crate::model::schema::{executions, removed_jobs};
use crate::model::{ExecId, JobId, Status};
use crate::schedule::Time;

/// How many executions one step looks at, or takes away.
const STEP: i64 = 200;

/// What the history keeps at most; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Executions by age.
    pub age: Duration,
    /// Executions of one job.
    pub per_job: u64,
    /// Bytes of all executions.
    pub bytes: u64,
}

/// Where a pass over the history stands.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    /// Jobs that have new executions since the last pass.
    pub dirty: BTreeSet<JobId>,
    /// The oldest executions up to here were looked at in this pass.
    oldest: ExecId,
}

/// What a step took away.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// How many executions.
    pub executions: u64,
    /// Those of them that have files of output, which are to be removed now.
    pub files: Vec<ExecId>,
    /// Whether there is more to do.
    pub more: bool,
}

type Row = (ExecId, JobId, Status, Option<Time>, i64, bool);

impl Tx<'_> {
    /// One step of a pass over the history.
    pub fn prune(&mut self, cursor: &mut Cursor, limits: &Limits, now: Time) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        if self.prune_removed(&mut pruned)? {
            return Ok(pruned);
        }
        while let Some(job_id) = cursor.dirty.pop_first() {
            if self.prune_job(job_id, limits.per_job, &mut pruned)? {
                cursor.dirty.insert(job_id);
                pruned.more = true;
                return Ok(pruned);
            }
            if pruned.executions > 0 {
                pruned.more = true;
                return Ok(pruned);
            }
        }
        self.prune_oldest(cursor, limits, now, &mut pruned)?;
        if !pruned.more {
            cursor.oldest = 0;
        }
        Ok(pruned)
    }

    /// Takes away a part of what a removed job left; says whether there was something.
    fn prune_removed(&mut self, pruned: &mut Pruned) -> Result<bool> {
        let gone: Vec<JobId> = removed_jobs::table
            .select(removed_jobs::job_id)
            .load(self.connection)
            .map_err(store_error)?;
        for job_id in gone {
            let rows = self.rows_of(job_id, 0)?;
            let (over, live): (Vec<Row>, Vec<Row>) =
                rows.into_iter().partition(|row| row.2.is_final());
            if over.is_empty() {
                // What still runs of it is waited for.
                if live.is_empty() {
                    diesel::delete(removed_jobs::table.find(job_id))
                        .execute(self.connection)
                        .map_err(store_error)?;
                }
                continue;
            }
            self.take_away(&over, pruned)?;
            pruned.more = true;
            return Ok(true);
        }
        Ok(false)
    }

    /// Takes away what a job has beyond `keep` executions; says whether there may be more of it.
    fn prune_job(&mut self, job_id: JobId, keep: u64, pruned: &mut Pruned) -> Result<bool> {
        if keep == 0 {
            return Ok(false);
        }
        let rows = self.rows_of(job_id, i64::try_from(keep).unwrap_or(i64::MAX))?;
        let full = rows.len() as i64 == STEP;
        let rows = self.without_last_failures(rows)?;
        let some = !rows.is_empty();
        self.take_away(&rows, pruned)?;
        Ok(full && some)
    }

    /// Takes away from the oldest executions those that are too old, or too many bytes in all.
    fn prune_oldest(
        &mut self,
        cursor: &mut Cursor,
        limits: &Limits,
        now: Time,
        pruned: &mut Pruned,
    ) -> Result<()> {
        let mut excess = match limits.bytes {
            0 => 0,
            limit => self
                .kept_bytes()?
                .saturating_sub(i64::try_from(limit).unwrap_or(i64::MAX))
                .max(0),
        };
        let cutoff = (!limits.age.is_zero()).then(|| now.minus(limits.age));
        if excess == 0 && cutoff.is_none() {
            return Ok(());
        }
        let rows: Vec<Row> = executions::table
            .filter(executions::exec_id.gt(cursor.oldest))
            .filter(sql::<Bool>("status NOT IN ('queued', 'running')"))
            .order(executions::exec_id)
            .limit(STEP)
            .select((
                executions::exec_id,
                executions::job_id,
                executions::status,
                executions::ended_at,
                executions::kept_bytes,
                executions::in_file,
            ))
            .load(self.connection)
            .map_err(store_error)?;
        let looked_at = rows.len() as i64;
        let last = rows.last().map_or(cursor.oldest, |row| row.0);
        let mut unwanted = Vec::new();
        let mut reached_the_new = false;
        for row in self.without_last_failures(rows)? {
            let too_old = matches!((cutoff, row.3), (Some(cutoff), Some(ended)) if ended < cutoff);
            if !too_old && excess <= 0 {
                // Numbers rise with time: what follows is newer still.
                reached_the_new = true;
                break;
            }
            excess -= row.4;
            unwanted.push(row);
        }
        self.take_away(&unwanted, pruned)?;
        cursor.oldest = last;
        pruned.more = !reached_the_new && looked_at == STEP;
        Ok(())
    }

    /// Executions of a job that are older than its newest `skip`, the oldest of them last.
    fn rows_of(&mut self, job_id: JobId, skip: i64) -> Result<Vec<Row>> {
        executions::table
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id.desc())
            .offset(skip)
            .limit(STEP)
            .select((
                executions::exec_id,
                executions::job_id,
                executions::status,
                executions::ended_at,
                executions::kept_bytes,
                executions::in_file,
            ))
            .load(self.connection)
            .map_err(store_error)
    }

    /// Leaves out what is not over, and the last failure of each job: that one is kept as long as the job is.
    fn without_last_failures(&mut self, rows: Vec<Row>) -> Result<Vec<Row>> {
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let (exec_id, job_id, status, ..) = row;
            if !status.is_final() || (status.is_failure() && !self.failed_after(job_id, exec_id)?) {
                continue;
            }
            kept.push(row);
        }
        Ok(kept)
    }

    fn failed_after(&mut self, job_id: JobId, exec_id: ExecId) -> Result<bool> {
        diesel::select(diesel::dsl::exists(
            executions::table
                .filter(executions::job_id.eq(job_id))
                .filter(executions::exec_id.gt(exec_id))
                // A literal: only so does SQLite use the partial index.
                .filter(sql::<Bool>(
                    "status IN ('failed', 'timeout', 'interrupted')",
                )),
        ))
        .get_result(self.connection)
        .map_err(store_error)
    }

    fn take_away(&mut self, rows: &[Row], pruned: &mut Pruned) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let ids: Vec<ExecId> = rows.iter().map(|row| row.0).collect();
        diesel::delete(executions::table.filter(executions::exec_id.eq_any(&ids)))
            .execute(self.connection)
            .map_err(store_error)?;
        let bytes: i64 = rows.iter().map(|row| row.4).sum();
        self.add_kept_bytes(-bytes)?;
        pruned.executions += ids.len() as u64;
        pruned
            .files
            .extend(rows.iter().filter(|row| row.5).map(|row| row.0));
        Ok(())
    }
}
