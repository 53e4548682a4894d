//! Words in quotes: for a sentence in backticks, for a shell in single quotes. And words that are counted.

use std::fmt::Display;

use super::{cut, plain};

/// The longest text that [`quoted`] shows whole, in characters.
const LONGEST: usize = 60;

/// `text` in backticks for a sentence: control characters are blanks, and a long text is cut.
pub fn quoted(text: &str) -> String {
    format!("`{}`", cut(&plain(text), LONGEST))
}

/// Names in backticks with commas between, for a sentence: "`a`, `b`".
pub fn listed<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A number and the noun that it counts: `1 argument`, `2 arguments`.
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A command for `sh` from what was typed after `--`: one word is the command as it is, several are quoted so that each stays
/// one word. None without words.
pub fn join_words(words: &[String]) -> Option<String> {
    match words {
        [] => None,
        [command] => Some(command.clone()),
        words => {
            let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
            Some(words.join(" "))
        }
    }
}

/// A word for `sh`, in quotes when it needs them.
pub fn shell_word(word: &str) -> String {
    let is_plain = !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&byte));
    if is_plain {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_or_foreign_text_is_quoted_cut_and_plain() {
        assert_eq!(quoted("a b"), "`a b`");
        assert_eq!(quoted("a\n\u{1b}[2J"), "`a  [2J`");
        let (all, longer) = ("张".repeat(60), "张".repeat(61));
        assert_eq!(quoted(&all), format!("`{all}`"));
        assert_eq!(quoted(&longer), format!("`{all}...`"));
        assert_eq!(counted(1, "day"), "1 day");
        assert_eq!(counted(0, "day"), "0 days");
        assert_eq!(listed(["a", "b"]), "`a`, `b`");
        assert_eq!(listed::<&str>([]), "");
    }

    #[cfg(unix)]
    #[test]
    fn words_reach_the_command_as_they_were_typed() {
        for words in [
            vec![
                "echo", "a b", "it's", "", "$HOME", "*", "备份", "-n", "a\nb", "\"", "\\",
            ],
            vec!["/bin/x", "--y=z"],
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_string).collect();
            let line = join_words(&words).unwrap();
            let script = format!("set -- {line}\nfor word; do printf '%s\\0' \"$word\"; done");
            let printed = std::process::Command::new("/bin/sh")
                .arg("-c")
                .arg(script)
                .output()
                .unwrap()
                .stdout;
            let heard: Vec<String> = printed
                .split(|byte| *byte == 0)
                .map(|word| String::from_utf8(word.to_vec()).unwrap())
                .collect();
            assert_eq!(heard[..words.len()], words);
        }
        assert_eq!(join_words(&["a | b".to_string()]).unwrap(), "a | b");
    }
}
