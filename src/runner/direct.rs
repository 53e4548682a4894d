//! Starts simple commands without a shell. As in make, a command of plain words is started directly, which saves a
//! process that would only read it and exec it.
//!
//! A command with any character or word that means something to a shell goes to the shell. So does a program that
//! cannot be started: the shell then prints the error and sets the exit status.

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
    /// The name of the program as written, for argv[0].
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
}

/// Shells whose behaviour is known. Another shell, or one at another path, may behave differently.
const SHELLS: [&str; 6] = [
    "/bin/sh",
    "/usr/bin/sh",
    "/bin/dash",
    "/usr/bin/dash",
    "/bin/bash",
    "/usr/bin/bash",
];

/// Builtins and keywords of these shells.
const BUILTINS: &[&str] = &[
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

/// Splits a command into a program and arguments. `None` when the command needs the shell.
pub(super) fn direct(command: &str, shell: &Path, environment: &Environment) -> Option<Direct> {
    if !command.bytes().all(is_literal) || !SHELLS.iter().any(|known| shell == Path::new(known)) {
        return None;
    }
    // bash first reads the file in BASH_ENV, and may have exported functions that are called like programs.
    let has_own_start = environment
        .names()
        .any(|name| name == "BASH_ENV" || name.as_encoded_bytes().starts_with(b"BASH_FUNC_"));
    if has_own_start {
        return None;
    }
    let mut words = command.split_ascii_whitespace().map(str::to_string);
    let name = words.next()?;
    if name.contains('=') || is_builtin(&name) {
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

/// Whether a word is a builtin or a keyword of a shell.
pub(super) fn is_builtin(word: &str) -> bool {
    BUILTINS.contains(&word)
}

/// Whether a byte means itself to a shell, at any place.
const fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b' ' | b'\t' | b'_' | b'-' | b'+' | b'.' | b',' | b'/' | b':' | b'=' | b'@' | b'%'
        )
}

/// How long a search result is cached.
const CACHE_TTL: Duration = Duration::from_secs(1);

/// Upper bound on cached results.
const CACHE_MAX: usize = 256;

/// The cache of search results, by `PATH` and name.
type Cache = HashMap<(OsString, String), (Instant, Option<PathBuf>)>;

/// The first program of this name in `path`. The result is cached for a second, because many of the jobs that are due
/// at once run the same program.
pub(super) fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    static CACHE: Mutex<Option<Cache>> = Mutex::new(None);
    let found = || CACHE.lock();
    let key = (path.to_os_string(), name.to_string());
    let known = found().get_or_insert_default().get(&key).cloned();
    if let Some((at, program)) = known
        && at.elapsed() < CACHE_TTL
    {
        return program;
    }
    let program = search(name, path);
    let mut found = found();
    let found = found.get_or_insert_default();
    if found.len() >= CACHE_MAX {
        found.clear();
    }
    found.insert(key, (Instant::now(), program.clone()));
    program
}

/// Searches `path`. `None` at the first relative folder: its meaning depends on the working directory, so the shell
/// must search.
pub(super) fn search(name: &str, path: &OsStr) -> Option<PathBuf> {
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
pub(super) fn may_be_run(program: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(program)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(super) fn may_be_run(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().copied().collect()
    }

    #[test]
    fn direct_accepts_plain_words_only() {
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
    fn direct_keeps_words() {
        let usual = environment(&[("PATH", "/usr/bin:/bin")]);
        let found = direct(" env  -i\tA=1 b ", Path::new("/bin/bash"), &usual).unwrap();
        assert_eq!(found.name, "env");
        assert_eq!(found.arguments, ["-i", "A=1", "b"]);
    }

    #[test]
    fn direct_of_other_shell_or_relative_path_is_none() {
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
