//! The syntax of the bracket format: parses a text into pairs of key and value, and prints them.

use std::borrow::Cow;

use super::keys::{Key, SEPARATOR};
use jobs_error::{Error, Result};
use jobs_mask::MASK;
use jobs_model::Mode;
use jobs_text::cut;

const OPEN: char = '【';
const CLOSE: char = '】';

/// Keys and values, in the order in which they were written.
pub(super) type Pairs = Vec<(Key, String)>;

/// Parses a text. A key that is unknown, belongs to another mode or is given twice is an error.
pub(super) fn read(mode: Mode, text: &str) -> Result<Pairs> {
    if text.contains('\0') {
        return Err(Error::invalid("command", "contains a NUL byte"));
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
                "work of mode `{mode}` is written like {}",
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
                // The text begins with a key, so a value exists that the line continues.
                if let Some((_, value)) = pairs.last_mut() {
                    value.push('\n');
                    value.push_str(line);
                }
            }
        }
    }
    Ok(pairs)
}

/// Converts CRLF to LF if every line ends with CRLF, so that the text came from a system with such line ends. Where
/// only some lines do, the CRs belong to a value, such as the body of a request: between keys [`print`] writes LF.
fn plain_lines(text: &str) -> Cow<'_, str> {
    let ends = text.matches('\n').count();
    if ends > 0 && text.matches("\r\n").count() == ends {
        return Cow::Owned(without_cr(text));
    }
    Cow::Borrowed(text)
}

/// Removes the CR at the end of each line.
pub(super) fn without_cr(text: &str) -> String {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .collect();
    lines.join("\n")
}

/// Prints pairs so that [`read`] gives the same pairs.
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

/// Refuses a value that [`read`] would not give back.
pub(super) fn check_value(key: Key, value: &str) -> Result<()> {
    let problem = if value.contains('\0') {
        "contains a NUL byte"
    } else if value.split('\n').skip(1).any(|line| line.starts_with(OPEN)) {
        "a line begins with `【`, which would begin the next key"
    } else {
        return Ok(());
    };
    Err(Error::invalid(key.name(), problem))
}

/// Refuses a list member that would not be read back.
pub(super) fn check_member(field: &str, member: &str) -> Result<()> {
    let problem = if member.contains(SEPARATOR) {
        "contains `|||`, which separates members"
    } else if member.trim_end().ends_with('|') {
        "ends with `|`, but `|||` separates members"
    } else {
        return Ok(());
    };
    Err(Error::invalid(
        field,
        format!("`{}` {problem}", without_value(member)),
    ))
}

/// A member as a message shows it that cannot be read: with its name, but without the value, which may be a secret.
pub(super) fn without_value(member: &str) -> String {
    /// Longest name that is shown, in characters.
    const NAME_MAX: usize = 40;
    let end = member.find(|c: char| c.is_whitespace() || matches!(c, '=' | ':' | '|'));
    let (name, rest) = member.split_at(end.unwrap_or(member.len()));
    let is_name = name.chars().count() <= NAME_MAX
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| {
            c.is_ascii_alphabetic() || matches!(c, '_' | '-') || end.is_some() && c.is_ascii_digit()
        });
    let separator = &rest[..rest.chars().next().map_or(0, char::len_utf8)];
    match (is_name, rest.len() > separator.len()) {
        (true, false) => shorten(member),
        (true, true) => format!("{name}{separator}{MASK}"),
        (false, _) => MASK.to_string(),
    }
}

/// Cuts a value for a message.
pub(super) fn shorten(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    cut(text, MAX_CHARS)
}

fn example(mode: Mode) -> &'static str {
    match mode {
        Mode::Command => "`【command】./backup.sh`",
        Mode::Http => "`【url】https://example.com/`",
        Mode::Func => "`【name】Echo`",
    }
}
