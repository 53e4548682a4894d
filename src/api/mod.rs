//! The verbs: one table of operations, from which every door takes its methods, parameters and documentation.
//!
//! To add an operation: a line in the table below, an ask in `asks.rs`, a method in `service`.

mod answers;
mod ask;
mod asks;
mod call;
mod given;
mod job_asks;
#[cfg(test)]
mod tests;
mod values;

pub use answers::*;
pub use asks::*;
pub use call::{BadCall, Operation};
pub use given::Given;
pub use job_asks::{Add, Edit};

use crate::error::Result;
use crate::model::Execution;

/// From the table: the trait that the service implements, the calls and replies that the doors carry, the parser
/// from JSON and the catalogue.
macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $method:ident: $ask:ident => $answer:ty;)+) => {
        /// What the daemon does, one method per operation.
        pub trait Operations: Send + Sync {
            $($(#[doc = $doc])+ fn $method(&self, ask: $ask) -> Result<$answer>;)+
        }

        /// A call of one operation, checked as to its shape.
        #[derive(Clone, Debug)]
        pub enum Call {
            $($(#[doc = $doc])+ $ask($ask),)+
        }

        /// The answer to a [`Call`].
        #[derive(Clone, Debug, serde::Serialize)]
        #[serde(untagged)]
        pub enum Reply {
            $($(#[doc = $doc])+ $ask(Box<$answer>),)+
        }

        impl Call {
            /// Reads the parameters of `method`: an object by name, an array by position, or null for none.
            pub fn parse(method: &str, params: serde_json::Value) -> Result<Call, BadCall> {
                match method {
                    $(stringify!($method) => call::parse(method, params).map(Call::$ask),)+
                    _ => Err(BadCall::UnknownMethod(method.to_string())),
                }
            }

            /// Hands the call to whoever implements the operations.
            pub fn answer(self, operations: &dyn Operations) -> Result<Reply> {
                match self {
                    $(Call::$ask(ask) => operations.$method(ask).map(|answer| Reply::$ask(Box::new(answer))),)+
                }
            }

            /// The name of the operation.
            pub const fn method(&self) -> &'static str {
                match self { $(Call::$ask(_) => stringify!($method),)+ }
            }
        }

        $(impl Ask for $ask {
            const METHOD: &'static str = stringify!($method);
            type Answer = $answer;
        })+

        /// Every operation with its documentation and the schemas of its ask and its answer.
        pub fn catalogue() -> Vec<Operation> {
            vec![$(Operation {
                method: stringify!($method),
                doc: concat!($($doc, "\n"),+).trim(),
                ask: schemars::schema_for!($ask),
                answer: schemars::schema_for!($answer),
            },)+]
        }
    };
}

/// The parameters of one operation, as a client gives them.
pub trait Ask: serde::Serialize + serde::de::DeserializeOwned {
    /// The name of the operation.
    const METHOD: &'static str;
    /// What it answers.
    type Answer: serde::Serialize + serde::de::DeserializeOwned;
}

operations! {
    /// Tells how the daemon, its scheduler and its jobs are.
    status: Status => DaemonStatus;
    /// Adds a job.
    add: Add => Added;
    /// Lists the jobs, the one that is due next first.
    list: List => Vec<JobView>;
    /// Shows one job.
    show: Show => JobView;
    /// Changes what is given of a job and leaves the rest.
    edit: Edit => Added;
    /// Removes jobs with their history; what runs of them is stopped.
    rm: Rm => Vec<JobView>;
    /// Runs a job now, beside its schedule and by its overlap policy.
    run: Run => Ran;
    /// Stops jobs: they are not due any more. What runs of them goes on, unless it is to be stopped too.
    stop: Stop => Vec<JobView>;
    /// Skips the next occurrences of a job; the history says so.
    skip: Skip => JobView;
    /// Sets stopped jobs going again and counts their runs anew.
    restart: Restart => Vec<JobView>;
    /// Stops one execution.
    cancel: Cancel => Execution;
    /// Reads the output of one execution from an offset on, and waits for more if asked to.
    logs: Logs => LogChunk;
    /// Lists executions, the newest first.
    history: History => Vec<Execution>;
    /// Tells when a job is due next.
    next: Next => NextRuns;
    /// Tells the environment that the command of a job gets.
    env: Env => Environment;
    /// Lists the built-in functions.
    functions: Functions => Vec<FunctionInfo>;
    /// Takes over a crontab: adds what is new, changes what has changed, and reports each line.
    import: Import => ImportReport;
    /// Reads the configuration file (and the crontab of `start --crontab`) again.
    reload: Reload => Reloaded;
    /// Ends the daemon, as SIGTERM does.
    shutdown: Shutdown => Done;
}
