//! Import of a crontab.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;

request! {
    /// Takes over a crontab: adds what is new, changes what has changed, and reports each line.
    ///
    /// All of it or nothing: when the store cannot take it, no job is changed.
    Import {
        /// The text of the crontab.
        text: String,
        /// Where it comes from: a path, or `-`. A line is recognised by it on the next import.
        origin: String,
        /// Only report what would be done.
        #[arg(long)]
        dry_run: bool,
        /// Stop the jobs that came from the same place and whose lines are gone.
        #[arg(long)]
        stop_missing: bool,
        /// Whether its lines have a column with the account, as /etc/crontab has.
        #[arg(long)]
        system: bool,
        /// The account whose crontab it is: its commands run as that.
        #[arg(long, conflicts_with = "system")]
        user: Option<String>,
    }
}

/// What became of a crontab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// Whether it was only a report.
    pub dry_run: bool,
    /// Each line that is a job, in their order, then the jobs whose lines are gone.
    pub lines: Vec<ImportLine>,
}

/// What became of one line of a crontab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportLine {
    /// Its number, from 1; 0 for a line that is gone.
    pub line: usize,
    /// Its text; the job's schedule and command for a line that is gone.
    pub text: String,
    /// What became of it.
    pub result: Imported,
    /// The job.
    pub job: Option<String>,
    /// Why it was refused, or what changed.
    pub reason: Option<String>,
    /// What the operator may not have meant, and what is different from cron.
    pub warnings: Vec<String>,
}

/// What became of a line of a crontab.
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
