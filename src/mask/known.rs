//! Secrets whose values are known (from the environment of a job), searched for all at once.

use std::ops::Range;

use aho_corasick::Anchored;
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;

use super::output::{self, Edges};
use super::{encoded, merged, text};

/// Upper bound on the values whose encoded forms are searched for too.
const ENCODED: usize = 1000;

/// Secrets that are searched for in output, prepared so that the search takes one pass, however many they are.
#[derive(Default)]
pub struct Secrets {
    /// Sorted, and each once.
    values: Vec<String>,
    /// Absent without values.
    automaton: Option<NFA>,
}

impl Secrets {
    /// Prepares a search for these values, for each line of a value of several lines, and for their encoded forms.
    pub fn new(values: impl IntoIterator<Item = String>) -> Secrets {
        let mut all: Vec<String> = Vec::new();
        for value in values {
            if value.contains('\n') {
                all.extend(lines(&value));
            }
            all.push(value);
        }
        all.retain(|value| is_searchable(value));
        let forms: Vec<String> = all
            .iter()
            .take(ENCODED)
            .flat_map(|value| encoded::forms(value))
            .collect();
        all.extend(forms);
        all.sort_unstable();
        all.dedup();
        let automaton = (!all.is_empty())
            .then(|| NFA::builder().prefilter(false).build(&all).ok())
            .flatten();
        Secrets {
            values: all,
            automaton,
        }
    }

    /// The values, sorted.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The length of the longest value, in bytes.
    pub fn longest(&self) -> usize {
        self.automaton
            .as_ref()
            .map_or(0, Automaton::max_pattern_len)
    }

    /// Replaces each byte of a secret with `*`: the offsets of the bytes after it must not change. Line ends stay.
    pub fn hide(&self, bytes: &mut [u8]) {
        self.hide_part(bytes, Edges::default());
    }

    /// Like [`Secrets::hide`], for a part of output whose beginning or end may be lost.
    pub fn hide_part(&self, bytes: &mut [u8], edges: Edges) {
        let mut spans = output::spans(bytes);
        self.find(bytes, &mut spans);
        if let Some(plain) = output::without_colours(bytes) {
            let mut found = Vec::new();
            self.find(plain.text.as_bytes(), &mut found);
            spans.extend(found.iter().map(|span| plain.original(span)));
        }
        if edges.is_begin_lost {
            spans.push(output::first_part(bytes));
        }
        if edges.is_end_lost {
            spans.push(bytes.len() - self.begun(bytes)..bytes.len());
        }
        for span in merged(spans) {
            let is_masked = is_masked(&bytes[span.clone()]);
            for byte in bytes[span]
                .iter_mut()
                .filter(|byte| !is_masked && **byte != b'\n')
            {
                *byte = b'*';
            }
        }
    }

    /// The number of bytes at the end of growing output that may be the beginning of a secret.
    pub fn held_back(&self, bytes: &[u8]) -> usize {
        self.begun(bytes).max(output::unfinished(bytes))
    }

    /// An error message as it may be shown.
    pub fn error(&self, error: &str) -> String {
        let mut bytes = text(error).into_owned().into_bytes();
        self.hide(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Adds the positions of all values, also of those that overlap.
    fn find(&self, bytes: &[u8], spans: &mut Vec<Range<usize>>) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        let Ok(mut state) = automaton.start_state(Anchored::No) else {
            return;
        };
        for (at, byte) in bytes.iter().enumerate() {
            state = automaton.next_state(Anchored::No, state, *byte);
            if automaton.is_match(state) {
                // The first pattern of a state is the longest that ends here.
                let length = automaton.pattern_len(automaton.match_pattern(state, 0));
                let found = at + 1 - length..at + 1;
                match spans.last_mut() {
                    // Keep the list short where values overlap.
                    Some(last)
                        if last.start <= found.start
                            && found.start <= last.end
                            && last.end <= found.end =>
                    {
                        last.end = found.end;
                    }
                    _ => spans.push(found),
                }
            }
        }
    }

    /// The number of bytes at the end that are the beginning of a value.
    fn begun(&self, bytes: &[u8]) -> usize {
        let longest = self.longest().saturating_sub(1).min(bytes.len());
        (1..=longest)
            .rev()
            .find(|length| {
                let end = &bytes[bytes.len() - length..];
                let next = self.values.partition_point(|value| value.as_bytes() < end);
                // A value that is the end itself sorts before those that go on after it.
                self.values[next..]
                    .iter()
                    .take(2)
                    .any(|value| value.len() > *length && value.as_bytes().starts_with(end))
            })
            .unwrap_or(0)
    }
}

/// The lines of a value that are worth a search.
fn lines(value: &str) -> impl Iterator<Item = String> {
    /// Shortest such line, in bytes.
    const SHORTEST: usize = 8;
    value
        .lines()
        .map(str::trim)
        .filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"))
        .map(str::to_string)
}

/// Whether a secret can be searched for in the output of a job. Texts such as `no`, `1` or `false` are too common.
fn is_searchable(secret: &str) -> bool {
    /// Shortest secret that is searched for, in bytes.
    const SHORTEST: usize = 4;
    const WORDS: [&str; 8] = [
        "true", "false", "none", "null", "value", "test", "name", "default",
    ];
    secret.len() >= SHORTEST && !WORDS.contains(&&*secret.to_ascii_lowercase())
}

/// Whether a text was masked when it was written.
fn is_masked(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(super::pairs::is_mask)
}
