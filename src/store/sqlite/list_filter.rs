//! The filter of a list of jobs: a set of ids for each of its conditions.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Session;
use super::ids::{Ids, Passing};
use super::open::store_error;
use super::prepared::{Statement, Value};
use super::runs::rank;
use crate::JobFilter;
use jobs_error::Result;
use jobs_model::{JobId, JobsOnly, State, Status};
use jobs_schedule::Time;

/// Executions that run, by the condition of the partial index. The table `job_runs` leaves out those of removed jobs.
const RUNNING: &str = "SELECT DISTINCT job_id FROM executions JOIN job_runs USING (job_id) \
     WHERE status IN ('queued', 'running') AND status = 'running'";

const STOPPED: &str = "SELECT id FROM jobs \
     WHERE (stopped OR stopped_until IS NOT NULL) AND (stopped OR stopped_until > ?)";

/// The last execution took longer than usual, or one that runs has. The condition is that of `is_slow` in `runs.rs`.
const SLOWER: &str = "SELECT job_id FROM job_runs WHERE is_slow UNION \
     SELECT job_id FROM executions JOIN job_runs USING (job_id) \
     WHERE status IN ('queued', 'running') AND status = 'running' \
     AND ? - started_at > 2 * usual_ms AND ? - started_at >= usual_ms + 1000";

/// Numbers as a JSON array, for `json_each`: the statement is the same for any number of them.
pub(super) fn json(ids: &[JobId]) -> String {
    let numbers: Vec<String> = ids.iter().map(JobId::to_string).collect();
    format!("[{}]", numbers.join(","))
}

impl Session<'_> {
    /// The jobs that pass a filter, its choice left out.
    pub(super) fn passing(&mut self, filter: &JobFilter) -> Result<Passing> {
        let mut sets: Vec<Vec<JobId>> = Vec::new();
        if let Some(part) = &filter.name {
            // instr, not LIKE: `_` and `%` in a name have no special meaning.
            sets.push(self.with_text("SELECT id FROM jobs WHERE instr(name, ?) > 0", part)?);
        }
        if let Some(text) = &filter.text {
            sets.push(self.ids_with_text(text)?);
        }
        if let Some(mode) = filter.mode {
            sets.push(self.with_text("SELECT id FROM jobs WHERE mode = ?", mode.as_str())?);
        }
        if let Some(tag) = &filter.tag {
            sets.push(self.with_text("SELECT job_id FROM job_tags WHERE tag = ?", tag)?);
        }
        if let Some(ids) = &filter.ids {
            let sql = "SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?))";
            sets.push(self.with_text(sql, &json(ids))?);
        }
        if !filter.last.is_empty() {
            let ranks: Vec<i64> = filter
                .last
                .iter()
                .filter_map(|status| rank(*status).map(i64::from))
                .collect();
            let sql =
                "SELECT job_id FROM job_runs WHERE last_rank IN (SELECT value FROM json_each(?))";
            sets.push(self.with_text(sql, &json(&ranks))?);
        }
        let mut without = Vec::new();
        if let Some(state) = filter.state {
            let running = self.choice(JobsOnly::Running, filter.now)?;
            match state {
                State::Running => sets.push(running),
                State::Stopped => {
                    sets.push(self.choice(JobsOnly::Stopped, filter.now)?);
                    without = running;
                }
                State::Waiting => {
                    without = self.choice(JobsOnly::Stopped, filter.now)?;
                    without.extend(running);
                }
            }
        }
        let without = (!without.is_empty()).then(|| Passing::Without(Ids::of(without)));
        let mut passing = without.unwrap_or(Passing::All);
        for set in sets {
            passing = Passing::Only(Ids::of(passing.of(set)));
        }
        Ok(passing)
    }

    /// The jobs of a choice. An index or a few rows answer each.
    pub(super) fn choice(&mut self, only: JobsOnly, now: Option<Time>) -> Result<Vec<JobId>> {
        let now = now.map_or(0, Time::millis);
        match only {
            JobsOnly::Failing => self.ids("SELECT job_id FROM job_runs WHERE streak > 0", &[]),
            JobsOnly::Never => self.ids("SELECT job_id FROM job_runs WHERE NOT has_run", &[]),
            JobsOnly::Missed => {
                let missed = rank(Status::Missed).unwrap_or_default();
                let sql = format!("SELECT job_id FROM job_runs WHERE last_rank = {missed}");
                self.ids(&sql, &[])
            }
            JobsOnly::Running => self.ids(RUNNING, &[]),
            JobsOnly::Stopped => self.ids(STOPPED, &[Value::Number(now)]),
            JobsOnly::Slower => self.ids(SLOWER, &[Value::Number(now), Value::Number(now)]),
        }
    }

    fn with_text(&mut self, sql: &str, text: &str) -> Result<Vec<JobId>> {
        self.ids(sql, &[Value::Text(text)])
    }

    fn ids(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<JobId>> {
        Statement::<BigInt>::query(sql, values)
            .load(self.connection)
            .map_err(store_error)
    }
}
