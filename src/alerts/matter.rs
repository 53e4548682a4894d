//! The facts of a notice. They are stored with it; the text is made when it is sent.

use serde::{Deserialize, Serialize};

use jobs_model::{ExecId, Status};
use jobs_schedule::Time;

/// The facts of a notice. Secrets are masked, and control characters are out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Matter {
    /// The reason in a few words, such as `exit code 2`.
    pub reason: String,
    /// The execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec_id: Option<ExecId>,
    /// Its status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Its exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// When its work began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<i64>,
    /// How long the job usually takes, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual_ms: Option<i64>,
    /// The next run of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
    /// The last lines of its output.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// How often the alert was seen.
    pub count: i64,
    /// When the alert opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

impl Matter {
    /// The text that is stored.
    pub fn text(&self) -> String {
        // A struct of plain values always becomes JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The facts in a stored text; none of another program's text.
    pub fn parse(text: &str) -> Matter {
        serde_json::from_str(text).unwrap_or_default()
    }
}
