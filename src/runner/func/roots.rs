//! Where functions may read and write: within the folders of `jobs.func_roots`, when there are any.
//!
//! A path is resolved first (its links followed, as far as it is there), then compared with the folders, part by part, and
//! then walked to from `/` again, part by part, this time through no link. So what is opened is what was compared: who
//! swaps a folder for a link meanwhile makes the walk fail. What this does not see through is another mount of the same
//! files, and hard links: who may make those within a root can have any file of that file system there.

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};

use super::Failure;
use super::entry::shown;
use crate::text::listed;

/// How many links a path may lead over, as in Linux.
const LINKS_MOST: usize = 40;

/// How long a path may be, in bytes, as in Linux.
const PATH_MOST: usize = 4095;

/// To walk through a folder one needs to be allowed to search it, not to read it.
#[cfg(target_os = "linux")]
const PASS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const PASS: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// Where something is or will be: an open folder, and a name in it.
#[derive(Debug)]
pub(super) struct Place {
    /// Good for what is done relative to it; not to read it.
    pub(super) folder: OwnedFd,
    /// It may be that of a link.
    pub(super) name: OsString,
    /// The same as a path, resolved.
    pub(super) path: PathBuf,
}

/// The path that an argument gives, which must begin with `/`.
pub(super) fn absolute<'a>(argument: &str, text: &'a str) -> Result<&'a Path, Failure> {
    let problem = if text.is_empty() {
        "is empty"
    } else if text.contains('\0') {
        "holds a NUL"
    } else if text.len() > PATH_MOST {
        return Err(Failure::argument(
            argument,
            format!("it is longer than {PATH_MOST} bytes"),
        ));
    } else if !Path::new(text).is_absolute() {
        "is not an absolute path, such as `/srv/data`"
    } else {
        return Ok(Path::new(text));
    };
    let value = shown(text);
    Err(Failure::argument(argument, format!("`{value}` {problem}")))
}

/// As [`absolute`], and without `..`.
pub(super) fn straight<'a>(argument: &str, text: &'a str) -> Result<&'a Path, Failure> {
    let path = absolute(argument, text)?;
    if path.components().any(|part| part == Component::ParentDir) {
        let value = shown(text);
        let problem = format!("`{value}` has a `..` in it: write the path without");
        return Err(Failure::argument(argument, problem));
    }
    Ok(path)
}

/// The place that a path leads to, over its links. It need not be there, its folder must.
pub(super) fn target(argument: &str, path: &Path, roots: &[PathBuf]) -> Result<Place, Failure> {
    let resolved = resolved(argument, path, roots)?;
    open(resolved).map_err(|error| unreachable(argument, path, error))
}

/// The place of what a path names itself: of the link, when it is one.
pub(super) fn itself(argument: &str, path: &Path, roots: &[PathBuf]) -> Result<Place, Failure> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        let value = shown(path);
        return Err(Failure::argument(
            argument,
            format!("`{value}` does not end in a name"),
        ));
    };
    let folder = follow(folder, &mut 0).map_err(|error| unreachable(argument, path, error))?;
    let resolved = folder.join(name);
    confine(argument, path, &resolved, roots)?;
    open(resolved).map_err(|error| unreachable(argument, path, error))
}

/// Where a path leads to, over its links; it need not be there. It lies within the roots.
pub(super) fn resolved(argument: &str, path: &Path, roots: &[PathBuf]) -> Result<PathBuf, Failure> {
    let resolved = follow(path, &mut 0).map_err(|error| unreachable(argument, path, error))?;
    confine(argument, path, &resolved, roots)?;
    Ok(resolved)
}

/// Walks to the folder of a resolved path, through no link.
pub(super) fn open(path: PathBuf) -> io::Result<Place> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::IsADirectory.into());
    };
    let name = name.to_os_string();
    let mut folder = rustix::fs::openat(CWD, "/", PASS, Mode::empty())?;
    for part in parent.components() {
        if let Component::Normal(part) = part {
            folder = rustix::fs::openat(&folder, part, PASS | OFlags::NOFOLLOW, Mode::empty())?;
        }
    }
    Ok(Place { folder, name, path })
}

/// Whether an error says that there is no such thing.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The path without links: of what is there as the system sees it, with the rest as it was written. The last part may be
/// a link to what is not there (yet); `links` counts them.
fn follow(path: &Path, links: &mut usize) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if is_missing(&error) => {}
        found => return found,
    }
    // What ends in `..` has no name, and where it leads to from what is not there nobody knows.
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::NotFound.into());
    };
    let parent = follow(parent, links)?;
    let here = parent.join(name);
    let Ok(to) = fs::read_link(&here) else {
        return Ok(here);
    };
    *links += 1;
    if *links > LINKS_MOST {
        return Err(rustix::io::Errno::LOOP.into());
    }
    follow(&parent.join(to), links)
}

fn confine(
    argument: &str,
    given: &Path,
    resolved: &Path,
    roots: &[PathBuf],
) -> Result<(), Failure> {
    // A root that is not there holds nothing.
    let is_within = |root: &PathBuf| {
        fs::canonicalize(root).is_ok_and(|root| root.is_absolute() && resolved.starts_with(root))
    };
    if roots.is_empty() || roots.iter().any(is_within) {
        return Ok(());
    }
    let leads = if given.components().eq(resolved.components()) {
        String::new()
    } else {
        format!(", which leads to `{}`,", shown(resolved))
    };
    let problem = format!(
        "`{}`{leads} is outside of the folders of `jobs.func_roots`: {}",
        shown(given),
        listed(roots.iter().map(shown))
    );
    Err(Failure::argument(argument, problem))
}

fn unreachable(argument: &str, path: &Path, error: io::Error) -> Failure {
    let value = shown(path);
    let problem = match error.kind() {
        ErrorKind::IsADirectory => format!("`{value}` is a folder"),
        ErrorKind::NotFound => format!("`{value}` is in a folder that does not exist"),
        ErrorKind::NotADirectory => {
            format!("`{value}` is below something that is not a folder, or became a link just now")
        }
        _ => format!("`{value}` can't be reached: {error}"),
    };
    Failure::argument(argument, problem)
}

/// Whether a path is written as that of a folder.
pub(super) fn has_slash_at_end(path: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let text: &OsStr = path.as_os_str();
    text.as_bytes().ends_with(b"/")
}
