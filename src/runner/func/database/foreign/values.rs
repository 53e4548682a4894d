//! Values as they are shown: bounded, and without anything that a terminal or a log would take for an order.

use std::fmt::Write;

use crate::model::Rows;
use crate::text::push_escaped;

/// How much of a text is shown, in characters.
const LONGEST_TEXT: usize = 1_000;

/// How much of a BLOB is shown, in bytes.
const LONGEST_BLOB: usize = 64;

/// How much all values together may take, in bytes.
pub(super) const ROOM: usize = 8 * 1024 * 1024;

/// What a value takes besides its text.
const CELL: usize = 32;

/// Rows as they come in, up to as many as are wanted and as there is room for.
pub(super) struct Gathering {
    rows: Rows,
    most: usize,
    room: usize,
}

impl Gathering {
    pub(super) fn new(columns: Vec<String>, most: usize) -> Gathering {
        Gathering {
            rows: Rows {
                columns,
                rows: Vec::new(),
                more: false,
            },
            most,
            room: ROOM,
        }
    }

    /// Whether a row that is there may be added; if not, it counts as one more.
    pub(super) fn takes_another(&mut self) -> bool {
        self.rows.more = self.rows.rows.len() >= self.most || self.room == 0;
        !self.rows.more
    }

    pub(super) fn add(&mut self, row: Vec<Option<String>>) {
        let size: usize = row
            .iter()
            .map(|value| CELL + value.as_ref().map_or(0, String::len))
            .sum();
        self.room = self.room.saturating_sub(size);
        self.rows.rows.push(row);
    }

    pub(super) fn end(self) -> Rows {
        self.rows
    }
}

/// A text: its beginning, and how long it is when that is not all of it.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len().min(LONGEST_TEXT));
    let mut left = LONGEST_TEXT;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if left == 0 {
                return cut(shown, bytes.len());
            }
            left -= 1;
            push_escaped(&mut shown, c);
        }
        for byte in chunk.invalid() {
            if left == 0 {
                return cut(shown, bytes.len());
            }
            left -= 1;
            push_escape(&mut shown, format_args!("\\x{byte:02x}"));
        }
    }
    shown
}

/// A BLOB, as SQL would write it.
pub(super) fn blob(bytes: &[u8]) -> String {
    let mut shown = String::from("x'");
    for byte in bytes.iter().take(LONGEST_BLOB) {
        push_escape(&mut shown, format_args!("{byte:02x}"));
    }
    if bytes.len() > LONGEST_BLOB {
        return cut(shown, bytes.len()) + "'";
    }
    shown + "'"
}

fn cut(mut shown: String, length: usize) -> String {
    push_escape(&mut shown, format_args!("... ({length} bytes in all)"));
    shown
}

fn push_escape(shown: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String does not fail.
    let _ = shown.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_is_taken_for_an_order() {
        let shown: &[(&[u8], &str)] = &[
            (b"plain \\ 'text'", "plain \\ 'text'"),
            (b"a\nb\tc\r", "a\\nb\\tc\\r"),
            (b"\0\x1b[2J", "\\u{0}\\u{1b}[2J"),
            ("备份 é\u{85}\u{202e}".as_bytes(), "备份 é\\u{85}\\u{202e}"),
            (b"a\xff\xc3b", "a\\xff\\xc3b"),
            (b"", ""),
        ];
        for (bytes, expected) in shown {
            assert_eq!(text(bytes), *expected);
        }
    }

    #[test]
    fn long_values_are_cut() {
        let long = "é".repeat(LONGEST_TEXT);
        assert_eq!(text(long.as_bytes()), long);
        assert_eq!(
            text(format!("{long}x").as_bytes()),
            format!("{long}... (2001 bytes in all)")
        );
        assert_eq!(blob(b"\x00\xff"), "x'00ff'");
        assert_eq!(blob(b""), "x''");
        assert_eq!(blob(&[7; LONGEST_BLOB]), format!("x'{}'", "07".repeat(64)));
        assert_eq!(
            blob(&[7; LONGEST_BLOB + 1]),
            format!("x'{}... (65 bytes in all)'", "07".repeat(64))
        );
    }

    #[test]
    fn all_values_together_are_bounded() {
        let mut gathering = Gathering::new(vec!["a".into()], usize::MAX);
        let mut added = 0;
        while gathering.takes_another() {
            gathering.add(vec![Some("x".repeat(1_000))]);
            added += 1;
        }
        let rows = gathering.end();
        assert!(rows.more);
        assert_eq!(rows.rows.len(), added);
        assert!((7_000..9_000).contains(&added), "{added}");
    }
}
