//! The tables of the job list after an update of the program: how the last executions of each job went, and the texts for the search.

use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;

use super::Session;
use super::open::store_error;
use super::rows::{JobRow, all};
use super::schema::{job_runs, jobs};
use super::search_text::block;
use jobs_error::Result;
use jobs_model::{Job, JobId};

/// Key of the fact that says whether `job_runs` was made from the history.
const HAS_RUNS: &str = "job_runs";

/// Key of the fact with the version of the program whose rules for secrets masked the texts.
const MASKED_BY: &str = "job_texts";

/// The version whose rules are in force. A new version may mask more, so all texts are made again.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Jobs of one transaction.
const STEP: i64 = 1_000;

/// From this number of jobs on the log says that the tables are made: it may take seconds.
const MANY: i64 = 5_000;

impl Session<'_> {
    fn fact_is(&mut self, key: &str, value: &str) -> Result<bool> {
        Ok(self.fact(key)?.as_deref() == Some(value))
    }

    /// A step of [`fill`]: the id up to which it is done; none after the last job.
    fn fill_runs(&mut self, after: JobId) -> Result<Option<JobId>> {
        let ids: Vec<JobId> = jobs::table
            .filter(jobs::id.gt(after))
            .filter(diesel::dsl::not(diesel::dsl::exists(
                job_runs::table.filter(job_runs::job_id.eq(jobs::id)),
            )))
            .order(jobs::id)
            .limit(STEP)
            .select(jobs::id)
            .load(self.connection)
            .map_err(store_error)?;
        for id in &ids {
            self.rebuild_runs(*id)?;
        }
        if ids.is_empty() {
            self.set_fact(HAS_RUNS, "1")?;
        }
        Ok(ids.last().copied())
    }

    fn fill_texts(&mut self, after: JobId) -> Result<Option<JobId>> {
        let mut jobs: Vec<Job> = all(jobs::table
            .filter(jobs::id.gt(after))
            .order(jobs::id)
            .limit(STEP)
            .select(JobRow::as_select())
            .load(self.connection))?;
        if jobs.len() as i64 == STEP {
            // The last block may have jobs of the next step.
            let last = jobs.last().map(|job| block(job.id));
            jobs.retain(|job| Some(block(job.id)) != last);
        }
        self.set_whole_blocks(&jobs)?;
        if jobs.is_empty() {
            self.set_fact(MASKED_BY, VERSION)?;
        }
        Ok(jobs.last().map(|job| job.id))
    }
}

/// After a migration or an update, makes the rows that the job list needs: how the last executions of each job went, and the texts
/// for the search. A start that is killed meanwhile goes on at the next one.
pub(super) fn fill(connection: &mut SqliteConnection) -> Result<()> {
    let (has_runs, has_texts, jobs) = {
        let mut session = Session::of(connection);
        let has_runs = session.fact_is(HAS_RUNS, "1")?;
        let has_texts = session.fact_is(MASKED_BY, VERSION)?;
        if has_runs && has_texts {
            return Ok(());
        }
        let jobs: i64 = jobs::table
            .count()
            .get_result(session.connection)
            .map_err(store_error)?;
        (has_runs, has_texts, jobs)
    };
    if jobs >= MANY {
        tracing::info!(
            jobs,
            "the database is prepared for this version; this may take a while"
        );
    }
    if !has_runs {
        in_steps(connection, |session, after| session.fill_runs(after))?;
    }
    if !has_texts {
        in_steps(connection, |session, after| session.fill_texts(after))?;
    }
    Ok(())
}

fn in_steps(
    connection: &mut SqliteConnection,
    step: fn(&mut Session<'_>, JobId) -> Result<Option<JobId>>,
) -> Result<()> {
    let mut after = 0;
    loop {
        Manager::begin_transaction_sql(connection, "BEGIN IMMEDIATE").map_err(store_error)?;
        match step(&mut Session::of(connection), after) {
            Ok(done) => {
                Manager::commit_transaction(connection).map_err(store_error)?;
                match done {
                    Some(last) => after = last,
                    None => return Ok(()),
                }
            }
            Err(error) => {
                Manager::rollback_transaction(connection).map_err(store_error)?;
                return Err(error);
            }
        }
    }
}
