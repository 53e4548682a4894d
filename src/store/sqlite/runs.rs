//! How the last executions of each job went: the rows of `job_runs`, which each end changes, so that a list need not read the
//! history.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::Session;
use super::open::store_error;
use super::prepared::{Prepare, always, update};
use super::prune::Row;
use super::rows::Column;
use super::schema::{executions, job_runs, slow_runs};
use crate::{Finished, JobOutcome};
use jobs_error::Result;
use jobs_model::{ExecId, JobId, JobRuns, NewExecution, Status};
use jobs_schedule::Time;

/// Number of successes from which the usual duration is made, and the least number of them.
const RECENT: usize = 15;
const RECENT_MIN: usize = 3;

/// Upper bound on executions of a job from which its row is made anew. A streak of failures that is longer is cut to it.
const REBUILT_FROM: i64 = 30;

/// Place of a final status in the order of the job list, the worst first.
pub(super) const fn rank(status: Status) -> Option<i32> {
    match status {
        Status::Failed => Some(0),
        Status::Timeout => Some(1),
        Status::Interrupted => Some(2),
        Status::Missed => Some(3),
        Status::Cancelled => Some(4),
        Status::Skipped => Some(5),
        Status::Success => Some(6),
        Status::Queued | Status::Running => None,
    }
}

/// A row of `job_runs` without the id of the job; the migration describes the columns.
#[derive(Debug, Default, Queryable, Selectable, Insertable)]
#[diesel(table_name = job_runs)]
pub(super) struct Runs {
    last_exec: Option<ExecId>,
    last_rank: Option<i32>,
    last_ended: Option<i64>,
    last_took: Option<i64>,
    ran_exec: Option<ExecId>,
    streak: i64,
    failing_since: Option<i64>,
    is_slow: bool,
    usual_ms: Option<i64>,
    recent: Vec<u8>,
    /// Whether `ran_exec` is set: the column of an index, which is written only when it changes.
    has_run: bool,
}

/// The end of an execution, or an occurrence that did not run.
struct End {
    exec_id: ExecId,
    status: Status,
    ended_at: Option<i64>,
    duration_ms: Option<i64>,
    /// Whether it is a retry that was cancelled before it began: that hides no failure before it.
    is_dropped_retry: bool,
}

impl Runs {
    /// Notes an end. If the execution took longer than usual, returns its duration and the usual one.
    fn note(&mut self, end: &End) -> Option<(i64, i64)> {
        let is_latest = |known: Option<ExecId>| known.is_none_or(|known| end.exec_id >= known);
        if !end.is_dropped_retry && is_latest(self.last_exec) {
            self.last_exec = Some(end.exec_id);
            self.last_rank = rank(end.status);
            self.last_ended = end.ended_at;
            self.last_took = end.duration_ms;
        }
        let is_success = match end.status {
            Status::Success => true,
            Status::Failed | Status::Timeout | Status::Interrupted => false,
            Status::Cancelled
            | Status::Skipped
            | Status::Missed
            | Status::Queued
            | Status::Running => return None,
        };
        let slow = end
            .duration_ms
            .zip(self.usual_ms)
            .filter(|(took, usual)| is_slow(*took, *usual));
        if is_latest(self.ran_exec) {
            self.ran_exec = Some(end.exec_id);
            self.has_run = true;
            self.is_slow = slow.is_some();
            if is_success {
                self.streak = 0;
                self.failing_since = None;
            } else {
                self.streak += 1;
                self.failing_since = self.failing_since.or(end.ended_at);
            }
        }
        if let Some(took) = end.duration_ms.filter(|_| is_success) {
            self.add_recent(took);
        }
        slow
    }

    /// The columns of indexes, and those that change with them.
    const fn rare(&self) -> (Option<i32>, i64, bool, bool) {
        (self.last_rank, self.streak, self.is_slow, self.has_run)
    }

    /// Adds the duration of a success, and computes the usual duration.
    fn add_recent(&mut self, took: i64) {
        const SIZE: usize = size_of::<u32>();
        let took = u32::try_from(took.max(0)).unwrap_or(u32::MAX);
        let excess = (self.recent.len() + SIZE).saturating_sub(RECENT * SIZE);
        self.recent.drain(..excess.min(self.recent.len()));
        self.recent.extend(took.to_le_bytes());
        let (known, _) = self.recent.as_chunks::<SIZE>();
        let mut durations = [0; RECENT];
        let durations = &mut durations[..known.len()];
        for (duration, bytes) in durations.iter_mut().zip(known) {
            *duration = u32::from_le_bytes(*bytes);
        }
        let middle = durations.len() / 2;
        self.usual_ms = (durations.len() >= RECENT_MIN)
            .then(|| i64::from(*durations.select_nth_unstable(middle).1));
    }
}

/// An execution that takes less is never longer than usual, in milliseconds.
pub(super) const SLOW_MIN_MS: i64 = 1_000;

/// Whether a duration is longer than usual, in milliseconds. `list_filter.rs` and `counts.rs` have the same rule in SQL.
const fn is_slow(took: i64, usual: i64) -> bool {
    took > usual.saturating_mul(2) && took >= usual.saturating_add(SLOW_MIN_MS)
}

impl Session<'_> {
    /// How the last executions of the jobs with the smallest numbers ended.
    pub fn last_outcomes(&mut self, limit: i64) -> Result<Vec<JobOutcome>> {
        type Row = (JobId, Option<i32>, Option<i64>, Option<i64>);
        let rows: Vec<Row> = job_runs::table
            .filter(job_runs::last_exec.is_not_null())
            .order(job_runs::job_id)
            .limit(limit)
            .select((
                job_runs::job_id,
                job_runs::last_rank,
                job_runs::last_ended,
                job_runs::last_took,
            ))
            .load(self.connection)
            .map_err(store_error)?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for (job_id, last_rank, ended_at, took_ms) in rows {
            let is_success = last_rank == rank(Status::Success);
            outcomes.push(JobOutcome {
                job_id,
                is_success,
                took_ms,
                last_success: match is_success {
                    true => ended_at.map(Time::from_millis),
                    false => self.last_success(job_id)?,
                },
            });
        }
        Ok(outcomes)
    }

    pub fn job_runs(&mut self, ids: &[JobId]) -> Result<HashMap<JobId, JobRuns>> {
        let rows: Vec<(JobId, Option<i64>, i64, Option<i64>)> = job_runs::table
            .filter(
                sql::<Bool>("job_id IN (SELECT value FROM json_each(")
                    .bind::<Text, _>(super::list_filter::json(ids))
                    .sql("))"),
            )
            .select((
                job_runs::job_id,
                job_runs::usual_ms,
                job_runs::streak,
                job_runs::failing_since,
            ))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let of = |(id, usual_ms, streak, since): (JobId, Option<i64>, i64, Option<i64>)| {
            let failing_since = since.map(Time::from_millis);
            let runs = JobRuns {
                usual_ms,
                streak,
                failing_since,
            };
            (id, runs)
        };
        Ok(rows.into_iter().map(of).collect())
    }

    /// Notes the end of an execution that has just been recorded.
    pub(super) fn note_end(&mut self, exec_id: ExecId, end: &Finished) -> Result<()> {
        let is_dropped_retry = end.status == Status::Cancelled
            && end.started_at.is_none()
            && self.is_retry(exec_id)?;
        self.note_by_number(End {
            exec_id,
            status: end.status,
            ended_at: Some(end.ended_at.millis()),
            duration_ms: end.duration_ms,
            is_dropped_retry,
        })
    }

    /// Notes that an execution was cancelled before it began.
    pub(super) fn note_dropped(&mut self, exec_id: ExecId, at: Time) -> Result<()> {
        let end = End {
            exec_id,
            status: Status::Cancelled,
            ended_at: Some(at.millis()),
            duration_ms: None,
            is_dropped_retry: self.is_retry(exec_id)?,
        };
        self.note_by_number(end)
    }

    /// Notes an occurrence that did not run, or of which the row now stands for more occurrences.
    pub(super) fn note_not_run(&mut self, exec_id: ExecId, row: &NewExecution) -> Result<()> {
        let found: Option<Runs> = job_runs::table
            .find(row.job_id)
            .select(Runs::as_select())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        let end = End {
            exec_id,
            status: row.status,
            ended_at: row.ended_at.map(Time::millis),
            duration_ms: None,
            is_dropped_retry: false,
        };
        found.map_or(Ok(()), |runs| self.note(row.job_id, runs, &end))
    }

    fn is_retry(&mut self, exec_id: ExecId) -> Result<bool> {
        let first: Option<ExecId> = executions::table
            .find(exec_id)
            .select(executions::retry_of)
            .at_most(1)
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(first.is_some())
    }

    fn note_by_number(&mut self, end: End) -> Result<()> {
        let found: Option<(JobId, Runs)> = job_runs::table
            .inner_join(executions::table.on(executions::job_id.eq(job_runs::job_id)))
            .filter(executions::exec_id.eq(end.exec_id))
            .select((job_runs::job_id, Runs::as_select()))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        // A removed job has no row.
        found.map_or(Ok(()), |(job_id, runs)| self.note(job_id, runs, &end))
    }

    fn note(&mut self, job_id: JobId, mut runs: Runs, end: &End) -> Result<()> {
        let rare_before = runs.rare();
        let slow = runs.note(end);
        if let Some((took, usual)) = slow {
            diesel::replace_into(slow_runs::table)
                .values((
                    slow_runs::ended_at.eq(end.ended_at.unwrap_or(0)),
                    slow_runs::exec_id.eq(end.exec_id),
                    slow_runs::job_id.eq(job_id),
                    slow_runs::took_ms.eq(took),
                    slow_runs::usual_ms.eq(usual),
                ))
                .execute(self.connection)
                .map_err(store_error)?;
        }
        let often = (
            job_runs::last_exec.eq(runs.last_exec),
            job_runs::last_ended.eq(runs.last_ended),
            job_runs::last_took.eq(runs.last_took),
            job_runs::ran_exec.eq(runs.ran_exec),
            job_runs::usual_ms.eq(runs.usual_ms),
            job_runs::recent.eq(&runs.recent),
        );
        if runs.rare() == rare_before {
            always!(update("job_runs", "job_id", job_id, often)).execute(self.connection)
        } else {
            // SQLite writes an index whenever a statement sets one of its columns.
            let rare = (
                job_runs::last_rank.eq(runs.last_rank),
                job_runs::streak.eq(runs.streak),
                job_runs::failing_since.eq(runs.failing_since),
                job_runs::is_slow.eq(runs.is_slow),
                job_runs::has_run.eq(runs.has_run),
            );
            always!(update("job_runs", "job_id", job_id, (often, rare))).execute(self.connection)
        }
        .map(drop)
        .map_err(store_error)
    }

    /// Makes the row of a job from the last executions in the history.
    pub(super) fn rebuild_runs(&mut self, job_id: JobId) -> Result<()> {
        let rows: Vec<EndRow> = executions::table
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id.desc())
            .select((
                executions::exec_id,
                executions::status,
                executions::started_at,
                executions::ended_at,
                executions::duration_ms,
                // The column stands behind the output, which SQLite would read for it.
                sql::<Nullable<BigInt>>("CASE WHEN status = 'cancelled' THEN retry_of END"),
            ))
            .at_most(REBUILT_FROM)
            .load(self.connection)
            .map_err(store_error)?;
        let mut runs = Runs::default();
        for (exec_id, Column(status), started_at, ended_at, duration_ms, retry_of) in
            rows.into_iter().rev()
        {
            if status.is_final() {
                runs.note(&End {
                    exec_id,
                    status,
                    ended_at,
                    duration_ms,
                    is_dropped_retry: started_at.is_none() && retry_of.is_some(),
                });
            }
        }
        diesel::replace_into(job_runs::table)
            .values((job_runs::job_id.eq(job_id), runs))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    /// Corrects the rows of jobs whose executions were deleted. A pruned execution has still run, so that only the latest one in
    /// the history is another; a caller who clears the history wants all of it forgotten.
    pub(super) fn forget_runs(&mut self, deleted: &[Row], is_cleared: bool) -> Result<()> {
        let numbers: BTreeSet<ExecId> = deleted.iter().map(|row| row.0).collect();
        let jobs: BTreeSet<JobId> = deleted.iter().map(|row| row.1).collect();
        let is_gone = |number: Option<ExecId>| number.is_some_and(|it| numbers.contains(&it));
        for job_id in jobs {
            let found: Option<(Option<ExecId>, Option<ExecId>)> = job_runs::table
                .find(job_id)
                .select((job_runs::last_exec, job_runs::ran_exec))
                .at_most(1)
                .get_result(self.connection)
                .optional()
                .map_err(store_error)?;
            let Some((last, ran)) = found else { continue };
            if is_cleared && (is_gone(last) || is_gone(ran)) {
                self.rebuild_runs(job_id)?;
            } else if is_gone(last) {
                let last = self.last_ended(job_id)?;
                let last = last.as_ref();
                always!(update(
                    "job_runs",
                    "job_id",
                    job_id,
                    (
                        job_runs::last_exec.eq(last.map(|last| last.exec_id)),
                        job_runs::last_rank.eq(last.and_then(|last| rank(last.status))),
                        job_runs::last_ended
                            .eq(last.and_then(|last| last.ended_at).map(Time::millis)),
                        job_runs::last_took.eq(last.and_then(|last| last.duration_ms)),
                    ),
                ))
                .execute(self.connection)
                .map_err(store_error)?;
            }
        }
        Ok(())
    }
}

/// Number, status, begin, end, duration and first of the chain.
type EndRow = (
    ExecId,
    Column<Status>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<ExecId>,
);
