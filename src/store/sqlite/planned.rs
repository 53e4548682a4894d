//! The fields that decide when jobs start, for the counts of starts that are to come.

use diesel::prelude::*;
use diesel::sqlite::Sqlite;

use super::Session;
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::Column;
use super::schema::{job_runs, jobs};
use crate::PlannedJob;
use jobs_error::Result;
use jobs_model::{JobId, Overlap};
use jobs_schedule::Time;

/// A row of `jobs` without the work, and a column of `job_runs`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs, check_for_backend(Sqlite))]
struct PlannedRow {
    id: JobId,
    name: String,
    cron_expr: String,
    timezone: Option<String>,
    allow_mode: Column<Overlap>,
    max_run_count: i64,
    run_count: i64,
    start_at: Option<i64>,
    end_at: Option<i64>,
    stopped_until: Option<i64>,
    skip_next: i64,
    anchor_at: i64,
    claimed_until: Option<i64>,
}

impl Session<'_> {
    pub fn planned_jobs_after(&mut self, id: JobId, limit: i64) -> Result<Vec<PlannedJob>> {
        let rows: Vec<(PlannedRow, Option<i64>)> = jobs::table
            .left_join(job_runs::table.on(job_runs::job_id.eq(jobs::id)))
            .filter(jobs::id.gt(id))
            .filter(jobs::stopped.eq(false))
            .order(jobs::id)
            .select((PlannedRow::as_select(), job_runs::usual_ms.nullable()))
            .at_most(limit)
            .load(self.connection)
            .map_err(store_error)?;
        let time = |millis: Option<i64>| millis.map(Time::from_millis);
        let planned = |(row, usual_ms): (PlannedRow, Option<i64>)| PlannedJob {
            id: row.id,
            name: row.name,
            cron_expr: row.cron_expr,
            timezone: row.timezone,
            allow_mode: row.allow_mode.0,
            max_run_count: row.max_run_count,
            run_count: row.run_count,
            start_at: time(row.start_at),
            end_at: time(row.end_at),
            stopped_until: time(row.stopped_until),
            skip_next: row.skip_next,
            anchor_at: Time::from_millis(row.anchor_at),
            claimed_until: time(row.claimed_until),
            usual_ms,
        };
        Ok(rows.into_iter().map(planned).collect())
    }
}
