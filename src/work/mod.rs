//! The three kinds of work: reads and prints the bracket format, in which a job's work is stored and shown.
//!
//! `【key】value`, each key at the beginning of a line; a value runs to the next line that begins with `【`. A text
//! that does not begin with `【` is, in mode `command`, the command itself.

mod args;
mod confine;
mod fields;
mod format;
mod keys;
mod shown;

pub use confine::{IoPriority, Limits};
pub use fields::{Fields, env_pair};
pub use shown::{in_order, shown, shown_in_any_mode};

use crate::error::Result;
pub use crate::model::Mode;

/// The most seconds that a timeout or an interval may have: a year.
pub const SECONDS_MAX: u64 = 31_536_000;

/// The seconds that a request may take which names no timeout.
pub const HTTP_TIMEOUT_SECONDS: u64 = 60;

/// The most attempts that one execution may make.
pub const TIMES_MAX: u32 = 1_000;

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A shell command.
    Command(Command),
    /// An HTTP request.
    Http(Http),
    /// A built-in function.
    Func(Func),
}

/// A shell command and its surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// What the shell runs.
    pub command: String,
    /// Where it runs.
    pub workdir: Option<String>,
    /// Variables, over those of the daemon.
    pub env: Vec<(String, String)>,
    /// Seconds that an attempt may take; 0 is for ever, absent is the configuration's.
    pub timeout: Option<u64>,
    /// Attempts; 0 is one.
    pub times: u32,
    /// Seconds between attempts.
    pub interval: u64,
    /// What it reads.
    pub stdin: Option<String>,
    /// The shell.
    pub shell: Option<String>,
    /// The account.
    pub user: Option<String>,
    /// A file with more variables, K=V a line; what `env` says beats it.
    pub env_file: Option<String>,
    /// Whether it gets no variable of the daemon's own; absent is yes for another account, else no.
    pub clean_env: Option<bool>,
    /// The permissions that its files do not get.
    pub umask: Option<u32>,
    /// How far it stands back for others, -20 to 19.
    pub nice: Option<i32>,
    /// The same for the disk.
    pub ionice: Option<IoPriority>,
    /// What it may use.
    pub limits: Limits,
}

/// An HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// Where to.
    pub url: String,
    /// The method; absent is GET.
    pub method: Option<String>,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub data: Option<String>,
    /// The cookies, as they are sent.
    pub cookies: Option<String>,
    /// The proxy.
    pub proxy: Option<String>,
    /// Attempts; 0 is one.
    pub times: u32,
    /// Seconds between attempts.
    pub interval: u64,
    /// What the answer must contain.
    pub result: Option<String>,
    /// Seconds that an attempt may take; 0 is for ever, absent is 60.
    pub timeout: Option<u64>,
}

/// A call of a built-in function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Func {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Attempts; 0 is one.
    pub times: u32,
    /// Seconds between attempts.
    pub interval: u64,
    /// Seconds that an attempt may take; 0 is for ever, absent is the configuration's.
    pub timeout: Option<u64>,
}

impl Work {
    /// Reads the bracket format.
    ///
    /// # Errors
    ///
    /// [`crate::error::Error::Invalid`] naming the key: unknown, given twice, missing, or with a value that won't do.
    pub fn parse(mode: Mode, text: &str) -> Result<Work> {
        keys::build(mode, &format::read(mode, text)?)
    }

    /// Makes work of typed fields. `command` among them may be a whole text in the bracket format; the other fields
    /// then go over it.
    ///
    /// # Errors
    ///
    /// As [`Work::parse`]; a field that the mode does not have is refused too.
    pub fn from_fields(mode: Mode, fields: &Fields) -> Result<Work> {
        keys::build(mode, &fields.over(mode, Vec::new())?)
    }

    /// Puts the given fields over the work and leaves the rest.
    ///
    /// # Errors
    ///
    /// As [`Work::from_fields`].
    pub fn with(self, fields: &Fields) -> Result<Work> {
        let mode = self.mode();
        keys::build(mode, &fields.over(mode, keys::pairs(&self))?)
    }

    /// The text that is stored: a plain command as it is, all else in the bracket format.
    pub fn text(&self) -> String {
        format::print(&keys::pairs(self))
    }

    /// The kind of work.
    pub fn mode(&self) -> Mode {
        match self {
            Work::Command(_) => Mode::Command,
            Work::Http(_) => Mode::Http,
            Work::Func(_) => Mode::Func,
        }
    }

    /// Seconds that an attempt may take; 0 is for ever, absent is the configuration's.
    pub fn timeout(&self) -> Option<u64> {
        match self {
            Work::Command(work) => work.timeout,
            Work::Http(work) => work.timeout,
            Work::Func(work) => work.timeout,
        }
    }

    /// How many attempts an execution makes, at least one.
    pub fn attempts(&self) -> u32 {
        match self {
            Work::Command(work) => work.times,
            Work::Http(work) => work.times,
            Work::Func(work) => work.times,
        }
        .max(1)
    }

    /// Seconds between attempts.
    pub fn interval(&self) -> u64 {
        match self {
            Work::Command(work) => work.interval,
            Work::Http(work) => work.interval,
            Work::Func(work) => work.interval,
        }
    }
}

#[cfg(test)]
mod tests;
