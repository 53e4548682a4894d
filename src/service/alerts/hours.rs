//! When a channel is left alone: quiet hours, at most one message in a time, at most so many in an hour.

use std::time::Duration;

use super::super::{Cx, Service};
use super::check_channels;
use jobs_alerts::Quiet;
use jobs_api::{ChannelHours, ChannelHoursView};
use jobs_error::{Error, Result};
use jobs_model::{NoticeRow, Severity};
use jobs_schedule::Time;
use jobs_scheduler::Settings;
use jobs_store::{DueNotices, Hours, NoticeDelay, Reader};

const HOUR: Duration = Duration::from_secs(3_600);

/// Why messages to a channel wait, and until when.
pub(super) struct Hold {
    pub until: Time,
    pub reason: String,
    /// Whether critical ones do not wait.
    pub but_critical: bool,
}

impl Service {
    pub(crate) fn channel_hours(&self, cx: &Cx, request: ChannelHours) -> Result<ChannelHoursView> {
        if let Some(text) = request.quiet.as_deref().filter(|text| !text.is_empty()) {
            Quiet::parse(text)?;
        }
        if request.channel.is_empty() {
            return Err(Error::invalid("channel", "is missing"));
        }
        let hours = self.write(cx, move |tx| {
            check_channels(tx, "channel", std::slice::from_ref(&request.channel))?;
            let mut hours = tx.channel_hours_of(&request.channel)?;
            if let Some(quiet) = request.quiet {
                hours.quiet = quiet;
            }
            if let Some(most) = request.max_per_hour {
                hours.max_per_hour = most;
            }
            tx.set_channel_hours(&hours)?;
            Ok(hours)
        })?;
        Ok(ChannelHoursView {
            channel: hours.channel,
            quiet: hours.quiet,
            max_per_hour: hours.max_per_hour,
        })
    }

    /// Whether what waits for a channel is held; then it is delayed.
    pub(super) fn is_held(
        &self,
        which: &DueNotices,
        rows: &[NoticeRow],
        settings: &Settings,
    ) -> Result<bool> {
        let now = which.now;
        let hold = self
            .store
            .read(|reader| hold(reader, &which.channel, settings, now))?;
        let Some(hold) = hold else { return Ok(false) };
        let has_critical = rows.iter().any(|row| row.severity == Severity::Critical);
        let (which, but_critical) = (which.clone(), hold.but_critical);
        let expires = hold.until.plus(settings.alerts.expires);
        self.store.write(move |tx| {
            tx.delay_notices(
                &which,
                &NoticeDelay {
                    due_at: hold.until,
                    expires_at: Some(expires),
                    reason: &hold.reason,
                    was_tried: false,
                    but_critical,
                },
            )
        })?;
        // Critical ones alone are due now: the next visit, which follows at once, sends them.
        Ok(!(but_critical && has_critical)
            || rows.iter().any(|row| row.severity != Severity::Critical))
    }
}

/// The first words of the reason for which notices wait during quiet hours.
pub(super) const QUIET: &str = "quiet hours";

/// Whether messages to a channel wait.
pub(super) fn hold(
    reader: &mut Reader<'_>,
    channel: &str,
    settings: &Settings,
    now: Time,
) -> Result<Option<Hold>> {
    let group = settings.alerts.group;
    if let Some(last) = reader.last_message(channel)?
        && last <= now
        && now.since(last) < group
    {
        return Ok(Some(Hold {
            until: last.plus(group),
            reason: format!("at most one message in {} s", group.as_secs()),
            but_critical: false,
        }));
    }
    let hours = reader.channel_hours_of(channel)?;
    let Hours { quiet, .. } = &hours;
    // Hours that cannot be read any more, because a zone is gone, hold nothing.
    let quiet = Some(quiet).filter(|text| !text.is_empty());
    let quiet = quiet.and_then(|text| Quiet::parse(text).ok());
    if let Some(until) = quiet.and_then(|quiet| quiet.until(now, &settings.zone)) {
        let until_text = until.rfc3339(&settings.zone);
        return Ok(Some(Hold {
            until,
            reason: format!("{QUIET} until {until_text}"),
            but_critical: true,
        }));
    }
    let most = match hours.max_per_hour {
        0 => settings.alerts.max_per_hour,
        own => own,
    };
    let sent = reader.messages_since(channel, now.minus(HOUR))?;
    let Some(first) = sent
        .first()
        .filter(|_| most > 0 && sent.len() as u64 >= most)
    else {
        return Ok(None);
    };
    Ok(Some(Hold {
        until: first.plus(HOUR).max(now.plus(Duration::from_secs(1))),
        reason: format!("at most {most} messages in an hour"),
        but_critical: true,
    }))
}
