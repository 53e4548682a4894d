//! What a channel answered: a channel that fails opens an alert on the other channels.

use std::time::Duration;

use super::super::Service;
use jobs_error::Result;
use jobs_model::Condition;
use jobs_schedule::Time;

/// Attempts from which on a channel counts as down.
const DOWN_AFTER: i64 = 2;

/// What became of a message.
pub(super) enum Answered {
    /// The channel has taken it.
    Taken,
    /// The channel refused it for good.
    Refused(String),
    /// Not now; so many attempts failed before.
    NotNow(String, i64),
}

/// How long to wait after so many failed attempts.
pub(super) fn backoff(tries: i64) -> Duration {
    const SECONDS: [u64; 7] = [5, 15, 30, 60, 120, 300, 600];
    let last = SECONDS.len() - 1;
    let at = usize::try_from(tries).unwrap_or(0).min(last);
    Duration::from_secs(SECONDS[at])
}

impl Service {
    /// Opens or closes the alert that a channel fails.
    pub(super) fn note_answer(&self, name: &str, answered: Answered, at: Time) -> Result<()> {
        let settings = self.scheduler.settings();
        let name = name.to_string();
        let reason = match answered {
            Answered::Taken => {
                let is_down = self.store.read(|reader| {
                    let open = reader.open_alerts(0)?;
                    Ok(open.iter().any(|alert| {
                        alert.condition == Condition::ChannelDown && alert.signature == name
                    }))
                })?;
                if !is_down {
                    return Ok(());
                }
                return self.store.write(move |tx| {
                    let condition = Condition::ChannelDown;
                    jobs_scheduler::close_of_daemon(tx, &settings.alerts, condition, &name, at)
                        .map(drop)
                });
            }
            Answered::NotNow(_, tries) if tries < DOWN_AFTER => return Ok(()),
            Answered::Refused(reason) | Answered::NotNow(reason, _) => reason,
        };
        self.store.write(move |tx| {
            let mut others = jobs_scheduler::daemon_channels(tx, &settings.alerts)?;
            others.retain(|other| *other != name);
            jobs_scheduler::of_daemon(
                tx,
                &settings.alerts,
                Condition::ChannelDown,
                (&name, format!("channel `{name}`: {reason}")),
                others,
                at,
            )
        })
    }
}
