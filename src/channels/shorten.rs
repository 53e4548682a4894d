//! Makes a text fit into the limit of a service. The middle goes: the end has the command that shows more.

/// Stands in the place of the middle.
const GAP: &str = "\n…\n";

/// The length below which only the end is cut.
const SHORT: usize = 200;

/// A text of at most `most` characters, or with `bytes` of at most `most` bytes of UTF-8.
pub(super) fn shorten(text: &str, most: usize, bytes: bool) -> String {
    let length = |text: &str| length(text, bytes);
    if length(text) <= most {
        return text.to_string();
    }
    if most < SHORT {
        let room = most.saturating_sub(length("…"));
        return format!("{}…", start(text, room, bytes));
    }
    let room = most.saturating_sub(length(GAP));
    let at_end = room / 3;
    let head = start(text, room.saturating_sub(at_end), bytes);
    let tail = end(text, at_end, bytes);
    format!("{}{GAP}{}", head.trim_end(), tail.trim_start())
}

/// The length of a text, in bytes or in characters.
pub(super) fn length(text: &str, bytes: bool) -> usize {
    match bytes {
        true => text.len(),
        false => text.chars().count(),
    }
}

fn start(text: &str, most: usize, bytes: bool) -> &str {
    let end = match bytes {
        true => text.floor_char_boundary(most),
        false => text
            .char_indices()
            .nth(most)
            .map_or(text.len(), |(end, _)| end),
    };
    text.get(..end).unwrap_or_default()
}

fn end(text: &str, most: usize, bytes: bool) -> &str {
    let from = match bytes {
        true => text.ceil_char_boundary(text.len().saturating_sub(most)),
        false => text
            .char_indices()
            .rev()
            .nth(most.saturating_sub(1))
            .map_or(0, |(from, _)| from),
    };
    text.get(from..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shortened_to_the_limit_and_keeps_its_end() {
        let long = format!("{}the end", "你好 ".repeat(500));
        for most in [200, 300, 1_000] {
            let by_characters = shorten(&long, most, false);
            assert!(by_characters.chars().count() <= most);
            assert!(by_characters.ends_with("the end"), "{by_characters}");
            let by_bytes = shorten(&long, most, true);
            assert!(by_bytes.len() <= most && by_bytes.len() > most - 12);
            assert!(by_bytes.ends_with("the end"), "{by_bytes}");
        }
    }

    #[test]
    fn short_limit_cuts_the_end() {
        assert_eq!(shorten("abcdef", 4, false), "abc…");
        assert_eq!(shorten("abcdef", 6, false), "abcdef");
        assert_eq!(shorten("你好吗", 8, true), "你…");
        assert_eq!(shorten("你好吗", 9, true), "你好吗");
        assert_eq!(shorten("abc", 0, false), "…");
    }
}
