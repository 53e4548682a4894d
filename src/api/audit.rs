//! The audit: who changed what, from where, and with what outcome.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;
use crate::model::{AuditRow, Outcome};
use crate::schedule::Time;

request! {
    /// Lists the changes that were made, the newest first: who, from where, what, and what came of it.
    Audit {
        /// Only of those in whose name this text is, such as `alice` or `token ci`.
        #[arg(long, value_name = "TEXT")]
        who: Option<String>,
        /// Only this operation, such as `edit`.
        #[arg(long, value_name = "NAME")]
        operation: Option<String>,
        /// Only what was done to something in whose name this text is.
        #[arg(long, value_name = "TEXT")]
        target: Option<String>,
        /// Only from this address.
        #[arg(long, value_name = "IP")]
        address: Option<String>,
        /// Only what came out so.
        #[arg(long, value_enum)]
        outcome: Option<Outcome>,
        /// Only since this time, such as "2026-12-01" or "2026-12-01 10:00".
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Which page, from 1.
        #[arg(long, value_name = "N")]
        page: Option<u32>,
        /// How many on a page, 1 to 500 [default: 50].
        #[arg(short = 'n', long, value_name = "N")]
        size: Option<u32>,
    }
}

/// A change that was made or tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Its number, rising.
    pub id: i64,
    /// When.
    pub at: Time,
    /// The transport of the call: `socket`, `http` or `inside` (the daemon itself).
    pub transport: String,
    /// Who: `user NAME` of the operating system, `account NAME`, `token NAME`, `daemon` or `nobody`.
    pub who: String,
    /// From which address, when over a network.
    pub address: Option<String>,
    /// The operation.
    pub operation: String,
    /// What it was done to.
    pub target: String,
    /// What was there before, by name, without what is the same; secrets read as `***`.
    pub before: Option<serde_json::Value>,
    /// What is there now, in the same way.
    pub after: Option<serde_json::Value>,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was not done.
    pub error: Option<String>,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> AuditEntry {
        let side = |text: Option<String>| {
            text.map(|text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
        };
        AuditEntry {
            id: row.id,
            at: row.at,
            transport: row.transport,
            who: row.who,
            address: row.address,
            operation: row.operation,
            target: row.target,
            before: side(row.before),
            after: side(row.after),
            outcome: row.outcome,
            error: row.error,
        }
    }
}
