//! Finds the folders and programs that a command cannot do without.

use super::job_name::{INTERPRETERS, WRAPPERS, after_options, is_assignment};
use super::shell_words::{Token, tokens};
use super::simple_commands::simple_commands;

/// A thing that must be on the machine for the command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The folder of a `cd` at the beginning, as an absolute path.
    Folder(String),
    /// A program: a path, or a name that is searched for in `PATH`.
    Program(String),
    /// A file that an interpreter runs, as an absolute path.
    Script(String),
}

/// The needs of a command up to its first program. A command that tests for something, or has another way (`||`), needs
/// nothing for certain.
pub fn needs(command: &str) -> Vec<Need> {
    let mut needs = Vec::new();
    let tokens = tokens(command);
    let defines_function = tokens
        .windows(2)
        .any(|pair| matches!(pair, [Token::Word(_), Token::Open]));
    if command.contains("||") || defines_function {
        return needs;
    }
    for words in simple_commands(&tokens) {
        match words.as_slice() {
            [] | ["sleep" | ":" | "set" | "umask" | "ulimit", ..] => {}
            ["cd", folder] if is_absolute(folder) => needs.push(Need::Folder((*folder).into())),
            ["cd", ..] => {}
            words => {
                of_program(words, &mut needs);
                break;
            }
        }
    }
    needs
}

fn of_program(words: &[&str], needs: &mut Vec<Need>) {
    let mut words = words;
    while let Some((first, rest)) = words.split_first() {
        if is_assignment(first) && !first.starts_with("PATH=") {
            words = rest;
            continue;
        }
        if !is_literal(first) || is_assignment(first) {
            return;
        }
        needs.push(Need::Program((*first).to_string()));
        let program = first.rsplit('/').next().unwrap_or(first);
        if let Some((_, valued, skipped)) = WRAPPERS.iter().find(|(name, ..)| *name == program) {
            // A wrapper such as `sudo` may have another PATH, so only a path is looked at.
            let inner = after_options(rest, valued)
                .get(*skipped..)
                .unwrap_or_default();
            words = match inner.first() {
                Some(word) if is_absolute(word) => inner,
                Some(_) | None => return,
            };
            continue;
        }
        let is_interpreter = INTERPRETERS.contains(&program)
            || ["sh", "bash", "dash", "zsh", "ksh"].contains(&program);
        if is_interpreter && let Some(script) = rest.first().filter(|word| is_absolute(word)) {
            needs.push(Need::Script((*script).to_string()));
        }
        return;
    }
}

fn is_absolute(word: &str) -> bool {
    word.starts_with('/') && is_literal(word)
}

/// Whether the shell takes the word as it is, whatever its quotes were.
fn is_literal(word: &str) -> bool {
    !word.is_empty() && !word.contains(['$', '*', '?', '[', '~', '{', '!', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_those_of_the_first_program() {
        let folder = |path: &str| Need::Folder(path.into());
        let program = |path: &str| Need::Program(path.into());
        let script = |path: &str| Need::Script(path.into());
        for (command, expected) in [
            ("/opt/x --all | gzip", vec![program("/opt/x")]),
            (
                "cd /srv/app && ./run",
                vec![folder("/srv/app"), program("./run")],
            ),
            (
                "cd /srv && A=1 php /srv/x.php",
                vec![folder("/srv"), program("php"), script("/srv/x.php")],
            ),
            (
                "nice -n 19 /opt/x",
                vec![program("nice"), program("/opt/x")],
            ),
            ("flock -n /run/l x", vec![program("flock")]),
            ("sleep 5; /opt/x; /opt/y", vec![program("/opt/x")]),
            ("( /opt/x )", vec![program("/opt/x")]),
            ("/opt/x || true", vec![]),
            ("[ -x /opt/x ] && /opt/x", vec![]),
            ("PATH=/opt x", vec![]),
            ("export PATH=/opt; x", vec![program("export")]),
            ("PATH=/opt; x", vec![]),
            ("f() { x; }; f", vec![]),
            ("$X", vec![]),
            ("cd $HOME && x", vec![program("x")]),
            ("", vec![]),
        ] {
            assert_eq!(needs(command), expected, "{command}");
        }
    }
}
