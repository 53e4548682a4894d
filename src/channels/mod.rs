//! Channels: sends one notice to one channel.
//!
//! A preset says how a kind of service is called. It is data: a file in `presets/`, or in the folder `channels.d` beside the
//! configuration. A channel is a preset with its settings. This room knows neither the store nor the service: [`send`] gets all that
//! it needs, blocks, and ends within the time of its settings.

mod answer;
mod built_in;
mod http;
mod local;
mod mail;
mod preset;
mod presets;
mod program;
mod references;
mod settings;
mod shorten;
mod sign;
#[cfg(test)]
mod tests;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use jobs_clock as clock;
use jobs_config::{Sms, Smtp};
use jobs_error::Result;
use jobs_model::{Channel, Notice, NoticeEvent, Severity};
use jobs_runner::func;
use jobs_runner::func::sending::masked;
use jobs_schedule::Time;

pub use preset::{By, Preset, SettingSpec};
pub use presets::Presets;
pub use settings::shown;

use settings::Resolved;

/// The time that one message may take, when nothing else is set.
pub const TOTAL: Duration = Duration::from_secs(30);

/// How much of an answer is read, in bytes.
const ANSWER_MAX: u64 = 64 * 1024;

/// How long a channel is left alone that refuses for the moment and does not say for how long.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// The settings that sending needs besides the channel and the notice.
#[derive(Clone, Debug)]
pub struct SendSettings {
    /// How long one message may take: the look-up of the name, the connection, the request and the answer.
    pub total: Duration,
    /// A PEM file of certificates that are trusted besides the system's (`jobs.http_ca_file`).
    pub ca_file: Option<PathBuf>,
    /// The mail server of channels that name none (`smtp`).
    pub smtp: Smtp,
    /// The gateway of the preset `sms` (`sms`).
    pub sms: Sms,
    /// The name of this machine.
    pub host: String,
}

impl SendSettings {
    /// The settings of a daemon.
    pub fn of(functions: &func::Settings, host: String) -> SendSettings {
        SendSettings {
            total: TOTAL,
            ca_file: functions.ca_file.clone(),
            smtp: functions.smtp.clone(),
            sms: functions.sms.clone(),
            host,
        }
    }
}

/// The outcome of one attempt to send a notice. No text in it has a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Sending {
    pub result: SendResult,
    /// The request as it was sent; empty when none was made.
    pub request: String,
    /// The answer; empty when there was none.
    pub answer: String,
}

/// The result of one attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum SendResult {
    /// The channel has taken the notice.
    Sent,
    /// The channel, or the program before it was sent, has refused the notice.
    Refused {
        reason: String,
        /// When another attempt is worth it. Absent: the same notice would be refused again.
        retry_after: Option<Duration>,
    },
    /// No answer came. The notice may have arrived all the same if the reason says so.
    Unreachable { reason: String },
}

impl Sending {
    /// A notice that was refused before anything was sent.
    fn not_made(reason: String, retry_after: Option<Duration>) -> Sending {
        Sending {
            result: SendResult::Refused {
                reason,
                retry_after,
            },
            request: String::new(),
            answer: String::new(),
        }
    }
}

/// A channel whose preset was found and whose settings were read.
struct Prepared<'a> {
    channel: &'a Channel,
    preset: &'a Preset,
    resolved: Resolved,
    settings: &'a SendSettings,
}

impl<'a> Prepared<'a> {
    fn new(
        channel: &'a Channel,
        presets: &'a Presets,
        settings: &'a SendSettings,
    ) -> Result<Prepared<'a>> {
        let preset = presets.find(&channel.preset)?;
        Ok(Prepared {
            channel,
            preset,
            resolved: Resolved::new(channel, preset)?,
            settings,
        })
    }

    /// A setting; empty when the channel has none of that name.
    fn get(&self, name: &str) -> &str {
        self.resolved.get(name).unwrap_or_default()
    }

    /// The text without the secrets of the channel.
    fn masked(&self, text: &str) -> String {
        masked(text, self.resolved.secrets())
    }
}

/// Checks a channel: its preset exists, and its settings are those of the preset. Secrets are read, but nothing is sent.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] that names the preset or the setting.
pub fn check(channel: &Channel, presets: &Presets, settings: &SendSettings) -> Result<()> {
    let prepared = Prepared::new(channel, presets, settings)?;
    match prepared.preset.by {
        By::Http => http::check(&prepared),
        By::Mail => mail::check(&prepared),
        By::Sendmail => local::check_sendmail(&prepared),
        By::Command => Ok(()),
        By::Sms => mail::check_sms(&prepared),
    }
}

/// Whether a channel is told of such an event. Only services that watch jobs, such as healthchecks, are told of starts and successes.
pub fn takes(channel: &Channel, presets: &Presets, event: NoticeEvent) -> bool {
    let is_alert = !matches!(event, NoticeEvent::Start | NoticeEvent::Success);
    is_alert
        || presets
            .find(&channel.preset)
            .is_ok_and(|preset| preset.takes(event))
}

/// Sends a notice once. Blocks, at most for [`SendSettings::total`].
pub fn send(
    channel: &Channel,
    presets: &Presets,
    notice: &Notice,
    settings: &SendSettings,
) -> Sending {
    let prepared = match Prepared::new(channel, presets, settings) {
        Ok(prepared) => prepared,
        // The file of a preset or of a secret may come back.
        Err(error) => return Sending::not_made(error.one_sentence(), Some(RETRY_AFTER)),
    };
    match prepared.preset.by {
        By::Http => http::send(&prepared, notice),
        By::Mail => mail::send(&prepared, notice),
        By::Sendmail => local::sendmail(&prepared, notice),
        By::Command => local::command(&prepared, notice),
        By::Sms => mail::send_sms(&prepared, notice),
    }
}

/// The notice by which a channel is tried.
pub fn test_notice(channel: &str, event: NoticeEvent, host: &str) -> Notice {
    example(channel, event, host, clock::now())
}

fn example(channel: &str, event: NoticeEvent, host: &str, at: Time) -> Notice {
    Notice {
        event,
        condition: "test".into(),
        severity: Severity::Info,
        title: format!("jobs: a test of the channel `{channel}`"),
        text: format!("The daemon on {host} can send messages to this channel."),
        job: String::new(),
        execution: None,
        alert: format!("test-{channel}"),
        at,
        exit: None,
        lines: Vec::new(),
        link: None,
        command: format!("jobs channel show {channel}"),
        count: 1,
    }
}
