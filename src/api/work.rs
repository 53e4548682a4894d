//! The work of jobs: the environment of a command, the built-in functions.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::values::is_default;

request! {
    /// Shows the environment that the command of a job gets; secrets read as `***`.
    Env {
        /// The job, by name or id.
        job: JobRef,
    }
}

/// The environment that the command of a job gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// The variables, by name. `JOBS_EXEC_ID`, `JOBS_SCHEDULED_AT` and `JOBS_SOURCE`, which differ from one execution to the
    /// next, are not among them.
    pub variables: Vec<Variable>,
}

/// A variable of an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Its value; `***` for one that looks like a secret.
    pub value: String,
}

request! {
    /// Lists the built-in functions.
    Functions {}
}

/// A built-in function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionInfo {
    /// The name.
    pub name: String,
    /// The description of the function.
    pub description: String,
    /// Its arguments, as a usage line has them.
    pub parameters: String,
    /// A call of it: its name and its arguments.
    pub example: String,
}
