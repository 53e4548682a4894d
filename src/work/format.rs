//! The brackets themselves: text to pairs of key and value, and back.

use super::keys::Key;
use crate::error::{Error, Result};
use crate::model::Mode;

const OPEN: char = '【';
const CLOSE: char = '】';

/// Values in the order in which they were given.
pub(super) type Pairs = Vec<(Key, String)>;

/// Reads a text. A key that is unknown, of another mode, or given twice is refused.
pub(super) fn read(mode: Mode, text: &str) -> Result<Pairs> {
    if text.contains('\0') {
        return Err(Error::invalid("command", "it has a NUL byte in it"));
    }
    let text = text.replace("\r\n", "\n");
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

/// A value that is cut for a message.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_string();
    }
    text.chars().take(LONGEST).chain("...".chars()).collect()
}

fn example(mode: Mode) -> &'static str {
    match mode {
        Mode::Command => "`【command】./backup.sh`",
        Mode::Http => "`【url】https://example.com/`",
        Mode::Func => "`【name】Echo`",
    }
}
