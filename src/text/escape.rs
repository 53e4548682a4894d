//! Texts from elsewhere made harmless: nothing in them moves the cursor, ends the line or turns the text around it.

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
    if c.is_control() || is_unseen(c) {
        shown.extend(c.escape_default());
    } else {
        shown.push(c);
    }
}

/// The text with a blank in the place of each control character, so that it keeps its length.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Line ends that are not control characters, and marks that change the direction of the text.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
}
