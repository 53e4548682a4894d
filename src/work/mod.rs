//! The work of a job: a command, an HTTP request or a function. Parses and prints the bracket format, in which it is
//! stored and shown.
//!
//! A text in the bracket format is a list of `【key】value`, each key at the beginning of a line; a value extends to
//! the next line that begins with `【`. In mode `command`, a text that does not begin with `【` is the command itself.

mod args;
mod brackets;
mod fields;
mod keys;
mod limits;
mod masking;
mod put_back;
mod success;
mod values;

pub use fields::{WorkFields, env_pair};
pub use limits::{IoPriority, Limits};
pub use masking::{masked_text, masked_text_of_any_mode, searchable_secrets};
pub use success::{LinePattern, SuccessRules};

use jobs_error::Result;
pub use jobs_model::Mode;

/// Upper bound on a timeout or an interval, in seconds: one year.
pub const SECONDS_MAX: u64 = 31_536_000;

/// Timeout of an HTTP request that names none, in seconds.
pub const HTTP_TIMEOUT_SECONDS: u64 = 60;

/// Upper bound on the attempts of one execution.
pub const TIMES_MAX: u32 = 1_000;

/// A value of the work as a request gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedValue {
    /// Seconds, attempts, a priority.
    Number(i64),
    /// Anything else that is one value.
    Text(String),
    /// Variables, headers, arguments.
    List(Vec<String>),
}

/// The work of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A shell command.
    Command(Command),
    /// An HTTP request.
    Http(Http),
    /// A built-in function.
    Func(Func),
}

/// A shell command and its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The text that the shell runs.
    pub command: String,
    /// The working directory; absent means the home directory of the account.
    pub workdir: Option<String>,
    /// Environment variables, added to those that the command inherits. They override all others.
    pub env: Vec<(String, String)>,
    /// Timeout of an attempt, in seconds. 0 means none; absent means the configured default.
    pub timeout: Option<u64>,
    /// Number of attempts; 0 means one.
    pub times: u32,
    /// Pause between attempts, in seconds.
    pub interval: u64,
    /// The text on stdin; absent means an empty stdin.
    pub stdin: Option<String>,
    /// The shell; absent means the configured one.
    pub shell: Option<String>,
    /// The account that runs the command; absent means the daemon's account.
    pub user: Option<String>,
    /// A file with more variables, one K=V per line. `env` overrides them.
    pub env_file: Option<String>,
    /// Whether the command gets no variable of the daemon. Absent means yes for another account, else no.
    pub clean_env: Option<bool>,
    /// The umask: permissions that new files of the command do not get.
    pub umask: Option<u32>,
    /// The CPU priority, from -20 (first) to 19 (last).
    pub nice: Option<i32>,
    /// The disk priority.
    pub ionice: Option<IoPriority>,
    /// The resource limits.
    pub limits: Limits,
    /// When an attempt is a success.
    pub success: SuccessRules,
}

/// An HTTP request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Http {
    /// The address.
    pub url: String,
    /// The method; absent means GET.
    pub method: Option<String>,
    /// The headers, name and value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub data: Option<String>,
    /// The value of the Cookie header.
    pub cookies: Option<String>,
    /// The address of the proxy; absent means the one of the environment, if any.
    pub proxy: Option<String>,
    /// Number of attempts; 0 means one.
    pub times: u32,
    /// Pause between attempts, in seconds.
    pub interval: u64,
    /// A text that the response must contain for the attempt to succeed.
    pub result: Option<String>,
    /// Timeout of an attempt, in seconds. 0 means none; absent means 60.
    pub timeout: Option<u64>,
    /// When an attempt is a success.
    pub success: SuccessRules,
}

/// A call of a built-in function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Func {
    /// The name of the function.
    pub name: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The account that the function runs as; absent means the daemon's own.
    pub user: Option<String>,
    /// Number of attempts; 0 means one.
    pub times: u32,
    /// Pause between attempts, in seconds.
    pub interval: u64,
    /// Timeout of an attempt, in seconds. 0 means none; absent means the configured default.
    pub timeout: Option<u64>,
    /// When an attempt is a success.
    pub success: SuccessRules,
}

impl Work {
    /// The work on one line, for people: the command, `GET https://...`, or the function and its arguments.
    pub fn summary(&self) -> String {
        match self {
            Work::Command(command) => command.command.clone(),
            Work::Http(http) => {
                format!("{} {}", http.method.as_deref().unwrap_or("GET"), http.url)
            }
            Work::Func(func) => {
                let words: Vec<String> = std::iter::once(&func.name)
                    .chain(&func.args)
                    .cloned()
                    .collect();
                jobs_text::join_words(&words).unwrap_or_default()
            }
        }
    }

    /// Parses the bracket format.
    ///
    /// # Errors
    ///
    /// [`jobs_error::Error::Invalid`] with the key that is unknown, given twice, missing, or has a wrong value. The regular expressions
    /// are not compiled: those of stored work are right.
    pub fn parse(mode: Mode, text: &str) -> Result<Work> {
        keys::build(mode, &brackets::read(mode, text)?)
    }

    /// Builds work from typed fields. The field `command` may be a whole text in the bracket format; the other fields
    /// then override its keys.
    ///
    /// # Errors
    ///
    /// Like [`Work::parse`]. A field that the mode does not have and a wrong regular expression are errors too.
    pub fn from_fields(mode: Mode, fields: &WorkFields) -> Result<Work> {
        checked(keys::build(mode, &fields.merge_over(mode, Vec::new())?)?)
    }

    /// Changes the given fields of the work and keeps the rest.
    ///
    /// # Errors
    ///
    /// Like [`Work::from_fields`].
    pub fn with(self, fields: &WorkFields) -> Result<Work> {
        let mode = self.mode();
        checked(keys::build(
            mode,
            &fields.merge_over(mode, keys::pairs(&self))?,
        )?)
    }

    /// The text that is stored: a command without further keys as it is, everything else in the bracket format.
    pub fn text(&self) -> String {
        brackets::print(&keys::pairs(self))
    }

    /// The values that it sets, by the names that requests have for them. A list has a text for each member.
    pub fn named_values(&self) -> Vec<(&'static str, NamedValue)> {
        keys::named_values(self)
    }

    /// The kind of work.
    pub fn mode(&self) -> Mode {
        match self {
            Work::Command(_) => Mode::Command,
            Work::Http(_) => Mode::Http,
            Work::Func(_) => Mode::Func,
        }
    }

    /// Timeout of an attempt, in seconds. 0 means none; absent means the default.
    pub fn timeout(&self) -> Option<u64> {
        match self {
            Work::Command(work) => work.timeout,
            Work::Http(work) => work.timeout,
            Work::Func(work) => work.timeout,
        }
    }

    /// When an attempt is a success.
    pub fn success(&self) -> &SuccessRules {
        match self {
            Work::Command(work) => &work.success,
            Work::Http(work) => &work.success,
            Work::Func(work) => &work.success,
        }
    }

    /// Number of attempts of an execution, at least one.
    pub fn attempts(&self) -> u32 {
        match self {
            Work::Command(work) => work.times,
            Work::Http(work) => work.times,
            Work::Func(work) => work.times,
        }
        .max(1)
    }

    /// Pause between attempts, in seconds.
    pub fn interval(&self) -> u64 {
        match self {
            Work::Command(work) => work.interval,
            Work::Http(work) => work.interval,
            Work::Func(work) => work.interval,
        }
    }
}

/// New work, with its regular expressions checked.
fn checked(work: Work) -> Result<Work> {
    work.success().check().map(|()| work)
}

#[cfg(test)]
mod tests;
