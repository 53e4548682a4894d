//! Which commands need no shell: as make does, a command that is nothing but words is started as what it is, which saves a
//! process that would only read it and become it.
//!
//! Whatever could mean something to a shell, or be something of its own, goes to the shell. So does what can't be started:
//! the shell says why, in its own words and with its own exit status.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::environment::Environment;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Direct {
    pub(super) program: PathBuf,
    /// What it is called, as the shell would call it.
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
}

/// The shells that would do the same. Another one, or one somewhere else, may be anything.
const SHELLS: [&str; 6] = [
    "/bin/sh",
    "/usr/bin/sh",
    "/bin/dash",
    "/usr/bin/dash",
    "/bin/bash",
    "/usr/bin/bash",
];

/// What these shells do themselves, or read as a part of their language.
const OWN_WORDS: &[&str] = &[
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "chdir",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disown",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "enable",
    "esac",
    "eval",
    "exec",
    "exit",
    "export",
    "fc",
    "fg",
    "fi",
    "for",
    "function",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "in",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "then",
    "time",
    "times",
    "trap",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "while",
];

/// How a command is started without a shell, when that makes no difference to it.
pub(super) fn direct(command: &str, shell: &Path, environment: &Environment) -> Option<Direct> {
    if !command.bytes().all(means_itself) || !SHELLS.iter().any(|known| shell == Path::new(known)) {
        return None;
    }
    // bash reads a file first, or has functions that may be called like a program.
    let has_own_start = environment
        .names()
        .any(|name| name == "BASH_ENV" || name.as_encoded_bytes().starts_with(b"BASH_FUNC_"));
    if has_own_start {
        return None;
    }
    let mut words = command.split_ascii_whitespace().map(str::to_string);
    let name = words.next()?;
    if name.contains('=') || OWN_WORDS.contains(&name.as_str()) {
        return None;
    }
    let program = if name.contains('/') {
        name.starts_with('/').then(|| PathBuf::from(&name))
    } else {
        find(&name, environment.get("PATH")?)
    }?;
    Some(Direct {
        program,
        name,
        arguments: words.collect(),
    })
}

/// Whether a shell takes a byte for what it is, wherever it stands.
const fn means_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b' ' | b'\t' | b'_' | b'-' | b'+' | b'.' | b',' | b'/' | b':' | b'=' | b'@' | b'%'
        )
}

/// For how long a program that was found is not looked for again.
const FOUND_FOR: Duration = Duration::from_secs(1);

/// How many are remembered.
const FOUND_MAX: usize = 256;

/// What was found, by `PATH` and name.
type Found = HashMap<(OsString, String), (Instant, Option<PathBuf>)>;

/// The first program of that name, as it was found a second ago at most: of a thousand jobs that are due at once, many
/// run the same.
pub(super) fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    static FOUND: Mutex<Option<Found>> = Mutex::new(None);
    let found = || FOUND.lock();
    let key = (path.to_os_string(), name.to_string());
    let known = found().get_or_insert_default().get(&key).cloned();
    if let Some((at, program)) = known
        && at.elapsed() < FOUND_FOR
    {
        return program;
    }
    let program = search(name, path);
    let mut found = found();
    let found = found.get_or_insert_default();
    if found.len() >= FOUND_MAX {
        found.clear();
    }
    found.insert(key, (Instant::now(), program.clone()));
    program
}

/// Looks for it. A place that is not absolute depends on where the command runs: the shell looks there.
fn search(name: &str, path: &OsStr) -> Option<PathBuf> {
    for folder in std::env::split_paths(path) {
        if !folder.is_absolute() {
            return None;
        }
        let program = folder.join(name);
        if may_be_run(&program) {
            return Some(program);
        }
    }
    None
}

#[cfg(unix)]
fn may_be_run(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(program)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn may_be_run(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().copied().collect()
    }

    #[test]
    fn only_plain_words_go_without_a_shell() {
        let usual = environment(&[("PATH", "/usr/bin:/bin")]);
        for (command, program) in [
            ("/bin/ls", Some("/bin/ls")),
            ("ls -l /tmp", Some("/usr/bin/ls")),
            ("\tenv  A=1 ", Some("/usr/bin/env")),
            ("date +%F_%T", Some("/usr/bin/date")),
            ("", None),
            ("  ", None),
            ("ls; ls", None),
            ("ls\nls", None),
            ("ls > x", None),
            ("ls $HOME", None),
            ("ls ~", None),
            ("ls *", None),
            ("ls 'a b'", None),
            ("ls \\a", None),
            ("ls # all", None),
            ("ls ä", None),
            ("! ls", None),
            ("A=1 env", None),
            ("./ls", None),
            ("bin/ls", None),
            ("echo -n a", None),
            ("kill 1", None),
            ("exec ls", None),
            ("there-is-no-such-program", None),
        ] {
            let found = direct(command, Path::new("/bin/sh"), &usual);
            let found = found.map(|direct| direct.program);
            assert_eq!(found, program.map(PathBuf::from), "{command:?}");
        }
    }

    #[test]
    fn words_stay_as_they_are() {
        let usual = environment(&[("PATH", "/usr/bin:/bin")]);
        let found = direct(" env  -i\tA=1 b ", Path::new("/bin/bash"), &usual).unwrap();
        assert_eq!(found.name, "env");
        assert_eq!(found.arguments, ["-i", "A=1", "b"]);
    }

    #[test]
    fn another_shell_or_a_search_that_depends_on_it_is_left_to_the_shell() {
        for (shell, variables) in [
            ("/opt/sh", vec![("PATH", "/bin")]),
            ("/bin/zsh", vec![("PATH", "/bin")]),
            ("/bin/sh", vec![]),
            ("/bin/sh", vec![("PATH", ".:/bin")]),
            ("/bin/sh", vec![("PATH", "")]),
            ("/bin/sh", vec![("BASH_ENV", "/etc/x"), ("PATH", "/bin")]),
            (
                "/bin/sh",
                vec![("BASH_FUNC_ls%%", "() { :; }"), ("PATH", "/bin")],
            ),
        ] {
            let found = direct("ls", Path::new(shell), &environment(&variables));
            assert_eq!(found, None, "{shell} {variables:?}");
        }
    }
}
