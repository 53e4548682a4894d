//! What every command may rely on, as under cron: who it is, where its home is, and where programs are. A service manager
//! starts a daemon without any of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where programs are when nobody says.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables that the daemon's own environment lacks: HOME, LOGNAME, USER, SHELL and PATH.
pub(super) fn missing_variables(shell: &Path) -> Vec<(&'static str, OsString)> {
    let name = name();
    let all = [
        ("HOME", home().map(OsString::from)),
        ("LOGNAME", name.clone()),
        ("USER", name),
        ("SHELL", Some(shell.as_os_str().to_os_string())),
        ("PATH", cfg!(unix).then(|| OsString::from(PATH))),
    ];
    all.into_iter()
        .filter(|(name, _)| std::env::var_os(name).is_none_or(|value| value.is_empty()))
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// The home of the account: what HOME says, else what the system knows of it.
pub(super) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
        .or_else(home_of_account)
}

#[cfg(unix)]
fn account() -> Option<&'static uzers::User> {
    // The system's answer may take its time, and does not change.
    static ACCOUNT: std::sync::OnceLock<Option<uzers::User>> = std::sync::OnceLock::new();
    ACCOUNT
        .get_or_init(|| uzers::get_user_by_uid(uzers::get_effective_uid()))
        .as_ref()
}

#[cfg(unix)]
fn home_of_account() -> Option<PathBuf> {
    use uzers::os::unix::UserExt;
    account().map(|account| account.home_dir().to_path_buf())
}

#[cfg(unix)]
fn name() -> Option<OsString> {
    account().map(|account| account.name().to_os_string())
}

#[cfg(not(unix))]
fn home_of_account() -> Option<PathBuf> {
    std::env::home_dir()
}

#[cfg(not(unix))]
fn name() -> Option<OsString> {
    std::env::var_os("USERNAME")
}
