//! The id of an event on a stream: a cursor that says which events, and how much output of each followed execution, the client
//! has received. A client that sends its last id back resumes there.
//!
//! Format: `<start>-<number>`, and after a `~` the executions. `12:100:0,13:5:7`: of execution 12, 100 bytes of stdout and none
//! of stderr were sent. `12:over`: all of execution 12 was sent.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jobs_events::Position;
use jobs_model::ExecId;

/// How many executions a cursor may name.
const NAMED: usize = 64;

/// How far a client has received a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub position: Position,
    pub followed: BTreeMap<ExecId, Offsets>,
}

/// How much of one execution the client has received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offsets {
    /// The number of bytes of its stdout and of its stderr.
    At { stdout: u64, stderr: u64 },
    /// All of its output and its end, although the event of its end comes later in the order of events.
    Over,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.position)?;
        let mut before = '~';
        for (exec_id, offsets) in &self.followed {
            write!(f, "{before}{exec_id}:")?;
            match offsets {
                Offsets::At { stdout, stderr } => write!(f, "{stdout}:{stderr}")?,
                Offsets::Over => f.write_str("over")?,
            }
            before = ',';
        }
        Ok(())
    }
}

/// The text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (position, executions) = match text.split_once('~') {
            Some((position, executions)) => (position, Some(executions)),
            None => (text, None),
        };
        let mut followed = BTreeMap::new();
        for execution in executions.into_iter().flat_map(|list| list.split(',')) {
            let (exec_id, offsets) = execution.split_once(':').ok_or(InvalidCursor)?;
            let exec_id = ExecId::try_from(number(exec_id)?).map_err(|_| InvalidCursor)?;
            let offsets = match offsets.split_once(':') {
                Some((stdout, stderr)) => Offsets::At {
                    stdout: number(stdout)?,
                    stderr: number(stderr)?,
                },
                None if offsets == "over" => Offsets::Over,
                None => return Err(InvalidCursor),
            };
            if followed.insert(exec_id, offsets).is_some() || followed.len() > NAMED {
                return Err(InvalidCursor);
            }
        }
        Ok(Cursor {
            position: position.parse().map_err(|_| InvalidCursor)?,
            followed,
        })
    }
}

fn number(text: &str) -> Result<u64, InvalidCursor> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain {
        return Err(InvalidCursor);
    }
    text.parse().map_err(|_| InvalidCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_of_a_written_cursor_gives_it_back() {
        for text in [
            "5-0",
            "5-17~12:100:0",
            "5-17~12:100:0,13:5:7",
            "5-17~12:over",
        ] {
            let cursor: Cursor = text.parse().unwrap();
            assert_eq!(cursor.to_string(), text);
        }
        let many: Vec<String> = (0..=NAMED).map(|id| format!("{id}:0:0")).collect();
        let many = format!("5-17~{}", many.join(","));
        for text in [
            "",
            "x",
            "5",
            "5-17~",
            "5-17~12",
            "5-17~12:",
            "5-17~12:1",
            "5-17~12:1:2:3",
            "5-17~12:1:-2",
            "5-17~-12:1:2",
            "5-17~12:1:2,",
            "5-17~12:1:2,12:1:2",
            "5-17~12:Over",
            "5-17~12:1:2~13:1:2",
            "5-17~99999999999999999999:1:2",
            "5-17~12:18446744073709551616:2",
            &many,
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text:?}");
        }
    }
}
