//! Executions in the database: adding, changing and reading them.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Session;
use super::open::store_error;
use super::prepared::{Prepare, Statement, Update, Value, always, update};
use super::rows::{Column, ExecutionRow, LastExecutionRow, one};
use super::schema::{executions, facts};
use crate::{Finished, Lease, Owner};
use jobs_error::Result;
use jobs_model::{ExecId, Execution, JobId, LastExecution, Mode, NewExecution, Source, Status};
use jobs_schedule::Time;

// Conditions of the partial indexes, letter by letter: SQLite uses such an index only when the query has the same condition.

/// Executions that run or wait.
pub(super) const LIVE: &str = "status IN ('queued', 'running')";

/// Executions that have ended without success, and occurrences that did not run.
pub(super) const NOT_WELL: &str =
    "(status <> 'queued' AND status <> 'running' AND status <> 'success')";

/// Executions that failed.
pub(super) const FAILED: &str =
    "(status = 'failed' OR status = 'timeout' OR status = 'interrupted')";

/// Key of the fact with the size of all output of the history, in bytes.
const KEPT_BYTES: &str = "kept_bytes";

/// Adds to a sum in a fact, which is a number in a text and never negative.
const ADD_BYTES: &str = "INSERT INTO facts (key, value) VALUES (?, max(0, ?)) \
     ON CONFLICT (key) DO UPDATE SET value = max(0, CAST(value AS INTEGER) + ?)";

#[diesel::declare_sql_function]
extern "SQL" {
    /// The number of the last row that this connection inserted.
    fn last_insert_rowid() -> BigInt;
}

/// Changes one execution.
pub(super) fn update_execution<C: AsChangeset>(
    exec_id: ExecId,
    changes: C,
) -> Update<C::Changeset> {
    update("executions", "exec_id", exec_id, changes)
}

/// Number, status, source, reason, end and count of the last execution of a job.
type LastRow = (
    ExecId,
    Column<Status>,
    Column<Source>,
    Option<String>,
    Option<i64>,
    i64,
);

/// The occurrences for which a row stands.
pub(super) const fn number_of(status: Status, count: i64) -> i64 {
    match status {
        Status::Skipped | Status::Missed => count,
        Status::Queued
        | Status::Running
        | Status::Success
        | Status::Failed
        | Status::Timeout
        | Status::Cancelled
        | Status::Interrupted => 1,
    }
}

impl Session<'_> {
    pub fn execution(&mut self, exec_id: ExecId) -> Result<Option<Execution>> {
        one(executions::table
            .find(exec_id)
            .select(ExecutionRow::as_select())
            .at_most(1)
            .get_result(self.connection))
    }

    /// The latest reading of the clock in the newest execution; none when there is no execution.
    pub fn last_seen(&mut self) -> Result<Option<Time>> {
        let last: Option<(Option<i64>, Option<i64>)> = executions::table
            .select((executions::started_at, executions::ended_at))
            // A waiting retry holds no reading of the clock.
            .filter(executions::waits_until.is_null())
            .order(executions::exec_id.desc())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        let (started, ended) = last.unwrap_or_default();
        Ok(started.max(ended).map(Time::from_millis))
    }

    pub fn is_new(&mut self) -> Result<bool> {
        executions::table
            .select(executions::exec_id)
            .at_most(1)
            .get_result::<ExecId>(self.connection)
            .optional()
            .map(|found| found.is_none())
            .map_err(store_error)
    }

    pub fn last_ended(&mut self, job_id: JobId) -> Result<Option<LastExecution>> {
        one(executions::table
            .filter(executions::job_id.eq(job_id))
            .filter(sql::<Bool>("status NOT IN ('queued', 'running')"))
            // A cancelled retry must not hide the failure before it.
            .filter(sql::<Bool>(
                "NOT (status = 'cancelled' AND started_at IS NULL AND retry_of IS NOT NULL)",
            ))
            .order(executions::exec_id.desc())
            .select(LastExecutionRow::as_select())
            .at_most(1)
            .get_result(self.connection))
    }

    pub fn last_with_output(
        &mut self,
        job_id: JobId,
        after: ExecId,
        (now, ahead): (Time, Time),
    ) -> Result<Option<Execution>> {
        one(executions::table
            .filter(executions::job_id.eq(job_id))
            .filter(executions::exec_id.gt(after))
            .filter(sql::<Bool>("status NOT IN ('skipped', 'missed')"))
            // A waiting retry has no output for a long time, a cancelled one never has any.
            .filter(executions::waits_until.is_null())
            .filter(sql::<Bool>(
                "NOT (status = 'cancelled' AND started_at IS NULL)",
            ))
            // An execution that was claimed ahead of its instant has no output yet.
            .filter(diesel::dsl::not(
                sql::<Bool>("status = 'running'")
                    .and(executions::started_at.gt(now.millis()).assume_not_null())
                    .and(executions::started_at.le(ahead.millis()).assume_not_null()),
            ))
            .order(executions::exec_id.desc())
            .select(ExecutionRow::as_select())
            .at_most(1)
            .get_result(self.connection))
    }

    /// The stored value of a fact.
    pub fn fact(&mut self, key: &str) -> Result<Option<String>> {
        facts::table
            .find(key)
            .select(facts::value)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    pub fn kept_bytes(&mut self) -> Result<i64> {
        let text = self.fact(KEPT_BYTES)?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    pub fn lease(&mut self, exec_id: ExecId) -> Result<Option<Lease>> {
        let found: Option<(Option<i64>, Option<i64>)> = executions::table
            .find(exec_id)
            .select((executions::lease_owner, executions::lease_until))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(found.and_then(|(owner, until)| {
            owner.map(|owner| Lease {
                owner: Owner(owner),
                until: until.map(Time::from_millis),
            })
        }))
    }
}

impl Session<'_> {
    pub fn insert_execution(
        &mut self,
        execution: &NewExecution,
        lease: Option<Lease>,
    ) -> Result<ExecId> {
        // An absent value is NULL, not an omitted column, so that the statement is always the same.
        always!(diesel::insert_into(executions::table).values((
            executions::job_id.eq(execution.job_id),
            executions::job_name.eq(&execution.job_name),
            executions::mode.eq(execution.mode.as_str()),
            executions::source.eq(execution.source.as_str()),
            executions::status.eq(execution.status.as_str()),
            executions::scheduled_at.eq(execution.scheduled_at.millis()),
            executions::started_at.eq(execution.started_at.map(Time::millis)),
            executions::ended_at.eq(execution.ended_at.map(Time::millis)),
            executions::command.eq(&execution.command),
            executions::stdout.eq(&execution.stdout),
            executions::stderr.eq(&execution.stderr),
            executions::stdout_bytes.eq(execution.stdout_bytes),
            executions::stderr_bytes.eq(execution.stderr_bytes),
            executions::kept_bytes.eq(execution.kept_bytes),
            executions::in_file.eq(execution.in_file),
            executions::error.eq(&execution.error),
            executions::attempts.eq(execution.attempts),
            executions::count.eq(execution.count),
            executions::jitter_ms.eq(execution.jitter_ms),
            executions::retry_of.eq(execution.retry_of),
            executions::retry_number.eq(execution.retry_number),
            executions::retries_left.eq(execution.retries_left),
            executions::waits_until.eq(execution.waits_until.map(Time::millis)),
            executions::lease_owner.eq(lease.map(|lease| lease.owner.0)),
            executions::lease_until.eq(lease.and_then(|lease| lease.until).map(Time::millis)),
        )))
        .execute(self.connection)
        .map_err(store_error)?;
        // Not RETURNING: SQLite would make a temporary table for the one row.
        let exec_id = diesel::select(last_insert_rowid())
            .get_result(self.connection)
            .map_err(store_error)?;
        if execution.status.is_final() {
            let ended_at = execution.ended_at.map(Time::millis);
            let number = number_of(execution.status, execution.count);
            self.tally.add(exec_id, execution.status, ended_at, number);
            self.note_not_run(exec_id, execution)?;
        }
        Ok(exec_id)
    }

    pub fn set_running(&mut self, exec_id: ExecId, now: Time, lease: Lease) -> Result<()> {
        always!(update_execution(
            exec_id,
            (
                executions::status.eq(Status::Running.as_str()),
                executions::started_at.eq(now.millis()),
                executions::waits_until.eq(None::<i64>),
                executions::lease_owner.eq(lease.owner.0),
                executions::lease_until.eq(lease.until.map(Time::millis)),
            ),
        ))
        .execute(self.connection)
        .map(drop)
        .map_err(store_error)
    }

    pub fn finish(&mut self, ends: &[(ExecId, &Finished)]) -> Result<Vec<ExecId>> {
        let mut changed = Vec::with_capacity(ends.len());
        let mut kept_bytes = 0_i64;
        for (exec_id, end) in ends {
            if self.finish_one(*exec_id, end)? {
                self.tally
                    .add(*exec_id, end.status, Some(end.ended_at.millis()), 1);
                self.note_end(*exec_id, end)?;
                changed.push(*exec_id);
                kept_bytes = kept_bytes.saturating_add(end.kept_bytes);
            }
        }
        if kept_bytes > 0 {
            self.add_kept_bytes(kept_bytes)?;
        }
        Ok(changed)
    }

    fn finish_one(&mut self, exec_id: ExecId, end: &Finished) -> Result<bool> {
        let end = update_execution(
            exec_id,
            (
                executions::status.eq(end.status.as_str()),
                executions::exit_code.eq(end.exit_code),
                executions::started_at.eq(end.started_at.map(Time::millis)),
                executions::ended_at.eq(end.ended_at.millis()),
                executions::duration_ms.eq(end.duration_ms),
                executions::stdout.eq(&end.stdout),
                executions::stderr.eq(&end.stderr),
                executions::stdout_bytes.eq(end.stdout_bytes),
                executions::stderr_bytes.eq(end.stderr_bytes),
                executions::kept_bytes.eq(end.kept_bytes),
                executions::in_file.eq(end.in_file),
                executions::error.eq(&end.error),
                executions::attempts.eq(end.attempts),
                executions::cpu_ms.eq(end.cpu_ms),
                executions::max_rss_bytes.eq(end.max_rss_bytes),
            ),
        )
        .only_if(LIVE);
        let changed = always!(end).execute(self.connection).map_err(store_error)?;
        Ok(changed > 0)
    }

    /// Cancels an execution that waits. Returns its job, the name of the job and the kind of work; none if it did not wait.
    pub fn drop_queued(
        &mut self,
        exec_id: ExecId,
        now: Time,
        why: &str,
    ) -> Result<Option<(JobId, String, Mode)>> {
        let dropped: Option<(JobId, String, Column<Mode>)> = diesel::update(
            executions::table
                .find(exec_id)
                .filter(executions::status.eq(Status::Queued.as_str())),
        )
        .set((
            executions::status.eq(Status::Cancelled.as_str()),
            executions::ended_at.eq(now.millis()),
            executions::error.eq(why),
            executions::waits_until.eq(None::<i64>),
        ))
        .returning((executions::job_id, executions::job_name, executions::mode))
        .prepared()
        .get_result(self.connection)
        .optional()
        .map_err(store_error)?;
        if dropped.is_some() {
            self.tally
                .add(exec_id, Status::Cancelled, Some(now.millis()), 1);
            self.note_dropped(exec_id, now)?;
        }
        Ok(dropped.map(|(job_id, job_name, mode)| (job_id, job_name, mode.0)))
    }

    pub fn extend_last(&mut self, like: &NewExecution, more: i64) -> Result<Option<ExecId>> {
        let last = executions::table
            .filter(executions::job_id.eq(like.job_id))
            .order(executions::exec_id.desc())
            .select((
                executions::exec_id,
                executions::status,
                executions::source,
                executions::error,
                executions::ended_at,
                executions::count,
            ))
            .at_most(1)
            .get_result::<LastRow>(self.connection)
            .optional()
            .map_err(store_error)?;
        match last {
            Some((exec_id, status, source, error, ended_at, count))
                if status.0 == like.status && source.0 == like.source && error == like.error =>
            {
                update_execution(
                    exec_id,
                    (
                        executions::count.eq(executions::count + more),
                        executions::ended_at.eq(like.ended_at.map(Time::millis)),
                    ),
                )
                .execute(self.connection)
                .map_err(store_error)?;
                if status.0.is_final() {
                    let (before, now) = (
                        number_of(status.0, count),
                        number_of(status.0, count + more),
                    );
                    self.tally.add(exec_id, status.0, ended_at, -before);
                    self.tally
                        .add(exec_id, status.0, like.ended_at.map(Time::millis), now);
                }
                self.note_not_run(exec_id, like)?;
                Ok(Some(exec_id))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Stores a fact.
    pub fn set_fact(&mut self, key: &str, value: &str) -> Result<()> {
        diesel::replace_into(facts::table)
            .values((facts::key.eq(key), facts::value.eq(value)))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub(super) fn remove_fact(&mut self, key: &str) -> Result<()> {
        diesel::delete(facts::table.find(key))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub(super) fn add_kept_bytes(&mut self, bytes: i64) -> Result<()> {
        let values = [
            Value::Text(KEPT_BYTES),
            Value::Number(bytes),
            Value::Number(bytes),
        ];
        always!(Statement::change(ADD_BYTES, &values))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }
}
