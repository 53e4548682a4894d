//! What runs and what waits: the few executions that are not over.

use std::collections::HashMap;

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

use super::executions::{LIVE, update_execution};
use super::open::store_error;
use super::prepared::Prepare;
use super::query::{Reader, Tx};
use crate::error::Result;
use crate::model::schema::{executions, jobs};
use crate::model::{Admitted, ExecId, Execution, Job, JobId, Overlap, Source, Status};
use crate::schedule::Time;

/// The condition of the index of retries.
const WAITS: &str = "status = 'queued' AND waits_until IS NOT NULL";

/// Whether an execution waits for no time after `now`.
fn is_due(now: Time) -> diesel::dsl::Or<diesel::dsl::IsNull<executions::waits_until>, IsReached> {
    executions::waits_until
        .is_null()
        .or(executions::waits_until.assume_not_null().le(now))
}

type IsReached = diesel::dsl::LtEq<diesel::dsl::AssumeNotNull<executions::waits_until>, Time>;

/// An execution that may start, and the overlap policy of its job.
pub type Startable = (Admitted, Overlap);

/// How an execution stands in a chain of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryLink {
    pub job_id: JobId,
    pub scheduled_at: Time,
    /// The first of the chain.
    pub first: ExecId,
    /// Which retry it is; 0 is the first execution.
    pub number: i64,
    /// How many may follow.
    pub left: i64,
}

/// How many executions of a job run, and how many wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveCounts {
    pub running: u32,
    pub queued: u32,
}

impl Reader<'_> {
    /// How many executions run and wait, by job; only jobs that have some.
    pub fn live_counts(&mut self) -> Result<HashMap<JobId, LiveCounts>> {
        let rows: Vec<(JobId, Status, i64)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .group_by((executions::job_id, executions::status))
            .select((executions::job_id, executions::status, count_star()))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let mut counts: HashMap<JobId, LiveCounts> = HashMap::new();
        for (job_id, status, number) in rows {
            counts.entry(job_id).or_default().add(status, number);
        }
        Ok(counts)
    }

    /// How many executions of one job run and wait.
    pub fn live_counts_of(&mut self, job_id: JobId) -> Result<LiveCounts> {
        self.live_counts_at(job_id, Time::from_millis(i64::MAX))
    }

    /// The same without the retries that wait for a time after `now`.
    pub fn live_counts_at(&mut self, job_id: JobId, now: Time) -> Result<LiveCounts> {
        let rows: Vec<(Status, i64)> = executions::table
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
            counts.add(status, number);
        }
        Ok(counts)
    }

    /// How many executions run and wait, of all jobs.
    pub fn live_total(&mut self) -> Result<LiveCounts> {
        let rows: Vec<(Status, i64)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .group_by(executions::status)
            .select((executions::status, count_star()))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let mut counts = LiveCounts::default();
        for (status, number) in rows {
            counts.add(status, number);
        }
        Ok(counts)
    }

    /// How many executions run, of all jobs; however many wait, they are not looked at.
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

    /// The executions with a status that is not final, the oldest first.
    pub fn live(&mut self, status: Status) -> Result<Vec<Execution>> {
        executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(executions::status.eq(status))
            .order(executions::exec_id)
            .select(Execution::as_select())
            .prepared()
            .load(self.connection)
            .map_err(store_error)
    }

    /// The executions of a job that run or wait, the oldest first.
    pub fn live_of(&mut self, job_id: JobId) -> Result<Vec<Execution>> {
        executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(executions::job_id.eq(job_id))
            // The `+` keeps SQLite from going through all that the job ever ran, which is in this order already.
            .order(sql::<BigInt>("+exec_id"))
            .select(Execution::as_select())
            .prepared()
            .load(self.connection)
            .map_err(store_error)
    }

    /// At most `limit` executions that wait and may start: the job lets them run side by side, or none of it runs.
    /// The oldest first. Of a job that runs one at a time there may be several here; only the first may start. A retry
    /// waits for its time. Where `by_hand_only`, what nobody asked for waits too.
    pub fn startable(
        &mut self,
        limit: usize,
        now: Time,
        by_hand_only: bool,
    ) -> Result<Vec<Startable>> {
        let running = diesel::alias!(executions as running);
        let another_runs = diesel::dsl::exists(
            running
                .filter(running.field(executions::job_id).eq(executions::job_id))
                // A literal: SQLite plans anew for each value that might decide whether a partial index does.
                .filter(sql::<Bool>(
                    "running.status = 'running' AND running.status IN ('queued', 'running')",
                )),
        );
        executions::table
            .inner_join(jobs::table.on(jobs::id.eq(executions::job_id)))
            .filter(sql::<Bool>(
                "executions.status = 'queued' AND executions.status IN ('queued', 'running')",
            ))
            .filter(is_due(now))
            .filter(
                executions::source
                    .eq(Source::Manual)
                    .or((!by_hand_only).into_sql::<Bool>()),
            )
            .filter(
                jobs::allow_mode
                    .eq(Overlap::Parallel)
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
            // Not a LIMIT: it is another one each time.
            .take(limit)
            .collect::<QueryResult<_>>()
            .map_err(store_error)
    }

    /// When the next retry is due of those that wait for a time after `after`.
    pub fn next_retry(&mut self, after: Time) -> Result<Option<Time>> {
        executions::table
            .filter(sql::<Bool>(WAITS))
            .filter(executions::waits_until.gt(after))
            .order(executions::waits_until)
            .select(executions::waits_until)
            .at_most(1)
            .get_result::<Option<Time>>(self.connection)
            .optional()
            .map(Option::flatten)
            .map_err(store_error)
    }

    /// What a retry of an execution has to know of it.
    pub fn retry_link(&mut self, exec_id: ExecId) -> Result<Option<RetryLink>> {
        let found: Option<(JobId, Time, Option<ExecId>, i64, i64)> = executions::table
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
                scheduled_at,
                first: first.unwrap_or(exec_id),
                number,
                left,
            }),
        )
    }
}

impl LiveCounts {
    fn add(&mut self, status: Status, number: i64) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match status {
            Status::Running => self.running += number,
            Status::Queued => self.queued += number,
            Status::Success
            | Status::Failed
            | Status::Timeout
            | Status::Cancelled
            | Status::Interrupted
            | Status::Skipped
            | Status::Missed => {}
        }
    }
}

impl Tx<'_> {
    /// No retry follows an execution.
    pub fn set_no_retries(&mut self, exec_id: ExecId) -> Result<()> {
        update_execution(exec_id, executions::retries_left.eq(0))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    /// The retries of a job that wait become executions of the job as it is now.
    pub fn update_waiting_retries(&mut self, job: &Job) -> Result<()> {
        diesel::update(
            executions::table
                .filter(sql::<Bool>(WAITS))
                .filter(executions::job_id.eq(job.id)),
        )
        .set((
            executions::job_name.eq(&job.name),
            executions::mode.eq(job.mode),
            executions::command.eq(&job.command),
        ))
        .execute(self.connection)
        .map(drop)
        .map_err(store_error)
    }

    /// All retries that wait are due at `now`: on another clock nobody knows how long they have waited.
    pub fn hasten_retries(&mut self, now: Time) -> Result<()> {
        diesel::update(executions::table.filter(sql::<Bool>(WAITS)))
            .set(executions::waits_until.eq(now))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }
}
