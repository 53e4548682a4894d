//! Retention: what the history forgets, in steps so small that no tick waits for them.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Session;
use super::executions::FAILED;
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::Column;
use super::schema::{executions, removed_jobs};
use crate::{Beyond, Cursor, Limits, Pruned};
use jobs_error::Result;
use jobs_model::{ExecId, JobId, Status};
use jobs_schedule::Time;

/// How many executions one step takes away, about.
pub(super) const STEP: i64 = 200;

/// How many executions one step may look at, most of them only in an index. To look for some that are not there counts as
/// looking at [`SHARE`].
const LOOKED_AT: u64 = 20_000;

/// Of how many jobs that have much beyond their limit one step takes some, and how many of each. Executions of jobs that are
/// due together lie side by side, and those of one job far apart: taken like this, a step changes some fifty pages of the
/// database instead of several hundred.
const SHARE: i64 = 14;

pub(super) type Row = (ExecId, JobId, Column<Status>, Option<i64>, i64, bool);

/// The columns of a [`Row`].
pub(super) const ROW: (
    executions::exec_id,
    executions::job_id,
    executions::status,
    executions::ended_at,
    executions::kept_bytes,
    executions::in_file,
) = (
    executions::exec_id,
    executions::job_id,
    executions::status,
    executions::ended_at,
    executions::kept_bytes,
    executions::in_file,
);

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

    /// Takes away a part of what a removed job left; says whether there was something.
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

    /// Takes away what jobs have beyond `keep` executions: of as many jobs as one step takes.
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
        self.take_away(&unwanted, pruned)
    }

    /// Takes away executions that ended too long ago.
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
            .select(ROW)
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
        self.take_away(&unwanted, pruned)
    }

    /// Takes away the oldest executions while all of them take too many bytes.
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
            .select(ROW)
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
        self.take_away(&unwanted, pruned)
    }

    /// At most `most` executions of a job that are older than its newest `skip`, the oldest of them last.
    fn rows_of(&mut self, job_id: JobId, skip: i64, most: i64) -> Result<Vec<Row>> {
        executions::table
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id.desc())
            .select(ROW)
            .page(skip, most)
            .load(self.connection)
            .map_err(store_error)
    }

    /// The oldest of what of a job's history is to go and was not looked at, the newest of them last.
    fn rows_between(&mut self, beyond: &Beyond) -> Result<Vec<Row>> {
        executions::table
            .filter(executions::job_id.eq(beyond.job_id))
            .filter(executions::exec_id.gt(beyond.after))
            .filter(executions::exec_id.le(beyond.last))
            .order(executions::exec_id)
            .select(ROW)
            .at_most(SHARE)
            .load(self.connection)
            .map_err(store_error)
    }

    /// Leaves out what is not over, and the last failure of each job: that one is kept as long as the job is.
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

    pub(super) fn take_away(&mut self, rows: &[Row], pruned: &mut Pruned) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        // One by one, by a statement that is prepared once: a list would be parsed each time, and where SQLite believes the
        // table to be small, it would go through all of it.
        for row in rows {
            diesel::delete(executions::table.find(row.0))
                .execute(self.connection)
                .map_err(store_error)?;
        }
        let bytes: i64 = rows.iter().map(|row| row.4).sum();
        self.add_kept_bytes(-bytes)?;
        pruned.executions += rows.len() as u64;
        pruned
            .files
            .extend(rows.iter().filter(|row| row.5).map(|row| row.0));
        Ok(())
    }
}
