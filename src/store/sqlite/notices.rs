//! The outbox and its history in the database.

use diesel::dsl::{max, min, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable};

use super::Session;
use super::executions::last_insert_rowid;
use super::open::store_error;
use super::prepared::{Prepare, always};
use super::rows::{Column, NoticeColumns, all};
use super::schema::{channel_hours, notices};
use crate::{DueNotices, Hours, NoticeDelay, NoticeEnd};
use jobs_error::Result;
use jobs_model::{JobId, NoticeRow, NoticeState, Severity};
use jobs_schedule::Time;

/// Condition of the partial index of sent notices, letter by letter.
const SENT: &str = "state = 'sent'";

#[diesel::dsl::auto_type(no_type_alias)]
fn due(which: &DueNotices) -> _ {
    let channel: &str = which.channel.as_str();
    let now: i64 = which.now.millis();
    let last: i64 = which.up_to;
    notices::table
        .filter(notices::channel.eq(channel))
        .filter(notices::due_at.le(now))
        .filter(notices::id.le(last))
}

impl Session<'_> {
    pub fn insert_notice(&mut self, notice: &NoticeRow) -> Result<i64> {
        always!(diesel::insert_into(notices::table).values((
            notices::alert_id.eq(notice.alert_id),
            notices::job_id.eq(notice.job_id),
            notices::job_name.eq(&notice.job_name),
            notices::condition.eq(notice.condition.as_str()),
            notices::severity.eq(notice.severity.as_str()),
            notices::event.eq(notice.event.as_str()),
            notices::channel.eq(&notice.channel),
            notices::matter.eq(&notice.matter),
            notices::made_at.eq(notice.made_at.millis()),
            notices::due_at.eq(notice.due_at.map(Time::millis)),
            notices::expires_at.eq(notice.expires_at.millis()),
            notices::state.eq(notice.state.as_str()),
            notices::tries.eq(notice.tries),
            notices::over_at.eq(notice.over_at.map(Time::millis)),
            notices::reason.eq(&notice.reason),
        )))
        .execute(self.connection)
        .map_err(store_error)?;
        diesel::select(last_insert_rowid())
            .get_result(self.connection)
            .map_err(store_error)
    }

    pub fn channels_with_notices(&mut self) -> Result<Vec<(String, Time)>> {
        let rows: Vec<(String, Option<i64>)> = notices::table
            .filter(notices::due_at.is_not_null())
            .group_by(notices::channel)
            .select((notices::channel, min(notices::due_at)))
            .load(self.connection)
            .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .filter_map(|(channel, at)| at.map(|at| (channel, Time::from_millis(at))))
            .collect())
    }

    pub fn due_notices(&mut self, channel: &str, now: Time, limit: i64) -> Result<Vec<NoticeRow>> {
        all(notices::table
            .filter(notices::channel.eq(channel))
            .filter(notices::due_at.le(now.millis()))
            .order(notices::id)
            .select(NoticeColumns::as_select())
            .at_most(limit)
            .load(self.connection))
    }

    pub fn notices(&mut self, job_id: Option<JobId>, limit: i64) -> Result<Vec<NoticeRow>> {
        let mut query = notices::table
            .order(notices::id.desc())
            .limit(limit)
            .select(NoticeColumns::as_select())
            .into_boxed();
        if let Some(job_id) = job_id {
            query = query.filter(notices::job_id.eq(job_id));
        }
        all(query.load(self.connection))
    }

    pub fn messages_since(&mut self, channel: &str, since: Time) -> Result<Vec<Time>> {
        let times: Vec<Option<i64>> = notices::table
            .filter(sql::<Bool>(SENT))
            .filter(notices::channel.eq(channel))
            .filter(notices::over_at.gt(since.millis()))
            .select(notices::over_at)
            .distinct()
            .order(notices::over_at)
            .load(self.connection)
            .map_err(store_error)?;
        Ok(times.into_iter().flatten().map(Time::from_millis).collect())
    }

    pub fn last_message(&mut self, channel: &str) -> Result<Option<Time>> {
        let last: Option<i64> = notices::table
            .filter(sql::<Bool>(SENT))
            .filter(notices::channel.eq(channel))
            .select(max(notices::over_at))
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok(last.map(Time::from_millis))
    }

    pub fn end_notices(&mut self, which: &DueNotices, end: &NoticeEnd<'_>) -> Result<()> {
        let was_tried = i64::from(end.state != NoticeState::Untold);
        let mut query = diesel::update(due(which))
            .set((
                notices::due_at.eq(None::<i64>),
                notices::state.eq(end.state.as_str()),
                notices::over_at.eq(end.at.millis()),
                notices::reason.eq(end.reason),
                notices::tries.eq(notices::tries + was_tried),
            ))
            .into_boxed();
        if let Some(until) = which.expired_at {
            query = query.filter(notices::expires_at.le(until.millis()));
        }
        if let Some(ids) = &which.ids {
            query = query.filter(notices::id.eq_any(ids));
        }
        query
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn delay_notices(&mut self, which: &DueNotices, delay: &NoticeDelay<'_>) -> Result<()> {
        let mut query = diesel::update(due(which))
            .set((
                notices::due_at.eq(delay.due_at.millis()),
                notices::reason.eq(delay.reason),
                notices::tries.eq(notices::tries + i64::from(delay.was_tried)),
                delay
                    .expires_at
                    .map(|at| notices::expires_at.eq(at.millis())),
            ))
            .into_boxed();
        if delay.but_critical {
            query = query.filter(notices::severity.ne(Severity::Critical.as_str()));
        }
        if let Some(ids) = &which.ids {
            query = query.filter(notices::id.eq_any(ids));
        }
        query
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }

    pub fn last_due_notice(&mut self, channel: &str, now: Time) -> Result<Option<i64>> {
        notices::table
            .filter(notices::channel.eq(channel))
            .filter(notices::due_at.le(now.millis()))
            .select(max(notices::id))
            .get_result(self.connection)
            .map_err(store_error)
    }

    pub fn due_recovered(&mut self, which: &DueNotices) -> Result<(u64, u64)> {
        let (all, recovered): (i64, Option<i64>) = due(which)
            .select((
                sql::<BigInt>("count(*)"),
                sql::<Nullable<BigInt>>("sum(event = 'recovered')"),
            ))
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok((all.unsigned_abs(), recovered.unwrap_or(0).unsigned_abs()))
    }

    pub fn due_total(&mut self, which: &DueNotices) -> Result<(u64, u64)> {
        let (all, expired): (i64, Option<i64>) = due(which)
            .select((
                sql::<BigInt>("count(*)"),
                sql::<Nullable<BigInt>>("sum(expires_at <= ")
                    .bind::<BigInt, _>(which.now.millis())
                    .sql(")"),
            ))
            .get_result(self.connection)
            .map_err(store_error)?;
        Ok((all.unsigned_abs(), expired.unwrap_or(0).unsigned_abs()))
    }

    pub fn notice_counts(&mut self) -> Result<Vec<(String, NoticeState, u64)>> {
        let rows: Vec<(String, Column<NoticeState>, i64)> = notices::table
            .group_by((notices::channel, notices::state))
            .select((notices::channel, notices::state, sql::<BigInt>("count(*)")))
            .load(self.connection)
            .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|(channel, state, count)| (channel, state.0, count.unsigned_abs()))
            .collect())
    }

    /// Removes notices that were over before `until`, some at once. Returns whether there may be more.
    pub fn prune_notices(&mut self, until: Time) -> Result<bool> {
        const STEP: i64 = 500;
        let rows: Vec<(i64, i64, Option<i64>)> = notices::table
            .order(notices::id)
            .select((notices::id, notices::made_at, notices::due_at))
            .at_most(STEP)
            .load(self.connection)
            .map_err(store_error)?;
        let is_old =
            |made_at: i64, due_at: Option<i64>| made_at < until.millis() && due_at.is_none();
        let old = rows
            .into_iter()
            .filter(|(_, made_at, due_at)| is_old(*made_at, *due_at));
        let ids: Vec<i64> = old.map(|(id, ..)| id).collect();
        diesel::delete(notices::table.filter(notices::id.eq_any(&ids)))
            .execute(self.connection)
            .map_err(store_error)?;
        Ok(ids.len() as i64 == STEP)
    }
}

/// When channels are left alone.
impl Session<'_> {
    pub fn channel_hours_of(&mut self, channel: &str) -> Result<Hours> {
        let found: Option<(String, i64)> = channel_hours::table
            .find(channel)
            .select((channel_hours::quiet, channel_hours::max_per_hour))
            .at_most(1)
            .get_result(self.connection)
            .optional()
            .map_err(store_error)?;
        let (quiet, most) = found.unwrap_or_default();
        Ok(Hours {
            channel: channel.to_string(),
            quiet,
            max_per_hour: most.unsigned_abs(),
        })
    }

    pub fn set_channel_hours(&mut self, hours: &Hours) -> Result<()> {
        diesel::replace_into(channel_hours::table)
            .values((
                channel_hours::channel.eq(&hours.channel),
                channel_hours::quiet.eq(&hours.quiet),
                channel_hours::max_per_hour.eq(hours.max_per_hour.cast_signed()),
            ))
            .execute(self.connection)
            .map(drop)
            .map_err(store_error)
    }
}
