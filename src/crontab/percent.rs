//! Splits the text after the schedule into the command and its standard input, at the first `%`.

/// The command, and its standard input when there is one, as Debian's cron and cronie read them:
///
/// - `\%` is a plain `%`. A backslash before any other character stays, and that character is not looked at: in `\\%` the
///   `%` begins the input.
/// - The two differ in `\\` in the command: cronie passes both backslashes to the shell, Debian's cron one. Both stay here,
///   and the import warns of it.
/// - In the input each further `%` is a line break, and `\%` is a plain `%` even after another backslash.
/// - The input ends with a line break: cron adds one when the last character is another one. A backslash at the very end
///   stays.
/// - No character after the `%` is no input.
pub(super) fn split(text: &str) -> (String, Option<String>) {
    let mut command = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            if c == '%' {
                command.pop();
            }
            escaped = false;
        } else if c == '%' {
            return (command, input(&text[at + 1..]));
        } else {
            escaped = c == '\\';
        }
        command.push(c);
    }
    (command, None)
}

fn input(text: &str) -> Option<String> {
    let mut input = String::new();
    let mut escaped = false;
    for c in text.chars() {
        let c = match (escaped, c) {
            (false, '%') => '\n',
            (true, c) if c != '%' => {
                input.push('\\');
                c
            }
            (_, c) => c,
        };
        escaped = c == '\\';
        if !escaped {
            input.push(c);
        }
    }
    let needs_line_break = !input.is_empty() && !input.ends_with('\n');
    if escaped {
        input.push('\\');
    }
    if needs_line_break {
        input.push('\n');
    }
    (!input.is_empty()).then_some(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_begins_input_at_first_plain_percent_sign() {
        for (text, command, stdin) in [
            ("mail a%Hello%%World", "mail a", Some("Hello\n\nWorld\n")),
            (r"date +\%F", "date +%F", None),
            (r"date +\%F % a\%b", "date +%F ", Some(" a%b\n")),
            (r"echo a\\b", r"echo a\\b", None),
            (r"echo a\\%b", r"echo a\\", Some("b\n")),
            (r"echo a\\\%b", r"echo a\\%b", None),
            (r"printf '\n'%x", r"printf '\n'", Some("x\n")),
            ("cat%", "cat", None),
            ("cat%%", "cat", Some("\n")),
            ("cat%a%", "cat", Some("a\n")),
            ("cat%a%%", "cat", Some("a\n\n")),
            ("cat% a ", "cat", Some(" a \n")),
            (r"cat%a\", "cat", Some("a\\\n")),
            (r"cat%\", "cat", Some("\\")),
            (r"cat%a\%b\n\\%c", "cat", Some("a%b\\n\\%c\n")),
            ("%x", "", Some("x\n")),
        ] {
            assert_eq!(
                split(text),
                (command.to_string(), stdin.map(str::to_string)),
                "{text}"
            );
        }
    }
}
