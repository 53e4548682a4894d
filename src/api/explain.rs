//! Schedules in words, before a job has them.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::is_default;
use jobs_schedule::{Language, Time};

request! {
    /// Describes a schedule in words, with its next runs and warnings about probable mistakes.
    Explain {
        /// The schedule, as `cron_expr` of `add` has it.
        expr: String,
        /// The time zone of the schedule [default: that of the daemon].
        timezone: Option<String>,
        /// The name of the job that the schedule is for: the value of `H` depends on it.
        name: Option<String>,
        /// The language of words, notes and warnings: `en` or `zh` [default: en].
        #[arg(skip)]
        lang: Option<Language>,
        /// The number of next runs, 1 to 50 [default: 5].
        runs: Option<u32>,
    }
}

/// A schedule in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleInWords {
    /// The canonical text: six numeric fields, `@every 1h30m`, and so on.
    pub canonical: String,
    /// The meaning, such as `at 03:30 every Monday`.
    pub words: String,
    /// The zone in which it is read.
    pub timezone: String,
    /// The next runs; empty when there is none within 50 years. `@every` counts from now.
    pub next: Vec<Time>,
    /// For each of the next runs: how a change of the clock moves it, or an empty text.
    pub notes: Vec<String>,
    /// Probable mistakes, and a note when many other jobs are due in the same second.
    pub warnings: Vec<String>,
    /// With the name of a job that usually would still run when it is due again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<SelfOverlap>,
}

/// A job that usually takes longer than the time between two of its runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SelfOverlap {
    /// Its usual duration, in milliseconds.
    pub usual_ms: i64,
    /// The shortest time between two of its next runs, in milliseconds.
    pub interval_ms: i64,
}
