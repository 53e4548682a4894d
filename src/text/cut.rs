//! Long texts made short. A character is never cut in half.

/// The first `most` characters, then `...`; a shorter text as it is.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_string(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

/// At most the first `most` bytes, then `...`; a shorter text as it is.
pub fn cut_bytes(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push_str("...");
    }
    text
}

/// A text of at most `most` characters, the last of which is `…` when some are left out.
pub fn ellipsis(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_string();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_longer_than_the_limit_is_cut() {
        for (text, most, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc..."),
            ("备份备份", 3, "备份备..."),
            ("", 0, ""),
        ] {
            assert_eq!(cut(text, most), expected);
        }
        for (text, most, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc..."),
            ("备份", 4, "备..."),
            ("备份", 6, "备份"),
        ] {
            assert_eq!(cut_bytes(text.to_string(), most), expected);
        }
        for (text, most, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("备份备份", 3, "备份…"),
            ("", 0, ""),
        ] {
            assert_eq!(ellipsis(text, most), expected);
        }
    }
}
