//! Finds the values in a JSON array or object that stands under a secret name.

use std::ops::Range;

/// Upper bound on the bytes of such an array or object that are searched.
const LONGEST: usize = 64 * 1024;

/// The strings of the array or object that begins at `start`; those of an object without the names. Empty when no array or
/// object with strings begins there. One that is not closed is searched to the end of the text. Also returns how far the text was searched.
pub(super) fn strings(text: &str, start: usize) -> (Vec<Range<usize>>, usize) {
    let bytes = text.as_bytes();
    let end = bytes.len().min(start.saturating_add(LONGEST));
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut at = start;
    while at < end {
        match bytes[at] {
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth <= 1 => break,
            b']' | b'}' => depth -= 1,
            quote @ (b'"' | b'\'') if depth > 0 => {
                let escapes = bytes[..at]
                    .iter()
                    .rev()
                    .take_while(|byte| **byte == b'\\')
                    .count();
                let close = closing(bytes, at + 1, end, quote, escapes);
                if !is_name(bytes, close + 1, end) && at + 1 < close {
                    found.push(at + 1..close - escapes.min(close - at - 1));
                }
                at = close;
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'=' | b'>' | b'\\' if depth > 0 => {}
            // A number, `true` or `null`.
            byte if depth > 0 && (byte.is_ascii_alphanumeric() || b"+-._".contains(&byte)) => {}
            // Not JSON.
            _ => break,
        }
        at += 1;
    }
    found.retain(|span| {
        !span.is_empty() && text.is_char_boundary(span.start) && text.is_char_boundary(span.end)
    });
    (found, at)
}

/// The position of the quote that closes a string, or the end. Inside an escaped string the quotes are escaped too.
fn closing(bytes: &[u8], from: usize, end: usize, quote: u8, escapes: usize) -> usize {
    let mut at = from;
    while at < end {
        if bytes[at] == quote {
            let before = bytes[from..at]
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count();
            if before == escapes || escapes == 0 && before % 2 == 0 {
                return at;
            }
        }
        at += 1;
    }
    end
}

/// Whether a colon or `=>` follows: then the string was a name.
fn is_name(bytes: &[u8], from: usize, end: usize) -> bool {
    bytes
        .get(from..end)
        .unwrap_or_default()
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|byte| matches!(byte, b':' | b'='))
}
