//! The outbox: sends what waits for a channel, or delays it. The daemon calls this on a thread that may block.

use std::time::Duration;

use super::super::Service;
use super::answers::{Answered, backoff};
use super::hours::QUIET;
use jobs_alerts::{Context, Matter, Totals, message};
use jobs_channels::{Presets, SendResult, SendSettings};
use jobs_error::Result;
use jobs_model::{Channel, Notice, NoticeEvent, NoticeRow, NoticeState, Severity};
use jobs_schedule::Time;
use jobs_scheduler::Settings;
use jobs_store::{DueNotices, NoticeDelay, NoticeEnd};

/// Notices that one message is made from; more are counted only.
const READ: i64 = 200;

/// Notices that one visit of a channel sends one by one, where the service on the other side keeps alerts apart.
const ONE_BY_ONE: usize = 50;

/// One visit of a channel.
struct Visit<'v> {
    channel: &'v Channel,
    presets: &'v Presets,
    sending: &'v SendSettings,
    settings: &'v Settings,
    /// The address of the page for readers of messages.
    page: Option<String>,
    now: Time,
}

impl Service {
    /// The channels for which notices wait, with the instant at which the first of them may be sent. Blocks.
    pub fn channels_with_notices(&self) -> Result<Vec<(String, Time)>> {
        self.store.read(|reader| reader.channels_with_notices())
    }

    /// Sends what waits for a channel and may be sent, or delays it. Blocks for as long as the channel takes.
    pub fn send_notices(&self, name: &str) -> Result<()> {
        let now = self.now();
        let settings = self.scheduler.settings();
        let mut which = DueNotices {
            channel: name.to_string(),
            now,
            up_to: i64::MAX,
            expired_at: None,
            ids: None,
        };
        let (channel, rows, last) = self.store.read(|reader| {
            let channel = reader.channel(name)?;
            let rows = reader.due_notices(name, now, READ)?;
            Ok((channel, rows, reader.last_due_notice(name, now)?))
        })?;
        // Notices that are made from now on belong to the next message, even if they are due already.
        which.up_to = last.unwrap_or(0);
        let Some(channel) = channel else {
            return self.end(
                &which,
                NoticeState::Refused,
                Some("the channel was removed"),
            );
        };
        if rows.iter().any(|row| row.expires_at <= now) {
            self.expire(&which, &settings)?;
            return Ok(());
        }
        if self.is_held(&which, &rows, &settings)? {
            return Ok(());
        }
        let rows = self.without_over(&which, rows)?;
        if rows.is_empty() {
            return Ok(());
        }
        let presets = self.presets();
        let visit = Visit {
            channel: &channel,
            presets: &presets,
            sending: &self.send_settings(),
            page: self.page_for_messages(&settings),
            settings: &settings,
            now,
        };
        if self.keeps_apart(&visit) {
            for row in rows.iter().take(ONE_BY_ONE) {
                let which = DueNotices {
                    ids: Some(vec![row.id]),
                    ..which.clone()
                };
                let one = std::slice::from_ref(row);
                if !self.send_one(&visit, &which, one, Totals::of(one))? {
                    break;
                }
            }
            return Ok(());
        }
        let total = match rows.len() as i64 == READ {
            true => {
                let (all, recovered) = self.store.read(|reader| reader.due_recovered(&which))?;
                Totals { all, recovered }
            }
            false => Totals::of(&rows),
        };
        self.send_one(&visit, &which, &rows, total).map(drop)
    }

    /// The address of the web page as readers of messages reach it: the setting, or that of the HTTP server while it is open and other
    /// machines reach it.
    pub(super) fn page_for_messages(&self, settings: &Settings) -> Option<String> {
        let set = settings.alerts.page.as_str();
        if !set.is_empty() {
            return Some(format!("{}/", set.trim_end_matches('/')));
        }
        let urls = self.host.page_urls().ok()?;
        let is_for_others = |url: &String| {
            let host = url.split("://").nth(1).unwrap_or_default();
            !["127.", "localhost", "[::1]"]
                .iter()
                .any(|own| host.starts_with(own))
        };
        urls.into_iter().find(is_for_others)
    }

    /// Whether the service on the other side opens and closes alerts by itself, so that each needs a message of its own.
    fn keeps_apart(&self, visit: &Visit<'_>) -> bool {
        let preset = visit.presets.find(&visit.channel.preset);
        preset.is_ok_and(|preset| preset.resolve.is_some())
    }

    /// Sends one message, and records what became of it. Returns whether another one is worth it.
    fn send_one(
        &self,
        visit: &Visit<'_>,
        which: &DueNotices,
        rows: &[NoticeRow],
        totals: Totals,
    ) -> Result<bool> {
        let notice = notice(visit, rows, totals);
        let sent = jobs_channels::send(visit.channel, visit.presets, &notice, visit.sending);
        let name = &visit.channel.name;
        let at = self.now();
        match sent.result {
            SendResult::Sent => {
                self.end(which, NoticeState::Sent, None)?;
                self.note_answer(name, Answered::Taken, at)?;
                Ok(true)
            }
            SendResult::Refused {
                reason,
                retry_after: None,
            } => {
                tracing::warn!(channel = name, reason, "a channel refuses a message");
                self.end(which, NoticeState::Refused, Some(&reason))?;
                self.note_answer(name, Answered::Refused(reason), at)?;
                Ok(true)
            }
            SendResult::Refused {
                reason,
                retry_after: Some(wait),
            } => {
                self.try_later(which, rows, &reason, wait, at)?;
                self.note_answer(name, Answered::NotNow(reason, tries(rows)), at)?;
                Ok(false)
            }
            SendResult::Unreachable { reason } => {
                self.try_later(which, rows, &reason, backoff(tries(rows)), at)?;
                self.note_answer(name, Answered::NotNow(reason, tries(rows)), at)?;
                Ok(false)
            }
        }
    }

    fn try_later(
        &self,
        which: &DueNotices,
        rows: &[NoticeRow],
        reason: &str,
        wait: Duration,
        at: Time,
    ) -> Result<()> {
        // Not past the instant at which they expire: then they are looked at again.
        let expires = rows.iter().map(|row| row.expires_at).min();
        let due_at = at.plus(wait).min(expires.unwrap_or(at.plus(wait)));
        let (which, reason) = (which.clone(), reason.to_string());
        self.store.write(move |tx| {
            tx.delay_notices(
                &which,
                &NoticeDelay {
                    due_at,
                    expires_at: None,
                    reason: &reason,
                    was_tried: true,
                    but_critical: false,
                },
            )
        })
    }

    pub(super) fn end(
        &self,
        which: &DueNotices,
        state: NoticeState,
        reason: Option<&str>,
    ) -> Result<()> {
        let (which, reason, at) = (which.clone(), reason.map(str::to_string), self.now());
        self.store.write(move |tx| {
            let reason = reason.as_deref();
            tx.end_notices(&which, &NoticeEnd { state, at, reason })
        })
    }

    /// Gives up what could not be sent in time. The next message to the channel says how many that were.
    fn expire(&self, which: &DueNotices, settings: &Settings) -> Result<()> {
        let (expired, now, expires) = (which.clone(), which.now, settings.alerts.expires);
        self.store.write(move |tx| {
            let (_, number) = tx.due_total(&expired)?;
            let rows = tx.due_notices(&expired.channel, now, READ)?;
            let Some(last) = rows.into_iter().rfind(|row| row.expires_at <= now) else {
                return Ok(());
            };
            let reason = last.reason.clone().unwrap_or_else(|| "the daemon was down".into());
            let why = format!("expired: {reason}");
            tx.end_notices(
                &DueNotices {
                    expired_at: Some(now),
                    ..expired
                },
                &NoticeEnd {
                    state: NoticeState::Expired,
                    at: now,
                    reason: Some(&why),
                },
            )?;
            // A message about expired ones that has expired itself is not told again.
            if last.event == NoticeEvent::Digest {
                return Ok(());
            }
            let matter = Matter {
                reason: format!("{number} messages to this channel could not be sent in time; `jobs alerts log` lists them"),
                ..Matter::default()
            };
            tx.insert_notice(&NoticeRow {
                id: 0,
                event: NoticeEvent::Digest,
                matter: matter.text(),
                made_at: now,
                due_at: Some(now),
                expires_at: now.plus(expires),
                state: NoticeState::Waiting,
                tries: 0,
                over_at: None,
                reason: None,
                ..last
            })
            .map(drop)
        })
    }

    /// Leaves out alerts that have opened and closed within quiet hours: one that is over need not be told in the morning.
    fn without_over(&self, which: &DueNotices, rows: Vec<NoticeRow>) -> Result<Vec<NoticeRow>> {
        if rows.len() as i64 == READ {
            return Ok(rows);
        }
        let is_held = |row: &NoticeRow| {
            let reason = row.reason.as_deref().unwrap_or_default();
            reason.starts_with(QUIET)
        };
        let of = |row: &NoticeRow, event| row.event == event && row.alert_id != 0;
        let over: Vec<i64> = rows
            .iter()
            .filter(|row| of(row, NoticeEvent::Opened) && is_held(row) && row.tries == 0)
            .map(|row| row.alert_id)
            .filter(|id| {
                rows.iter()
                    .any(|row| of(row, NoticeEvent::Recovered) && row.alert_id == *id)
            })
            .collect();
        let (gone, rows): (Vec<NoticeRow>, Vec<NoticeRow>) = rows
            .into_iter()
            .partition(|row| over.contains(&row.alert_id));
        if !gone.is_empty() {
            let gone = DueNotices {
                ids: Some(gone.iter().map(|row| row.id).collect()),
                ..which.clone()
            };
            let why = "the alert opened and closed while the channel was left alone";
            self.end(&gone, NoticeState::Untold, Some(why))?;
        }
        Ok(rows)
    }
}

fn tries(rows: &[NoticeRow]) -> i64 {
    rows.iter().map(|row| row.tries).max().unwrap_or(0)
}

/// The message of some notices.
fn notice(visit: &Visit<'_>, rows: &[NoticeRow], totals: Totals) -> Notice {
    let context = Context {
        language: visit.settings.alerts.language,
        zone: visit.settings.zone.clone(),
        host: visit.sending.host.clone(),
        page: visit.page.clone(),
    };
    let message = message(&context, rows, totals);
    let total = totals.all;
    let severity = rows.iter().map(|row| row.severity);
    let severity = severity
        .reduce(jobs_alerts::severer)
        .unwrap_or(Severity::Info);
    let first = rows.first();
    let matter = first.map_or_else(Matter::default, |row| Matter::parse(&row.matter));
    let is_one = total == 1;
    let all = |event| rows.iter().all(|row| row.event == event);
    let event = match (is_one, first) {
        (true, Some(row)) => row.event,
        (true | false, _) if all(NoticeEvent::Recovered) => NoticeEvent::Recovered,
        (true | false, _) => NoticeEvent::Digest,
    };
    Notice {
        event,
        condition: first.map_or_else(String::new, |row| row.condition.to_string()),
        severity,
        title: message.title,
        text: message.text,
        job: match is_one {
            true => first.map_or_else(String::new, |row| row.job_name.clone()),
            false => String::new(),
        },
        execution: matter.exec_id.filter(|_| is_one),
        alert: match first {
            Some(row) if is_one => format!("jobs-{}-{}", visit.sending.host, row.alert_id),
            Some(_) | None => format!("jobs-{}-{}", visit.sending.host, visit.now.millis()),
        },
        at: first.map_or(visit.now, |row| row.made_at),
        exit: matter.exit.filter(|_| is_one),
        lines: if is_one { matter.lines } else { Vec::new() },
        link: message.link,
        command: message.command,
        count: match is_one {
            true => matter.count.max(1).unsigned_abs(),
            false => total,
        },
    }
}
