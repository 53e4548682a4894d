//! Writes values as YAML that people read and change, and reads it again.

use serde_json::Value;

use jobs_error::{Error, Result};
use jobs_text::{is_escaped, json_for_terminal};

/// Deeper nesting is refused: a list of jobs has three levels.
const DEEPEST: usize = 16;

/// Words that YAML does not take as text.
const WORDS: [&str; 10] = [
    "true", "false", "yes", "no", "on", "off", "null", "y", "n", "~",
];

/// A line `key: value`, indented by so many blanks; a text with line breaks goes on below.
pub fn entry(key: &str, value: &Value, indent: usize) -> String {
    format!("{key}: {}\n", scalar(value, indent))
}

fn scalar(value: &Value, indent: usize) -> String {
    match value {
        Value::Null => "\"\"".to_string(),
        Value::String(text) if is_block(text) => block(text, indent + 2),
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(_)
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_) => json_for_terminal(&value.to_string()).into_owned(),
    }
}

/// Whether a text can stand without quotes.
fn is_plain(text: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || " _./@+,()=-".contains(c);
    text.starts_with(|c: char| c.is_alphabetic() || c == '/')
        && !text.ends_with(' ')
        && text.chars().all(is_allowed)
        && !WORDS.contains(&text.to_lowercase().as_str())
}

/// Whether a text can stand as a block below its key.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && !body.ends_with(['\n', ' '])
        && body.chars().all(|c| c == '\n' || !is_escaped(c))
}

fn block(text: &str, indent: usize) -> String {
    let (mark, body) = match text.strip_suffix('\n') {
        Some(body) => ("|", body),
        None => ("|-", text),
    };
    let mut shown = mark.to_string();
    for line in body.split('\n') {
        shown.push('\n');
        if !line.is_empty() {
            shown.push_str(&" ".repeat(indent));
            shown.push_str(line);
        }
    }
    shown
}

/// Reads YAML or JSON.
///
/// # Errors
///
/// [`Error::Invalid`] with the line.
pub fn read(text: &str, name: &str) -> Result<Value> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let place = error
            .location()
            .map(|location| format!("line {}: ", location.line()))
            .unwrap_or_default();
        let problem = error.without_snippet().to_string();
        let problem = problem.lines().next().unwrap_or_default().to_string();
        Error::invalid(name, format!("{place}{problem}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_text_is_read_as_it_was_written() {
        for text in [
            "",
            "plain",
            "/usr/bin/tool --flag=1",
            "0 3 * * *",
            "true",
            "No",
            "0123",
            "1.50",
            "null",
            "~",
            "a: b",
            "a #b",
            "- a",
            "'quoted'",
            "\"double\" \\ back",
            "a\nb",
            "a\nb\n",
            "a\n\n  b",
            "a\nb\n\n",
            " a\nb",
            "【command】echo 备份\n【timeout】60",
            "tab\there",
            "escape\u{1b}[0m",
            "trailing ",
            "%percent",
            "@daily",
            "a,b",
            "C1 \u{9b}2J\u{9d}0;owned\u{9c}\u{85} and DEL \u{7f}",
            "\u{202e}gnp.exe\u{2066}\u{200f}\u{61c}\u{2028}",
            "echo 1\necho \u{9b}31m\n",
            "echo 1\necho \u{202e}\n",
            "\u{feff}a",
        ] {
            let written = format!("- {}", entry("key", &json!(text), 2));
            assert!(
                !written.chars().any(|c| c != '\n' && is_escaped(c)),
                "{written:?}"
            );
            let read = read(&written, "test").unwrap_or_else(|error| panic!("{written}: {error}"));
            assert_eq!(read, json!([{ "key": text }]), "{written}");
        }
    }

    #[test]
    fn damaged_text_is_refused_with_its_line() {
        let error = read("a: 1\nb: [\n", "`file`").unwrap_err().to_string();
        assert!(error.contains("line"), "{error}");
    }
}
