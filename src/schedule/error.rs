//! What is wrong with a schedule's text, and where in it.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::text::plain;

/// A text that is not a schedule: the place, the reason, and what would do instead.
///
/// It is displayed in several lines: the problem, the text, a line of carets under the place, then perhaps `hint: ...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The whole text as it was given.
    pub text: String,
    /// The place in `text`, in bytes; empty when something is missing there.
    pub at: Range<usize>,
    /// What is wrong, for example ``hour field: `25` is out of range 0-23``.
    pub problem: String,
    /// What would do instead.
    pub hint: Option<String>,
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pointed())?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<ParseError> for crate::error::Error {
    fn from(error: ParseError) -> Self {
        crate::error::Error::Schedule {
            problem: error.pointed(),
            hint: error.hint,
        }
    }
}

impl ParseError {
    /// The same as the error of a field whose text is short enough to be seen whole: without the carets.
    pub fn in_field(self, field: &str) -> crate::error::Error {
        let refused = crate::error::Error::invalid(field, self.problem);
        match self.hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        }
    }

    /// The problem, and under it the text with carets; an empty text is not shown.
    fn pointed(&self) -> String {
        /// Characters shown before and after the place at most; the rest of a long text is `...`.
        const AROUND: usize = 60;
        if self.text.trim().is_empty() {
            return self.problem.clone();
        }
        let start = self.text.floor_char_boundary(self.at.start);
        let end = self.text.floor_char_boundary(self.at.end).max(start);
        let before: Vec<char> = plain(&self.text[..start]).chars().collect();
        let place: Vec<char> = plain(&self.text[start..end]).chars().collect();
        let after: Vec<char> = plain(&self.text[end..]).chars().collect();

        let mut shown = String::new();
        if before.len() > AROUND {
            shown.push_str("...");
            shown.extend(&before[before.len() - AROUND..]);
        } else {
            shown.extend(&before);
        }
        let indent = shown.width();
        let width: usize = place.iter().take(AROUND).filter_map(|c| c.width()).sum();
        let width = width.max(1);
        shown.extend(place.iter().take(AROUND));
        shown.extend(after.iter().take(AROUND));
        if place.len() > AROUND || after.len() > AROUND {
            shown.push_str("...");
        }
        format!(
            "{}\n{}\n{}{}",
            self.problem,
            shown.trim_end(),
            " ".repeat(indent),
            "^".repeat(width)
        )
    }
}

/// What is wrong at a place, before the whole text is known to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    at: Range<usize>,
    problem: String,
    hint: Option<String>,
}

impl Flaw {
    pub(super) fn new(at: Range<usize>, problem: impl Into<String>) -> Flaw {
        Flaw {
            at,
            problem: problem.into(),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Flaw {
        self.hint = Some(hint.into());
        self
    }

    /// The same in a text that begins `by` bytes earlier.
    pub(super) fn shifted(mut self, by: usize) -> Flaw {
        self.at = self.at.start + by..self.at.end + by;
        self
    }

    /// Says which field it is about.
    pub(super) fn within(mut self, what: &str) -> Flaw {
        self.problem = format!("{what}: {}", self.problem);
        self
    }

    pub(super) fn in_text(self, text: &str) -> ParseError {
        ParseError {
            text: text.to_owned(),
            at: self.at,
            problem: self.problem,
            hint: self.hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_place_under_the_text() {
        let error = Flaw::new(4..6, "hour field: `25` is out of range 0-23")
            .hint("use 1")
            .in_text("0 0 25 * * *");
        assert_eq!(
            error.to_string(),
            "hour field: `25` is out of range 0-23\n0 0 25 * * *\n    ^^\nhint: use 1"
        );
        assert_eq!(
            crate::error::Error::from(error).to_string(),
            "hour field: `25` is out of range 0-23\n0 0 25 * * *\n    ^^\nhint: use 1"
        );
    }

    #[test]
    fn carets_stand_under_wide_characters() {
        let text = "0 备份 * * *";
        let error = Flaw::new(2..8, "x").in_text(text);
        assert_eq!(error.to_string(), "x\n0 备份 * * *\n  ^^^^");
        let error = Flaw::new(9..10, "x").in_text(text);
        assert_eq!(error.to_string(), "x\n0 备份 * * *\n       ^");
    }

    #[test]
    fn a_missing_thing_gets_one_caret() {
        let error = Flaw::new(2..2, "empty").in_text("1, * * * *");
        assert_eq!(error.to_string(), "empty\n1, * * * *\n  ^");
    }

    #[test]
    fn long_and_foreign_texts_are_shown_cut() {
        let text = format!("{}日{}", "a".repeat(500), "b".repeat(500));
        let shown = Flaw::new(501..501, "x").in_text(&text).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1].chars().count(), 3 + 60 + 60 + 3);
        assert_eq!(lines[2].len(), 64, "{shown}");
    }
}
