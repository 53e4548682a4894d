//! Accounts: the daemon's own, and others that a job runs as. Sets the variables that every command may rely on, as
//! under cron: HOME, LOGNAME, USER, SHELL and PATH. A service manager starts a daemon without them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use jobs_error::{Error, Result};

/// PATH of the daemon's account and of root, when the environment has none.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// PATH of an account that is not root.
const PATH_OF_OTHERS: &str = "/usr/local/bin:/usr/bin:/bin";

/// An account that a job runs as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// The numbers of all its groups, the primary one included.
    pub(super) groups: Vec<u32>,
    pub(super) home: PathBuf,
    pub(super) shell: PathBuf,
}

/// The name of the account with this number, if there is one.
#[cfg(unix)]
pub fn account_name(uid: u32) -> Option<String> {
    let user = uzers::get_user_by_uid(uid)?;
    Some(user.name().to_string_lossy().into_owned())
}

/// The name of the account with this number, if there is one.
#[cfg(not(unix))]
pub fn account_name(_uid: u32) -> Option<String> {
    None
}

impl Account {
    /// Finds an account by name. `None` when it is the daemon's own, since the command then needs no change. May ask
    /// a directory service over the network.
    ///
    /// # Errors
    ///
    /// Fails when the account does not exist, or when the daemon is not root and cannot become another account.
    #[cfg(unix)]
    pub fn other(name: &str) -> Result<Option<Account>> {
        use uzers::os::unix::UserExt;

        let user = uzers::get_user_by_name(name)
            .ok_or_else(|| refused(format!("there is no account `{name}` on this machine")))?;
        let own = uzers::get_effective_uid();
        if user.uid() == own {
            return Ok(None);
        }
        if own != 0 {
            return Err(refused(format!(
                "`{name}`: only a daemon that runs as root can run commands as another account"
            )));
        }
        let gid = user.primary_group_id();
        let groups = uzers::get_user_groups(name, gid)
            .ok_or_else(|| refused(format!("the groups of `{name}` can't be read")))?;
        let mut groups: Vec<u32> = groups.iter().map(uzers::Group::gid).collect();
        if !groups.contains(&gid) {
            groups.push(gid);
        }
        Ok(Some(Account {
            name: name.to_string(),
            uid: user.uid(),
            gid,
            groups,
            home: user.home_dir().to_path_buf(),
            shell: user.shell().to_path_buf(),
        }))
    }

    /// On other systems a command runs as the daemon's account.
    #[cfg(not(unix))]
    pub fn other(name: &str) -> Result<Option<Account>> {
        Err(refused(format!(
            "`{name}`: commands run as the account of the daemon on this system"
        )))
    }

    /// The variables that a login sets.
    pub(super) fn variables(&self) -> Vec<(OsString, OsString)> {
        let path = if self.uid == 0 { PATH } else { PATH_OF_OTHERS };
        vec![
            ("HOME".into(), self.home.clone().into()),
            ("LOGNAME".into(), self.name.clone().into()),
            ("USER".into(), self.name.clone().into()),
            ("SHELL".into(), self.shell.clone().into()),
            ("PATH".into(), path.into()),
        ]
    }
}

/// The field `user` names an account that can't be used.
fn refused(problem: String) -> Error {
    Error::invalid("user", problem)
}

/// Defaults for variables that the daemon's environment may lack: HOME, LOGNAME, USER, SHELL and PATH.
pub(super) fn own_variables(shell: &Path) -> Vec<(OsString, OsString)> {
    let name = name();
    let all = [
        ("HOME", home().map(OsString::from)),
        ("LOGNAME", name.clone()),
        ("USER", name),
        ("SHELL", Some(shell.as_os_str().to_os_string())),
        ("PATH", cfg!(unix).then(|| OsString::from(PATH))),
    ];
    all.into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?)))
        .collect()
}

/// The home of the daemon's account: the variable HOME, else the entry in the account database.
pub(super) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
        .or_else(home_of_account)
}

#[cfg(unix)]
fn account() -> Option<&'static uzers::User> {
    // The lookup may be slow, and its result never changes.
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
