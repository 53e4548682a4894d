//! Errors in the text of a schedule, with the position of the error.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use jobs_text::plain;

/// The text is not a schedule: the position, the problem, and perhaps a hint.
///
/// `Display` writes several lines: the problem, the text, a line of carets under the position, then perhaps `hint:
/// ...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The whole text as it was given.
    pub text: String,
    /// The wrong part of `text`, as a range of bytes; empty where something is missing.
    pub at: Range<usize>,
    /// The problem, for example ``hour field: `25` is out of range 0-23``.
    pub problem: String,
    /// A text that would be accepted, or how to find one.
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

impl From<ParseError> for jobs_error::Error {
    fn from(error: ParseError) -> Self {
        jobs_error::Error::Schedule {
            problem: error.pointed(),
            hint: error.hint,
        }
    }
}

impl ParseError {
    /// The error of a request field, without the carets: the text of such a field is short enough to see the wrong
    /// part.
    pub fn in_field(self, field: &str) -> jobs_error::Error {
        let refused = jobs_error::Error::invalid(field, self.problem);
        match self.hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        }
    }

    /// The problem, and below it the text with carets. An empty text is not shown.
    fn pointed(&self) -> String {
        /// Characters shown before and after the wrong part; a longer text is cut with `...`.
        const CONTEXT: usize = 60;
        if self.text.trim().is_empty() {
            return self.problem.clone();
        }
        let start = self.text.floor_char_boundary(self.at.start);
        let end = self.text.floor_char_boundary(self.at.end).max(start);
        let before: Vec<char> = plain(&self.text[..start]).chars().collect();
        let place: Vec<char> = plain(&self.text[start..end]).chars().collect();
        let after: Vec<char> = plain(&self.text[end..]).chars().collect();

        let mut shown = String::new();
        if before.len() > CONTEXT {
            shown.push_str("...");
            shown.extend(&before[before.len() - CONTEXT..]);
        } else {
            shown.extend(&before);
        }
        let indent = shown.width();
        let width: usize = place.iter().take(CONTEXT).filter_map(|c| c.width()).sum();
        let width = width.max(1);
        shown.extend(place.iter().take(CONTEXT));
        shown.extend(after.iter().take(CONTEXT));
        if place.len() > CONTEXT || after.len() > CONTEXT {
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

/// An error in a part of a schedule, before the whole text is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    at: Range<usize>,
    problem: String,
    hint: Option<String>,
}

impl SyntaxError {
    pub(super) fn new(at: Range<usize>, problem: impl Into<String>) -> SyntaxError {
        SyntaxError {
            at,
            problem: problem.into(),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> SyntaxError {
        self.hint = Some(hint.into());
        self
    }

    /// Shifts the position by `by` bytes, for a part that begins there.
    pub(super) fn shifted(mut self, by: usize) -> SyntaxError {
        self.at = self.at.start + by..self.at.end + by;
        self
    }

    /// Puts the name of the field before the problem.
    pub(super) fn within(mut self, what: &str) -> SyntaxError {
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
    fn parse_error_shows_carets_under_wrong_part() {
        let error = SyntaxError::new(4..6, "hour field: `25` is out of range 0-23")
            .hint("use 1")
            .in_text("0 0 25 * * *");
        assert_eq!(
            error.to_string(),
            "hour field: `25` is out of range 0-23\n0 0 25 * * *\n    ^^\nhint: use 1"
        );
        assert_eq!(
            jobs_error::Error::from(error).to_string(),
            "hour field: `25` is out of range 0-23\n0 0 25 * * *\n    ^^\nhint: use 1"
        );
    }

    #[test]
    fn parse_error_after_wide_characters_aligns_carets() {
        let text = "0 备份 * * *";
        let error = SyntaxError::new(2..8, "x").in_text(text);
        assert_eq!(error.to_string(), "x\n0 备份 * * *\n  ^^^^");
        let error = SyntaxError::new(9..10, "x").in_text(text);
        assert_eq!(error.to_string(), "x\n0 备份 * * *\n       ^");
    }

    #[test]
    fn parse_error_of_missing_part_shows_one_caret() {
        let error = SyntaxError::new(2..2, "empty").in_text("1, * * * *");
        assert_eq!(error.to_string(), "empty\n1, * * * *\n  ^");
    }

    #[test]
    fn parse_error_of_long_text_is_cut() {
        let text = format!("{}日{}", "a".repeat(500), "b".repeat(500));
        let shown = SyntaxError::new(501..501, "x").in_text(&text).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1].chars().count(), 3 + 60 + 60 + 3);
        assert_eq!(lines[2].len(), 64, "{shown}");
    }
}
