//! The filter of a list of jobs as SQL.

use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;

use super::runs::rank;
use crate::JobFilter;
use jobs_model::{JobId, JobsOnly, State, Status};
use jobs_schedule::Time;

/// Executions that run, by the condition of the partial index.
const RUNS: &str = "status IN ('queued', 'running') AND status = 'running'";

/// SQL with its bound values, in the order of the text.
#[derive(Default)]
pub(super) struct Sql {
    pub(super) text: String,
    binds: Vec<Bind>,
}

pub(super) enum Bind {
    Text(String),
    Number(i64),
}

impl Sql {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn bind(&mut self, text: &str, value: Bind) {
        self.push(text);
        self.binds.push(value);
    }

    /// The number of bound values.
    pub(super) const fn binds(&self) -> usize {
        self.binds.len()
    }

    pub(super) fn query(self) -> BoxedSqlQuery<'static, Sqlite, SqlQuery> {
        let mut query = sql_query(self.text).into_boxed();
        for bind in self.binds {
            query = match bind {
                Bind::Text(text) => query.bind::<Text, _>(text),
                Bind::Number(number) => query.bind::<BigInt, _>(number),
            };
        }
        query
    }
}

/// Numbers as a JSON array, for `json_each`: the statement is the same for any number of them.
pub(super) fn json(ids: &[JobId]) -> String {
    let numbers: Vec<String> = ids.iter().map(JobId::to_string).collect();
    format!("[{}]", numbers.join(","))
}

/// Adds the conditions of a filter but its choice.
pub(super) fn add_filter(query: &mut Sql, filter: &JobFilter, id: &str, has_name: bool) {
    if let Some(part) = &filter.name {
        // instr, not LIKE: `_` and `%` in a name have no special meaning.
        let part = Bind::Text(part.clone());
        if has_name {
            query.bind(" AND instr(name, ?) > 0", part);
        } else {
            let condition = format!(" AND {id} IN (SELECT id FROM jobs WHERE instr(name, ?) > 0)");
            query.bind(&condition, part);
        }
    }
    if let Some(text) = &filter.text {
        let condition =
            format!(" AND {id} IN (SELECT job_id FROM job_texts WHERE instr(text, ?) > 0)");
        query.bind(&condition, Bind::Text(text.to_lowercase()));
    }
    if let Some(mode) = filter.mode {
        let condition = format!(" AND {id} IN (SELECT id FROM jobs WHERE mode = ?)");
        query.bind(&condition, Bind::Text(mode.as_str().to_string()));
    }
    if let Some(tag) = &filter.tag {
        let condition = format!(" AND {id} IN (SELECT job_id FROM job_tags WHERE tag = ?)");
        query.bind(&condition, Bind::Text(tag.clone()));
    }
    if let Some(ids) = &filter.ids {
        let condition = format!(" AND {id} IN (SELECT value FROM json_each(?))");
        query.bind(&condition, Bind::Text(json(ids)));
    }
    if !filter.last.is_empty() {
        query.push(&format!(
            " AND {id} IN (SELECT job_id FROM job_runs WHERE last_rank IN ("
        ));
        for (index, rank) in filter
            .last
            .iter()
            .filter_map(|status| rank(*status))
            .enumerate()
        {
            let mark = if index == 0 { "?" } else { ", ?" };
            query.bind(mark, Bind::Number(i64::from(rank)));
        }
        query.push("))");
    }
    if let Some(state) = filter.state {
        let is_running = state == State::Running;
        let runs = if is_running { "IN" } else { "NOT IN" };
        query.push(&format!(" AND {id} {runs} ("));
        add_choice(query, JobsOnly::Running, filter.now);
        query.push(")");
        if !is_running {
            let stopped = if state == State::Stopped {
                "IN"
            } else {
                "NOT IN"
            };
            query.push(&format!(" AND {id} {stopped} ("));
            add_choice(query, JobsOnly::Stopped, filter.now);
            query.push(")");
        }
    }
}

/// Adds a query for the ids of the jobs of a choice. A partial index or a few rows answer each.
pub(super) fn add_choice(query: &mut Sql, only: JobsOnly, now: Option<Time>) {
    let now = Bind::Number(now.map_or(0, Time::millis));
    match only {
        JobsOnly::Failing => query.push("SELECT job_id FROM job_runs WHERE streak > 0"),
        JobsOnly::Never => query.push("SELECT job_id FROM job_runs WHERE ran_exec IS NULL"),
        JobsOnly::Missed => {
            let missed = rank(Status::Missed).unwrap_or_default();
            query.push(&format!("SELECT job_id FROM job_runs WHERE last_rank = {missed}"));
        }
        JobsOnly::Running => query.push(&format!("SELECT job_id FROM executions WHERE {RUNS}")),
        JobsOnly::Stopped => query.bind(
            "SELECT id FROM jobs WHERE (stopped OR stopped_until IS NOT NULL) AND (stopped OR stopped_until > ?)",
            now,
        ),
        JobsOnly::Slower => query.bind(
            &format!(
                "SELECT job_id FROM job_runs WHERE is_slow UNION \
                 SELECT job_id FROM (SELECT job_id, ? - started_at AS took FROM executions WHERE {RUNS}) \
                 JOIN job_runs USING (job_id) WHERE took > 2 * usual_ms AND took >= usual_ms + 1000"
            ),
            now,
        ),
    }
}
