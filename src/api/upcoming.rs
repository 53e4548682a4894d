//! The starts that are to come, counted per step of time.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::request;
use super::values::{SecondsOrText, is_default, seconds, seconds_or_text};
use jobs_model::JobId;
use jobs_schedule::Time;

request! {
    /// Counts the starts of all jobs that are to come, per step of time, and how many run at once.
    Upcoming {
        /// The beginning [default: now, rounded down to the step].
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// The end, at most 92 days after the beginning [default: 7 days after it].
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Only the step that begins at this time, with the names of the jobs that start in it.
        #[arg(long, value_name = "TIME", conflicts_with_all = ["from", "until"])]
        at: Option<String>,
        /// The length of a step, from a minute to a day, in seconds or as 15m [default: 900].
        #[arg(long, value_name = "SECONDS", value_parser = seconds)]
        #[serde(deserialize_with = "seconds_or_text")]
        #[schemars(with = "Option<SecondsOrText>")]
        step: Option<u64>,
    }
}

/// The starts that are to come. Random delays (`jitter`) are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StartsAhead {
    /// The beginning of the first step.
    pub from: Time,
    /// The end of the last step.
    pub until: Time,
    /// The length of a step.
    pub step_seconds: u64,
    /// The number of starts in each step, without those of frequent jobs.
    pub starts: Vec<u32>,
    /// For each step, how many of these executions run at once at most, by the usual duration of each job.
    pub at_once: Vec<u32>,
    /// The step with the most starts; absent when there is no start.
    pub fullest: Option<FullStep>,
    /// Jobs that usually still run when they are due again, the worst first, 50 at most.
    pub overlaps: Vec<JobOverlap>,
    /// The jobs that start more often than once in an hour on average; their starts are in no step.
    pub frequent: FrequentJobs,
    /// The beginnings of the steps with the fewest starts, the first 5.
    pub quiet: Vec<Time>,
    /// With `at`: the starts in the step, 100 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<NamedStart>>,
    /// With `at`: the number of starts in the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_total: Option<u64>,
}

/// A step with many starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FullStep {
    /// Its beginning.
    pub at: Time,
    /// The starts in it.
    pub starts: u32,
    /// How many executions run at once at most.
    pub at_once: u32,
}

/// A job that usually takes longer than the time between two of its starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JobOverlap {
    /// The number of the job.
    pub job_id: JobId,
    /// The name of the job.
    pub job_name: String,
    /// Its usual duration, in milliseconds.
    pub usual_ms: i64,
    /// The shortest time between two of its starts, in milliseconds.
    pub interval_ms: i64,
}

/// The jobs that start more often than once in an hour on average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrequentJobs {
    /// How many there are.
    pub jobs: u64,
    /// How often they start in an hour, all together.
    pub starts_per_hour: f64,
}

/// A start of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedStart {
    /// The number of the job.
    pub job_id: JobId,
    /// The name of the job.
    pub job_name: String,
    /// When it starts.
    pub at: Time,
    /// Its usual duration, in milliseconds; absent with fewer than 3 successes.
    pub usual_ms: Option<i64>,
}
