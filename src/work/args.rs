//! Reads and prints the list of a function's arguments as one text.

use super::brackets::shorten;
use jobs_error::{Error, Result};

/// Splits `a,b,"c,d"` at the commas. An argument in double quotes may contain commas; `""` or `\"` within it is a
/// quote. Blanks around an argument are kept: some functions join arguments again into a text with commas.
pub(super) fn read(text: &str) -> Result<Vec<String>> {
    let mut args = Vec::new();
    let mut rest = text;
    loop {
        let quoted = rest.trim_start_matches([' ', '\t']).strip_prefix('"');
        let (arg, left) = match quoted.map(quoted_arg).transpose()?.flatten() {
            Some(quoted) => quoted,
            None => match rest.split_once(',') {
                Some((arg, left)) => (arg.to_string(), Some(left)),
                None => (rest.to_string(), None),
            },
        };
        args.push(arg);
        match left {
            Some(left) => rest = left,
            None => break,
        }
    }
    if let [only] = args.as_slice()
        && only.trim().is_empty()
        && !text.contains('"')
    {
        return Ok(Vec::new());
    }
    Ok(args)
}

/// The text before the closing quote, and the text after the comma that follows it, if any. `None` when something
/// else follows: then the quotes are part of the text, as in JSON.
fn quoted_arg(text: &str) -> Result<Option<(String, Option<&str>)>> {
    let unclosed = || Error::invalid("arg", format!("`\"{}` has no closing quote", shorten(text)));
    let mut arg = String::new();
    let mut chars = text.char_indices().peekable();
    let end = loop {
        match chars.next().ok_or_else(unclosed)? {
            (_, '\\') if matches!(chars.peek(), Some((_, '"' | '\\'))) => {
                arg.extend(chars.next().map(|(_, c)| c));
            }
            (_, '"') if matches!(chars.peek(), Some((_, '"'))) => {
                chars.next();
                arg.push('"');
            }
            (at, '"') => break at + 1,
            (_, c) => arg.push(c),
        }
    };
    let rest = text[end..].trim_start_matches([' ', '\t']);
    Ok(match rest.strip_prefix(',') {
        Some(left) => Some((arg, Some(left))),
        None => rest.trim().is_empty().then_some((arg, None)),
    })
}

/// Prints arguments so that [`read`] gives the same list.
pub(super) fn print(list: &[String]) -> String {
    // Print the list as a person would write it, if it can be read back.
    let plain = list.join(",");
    // A CR at the end would be removed as part of the line end.
    if !plain.ends_with('\r') && read(&plain).is_ok_and(|same| same == list) {
        return plain;
    }
    let printed: Vec<String> = list
        .iter()
        .map(|arg| {
            if !arg.trim().is_empty() && !arg.contains([',', '"', '\\', '\r']) {
                arg.clone()
            } else {
                format!("\"{}\"", arg.replace('\\', "\\\\").replace('"', "\\\""))
            }
        })
        .collect();
    printed.join(",")
}
