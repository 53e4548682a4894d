//! Jobs that are not stopped, in the order of their next run.

use diesel::prelude::*;

use super::Session;
use super::prepared::Prepare;
use super::rows::{JobRow, all, one};
use super::schema::{executions, jobs};
use jobs_error::Result;
use jobs_model::{Job, JobId};
use jobs_schedule::Time;

impl Session<'_> {
    pub fn active_jobs(&mut self, now: Time, limit: i64) -> Result<Vec<Job>> {
        let mut found: Vec<Job> = all(active(now)
            // The condition of the partial index, which has the jobs in this order already.
            .filter(jobs::next_at.is_not_null())
            .order(jobs::next_at)
            .limit(limit)
            .select(JobRow::as_select())
            .load(self.connection))?;
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        if left > 0 {
            let never: Vec<Job> = all(active(now)
                .filter(jobs::next_at.is_null())
                .order(jobs::name)
                .limit(left)
                .select(JobRow::as_select())
                .load(self.connection))?;
            found.extend(never);
        }
        Ok(found)
    }

    pub fn last_due(&mut self, job_id: JobId) -> Result<Option<Time>> {
        one(executions::table
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id.desc())
            .select(executions::scheduled_at)
            .at_most(1)
            .get_result::<i64>(self.connection))
    }

    pub fn jobs_after(&mut self, id: JobId, limit: i64) -> Result<Vec<Job>> {
        all(jobs::table
            .filter(jobs::id.gt(id))
            .order(jobs::id)
            .limit(limit)
            .select(JobRow::as_select())
            .load(self.connection))
    }
}

type Query = jobs::BoxedQuery<'static, diesel::sqlite::Sqlite>;

fn active(now: Time) -> Query {
    jobs::table
        .filter(jobs::stopped.eq(false))
        .filter(
            jobs::stopped_until
                .is_null()
                .or(jobs::stopped_until.assume_not_null().le(now.millis())),
        )
        .into_boxed()
}
