//! Changes of alerts, and what they mean for what is kept in memory.

use std::time::Duration;

use super::reader::{Link, forward};
use super::{DueNotices, Hours, NoticeDelay, NoticeEnd, Tx};
use jobs_error::Result;
use jobs_model::{Alert, AlertRule, AlertTime, Job, JobId, NoticeRow, TimeKind};
use jobs_schedule::Time;

/// How long a job may be stopped before somebody is reminded of it.
const STOPPED_FOR: Duration = Duration::from_secs(14 * 86_400);

/// Alerts.
impl Tx<'_> {
    /// Sets the instants at which the alerts of a changed job are to be looked at.
    pub(super) fn note_alerts(&mut self, job: &Job, was_stopped: bool) -> Result<()> {
        if job.alerts.is_watched() {
            self.watch.set(true);
        } else if !self.watch.is_on() {
            return Ok(());
        }
        let time = |kind, at| AlertTime {
            kind,
            job_id: job.id,
            of: 0,
            at,
        };
        match job.alerts.expect_success_every {
            Some(every) => {
                let last = self.last_success(job.id)?.unwrap_or(job.updated_at);
                let at = last.plus(Duration::from_secs(every));
                self.set_alert_time(time(TimeKind::Stale, at))?;
            }
            None => self.drop_alert_time(TimeKind::Stale, job.id, 0)?,
        }
        if was_stopped == job.is_stopped() {
            return Ok(());
        }
        // At once, its alerts about a stop close.
        let after = if job.stopped {
            STOPPED_FOR
        } else {
            Duration::ZERO
        };
        self.set_alert_time(time(TimeKind::Stopped, job.updated_at.plus(after)))
    }

    /// Adds a rule, whose name is not taken.
    pub fn insert_alert_rule(&mut self, rule: &AlertRule) -> Result<()> {
        self.watch.set(true);
        match self.link() {
            Link::Sqlite(session) => session.insert_alert_rule(rule),
        }
    }

    /// Records an alert and returns its number.
    pub fn insert_alert(&mut self, alert: &Alert) -> Result<i64> {
        self.watch.set(true);
        match self.link() {
            Link::Sqlite(session) => session.insert_alert(alert),
        }
    }

    /// Sets an instant at which something is to be looked at.
    pub fn set_alert_time(&mut self, time: AlertTime) -> Result<()> {
        self.watch.note_time(time.at);
        match self.link() {
            Link::Sqlite(session) => session.set_alert_time(time),
        }
    }

    /// Adds a notice to the outbox, or to its history when it does not wait. Returns its number.
    pub fn insert_notice(&mut self, notice: &NoticeRow) -> Result<i64> {
        self.has_notices |= notice.due_at.is_some();
        match self.link() {
            Link::Sqlite(session) => session.insert_notice(notice),
        }
    }

    /// Recalculates what is kept in memory about alerts: whether anything is watched, and the next instant.
    pub fn refresh_watch(&mut self) -> Result<()> {
        let (is_on, next) = match self.link() {
            Link::Sqlite(session) => (session.has_alerts()?, session.next_alert_time()?),
        };
        self.watch.set(is_on);
        self.watch.set_next(next);
        Ok(())
    }

    /// Recalculates the instant at which something about alerts is to be looked at.
    pub fn refresh_alert_time(&mut self) -> Result<()> {
        let next = match self.link() {
            Link::Sqlite(session) => session.next_alert_time(),
        }?;
        self.watch.set_next(next);
        Ok(())
    }

    forward! {
        /// Removes a rule. Returns whether there was one.
        pub fn delete_alert_rule(name: &str) -> bool;

        /// Writes the fields of an alert that change.
        pub fn update_alert(alert: &Alert) -> ();

        /// Forgets an instant.
        pub fn drop_alert_time(kind: TimeKind, job_id: JobId, of: i64) -> ();

        /// Forgets all instants of a job.
        pub fn drop_alert_times_of(job_id: JobId) -> ();

        /// Sets when a channel is left alone.
        pub fn set_channel_hours(hours: &Hours) -> ();

        /// Records that notices are over: sent, or why not.
        pub fn end_notices(which: &DueNotices, end: &NoticeEnd<'_>) -> ();

        /// Sets when notices may be sent next, and why they were not sent yet.
        pub fn delay_notices(which: &DueNotices, delay: &NoticeDelay<'_>) -> ();

        /// Removes some of the alerts that have closed before `until`. Returns whether there may be more.
        pub fn prune_alerts(until: Time) -> bool;

        /// Removes some of the notices from before `until` that do not wait. Returns whether there may be more.
        pub fn prune_notices(until: Time) -> bool;
    }
}
