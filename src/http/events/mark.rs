//! The id of an event on a stream: up to where the client has been told of what happens, and of what each execution that is
//! followed printed. Whoever sends the last one back goes on from there.
//!
//! `<start>-<number>`, and after a `~` the executions: `12:100:0,13:5:7` has been told 100 bytes of the stdout of 12 and
//! none of its stderr; `12:over` has been told all of 12.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::events::Position;
use crate::model::ExecId;

/// How many executions a mark may name.
const NAMED: usize = 64;

/// Up to where a client has been told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub position: Position,
    pub followed: BTreeMap<ExecId, Place>,
}

/// Up to where it has been told of one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// So many bytes of its two streams.
    At { stdout: u64, stderr: u64 },
    /// All of it, and how it ended, although that has its place among the events only after this.
    Over,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.position)?;
        let mut before = '~';
        for (exec_id, place) in &self.followed {
            write!(f, "{before}{exec_id}:")?;
            match place {
                Place::At { stdout, stderr } => write!(f, "{stdout}:{stderr}")?,
                Place::Over => f.write_str("over")?,
            }
            before = ',';
        }
        Ok(())
    }
}

/// A text is no mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoMark;

impl FromStr for Mark {
    type Err = NoMark;

    fn from_str(text: &str) -> Result<Self, NoMark> {
        let (position, executions) = match text.split_once('~') {
            Some((position, executions)) => (position, Some(executions)),
            None => (text, None),
        };
        let mut followed = BTreeMap::new();
        for execution in executions.into_iter().flat_map(|list| list.split(',')) {
            let (exec_id, place) = execution.split_once(':').ok_or(NoMark)?;
            let exec_id = ExecId::try_from(number(exec_id)?).map_err(|_| NoMark)?;
            let place = match place.split_once(':') {
                Some((stdout, stderr)) => Place::At {
                    stdout: number(stdout)?,
                    stderr: number(stderr)?,
                },
                None if place == "over" => Place::Over,
                None => return Err(NoMark),
            };
            if followed.insert(exec_id, place).is_some() || followed.len() > NAMED {
                return Err(NoMark);
            }
        }
        Ok(Mark {
            position: position.parse().map_err(|_| NoMark)?,
            followed,
        })
    }
}

fn number(text: &str) -> Result<u64, NoMark> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain {
        return Err(NoMark);
    }
    text.parse().map_err(|_| NoMark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_they_are_written() {
        for text in [
            "5-0",
            "5-17~12:100:0",
            "5-17~12:100:0,13:5:7",
            "5-17~12:over",
        ] {
            let mark: Mark = text.parse().unwrap();
            assert_eq!(mark.to_string(), text);
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
            assert_eq!(text.parse::<Mark>(), Err(NoMark), "{text:?}");
        }
    }
}
