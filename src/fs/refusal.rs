//! Why a place is refused, and the command that mends it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jobs_text::{escaped, join_words};

/// Why a place cannot be used.
#[derive(Debug)]
pub enum PlaceError {
    /// Another account could change it.
    Refused(Refusal),
    /// The system refuses it, or it is of another kind.
    Io {
        /// The file or folder that is concerned.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
}

/// A file or folder that another account could change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The file or folder.
    pub path: PathBuf,
    /// Why it is refused.
    pub problem: Problem,
}

/// Why a file or folder is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Another account owns it: the number of the account.
    Owner(u32),
    /// A group may write to it, perhaps by an access list: the number of the group.
    GroupWrites(u32),
    /// Everyone may write to it.
    EveryoneWrites,
    /// The place is a link, to this path.
    Link(PathBuf),
    /// The place is a link that another account has made: the number of the account.
    LinkOwner(u32),
}

impl PlaceError {
    pub(crate) fn io(path: &Path, error: io::Error) -> PlaceError {
        PlaceError::Io {
            path: path.to_path_buf(),
            error,
        }
    }

    /// Whether the file does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            PlaceError::Refused(_) => false,
            PlaceError::Io { error, .. } => error.kind() == ErrorKind::NotFound,
        }
    }
}

impl Refusal {
    /// The command, or the change, that makes the place acceptable.
    pub fn mend(&self) -> String {
        let path = &self.path;
        match &self.problem {
            Problem::Owner(_) => command(&["chown", &own_account()], path),
            Problem::LinkOwner(_) => command(&["chown", "-h", &own_account()], path),
            Problem::GroupWrites(_) => command(&["chmod", "g-w"], path),
            Problem::EveryoneWrites => command(&["chmod", "go-w"], path),
            Problem::Link(target) => {
                let target = path.parent().unwrap_or(path).join(target);
                format!("use the path that it leads to, `{}`", shown(&target))
            }
        }
    }
}

impl Refusal {
    /// The reason in words that stand after the path of the file.
    pub fn reason(&self) -> String {
        match &self.problem {
            Problem::Owner(uid) => format!("it belongs to the account {uid}"),
            Problem::LinkOwner(uid) => format!("the link belongs to the account {uid}"),
            Problem::GroupWrites(gid) => format!("the group {gid} may write to it"),
            Problem::EveryoneWrites => "everyone may write to it".to_string(),
            Problem::Link(target) => format!("it is a link to `{}`", shown(target)),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown(&self.path);
        let what = if self.path.is_dir() { "folder" } else { "file" };
        match &self.problem {
            Problem::Owner(uid) => {
                let allowed = match own_account().as_str() {
                    "root" => "not to root".to_string(),
                    own => {
                        format!("neither to root nor to the account {own} that runs this program")
                    }
                };
                write!(
                    f,
                    "the {what} `{path}` belongs to the account {uid}, {allowed}"
                )
            }
            Problem::GroupWrites(gid) => write!(
                f,
                "the group {gid} may write to the {what} `{path}`, and so take the place of the daemon"
            ),
            Problem::EveryoneWrites => write!(
                f,
                "everyone may write to the {what} `{path}`, and so take the place of the daemon"
            ),
            Problem::LinkOwner(uid) => {
                write!(f, "the link `{path}` belongs to the account {uid}")
            }
            Problem::Link(target) => write!(
                f,
                "`{path}` is a link to `{}`, and links are not followed here",
                shown(target)
            ),
        }
    }
}

/// The account of this process, as `chown` takes it.
#[cfg(unix)]
fn own_account() -> String {
    match rustix::process::geteuid().as_raw() {
        0 => "root".to_string(),
        uid => uid.to_string(),
    }
}

/// There are no numbers of accounts here.
#[cfg(not(unix))]
fn own_account() -> String {
    String::new()
}

/// A command with the path as its last argument.
fn command(words: &[&str], path: &Path) -> String {
    let path = path.to_string_lossy();
    let words = words.iter().copied().chain([&*path]).map(str::to_string);
    let words: Vec<String> = words.collect();
    format!("`{}`", escaped(&join_words(&words).unwrap_or_default()))
}

fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}
