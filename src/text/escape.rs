//! Texts from elsewhere made harmless: nothing in them moves the cursor, ends the line or turns the text around it.

use std::borrow::Cow;

/// The sequences that this program itself writes to colour a text.
const COLOURS: [&str; 5] = [
    "\u{1b}[0m",
    "\u{1b}[2m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
];

/// A text of several lines for a terminal: line ends, tabs and the colours of this program stay, and every other character
/// that cannot be seen is escaped.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !is_escaped(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = COLOURS.into_iter().find(|colour| rest.starts_with(colour));
        let length = match colour {
            Some(colour) => {
                shown.push_str(colour);
                colour.len()
            }
            None if is_plain(c) => {
                shown.push(c);
                c.len_utf8()
            }
            None => {
                shown.extend(c.escape_default());
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Cow::Owned(shown)
}

/// JSON for a terminal. In JSON such characters stand only in texts, where an escape means the same.
pub fn json_for_terminal(json: &str) -> Cow<'_, str> {
    // JSON has tabs and carriage returns of texts as escapes.
    let is_plain = |c: char| c == '\n' || !is_escaped(c);
    if json.chars().all(is_plain) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match is_plain(c) {
            true => shown.push(c),
            // All of them are below U+10000, so four digits are enough.
            false => shown.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(shown)
}

/// The text on one line: a line end is `⏎`, other characters that cannot be seen are escaped.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push('⏎'),
            c => push_escaped(&mut shown, c),
        }
    }
    shown
}

/// The text on one line, with every character that cannot be seen escaped, a line end as `\n`.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|c| push_escaped(&mut shown, c));
    shown
}

/// Appends a character, escaped when it cannot be seen.
pub fn push_escaped(shown: &mut String, c: char) {
    if is_escaped(c) {
        shown.extend(c.escape_default());
    } else {
        shown.push(c);
    }
}

/// Whether a character is shown as an escape: it cannot be seen, and a terminal may obey it.
pub fn is_escaped(c: char) -> bool {
    c.is_control() || changes_direction(c)
}

/// The text with a blank in the place of each control character, so that it keeps its length.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A line of output without colours, titles and other sequences of a terminal; control characters that are left are blanks.
pub fn unstyled(text: &str) -> String {
    plain(&anstream::adapter::strip_str(text).to_string())
}

/// Line ends that are not control characters, and marks that change the direction of the text around them.
pub fn changes_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_rewrite_the_terminal() {
        for (text, seen, in_escapes, blank) in [
            (
                "a\u{1b}[2Jb\r\n备",
                "a\\u{1b}[2Jb\\r⏎备",
                "a\\u{1b}[2Jb\\r\\n备",
                "a [2Jb  备",
            ),
            ("a\tb", "a\\tb", "a\\tb", "a b"),
            (
                "\u{202e}x\u{2028}",
                "\\u{202e}x\\u{2028}",
                "\\u{202e}x\\u{2028}",
                "\u{202e}x\u{2028}",
            ),
            ("it's \"é\"", "it's \"é\"", "it's \"é\"", "it's \"é\""),
        ] {
            assert_eq!(visible(text), seen);
            assert_eq!(escaped(text), in_escapes);
            assert_eq!(plain(text), blank);
        }
    }

    #[test]
    fn text_for_a_terminal_keeps_its_lines_and_our_colours_only() {
        for (text, shown) in [
            ("a\tb\nhint: c", "a\tb\nhint: c"),
            ("\u{1b}[31mno\u{1b}[0m", "\u{1b}[31mno\u{1b}[0m"),
            ("\u{1b}]0;x\u{7}", "\\u{1b}]0;x\\u{7}"),
            ("\u{1b}[31;5m\u{1b}[2J", "\\u{1b}[31;5m\\u{1b}[2J"),
            ("\u{1b}", "\\u{1b}"),
            ("a\rb\u{9b}2J\u{7f}备", "a\\rb\\u{9b}2J\\u{7f}备"),
            ("\u{202e}x", "\\u{202e}x"),
        ] {
            assert_eq!(for_terminal(text), shown);
        }
        let json = "{\n  \"a\": \"\u{9b}2J\u{7f}\u{202e}备\u{61c}\"\n}";
        assert_eq!(
            json_for_terminal(json),
            "{\n  \"a\": \"\\u009b2J\\u007f\\u202e备\\u061c\"\n}"
        );
        assert_eq!(json_for_terminal("{}"), "{}");
    }

    #[test]
    fn unstyled_line_has_no_sequences() {
        for (line, shown) in [
            ("a\u{1b}[31mb\u{1b}[0m", "ab"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("50 %\rdone\u{1b}[K", "50 % done"),
            ("a\u{85}b", "a b"),
        ] {
            assert_eq!(unstyled(line), shown, "{line:?}");
        }
    }
}
