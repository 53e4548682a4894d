//! Finds secrets after their names: `name=value`, `name: value`, `"name": [...]`, `?name=value` and `--name value`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::names::{self, Kind};
use super::nested;
use super::values::{Candidate, Join, Source};
use super::{MASK, regex};

/// A name, a separator and a value. Only names that may be secret match.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?xi)
        (?P<name> [a-z0-9_.-]* (?: token|pass|pw|[_-]pat|secret|credential|key|auth|jwt|cookie|sess|sig|hmac ) [a-z0-9_.-]* )
        (?P<close> \\*["'] )?
        (?: [\ \t]* (?: => | := ) [\ \t]* | (?P<colon> [\ \t]* : [\ \t]* ) | = | [\ \t]+ = [\ \t]* )
        (?: \\+ "(?P<escaped> [^"\\]+ ) | \$'(?P<ansi> (?: [^'\\] | \\. )+ )'? | \$?"(?P<double> (?: [^"\\] | \\. )+ )"? | '(?P<single> [^']+ )'?
          | (?P<plain> [^\s"'&;|`<>]+ ) )"#,
    )
});

/// `--password value`.
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"--?(?P<name>[A-Za-z][A-Za-z0-9_-]*)[ \t]+(?:\$'(?P<ansi>(?:[^'\\]|\\.)+)'?|\$?"(?P<double>[^"]+)"?|'(?P<single>[^']+)'?|(?P<plain>[^\s"'-][^\s"']*))"#,
    )
});

/// Adds the secrets of the pairs and the flags that begin in `range` of `text`.
pub(super) fn find(text: &str, range: Range<usize>, source: Source, found: &mut Vec<Range<usize>>) {
    let slice = &text[..range.end];
    for (pattern, is_flag) in [(&PAIR, false), (&FLAG, true)] {
        let mut from = range.start;
        let mut scanned = range.start;
        while let Some(captures) = pattern.captures_at(slice, from) {
            let before = found.len();
            let value = value(&captures);
            if let Some(name) = captures.name("name")
                && let Some(join) = join(text, &captures, name.start(), is_flag)
            {
                let pair = Pair {
                    name: name.as_str(),
                    join,
                    source,
                    value: value.clone(),
                };
                pair.push(text, slice, &mut scanned, found);
            }
            // The value of a name that is no secret may itself hold a secret pair.
            let taken = found[before..].last().map(|span| span.end.max(value.end));
            from = slice.ceil_char_boundary(taken.unwrap_or(value.start).max(from + 1));
            if from >= slice.len() {
                break;
            }
        }
    }
}

fn value(captures: &Captures<'_>) -> Range<usize> {
    ["ansi", "double", "single", "plain", "escaped"]
        .iter()
        .find_map(|group| captures.name(group))
        .map_or(0..0, |value| value.range())
}

/// How the name and the value are joined; none when the text only looks like a pair.
fn join(text: &str, captures: &Captures<'_>, name: usize, is_flag: bool) -> Option<Join> {
    let before = text[..name].chars().next_back();
    if is_flag {
        // `a-b c` is no flag.
        return before
            .is_none_or(|c| !c.is_alphanumeric())
            .then_some(Join::Flag);
    }
    let is_quoted = captures.name("close").is_some();
    if captures.name("colon").is_none() {
        return Some(match before {
            Some('?' | '&') => Join::Query,
            Some(_) | None => Join::Equals,
        });
    }
    match before {
        _ if is_quoted => Some(Join::Quoted),
        // `/run/secrets/token: No such file` names a file.
        Some('/' | '\\') => None,
        Some(_) | None => Some(Join::Colon),
    }
}

/// A pair in a text.
struct Pair<'a> {
    name: &'a str,
    join: Join,
    source: Source,
    value: Range<usize>,
}

impl Pair<'_> {
    /// Adds the secrets of the pair. `scanned` is how far arrays and objects were searched.
    fn push(self, text: &str, slice: &str, scanned: &mut usize, found: &mut Vec<Range<usize>>) {
        let Pair {
            name,
            join,
            source,
            value,
        } = self;
        // In `app.token.file: x` only the last part names the value.
        let last = name
            .rsplit('.')
            .next()
            .filter(|_| matches!(join, Join::Colon));
        let kind = names::kind(last.unwrap_or(name));
        if kind == Kind::Other {
            return;
        }
        let is_work = source == Source::Work;
        if join != Join::Flag && (kind == Kind::Secret || is_work && kind == Kind::Key) {
            let (inner, end) = match value.start < *scanned {
                true => (Vec::new(), *scanned),
                false => nested::strings(text, value.start),
            };
            *scanned = end;
            if !inner.is_empty() {
                found.extend(inner);
                return;
            }
        }
        let quote = slice[..value.start].chars().next_back();
        let is_value_quoted = matches!(quote, Some('"' | '\''));
        let mut end = value.end;
        if !is_value_quoted {
            end = plain_end(slice, &value, join);
        } else if !is_work && let Some(line) = slice[value.clone()].find('\n') {
            // A quote that is not closed on its line is no quote in output.
            end = value.start + line;
        }
        // A bracket or comma after the value belongs to the text around the pair.
        let inner = slice[value.start..end].trim_end_matches([',', ')', ']', '}']);
        let line = slice[end..].split('\n').next().unwrap_or_default();
        let candidate = Candidate {
            name,
            kind,
            join,
            source,
            value: inner,
            is_value_quoted,
            rest: line,
        };
        if candidate.is_secret() {
            found.push(value.start..value.start + inner.len());
        }
    }
}

/// The end of a value without quotes. After `name: ` it may hold characters that elsewhere end a value.
fn plain_end(slice: &str, value: &Range<usize>, join: Join) -> usize {
    if join == Join::Query {
        let fragment = slice[value.clone()].find('#');
        return fragment.map_or(value.end, |length| value.start + length);
    }
    let follows_blank = slice[..value.start].ends_with([' ', '\t']);
    if join != Join::Colon || !follows_blank || value.is_empty() {
        return value.end;
    }
    let longer = slice[value.start..]
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<'))
        .map_or(slice.len(), |length| value.start + length);
    let kept = slice[value.end..longer].trim_end_matches([';', '|', '&', '>', ',', ')', ']', '}']);
    value.end + kept.len()
}

/// Whether a value is a mask.
pub(super) fn is_mask(value: &str) -> bool {
    value == MASK
        || value.strip_suffix(MASK).is_some_and(|scheme| {
            scheme
                .strip_suffix(' ')
                .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        })
}
