//! The strip of a job: its latest executions as the job list shows them; and the execution that runs.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::Session;
use super::executions::LIVE;
use super::open::store_error;
use super::prepared::Prepare;
use super::rows::Column;
use super::schema::executions;
use jobs_error::Result;
use jobs_model::{ExecId, JobId, Status, StripRun};
use jobs_schedule::Time;

/// How many executions of a job a strip looks at for each that it shows: some occurrences did not run.
const LOOKED_AT: u32 = 4;

/// The columns stand before the output in a row, so SQLite does not read the output.
const STRIP: &str = "
    SELECT exec_id, status, duration_ms, ended_at FROM (
        SELECT exec_id, status, started_at, ended_at, duration_ms FROM executions
        WHERE job_id = ? ORDER BY exec_id DESC LIMIT ?
    )
    WHERE status NOT IN ('queued', 'running', 'skipped') AND NOT (status = 'cancelled' AND started_at IS NULL)
    LIMIT ?";

#[derive(QueryableByName)]
struct StripRow {
    #[diesel(sql_type = BigInt)]
    exec_id: ExecId,
    #[diesel(sql_type = Text)]
    status: Column<Status>,
    #[diesel(sql_type = Nullable<BigInt>)]
    duration_ms: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    ended_at: Option<i64>,
}

impl Session<'_> {
    pub fn strip(&mut self, job_id: JobId, most: u32) -> Result<Vec<StripRun>> {
        let rows: Vec<StripRow> = diesel::sql_query(STRIP)
            .bind::<BigInt, _>(job_id)
            .bind::<BigInt, _>(i64::from(most.saturating_mul(LOOKED_AT)))
            .bind::<BigInt, _>(i64::from(most))
            .prepared()
            .load(self.connection)
            .map_err(store_error)?;
        let run = |row: StripRow| StripRun {
            exec_id: row.exec_id,
            status: row.status.0,
            duration_ms: row.duration_ms,
            ended_at: row.ended_at.map(Time::from_millis),
        };
        Ok(rows.into_iter().rev().map(run).collect())
    }

    pub fn oldest_running(&mut self, job_id: JobId) -> Result<Option<(ExecId, Option<Time>)>> {
        let found: Option<(ExecId, Option<i64>)> = executions::table
            .filter(sql::<Bool>(LIVE))
            .filter(sql::<Bool>("status = 'running'"))
            .filter(executions::job_id.eq(job_id))
            .order(executions::exec_id)
            .select((executions::exec_id, executions::started_at))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(found.map(|(exec_id, at)| (exec_id, at.map(Time::from_millis))))
    }
}
