//! Conditions of the daemon itself: they are told to the channels of `alerts.daemon`, or to all.

use super::{AlertSettings, Look, close, close_of_daemon, of_daemon};
use crate::Scheduler;
use jobs_error::Result;
use jobs_model::Condition;
use jobs_schedule::Time;
use jobs_store::Tx;

/// Something that happened to the daemon, or that lasts until it is closed.
#[derive(Clone, Debug)]
pub struct OfDaemon {
    /// The condition.
    pub condition: Condition,
    /// The reason in a few words.
    pub reason: String,
    /// Whether it is over already, so that its alert closes at once and nobody is told of its end.
    pub is_over: bool,
}

/// The channels that are told of conditions of the daemon.
pub fn daemon_channels(tx: &mut Tx<'_>, settings: &AlertSettings) -> Result<Vec<String>> {
    Ok(match settings.daemon.is_empty() {
        false => settings.daemon.clone(),
        true => tx.channels()?.into_iter().map(|it| it.name).collect(),
    })
}

/// Opens an alert of the daemon, or counts a repeat.
pub(crate) fn note(
    tx: &mut Tx<'_>,
    settings: &AlertSettings,
    what: &OfDaemon,
    now: Time,
) -> Result<()> {
    let channels = daemon_channels(tx, settings)?;
    let signature = what.condition.as_str();
    let reason = what.reason.clone();
    of_daemon(
        tx,
        settings,
        what.condition,
        (signature, reason),
        channels,
        now,
    )?;
    if !what.is_over {
        return Ok(());
    }
    let look = Look {
        settings,
        rules: Vec::new(),
        now,
    };
    for mut alert in tx.open_alerts(0)? {
        if alert.condition == what.condition && alert.signature == signature {
            close(tx, &look, &mut alert, None)?;
        }
    }
    Ok(())
}

impl Scheduler {
    /// Opens an alert of the daemon, or counts a repeat.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn raise_of_daemon(&self, what: OfDaemon) -> Result<()> {
        let (settings, now) = (self.settings(), self.now());
        self.store
            .write_async(move |tx| note(tx, &settings.alerts, &what, now))
            .await
    }

    /// Closes the alert of a condition of the daemon, if it is open; then its channels are told.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn clear_of_daemon(&self, condition: Condition) -> Result<()> {
        let is_open = self.store.read(|reader| {
            let open = reader.open_alerts(0)?;
            Ok(open.iter().any(|alert| alert.condition == condition))
        })?;
        if !is_open {
            return Ok(());
        }
        let (settings, now) = (self.settings(), self.now());
        self.store
            .write_async(move |tx| {
                close_of_daemon(tx, &settings.alerts, condition, condition.as_str(), now).map(drop)
            })
            .await
    }

    /// The same as [`Scheduler::raise_of_daemon`] where a failure of the store must not stop the caller.
    pub(crate) async fn tell_of_daemon(&self, condition: Condition, reason: String) {
        let what = OfDaemon {
            condition,
            reason,
            is_over: true,
        };
        if let Err(error) = self.raise_of_daemon(what).await {
            tracing::warn!(%error, %condition, "an alert can't be recorded");
        }
    }
}
