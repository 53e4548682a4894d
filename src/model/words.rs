//! Enums of the model. A value is the same word in the database, in JSON and on the command line.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word that names no value of an enum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {of}: `{word}`")]
pub struct UnknownWord {
    /// The enum.
    pub of: &'static str,
    /// The word.
    pub word: String,
}

/// An enum of lower-case words: the same word in JSON, in the database, in `Display` and in `FromStr`.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema, clap::ValueEnum)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::UnknownWord;

            fn from_str(word: &str) -> Result<Self, $crate::words::UnknownWord> {
                match word {
                    $($word => Ok($name::$variant),)+
                    other => Err($crate::words::UnknownWord { of: stringify!($name), word: other.to_string() }),
                }
            }
        }
    };
}

pub(super) use words;

words! {
    /// The kind of work.
    #[derive(Default)]
    Mode {
        /// A shell command.
        #[default]
        Command = "command",
        /// An HTTP request.
        Http = "http",
        /// A built-in function.
        Func = "func",
    }
}

words! {
    /// Role of an account or a token. Each role includes the rights of the roles before it.
    #[derive(Default, PartialOrd, Ord)]
    Role {
        /// May read.
        #[default]
        Viewer = "viewer",
        /// May also manage and run jobs.
        Operator = "operator",
        /// May also manage access and the configuration.
        Admin = "admin",
    }
}

words! {
    /// A list of networks.
    IpList {
        /// Networks that may connect.
        Whitelist = "whitelist",
        /// Networks that may not connect, unless the whitelist has them too.
        Blacklist = "blacklist",
    }
}

words! {
    /// Outcome of a change.
    Outcome {
        /// The change was made.
        Done = "done",
        /// The change failed; nothing was changed.
        Failed = "failed",
        /// The caller lacks the right to make the change.
        Denied = "denied",
    }
}

words! {
    /// The order of a list of jobs. Jobs without the value come last.
    JobSort {
        /// The next run, the soonest first.
        Next = "next",
        /// The name.
        Name = "name",
        /// The end of the last execution, the earliest first.
        Ended = "ended",
        /// The duration of the last execution, the shortest first.
        Took = "took",
        /// The status of the last execution, the worst first: failed, timeout, interrupted, missed, cancelled, skipped, success.
        Last = "last",
        /// The job that was added last comes first.
        Newest = "newest",
    }
}

words! {
    /// A choice of jobs.
    JobsOnly {
        /// The last execution failed, timed out or was interrupted. Cancelled executions and occurrences that did not run do not
        /// count.
        Failing = "failing",
        /// An execution runs.
        Running = "running",
        /// The last occurrence was missed.
        Missed = "missed",
        /// The last execution, or one that runs now, takes more than twice as long as usual, and 1 s more.
        Slower = "slower",
        /// The job is stopped, for good or for a time.
        Stopped = "stopped",
        /// No execution has run to its end.
        Never = "never",
    }
}

words! {
    /// Cause of an execution.
    Source {
        /// An occurrence of the schedule.
        Cron = "cron",
        /// A run by hand.
        Manual = "manual",
        /// A missed occurrence that is made up.
        Catchup = "catchup",
        /// A retry after a failure.
        Retry = "retry",
        /// A boot of the machine.
        Reboot = "reboot",
    }
}

words! {
    /// Status of an execution.
    #[derive(PartialOrd, Ord)]
    Status {
        /// Waits for a free slot, for another execution of the job, or for the delay of a retry.
        Queued = "queued",
        /// Runs.
        Running = "running",
        /// Succeeded.
        Success = "success",
        /// Failed, or could not start.
        Failed = "failed",
        /// Stopped because it took longer than its timeout.
        Timeout = "timeout",
        /// Stopped by a caller or by the overlap policy.
        Cancelled = "cancelled",
        /// Interrupted by the end of the daemon.
        Interrupted = "interrupted",
        /// Did not run: another execution of the job was still running, or an operator skipped it.
        Skipped = "skipped",
        /// Did not run: the daemon was down or the scheduler was paused.
        Missed = "missed",
    }
}

impl Status {
    /// Whether an execution with this status has ended.
    pub const fn is_final(self) -> bool {
        !matches!(self, Status::Queued | Status::Running)
    }

    /// Whether this status is a failure.
    pub const fn is_failure(self) -> bool {
        matches!(self, Status::Failed | Status::Timeout | Status::Interrupted)
    }
}

words! {
    /// Treatment of the missed occurrences of a job.
    CatchUp {
        /// Record them as missed, run none.
        Skip = "skip",
        /// Run once for all of them.
        Once = "once",
        /// Run each of them, the oldest first, at most 100.
        All = "all",
    }
}

/// Overlap policy: the action when a job is due while an execution of it still runs. JSON and the database have the original
/// system's number (`allow_mode`); JSON may also have the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Overlap {
    /// 0: start a second execution beside the first.
    #[value(alias = "0")]
    #[default]
    Parallel,
    /// 1: skip the occurrence and record it as skipped.
    #[value(alias = "1")]
    Skip,
    /// 2: wait, and start when the running execution ends.
    #[value(alias = "2")]
    Queue,
    /// 3: stop the running execution, then start.
    #[value(alias = "3")]
    Replace,
}

impl Overlap {
    const ALL: [(Overlap, &'static str); 4] = [
        (Overlap::Parallel, "parallel"),
        (Overlap::Skip, "skip"),
        (Overlap::Queue, "queue"),
        (Overlap::Replace, "replace"),
    ];

    /// The number in the API.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The policy with that number.
    pub fn from_number(number: i64) -> Option<Overlap> {
        let index = usize::try_from(number).ok()?;
        Self::ALL.get(index).map(|(policy, _)| *policy)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

impl std::fmt::Display for Overlap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Overlap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(self.number())
    }
}

impl<'de> Deserialize<'de> for Overlap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Overlap;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("0 `parallel`, 1 `skip`, 2 `queue` or 3 `replace`")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Overlap, E> {
                Overlap::from_number(number)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Overlap, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Overlap, E> {
                Overlap::ALL
                    .into_iter()
                    .find(|(_, name)| *name == word)
                    .map(|(policy, _)| policy)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(word), &self))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl schemars::JsonSchema for Overlap {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Overlap".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "0 parallel, 1 skip, 2 queue, 3 replace; the name is read too",
            "enum": [0, 1, 2, 3, "parallel", "skip", "queue", "replace"]
        })
    }
}

words! {
    /// The news of an alert in a notice, or of a job that is watched by a service such as healthchecks.
    #[derive(Default)]
    NoticeEvent {
        /// The alert was opened.
        Opened = "opened",
        /// The condition was met again.
        Repeated = "repeated",
        /// The alert is still open.
        Reminder = "reminder",
        /// The alert is over.
        Recovered = "recovered",
        /// Several alerts in one message.
        Digest = "digest",
        /// A trial of the channel.
        #[default]
        Test = "test",
        /// An execution has begun.
        Start = "start",
        /// An execution has ended well.
        Success = "success",
    }
}

words! {
    /// How bad an alert is.
    #[derive(Default)]
    Severity {
        /// Good to know.
        Info = "info",
        /// Somebody should look.
        #[default]
        Warning = "warning",
        /// Somebody must look now.
        Critical = "critical",
    }
}

/// The state of a job as the API shows it: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 0: waits for its next run.
    Waiting,
    /// 1: an execution runs.
    Running,
    /// 2: stopped.
    Stopped,
}

impl State {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Running => "running",
            State::Stopped => "stopped",
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(State::Waiting),
            1 => Ok(State::Running),
            2 => Ok(State::Stopped),
            other => Err(serde::de::Error::custom(format!(
                "state: `{other}` is not 0, 1 or 2"
            ))),
        }
    }
}

impl schemars::JsonSchema for State {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "State".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "description": "0 waiting, 1 running, 2 stopped", "enum": [0, 1, 2] })
    }
}
