//! Finds secrets in blocks of YAML: `password: |`, with the secret in the lines below that are indented further.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names::{self, Kind};
use super::regex;
use super::values::Source;

/// The line before a block: a name, and `|` or `>` with its indicators.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?m)^(?P<indent>[ \t]*(?:-[ ]+)*)["']?(?P<name>[A-Za-z0-9_.-]+)["']?[ \t]*:[ \t]*[|>][-+1-9]{0,2}[ \t]*(?:[ \t]\#[^\n]*)?\r?\n"#,
    )
});

/// Upper bound on the bytes of a block.
const LONGEST: usize = 16 * 1024;

/// Adds the secrets of the blocks that begin in `range` of `text`.
pub(super) fn find(text: &str, range: Range<usize>, source: Source, found: &mut Vec<Range<usize>>) {
    // The line end behind the range belongs to the header.
    let end = text.ceil_char_boundary(text.len().min(range.end + 1));
    for captures in HEADER.captures_iter(&text[range.start..end]) {
        let (Some(all), Some(indent), Some(name)) = (
            captures.get(0),
            captures.name("indent"),
            captures.name("name"),
        ) else {
            continue;
        };
        let is_secret = match names::kind(name.as_str()) {
            Kind::Secret | Kind::Pass => true,
            Kind::Key => source == Source::Work,
            Kind::Signature | Kind::Other => false,
        };
        if is_secret {
            found.extend(body(text, range.start + all.end(), indent.len()));
        }
    }
}

/// The lines that are indented by more than `indent` bytes, without the blanks around them.
fn body(text: &str, start: usize, indent: usize) -> Option<Range<usize>> {
    let end = text.floor_char_boundary(text.len().min(start.saturating_add(LONGEST)));
    let mut length = 0;
    for line in text[start..end].split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        if blanks <= indent && !line.trim().is_empty() {
            break;
        }
        length += line.len();
    }
    let lines = &text[start..start + length];
    let from = start + (lines.len() - lines.trim_start().len());
    let to = start + lines.trim_end().len();
    (from < to).then_some(from..to)
}
