//! The place of an event, as readers name it: the mark of the daemon and a number, `<start>-<number>`.

use std::fmt;
use std::str::FromStr;

/// Up to where somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The mark of the daemon whose events they are.
    pub start: u64,
    /// The number of the last event that was read; 0 before the first.
    pub seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.seq)
    }
}

/// A text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let (start, seq) = text.split_once('-').ok_or(NoPosition)?;
        Ok(Position {
            start: number(start).ok_or(NoPosition)?,
            seq: number(seq).ok_or(NoPosition)?,
        })
    }
}

/// Digits and nothing else: `parse` reads a sign too.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}
