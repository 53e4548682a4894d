//! Versions of the database, by which a response cache knows whether an entry is still valid.

/// A version of the database as one reader saw it. Equal versions: the reader sees the same, to the last byte.
///
/// A backend numbers versions along lines: two versions of one line can be compared, those of two lines can't (SQLite counts
/// commits for each connection apart).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub(super) line: u64,
    pub(super) counter: i64,
}

impl Version {
    /// Whether `other` is another version of the same line: then an entry that was made from this one can't be valid again.
    pub fn is_superseded_by(self, other: Version) -> bool {
        self.line == other.line && self.counter != other.counter
    }
}
