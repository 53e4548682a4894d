//! Formats values for output: cut to a limit, and without control characters that a terminal or a log would act on.

use std::fmt::Write;

use jobs_model::Rows;
use jobs_text::push_escaped;

/// Upper bound on the characters of a text that are shown.
const MAX_TEXT_CHARS: usize = 1_000;

/// Upper bound on the bytes of a BLOB that are shown.
const MAX_BLOB_BYTES: usize = 64;

/// Upper bound on all values together, in bytes.
pub(super) const ROOM: usize = 8 * 1024 * 1024;

/// Memory of a value besides its text, in bytes.
const CELL: usize = 32;

/// Collects rows up to the requested number and the memory limit.
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

    /// Whether one more row fits. If not, the result is marked as having more rows.
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

/// The beginning of a text, with its length if it was cut.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len().min(MAX_TEXT_CHARS));
    let mut left = MAX_TEXT_CHARS;
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

/// A BLOB in SQL syntax.
pub(super) fn blob(bytes: &[u8]) -> String {
    let mut shown = String::from("x'");
    for byte in bytes.iter().take(MAX_BLOB_BYTES) {
        push_escape(&mut shown, format_args!("{byte:02x}"));
    }
    if bytes.len() > MAX_BLOB_BYTES {
        return cut(shown, bytes.len()) + "'";
    }
    shown + "'"
}

fn cut(mut shown: String, length: usize) -> String {
    push_escape(&mut shown, format_args!("... ({length} bytes in all)"));
    shown
}

fn push_escape(shown: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = shown.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_escapes_control_characters() {
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
    fn text_and_blob_of_long_value_are_cut() {
        let long = "é".repeat(MAX_TEXT_CHARS);
        assert_eq!(text(long.as_bytes()), long);
        assert_eq!(
            text(format!("{long}x").as_bytes()),
            format!("{long}... (2001 bytes in all)")
        );
        assert_eq!(blob(b"\x00\xff"), "x'00ff'");
        assert_eq!(blob(b""), "x''");
        assert_eq!(
            blob(&[7; MAX_BLOB_BYTES]),
            format!("x'{}'", "07".repeat(64))
        );
        assert_eq!(
            blob(&[7; MAX_BLOB_BYTES + 1]),
            format!("x'{}... (65 bytes in all)'", "07".repeat(64))
        );
    }

    #[test]
    fn gathering_stops_at_memory_limit() {
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
