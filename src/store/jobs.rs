//! Jobs in the database.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Bool};

use super::executions::last_insert_rowid;
use super::open::store_error;
use super::prepared::{Prepare, always, update};
use super::query::{Reader, Tx};
use crate::error::{Error, Result};
use crate::events::{Change, Event, JobChange};
use crate::model::schema::{jobs, removed_jobs};
use crate::model::{Job, JobId, Mode};
use crate::schedule::Time;

/// The condition of the index of jobs that are stopped, or were until some time, to the letter.
const STOPPED: &str = "(stopped OR stopped_until IS NOT NULL)";

/// Which jobs are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// A part of the name.
    pub name: Option<String>,
    /// The kind of work.
    pub mode: Option<Mode>,
    /// In the order in which they were added, the last one first, rather than the one that is due next first.
    pub newest_first: bool,
}

/// How many jobs there are, and how many of them are stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCounts {
    pub jobs: u64,
    pub stopped: u64,
}

/// What a figure is told under: the name of a job, and whether it is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobName {
    pub name: String,
    pub is_stopped: bool,
}

impl Reader<'_> {
    /// The names of those of the jobs that are there.
    pub fn job_names(&mut self, ids: &[JobId], now: Time) -> Result<HashMap<JobId, JobName>> {
        /// What SQLite takes in one question, and more than enough.
        const AT_ONCE: usize = 1_000;
        let mut names = HashMap::with_capacity(ids.len());
        for part in ids.chunks(AT_ONCE) {
            let rows: Vec<(JobId, String, bool, Option<Time>)> = jobs::table
                .filter(jobs::id.eq_any(part))
                .select((jobs::id, jobs::name, jobs::stopped, jobs::stopped_until))
                .load(self.connection)
                .map_err(store_error)?;
            for (id, name, stopped, until) in rows {
                let is_stopped = stopped || until.is_some_and(|until| until > now);
                names.insert(id, JobName { name, is_stopped });
            }
        }
        Ok(names)
    }

    /// The job with that id.
    pub fn job(&mut self, id: JobId) -> Result<Option<Job>> {
        jobs::table
            .find(id)
            .select(Job::as_select())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// The job with that name.
    pub fn job_named(&mut self, name: &str) -> Result<Option<Job>> {
        jobs::table
            .filter(jobs::name.eq(name))
            .select(Job::as_select())
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// Whether there is a job with that name.
    pub fn has_job_named(&mut self, name: &str) -> Result<bool> {
        diesel::select(diesel::dsl::exists(jobs::table.filter(jobs::name.eq(name))))
            .get_result(self.connection)
            .map_err(store_error)
    }

    /// All names that begin so.
    pub fn job_names_from(&mut self, beginning: &str) -> Result<Vec<String>> {
        // No name has a character past this one.
        let end = format!("{beginning}{}", char::MAX);
        jobs::table
            .filter(jobs::name.ge(beginning))
            .filter(jobs::name.lt(end))
            .select(jobs::name)
            .load(self.connection)
            .map_err(store_error)
    }

    /// The jobs that pass the filter: the one that is due next first, then those that are never due, by name.
    pub fn jobs(&mut self, filter: &JobFilter) -> Result<Vec<Job>> {
        ordered(filter)
            .select(Job::as_select())
            .prepared()
            .load(self.connection)
            .map_err(store_error)
    }

    /// As [`Reader::jobs`], at most `limit` without the first `skipped`.
    pub fn page_of_jobs(
        &mut self,
        filter: &JobFilter,
        skipped: i64,
        limit: i64,
    ) -> Result<Vec<Job>> {
        ordered(filter)
            .select(Job::as_select())
            .page(skipped, limit)
            .load(self.connection)
            .map_err(store_error)
    }

    /// How many jobs pass the filter.
    pub fn jobs_total(&mut self, filter: &JobFilter) -> Result<u64> {
        let total: i64 = filtered(filter)
            .count()
            .prepared()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(total.unsigned_abs())
    }

    /// At most `limit` jobs that are due at `now`, the longest overdue first.
    pub fn due(&mut self, now: Time, limit: i64) -> Result<Vec<Job>> {
        jobs::table
            .filter(jobs::next_at.le(now))
            .order(jobs::next_at)
            .select(Job::as_select())
            .at_most(limit)
            .load(self.connection)
            .map_err(store_error)
    }

    /// The job that is due next, and when.
    pub fn next_due(&mut self) -> Result<Option<(String, Time)>> {
        let next = jobs::table
            .filter(jobs::next_at.is_not_null())
            .order(jobs::next_at)
            .select((jobs::name, jobs::next_at))
            .at_most(1)
            .get_result::<(String, Option<Time>)>(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(next.and_then(|(name, at)| at.map(|at| (name, at))))
    }

    /// How many jobs other than this one have their next occurrence at that instant.
    pub fn jobs_scheduled_at(&mut self, at: Time, other_than: JobId) -> Result<u64> {
        let jobs: i64 = jobs::table
            .filter(jobs::next_at.eq(at))
            .filter(jobs::id.ne(other_than))
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(jobs.unsigned_abs())
    }

    /// The jobs that are not stopped, a page of them in the order of their ids.
    pub fn active_jobs_after(&mut self, id: JobId, limit: i64) -> Result<Vec<Job>> {
        jobs::table
            .filter(jobs::id.gt(id))
            .filter(jobs::stopped.eq(false))
            .order(jobs::id)
            .select(Job::as_select())
            .at_most(limit)
            .load(self.connection)
            .map_err(store_error)
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

    /// The jobs that were imported from a crontab, in the order in which they were added.
    pub fn jobs_from(&mut self, origin: &str) -> Result<Vec<Job>> {
        jobs::table
            .filter(jobs::origin.eq(origin))
            .order(jobs::id)
            .select(Job::as_select())
            .prepared()
            .load(self.connection)
            .map_err(store_error)
    }

    /// How many jobs there are.
    pub fn job_counts(&mut self, now: Time) -> Result<JobCounts> {
        let jobs: i64 = jobs::table
            .count()
            .get_result(self.connection)
            .map_err(store_error)?;
        let stopped: i64 = jobs::table
            .filter(sql::<Bool>(STOPPED))
            .filter(
                sql::<Bool>("(stopped OR stopped_until > ")
                    .bind::<BigInt, _>(now)
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

impl Tx<'_> {
    /// Adds a job and returns it with its number. A name that is taken is a [`Error::Conflict`].
    pub fn insert_job(&mut self, job: &Job) -> Result<Job> {
        // Without RETURNING: with it, SQLite keeps a copy of every page that the statement changes, until the end of the
        // transaction, which writes an import of many jobs thrice.
        diesel::insert_into(jobs::table)
            .values(job)
            .execute(self.connection)
            .map_err(|error| name_taken(error, &job.name))?;
        let id = diesel::select(last_insert_rowid())
            .get_result(self.connection)
            .map_err(store_error)?;
        let added = Job { id, ..job.clone() };
        self.tell(Event::Job(JobChange::of(&added, Change::Added)));
        Ok(added)
    }

    /// Writes every field of a job. A name that is taken is a [`Error::Conflict`].
    pub fn update_job(&mut self, job: &Job) -> Result<()> {
        let was_stopped: Option<bool> = jobs::table
            .find(job.id)
            .select(jobs::stopped.or(jobs::stopped_until.is_not_null()))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        update("jobs", "id", job.id, job)
            .execute(self.connection)
            .map_err(|error| name_taken(error, &job.name))?;
        if let Some(was_stopped) = was_stopped {
            let change = Change::between(was_stopped, job.is_stopped());
            self.tell(Event::Job(JobChange::of(job, change)));
        }
        Ok(())
    }

    /// As [`Tx::advance_job`], and tells when the job was stopped by that, or goes on.
    pub fn advance_job_from(&mut self, was_stopped: bool, job: &Job) -> Result<()> {
        self.advance_job(job)?;
        if was_stopped != job.is_stopped() {
            let change = Change::between(was_stopped, job.is_stopped());
            self.tell(Event::Job(JobChange::of(job, change)));
        }
        Ok(())
    }

    /// Writes what a tick changes of a job, and nothing else.
    pub fn advance_job(&mut self, job: &Job) -> Result<()> {
        always!(update(
            "jobs",
            "id",
            job.id,
            (
                jobs::next_at.eq(job.next_at),
                jobs::scheduled_at.eq(job.scheduled_at),
                jobs::anchor_at.eq(job.anchor_at),
                jobs::run_count.eq(job.run_count),
                jobs::stopped.eq(job.stopped),
                jobs::stopped_from.eq(job.stopped_from),
                jobs::stopped_until.eq(job.stopped_until),
                jobs::skip_next.eq(job.skip_next),
            ),
        ))
        .execute(self.connection)
        .map(drop)
        .map_err(store_error)
    }

    /// Removes a job at once; its history goes in small steps later.
    pub fn delete_job(&mut self, id: JobId) -> Result<()> {
        let name: Option<String> = diesel::delete(jobs::table.find(id))
            .returning(jobs::name)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        if name.is_some() {
            self.tell(Event::Job(JobChange {
                change: Change::Removed,
                job_id: Some(id),
                name,
            }));
        }
        diesel::insert_or_ignore_into(removed_jobs::table)
            .values(removed_jobs::job_id.eq(id))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
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

type Query<'a> = jobs::BoxedQuery<'a, diesel::sqlite::Sqlite>;

fn filtered(filter: &JobFilter) -> Query<'_> {
    let mut query = jobs::table.into_boxed();
    if let Some(part) = &filter.name {
        // instr, not LIKE: `_` and `%` in a name mean themselves.
        query = query.filter(
            diesel::dsl::sql::<diesel::sql_types::Bool>("instr(name, ")
                .bind::<diesel::sql_types::Text, _>(part)
                .sql(") > 0"),
        );
    }
    if let Some(mode) = filter.mode {
        query = query.filter(jobs::mode.eq(mode));
    }
    query
}

fn ordered(filter: &JobFilter) -> Query<'_> {
    let query = filtered(filter);
    if filter.newest_first {
        query.order(jobs::id.desc())
    } else {
        query.order((jobs::next_at.is_null(), jobs::next_at, jobs::name))
    }
}
