//! The shell of a command, and whether it reports the failure of each program of a pipe.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use parking_lot::Mutex;

/// A shell with its own arguments, such as `bash -o pipefail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// The path of the shell, or its name in `PATH`.
    pub program: PathBuf,
    /// The arguments before the flag `-c`.
    pub arguments: Vec<OsString>,
}

/// Shells that may have the option `pipefail`, by the last part of their path. `sh` and dash have it in some releases.
const MAY_HAVE_PIPEFAIL: [&str; 9] = [
    "sh", "ash", "bash", "dash", "ksh", "ksh93", "mksh", "yash", "zsh",
];

impl Shell {
    /// Reads a shell from a text: a path, which may have blanks when the file exists, else words of which the first is
    /// the program.
    pub fn parse(text: &str) -> Shell {
        let path = Path::new(text);
        if !text.contains([' ', '\t']) || path.is_file() {
            return Shell {
                program: path.to_path_buf(),
                arguments: Vec::new(),
            };
        }
        let mut words = text.split_ascii_whitespace();
        Shell {
            program: words.next().unwrap_or_default().into(),
            arguments: words.map(OsString::from).collect(),
        }
    }

    /// The shell with `-o pipefail`, if it knows that option.
    #[must_use]
    pub fn with_pipefail(mut self) -> Shell {
        if !self.says_pipefail() && self.has_pipefail() {
            self.arguments.extend(["-o".into(), "pipefail".into()]);
        }
        self
    }

    /// Whether its arguments set the option.
    pub fn says_pipefail(&self) -> bool {
        self.arguments.iter().any(|word| word == "pipefail")
    }

    /// Whether its arguments set this option and nothing else.
    pub(super) fn only_sets_pipefail(&self) -> bool {
        matches!(self.arguments.as_slice(), [flag, option] if flag == "-o" && option == "pipefail")
    }

    /// Whether its builtins are known and it reads no profile, so that each other word is a program in `PATH`.
    pub(super) fn has_known_builtins(&self) -> bool {
        let name = self.program.file_name().and_then(|name| name.to_str());
        let is_known = name.is_some_and(|name| matches!(name, "sh" | "bash" | "dash"));
        is_known && (self.arguments.is_empty() || self.only_sets_pipefail())
    }

    /// Whether it is a shell whose language a warning about commands can judge.
    pub fn is_known(&self) -> bool {
        let name = self.program.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| MAY_HAVE_PIPEFAIL.contains(&name))
    }

    /// Whether the shell knows the option `pipefail`. A shell of an unknown name is not asked: it may be no shell, but
    /// for example python. The answer is kept while the daemon runs.
    pub fn has_pipefail(&self) -> bool {
        static KNOWN: Mutex<Option<HashMap<PathBuf, bool>>> = Mutex::new(None);
        if !self.is_known() {
            return false;
        }
        if let Some(known) = KNOWN.lock().get_or_insert_default().get(&self.program) {
            return *known;
        }
        let tried = std::process::Command::new(&self.program)
            .args(["-o", "pipefail", "-c", ":"])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let has = tried.is_ok_and(|status| status.success());
        let mut known = KNOWN.lock();
        known
            .get_or_insert_default()
            .insert(self.program.clone(), has);
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_reads_path_or_words() {
        for (text, program, arguments) in [
            ("/bin/sh", "/bin/sh", &[] as &[&str]),
            ("bash -o pipefail", "bash", &["-o", "pipefail"]),
            ("/bin/bash  -l", "/bin/bash", &["-l"]),
        ] {
            let shell = Shell::parse(text);
            assert_eq!(shell.program, Path::new(program), "{text}");
            assert_eq!(shell.arguments, arguments, "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my sh");
        std::fs::write(&path, "").unwrap();
        let shell = Shell::parse(path.to_str().unwrap());
        assert_eq!((shell.program, shell.arguments), (path, Vec::new()));
    }

    #[test]
    fn with_pipefail_keeps_programs_that_are_no_shell() {
        let python = Shell::parse("/usr/bin/python3");
        assert_eq!(python.clone().with_pipefail(), python);
        let bash = Shell::parse("/bin/bash");
        if bash.program.is_file() {
            let set = bash.with_pipefail();
            assert_eq!(set.arguments, ["-o", "pipefail"]);
            assert_eq!(set.clone().with_pipefail(), set);
        }
    }
}
