//! Executions that run or wait: the few that have not ended.

use std::collections::HashMap;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::Session;
use super::executions::{LIVE, update_execution};
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::{AdmittedRow, Column, Decode, ExecutionRow, all};
use super::schema::{executions, jobs};
use crate::{LiveCounts, Owner, RetryLink, Startable, Waiting};
use jobs_error::Result;
use jobs_model::{Admitted, ExecId, Execution, Job, JobId, Overlap, Source, Status};
use jobs_schedule::Time;

/// Condition of the partial index of waiting retries.
const WAITS: &str = "status = 'queued' AND waits_until IS NOT NULL";

/// Condition, up to the bound value: fewer executions of the job run. SQLite evaluates the list once per query.
const HAS_SHARE_LEFT: &str = "executions.job_id NOT IN (SELECT full.job_id FROM executions AS full \
     WHERE full.status = 'running' AND full.status IN ('queued', 'running') \
     GROUP BY full.job_id HAVING count(*) >= ";

/// Whether an execution need not wait past `now`.
fn is_due(now: Time) -> diesel::dsl::Or<diesel::dsl::IsNull<executions::waits_until>, IsReached> {
    executions::waits_until
        .is_null()
        .or(executions::waits_until.assume_not_null().le(now.millis()))
}

type IsReached = diesel::dsl::LtEq<diesel::dsl::AssumeNotNull<executions::waits_until>, i64>;

impl Session<'_> {
    pub fn live_counts(&mut self) -> Result<HashMap<JobId, LiveCounts>> {
        let rows: Vec<(JobId, Column<Status>, i64)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .group_by((executions::job_id, executions::status))
            .select((executions::job_id, executions::status, count_star()))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let mut counts: HashMap<JobId, LiveCounts> = HashMap::new();
        for (job_id, status, number) in rows {
            counts.entry(job_id).or_default().add(status.0, number);
        }
        Ok(counts)
    }

    pub fn live_counts_of(&mut self, job_id: JobId) -> Result<LiveCounts> {
        self.live_counts_at(job_id, Time::from_millis(i64::MAX))
    }

    pub fn live_counts_at(&mut self, job_id: JobId, now: Time) -> Result<LiveCounts> {
        let rows: Vec<(Column<Status>, i64)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(executions::job_id.eq(job_id))
            .filter(is_due(now))
            .group_by(executions::status)
            .select((executions::status, count_star()))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let mut counts = LiveCounts::default();
        for (status, number) in rows {
            counts.add(status.0, number);
        }
        Ok(counts)
    }

    pub fn live_total(&mut self) -> Result<LiveCounts> {
        let rows: Vec<(Column<Status>, i64)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .group_by(executions::status)
            .select((executions::status, count_star()))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let mut counts = LiveCounts::default();
        for (status, number) in rows {
            counts.add(status.0, number);
        }
        Ok(counts)
    }

    pub fn running_total(&mut self) -> Result<u32> {
        let running: i64 = executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(sql::<Bool>("status = 'running'"))
            .count()
            .prepared()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(u32::try_from(running).unwrap_or(u32::MAX))
    }

    pub fn running_counts(&mut self) -> Result<HashMap<JobId, u32>> {
        let rows: Vec<(JobId, i64)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(sql::<Bool>("status = 'running'"))
            .group_by(executions::job_id)
            .select((executions::job_id, count_star()))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(rows
            .into_iter()
            .map(|(job_id, number)| (job_id, count(number)))
            .collect())
    }

    pub fn waiting(&mut self, now: Time) -> Result<Vec<Waiting>> {
        let rows: Vec<(JobId, i64, Option<i64>)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(sql::<Bool>("status = 'queued'"))
            .filter(is_due(now))
            .group_by(executions::job_id)
            .select((
                executions::job_id,
                count_star(),
                diesel::dsl::min(executions::scheduled_at),
            ))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|(job_id, number, since)| Waiting {
                job_id,
                executions: u32::try_from(number).unwrap_or(u32::MAX),
                since: since.map_or(now, Time::from_millis),
            })
            .collect())
    }

    pub fn live(&mut self, status: Status) -> Result<Vec<Execution>> {
        all(executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(executions::status.eq(status.as_str()))
            .order(executions::exec_id)
            .select(ExecutionRow::as_select())
            .prepared()
            .load(self.connection))
    }

    pub fn running_of_others(&mut self, owner: Owner) -> Result<Vec<Execution>> {
        all(executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(sql::<Bool>("status = 'running'"))
            .filter(
                executions::lease_owner
                    .is_null()
                    .or(executions::lease_owner.assume_not_null().ne(owner.0)),
            )
            .order(executions::exec_id)
            .select(ExecutionRow::as_select())
            .prepared()
            .load(self.connection))
    }

    pub fn live_of(&mut self, job_id: JobId) -> Result<Vec<Execution>> {
        all(executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(executions::job_id.eq(job_id))
            // The `+` stops SQLite from using the index on the job for the order: it would scan the whole history of the job.
            .order(sql::<BigInt>("+exec_id"))
            .select(ExecutionRow::as_select())
            .prepared()
            .load(self.connection))
    }

    pub fn startable(&mut self, wanted: Startable) -> Result<Vec<(Admitted, Overlap)>> {
        let running = diesel::alias!(executions as running);
        let another_runs = diesel::dsl::exists(
            running
                .filter(running.field(executions::job_id).eq(executions::job_id))
                // A literal: SQLite would plan anew for each bound value that might decide whether a partial index applies.
                .filter(sql::<Bool>(
                    "running.status = 'running' AND running.status IN ('queued', 'running')",
                )),
        );
        let fewer_than = wanted.fewer_than.map_or(i64::MAX, i64::from);
        executions::table
            .inner_join(jobs::table.on(jobs::id.eq(executions::job_id)))
            .filter(sql::<Bool>(
                "executions.status = 'queued' AND executions.status IN ('queued', 'running')",
            ))
            .filter(is_due(wanted.now))
            .filter(
                sql::<Bool>(HAS_SHARE_LEFT)
                    .bind::<BigInt, _>(fewer_than)
                    .sql(")"),
            )
            .filter(
                executions::source
                    .eq(Source::Manual.as_str())
                    .or((!wanted.by_hand_only).into_sql::<Bool>()),
            )
            .filter(
                jobs::allow_mode
                    .eq(Overlap::Parallel.number())
                    .or(diesel::dsl::not(another_runs)),
            )
            .order(executions::exec_id)
            .select((
                (
                    executions::exec_id,
                    executions::job_id,
                    executions::job_name,
                    executions::mode,
                    executions::source,
                    executions::scheduled_at,
                    executions::command,
                    executions::jitter_ms,
                    jobs::timezone,
                ),
                jobs::allow_mode,
            ))
            .prepared()
            .load_iter::<_, DefaultLoadingMode>(self.connection)
            .map_err(store_error)?
            // Not a LIMIT: it differs in each call, and each would be a statement of its own.
            .take(wanted.limit)
            .map(|row: QueryResult<(AdmittedRow, Column<Overlap>)>| {
                row.map(|(admitted, overlap)| (admitted.decode(), overlap.0))
            })
            .collect::<QueryResult<_>>()
            .map_err(store_error)
    }

    pub fn next_retry(&mut self, after: Time) -> Result<Option<Time>> {
        executions::table
            .filter(sql::<Bool>(WAITS))
            .filter(executions::waits_until.gt(after.millis()))
            .order(executions::waits_until)
            .select(executions::waits_until)
            .at_most(1)
            .get_result::<Option<i64>>(self.connection)
            .optional()
            .map(|at| at.flatten().map(Time::from_millis))
            .map_err(store_error)
    }

    pub fn retry_link(&mut self, exec_id: ExecId) -> Result<Option<RetryLink>> {
        let found: Option<(JobId, i64, Option<ExecId>, i64, i64)> = executions::table
            .find(exec_id)
            .select((
                executions::job_id,
                executions::scheduled_at,
                executions::retry_of,
                executions::retry_number,
                executions::retries_left,
            ))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(
            found.map(|(job_id, scheduled_at, first, number, left)| RetryLink {
                job_id,
                scheduled_at: Time::from_millis(scheduled_at),
                first: first.unwrap_or(exec_id),
                number,
                left,
            }),
        )
    }
}

impl Session<'_> {
    pub fn set_no_retries(&mut self, exec_id: ExecId) -> Result<()> {
        update_execution(exec_id, executions::retries_left.eq(0))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn update_waiting_retries(&mut self, job: &Job) -> Result<()> {
        diesel::update(
            executions::table
                .filter(sql::<Bool>(WAITS))
                .filter(executions::job_id.eq(job.id)),
        )
        .set((
            executions::job_name.eq(&job.name),
            executions::mode.eq(job.mode.as_str()),
            executions::command.eq(&job.command),
        ))
        .execute(self.connection)
        .map(drop)
        .map_err(store_error)
    }

    pub fn hasten_retries(&mut self, now: Time) -> Result<()> {
        diesel::update(executions::table.filter(sql::<Bool>(WAITS)))
            .set(executions::waits_until.eq(now.millis()))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }
}
