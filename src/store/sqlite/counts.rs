//! Counts that are kept: the executions of each quarter of an hour by status, so that a summary need not count a long history.
//!
//! A unit of work gathers what it changes in a [`Tally`] and writes it to `quarter_counts` at its end, in its own transaction. So
//! the rows are always those that a count of the history would give. A history that is older than the table is counted in steps,
//! from its newest executions to its oldest. The fact [`UNCOUNTED`] has the number up to which that is still to be done.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use super::Session;
use super::open::store_error;
use super::prepared::{Prepare, Statement, Value, always};
use super::rows::Column;
use super::schema::executions;
use jobs_error::Result;
use jobs_model::{ExecId, Status};
use jobs_schedule::Time;

/// A quarter of an hour, in milliseconds.
const QUARTER: i64 = 900_000;

/// Key of the fact with the number up to which executions are not counted yet; absent when all are counted.
const UNCOUNTED: &str = "uncounted";

/// Executions that one step counts.
const STEP: i64 = 2_000;

const ADD: &str = "INSERT INTO quarter_counts (at, status, number) VALUES (?, ?, ?) \
     ON CONFLICT (at, status) DO UPDATE SET number = number + excluded.number";

const DROP_EMPTY: &str = "DELETE FROM quarter_counts WHERE at = ? AND status = ? AND number <= 0";

/// Counts executions, those with a greater number than the first value. The query reads no column behind the output of executions
/// that ran: only occurrences that did not run have a count.
macro_rules! counted {
    ($condition:literal) => {
        concat!(
            "SELECT ended_at / 900000 * 900000 AS at, status,
                CAST(total(CASE WHEN status IN ('skipped', 'missed') THEN count ELSE 1 END) AS INTEGER) AS number
            FROM executions WHERE ",
            $condition,
            " GROUP BY 1, 2"
        )
    };
}

/// The executions that ended in a time, of those up to a number.
const IN_TIME: &str = counted!("ended_at >= ? AND ended_at < ? AND exec_id <= ?");

/// Adds the executions between two numbers.
const ADD_OLD: &str = concat!(
    "INSERT INTO quarter_counts (at, status, number) ",
    counted!("exec_id > ? AND exec_id <= ? AND ended_at IS NOT NULL"),
    " ON CONFLICT (at, status) DO UPDATE SET number = number + excluded.number"
);

/// The slow ones of them, by the usual duration of today. The condition is that of `is_slow` in `runs.rs`.
const ADD_OLD_SLOW: &str = "INSERT OR IGNORE INTO slow_runs (ended_at, exec_id, job_id, took_ms, usual_ms) \
     SELECT ended_at, exec_id, job_id, duration_ms, usual_ms FROM executions JOIN job_runs USING (job_id) \
     WHERE exec_id > ? AND exec_id <= ? AND duration_ms > 2 * usual_ms AND duration_ms >= usual_ms + 1000 \
     AND ended_at IS NOT NULL AND status IN ('success', 'failed', 'timeout', 'interrupted')";

const KEPT: &str = "SELECT at, status, number FROM quarter_counts WHERE at >= ? AND at < ?";

/// Executions that a unit of work ended, recorded or deleted.
#[derive(Default)]
pub(super) struct Tally(Vec<Change>);

struct Change {
    exec_id: ExecId,
    /// The begin of its quarter of an hour.
    at: i64,
    status: Status,
    /// Negative for what was deleted.
    number: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Text)]
    status: Column<Status>,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Tally {
    pub(super) const fn new() -> Tally {
        Tally(Vec::new())
    }

    /// Counts an execution that ended then, or one less if `number` is negative. One without an end is not counted.
    pub(super) fn add(
        &mut self,
        exec_id: ExecId,
        status: Status,
        ended_at: Option<i64>,
        number: i64,
    ) {
        if let Some(ended_at) = ended_at {
            self.0.push(Change {
                exec_id,
                at: quarter(ended_at),
                status,
                number,
            });
        }
    }
}

/// The begin of the quarter of an hour. As SQLite divides; times before 1970 do not occur.
const fn quarter(at: i64) -> i64 {
    at / QUARTER * QUARTER
}

impl Session<'_> {
    /// Writes what the unit of work has changed. Call it at the end of the unit.
    pub fn write_tally(&mut self) -> Result<()> {
        let Tally(changes) = std::mem::take(&mut self.tally);
        if changes.is_empty() {
            return Ok(());
        }
        let uncounted = self.uncounted()?;
        let mut sums: BTreeMap<(i64, &'static str), i64> = BTreeMap::new();
        for change in changes {
            if change.exec_id > uncounted {
                *sums.entry((change.at, change.status.as_str())).or_default() += change.number;
            }
        }
        for ((at, status), number) in sums {
            if number != 0 {
                let values = [
                    Value::Number(at),
                    Value::Text(status),
                    Value::Number(number),
                ];
                always!(Statement::change(ADD, &values))
                    .execute(self.connection)
                    .map_err(store_error)?;
            }
            if number < 0 {
                let values = [Value::Number(at), Value::Text(status)];
                always!(Statement::change(DROP_EMPTY, &values))
                    .execute(self.connection)
                    .map_err(store_error)?;
            }
        }
        Ok(())
    }

    fn uncounted(&mut self) -> Result<ExecId> {
        let text = self.fact(UNCOUNTED)?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    pub fn has_uncounted(&mut self) -> Result<bool> {
        Ok(self.uncounted()? > 0)
    }

    pub fn count_history(&mut self) -> Result<bool> {
        // A change before it in this unit would be counted twice otherwise.
        self.write_tally()?;
        let last = self.uncounted()?;
        if last <= 0 {
            return Ok(false);
        }
        let before: Option<ExecId> = executions::table
            .filter(executions::exec_id.le(last))
            .order(executions::exec_id.desc())
            .select(executions::exec_id)
            .page(STEP, 1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        let after = before.unwrap_or(0);
        for sql in [ADD_OLD, ADD_OLD_SLOW] {
            sql_query(sql)
                .bind::<BigInt, _>(after)
                .bind::<BigInt, _>(last)
                .execute(self.connection)
                .map_err(store_error)?;
        }
        if after > 0 {
            self.set_fact(UNCOUNTED, &after.to_string())?;
        } else {
            self.remove_fact(UNCOUNTED)?;
        }
        Ok(after > 0)
    }

    pub fn counts_by_quarter(
        &mut self,
        from: Time,
        until: Time,
    ) -> Result<Vec<(Time, Status, u64)>> {
        let (from, until) = (from.millis(), until.millis());
        let first = nearest(from);
        // A quarter that has only begun is taken whole.
        let last = match self.has_ended_from(until)? {
            true => nearest(until),
            false => quarter(until.saturating_add(QUARTER - 1)),
        };
        let mut sums: BTreeMap<(i64, &'static str), (Status, i64)> = BTreeMap::new();
        let mut add = |counts: Vec<Count>, sign: i64| {
            for count in counts {
                let status = count.status.0;
                let sum = sums
                    .entry((count.at, status.as_str()))
                    .or_insert((status, 0));
                sum.1 += sign * count.number;
            }
        };
        if first < last {
            let kept = sql_query(KEPT)
                .bind::<BigInt, _>(first)
                .bind::<BigInt, _>(last);
            add(
                kept.prepared().load(self.connection).map_err(store_error)?,
                1,
            );
            let uncounted = self.uncounted()?;
            if uncounted > 0 {
                add(self.number_ended(first, last, uncounted)?, 1);
            }
            // The parts of a quarter at both ends: too much or too little was taken.
            add(self.number_ended(first, from, ExecId::MAX)?, -1);
            add(self.number_ended(from, first, ExecId::MAX)?, 1);
            add(self.number_ended(last, until, ExecId::MAX)?, 1);
            add(self.number_ended(until, last, ExecId::MAX)?, -1);
        } else {
            add(self.number_ended(from, until, ExecId::MAX)?, 1);
        }
        Ok(sums
            .into_iter()
            .filter(|(_, (_, number))| *number > 0)
            .map(|((at, _), (status, number))| {
                (Time::from_millis(at), status, number.unsigned_abs())
            })
            .collect())
    }

    fn has_ended_from(&mut self, at: i64) -> Result<bool> {
        let found: Option<ExecId> = executions::table
            .filter(executions::ended_at.is_not_null())
            .filter(executions::ended_at.assume_not_null().ge(at))
            .select(executions::exec_id)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(found.is_some())
    }

    /// Counts the executions that ended in a time, of those up to a number.
    fn number_ended(&mut self, from: i64, until: i64, up_to: ExecId) -> Result<Vec<Count>> {
        if from >= until {
            return Ok(Vec::new());
        }
        sql_query(IN_TIME)
            .bind::<BigInt, _>(from)
            .bind::<BigInt, _>(until)
            .bind::<BigInt, _>(up_to)
            .prepared()
            .load(self.connection)
            .map_err(store_error)
    }
}

/// The begin of a quarter of an hour that is nearest.
const fn nearest(at: i64) -> i64 {
    quarter(at.saturating_add(QUARTER / 2))
}
