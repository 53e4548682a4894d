//! The history: executions by job, status, cause, duration and time, the newest first.

use std::collections::HashMap;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool};
use diesel::sqlite::Sqlite;

use super::Session;
use super::executions::{LIVE, NOT_WELL};
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::{ExecutionRow, all};
use super::schema::executions;
use crate::HistoryFilter;
use jobs_error::Result;
use jobs_model::{ExecId, Execution, Source, Status};
use jobs_schedule::Time;

/// An execution with a smaller number than one that ended this long before an instant was not due after that instant. More than
/// executions are claimed ahead of their occurrence.
const AHEAD_MS: i64 = 60_000;

// Conditions of partial indexes, letter by letter.

/// Executions that failed and occurrences that were missed, in the index by their ends.
const TROUBLE: &str =
    "(status = 'failed' OR status = 'timeout' OR status = 'interrupted' OR status = 'missed')";

/// Executions that no schedule started.
const NOT_BY_SCHEDULE: &str = "source <> 'cron'";

/// Executions that took so long, in milliseconds, are in an index by their durations.
const LONG_MS: i64 = 1_000;

/// Condition of that index, letter by letter.
const LONG: &str = "duration_ms >= 1000";

/// Up to so many executions are looked up by their durations; among more of them, the newest that match are found soon without it.
const FEW: i64 = 20_000;

type Query<'a> = executions::BoxedQuery<'a, Sqlite>;

/// The executions that took longer than a filter says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Longer {
    /// Few enough to look them up by their durations.
    Few,
    /// Many, or not asked for.
    Many,
}

/// The columns of an [`ExecutionRow`] with empty texts instead of the output, which SQLite then does not read.
macro_rules! without_output {
    () => {
        (
            executions::exec_id,
            executions::job_id,
            executions::job_name,
            executions::mode,
            executions::source,
            executions::status,
            executions::exit_code,
            executions::scheduled_at,
            executions::started_at,
            executions::ended_at,
            executions::duration_ms,
            executions::command,
            sql::<Binary>("x''"),
            sql::<Binary>("x''"),
            executions::stdout_bytes,
            executions::stderr_bytes,
            executions::kept_bytes,
            executions::in_file,
            executions::error,
            executions::attempts,
            executions::cpu_ms,
            executions::max_rss_bytes,
            executions::count,
            executions::jitter_ms,
            executions::retry_of,
            executions::retry_number,
            executions::retries_left,
            executions::waits_until,
        )
    };
}

impl Session<'_> {
    pub fn history(&mut self, filter: &HistoryFilter, limit: i64) -> Result<Vec<Execution>> {
        let longer = self.longer(filter)?;
        if filter.since.is_some() || filter.until.is_some() {
            let numbers = self.numbers_by_due(filter, longer, limit)?;
            return self.executions_of(&numbers, filter.without_output);
        }
        match filter.statuses.as_slice() {
            [] => self.newest((filter, longer), None, limit),
            [status] => self.newest((filter, longer), Some(*status), limit),
            statuses => {
                // A query for each status: each has an index in the order of the numbers, or is frequent.
                let mut numbers: Vec<ExecId> = Vec::new();
                for status in statuses {
                    numbers.extend(
                        matching(filter, longer, Some(*status))
                            .order(executions::exec_id.desc())
                            .limit(limit)
                            .select(executions::exec_id)
                            .load::<ExecId>(self.connection)
                            .map_err(store_error)?,
                    );
                }
                numbers.sort_unstable_by(|one, other| other.cmp(one));
                numbers.dedup();
                numbers.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                self.executions_of(&numbers, filter.without_output)
            }
        }
    }

    /// Whether few executions took longer than the filter says. The history of one job is short, so it needs no look.
    fn longer(&mut self, filter: &HistoryFilter) -> Result<Longer> {
        let asked = filter.longer_than.filter(|_| filter.job_id.is_none());
        let Some(least) = asked
            .map(|(least, _)| millis(least))
            .filter(|least| *least >= LONG_MS)
        else {
            return Ok(Longer::Many);
        };
        let there = executions::table
            .filter(sql::<Bool>(LONG))
            .filter(sql::<Bool>("duration_ms > ").bind::<BigInt, _>(least))
            .order(executions::duration_ms)
            .select(executions::exec_id)
            .page(FEW, 1)
            .get_result::<ExecId>(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(match there {
            None => Longer::Few,
            Some(_) => Longer::Many,
        })
    }

    fn newest(
        &mut self,
        (filter, longer): (&HistoryFilter, Longer),
        status: Option<Status>,
        limit: i64,
    ) -> Result<Vec<Execution>> {
        let query = matching(filter, longer, status).order(executions::exec_id.desc());
        if filter.without_output {
            all(query
                .select(without_output!())
                .page(0, limit)
                .load::<ExecutionRow>(self.connection))
        } else {
            all(query
                .select(ExecutionRow::as_select())
                .page(0, limit)
                .load(self.connection))
        }
    }

    /// The executions with these numbers, in this order, without those that are gone.
    pub fn executions(&mut self, numbers: &[ExecId]) -> Result<Vec<Execution>> {
        self.executions_of(numbers, false)
    }

    /// The executions with these numbers, in this order.
    fn executions_of(
        &mut self,
        numbers: &[ExecId],
        without_output: bool,
    ) -> Result<Vec<Execution>> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let query = executions::table
            .filter(executions::exec_id.eq_any(numbers))
            .into_boxed();
        let found: Vec<Execution> = if without_output {
            all(query
                .select(without_output!())
                .load::<ExecutionRow>(self.connection))?
        } else {
            all(query
                .select(ExecutionRow::as_select())
                .load(self.connection))?
        };
        let mut by_number: HashMap<ExecId, Execution> = found
            .into_iter()
            .map(|execution| (execution.exec_id, execution))
            .collect();
        Ok(numbers
            .iter()
            .filter_map(|number| by_number.remove(number))
            .collect())
    }

    /// The numbers of the executions that were due in a time, the last due first.
    fn numbers_by_due(
        &mut self,
        filter: &HistoryFilter,
        longer: Longer,
        limit: i64,
    ) -> Result<Vec<ExecId>> {
        let mut filter = filter.clone();
        let last = self.due_of(filter.before.take())?;
        let is_rare = !filter.statuses.is_empty() && filter.statuses.iter().all(is_indexed);
        let is_by_hand = filter.source.is_some_and(|source| source != Source::Cron);
        let by_number = filter.job_id.is_some() || is_rare || is_by_hand || longer == Longer::Few;
        let is_trouble = is_rare && filter.statuses.iter().all(is_trouble);
        let is_of_index = is_trouble && filter.job_id.is_none();
        if by_number
            && !is_of_index
            && let Some(since) = filter.since
        {
            let first = self.last_ended_before(since)?;
            filter.after = filter.after.max(first);
        }
        let mut query = matching(&filter, longer, None);
        if !filter.statuses.is_empty() {
            let words: Vec<&str> = filter.statuses.iter().map(|each| each.as_str()).collect();
            query = query.filter(executions::status.eq_any(words));
            if is_of_index {
                // All columns that are compared are in the index.
                query = query.filter(sql::<Bool>(TROUBLE));
                if let Some(since) = filter.since {
                    let ended = executions::ended_at.assume_not_null();
                    query = query
                        .filter(executions::ended_at.is_not_null())
                        .filter(ended.ge(since.millis().saturating_sub(AHEAD_MS)));
                }
            } else if is_rare && filter.job_id.is_none() {
                query = match filter.statuses.iter().any(|status| status.is_final()) {
                    true => query.filter(sql::<Bool>(NOT_WELL)),
                    false => query.filter(sql::<Bool>(LIVE)),
                };
            }
        }
        // The `+` stops SQLite from using the index on `scheduled_at` where another is better.
        let due = if by_number {
            "+scheduled_at"
        } else {
            "scheduled_at"
        };
        if let Some(since) = filter.since {
            query =
                query.filter(sql::<Bool>(&format!("{due} >= ")).bind::<BigInt, _>(since.millis()));
        }
        if let Some(until) = filter.until {
            query =
                query.filter(sql::<Bool>(&format!("{due} < ")).bind::<BigInt, _>(until.millis()));
        }
        if let Some((at, number)) = last {
            query = query.filter(
                sql::<Bool>(&format!("{due} <= "))
                    .bind::<BigInt, _>(at)
                    .sql(" AND (+scheduled_at < ")
                    .bind::<BigInt, _>(at)
                    .sql(" OR +exec_id < ")
                    .bind::<BigInt, _>(number)
                    .sql(")"),
            );
        }
        query
            .order(sql::<BigInt>(&format!("{due} DESC, exec_id DESC")))
            .limit(limit)
            .select(executions::exec_id)
            .load(self.connection)
            .map_err(store_error)
    }

    /// When an execution was due. For one that has been removed, no time: it does not limit the page.
    fn due_of(&mut self, number: Option<ExecId>) -> Result<Option<(i64, ExecId)>> {
        let Some(number) = number else {
            return Ok(None);
        };
        executions::table
            .find(number)
            .select((executions::scheduled_at, executions::exec_id))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }

    /// The number of an execution that ended a while before an instant: smaller numbers were due earlier.
    fn last_ended_before(&mut self, at: Time) -> Result<Option<ExecId>> {
        executions::table
            .filter(executions::ended_at.is_not_null())
            .filter(
                executions::ended_at
                    .assume_not_null()
                    .lt(at.millis().saturating_sub(AHEAD_MS)),
            )
            .order((executions::ended_at.desc(), executions::exec_id.desc()))
            .select(executions::exec_id)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)
    }
}

/// Whether executions with this status are in the index by their ends.
fn is_trouble(status: &Status) -> bool {
    match status {
        Status::Failed | Status::Timeout | Status::Interrupted | Status::Missed => true,
        Status::Queued
        | Status::Running
        | Status::Success
        | Status::Cancelled
        | Status::Skipped => false,
    }
}

/// Whether an index has the executions with this status.
fn is_indexed(status: &Status) -> bool {
    match status {
        Status::Success => false,
        Status::Queued
        | Status::Running
        | Status::Failed
        | Status::Timeout
        | Status::Cancelled
        | Status::Interrupted
        | Status::Skipped
        | Status::Missed => true,
    }
}

/// The executions that pass the filter and have the status. The times of the filter are left out.
fn matching(filter: &HistoryFilter, longer: Longer, status: Option<Status>) -> Query<'_> {
    let mut query = executions::table.into_boxed();
    if let Some(job_id) = filter.job_id {
        query = query.filter(executions::job_id.eq(job_id));
    }
    if let Some(status) = status {
        query = query.filter(executions::status.eq(status.as_str()));
        if !matches!(status, Status::Queued | Status::Running | Status::Success) {
            query = query.filter(sql::<Bool>(NOT_WELL));
        }
    }
    if let Some(before) = filter.before {
        query = query.filter(executions::exec_id.lt(before));
    }
    if let Some(after) = filter.after {
        query = query.filter(executions::exec_id.gt(after));
    }
    if let Some(exec_id) = filter.exec_id {
        query = query.filter(executions::exec_id.eq(exec_id));
    }
    if let Some(source) = filter.source {
        query = query.filter(executions::source.eq(source.as_str()));
        if source != Source::Cron {
            query = query.filter(sql::<Bool>(NOT_BY_SCHEDULE));
        }
    }
    if let Some((least, began_before)) = filter.longer_than {
        let (before, after) = match longer {
            Longer::Few => (
                format!(
                    "exec_id IN (SELECT exec_id FROM executions INDEXED BY executions_long \
                     WHERE {LONG} AND duration_ms > "
                ),
                format!(
                    " UNION ALL SELECT exec_id FROM executions \
                     WHERE {LIVE} AND status = 'running' AND started_at < "
                ),
            ),
            Longer::Many => (
                "(duration_ms > ".into(),
                " OR +status = 'running' AND started_at < ".into(),
            ),
        };
        query = query.filter(
            sql::<Bool>(&before)
                .bind::<BigInt, _>(millis(least))
                .sql(&after)
                .bind::<BigInt, _>(began_before.millis())
                .sql(")"),
        );
        if longer == Longer::Few {
            // No index has this column, so no index can be scanned instead of the numbers that were found.
            query = query.filter(executions::kept_bytes.ge(0));
        }
    }
    query
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
