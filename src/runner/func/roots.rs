//! Restricts functions to the folders of `jobs.func_roots`, if there are any.
//!
//! A path is first resolved (its links are followed, as far as it exists), then compared with the folders part by
//! part, and then opened from the folder that is held open, part by part, without following links and without `..`. So the opened
//! file is the compared one: if a folder is replaced with a link meanwhile, the walk fails. This does not detect another mount of the
//! same files, nor hard links: an account that may create these within a root can place any file of that file system there.

mod follow;
mod held;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use follow::follow;
pub(crate) use held::RootMessage;
pub use held::Roots;
use held::{Held, Root};

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};

use super::Failure;
use super::entry::shown;
use jobs_fs::{PlaceError, Problem, Refusal, check_folder, is_trusted};
use jobs_text::listed;

/// Upper bound on the links that a path may follow, as in Linux.
const MAX_LINKS: usize = 40;

/// Upper bound on a path, in bytes, as in Linux.
const MAX_PATH_BYTES: usize = 4095;

/// Flags to walk through a folder: this needs permission to search the folder, not to read it.
#[cfg(target_os = "linux")]
const WALK_FLAGS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const WALK_FLAGS: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// The location of an existing or future file: an open folder, and a name in it.
#[derive(Debug)]
pub(super) struct Location {
    /// Opened for operations relative to it; it cannot be read.
    pub(super) folder: OwnedFd,
    /// The name in the folder. It may be a link.
    pub(super) name: OsString,
    /// The resolved path.
    pub(super) path: PathBuf,
}

/// A path with links followed, and where the walk to it begins.
#[derive(Debug)]
pub(super) struct Resolved<'a> {
    path: PathBuf,
    /// The root that the path is below; absent without roots, and for a root that was not there when the daemon opened its roots.
    root: Option<&'a Held>,
}

/// The path in an argument. It must be absolute.
pub(super) fn absolute<'a>(argument: &str, text: &'a str) -> Result<&'a Path, Failure> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.contains('\0') {
        "contains a NUL byte"
    } else if text.len() > MAX_PATH_BYTES {
        return Err(Failure::argument(
            argument,
            format!("it is longer than {MAX_PATH_BYTES} bytes"),
        ));
    } else if !Path::new(text).is_absolute() {
        "is not an absolute path, such as `/srv/data`"
    } else {
        return Ok(Path::new(text));
    };
    let value = shown(text);
    Err(Failure::argument(argument, format!("`{value}` {problem}")))
}

/// Like [`absolute`], and without `..`.
pub(super) fn absolute_without_parent<'a>(
    argument: &str,
    text: &'a str,
) -> Result<&'a Path, Failure> {
    let path = absolute(argument, text)?;
    if path.components().any(|part| part == Component::ParentDir) {
        let value = shown(text);
        let problem = format!("`{value}` contains `..`: write the path without it");
        return Err(Failure::argument(argument, problem));
    }
    Ok(path)
}

/// The location that a path leads to, with links followed. The file may be missing, its folder must exist.
pub(super) fn target(argument: &str, path: &Path, roots: &Roots) -> Result<Location, Failure> {
    let resolved = resolved(argument, path, roots)?;
    open(resolved).map_err(|error| unreachable(argument, path, error))
}

/// The location of a path without following its last part: of the link itself, if it is one.
pub(super) fn target_itself(
    argument: &str,
    path: &Path,
    roots: &Roots,
) -> Result<Location, Failure> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        let value = shown(path);
        return Err(Failure::argument(
            argument,
            format!("`{value}` does not end with a name"),
        ));
    };
    let folder = follow(folder).map_err(|error| unreachable(argument, path, error))?;
    let resolved = within(argument, path, folder.join(name), roots)?;
    open(resolved).map_err(|error| unreachable(argument, path, error))
}

/// The path that a path leads to, with links followed; it may be missing. It is within the roots.
pub(super) fn resolved<'a>(
    argument: &str,
    path: &Path,
    roots: &'a Roots,
) -> Result<Resolved<'a>, Failure> {
    let resolved = follow(path).map_err(|error| unreachable(argument, path, error))?;
    within(argument, path, resolved, roots)
}

/// Walks to the folder of a resolved path without following links.
pub(super) fn open(resolved: Resolved<'_>) -> io::Result<Location> {
    let Resolved { path, root } = resolved;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::IsADirectory.into());
    };
    let below = root.and_then(|root| Some((root, parent.strip_prefix(&root.path).ok()?)));
    let folder = match below {
        Some((root, below)) => walk(Some(root.folder()), below)?,
        // The root itself, or no root.
        None => walk(None, parent)?,
    };
    let name = name.to_os_string();
    Ok(Location { folder, name, path })
}

/// Walks from a folder, or from `/`, through the parts of a path without links.
fn walk(from: Option<BorrowedFd<'_>>, path: &Path) -> io::Result<OwnedFd> {
    let mut folder = match from {
        Some(folder) => folder.try_clone_to_owned()?,
        None => rustix::fs::openat(CWD, "/", WALK_FLAGS, Mode::empty())?,
    };
    for part in path.components() {
        if let Component::Normal(part) = part {
            folder = rustix::fs::openat(
                folder.as_fd(),
                part,
                WALK_FLAGS | OFlags::NOFOLLOW,
                Mode::empty(),
            )?;
        }
    }
    Ok(folder)
}

/// Whether an error means that the path does not exist.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Checks that a resolved path is within the roots, and finds the root that it is below.
fn within<'a>(
    argument: &str,
    given: &Path,
    resolved: PathBuf,
    roots: &'a Roots,
) -> Result<Resolved<'a>, Failure> {
    if roots.is_empty() {
        return Ok(Resolved {
            path: resolved,
            root: None,
        });
    }
    // A root that does not exist contains nothing.
    let found = roots.iter().find_map(|root| {
        let now = fs::canonicalize(&root.configured).ok()?;
        (now.is_absolute() && resolved.starts_with(&now)).then_some((root, now))
    });
    if let Some((root, now)) = found {
        check_root(argument, &root.configured)?;
        return Ok(Resolved {
            path: resolved,
            root: held(argument, root, &now)?,
        });
    }
    let leads = if given.components().eq(resolved.components()) {
        String::new()
    } else {
        format!(", which leads to `{}`,", shown(&resolved))
    };
    let problem = format!(
        "`{}`{leads} is outside the folders of `jobs.func_roots`: {}",
        shown(given),
        listed(roots.iter().map(|root| shown(&root.configured)))
    );
    Err(Failure::argument(argument, problem))
}

/// The folder that the daemon holds open for a root that leads to `now`. None when another folder is at the same path, for example
/// because a file system was mounted there since: [`check_root`] has made sure that only root or the own account can do that.
fn held<'a>(argument: &str, root: &'a Root, now: &Path) -> Result<Option<&'a Held>, Failure> {
    let before = match &root.held {
        Some(held) if held.path == now => return Ok(held.is_at(now).then_some(held)),
        Some(held) => &held.path,
        None if root.configured == now => return Ok(None),
        None => &root.configured,
    };
    Err(Failure::argument(
        argument,
        format!(
            "`jobs.func_roots`: `{}` leads to `{}` now, and led to `{}` when the daemon read its configuration; `jobs reload` takes the new folder",
            shown(&root.configured),
            shown(now),
            shown(before)
        ),
    ))
}

/// Refuses a root that another account could replace, with a link to a folder that it must not reach. A root that passes leads to
/// the same folder for as long as a function runs, since only root and the own account can change a folder above it.
fn check_root(argument: &str, root: &Path) -> Result<(), Failure> {
    let mut folder = root.to_path_buf();
    let mut links = 0;
    let problem = loop {
        match check_folder(&folder) {
            Ok(()) => return Ok(()),
            Err(PlaceError::Refused(refusal)) => match own_link(&refusal, root) {
                Some(target) if links < MAX_LINKS => {
                    links += 1;
                    folder = target;
                }
                Some(_) | None => {
                    break format!(
                        "`jobs.func_roots`: {refusal}; {}, or let the job run as the owner of the folder (--user)",
                        refusal.mend()
                    );
                }
            },
            Err(PlaceError::Io { path, error }) => {
                break format!(
                    "`jobs.func_roots`: `{}` can't be used: {error}",
                    shown(path)
                );
            }
        }
    };
    Err(Failure::argument(argument, problem))
}

/// The target of a link that root or the own account has put in the place of the root itself.
fn own_link(refusal: &Refusal, root: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let Problem::Link(target) = &refusal.problem else {
        return None;
    };
    let is_own = is_trusted(fs::symlink_metadata(&refusal.path).ok()?.uid());
    let is_root = fs::canonicalize(&refusal.path).ok()? == fs::canonicalize(root).ok()?;
    (is_own && is_root).then(|| refusal.path.parent().map(|parent| parent.join(target)))?
}

fn unreachable(argument: &str, path: &Path, error: io::Error) -> Failure {
    let value = shown(path);
    let problem = match error.kind() {
        ErrorKind::IsADirectory => format!("`{value}` is a folder"),
        ErrorKind::NotFound => format!("`{value}` is in a folder that does not exist"),
        ErrorKind::NotADirectory => {
            format!(
                "`{value}` is below a path that is not a folder, or that has just become a link"
            )
        }
        _ => format!("`{value}` can't be reached: {error}"),
    };
    Failure::argument(argument, problem)
}

/// Whether a path ends with `/`, as that of a folder.
pub(super) fn has_slash_at_end(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let text: &OsStr = path.as_os_str();
    text.as_bytes().ends_with(b"/")
}
