//! Channels: where notices are sent to.

use std::collections::BTreeMap;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::is_default;
use jobs_model::NoticeEvent;
use jobs_schedule::Time;

/// A channel as somebody refers to it: by name, or by number when it is digits only.
pub type ChannelRef = JobRef;

request! {
    /// Adds a channel.
    ChannelAdd {
        /// The name.
        name: String,
        /// The kind of service, as `jobs channel presets` lists them.
        #[arg(long, value_name = "PRESET", required = true)]
        preset: String,
        /// A setting of the preset, `NAME=VALUE`. A secret is `file:/path`, `env:NAME` or `cred:NAME`. May be given several times.
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
    }
}

request! {
    /// Lists the channels.
    ChannelList {}
}

request! {
    /// Shows a channel with its settings; secrets are shown as references.
    ChannelShow {
        /// The channel, by name or number.
        #[arg(value_name = "CHANNEL", required = true)]
        channel: ChannelRef,
    }
}

request! {
    /// Changes the given settings of a channel and keeps the others.
    ChannelEdit {
        /// The channel, by name or number.
        #[arg(value_name = "CHANNEL", required = true)]
        channel: ChannelRef,
        /// A new name.
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        /// Another preset.
        #[arg(long, value_name = "PRESET")]
        preset: Option<String>,
        /// A setting of the preset, `NAME=VALUE`. May be given several times.
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// A setting to remove. May be given several times.
        #[arg(long, value_name = "SETTING")]
        unset: Vec<String>,
    }
}

request! {
    /// Sends a trial to a channel, and shows the request and the answer without secrets.
    ChannelTest {
        /// The channel, by name or number.
        #[arg(value_name = "CHANNEL", required = true)]
        channel: ChannelRef,
        /// The event of the trial: `opened` and `recovered` open and close an alert at services that have alerts.
        #[arg(long, value_enum)]
        event: Option<NoticeEvent>,
    }
}

request! {
    /// Removes a channel.
    ChannelRm {
        /// The channel, by name or number.
        #[arg(value_name = "CHANNEL", required = true)]
        channel: ChannelRef,
    }
}

request! {
    /// Lists the kinds of services that a channel can be, with their settings.
    ChannelPresets {
        /// Only this preset.
        #[arg(value_name = "PRESET")]
        preset: Option<String>,
    }
}

/// A channel in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelItem {
    /// Its number.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The preset.
    pub preset: String,
    /// The service, in a few words; empty when there is no such preset any more.
    pub about: String,
}

/// A channel with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelView {
    /// Its number.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The preset.
    pub preset: String,
    /// The settings: secrets are references, and a password in an address is shown as `***`.
    pub settings: BTreeMap<String, String>,
    /// When it was added.
    pub created_at: Time,
    /// The account that added it.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Time,
    /// Why nothing can be sent to it, found without calling the service.
    pub problem: Option<String>,
}

/// How the trial of a channel went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelTested {
    /// The name of the channel.
    pub channel: String,
    /// Whether the service has taken the message.
    pub sent: bool,
    /// Why it has not.
    pub reason: Option<String>,
    /// The seconds after which another attempt may succeed; absent when it would be refused again.
    pub retry_after: Option<u64>,
    /// The request, without secrets.
    pub request: String,
    /// The answer, without secrets.
    pub answer: String,
}

/// The presets, and the files that cannot be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PresetList {
    /// The presets by name.
    pub presets: Vec<PresetInfo>,
    /// Files of the folder `channels.d` that cannot be used, and why.
    pub problems: Vec<String>,
}

/// A kind of service that a channel can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PresetInfo {
    /// The name.
    pub name: String,
    /// The service, in a few words.
    pub about: String,
    /// The documentation that it was made from.
    pub source: String,
    /// The settings by name.
    pub settings: Vec<PresetSetting>,
}

/// A setting of a preset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PresetSetting {
    /// The name.
    pub name: String,
    /// The setting, in a few words.
    pub about: String,
    /// Whether it is a secret, which is given as a reference.
    pub secret: bool,
    /// Whether it may be left out.
    pub optional: bool,
    /// The value when it is left out.
    pub default: Option<String>,
}
