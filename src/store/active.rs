//! The jobs that the scheduler has: those that are not stopped.

use diesel::prelude::*;

use super::open::store_error;
use super::prepared::Prepare;
use super::query::Reader;
use crate::error::Result;
use crate::model::schema::{executions, jobs};
use crate::model::{Job, JobId};
use crate::schedule::Time;

impl Reader<'_> {
    /// At most `limit` jobs that are not stopped at `now`, the one that is due next first, then those that are never due.
    pub fn active_jobs(&mut self, now: Time, limit: i64) -> Result<Vec<Job>> {
        let mut found: Vec<Job> = active(now)
            // The condition of the index: it gives them in their order, however many there are.
            .filter(jobs::next_at.is_not_null())
            .order(jobs::next_at)
            .limit(limit)
            .select(Job::as_select())
            .load(self.connection)
            .map_err(store_error)?;
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        if left > 0 {
            let never: Vec<Job> = active(now)
                .filter(jobs::next_at.is_null())
                .order(jobs::name)
                .limit(left)
                .select(Job::as_select())
                .load(self.connection)
                .map_err(store_error)?;
            found.extend(never);
        }
        Ok(found)
    }

    /// When the latest execution of a job was due.
    pub fn last_due(&mut self, job_id: JobId) -> Result<Option<Time>> {
        executions::table
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id.desc())
            .select(executions::scheduled_at)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// A page of all jobs in the order of their ids.
    pub fn jobs_after(&mut self, id: JobId, limit: i64) -> Result<Vec<Job>> {
        jobs::table
            .filter(jobs::id.gt(id))
            .order(jobs::id)
            .limit(limit)
            .select(Job::as_select())
            .load(self.connection)
            .map_err(store_error)
    }
}

type Query = jobs::BoxedQuery<'static, diesel::sqlite::Sqlite>;

fn active(now: Time) -> Query {
    jobs::table
        .filter(jobs::stopped.eq(false))
        .filter(
            jobs::stopped_until
                .is_null()
                .or(jobs::stopped_until.assume_not_null().le(now)),
        )
        .into_boxed()
}
