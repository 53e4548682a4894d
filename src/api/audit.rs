//! The audit: who changed what, from where, and with what outcome.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::is_default;
use jobs_model::{AuditRow, Outcome};
use jobs_schedule::Time;

request! {
    /// Lists the changes that were made, the newest first: who, from where, what, and the outcome.
    Audit {
        /// Only changes by callers whose name contains this text, such as `alice` or `token ci`.
        #[arg(long, value_name = "TEXT")]
        who: Option<String>,
        /// Only changes by this operation, such as `edit`.
        #[arg(long, value_name = "NAME")]
        operation: Option<String>,
        /// Only changes of something whose name contains this text.
        #[arg(long, value_name = "TEXT")]
        target: Option<String>,
        /// Only changes from this address.
        #[arg(long, value_name = "IP")]
        address: Option<String>,
        /// Only changes with this outcome.
        #[arg(long, value_enum)]
        outcome: Option<Outcome>,
        /// Only changes since this time, such as "2026-12-01" or "2026-12-01 10:00".
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only changes before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// The page, from 1 on.
        #[arg(long, value_name = "N")]
        page: Option<u32>,
        /// The size of a page, 1 to 500 [default: 50].
        #[arg(short = 'n', long, value_name = "N")]
        size: Option<u32>,
    }
}

request! {
    /// Lists the changes of one job, the newest first, also those under former names: who, from where, what, and the outcome.
    Changes {
        /// The job, by name or id; a removed job by id.
        job: JobRef,
        /// The page, from 1 on.
        #[arg(long, value_name = "N")]
        page: Option<u32>,
        /// The size of a page, 1 to 500 [default: 50].
        #[arg(short = 'n', long, value_name = "N")]
        size: Option<u32>,
    }
}

request! {
    /// Sets the fields of a job that a change has set to what they were before that change.
    PutBack {
        /// The job, by name or id.
        job: JobRef,
        /// The number of the change, as `changes` lists it.
        #[arg(value_name = "CHANGE")]
        change: i64,
        /// Only check it, and report what would change; change nothing.
        #[arg(long)]
        dry_run: bool,
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
    /// The caller: `user NAME` of the operating system, `user NAME by link` in the web page, `account NAME`, `token NAME`, `daemon` or `nobody`.
    pub who: String,
    /// From which address, when over a network.
    pub address: Option<String>,
    /// The operation.
    pub operation: String,
    /// The subject of the change.
    pub target: String,
    /// The values before the change, by name, without those that did not change; secrets read as `***`.
    pub before: Option<serde_json::Value>,
    /// The values after the change, in the same way.
    pub after: Option<serde_json::Value>,
    /// The outcome.
    pub outcome: Outcome,
    /// Why the change was not made.
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
