//! A position in the event stream, as clients send it: `<stream id>-<event number>`.

use std::fmt;
use std::str::FromStr;

/// The last event that a reader has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The random number of the hub that published the event.
    pub stream_id: u64,
    /// The number of the event; 0 before the first.
    pub seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stream_id, self.seq)
    }
}

/// The text is not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPosition;

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (stream_id, seq) = text.split_once('-').ok_or(InvalidPosition)?;
        Ok(Position {
            stream_id: number(stream_id).ok_or(InvalidPosition)?,
            seq: number(seq).ok_or(InvalidPosition)?,
        })
    }
}

/// Parses digits only: `parse` alone would accept a sign too.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}
