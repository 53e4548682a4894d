//! The built-in functions, one file each. A new one joins by a line in the table below.

#[cfg(unix)]
mod backup;
mod child;
#[cfg(unix)]
mod cleanup;
pub mod database;
mod dayin;
mod echo;
mod email;
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
mod sending;
mod sms;
mod test;
mod time;
#[cfg(test)]
mod trial;
mod webhook;

#[cfg(not(unix))]
use only_unix as backup;
#[cfg(not(unix))]
use only_unix as cleanup;
#[cfg(not(unix))]
use only_unix as file;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Sms, Smtp, Webhook};
use crate::model::{JobFigures, Rows};
use crate::schedule::{Time, Zone};
pub(super) use child::attempt;
pub use child::{WORD, answer_call};

/// From the table: the functions, in the order in which they are listed.
macro_rules! functions {
    ($($(#[doc = $doc:literal])+ $name:ident: $file:ident, $arguments:literal, $example:literal;)+) => {
        /// Every function.
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
    /// Prints that it was called, and with what: for trying out jobs.
    Test: test, "[ARGUMENT,...]", "Test test123";
    /// Greets somebody.
    Hello: hello, "[NAME]", "Hello World";
    /// Prints the time, in RFC 3339 or as a layout of Go's or strftime's says.
    Time: time, "[LAYOUT]", "Time 2006-01-02 15:04:05";
    /// Prints its arguments, with a comma between.
    Echo: echo, "[TEXT,...]", "Echo Hello World";
    /// Calculates: an operator (+ - * / % ^) and its numbers, or an expression.
    Math: math, "OPERATOR,NUMBER,NUMBER[,NUMBER...][,digits=N] | EXPRESSION[,digits=N]", "Math +,10,5";
    /// Reads, writes, appends to, deletes, looks for, measures or hashes a file.
    File: file, "read|write|append|delete|exists|size|hash,PATH[,TEXT]", "File append,/var/log/nightly.log,done";
    /// Deletes files older than so many days below a folder; with `dry` it only lists them.
    Cleanup: cleanup, "PATH,DAYS[,GLOB][,dry]", "Cleanup /var/log/app,30,*.log,dry";
    /// Archives a file or folder as a dated, verified `.tar.zst`, and removes older archives of the same source.
    Backup: backup, "SRC,DST[,keep=N]", "Backup /srv/www,/backup,keep=7";
    /// Asks a database, or changes one: prints the rows of a query as a table, or how many rows a statement has changed.
    Database: database, "query|execute,SQL[,NAME]", "Database query,SELECT name FROM jobs WHERE stopped";
    /// Sends a mail by the server that `smtp` configures.
    Email: email, "TO[;TO...],SUBJECT,BODY", "Email ops@example.com,Backup,The backup is done.";
    /// Sends a short message by the HTTP gateway that `sms` configures.
    SMS: sms, "PHONE,TEXT", "SMS +4915112345678,The disk is full.";
    /// Sends data to an address by POST, signed if `webhook.secret` is set.
    Webhook: webhook, "URL[,DATA]", "Webhook https://example.com/hook,done";
    /// Tells how the jobs, or one of them, have done.
    Report: report, "daily|weekly|monthly|job NAME[,text|html|json]", "Report weekly,html";
    /// Measures something, prints it, and fails when it is past its limit.
    Monitor: monitor, "disk[,PATH][,PERCENT] | cpu[,PERCENT] | memory[,PERCENT] | load[,LOAD] | process,NAME[,MIN] | port,HOST:PORT[,MS] | http,URL[,STATUS][,MS] | cert,HOST[:PORT][,DAYS]", "Monitor disk,/var,90";
}

/// A function as it is listed.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// Its arguments, as a usage line has them.
    pub arguments: &'static str,
    /// A call of it, name and arguments.
    pub example: &'static str,
    run: fn(&mut Call<'_>) -> Result<(), Failure>,
}

/// What a function is called with.
pub struct Call<'a> {
    /// Its arguments, without quotes and without blanks around them, in their order.
    pub args: &'a [String],
    /// The same with the blanks around them, of which a text that holds commas is put together again.
    pub raw: &'a [String],
    /// The job that calls it.
    pub job_name: &'a str,
    /// The instant at which it was called.
    pub now: Time,
    /// The zone of the job, else the daemon's.
    pub zone: &'a Zone,
    /// How long it may take in all; it is ended from outside after that.
    pub timeout: Option<Duration>,
    /// What the configuration says to functions.
    pub settings: &'a Settings,
    /// What only the rooms that know SQL can tell.
    pub databases: &'a dyn Databases,
    /// What is to be said of it in the history although it does well.
    pub note: &'a mut Option<String>,
    /// Where it prints. What it prints is its output; what went wrong is its [`Failure`].
    pub out: &'a mut dyn Write,
}

impl Call<'_> {
    /// The arguments from that index on as the one that they were before the commas split them.
    fn rest(&self, from: usize) -> String {
        let text = self.raw.get(from..).unwrap_or_default().join(",");
        match self.raw.len() {
            // A blank after the comma before it is not of it; one that stands alone is as it was given.
            length if from > 0 && length > from + 1 => text.trim_start().to_string(),
            _ => text,
        }
    }
}

/// What the configuration says to functions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The folders to which functions that read or write files are confined; none is no limit (`jobs.func_roots`).
    pub roots: Vec<PathBuf>,
    /// How many rows of a query are shown (`jobs.query_max_rows`).
    pub query_max_rows: usize,
    /// How much of the body of an answer is kept, in bytes (`jobs.http_response_max_bytes`).
    pub response_max_bytes: u64,
    /// A file of certificates that are trusted besides the system's (`jobs.http_ca_file`).
    pub ca_file: Option<PathBuf>,
    /// `smtp`
    pub smtp: Smtp,
    /// `sms`
    pub sms: Sms,
    /// `webhook`
    pub webhook: Webhook,
}

/// What functions ask of the rooms that know SQL. `base` is a name under `databases` in the configuration; none is the daemon's own.
pub trait Databases {
    /// The names under `databases` in the configuration, in their order.
    fn names(&self) -> Vec<String>;

    /// Reads with `sql`, at most `most` rows. It cannot write, however the SQL is put; only a function that is stored in a MySQL
    /// server may do more than the SQL shows, as far as the account may.
    fn query(&self, base: Option<&str>, sql: &str, most: usize) -> crate::error::Result<Rows>;

    /// Does `sql`; how many rows it has changed.
    fn execute(&self, base: &str, sql: &str) -> crate::error::Result<u64>;

    /// What the history tells of the executions that ended from `from` to before `until`, by job; of one job or of all.
    fn figures(
        &self,
        from: Time,
        until: Time,
        job: Option<&str>,
    ) -> crate::error::Result<Vec<JobFigures>>;
}

/// Why a function failed, in one sentence for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl Failure {
    /// An argument that will not do: which one, and the problem with the value shown.
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
        Failure(format!("its output can't be written: {error}"))
    }
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Failure {
        // One sentence: what would do instead follows what is wrong.
        Failure(error.to_string().replace("\nhint: ", "; "))
    }
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
