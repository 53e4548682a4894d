//! Rules, alerts, and the instants at which something about alerts is to be looked at, in the database.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::Session;
use super::executions::last_insert_rowid;
use super::open::store_error;
use super::prepared::{Prepare, always, update};
use super::rows::{AlertRow, Column, Decode, all, one};
use super::schema::{alert_rules, alert_times, alerts, executions, jobs};
use jobs_error::Result;
use jobs_model::{
    Alert, AlertRule, AlertTime, Condition, JobAlerts, JobId, Severity, Status, TimeKind,
};
use jobs_schedule::Time;

/// The settings about alerts of a job as its row has them.
pub(super) fn alerts_text(alerts: &JobAlerts) -> Option<String> {
    if *alerts == JobAlerts::default() {
        return None;
    }
    serde_json::to_string(alerts).ok()
}

/// Members of a list in a column; names of jobs, and so patterns for them, may have spaces.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_string).collect()
}

#[derive(Queryable)]
struct RuleRow {
    id: i64,
    name: String,
    matches: String,
    tags: String,
    conditions: String,
    channels: String,
    severity: Column<Severity>,
    escalate_to: Option<String>,
    escalate_after: Option<i64>,
    made_at: i64,
}

impl Decode<AlertRule> for RuleRow {
    fn decode(self) -> AlertRule {
        let on = lines(&self.conditions).into_iter();
        AlertRule {
            id: self.id,
            name: self.name,
            matches: lines(&self.matches),
            tags: lines(&self.tags),
            // A word that a later version knows is left out.
            on: on.filter_map(|word| word.parse().ok()).collect(),
            to: lines(&self.channels),
            severity: self.severity.0,
            escalate: self.escalate_to,
            after: self.escalate_after.map(i64::unsigned_abs),
            made_at: Time::from_millis(self.made_at),
        }
    }
}

/// Rules.
impl Session<'_> {
    pub fn alert_rules(&mut self) -> Result<Vec<AlertRule>> {
        all(alert_rules::table
            .order(alert_rules::name)
            .prepared()
            .load::<RuleRow>(self.connection))
    }

    pub fn insert_alert_rule(&mut self, rule: &AlertRule) -> Result<()> {
        let on: Vec<&str> = rule.on.iter().map(|it| it.as_str()).collect();
        diesel::insert_into(alert_rules::table)
            .values((
                alert_rules::name.eq(&rule.name),
                alert_rules::matches.eq(rule.matches.join("\n")),
                alert_rules::tags.eq(rule.tags.join("\n")),
                alert_rules::conditions.eq(on.join("\n")),
                alert_rules::channels.eq(rule.to.join("\n")),
                alert_rules::severity.eq(rule.severity.as_str()),
                alert_rules::escalate_to.eq(&rule.escalate),
                alert_rules::escalate_after.eq(rule.after.map(u64::cast_signed)),
                alert_rules::made_at.eq(rule.made_at.millis()),
            ))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn delete_alert_rule(&mut self, name: &str) -> Result<bool> {
        diesel::delete(alert_rules::table.filter(alert_rules::name.eq(name)))
            .execute(self.connection)
            .map(|rows| rows > 0)
            .map_err(store_error)
    }

    pub fn jobs_that_notify(&mut self, channel: &str, limit: i64) -> Result<Vec<String>> {
        jobs::table
            .filter(jobs::alerts.is_not_null())
            .filter(
                sql::<Bool>("EXISTS (SELECT 1 FROM json_each(alerts, '$.notify') WHERE value = ")
                    .bind::<Text, _>(channel)
                    .sql(")"),
            )
            .select(jobs::name)
            .order(jobs::id)
            .limit(limit)
            .load(self.connection)
            .map_err(store_error)
    }

    /// Whether a rule exists, a job has settings about alerts, or an alert is open.
    pub fn has_alerts(&mut self) -> Result<bool> {
        let has_rule = diesel::select(diesel::dsl::exists(
            alert_rules::table.select(alert_rules::id),
        ))
        .get_result::<bool>(self.connection)
        .map_err(store_error)?;
        let has_open = diesel::select(diesel::dsl::exists(
            alerts::table.filter(alerts::closed_at.is_null()),
        ))
        .get_result::<bool>(self.connection)
        .map_err(store_error)?;
        if has_rule || has_open {
            return Ok(true);
        }
        let texts: Vec<Option<String>> = jobs::table
            .filter(jobs::alerts.is_not_null())
            // With a comma there is more than `mailto`, or several addresses.
            .filter(jobs::alerts.like("%,%"))
            .select(jobs::alerts)
            .load(self.connection)
            .map_err(store_error)?;
        Ok(texts
            .into_iter()
            .any(|text| Decode::<JobAlerts>::decode(text).is_watched()))
    }
}

/// Alerts.
impl Session<'_> {
    pub fn open_alerts(&mut self, job_id: JobId) -> Result<Vec<Alert>> {
        all(alerts::table
            .filter(alerts::job_id.eq(job_id))
            .filter(alerts::closed_at.is_null())
            .order(alerts::id)
            .select(AlertRow::as_select())
            .prepared()
            .load(self.connection))
    }

    pub fn alert(&mut self, id: i64) -> Result<Option<Alert>> {
        one(alerts::table
            .find(id)
            .select(AlertRow::as_select())
            .at_most(1)
            .get_result(self.connection))
    }

    pub fn alerts(
        &mut self,
        job_id: Option<JobId>,
        only_open: bool,
        limit: i64,
    ) -> Result<Vec<Alert>> {
        let mut query = alerts::table
            .order(alerts::id.desc())
            .limit(limit)
            .select(AlertRow::as_select())
            .into_boxed();
        if let Some(job_id) = job_id {
            query = query.filter(alerts::job_id.eq(job_id));
        }
        if only_open {
            query = query.filter(alerts::closed_at.is_null());
        }
        all(query.load(self.connection))
    }

    pub fn open_alert_counts(&mut self) -> Result<Vec<(Condition, u64)>> {
        let rows: Vec<(Column<Condition>, i64)> = alerts::table
            .filter(alerts::closed_at.is_null())
            .group_by(alerts::condition)
            .select((alerts::condition, diesel::dsl::count_star()))
            .load(self.connection)
            .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|(condition, count)| (condition.0, count.unsigned_abs()))
            .collect())
    }

    pub fn insert_alert(&mut self, alert: &Alert) -> Result<i64> {
        always!(diesel::insert_into(alerts::table).values((
            alerts::job_id.eq(alert.job_id),
            alerts::job_name.eq(&alert.job_name),
            alerts::condition.eq(alert.condition.as_str()),
            alerts::signature.eq(&alert.signature),
            alerts::severity.eq(alert.severity.as_str()),
            alerts::reason.eq(&alert.reason),
            alerts::opened_at.eq(alert.opened_at.millis()),
            alerts::last_at.eq(alert.last_at.millis()),
            alerts::count.eq(alert.count),
            alerts::exec_id.eq(alert.exec_id),
            alerts::told_at.eq(alert.told_at.map(Time::millis)),
            alerts::channels.eq(alert.channels.join(" ")),
            alerts::acked_at.eq(alert.acked_at.map(Time::millis)),
            alerts::acked_by.eq(&alert.acked_by),
            alerts::closed_at.eq(alert.closed_at.map(Time::millis)),
        )))
        .execute(self.connection)
        .map_err(store_error)?;
        diesel::select(last_insert_rowid())
            .get_result(self.connection)
            .map_err(store_error)
    }

    pub fn update_alert(&mut self, alert: &Alert) -> Result<()> {
        always!(update(
            "alerts",
            "id",
            alert.id,
            (
                alerts::severity.eq(alert.severity.as_str()),
                alerts::reason.eq(&alert.reason),
                alerts::last_at.eq(alert.last_at.millis()),
                alerts::count.eq(alert.count),
                alerts::exec_id.eq(alert.exec_id),
                alerts::told_at.eq(alert.told_at.map(Time::millis)),
                alerts::channels.eq(alert.channels.join(" ")),
                alerts::acked_at.eq(alert.acked_at.map(Time::millis)),
                alerts::acked_by.eq(&alert.acked_by),
                alerts::closed_at.eq(alert.closed_at.map(Time::millis)),
            ),
        ))
        .execute(self.connection)
        .map(drop)
        .map_err(store_error)
    }

    /// Removes alerts that have closed before `until`, some at once. Returns whether there may be more.
    pub fn prune_alerts(&mut self, until: Time) -> Result<bool> {
        const STEP: i64 = 500;
        let rows: Vec<(i64, Option<i64>)> = alerts::table
            .order(alerts::id)
            .select((alerts::id, alerts::closed_at))
            .at_most(STEP)
            .load(self.connection)
            .map_err(store_error)?;
        let is_old = |closed_at: Option<i64>| closed_at.is_some_and(|at| at < until.millis());
        let old = rows.into_iter().filter(|(_, closed_at)| is_old(*closed_at));
        let ids: Vec<i64> = old.map(|(id, _)| id).collect();
        diesel::delete(alerts::table.filter(alerts::id.eq_any(&ids)))
            .execute(self.connection)
            .map_err(store_error)?;
        Ok(ids.len() as i64 == STEP)
    }
}

/// Instants.
impl Session<'_> {
    pub fn last_success(&mut self, job_id: JobId) -> Result<Option<Time>> {
        let found: Option<Option<i64>> = executions::table
            .filter(executions::job_id.eq(job_id))
            .filter(executions::status.eq(Status::Success.as_str()))
            .order(executions::exec_id.desc())
            .select(executions::ended_at)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(found.flatten().map(Time::from_millis))
    }

    pub fn alert_time(&mut self, kind: TimeKind, job_id: JobId, of: i64) -> Result<Option<Time>> {
        let found: Option<i64> = alert_times::table
            .find((kind.as_str(), job_id, of))
            .select(alert_times::at)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(found.map(Time::from_millis))
    }

    pub fn due_alert_times(&mut self, now: Time, limit: i64) -> Result<Vec<AlertTime>> {
        let rows: Vec<(Column<TimeKind>, JobId, i64, i64)> = alert_times::table
            .filter(alert_times::at.le(now.millis()))
            .order(alert_times::at)
            .at_most(limit)
            .load(self.connection)
            .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|(kind, job_id, of, at)| AlertTime {
                kind: kind.0,
                job_id,
                of,
                at: Time::from_millis(at),
            })
            .collect())
    }

    pub fn next_alert_time(&mut self) -> Result<Option<Time>> {
        let first: Option<i64> = alert_times::table
            .order(alert_times::at)
            .select(alert_times::at)
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        Ok(first.map(Time::from_millis))
    }

    pub fn set_alert_time(&mut self, time: AlertTime) -> Result<()> {
        diesel::replace_into(alert_times::table)
            .values((
                alert_times::kind.eq(time.kind.as_str()),
                alert_times::job_id.eq(time.job_id),
                alert_times::of.eq(time.of),
                alert_times::at.eq(time.at.millis()),
            ))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn drop_alert_time(&mut self, kind: TimeKind, job_id: JobId, of: i64) -> Result<()> {
        diesel::delete(alert_times::table.find((kind.as_str(), job_id, of)))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn drop_alert_times_of(&mut self, job_id: JobId) -> Result<()> {
        diesel::delete(alert_times::table.filter(alert_times::job_id.eq(job_id)))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }
}
