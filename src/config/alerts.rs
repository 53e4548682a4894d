//! The section for alerts.

use serde::{Deserialize, Serialize};

use super::units::{Seconds, Secret};
use super::words::AlertLanguage;

/// `alerts`: what is told about failures, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// The language of messages.
    pub language: AlertLanguage,
    /// The channels that are told of what is wrong with the daemon itself, with commas between; empty is all channels.
    pub daemon: String,
    /// A URL that is requested each minute while the scheduler works; empty is none. It may have a key in it.
    pub heartbeat: Secret,
    /// The address of the web page as readers of messages reach it; empty: that of the HTTP server, if others reach it.
    pub page: String,
    /// An alert that is open is told again after so many seconds; 0 never.
    pub remind: Seconds,
    /// A message that could not be sent for so many seconds is given up.
    pub expires: Seconds,
    /// At most one message to a channel in so many seconds; what opens meanwhile shares the next one.
    pub group: Seconds,
    /// At most so many messages to a channel in an hour; 0 is no limit.
    pub max_per_hour: u64,
}

impl Default for Alerts {
    fn default() -> Self {
        Alerts {
            language: AlertLanguage::English,
            daemon: String::new(),
            heartbeat: Secret::default(),
            page: String::new(),
            remind: Seconds(86_400),
            expires: Seconds(3_600),
            group: Seconds(30),
            max_per_hour: 30,
        }
    }
}
