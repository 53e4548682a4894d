//! The brackets themselves: text to pairs of key and value, and back.

use std::borrow::Cow;

use super::keys::{BETWEEN, Key};
use crate::error::{Error, Result};
use crate::model::Mode;
use crate::text::cut;

const OPEN: char = '【';
const CLOSE: char = '】';

/// Values in the order in which they were given.
pub(super) type Pairs = Vec<(Key, String)>;

/// Reads a text. A key that is unknown, of another mode, or given twice is refused.
pub(super) fn read(mode: Mode, text: &str) -> Result<Pairs> {
    if text.contains('\0') {
        return Err(Error::invalid("command", "it has a NUL byte in it"));
    }
    let text = plain_lines(text);
    let text = text.trim_start_matches(['\n', ' ', '\t']);
    if !text.starts_with(OPEN) {
        let text = text.trim_end_matches(['\n', ' ', '\t']);
        return match mode {
            Mode::Command => Ok(vec![(Key::Command, text.to_string())]),
            Mode::Http | Mode::Func => Err(Error::invalid(
                "command",
                format!("`{}` does not begin with a key", shorten(text)),
            )
            .hint(format!(
                "the work of mode `{mode}` is written as {}",
                example(mode)
            ))),
        };
    }
    let mut pairs: Pairs = Vec::new();
    for line in text.split('\n') {
        match line.strip_prefix(OPEN) {
            Some(rest) => {
                let (key, value) = rest.split_once(CLOSE).ok_or_else(|| {
                    Error::invalid("command", format!("`{}` has no `{CLOSE}`", shorten(line)))
                })?;
                let key = Key::find(mode, key.trim())?;
                if pairs.iter().any(|(other, _)| *other == key) {
                    return Err(Error::invalid(key.name(), "is given twice"));
                }
                pairs.push((key, value.to_string()));
            }
            None => {
                // The text begins with a key, so there is a value to go on with.
                if let Some((_, value)) = pairs.last_mut() {
                    value.push('\n');
                    value.push_str(line);
                }
            }
        }
    }
    Ok(pairs)
}

/// A text from where lines end in CR and LF, with plain ends. Where only some do, they belong to a value, such as the body of a
/// request: between keys [`print`] writes plain ends.
fn plain_lines(text: &str) -> Cow<'_, str> {
    let ends = text.matches('\n').count();
    if ends > 0 && text.matches("\r\n").count() == ends {
        return Cow::Owned(without_cr(text));
    }
    Cow::Borrowed(text)
}

/// A text without the CRs at the ends of its lines.
pub(super) fn without_cr(text: &str) -> String {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .collect();
    lines.join("\n")
}

/// Prints pairs so that [`read`] reads the same.
pub(super) fn print(pairs: &Pairs) -> String {
    if let [(Key::Command, command)] = pairs.as_slice()
        && command.trim_matches(['\n', ' ', '\t']) == command
        && !command.starts_with(OPEN)
    {
        return command.clone();
    }
    let lines: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{OPEN}{}{CLOSE}{value}", key.name()))
        .collect();
    lines.join("\n")
}

/// Refuses a value that [`read`] would not read back.
pub(super) fn check_value(key: Key, value: &str) -> Result<()> {
    let problem = if value.contains('\0') {
        "it has a NUL byte in it"
    } else if value.split('\n').skip(1).any(|line| line.starts_with(OPEN)) {
        "a line of it begins with `【`, where the next key would begin"
    } else {
        return Ok(());
    };
    Err(Error::invalid(key.name(), problem))
}

/// Refuses a member that would not be read back from a list.
pub(super) fn check_member(field: &str, member: &str) -> Result<()> {
    let problem = if member.contains(BETWEEN) {
        "has `|||` in it, which stands between members"
    } else if member.trim_end().ends_with('|') {
        "ends in `|`, and `|||` stands between members"
    } else {
        return Ok(());
    };
    Err(Error::invalid(
        field,
        format!("`{}` {problem}", shorten(member)),
    ))
}

/// A value that is cut for a message.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    cut(text, LONGEST)
}

fn example(mode: Mode) -> &'static str {
    match mode {
        Mode::Command => "`【command】./backup.sh`",
        Mode::Http => "`【url】https://example.com/`",
        Mode::Func => "`【name】Echo`",
    }
}
