//! The built-in functions, one file each. A new one joins by a line in the table below.

mod child;
mod echo;

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
    /// Prints its arguments, with a comma between.
    Echo: echo, "TEXT...", "Echo Hello World";
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
    /// Its arguments, without quotes, in their order.
    pub args: &'a [String],
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
    /// Where it prints. What it prints is its output; what went wrong is its [`Failure`].
    pub out: &'a mut dyn Write,
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
    /// Reads with `sql`, at most `most` rows. It cannot write, however the SQL is put.
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
        Failure(error.to_string())
    }
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}
