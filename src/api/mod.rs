//! The verbs: one table of operations, from which every door takes its methods, parameters and documentation.
//!
//! To add an operation: a line in the table below, an ask in `asks.rs`, a method in `service`.

mod access_answers;
mod access_asks;
mod answered;
mod answers;
mod ask;
mod asks;
mod call;
mod caller;
mod differences;
mod events;
mod given;
mod hidden;
mod job_asks;
mod log_line;
mod page;
#[cfg(test)]
mod tests;
mod values;
mod view_answers;
mod view_asks;

pub use access_answers::*;
pub use access_asks::*;
pub use answered::{Answered, Form};
pub use answers::*;
pub use asks::*;
pub use call::{BadCall, Operation};
pub use caller::{Caller, Calls, Door, Who};
pub use differences::{Differences, Things};
pub use events::*;
pub use given::Given;
pub use hidden::Hidden;
pub use job_asks::{Add, Edit};
pub use page::{Page, PageAt};
pub use view_answers::*;
pub use view_asks::*;

use crate::error::Result;
use crate::model::{Execution, Role};

/// Who may call an operation: `anyone`, or those with a role or a greater one.
macro_rules! role {
    (anyone) => {
        None
    };
    (viewer) => {
        Some(Role::Viewer)
    };
    (operator) => {
        Some(Role::Operator)
    };
    (admin) => {
        Some(Role::Admin)
    };
}

/// Whether an operation `reads` or `changes` something; a change leaves a row in the audit.
macro_rules! is_change {
    (reads) => {
        false
    };
    (changes) => {
        true
    };
}

/// From the table: the trait that the service implements, the calls and replies that the doors carry, the parser
/// from JSON and the catalogue.
macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $role:ident $kind:ident $method:ident: $ask:ident => $answer:ty;)+) => {
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

            /// The least role of who may call it; nothing when anyone may.
            pub const fn role(&self) -> Option<Role> {
                match self { $(Call::$ask(_) => role!($role),)+ }
            }

            /// Whether it changes something, rather than only reads.
            pub const fn is_change(&self) -> bool {
                match self { $(Call::$ask(_) => is_change!($kind),)+ }
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
                role: role!($role),
                is_change: is_change!($kind),
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
    viewer reads status: Status => DaemonStatus;
    /// Tells whether the daemon is in order, and what it uses.
    anyone reads health: Health => HealthReport;
    /// Tells the figures of the daemon in the text format of Prometheus.
    viewer reads metrics: Metrics => Exposition;

    /// Adds a job.
    operator changes add: Add => Added;
    /// Lists the jobs, or a page of them, in the order that is asked for.
    viewer reads list: List => Page<JobView>;
    /// Shows one job.
    viewer reads show: Show => JobView;
    /// Changes what is given of a job and leaves the rest.
    operator changes edit: Edit => Added;
    /// Removes jobs with their history; what runs of them is stopped.
    operator changes rm: Rm => Vec<JobView>;
    /// Runs a job now, beside its schedule and by its overlap policy.
    operator changes run: Run => Ran;
    /// Stops jobs: they are not due any more. What runs of them goes on, unless it is to be stopped too.
    operator changes stop: Stop => Vec<JobView>;
    /// Skips the next occurrences of a job; the history says so.
    operator changes skip: Skip => JobView;
    /// Sets stopped jobs going again and counts their runs anew.
    operator changes restart: Restart => Vec<JobView>;
    /// Pauses the scheduler: no job is due until `resume`. What runs goes on.
    operator changes pause: Pause => SchedulerState;
    /// Ends a pause of the scheduler; what was missed meanwhile is the business of `catch_up`.
    operator changes resume: Resume => SchedulerState;
    /// Goes through all jobs and mends the next run of those where it is not what their schedule says.
    operator changes check: Check => Checked;
    /// Takes over a crontab: adds what is new, changes what has changed, and reports each line.
    operator changes import: Import => ImportReport;
    /// Tells when a job is due next.
    viewer reads next: Next => NextRuns;
    /// Tells the environment that the command of a job gets.
    operator reads env: Env => Environment;
    /// Lists the built-in functions.
    viewer reads functions: Functions => Vec<FunctionInfo>;
    /// Tells whether the scheduler runs, and which jobs it has.
    viewer reads scheduler: SchedulerJobs => SchedulerView;
    /// Tells how many jobs the scheduler has, and whether it runs.
    viewer reads job_state: JobState => JobCount;
    /// Tells whether the scheduler runs, and how many jobs it has.
    viewer reads job_status: JobStatus => TaskCount;

    /// Stops one execution.
    operator changes cancel: Cancel => Execution;
    /// Reads the output of one execution from an offset on, and waits for more if asked to.
    viewer reads logs: Logs => LogChunk;
    /// Lists executions, the newest first.
    viewer reads history: History => Vec<Execution>;
    /// Lists executions a page at a time, as entries of a log.
    viewer reads entries: Entries => Page<LogEntry>;
    /// Shows one execution as an entry of a log.
    viewer reads entry: Entry => LogEntry;
    /// Removes executions with their output, or empties the system log.
    operator changes clear_logs: ClearLogs => Cleared;
    /// Lists what the daemon has to say for itself, the newest first.
    viewer reads system_log: SystemLog => Page<SystemLogLine>;
    /// Reads a file of the system log from an offset on.
    viewer reads system_log_file: SystemLogFile => SystemLogPart;
    /// Tells which logs are written.
    viewer reads switch_state: SwitchState => Switches;

    /// Tells the settings of jobs that hold.
    viewer reads config: Settings => JobsConfig;
    /// Reads the configuration file (and the crontab of `start --crontab`) again.
    admin changes reload: Reload => Reloaded;
    /// Ends the daemon, as SIGTERM does.
    admin changes shutdown: Shutdown => Done;

    /// Logs an account in.
    anyone changes login: Login => LoggedIn;
    /// Shows the account that calls.
    viewer reads profile: Profile => Account;
    /// Changes the mail address or the password of the account that calls.
    viewer changes profile_edit: ProfileEdit => Account;
    /// Adds an account.
    admin changes admin_add: AdminAdd => Account;
    /// Lists the accounts.
    admin reads admin_list: AdminList => Page<Account>;
    /// Changes the mail address or the role of an account.
    admin changes admin_edit: AdminEdit => Account;
    /// Gives an account another password. What it had been given before to log in with is void.
    admin changes admin_passwd: AdminPasswd => Account;
    /// Enables or disables an account.
    admin changes admin_status: AdminStatus => Account;
    /// Removes an account.
    admin changes admin_rm: AdminRm => Account;
    /// Makes a new key for the tokens of logins: all of them are void.
    admin changes admin_rotate_key: AdminRotateKey => Done;
    /// Makes a token for programs.
    admin changes token_add: TokenAdd => NewToken;
    /// Lists the tokens for programs.
    admin reads token_list: TokenList => Vec<TokenInfo>;
    /// Removes a token for programs: it is void.
    admin changes token_rm: TokenRm => TokenInfo;
    /// Tells from which addresses the HTTP door may be used.
    admin reads ip_status: IpStatus => IpLists;
    /// Puts an address or a network on a list.
    admin changes ip_add: IpAdd => IpLists;
    /// Takes an address or a network from a list.
    admin changes ip_remove: IpRemove => IpLists;
    /// Lists the changes that were made, the newest first: who, from where, what, and what came of it.
    admin reads audit: Audit => Page<AuditEntry>;
}
