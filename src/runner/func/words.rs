//! Words that the sentences of several functions share.

/// `text` in backticks as a sentence may have it: a long one cut, and without control characters.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = plain(text).chars().take(LONGEST).collect::<String>();
    if text.chars().nth(LONGEST).is_some() {
        shown.push_str("...");
    }
    format!("`{shown}`")
}

/// `text` without control characters: no line end, no escape sequence.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A number and what it counts: `1 argument`, `2 arguments`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_foreign_text_is_shown_cut_and_plain() {
        assert_eq!(quoted("a b"), "`a b`");
        assert_eq!(quoted("a\n\u{1b}[2J"), "`a  [2J`");
        assert_eq!(quoted(&"张".repeat(60)), format!("`{}`", "张".repeat(60)));
        assert_eq!(
            quoted(&"张".repeat(61)),
            format!("`{}...`", "张".repeat(60))
        );
        assert_eq!(counted(1, "day"), "1 day");
        assert_eq!(counted(0, "day"), "0 days");
    }
}
