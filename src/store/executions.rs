//! Executions in the database: the history, what runs and what waits.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::open::store_error;
use super::prepared::{Prepare, Update, always, update};
use super::query::{Reader, Tx};
use crate::error::Result;
use crate::events::{self, Event};
use crate::model::schema::{executions, facts};
use crate::model::{ExecId, Execution, JobId, LastExecution, Mode, NewExecution, Source, Status};
use crate::schedule::Time;

// The conditions of the partial indexes, to the letter: SQLite uses them only when it can see that a query implies them.

/// What runs or waits.
pub(super) const LIVE: &str = "status IN ('queued', 'running')";

/// What is over, and did not end well or did not run.
pub(super) const NOT_WELL: &str =
    "(status <> 'queued' AND status <> 'running' AND status <> 'success')";

/// What ran and failed.
pub(super) const FAILED: &str =
    "(status = 'failed' OR status = 'timeout' OR status = 'interrupted')";

/// The fact that holds how many bytes of output the history keeps.
const KEPT_BYTES: &str = "kept_bytes";

#[diesel::declare_sql_function]
extern "SQL" {
    /// The number of the row that this connection has added last.
    fn last_insert_rowid() -> BigInt;
}

/// Changes one execution.
pub(super) fn update_execution<C: AsChangeset>(
    exec_id: ExecId,
    changes: C,
) -> Update<C::Changeset> {
    update("executions", "exec_id", exec_id, changes)
}

/// Which executions are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    pub job_id: Option<JobId>,
    pub status: Option<Status>,
    /// Only executions with a smaller number.
    pub before: Option<ExecId>,
    pub exec_id: Option<ExecId>,
}

/// How an execution ended.
#[derive(Clone, Debug)]
pub struct Finished {
    pub status: Status,
    pub exit_code: Option<i32>,
    /// When its work really began; absent when it never did.
    pub started_at: Option<Time>,
    pub ended_at: Time,
    pub duration_ms: Option<i64>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub stdout_bytes: i64,
    pub stderr_bytes: i64,
    /// How many bytes of output are kept, in the row and in files.
    pub kept_bytes: i64,
    /// Whether files of it are kept.
    pub in_file: bool,
    pub error: Option<String>,
    pub attempts: i32,
    pub cpu_ms: Option<i64>,
    pub max_rss_bytes: Option<i64>,
}

impl Reader<'_> {
    /// The execution with that number.
    pub fn execution(&mut self, exec_id: ExecId) -> Result<Option<Execution>> {
        executions::table
            .find(exec_id)
            .select(Execution::as_select())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// The latest time that the clock is known to have shown: that of the fact `key`, or of the last execution.
    pub fn last_seen(&mut self, key: &str) -> Result<Option<Time>> {
        let ended = self.fact(key)?;
        let ended = ended
            .and_then(|text| text.parse().ok())
            .map(Time::from_millis);
        let last: Option<(Option<Time>, Option<Time>)> = executions::table
            .select((executions::started_at, executions::ended_at))
            // A retry that waits has seen no clock.
            .filter(executions::waits_until.is_null())
            .order(executions::exec_id.desc())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        let (started, stopped) = last.unwrap_or_default();
        Ok(ended.max(started).max(stopped))
    }

    /// Whether there has never been an execution.
    pub fn is_new(&mut self) -> Result<bool> {
        executions::table
            .select(executions::exec_id)
            .at_most(1)
            .get_result::<ExecId>(self.connection)
            .optional()
            .map(|found| found.is_none())
            .map_err(store_error)
    }

    /// At most `limit` executions that pass the filter, the newest first.
    pub fn history(&mut self, filter: &HistoryFilter, limit: i64) -> Result<Vec<Execution>> {
        let mut query = executions::table
            .select(Execution::as_select())
            .into_boxed();
        if let Some(job_id) = filter.job_id {
            query = query.filter(executions::job_id.eq(job_id));
        }
        if let Some(status) = filter.status {
            query = query.filter(executions::status.eq(status));
            if !matches!(status, Status::Queued | Status::Running | Status::Success) {
                query = query.filter(sql::<Bool>(NOT_WELL));
            }
        }
        if let Some(before) = filter.before {
            query = query.filter(executions::exec_id.lt(before));
        }
        if let Some(exec_id) = filter.exec_id {
            query = query.filter(executions::exec_id.eq(exec_id));
        }
        query
            .order(executions::exec_id.desc())
            .page(0, limit)
            .load(self.connection)
            .map_err(store_error)
    }

    /// The latest execution of a job that is over, or was found not to run, without its output.
    pub fn last_ended(&mut self, job_id: JobId) -> Result<Option<LastExecution>> {
        executions::table
            .filter(executions::job_id.eq(job_id))
            .filter(sql::<Bool>("status NOT IN ('queued', 'running')"))
            // A retry that was given up must not hide the failure before it.
            .filter(sql::<Bool>(
                "NOT (status = 'cancelled' AND started_at IS NULL AND retry_of IS NOT NULL)",
            ))
            .order(executions::exec_id.desc())
            .select(LastExecution::as_select())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// The latest execution of a job that has output or may have some, later than `after`.
    pub fn last_with_output(
        &mut self,
        job_id: JobId,
        after: ExecId,
        (now, ahead): (Time, Time),
    ) -> Result<Option<Execution>> {
        executions::table
            .filter(executions::job_id.eq(job_id))
            .filter(executions::exec_id.gt(after))
            .filter(sql::<Bool>("status NOT IN ('skipped', 'missed')"))
            // A retry that waits for its time has none for a long while, and one that was dropped has none for ever.
            .filter(executions::waits_until.is_null())
            .filter(sql::<Bool>(
                "NOT (status = 'cancelled' AND started_at IS NULL)",
            ))
            // What is claimed ahead of its instant has none yet either.
            .filter(diesel::dsl::not(
                sql::<Bool>("status = 'running'")
                    .and(executions::started_at.gt(now).assume_not_null())
                    .and(executions::started_at.le(ahead).assume_not_null()),
            ))
            .order(executions::exec_id.desc())
            .select(Execution::as_select())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// A small fact that was stored.
    pub fn fact(&mut self, key: &str) -> Result<Option<String>> {
        facts::table
            .find(key)
            .select(facts::value)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// How many bytes of output the history keeps.
    pub fn kept_bytes(&mut self) -> Result<i64> {
        let text = self.fact(KEPT_BYTES)?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}

impl Tx<'_> {
    /// Records an execution and gives it its number.
    pub fn insert_execution(&mut self, execution: &NewExecution) -> Result<ExecId> {
        always!(diesel::insert_into(executions::table).values(execution))
            .execute(self.connection)
            .map_err(store_error)?;
        // RETURNING would make a table for the one row that it returns.
        diesel::select(last_insert_rowid())
            .get_result(self.connection)
            .map_err(store_error)
    }

    /// An execution that waited begins to run.
    pub fn set_running(&mut self, exec_id: ExecId, now: Time) -> Result<()> {
        always!(update_execution(
            exec_id,
            (
                executions::status.eq(Status::Running),
                executions::started_at.eq(now),
                executions::waits_until.eq(None::<Time>),
            ),
        ))
        .execute(self.connection)
        .map(drop)
        .map_err(store_error)
    }

    /// Records how executions ended. One that is over already stays as it is. Those that were not.
    pub fn finish(&mut self, ends: &[(ExecId, &Finished)]) -> Result<Vec<ExecId>> {
        let mut changed = Vec::with_capacity(ends.len());
        let mut kept_bytes = 0_i64;
        for (exec_id, end) in ends {
            if self.finish_one(*exec_id, end)? {
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
                executions::status.eq(end.status),
                executions::exit_code.eq(end.exit_code),
                executions::started_at.eq(end.started_at),
                executions::ended_at.eq(end.ended_at),
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

    /// An execution that waited will not run.
    pub fn drop_queued(&mut self, exec_id: ExecId, now: Time, why: &str) -> Result<()> {
        let dropped: Option<(JobId, String, Mode)> = diesel::update(
            executions::table
                .find(exec_id)
                .filter(executions::status.eq(Status::Queued)),
        )
        .set((
            executions::status.eq(Status::Cancelled),
            executions::ended_at.eq(now),
            executions::error.eq(why),
            executions::waits_until.eq(None::<Time>),
        ))
        .returning((executions::job_id, executions::job_name, executions::mode))
        .prepared()
        .get_result(self.connection)
        .optional()
        .map_err(store_error)?;
        if let Some((job_id, job_name, mode)) = dropped {
            self.tell(Event::Finished(events::Finished {
                exec_id,
                job_id,
                job_name,
                mode,
                status: Status::Cancelled,
                exit_code: None,
                duration_ms: None,
                error: Some(why.to_string()),
                count: 1,
            }));
        }
        Ok(())
    }

    /// Counts `more` occurrences into the latest row of the job, when that row says the same of the ones before.
    /// Returns the number of the row, or nothing when the latest row says something else.
    pub fn extend_last(&mut self, like: &NewExecution, more: i64) -> Result<Option<ExecId>> {
        let last: Option<(ExecId, Status, Source, Option<String>)> = executions::table
            .filter(executions::job_id.eq(like.job_id))
            .order(executions::exec_id.desc())
            .select((
                executions::exec_id,
                executions::status,
                executions::source,
                executions::error,
            ))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        match last {
            Some((exec_id, status, source, error))
                if status == like.status && source == like.source && error == like.error =>
            {
                update_execution(
                    exec_id,
                    (
                        executions::count.eq(executions::count + more),
                        executions::ended_at.eq(like.ended_at),
                    ),
                )
                .execute(self.connection)
                .map_err(store_error)?;
                Ok(Some(exec_id))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Stores a small fact.
    pub fn set_fact(&mut self, key: &str, value: &str) -> Result<()> {
        diesel::replace_into(facts::table)
            .values((facts::key.eq(key), facts::value.eq(value)))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub(super) fn add_kept_bytes(&mut self, bytes: i64) -> Result<()> {
        let sum = self.kept_bytes()?.saturating_add(bytes).max(0);
        self.set_fact(KEPT_BYTES, &sum.to_string())
    }
}
