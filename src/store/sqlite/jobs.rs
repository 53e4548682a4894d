//! Jobs in the database: adding, changing, removing and reading them.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Bool};

use super::Session;
use super::executions::last_insert_rowid;
use super::open::store_error;
use super::prepared::{Prepare, always, update};
use super::rows::{JobRow, all, job_columns, one};
use super::schema::{job_runs, job_tags, jobs, removed_jobs};
use crate::{JobCounts, JobName};
use jobs_error::{Error, Result};
use jobs_model::{Job, JobId};
use jobs_schedule::Time;

/// Condition, letter by letter, of the partial index of jobs that are stopped, with or without an end.
const STOPPED: &str = "(stopped OR stopped_until IS NOT NULL)";

impl Session<'_> {
    pub fn job_names(&mut self, ids: &[JobId], now: Time) -> Result<HashMap<JobId, JobName>> {
        /// Number of ids per query; SQLite limits the number of bound values.
        const AT_ONCE: usize = 1_000;
        let mut names = HashMap::with_capacity(ids.len());
        for part in ids.chunks(AT_ONCE) {
            let rows: Vec<(JobId, String, bool, Option<i64>)> = jobs::table
                .filter(jobs::id.eq_any(part))
                .select((jobs::id, jobs::name, jobs::stopped, jobs::stopped_until))
                .load(self.connection)
                .map_err(store_error)?;
            for (id, name, stopped, until) in rows {
                let is_stopped = stopped || until.is_some_and(|until| until > now.millis());
                names.insert(id, JobName { name, is_stopped });
            }
        }
        Ok(names)
    }

    pub fn job(&mut self, id: JobId) -> Result<Option<Job>> {
        one(jobs::table
            .find(id)
            .select(JobRow::as_select())
            .at_most(1)
            .get_result(self.connection))
    }

    pub fn job_named(&mut self, name: &str) -> Result<Option<Job>> {
        one(jobs::table
            .filter(jobs::name.eq(name))
            .select(JobRow::as_select())
            .at_most(1)
            .get_result(self.connection))
    }

    pub fn has_job_named(&mut self, name: &str) -> Result<bool> {
        diesel::select(diesel::dsl::exists(jobs::table.filter(jobs::name.eq(name))))
            .get_result(self.connection)
            .map_err(store_error)
    }

    pub fn job_names_from(&mut self, beginning: &str) -> Result<Vec<String>> {
        // `char::MAX` sorts after every character of a name.
        let end = format!("{beginning}{}", char::MAX);
        jobs::table
            .filter(jobs::name.ge(beginning))
            .filter(jobs::name.lt(end))
            .select(jobs::name)
            .load(self.connection)
            .map_err(store_error)
    }

    pub fn due(&mut self, now: Time, limit: i64) -> Result<Vec<Job>> {
        all(jobs::table
            .filter(jobs::next_at.le(now.millis()))
            .order(jobs::next_at)
            .select(JobRow::as_select())
            .at_most(limit)
            .load(self.connection))
    }

    pub fn newest_due(&mut self, now: Time, limit: i64) -> Result<Vec<Job>> {
        all(jobs::table
            .filter(jobs::next_at.le(now.millis()))
            .order(jobs::next_at.desc())
            .select(JobRow::as_select())
            .at_most(limit)
            .load(self.connection))
    }

    pub fn next_due(&mut self) -> Result<Option<(String, Time)>> {
        let next = jobs::table
            .filter(jobs::next_at.is_not_null())
            .order(jobs::next_at)
            .select((jobs::name, jobs::next_at))
            .at_most(1)
            .get_result::<(String, Option<i64>)>(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(next.and_then(|(name, at)| at.map(|at| (name, Time::from_millis(at)))))
    }

    pub fn jobs_scheduled_at(&mut self, at: Time, other_than: JobId) -> Result<u64> {
        let jobs: i64 = jobs::table
            .filter(jobs::next_at.eq(at.millis()))
            .filter(jobs::id.ne(other_than))
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(jobs.unsigned_abs())
    }

    pub fn active_jobs_after(&mut self, id: JobId, limit: i64) -> Result<Vec<Job>> {
        all(jobs::table
            .filter(jobs::id.gt(id))
            .filter(jobs::stopped.eq(false))
            .order(jobs::id)
            .select(JobRow::as_select())
            .at_most(limit)
            .load(self.connection))
    }

    pub fn boot_jobs(&mut self) -> Result<Vec<Job>> {
        all(jobs::table
            .filter(jobs::stopped.eq(false))
            .filter(jobs::cron_expr.like("%@reboot%"))
            .order(jobs::id)
            .select(JobRow::as_select())
            .load(self.connection))
    }

    /// A page of the ids of jobs from `from` on.
    pub fn job_ids_from(&mut self, from: JobId, limit: i64) -> Result<Vec<JobId>> {
        jobs::table
            .filter(jobs::id.ge(from))
            .order(jobs::id)
            .limit(limit)
            .select(jobs::id)
            .load(self.connection)
            .map_err(store_error)
    }

    pub fn jobs_from(&mut self, origin: &str) -> Result<Vec<Job>> {
        all(jobs::table
            .filter(jobs::origin.eq(origin))
            .order(jobs::id)
            .select(JobRow::as_select())
            .prepared()
            .load(self.connection))
    }

    pub fn job_counts(&mut self, now: Time) -> Result<JobCounts> {
        let jobs: i64 = jobs::table
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        let stopped: i64 = jobs::table
            .filter(sql::<Bool>(STOPPED))
            .filter(
                sql::<Bool>("(stopped OR stopped_until > ")
                    .bind::<BigInt, _>(now.millis())
                    .sql(")"),
            )
            .count()
            .prepared()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(JobCounts {
            jobs: jobs.unsigned_abs(),
            stopped: stopped.unsigned_abs(),
        })
    }
}

impl Session<'_> {
    pub fn insert_job(&mut self, job: &Job) -> Result<Job> {
        // Not RETURNING: SQLite would copy every page that the statement changes and keep the copy until the end of the
        // transaction, so an import of many jobs would be written three times.
        diesel::insert_into(jobs::table)
            .values(job_columns!(job))
            .execute(self.connection)
            .map_err(|error| name_taken(error, &job.name))?;
        let id = diesel::select(last_insert_rowid())
            .get_result(self.connection)
            .map_err(store_error)?;
        let job = Job { id, ..job.clone() };
        diesel::insert_into(job_runs::table)
            .values(job_runs::job_id.eq(id))
            .execute(self.connection)
            .map_err(store_error)?;
        self.set_text(&job)?;
        self.add_tags(&job)?;
        Ok(job)
    }

    /// Writes every field of a job. Returns whether the job was stopped before; none if it does not exist. Fails with
    /// [`Error::Conflict`] if another job has the name.
    pub fn update_job(&mut self, job: &Job) -> Result<Option<bool>> {
        let found: Option<(bool, String)> = jobs::table
            .find(job.id)
            .select((
                jobs::stopped.or(jobs::stopped_until.is_not_null()),
                jobs::tags,
            ))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        let Some((was_stopped, tags)) = found else {
            return Ok(None);
        };
        update("jobs", "id", job.id, job_columns!(job))
            .execute(self.connection)
            .map_err(|error| name_taken(error, &job.name))?;
        self.set_text(job)?;
        if tags != job.tags.join(" ") {
            self.remove_tags(job.id, &tags)?;
            self.add_tags(job)?;
        }
        Ok(Some(was_stopped))
    }

    pub fn advance_job(&mut self, job: &Job) -> Result<()> {
        always!(update(
            "jobs",
            "id",
            job.id,
            (
                jobs::next_at.eq(job.next_at.map(Time::millis)),
                jobs::scheduled_at.eq(job.scheduled_at.map(Time::millis)),
                jobs::anchor_at.eq(job.anchor_at.millis()),
                jobs::claimed_until.eq(job.claimed_until.map(Time::millis)),
                jobs::run_count.eq(job.run_count),
                jobs::stopped.eq(job.stopped),
                jobs::stopped_from.eq(job.stopped_from.map(Time::millis)),
                jobs::stopped_until.eq(job.stopped_until.map(Time::millis)),
                jobs::skip_next.eq(job.skip_next),
            ),
        ))
        .execute(self.connection)
        .map(drop)
        .map_err(store_error)
    }

    /// Removes a job at once; `prune` deletes its history later. Returns the name; none if the job does not exist.
    pub fn delete_job(&mut self, id: JobId) -> Result<Option<String>> {
        let removed: Option<(String, String)> = diesel::delete(jobs::table.find(id))
            .returning((jobs::name, jobs::tags))
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        let Some((name, tags)) = removed else {
            return Ok(None);
        };
        diesel::delete(job_runs::table.find(id))
            .execute(self.connection)
            .map_err(store_error)?;
        self.remove_text(id)?;
        self.remove_tags(id, &tags)?;
        diesel::insert_or_ignore_into(removed_jobs::table)
            .values(removed_jobs::job_id.eq(id))
            .execute(self.connection)
            .map_err(store_error)?;
        Ok(Some(name))
    }

    fn add_tags(&mut self, job: &Job) -> Result<()> {
        for tag in &job.tags {
            diesel::insert_or_ignore_into(job_tags::table)
                .values((job_tags::tag.eq(tag), job_tags::job_id.eq(job.id)))
                .execute(self.connection)
                .map_err(store_error)?;
        }
        Ok(())
    }

    /// Removes the tags of a job, as its row has them.
    fn remove_tags(&mut self, id: JobId, tags: &str) -> Result<()> {
        for tag in tags.split_ascii_whitespace() {
            diesel::delete(job_tags::table.find((tag, id)))
                .execute(self.connection)
                .map_err(store_error)?;
        }
        Ok(())
    }
}

fn name_taken(error: DieselError, name: &str) -> Error {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            Error::Conflict(format!("name: `{name}` is taken by another job"))
        }
        other => store_error(other),
    }
}
