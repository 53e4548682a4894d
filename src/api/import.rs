//! Import of a crontab.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;

request! {
    /// Imports a crontab: adds new jobs, changes those whose lines have changed, and reports each line.
    ///
    /// The import is done as a whole or not at all.
    Import {
        /// The text of the crontab.
        text: String,
        /// The source: a path, or `-`. The next import recognises lines by it.
        origin: String,
        /// Only report; change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Stop the jobs that came from the same source and whose lines are gone.
        #[arg(long)]
        stop_missing: bool,
        /// Whether the lines have a column with the account, as in /etc/crontab.
        #[arg(long)]
        system: bool,
        /// The account whose crontab it is; its commands run as that account.
        #[arg(long, conflicts_with = "system")]
        user: Option<String>,
    }
}

/// The result of an import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// Whether it was only a report.
    pub dry_run: bool,
    /// The lines that are jobs, in their order, then the jobs whose lines are gone.
    pub lines: Vec<ImportLine>,
}

/// The result of one line of a crontab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportLine {
    /// Its number, from 1; 0 for a line that is gone.
    pub line: usize,
    /// The text of the line; for a line that is gone, the schedule and command of the job.
    pub text: String,
    /// The result.
    pub result: Imported,
    /// The job.
    pub job: Option<String>,
    /// Why it was refused, or what changed.
    pub reason: Option<String>,
    /// Probable mistakes, and differences from cron.
    pub warnings: Vec<String>,
}

/// The result of a line of a crontab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Imported {
    /// A new job.
    Imported,
    /// A job that was there, with something different.
    Changed,
    /// A job that was there, just so.
    Unchanged,
    /// No job: the line is at fault.
    Refused,
    /// A job whose line is gone.
    Stopped,
}
