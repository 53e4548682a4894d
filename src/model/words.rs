//! The words of the model, each an enum that is the same in the database, in JSON and on the command line.

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
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok($name::$variant),)+
                    other => Err(UnknownWord { of: stringify!($name), word: other.to_string() }),
                }
            }
        }
    };
}

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
    /// What an account or a token may do; each may what those before it may.
    #[derive(Default, PartialOrd, Ord)]
    Role {
        /// Reads.
        #[default]
        Viewer = "viewer",
        /// Manages and runs jobs too.
        Operator = "operator",
        /// Manages access and the configuration too.
        Admin = "admin",
    }
}

words! {
    /// A list of networks.
    IpList {
        /// Those that may come in.
        Whitelist = "whitelist",
        /// Those that may not, unless they are on the other list.
        Blacklist = "blacklist",
    }
}

words! {
    /// What came of a change.
    Outcome {
        /// It was done.
        Done = "done",
        /// It failed, and nothing was changed.
        Failed = "failed",
        /// The caller may not do it.
        Denied = "denied",
    }
}

words! {
    /// Why an execution came to be.
    Source {
        /// Its schedule said so.
        Cron = "cron",
        /// Somebody asked for it.
        Manual = "manual",
        /// It was missed and is made up.
        Catchup = "catchup",
        /// The one before failed.
        Retry = "retry",
        /// The machine booted.
        Reboot = "reboot",
    }
}

words! {
    /// How an execution stands, or how it ended.
    Status {
        /// Admitted, waiting for its turn.
        Queued = "queued",
        /// Under way.
        Running = "running",
        /// Ended well.
        Success = "success",
        /// Ended badly, or could not start.
        Failed = "failed",
        /// Stopped because it took longer than its timeout.
        Timeout = "timeout",
        /// Stopped because somebody asked for it.
        Cancelled = "cancelled",
        /// Cut short by the end of the daemon.
        Interrupted = "interrupted",
        /// Did not run: another execution of the job was still running.
        Skipped = "skipped",
        /// Did not run: nobody was there at its time.
        Missed = "missed",
    }
}

impl Status {
    /// Whether an execution with this status is over.
    pub const fn is_final(self) -> bool {
        !matches!(self, Status::Queued | Status::Running)
    }

    /// Whether this status asks for somebody's attention.
    pub const fn is_failure(self) -> bool {
        matches!(self, Status::Failed | Status::Timeout | Status::Interrupted)
    }
}

words! {
    /// What happens to the occurrences of a job that were missed.
    CatchUp {
        /// They are recorded as missed.
        Skip = "skip",
        /// One execution stands for all of them.
        Once = "once",
        /// Each is made up, the oldest first, at most 100.
        All = "all",
    }
}

/// What happens when a job is due while it still runs. In JSON and in the database the original system's
/// number (`allow_mode`); the name is read too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Overlap {
    /// 0: it runs beside the other.
    #[value(alias = "0")]
    #[default]
    Parallel,
    /// 1: it does not run; the history says so.
    #[value(alias = "1")]
    Skip,
    /// 2: it starts the moment the other ends.
    #[value(alias = "2")]
    Queue,
    /// 3: the other is stopped, then it starts.
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

    /// The number by which the API knows it.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The policy with that number.
    pub fn from_number(number: i64) -> Option<Overlap> {
        let index = usize::try_from(number).ok()?;
        Self::ALL.get(index).map(|(policy, _)| *policy)
    }

    /// The word for it.
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

/// The state of a job as the API shows it: a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 0: it waits for its next time.
    Waiting,
    /// 1: an execution of it runs.
    Running,
    /// 2: it is stopped.
    Stopped,
}

impl State {
    /// The word for it.
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
