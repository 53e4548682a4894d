//! The system log: its lines, a page at a time, and its files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::str::FromStr;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::request::request;
use super::values::is_default;
use jobs_model::Bytes;

request! {
    /// Lists lines of the system log of the daemon, the newest first.
    SystemLog {
        /// The day, YYYY-MM-DD, in UTC as the files are named [default: today].
        date: Option<String>,
        /// Only lines of this level: `error`, `warn`, `info`, `debug` or `trace`.
        level: Option<String>,
        /// The page, from 1 on.
        page: Option<u32>,
        /// The size of a page, 1 to 500 [default: 10].
        size: Option<u32>,
    }
}

request! {
    /// Reads a file of the system log from an offset on.
    SystemLogFile {
        /// The day, YYYY-MM-DD, in UTC as the files are named [default: today].
        date: Option<String>,
        /// The first byte to read.
        offset: u64,
    }
}

/// A line of the system log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemLogLine {
    /// The level, such as `INFO`.
    pub level: String,
    /// When.
    pub time: String,
    /// The part of the program that wrote it.
    pub caller: String,
    /// The message.
    pub msg: String,
    /// Further fields, by name.
    #[serde(flatten)]
    pub more: BTreeMap<String, Value>,
}

/// A part of a file of the system log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemLogPart {
    /// The text.
    pub text: Bytes,
    /// The offset of the next part.
    pub next: u64,
    /// Whether this was the last part, for now.
    pub done: bool,
}

impl SystemLogLine {
    /// The level of a line alone, without reading the rest of it; nothing when it has none.
    pub fn level_of(line: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Level<'a> {
            #[serde(borrow)]
            level: Cow<'a, str>,
        }
        let line: Level<'_> = serde_json::from_str(line).ok()?;
        Some(line.level.into_owned())
    }
}

impl FromStr for SystemLogLine {
    type Err = Infallible;

    /// Reads a line; one that is not an object of JSON says what it says.
    fn from_str(line: &str) -> Result<SystemLogLine, Infallible> {
        let Ok(mut fields) = serde_json::from_str::<Map<String, Value>>(line) else {
            return Ok(SystemLogLine {
                level: String::new(),
                time: String::new(),
                caller: String::new(),
                msg: line.to_string(),
                more: BTreeMap::new(),
            });
        };
        let mut take = |name: &str| match fields.shift_remove(name) {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
        };
        let (level, time) = (take("level"), take("timestamp"));
        let (caller, msg) = (take("target"), take("message"));
        // Further fields must not use these names.
        let ours = ["level", "time", "caller", "msg"];
        let more = fields.into_iter().map(|(name, value)| {
            let is_taken = ours.contains(&name.as_str());
            (if is_taken { format!("{name}_") } else { name }, value)
        });
        Ok(SystemLogLine {
            level,
            time,
            caller,
            msg,
            more: more.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parse_any_line_succeeds() {
        for (line, shown, level) in [
            (
                r#"{"timestamp":"2026-12-01T10:00:00Z","level":"WARN","message":"late","job":"a","time":5,"target":"jobs::x"}"#,
                json!({"level": "WARN", "time": "2026-12-01T10:00:00Z", "caller": "jobs::x", "msg": "late", "job": "a", "time_": 5}),
                Some("WARN"),
            ),
            (
                r#"{"level":"INFO","message":{"a":1}}"#,
                json!({"level": "INFO", "time": "", "caller": "", "msg": "{\"a\":1}"}),
                Some("INFO"),
            ),
            (
                r#"{"level":3}"#,
                json!({"level": "3", "time": "", "caller": "", "msg": ""}),
                None,
            ),
            (
                "a line that is no JSON",
                json!({"level": "", "time": "", "caller": "", "msg": "a line that is no JSON"}),
                None,
            ),
            (
                "[1]",
                json!({"level": "", "time": "", "caller": "", "msg": "[1]"}),
                None,
            ),
            (
                "",
                json!({"level": "", "time": "", "caller": "", "msg": ""}),
                None,
            ),
        ] {
            let Ok(read) = line.parse::<SystemLogLine>();
            assert_eq!(serde_json::to_value(&read).unwrap(), shown, "{line}");
            assert_eq!(SystemLogLine::level_of(line).as_deref(), level, "{line}");
        }
    }
}
