//! Finds secrets in what programs print: bytes that may be no text, with colours, in parts that begin and end anywhere.

use std::ops::Range;

use super::values::Source;
use super::{spans_in, triggers};

/// Lines with triggers that are this near to each other are searched together, and a value may be this long.
const NEAR: usize = 4096;

/// Upper bound on the bytes at a cut end or beginning that are taken as part of a line.
const LONGEST_PART: usize = 4096;

/// Whether bytes are all of a stream, or its beginning or end was cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// Bytes before these are lost: the rest of a line may be the rest of a secret.
    pub is_begin_lost: bool,
    /// Bytes after these are lost: the last bytes may be the first of a known secret.
    pub is_end_lost: bool,
}

/// The positions of all secrets in output.
pub(super) fn spans(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let ranges = ranges(bytes);
    if ranges.is_empty() {
        return spans;
    }
    let plain = Plain::of(bytes);
    // Colours within a word hide triggers.
    let ranges = match plain.origin {
        Some(_) => self::ranges(plain.text.as_bytes()),
        None => ranges,
    };
    for range in ranges {
        let range =
            plain.text.floor_char_boundary(range.start)..plain.text.ceil_char_boundary(range.end);
        let found = spans_in(&plain.text, range, Source::Output).into_iter();
        spans.extend(found.map(|span| plain.original(&span)));
    }
    spans
}

/// The text without colours, for a search of known secrets; none when there are no colours.
pub(super) fn without_colours(bytes: &[u8]) -> Option<Plain> {
    bytes.contains(&0x1b).then(|| Plain::of(bytes))
}

/// The lines that may hold secrets, those near to each other together.
fn ranges(bytes: &[u8]) -> Vec<Range<usize>> {
    let has_colours = bytes.contains(&0x1b);
    let whole = 0..bytes.len();
    if has_colours {
        return vec![whole];
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for at in triggers::positions(bytes) {
        if ranges.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let start = bytes[..at]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let rest = bytes[at..].iter().position(|byte| *byte == b'\n');
        let end = rest.map_or(bytes.len(), |length| at + length);
        match ranges.last_mut() {
            Some(last) if start < last.end + NEAR => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}

/// Bytes as text of which each byte has a known place. Colours are left out, and bytes that are not UTF-8 are replaced.
pub(super) struct Plain {
    pub text: String,
    /// The position of each byte of the text; none when nothing was left out.
    origin: Option<Vec<usize>>,
}

impl Plain {
    fn of(bytes: &[u8]) -> Plain {
        let mut kept: Vec<u8> = Vec::with_capacity(bytes.len());
        let mut origin = Vec::new();
        let has_colours = bytes.contains(&0x1b);
        let mut at = 0;
        while has_colours && at < bytes.len() {
            let colour = sequence(&bytes[at..]);
            if colour == 0 {
                kept.push(bytes[at]);
                origin.push(at);
            }
            at += colour.max(1);
        }
        let bytes = if has_colours { &kept[..] } else { bytes };
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            // One character of one byte for each byte, so that the positions stay.
            text.extend(chunk.invalid().iter().map(|_| '\u{1}'));
        }
        Plain {
            text,
            origin: has_colours.then_some(origin),
        }
    }

    /// The place of a part of the text in the bytes.
    pub(super) fn original(&self, span: &Range<usize>) -> Range<usize> {
        match &self.origin {
            None => span.clone(),
            Some(origin) if span.is_empty() => {
                let at = origin.get(span.start).copied().unwrap_or_default();
                at..at
            }
            Some(origin) => origin[span.start]..origin[span.end - 1] + 1,
        }
    }
}

/// The longest sequence that sets a title or the like, in bytes.
const LONGEST_TITLE: usize = 1024;

/// The length of the terminal sequence at the beginning of bytes, or 0: colours, moves of the cursor, character sets, titles. A
/// terminal shows the texts before and after it side by side.
fn sequence(bytes: &[u8]) -> usize {
    let Some(body) = bytes.strip_prefix(b"\x1b") else {
        return 0;
    };
    match body {
        [b'[', rest @ ..] => {
            let is_part = |byte: &&u8| (0x20..=0x3f).contains(*byte);
            let length = rest.iter().take_while(is_part).count();
            match rest.get(length) {
                Some(0x40..=0x7e) => length + 3,
                Some(_) | None => 0,
            }
        }
        [b']', rest @ ..] => {
            let rest = &rest[..rest.len().min(LONGEST_TITLE)];
            let end = rest
                .iter()
                .position(|byte| matches!(byte, b'\x07' | b'\x1b' | b'\n'));
            match end.map(|end| (end, &rest[end..])) {
                Some((end, [b'\x07', ..])) => end + 3,
                Some((end, [b'\x1b', b'\\', ..])) => end + 4,
                Some(_) | None => 0,
            }
        }
        [
            b'(' | b')' | b'*' | b'+' | b'#' | b'%' | b' ',
            0x20..=0x7e,
            ..,
        ] => 3,
        [0x30..=0x4f | 0x51..=0x57 | 0x59..=0x5a | 0x60..=0x7e, ..] => 2,
        _ => 0,
    }
}

/// The part of a line at the beginning of bytes whose first part is lost.
pub(super) fn first_part(bytes: &[u8]) -> Range<usize> {
    let most = bytes.len().min(LONGEST_PART);
    0..bytes[..most]
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(most)
}

/// The number of bytes at the end of growing output that may turn out to be a secret when it goes on.
pub(super) fn unfinished(bytes: &[u8]) -> usize {
    let start = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let line = &bytes[start..];
    if !may_begin_secret(line) {
        return 0;
    }
    if line.len() <= LONGEST_PART {
        return line.len();
    }
    // Of a long line only the last word.
    let word = line
        .iter()
        .rev()
        .take(LONGEST_PART)
        .position(u8::is_ascii_whitespace);
    word.unwrap_or(LONGEST_PART)
}

/// Whether an unfinished line may get a secret when it goes on.
pub fn may_begin_secret(line: &[u8]) -> bool {
    triggers::is_in(line) || triggers::is_begun(line)
}
