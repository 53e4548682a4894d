//! The environment that a command gets: the daemon's or a clean one, a file, what the job says, and what `jobs` tells it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::Path;

use super::account::{self, Account};
use crate::work::Command;

/// What the daemon's environment has that is not for its commands: they must not speak to the service manager for it.
const NOT_INHERITED: [&str; 6] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
];

/// What a clean environment keeps of the daemon's: in which language and zone this machine speaks.
const KEPT_CLEAN: [&str; 4] = ["LANG", "LC_ALL", "LC_CTYPE", "TZ"];

/// A file of variables past this many bytes is none.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Variables by name.
pub type Environment = BTreeMap<OsString, OsString>;

/// The environment of a command. `other` is the account that it runs as, when that is not the daemon's own; `told` is what
/// `jobs` itself tells it.
pub(super) fn of_command(
    work: &Command,
    shell: &Path,
    other: Option<&Account>,
    told: Vec<(&'static str, String)>,
) -> Result<Environment, String> {
    let is_clean = work.clean_env.unwrap_or(other.is_some());
    let mut all: Environment = std::env::vars_os()
        .filter(|(name, _)| {
            let name = name.to_str().unwrap_or_default();
            !NOT_INHERITED.contains(&name) && (!is_clean || KEPT_CLEAN.contains(&name))
        })
        .collect();
    match other {
        // As login would set them.
        Some(account) => all.extend(account.variables()),
        None => {
            for (name, value) in account::own_variables(shell) {
                if all.get(&name).is_none_or(|value| value.is_empty()) {
                    all.insert(name, value);
                }
            }
        }
    }
    all.extend(
        told.into_iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    if let Some(file) = &work.env_file {
        all.extend(read_file(Path::new(file))?);
    }
    all.extend(
        work.env
            .iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    Ok(all)
}

/// Reads `K=V` lines: `#` begins a comment, `export` before a name and quotes around a value are taken off.
fn read_file(path: &Path) -> Result<Vec<(OsString, OsString)>, String> {
    let refuse = |problem: String| format!("env_file: `{}`: {problem}", path.display());
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text))
        .map_err(|error| refuse(error.to_string()))?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(refuse(format!("it is larger than {LARGEST_FILE} bytes")));
    }
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let pair = line.split_once('=').filter(|(name, _)| {
            !name.trim().is_empty() && !name.trim().contains(char::is_whitespace)
        });
        // The line may hold a secret: its number is told, not its text.
        let Some((name, value)) = pair.filter(|_| !line.contains('\0')) else {
            return Err(refuse(format!("line {} is not K=V", index + 1)));
        };
        variables.push((name.trim().into(), unquoted(value.trim()).into()));
    }
    Ok(variables)
}

fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_variables_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        std::fs::write(
            &path,
            "# c\n\nA=1\nexport B='x y'\nC=\"\"\nD=a=b # no comment\n",
        )
        .unwrap();
        let expected = [
            ("A", "1"),
            ("B", "x y"),
            ("C", ""),
            ("D", "a=b # no comment"),
        ]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        assert_eq!(read_file(&path).unwrap(), expected);
        for text in ["A=1\nsecret-hunter2\n", "=1", "A B=1"] {
            std::fs::write(&path, text).unwrap();
            let error = read_file(&path).unwrap_err();
            assert!(
                error.contains("is not K=V") && !error.contains("hunter2"),
                "{error}"
            );
        }
        std::fs::write(&path, [b'A', b'=', 0xff]).unwrap();
        assert!(read_file(&path).unwrap_err().contains("UTF-8"));
        let error = read_file(&folder.path().join("nothing")).unwrap_err();
        assert!(
            error.contains("env_file") && error.contains("No such file"),
            "{error}"
        );
    }
}
