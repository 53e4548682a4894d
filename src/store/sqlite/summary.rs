//! The troubles of a time: executions that failed, occurrences that were missed, executions that took longer than usual.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};

use super::Session;
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::Column;
use crate::{FailedRuns, MissedOccurrences, SlowRun, Troubles};
use jobs_error::Result;
use jobs_model::{ExecId, JobId, Status};
use jobs_schedule::Time;

/// The condition is that of the index `executions_trouble`, which has all columns.
const TROUBLE: &str = "
    SELECT job_id, exec_id, status, ended_at, scheduled_at, count AS number FROM executions
    WHERE ended_at >= ? AND ended_at < ?
        AND (status = 'failed' OR status = 'timeout' OR status = 'interrupted' OR status = 'missed')";

/// SQLite takes the bare columns beside a single `max` from the row of the maximum.
const SLOW: &str = "
    SELECT job_id, exec_id, max(took_ms) AS took_ms, usual_ms FROM slow_runs
    WHERE ended_at >= ? AND ended_at < ? GROUP BY job_id ORDER BY max(took_ms) DESC";

#[derive(QueryableByName)]
struct Trouble {
    #[diesel(sql_type = BigInt)]
    job_id: JobId,
    #[diesel(sql_type = BigInt)]
    exec_id: ExecId,
    #[diesel(sql_type = Text)]
    status: Column<Status>,
    #[diesel(sql_type = BigInt)]
    ended_at: i64,
    #[diesel(sql_type = BigInt)]
    scheduled_at: i64,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Slow {
    #[diesel(sql_type = BigInt)]
    job_id: JobId,
    #[diesel(sql_type = BigInt)]
    exec_id: ExecId,
    #[diesel(sql_type = BigInt)]
    took_ms: i64,
    #[diesel(sql_type = BigInt)]
    usual_ms: i64,
}

impl Session<'_> {
    pub fn troubles(&mut self, from: Time, until: Time, gaps: &[(Time, Time)]) -> Result<Troubles> {
        let mut troubles = Troubles {
            missed_in_gaps: vec![0; gaps.len()],
            ..Troubles::default()
        };
        let rows = sql_query(TROUBLE)
            .bind::<BigInt, _>(from.millis())
            .bind::<BigInt, _>(until.millis())
            .prepared()
            .load_iter::<Trouble, DefaultLoadingMode>(self.connection)
            .map_err(store_error)?;
        for row in rows {
            troubles.add(&row.map_err(store_error)?, gaps);
        }
        Ok(troubles)
    }

    pub fn slow_runs(&mut self, from: Time, until: Time) -> Result<Vec<SlowRun>> {
        let rows: Vec<Slow> = sql_query(SLOW)
            .bind::<BigInt, _>(from.millis())
            .bind::<BigInt, _>(until.millis())
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let run = |row: Slow| SlowRun {
            job_id: row.job_id,
            exec_id: row.exec_id,
            took_ms: row.took_ms,
            usual_ms: row.usual_ms,
        };
        Ok(rows.into_iter().map(run).collect())
    }
}

impl Troubles {
    fn add(&mut self, row: &Trouble, gaps: &[(Time, Time)]) {
        let ended_at = Time::from_millis(row.ended_at);
        if row.status.0 == Status::Missed {
            let due = Time::from_millis(row.scheduled_at);
            let number = row.number.unsigned_abs();
            let missed = self.missed.entry(row.job_id).or_insert(MissedOccurrences {
                number: 0,
                from: due,
                until: ended_at,
                last: row.exec_id,
            });
            missed.number += number;
            missed.from = missed.from.min(due);
            missed.until = missed.until.max(ended_at);
            missed.last = missed.last.max(row.exec_id);
            for ((from, until), sum) in gaps.iter().zip(&mut self.missed_in_gaps) {
                if due >= *from && due <= *until {
                    *sum += number;
                }
            }
            return;
        }
        let failed = self.failed.entry(row.job_id).or_insert(FailedRuns {
            number: 0,
            last: row.exec_id,
            status: row.status.0,
            ended_at,
        });
        failed.number += 1;
        if row.exec_id >= failed.last {
            failed.last = row.exec_id;
            failed.status = row.status.0;
            failed.ended_at = ended_at;
        }
    }
}
