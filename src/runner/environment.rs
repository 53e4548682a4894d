//! The environment of a command: the daemon's or a clean one, then the variables of a file, of the job and of the
//! execution.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;

use super::account::{self, Account};
#[cfg(unix)]
use super::env_file::open;
pub use super::variables::Environment;
use super::variables::{Common, shared};
use jobs_mask as mask;
use jobs_work::Command;

/// Variables that commands do not inherit: they are meant for the daemon alone, most of them set by the service
/// manager. A command must not talk to the service manager in the daemon's place.
const NOT_INHERITED: [&str; 20] = [
    "DATABASE_MYSQL_PASSWORD",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_PIDFDID",
    "LISTEN_FDNAMES",
    "FDSTORE",
    "MAINPID",
    "SYSTEMD_EXEC_PID",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "CREDENTIALS_DIRECTORY",
    "RUNTIME_DIRECTORY",
    "STATE_DIRECTORY",
    "LOGS_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
];

/// Variables by which the client finds the daemon.
const CLIENT_VARIABLES: [&str; 2] = ["JOBS_HOME", "JOBS_CONFIG"];

/// Variables that a clean environment keeps: the language and time zone of the machine.
const CLEAN_VARIABLES: [&str; 4] = ["LANG", "LC_ALL", "LC_CTYPE", "TZ"];

/// Upper bound on a file of variables, in bytes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// The environment of a command. `other` is the account that runs it, when that is not the daemon's own.
/// `job_variables` describe the execution.
pub(super) fn of_command(
    work: &Command,
    shell: &Path,
    other: Option<&Account>,
    job_variables: Vec<(&'static str, String)>,
) -> Result<Environment, String> {
    let is_clean = work.clean_env.unwrap_or(other.is_some());
    let mut all = match other {
        // Set the variables as a login does.
        Some(account) => {
            let mut all: Environment = inherited_by(is_clean).collect();
            all.extend(account.variables());
            all
        }
        None => Environment::with(common(shell, is_clean)),
    };
    if work.shell.is_some() {
        // As in cron, SHELL is the shell that runs the command.
        all.set("SHELL", shell);
    }
    all.extend(job_variables);
    if let Some(file) = &work.env_file {
        all.extend(read_file(Path::new(file), other)?);
    }
    all.extend(work.env.iter().map(|(name, value)| (name, value)));
    Ok(all)
}

/// The environment of a function's process. `other` is the account that it runs as, when that is not the daemon's own.
pub(super) fn of_function(
    other: Option<&Account>,
    job_variables: Vec<(&'static str, String)>,
) -> Environment {
    if let Some(account) = other {
        let mut all: Environment = inherited_by(true).collect();
        all.extend(account.variables());
        all.extend(job_variables);
        return all;
    }
    static COMMON: LazyLock<Arc<Common>> =
        LazyLock::new(|| Arc::new(shared(inherited().map(owned))));
    let mut all = Environment::with(COMMON.clone());
    all.extend(job_variables);
    all
}

/// The variables of all commands that run as the daemon's account. They do not change while the daemon runs, so they
/// are built once per shell.
fn common(shell: &Path, is_clean: bool) -> Arc<Common> {
    /// Upper bound on cached environments.
    const MAX_CACHED: usize = 16;
    static CACHE: Mutex<BTreeMap<(PathBuf, bool), Arc<Common>>> = Mutex::new(BTreeMap::new());
    let mut known = CACHE.lock();
    let key = (shell.to_path_buf(), is_clean);
    if let Some(common) = known.get(&key) {
        return common.clone();
    }
    let mut all: BTreeMap<OsString, OsString> = inherited_by(is_clean).map(owned).collect();
    for (name, value) in account::own_variables(shell) {
        if all.get(&name).is_none_or(|value| value.is_empty()) {
            all.insert(name, value);
        }
    }
    let common = Arc::new(shared(all));
    if known.len() >= MAX_CACHED {
        known.clear();
    }
    known.insert(key, common.clone());
    common
}

/// The inherited variables of a command; of a clean environment only a few.
fn inherited_by(is_clean: bool) -> impl Iterator<Item = (&'static OsStr, &'static OsStr)> {
    inherited()
        .filter(move |(name, _)| !is_clean || CLEAN_VARIABLES.iter().any(|kept| name == kept))
}

fn owned((name, value): (&OsStr, &OsStr)) -> (OsString, OsString) {
    (name.to_os_string(), value.to_os_string())
}

/// The variables of the daemon that an execution may inherit: none that configures the daemon, since it may hold a
/// password. Read once, because they never change.
pub(super) fn inherited() -> impl Iterator<Item = (&'static OsStr, &'static OsStr)> {
    static INHERITED: LazyLock<Vec<(OsString, OsString)>> = LazyLock::new(|| {
        let is_inherited = |(name, _): &(OsString, OsString)| {
            let name = name.to_str().unwrap_or_default();
            let configures = name.starts_with("JOBS_") && !CLIENT_VARIABLES.contains(&name);
            !configures && !NOT_INHERITED.contains(&name)
        };
        std::env::vars_os().filter(is_inherited).collect()
    });
    INHERITED
        .iter()
        .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
}

/// The secrets of the variables that commands inherit. They do not change while the daemon runs.
pub(super) fn inherited_secrets() -> &'static [String] {
    static INHERITED: LazyLock<Vec<String>> =
        LazyLock::new(|| secrets_among(inherited().map(owned)).collect());
    &INHERITED
}

/// The secrets in a file of variables; none when it can't be read.
pub(super) fn secrets_of_file(path: &Path, other: Option<&Account>) -> Option<Vec<String>> {
    Some(secrets_among(read_file(path, other).ok()?).collect())
}

fn secrets_among(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> impl Iterator<Item = String> {
    variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .flat_map(|(name, value)| {
            if mask::is_secret_name(&name) {
                return vec![value];
            }
            let spans = mask::spans(&value).into_iter();
            spans.map(|span| value[span].to_string()).collect()
        })
}

/// Reads a file of `K=V` lines. `#` begins a comment; `export` before a name and quotes around a value are removed.
/// The daemon reads the file, as service managers do, so the account of the command need not be able to. But a file that another
/// account could have put there is opened with the rights of the account of the command.
fn read_file(path: &Path, other: Option<&Account>) -> Result<Vec<(OsString, OsString)>, String> {
    let refuse = |problem: String| format!("env_file: `{}`: {problem}", path.display());
    let file = open(path, other).map_err(refuse)?;
    let text = text_of(file).map_err(|error| refuse(error.to_string()))?;
    // Some editors begin a file with a byte order mark.
    let lines = text.trim_start_matches('\u{feff}').lines();
    let mut variables = Vec::new();
    for (index, line) in lines.enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // The line may hold a secret: name its number, not its text.
        variables.push(
            variable(line).map_err(|problem| refuse(format!("line {} {problem}", index + 1)))?,
        );
    }
    Ok(variables)
}

#[cfg(not(unix))]
fn open(path: &Path, _: Option<&Account>) -> Result<File, String> {
    File::open(path).map_err(|error| error.to_string())
}

fn text_of(file: File) -> io::Result<String> {
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("is not a file"));
    }
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        let problem = format!("is larger than {MAX_FILE_BYTES} bytes");
        return Err(io::Error::other(problem));
    }
    String::from_utf8(text).map_err(|_| io::Error::other("is not UTF-8"))
}

fn variable(line: &str) -> Result<(OsString, OsString), &'static str> {
    let line = line
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']))
        .unwrap_or(line);
    let (name, value) = line
        .split_once('=')
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, _)| !name.is_empty() && !name.contains(char::is_whitespace))
        .filter(|_| !line.contains('\0'))
        .ok_or("is not K=V")?;
    Ok((name.into(), unquoted(value)?.into()))
}

fn unquoted(value: &str) -> Result<&str, &'static str> {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest
                .strip_suffix(quote)
                .ok_or("has a quote that is not closed");
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_file_parses_variables() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        std::fs::write(
            &path,
            "\u{feff}# c\n\nA=1\r\nexport B='x y'\nC=\"\"\nD=a=b # no comment\n export\tE = it's \nexported=\n",
        )
        .unwrap();
        let expected = [
            ("A", "1"),
            ("B", "x y"),
            ("C", ""),
            ("D", "a=b # no comment"),
            ("E", "it's"),
            ("exported", ""),
        ]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        assert_eq!(read_file(&path, None).unwrap(), expected);
        for (text, problem) in [
            ("A=1\nhunter2\n", "line 2 is not K=V"),
            ("hunter2=1\n\n#\n=hunter2", "line 4 is not K=V"),
            ("A hunter2=1", "line 1 is not K=V"),
            ("A=hunter2\0", "line 1 is not K=V"),
            ("A=\"hunter2", "line 1 has a quote"),
            ("A='hunter2' # x", "line 1 has a quote"),
            ("A='", "line 1 has a quote"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read_file(&path, None).unwrap_err();
            assert!(
                error.contains(problem) && !error.contains("hunter2"),
                "{error}"
            );
        }
        std::fs::write(&path, "A".repeat(MAX_FILE_BYTES as usize + 1)).unwrap();
        assert!(read_file(&path, None).unwrap_err().contains("larger"));
        std::fs::write(&path, [b'A', b'=', 0xff]).unwrap();
        assert!(read_file(&path, None).unwrap_err().contains("UTF-8"));
        let error = read_file(folder.path(), None).unwrap_err();
        assert!(error.contains("is not a file"), "{error}");
        let error = read_file(&folder.path().join("nothing"), None).unwrap_err();
        assert!(
            error.contains("env_file") && error.contains("No such file"),
            "{error}"
        );
    }
}
