//! Why an execution failed.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::is_default;
use jobs_diagnosis::Cause;
use jobs_model::{ExecId, JobId, Status};
use jobs_schedule::{Language, Time};

request! {
    /// Finds why an execution failed: at most three causes, the most certain first.
    Diagnose {
        /// The job, by name or id: its last execution that failed. Give either this or `exec_id`.
        job: Option<JobRef>,
        /// The number of the execution, as `history` shows it.
        exec_id: Option<ExecId>,
        /// The language of the texts: `en` or `zh` [default: en].
        #[arg(skip)]
        lang: Option<Language>,
    }
}

/// Why an execution failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// The number of the execution.
    pub exec_id: ExecId,
    /// Its job.
    pub job_id: JobId,
    /// The name that the job had then.
    pub job_name: String,
    /// The status. Only an execution that failed, timed out or was interrupted has causes.
    pub status: Status,
    /// The exit code of a command.
    pub exit_code: Option<i32>,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// The causes, the most certain first, at most three. Empty when none is known.
    pub causes: Vec<Cause>,
    /// Set when the execution failed and no cause is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<UnknownFailure>,
}

/// A failure of which no cause is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownFailure {
    /// The status, the exit code and the last line, with `#` for numbers, paths and ids.
    pub template: String,
    /// The first of the last 100 failures of the job that has the same template.
    pub first_exec_id: ExecId,
    /// When that one was due.
    pub first_seen: Time,
    /// How many of the last 100 failures of the job have it.
    pub count: u64,
}
