//! Row structs: a field per column as SQLite gives it, and the conversion into the model's types.
//!
//! The model knows no database, and a database's traits can't be implemented for its types from here. So a row is read into a
//! struct of its own, whose conversion moves the values and allocates nothing.

use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::Sqlite;

use super::open::store_error;
use super::schema::{admins, alerts, audit, executions, jobs, notices, sessions, tokens};
use jobs_error::Result;
use jobs_model::{
    Admin, Admitted, Alert, AuditRow, CatchUp, Condition, Execution, Job, JobAlerts, LastExecution,
    Lossy, Mode, NoticeEvent, NoticeRow, NoticeState, Outcome, Overlap, Role, Session, Severity,
    Source, Status, Token, UnknownWord,
};
use jobs_schedule::Time;

/// A value in a column, of a type of the model.
#[derive(Clone, Copy, Debug, FromSqlRow)]
pub(super) struct Column<T>(pub(super) T);

impl<T: FromStr<Err = UnknownWord>> FromSql<Text, Sqlite> for Column<T> {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Column(value.read_text().parse()?))
    }
}

impl FromSql<Integer, Sqlite> for Column<Overlap> {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let number = <i32 as FromSql<Integer, Sqlite>>::from_sql(value)?;
        Overlap::from_number(i64::from(number))
            .map(Column)
            .ok_or_else(|| format!("not an overlap policy: {number}").into())
    }
}

/// The conversion of what a column or a row gave into a type of the model.
pub(super) trait Decode<T> {
    fn decode(self) -> T;
}

impl<T> Decode<T> for T {
    fn decode(self) -> T {
        self
    }
}

impl<T> Decode<T> for Column<T> {
    fn decode(self) -> T {
        self.0
    }
}

impl Decode<Time> for i64 {
    fn decode(self) -> Time {
        Time::from_millis(self)
    }
}

impl Decode<Option<Time>> for Option<i64> {
    fn decode(self) -> Option<Time> {
        self.map(Time::from_millis)
    }
}

/// Tags, with a space between them.
impl Decode<Vec<String>> for String {
    fn decode(self) -> Vec<String> {
        self.split_ascii_whitespace().map(str::to_string).collect()
    }
}

/// The settings about alerts, as JSON. A text that is none, which only another program can have written, is no setting.
impl Decode<JobAlerts> for Option<String> {
    fn decode(self) -> JobAlerts {
        self.and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }
}

impl Decode<Lossy> for Vec<u8> {
    fn decode(self) -> Lossy {
        Lossy(self)
    }
}

/// The row that a query found, if there is one, as a type of the model.
pub(super) fn one<T, R: Decode<T>>(found: QueryResult<R>) -> Result<Option<T>> {
    found
        .optional()
        .map(|row| row.map(Decode::decode))
        .map_err(store_error)
}

/// All rows that a query found, as a type of the model.
pub(super) fn all<T, R: Decode<T>>(found: QueryResult<Vec<R>>) -> Result<Vec<T>> {
    let rows = found.map_err(store_error)?;
    Ok(rows.into_iter().map(Decode::decode).collect())
}

/// A row struct, and its conversion into the struct of the model that has the same fields.
macro_rules! row {
    ($(#[$meta:meta])* $row:ident of $table:ident => $model:ident { $($column:ident: $type:ty,)+ $(; $absent:ident)* }) => {
        $(#[$meta])*
        #[derive(Queryable, Selectable)]
        #[diesel(table_name = $table)]
        pub(super) struct $row { $($column: $type,)+ }

        impl Decode<$model> for $row {
            fn decode(self) -> $model {
                $model { $($column: self.$column.decode(),)+ $($absent: None,)* }
            }
        }
    };
}

row! {
    /// A row of `jobs`.
    JobRow of jobs => Job {
        id: i64,
        name: String,
        desc: String,
        cron_expr: String,
        timezone: Option<String>,
        mode: Column<Mode>,
        command: String,
        allow_mode: Column<Overlap>,
        max_run_count: i64,
        run_count: i64,
        stopped: bool,
        catch_up: Column<CatchUp>,
        catch_up_window: i64,
        alerts: Option<String>,
        origin: Option<String>,
        jitter: i64,
        retries: i64,
        retry_delay: i64,
        retry_backoff: f64,
        retry_max: i64,
        start_at: Option<i64>,
        end_at: Option<i64>,
        stopped_from: Option<i64>,
        stopped_until: Option<i64>,
        skip_next: i64,
        next_at: Option<i64>,
        scheduled_at: Option<i64>,
        anchor_at: i64,
        claimed_until: Option<i64>,
        created_at: i64,
        updated_at: i64,
        tags: String,
    }
}

/// The columns of `jobs` but its number, with the values of a job: for an INSERT and for an UPDATE.
macro_rules! job_columns {
    ($job:expr) => {
        (
            jobs::name.eq(&$job.name),
            jobs::desc.eq(&$job.desc),
            jobs::cron_expr.eq(&$job.cron_expr),
            jobs::timezone.eq(&$job.timezone),
            jobs::mode.eq($job.mode.as_str()),
            jobs::command.eq(&$job.command),
            jobs::allow_mode.eq($job.allow_mode.number()),
            jobs::max_run_count.eq($job.max_run_count),
            jobs::run_count.eq($job.run_count),
            jobs::stopped.eq($job.stopped),
            jobs::catch_up.eq($job.catch_up.as_str()),
            jobs::catch_up_window.eq($job.catch_up_window),
            jobs::alerts.eq($crate::sqlite::alerts::alerts_text(&$job.alerts)),
            jobs::origin.eq(&$job.origin),
            jobs::jitter.eq($job.jitter),
            jobs::retries.eq($job.retries),
            jobs::retry_delay.eq($job.retry_delay),
            jobs::retry_backoff.eq($job.retry_backoff),
            jobs::retry_max.eq($job.retry_max),
            jobs::start_at.eq($job.start_at.map(Time::millis)),
            jobs::end_at.eq($job.end_at.map(Time::millis)),
            jobs::stopped_from.eq($job.stopped_from.map(Time::millis)),
            jobs::stopped_until.eq($job.stopped_until.map(Time::millis)),
            jobs::skip_next.eq($job.skip_next),
            jobs::next_at.eq($job.next_at.map(Time::millis)),
            jobs::scheduled_at.eq($job.scheduled_at.map(Time::millis)),
            jobs::anchor_at.eq($job.anchor_at.millis()),
            jobs::claimed_until.eq($job.claimed_until.map(Time::millis)),
            jobs::created_at.eq($job.created_at.millis()),
            jobs::updated_at.eq($job.updated_at.millis()),
            jobs::tags.eq($job.tags.join(" ")),
        )
    };
}

pub(super) use job_columns;

row! {
    /// A row of `executions`.
    ExecutionRow of executions => Execution {
        exec_id: i64,
        job_id: i64,
        job_name: String,
        mode: Column<Mode>,
        source: Column<Source>,
        status: Column<Status>,
        exit_code: Option<i32>,
        scheduled_at: i64,
        started_at: Option<i64>,
        ended_at: Option<i64>,
        duration_ms: Option<i64>,
        command: String,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
        stdout_bytes: i64,
        stderr_bytes: i64,
        kept_bytes: i64,
        in_file: bool,
        error: Option<String>,
        attempts: i32,
        cpu_ms: Option<i64>,
        max_rss_bytes: Option<i64>,
        count: i64,
        jitter_ms: Option<i64>,
        retry_of: Option<i64>,
        retry_number: i64,
        retries_left: i64,
        waits_until: Option<i64>,
        ; why
    }
}

row! {
    /// The columns of `executions` that the job list shows.
    LastExecutionRow of executions => LastExecution {
        exec_id: i64,
        status: Column<Status>,
        scheduled_at: i64,
        ended_at: Option<i64>,
        duration_ms: Option<i64>,
        exit_code: Option<i32>,
        error: Option<String>,
        cpu_ms: Option<i64>,
        max_rss_bytes: Option<i64>,
        ; why
    }
}

/// The columns of an execution that may start; the zone is its job's.
#[derive(Queryable)]
pub(super) struct AdmittedRow {
    exec_id: i64,
    job_id: i64,
    job_name: String,
    mode: Column<Mode>,
    source: Column<Source>,
    scheduled_at: i64,
    command: String,
    jitter_ms: Option<i64>,
    timezone: Option<String>,
}

impl Decode<Admitted> for AdmittedRow {
    fn decode(self) -> Admitted {
        Admitted {
            exec_id: self.exec_id,
            job_id: self.job_id,
            job_name: self.job_name,
            mode: self.mode.0,
            source: self.source.0,
            scheduled_at: self.scheduled_at.decode(),
            command: self.command,
            jitter_ms: self.jitter_ms,
            timezone: self.timezone,
        }
    }
}

row! {
    /// A row of `admins`.
    AdminRow of admins => Admin {
        id: i64,
        username: String,
        email: String,
        role: Column<Role>,
        enabled: bool,
        password: String,
        generation: i64,
        last_login: Option<i64>,
        created_at: i64,
        updated_at: i64,
    }
}

row! {
    /// A row of `tokens`.
    TokenRow of tokens => Token {
        id: i64,
        name: String,
        role: Column<Role>,
        hash: String,
        expires_at: Option<i64>,
        created_at: i64,
        created_by: String,
    }
}

row! {
    /// A row of `sessions`.
    SessionRow of sessions => Session {
        id: i64,
        secret: String,
        key: String,
        account: Option<i64>,
        generation: i64,
        uid: Option<i64>,
        role: Column<Role>,
        made_at: i64,
        seen_at: i64,
        until: i64,
        address: Option<String>,
        agent: String,
    }
}

row! {
    /// A row of `audit`.
    AuditColumns of audit => AuditRow {
        id: i64,
        at: i64,
        transport: String,
        who: String,
        address: Option<String>,
        operation: String,
        target: String,
        before: Option<String>,
        after: Option<String>,
        outcome: Column<Outcome>,
        error: Option<String>,
    }
}

row! {
    /// A row of `alerts`.
    AlertRow of alerts => Alert {
        id: i64,
        job_id: i64,
        job_name: String,
        condition: Column<Condition>,
        signature: String,
        severity: Column<Severity>,
        reason: String,
        opened_at: i64,
        last_at: i64,
        count: i64,
        exec_id: Option<i64>,
        told_at: Option<i64>,
        channels: String,
        acked_at: Option<i64>,
        acked_by: Option<String>,
        closed_at: Option<i64>,
    }
}

row! {
    /// A row of `notices`.
    NoticeColumns of notices => NoticeRow {
        id: i64,
        alert_id: i64,
        job_id: i64,
        job_name: String,
        condition: Column<Condition>,
        severity: Column<Severity>,
        event: Column<NoticeEvent>,
        channel: String,
        matter: String,
        made_at: i64,
        due_at: Option<i64>,
        expires_at: i64,
        state: Column<NoticeState>,
        tries: i64,
        over_at: Option<i64>,
        reason: Option<String>,
    }
}
