//! The built-in functions, one file per function. The table below lists them.

#[cfg(unix)]
mod backup;
mod child;
#[cfg(unix)]
mod cleanup;
pub mod database;
mod dayin;
mod echo;
pub mod email;
mod ending;
#[cfg(unix)]
mod entry;
#[cfg(unix)]
mod file;
mod hello;
mod math;
mod monitor;
#[cfg(not(unix))]
mod only_unix;
mod report;
#[cfg(unix)]
mod roots;
pub mod sending;
pub mod sms;
mod test;
#[cfg(test)]
mod testing;
mod time;
mod webhook;

#[cfg(not(unix))]
use only_unix as backup;
#[cfg(not(unix))]
use only_unix as cleanup;
#[cfg(not(unix))]
use only_unix as file;
#[cfg(not(unix))]
use only_unix as roots;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

pub(super) use child::attempt;
pub use child::{SUBCOMMAND, answer_call};
use jobs_config::{Sms, Smtp, Webhook};
use jobs_model::{JobFigures, Rows};
use jobs_schedule::{Time, Zone};
pub use roots::Roots;

/// Builds the list of functions from the table, in the order in which they are shown.
macro_rules! functions {
    ($($(#[doc = $doc:literal])+ $name:ident: $file:ident, $arguments:literal, $example:literal;)+) => {
        /// All functions.
        pub static FUNCTIONS: &[Function] = &[$(Function {
            name: stringify!($name),
            description: concat!($($doc),+),
            arguments: $arguments,
            example: $example,
            run: $file::run,
        },)+];
    };
}

functions! {
    /// Prints the job's name, the time and each argument.
    Dayin: dayin, "[ARGUMENT,...]", "Dayin 1,hello,true";
    /// Prints that it was called, and its arguments: to try out jobs.
    Test: test, "[ARGUMENT,...]", "Test test123";
    /// Prints a greeting.
    Hello: hello, "[NAME]", "Hello World";
    /// Prints the time in RFC 3339, or by a layout of Go or strftime.
    Time: time, "[LAYOUT]", "Time 2006-01-02 15:04:05";
    /// Prints its arguments, separated by commas.
    Echo: echo, "[TEXT,...]", "Echo Hello World";
    /// Calculates: an operator (+ - * / % ^) with its numbers, or an expression.
    Math: math, "OPERATOR,NUMBER,NUMBER[,NUMBER...][,digits=N] | EXPRESSION[,digits=N]", "Math +,10,5";
    /// Reads, writes, appends to, deletes, checks, measures or hashes a file.
    File: file, "read|write|append|delete|exists|size|hash,PATH[,TEXT]", "File append,/var/log/nightly.log,done";
    /// Deletes files below a folder that are older than DAYS days; with `dry` it only lists them.
    Cleanup: cleanup, "PATH,DAYS[,GLOB][,dry]", "Cleanup /var/log/app,30,*.log,dry";
    /// Archives a file or folder as a dated, verified `.tar.zst`, and removes older archives of the same source.
    Backup: backup, "SRC,DST[,keep=N]", "Backup /srv/www,/backup,keep=7";
    /// Queries or changes a database: prints the rows of a query as a table, or how many rows a statement has
    /// changed.
    Database: database, "query|execute,SQL[,NAME]", "Database query,SELECT name FROM jobs WHERE stopped";
    /// Sends a mail through the server that `smtp` configures.
    Email: email, "TO[;TO...],SUBJECT,BODY", "Email ops@example.com,Backup,The backup is done.";
    /// Sends a text message through the HTTP gateway that `sms` configures.
    SMS: sms, "PHONE,TEXT", "SMS +4915112345678,The disk is full.";
    /// Sends data to an address by POST, signed if `webhook.secret` is set.
    Webhook: webhook, "URL[,DATA]", "Webhook https://example.com/hook,done";
    /// Reports how the jobs, or one of them, ran.
    Report: report, "daily|weekly|monthly|job NAME[,text|html|json]", "Report weekly,html";
    /// Measures a resource, prints the value, and fails when it exceeds the limit.
    Monitor: monitor, "disk[,PATH][,PERCENT] | cpu[,PERCENT] | memory[,PERCENT] | load[,LOAD] | process,NAME[,MIN] | port,HOST:PORT[,MS] | http,URL[,STATUS][,MS] | cert,HOST[:PORT][,DAYS]", "Monitor disk,/var,90";
}

/// A function, as it is listed.
#[derive(Debug)]
pub struct Function {
    /// The name.
    pub name: &'static str,
    /// One sentence on what it does.
    pub description: &'static str,
    /// The arguments, as in a usage line.
    pub arguments: &'static str,
    /// An example: name and arguments.
    pub example: &'static str,
    run: fn(&mut Call<'_>) -> Result<(), Failure>,
}

/// The call of a function.
pub struct Call<'a> {
    /// The arguments in order, without quotes and surrounding blanks.
    pub args: &'a [String],
    /// The arguments with surrounding blanks, from which a text with commas is joined again.
    pub raw: &'a [String],
    /// The name of the calling job.
    pub job_name: &'a str,
    /// The time of the call.
    pub now: Time,
    /// The time zone of the job, else of the daemon.
    pub zone: &'a Zone,
    /// Timeout of the attempt. The process is ended after it.
    pub timeout: Option<Duration>,
    /// The settings of functions.
    pub settings: &'a Settings,
    /// Access to databases.
    pub databases: &'a dyn Databases,
    /// A remark for the history, although the function succeeds.
    pub note: &'a mut Option<String>,
    /// The output. Errors go into the [`Failure`] instead.
    pub out: &'a mut dyn Write,
}

impl Call<'_> {
    /// The arguments from an index on, joined as they were before the commas split them.
    fn rest(&self, from: usize) -> String {
        let text = self.raw.get(from..).unwrap_or_default().join(",");
        match self.raw.len() {
            // The blank after the preceding comma is not part of the text. An argument that stands alone is kept
            // unchanged.
            length if from > 0 && length > from + 1 => text.trim_start().to_string(),
            _ => text,
        }
    }
}

/// The settings of functions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Folders to which functions that read or write files are restricted; empty means no restriction
    /// (`jobs.func_roots`).
    pub roots: Roots,
    /// Upper bound on the rows of a query that are shown (`jobs.query_max_rows`).
    pub query_max_rows: usize,
    /// Upper bound on the body of a response, in bytes (`jobs.http_response_max_bytes`).
    pub response_max_bytes: u64,
    /// A file of certificates that are trusted in addition to the system's (`jobs.http_ca_file`).
    pub ca_file: Option<PathBuf>,
    /// The settings of `smtp`.
    pub smtp: Smtp,
    /// The settings of `sms`.
    pub sms: Sms,
    /// The settings of `webhook`.
    pub webhook: Webhook,
}

/// Access of functions to databases, implemented by the part of the program that knows SQL. `base` is a name under
/// `databases` in the configuration; `None` is the daemon's own database.
pub trait Databases {
    /// The names under `databases` in the configuration, in order.
    fn names(&self) -> Vec<String>;

    /// Runs a query and returns at most `most` rows. It cannot write, whatever the SQL is. Only a function that is
    /// stored in a MySQL server may do more than the SQL shows, as far as the account is allowed to.
    fn query(&self, base: Option<&str>, sql: &str, most: usize) -> jobs_error::Result<Rows>;

    /// Runs a statement and returns the number of changed rows.
    fn execute(&self, base: &str, sql: &str) -> jobs_error::Result<u64>;

    /// Figures of the executions that ended from `from` to before `until`, per job; of one job or of all.
    fn figures(
        &self,
        from: Time,
        until: Time,
        job: Option<&str>,
    ) -> jobs_error::Result<Vec<JobFigures>>;
}

/// Why a function failed, in one sentence for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl Failure {
    /// A wrong argument: its name, and the problem with the value in it.
    pub fn argument(name: &str, problem: impl fmt::Display) -> Failure {
        Failure(format!("{name}: {problem}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// For `writeln!(call.out, ...)?`.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure(format!("the output can't be written: {error}"))
    }
}

impl From<jobs_error::Error> for Failure {
    fn from(error: jobs_error::Error) -> Failure {
        // A failure is one sentence: append the hint to the problem.
        Failure(error.one_sentence())
    }
}

/// Finds a function by its name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
