//! Channels and notices: where to tell something, and one message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ExecId, NoticeEvent, Severity};
use jobs_schedule::Time;

/// A channel, as it is stored: a preset (how a kind of service is called) and its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Number of the channel.
    pub id: i64,
    /// Name of the channel, unique, not digits only.
    pub name: String,
    /// Name of the preset.
    pub preset: String,
    /// The settings by name. Secrets are references (`file:`, `env:`, `cred:`), never the secret itself.
    pub settings: BTreeMap<String, String>,
    /// When the channel was added.
    pub created_at: Time,
    /// The caller that added the channel.
    pub created_by: String,
    /// When the channel was last changed.
    pub updated_at: Time,
}

/// A channel before it is stored; the store sets its number.
#[derive(Clone, Debug)]
pub struct NewChannel {
    pub name: String,
    pub preset: String,
    pub settings: BTreeMap<String, String>,
    pub created_at: Time,
    pub created_by: String,
}

/// A message to a channel. Its texts are masked, in the language of the reader, and without control characters other than line
/// ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The change of the alert.
    pub event: NoticeEvent,
    /// The condition of the alert, such as `failed`. A recovery has the condition that is over.
    pub condition: String,
    /// How bad the alert is. A recovery has the severity of its opening, so that both have the same labels at Alertmanager.
    pub severity: Severity,
    /// A line, such as the subject of a mail.
    pub title: String,
    /// The message below the title, complete: the last lines, the command and the link are in it where there are any.
    pub text: String,
    /// Name of the job; empty for an alert of the daemon.
    pub job: String,
    /// The execution that the notice is about; absent when there is none.
    pub execution: Option<ExecId>,
    /// The stable id of the alert. Services deduplicate by it, and close an alert by it.
    pub alert: String,
    /// When it happened.
    pub at: Time,
    /// The exit code of the execution; absent when there is none.
    pub exit: Option<i32>,
    /// The last lines of output, apart from the text.
    pub lines: Vec<String>,
    /// The address of the alert or the execution in the web page; absent while the page is closed.
    pub link: Option<String>,
    /// The command that shows more, such as `jobs logs 4711`.
    pub command: String,
    /// How often it has happened since the alert was opened; in a digest the number of alerts.
    pub count: u64,
}
