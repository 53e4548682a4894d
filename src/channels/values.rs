//! The values of the placeholders of a preset.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Prepared;
use super::preset::Preset;
use super::settings::Resolved;
use super::shorten::{length, shorten};
use jobs_model::{Notice, NoticeEvent};
use jobs_schedule::{Time, Zone};

/// How long an alert is said to last from each notice on: longer than the time between two reminders.
const LASTS: Duration = Duration::from_secs(48 * 3600);

/// The names of the parts of a notice.
pub(super) const NAMES: &[&str] = &[
    "alert",
    "at",
    "at_millis",
    "at_seconds",
    "channel",
    "command",
    "condition",
    "count",
    "event",
    "execution",
    "exit",
    "host",
    "job",
    "job_slug",
    "lines",
    "link",
    "message",
    "notice",
    "resolved",
    "severity",
    "text",
    "title",
    "until",
];

/// The names that a signed request has besides.
pub(super) const SIGN_NAMES: [&str; 2] = ["sign", "timestamp"];

/// The values of the placeholders for one notice.
pub(super) struct Values<'a> {
    of_notice: BTreeMap<&'static str, String>,
    settings: &'a Resolved,
    preset: &'a Preset,
    notice: &'a Notice,
    pub(super) sign: String,
    pub(super) timestamp: String,
}

impl<'a> Values<'a> {
    pub(super) fn new(prepared: &'a Prepared<'_>, notice: &'a Notice) -> Values<'a> {
        let preset = prepared.preset;
        let limit = &preset.limit;
        let written = |text: &str| {
            let text = match preset.escapes_markup {
                true => markup(text),
                false => text.to_string(),
            };
            match preset.line_end.as_str() {
                "" => text,
                line_end => text.replace('\n', line_end),
            }
        };
        // The limit counts what is sent, which is longer: entities of markup, line ends.
        let cut = |text: &str, most: Option<usize>| {
            let most = most.unwrap_or(usize::MAX);
            let mut room = most;
            loop {
                let short = written(&shorten(text, room, limit.bytes));
                let sent = length(&short, limit.bytes);
                if sent <= most || room == 0 {
                    return short;
                }
                room = (room.saturating_mul(most) / sent).min(room.saturating_sub(1));
            }
        };
        let number = |number: Option<i64>| number.map_or_else(String::new, |n| n.to_string());
        let message = match notice.text.is_empty() {
            true => notice.title.clone(),
            false => format!("{}\n\n{}", notice.title, notice.text),
        };
        let is_over = notice.event == NoticeEvent::Recovered;
        let of_notice = [
            ("alert", notice.alert.clone()),
            ("at", utc(notice.at)),
            ("at_millis", notice.at.millis().to_string()),
            (
                "at_seconds",
                notice.at.millis().div_euclid(1_000).to_string(),
            ),
            ("channel", prepared.channel.name.clone()),
            ("command", written(&notice.command)),
            ("condition", notice.condition.clone()),
            ("count", notice.count.to_string()),
            ("event", notice.event.to_string()),
            ("execution", number(notice.execution)),
            ("exit", number(notice.exit.map(i64::from))),
            ("host", prepared.settings.host.clone()),
            ("job", written(&notice.job)),
            ("job_slug", slug(&notice.job)),
            ("lines", written(&notice.lines.join("\n"))),
            ("link", notice.link.clone().unwrap_or_default()),
            ("message", cut(&message, limit.message)),
            ("resolved", if is_over { "yes" } else { "" }.to_string()),
            ("severity", notice.severity.to_string()),
            ("text", cut(&notice.text, limit.text)),
            ("title", cut(&notice.title, limit.title)),
            ("until", utc(notice.at.plus(LASTS))),
        ];
        Values {
            of_notice: of_notice.into_iter().collect(),
            settings: &prepared.resolved,
            preset,
            notice,
            sign: String::new(),
            timestamp: String::new(),
        }
    }

    /// The value of a placeholder; absent when there is none of that name.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some(value) = self.of_notice.get(name) {
            return Some(Cow::Borrowed(value));
        }
        if let Some(words) = self.preset.words.get(name) {
            let word = words.of(self.notice.event, self.notice.severity);
            return Some(Cow::Borrowed(word));
        }
        match name {
            "notice" => serde_json::to_string(self.notice).ok().map(Cow::Owned),
            "sign" => Some(Cow::Borrowed(&self.sign)),
            "timestamp" => Some(Cow::Borrowed(&self.timestamp)),
            _ => self.settings.get(name).map(Cow::Borrowed),
        }
    }
}

/// An instant in RFC 3339, in UTC.
fn utc(at: Time) -> String {
    at.rfc3339(&Zone::utc())
}

/// `&`, `<` and `>` as their entities.
fn markup(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The name of a job in an address: lower-case letters, digits, `-` and `_`; other characters are `-`.
fn slug(job: &str) -> String {
    let mut slug = String::with_capacity(job.len());
    for c in job.to_lowercase().chars() {
        let is_plain = c.is_ascii_alphanumeric() || c == '_';
        match is_plain {
            true => slug.push(c),
            false if !slug.ends_with('-') => slug.push('-'),
            false => {}
        }
    }
    slug.trim_matches('-').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_has_only_plain_characters() {
        for (job, expected) in [
            ("DB Backup (nightly)", "db-backup-nightly"),
            ("a_b-c", "a_b-c"),
            ("备份", ""),
            ("../x", "x"),
        ] {
            assert_eq!(slug(job), expected);
        }
    }
}
