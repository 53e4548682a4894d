//! Figures of each job for reports, counted by SQLite over a time range. The queries do not read the output of executions.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::Session;
use super::executions::FAILED;
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::Column;
use super::schema::jobs;
use jobs_error::{Error, Result};
use jobs_model::{ExecId, JobFigures, JobId, Status};
use jobs_schedule::Time;

/// Per job, of the executions that ended in the range: the number of each status, the durations, and the changes between success
/// and failure.
///
/// The query avoids columns behind the output in a row (`error`, `count`): SQLite reads a row from its start, so it would read the
/// output too. `slowest` is right because SQLite takes a bare column beside a single `max` from the row of the maximum.
const ENDED: &str = "
    SELECT job_id,
        count(*) FILTER (WHERE status = 'success') AS success,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        count(*) FILTER (WHERE status = 'timeout') AS timeout,
        count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE status = 'interrupted') AS interrupted,
        count(*) FILTER (WHERE is_change) AS changes,
        CAST(total(duration_ms) AS INTEGER) AS total_ms,
        max(duration_ms) AS slowest_ms,
        exec_id AS slowest
    FROM (
        SELECT job_id, exec_id, status, duration_ms,
            is_good <> lag(is_good) OVER (PARTITION BY job_id, is_good IS NULL ORDER BY exec_id) AS is_change
        FROM (
            SELECT job_id, exec_id, status, duration_ms,
                CASE WHEN status = 'success' THEN 1
                    WHEN status IN ('failed', 'timeout', 'interrupted') THEN 0 END AS is_good
            FROM executions WHERE {time}
        )
    )
    GROUP BY job_id";

/// The occurrences in the range that did not run. Their rows have no output, so reading `count` is cheap.
const NOT_RUN: &str = "
    SELECT job_id, status, CAST(total(count) AS INTEGER) AS number
    FROM executions WHERE {time} AND status IN ('skipped', 'missed')
    GROUP BY job_id, status";

/// The last failure of each job in the range.
const LAST_FAILURES: &str = "
    SELECT failure.job_id, failure.exec_id, failure.status, failure.ended_at, failure.error
    FROM (
        SELECT max(exec_id) AS last FROM executions
        WHERE {time} AND {failed}
        GROUP BY job_id
    ) JOIN executions AS failure ON failure.exec_id = last";

/// The name of a removed job, from its last execution.
const LAST_NAME: &str =
    "SELECT job_name FROM executions WHERE job_id = ?1 ORDER BY exec_id DESC LIMIT 1";

/// Removed jobs of that name with executions in the range.
const GONE_BY_NAME: &str = "
    SELECT DISTINCT job_id FROM executions
    WHERE {time} AND job_name = ?3 AND job_id NOT IN (SELECT id FROM jobs)";

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = BigInt)]
    job_id: JobId,
    #[diesel(sql_type = BigInt)]
    success: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
    #[diesel(sql_type = BigInt)]
    timeout: i64,
    #[diesel(sql_type = BigInt)]
    cancelled: i64,
    #[diesel(sql_type = BigInt)]
    interrupted: i64,
    #[diesel(sql_type = BigInt)]
    changes: i64,
    #[diesel(sql_type = BigInt)]
    total_ms: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    slowest_ms: Option<i64>,
    #[diesel(sql_type = BigInt)]
    slowest: ExecId,
}

#[derive(QueryableByName)]
struct NotRun {
    #[diesel(sql_type = BigInt)]
    job_id: JobId,
    #[diesel(sql_type = Text)]
    status: Column<Status>,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct LastFailure {
    #[diesel(sql_type = BigInt)]
    job_id: JobId,
    #[diesel(sql_type = BigInt)]
    exec_id: ExecId,
    #[diesel(sql_type = Text)]
    status: Column<Status>,
    #[diesel(sql_type = BigInt)]
    ended_at: i64,
    #[diesel(sql_type = Nullable<Text>)]
    error: Option<String>,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    job_name: String,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    job_id: JobId,
}

type Job = (JobId, String, Option<i64>, bool, Option<i64>);

/// The columns of a [`Job`].
const JOB: (
    jobs::id,
    jobs::name,
    jobs::next_at,
    jobs::stopped,
    jobs::stopped_until,
) = (
    jobs::id,
    jobs::name,
    jobs::next_at,
    jobs::stopped,
    jobs::stopped_until,
);

impl Session<'_> {
    pub fn figures(
        &mut self,
        from: Time,
        until: Time,
        job: Option<&str>,
    ) -> Result<Vec<JobFigures>> {
        let mut figures = HashMap::new();
        match job {
            None => {
                let all = jobs::table
                    .select(JOB)
                    .load(self.connection)
                    .map_err(store_error)?;
                figures.extend(all.into_iter().map(blank));
                self.count((from, until), None, &mut figures)?;
            }
            Some(job) => {
                for id in self.ids_of((from, until), job, &mut figures)? {
                    self.count((from, until), Some(id), &mut figures)?;
                }
                if figures.is_empty() {
                    return Err(Error::NoSuchJob(job.to_string()));
                }
            }
        }
        let mut figures: Vec<JobFigures> = figures.into_values().collect();
        figures.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        Ok(figures)
    }

    /// Finds the job by name or number, or the removed jobs that had the name. Inserts empty figures for a job that exists.
    fn ids_of(
        &mut self,
        (from, until): (Time, Time),
        job: &str,
        figures: &mut HashMap<JobId, JobFigures>,
    ) -> Result<Vec<JobId>> {
        // Names with digits only are not allowed, so digits are a number.
        let is_id = !job.is_empty() && job.bytes().all(|byte| byte.is_ascii_digit());
        let id: Option<JobId> = is_id.then(|| job.parse().ok()).flatten();
        let mut query = jobs::table.select(JOB).into_boxed();
        query = match id {
            Some(id) => query.filter(jobs::id.eq(id)),
            None => query.filter(jobs::name.eq(job)),
        };
        let found = query
            .at_most(1)
            .get_result::<Job>(self.connection)
            .optional()
            .map_err(store_error)?;
        if let Some(found) = found {
            let id = found.0;
            figures.extend([blank(found)]);
            return Ok(vec![id]);
        }
        if is_id {
            return Ok(id.into_iter().collect());
        }
        let gone: Vec<Id> = in_time(GONE_BY_NAME, from, until, None)
            .bind::<Text, _>(job)
            .load(self.connection)
            .map_err(store_error)?;
        Ok(gone.into_iter().map(|gone| gone.job_id).collect())
    }

    /// Adds the figures of the range, for one job or for all.
    fn count(
        &mut self,
        (from, until): (Time, Time),
        job: Option<JobId>,
        figures: &mut HashMap<JobId, JobFigures>,
    ) -> Result<()> {
        let ended: Vec<Ended> = in_time(ENDED, from, until, job)
            .load(self.connection)
            .map_err(store_error)?;
        for row in ended {
            row.add_to(self.figures_of(row.job_id, figures)?);
        }
        let not_run: Vec<NotRun> = in_time(NOT_RUN, from, until, job)
            .load(self.connection)
            .map_err(store_error)?;
        for row in not_run {
            let figures = self.figures_of(row.job_id, figures)?;
            if row.status.0 == Status::Skipped {
                figures.skipped = row.number;
            } else {
                figures.missed = row.number;
            }
        }
        let failures: Vec<LastFailure> = in_time(LAST_FAILURES, from, until, job)
            .load(self.connection)
            .map_err(store_error)?;
        for row in failures {
            let figures = self.figures_of(row.job_id, figures)?;
            let ended_at = Time::from_millis(row.ended_at);
            figures.last_failure = Some((row.exec_id, row.status.0, ended_at, row.error));
        }
        Ok(())
    }

    /// The figures of a job. Inserts empty figures for a removed job, under its last name.
    fn figures_of<'f>(
        &mut self,
        id: JobId,
        figures: &'f mut HashMap<JobId, JobFigures>,
    ) -> Result<&'f mut JobFigures> {
        if !figures.contains_key(&id) {
            let name: Option<Name> = sql_query(LAST_NAME)
                .bind::<BigInt, _>(id)
                .get_result(self.connection)
                .optional()
                .map_err(store_error)?;
            let name = name.map_or_else(|| id.to_string(), |name| name.job_name);
            figures.extend([blank((id, name, None, false, None))]);
        }
        figures
            .get_mut(&id)
            .ok_or_else(|| Error::NoSuchJob(id.to_string()))
    }
}

impl Ended {
    fn add_to(&self, figures: &mut JobFigures) {
        figures.success = self.success;
        figures.failed = self.failed;
        figures.timeout = self.timeout;
        figures.cancelled = self.cancelled;
        figures.interrupted = self.interrupted;
        figures.changes = self.changes;
        figures.total_ms = self.total_ms;
        figures.slowest = self.slowest_ms.map(|ms| (self.slowest, ms));
    }
}

type Boxed<'q> = diesel::query_builder::BoxedSqlQuery<'q, Sqlite, diesel::query_builder::SqlQuery>;

/// The query for a time range, and for one job or for all.
fn in_time<'q>(sql: &str, from: Time, until: Time, job: Option<JobId>) -> Boxed<'q> {
    // Two texts, so that SQLite chooses the index that suits each.
    let time = match job {
        Some(_) => "ended_at >= ?1 AND ended_at < ?2 AND job_id = ?3",
        None => "ended_at >= ?1 AND ended_at < ?2",
    };
    let query = sql_query(sql.replace("{time}", time).replace("{failed}", FAILED))
        .into_boxed::<Sqlite>()
        .bind::<BigInt, _>(from.millis())
        .bind::<BigInt, _>(until.millis());
    match job {
        Some(id) => query.bind::<BigInt, _>(id),
        None => query,
    }
}

/// Figures of a job with all counts zero.
fn blank((id, name, next_at, stopped, stopped_until): Job) -> (JobId, JobFigures) {
    let figures = JobFigures {
        id,
        name,
        next_at: next_at.map(Time::from_millis),
        // `stopped_until` is cleared when the job resumes.
        stopped: stopped || stopped_until.is_some(),
        success: 0,
        failed: 0,
        timeout: 0,
        cancelled: 0,
        interrupted: 0,
        skipped: 0,
        missed: 0,
        changes: 0,
        total_ms: 0,
        slowest: None,
        last_failure: None,
    };
    (id, figures)
}

#[cfg(test)]
mod tests;
