//! Parses a line that sets a variable, by the rules of cron.

/// The meaning of a line that sets a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Assignment {
    /// The line sets a variable.
    Set { name: String, value: String },
    /// The line has a name and a `=`, and a value that cron does not read.
    Broken { name: String, reason: &'static str },
}

/// Parses `NAME = value`; each side may be in quotes. `None` when the line sets no variable. As in cron, a name without
/// quotes ends at a blank or at `=`, and may have any other character.
pub(super) fn assignment(line: &str) -> Option<Assignment> {
    let (name, rest) = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].split_once(quote)?,
        _ => line.split_at(line.find(|c| is_blank(c) || c == '=')?),
    };
    let value = rest.trim_start_matches(is_blank).strip_prefix('=')?;
    let name = name.to_string();
    let broken = |reason| {
        let name = name.clone();
        Some(Assignment::Broken { name, reason })
    };
    if name.is_empty() {
        return broken("the name of the variable is missing");
    }
    if line.contains('\0') {
        return broken("contains a NUL byte");
    }
    let value = value.trim_matches(is_blank);
    let Some(quote) = value
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))
    else {
        let value = value.to_string();
        return Some(Assignment::Set { name, value });
    };
    match value[1..].split_once(quote) {
        None => broken("the quote before the value is not closed"),
        Some((_, after)) if !after.is_empty() => {
            broken("text follows the closing quote of the value, which cron refuses")
        }
        Some((value, _)) => {
            let value = value.to_string();
            Some(Assignment::Set { name, value })
        }
    }
}

/// Whether cron skips the character between the parts of a line that sets a variable.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignment_reads_names_and_values_as_cron_does() {
        for (line, name, value) in [
            ("FOO=bar", "FOO", "bar"),
            ("FOO = bar baz ", "FOO", "bar baz"),
            ("app.mode=live", "app.mode", "live"),
            ("HTTP-PROXY=http://p:3128", "HTTP-PROXY", "http://p:3128"),
            ("2ND=x", "2ND", "x"),
            ("größe=1", "größe", "1"),
            ("'ODD NAME'='x y'", "ODD NAME", "x y"),
            ("A=\" x \"", "A", " x "),
            ("A=it's", "A", "it's"),
            ("A=\"it's\"", "A", "it's"),
            ("A=b=c", "A", "b=c"),
            ("A=C:\\dir\\", "A", "C:\\dir\\"),
            ("EMPTY=", "EMPTY", ""),
            ("EMPTY=\"\"", "EMPTY", ""),
            ("A\t=\tb # no comment", "A", "b # no comment"),
            ("A=$HOME/bin", "A", "$HOME/bin"),
        ] {
            let set = Assignment::Set {
                name: name.into(),
                value: value.into(),
            };
            assert_eq!(assignment(line), Some(set), "{line}");
        }
    }

    #[test]
    fn assignment_of_other_line_is_none_or_broken() {
        for line in [
            "0 5 * * * FOO=1 x",
            "@daily A=b x",
            "*/5 * * * * x",
            "hello",
            "'open = x",
            "0 3 * * * test a = b",
        ] {
            assert_eq!(assignment(line), None, "{line}");
        }
        for (line, part) in [
            ("SHELL=\"/bin/bash", "is not closed"),
            ("SHELL=\"/bin/bash\" # the shell", "text follows"),
            ("A='b' 'c'", "text follows"),
            ("=x", "name of the variable is missing"),
            ("A=b\0c", "NUL"),
        ] {
            match assignment(line) {
                Some(Assignment::Broken { reason, .. }) => {
                    assert!(reason.contains(part), "{line}: {reason}");
                }
                other => panic!("{line}: {other:?}"),
            }
        }
    }
}
