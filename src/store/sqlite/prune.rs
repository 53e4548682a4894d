//! Retention: deletes executions that exceed the limits of the history, in steps so small that they do not delay a tick.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::Session;
use super::executions::FAILED;
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::Column;
use super::runs::SLOW_MIN_MS;
use super::schema::{executions, removed_jobs, slow_runs};
use crate::{Beyond, Cursor, Limits, Pruned};
use jobs_error::Result;
use jobs_model::{ExecId, JobId, Status};
use jobs_schedule::Time;

/// About how many executions one step deletes.
pub(super) const STEP: i64 = 200;

/// Upper bound on executions that one step examines, most of them only in an index. Each query counts as at least [`SHARE`],
/// even if it finds nothing.
const LOOKED_AT: u64 = 20_000;

/// Both: of how many jobs far over their limit one step deletes executions, and how many of each job. Jobs that are due together
/// have their executions in the same pages, while the executions of one job are far apart: in this order a step changes about
/// fifty pages of the database, not several hundred.
const SHARE: i64 = 14;

/// Number, job, status, end, bytes that it keeps, whether it has files, duration, and the occurrences for which it stands.
pub(super) type Row = (
    ExecId,
    JobId,
    Column<Status>,
    Option<i64>,
    i64,
    bool,
    Option<i64>,
    i64,
);

/// The columns of a [`Row`].
macro_rules! row {
    () => {
        (
            executions::exec_id,
            executions::job_id,
            executions::status,
            executions::ended_at,
            executions::kept_bytes,
            executions::in_file,
            executions::duration_ms,
            // The column stands behind the output, which SQLite would read for it. Rows with a count have no output.
            sql::<BigInt>("CASE WHEN status IN ('skipped', 'missed') THEN count ELSE 1 END"),
        )
    };
}

pub(super) use row;

impl Session<'_> {
    pub fn prune(&mut self, cursor: &mut Cursor, limits: &Limits, now: Time) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        if self.prune_removed(&mut pruned)? {
            return Ok(pruned);
        }
        self.prune_jobs(cursor, limits.per_job, &mut pruned)?;
        if pruned.more {
            return Ok(pruned);
        }
        if let Some(from) = cursor.all_from {
            let page = self.job_ids_from(from, STEP)?;
            cursor.all_from = page.last().map(|last| last + 1);
            cursor.dirty.extend(page);
            pruned.more = true;
            return Ok(pruned);
        }
        self.prune_aged(cursor, limits, now, &mut pruned)?;
        if !pruned.more {
            self.prune_excess(cursor, limits, &mut pruned)?;
        }
        Ok(pruned)
    }

    /// Deletes some executions of removed jobs. Returns whether there were any.
    fn prune_removed(&mut self, pruned: &mut Pruned) -> Result<bool> {
        let gone: Vec<JobId> = removed_jobs::table
            .select(removed_jobs::job_id)
            .load(self.connection)
            .map_err(store_error)?;
        for job_id in gone {
            let rows = self.rows_of(job_id, 0, STEP)?;
            let (over, live): (Vec<Row>, Vec<Row>) =
                rows.into_iter().partition(|row| row.2.0.is_final());
            if over.is_empty() {
                // The removed job is forgotten only when its last execution has ended.
                if live.is_empty() {
                    diesel::delete(removed_jobs::table.find(job_id))
                        .execute(self.connection)
                        .map_err(store_error)?;
                }
                continue;
            }
            self.delete_rows(&over, false, pruned)?;
            pruned.more = true;
            return Ok(true);
        }
        Ok(false)
    }

    /// Deletes the executions of jobs beyond the newest `keep`, of as many jobs as fit in one step.
    fn prune_jobs(&mut self, cursor: &mut Cursor, keep: u64, pruned: &mut Pruned) -> Result<()> {
        if keep == 0 {
            cursor.dirty.clear();
            cursor.beyond.clear();
            return Ok(());
        }
        if cursor.keep != keep {
            let others = cursor.beyond.drain(..).map(|beyond| beyond.job_id);
            cursor.dirty.extend(others);
            cursor.keep = keep;
        }
        let skip = i64::try_from(keep).unwrap_or(i64::MAX);
        let mut unwanted = Vec::new();
        let mut looked_at = 0_u64;
        while (unwanted.len() as i64) < STEP && looked_at < LOOKED_AT {
            let has_room = (cursor.beyond.len() as i64) < SHARE;
            let rows = if let Some(job_id) = cursor.dirty.pop_front_if(|_| has_room) {
                looked_at = looked_at.saturating_add(keep).saturating_add(SHARE as u64);
                let rows = self.rows_of(job_id, skip, SHARE)?;
                if let (SHARE, Some(newest)) = (rows.len() as i64, rows.first()) {
                    cursor.beyond.push_back(Beyond {
                        job_id,
                        after: 0,
                        last: newest.0,
                    });
                    continue;
                }
                rows
            } else if let Some(mut beyond) = cursor.beyond.pop_front() {
                let rows = self.rows_between(&beyond)?;
                looked_at = looked_at.saturating_add(SHARE as u64);
                if let (SHARE, Some(last)) = (rows.len() as i64, rows.last()) {
                    beyond.after = last.0;
                    cursor.beyond.push_back(beyond);
                }
                rows
            } else {
                break;
            };
            unwanted.extend(self.without_last_failures(rows)?);
        }
        pruned.more = !cursor.dirty.is_empty() || !cursor.beyond.is_empty() || !unwanted.is_empty();
        self.delete_rows(&unwanted, false, pruned)
    }

    /// Deletes executions that ended before the age limit.
    fn prune_aged(
        &mut self,
        cursor: &mut Cursor,
        limits: &Limits,
        now: Time,
        pruned: &mut Pruned,
    ) -> Result<()> {
        if limits.age.is_zero() {
            return Ok(());
        }
        let mut query = executions::table
            .filter(executions::ended_at.is_not_null())
            .filter(
                executions::ended_at
                    .assume_not_null()
                    .lt(now.minus(limits.age).millis()),
            )
            .select(row!())
            .into_boxed();
        if let Some((ended, exec_id)) = cursor.ended {
            let at = executions::ended_at.assume_not_null();
            query = query.filter(
                at.gt(ended.millis())
                    .or(at.eq(ended.millis()).and(executions::exec_id.gt(exec_id))),
            );
        }
        let rows: Vec<Row> = query
            .order((executions::ended_at, executions::exec_id))
            .at_most(STEP)
            .load(self.connection)
            .map_err(store_error)?;
        pruned.more = rows.len() as i64 == STEP;
        cursor.ended = rows
            .last()
            .and_then(|row| Some((Time::from_millis(row.3?), row.0)))
            .or(cursor.ended);
        let unwanted = self.without_last_failures(rows)?;
        self.delete_rows(&unwanted, false, pruned)
    }

    /// Deletes the oldest executions while the history exceeds its limit in bytes.
    fn prune_excess(
        &mut self,
        cursor: &mut Cursor,
        limits: &Limits,
        pruned: &mut Pruned,
    ) -> Result<()> {
        let limit = match limits.bytes {
            0 => return Ok(()),
            limit => i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let mut excess = self.kept_bytes()?.saturating_sub(limit);
        if excess <= 0 {
            return Ok(());
        }
        let rows: Vec<Row> = executions::table
            .filter(executions::exec_id.gt(cursor.oldest))
            .filter(sql::<Bool>("status NOT IN ('queued', 'running')"))
            .order(executions::exec_id)
            .select(row!())
            .at_most(STEP)
            .load(self.connection)
            .map_err(store_error)?;
        let is_full = rows.len() as i64 == STEP;
        let last = rows.last().map_or(cursor.oldest, |row| row.0);
        let mut unwanted = Vec::new();
        for row in self.without_last_failures(rows)? {
            if excess <= 0 {
                break;
            }
            excess -= row.4;
            cursor.oldest = row.0;
            unwanted.push(row);
        }
        if excess > 0 {
            cursor.oldest = last;
        }
        pruned.more = is_full && excess > 0;
        self.delete_rows(&unwanted, false, pruned)
    }

    /// At most `most` executions of a job, without its newest `skip`, in descending order.
    fn rows_of(&mut self, job_id: JobId, skip: i64, most: i64) -> Result<Vec<Row>> {
        executions::table
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id.desc())
            .select(row!())
            .page(skip, most)
            .load(self.connection)
            .map_err(store_error)
    }

    /// The oldest executions of `beyond` that no step has examined yet, in ascending order.
    fn rows_between(&mut self, beyond: &Beyond) -> Result<Vec<Row>> {
        executions::table
            .filter(executions::job_id.eq(beyond.job_id))
            .filter(executions::exec_id.gt(beyond.after))
            .filter(executions::exec_id.le(beyond.last))
            .order(executions::exec_id)
            .select(row!())
            .at_most(SHARE)
            .load(self.connection)
            .map_err(store_error)
    }

    /// Drops from `rows` the executions that have not ended and the last failure of each job, which stays as long as the job exists.
    fn without_last_failures(&mut self, rows: Vec<Row>) -> Result<Vec<Row>> {
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let (exec_id, job_id, Column(status), ..) = row;
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
                .filter(sql::<Bool>(FAILED)),
        ))
        .prepared()
        .get_result(self.connection)
        .map_err(store_error)
    }

    /// Deletes executions. `is_cleared`: a caller asked for it.
    pub(super) fn delete_rows(
        &mut self,
        rows: &[Row],
        is_cleared: bool,
        pruned: &mut Pruned,
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        // A prepared statement per row: SQLite would parse a list each time, and would scan the whole table if it takes the
        // table for small.
        for row in rows {
            diesel::delete(executions::table.find(row.0))
                .execute(self.connection)
                .map_err(store_error)?;
            let (exec_id, _, Column(status), ended_at, _, _, took, number) = row;
            self.tally.add(*exec_id, *status, *ended_at, -number);
            if took.is_some_and(|took| took >= SLOW_MIN_MS) {
                diesel::delete(slow_runs::table.find((ended_at.unwrap_or(0), exec_id)))
                    .execute(self.connection)
                    .map_err(store_error)?;
            }
        }
        self.forget_runs(rows, is_cleared)?;
        let bytes: i64 = rows.iter().map(|row| row.4).sum();
        self.add_kept_bytes(-bytes)?;
        pruned.executions += rows.len() as u64;
        pruned
            .files
            .extend(rows.iter().filter(|row| row.5).map(|row| row.0));
        Ok(())
    }
}
