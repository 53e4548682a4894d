//! Replaces secrets with `***` wherever a text of a job is shown. The store keeps the real value.
//!
//! A value is a secret because of its name (`token`, `password`, `secret`, `key` and similar), because of its own form
//! (a login in a URL, an `Authorization` or `Cookie` header, a token of a known service, a private key), because of the
//! program that gets it (`curl -u`), or because it is the value of a secret variable of the job ([`Secrets`]), also
//! percent-encoded or in base64.

mod blocks;
mod elements;
mod encoded;
mod known;
mod names;
mod nested;
mod output;
mod pairs;
mod positional;
mod program_table;
mod programs;

mod shapes;
mod triggers;
mod values;

use std::borrow::Cow;
use std::ops::Range;

use regex::Regex;

pub use known::Secrets;
pub use names::is_secret_name;
pub use output::{Edges, may_begin_secret};
use values::Source;

/// The text that replaces a secret.
pub const MASK: &str = "***";

/// Headers whose values are secret although no word in their name says so.
const SECRET_HEADERS: [&str; 5] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "authentication",
];

/// The value of a header as it may be shown. The scheme of credentials (`Bearer`) stays visible.
pub fn header<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    let lower = name.to_ascii_lowercase();
    if !SECRET_HEADERS.contains(&lower.as_str()) && !is_secret_name(name) {
        return text(value);
    }
    match value.split_once(' ') {
        Some((scheme, _)) if lower.ends_with("authorization") && is_word(scheme) => {
            Cow::Owned(format!("{scheme} {MASK}"))
        }
        _ => Cow::Borrowed(MASK),
    }
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Compiles a pattern of this module. The tests compile all of them.
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of this module are tested")
}

/// The positions of all secrets in work that a person wrote, in order and without overlap.
pub fn spans(text: &str) -> Vec<Range<usize>> {
    spans_in(text, 0..text.len(), Source::Work)
}

/// The secrets that begin in `range` of `text`.
fn spans_in(text: &str, range: Range<usize>, source: Source) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if triggers::is_in(&text.as_bytes()[range.clone()]) {
        shapes::find(text, range.clone(), &mut found);
        pairs::find(text, range.clone(), source, &mut found);
        blocks::find(text, range.clone(), source, &mut found);
        elements::find(text, range.clone(), source, &mut found);
        positional::of_chpasswd(text, range.clone(), &mut found);
        programs::find(text, range, &mut found);
    }
    merged(found)
}

/// Sorts spans, and joins those that overlap.
fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut spans: Vec<Range<usize>> = Vec::new();
    for span in found {
        match spans.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => spans.push(span),
        }
    }
    spans
}

/// A free text (a command, a body, an error) as it may be shown.
pub fn text(text: &str) -> Cow<'_, str> {
    let spans = spans(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        masked.push_str(&text[from..span.start]);
        masked.push_str(MASK);
        from = span.end;
    }
    masked.push_str(&text[from..]);
    Cow::Owned(masked)
}

/// A URL, or a text with URLs in it, as it may be shown.
pub fn url(text: &str) -> Cow<'_, str> {
    self::text(text)
}

/// Whether a text holds `***` in the place of a secret. Then a caller sent back the masked text instead of the real
/// value.
pub fn holds_mask(text: &str) -> bool {
    spans(text)
        .into_iter()
        .any(|span| pairs::is_mask(&text[span]))
}

#[cfg(test)]
mod tests;
