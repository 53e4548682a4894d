//! Follows the links of a path as the system does, and refuses those that Linux refuses with `fs.protected_symlinks`: in a sticky
//! folder in which everyone may make files, such as `/tmp`, a link of another account could lead to any file of the caller.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::{MAX_LINKS, WALK_FLAGS, shown};

/// A link of another account in a folder in which everyone may make files.
#[derive(Debug)]
struct ForeignLink {
    path: PathBuf,
    owner: u32,
}

impl fmt::Display for ForeignLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the link `{}` belongs to the account {} and is in a folder in which everyone may make files, so it is not followed",
            shown(&self.path),
            self.owner
        )
    }
}

impl std::error::Error for ForeignLink {}

/// The path without links, as far as it exists, with the rest as written. The last part may be a link to a missing file.
///
/// # Errors
///
/// When a part can't be looked at, a link must not be followed, or `..` follows a part that is missing.
pub(super) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut waiting = names(path);
    let mut at = PathBuf::from("/");
    // The folder `at`; absent from the first part on that is missing or no folder.
    let mut folder = Some(open_root()?);
    let mut links = 0;
    while let Some(name) = waiting.pop_front() {
        let Some(open) = &folder else {
            if name == ".." {
                // Where this leads is unknown.
                return Err(ErrorKind::NotFound.into());
            }
            at.push(name);
            continue;
        };
        if name == ".." {
            at.pop();
            folder = Some(open_folder(open, &name)?);
            continue;
        }
        let found = match rustix::fs::statat(open, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => None,
            found => Some(found?),
        };
        match found.map(|found| (FileType::from_raw_mode(found.st_mode), found)) {
            Some((FileType::Symlink, link)) => {
                if must_not_follow(&link, &rustix::fs::fstat(open)?) {
                    let owner = link.st_uid;
                    let path = at.join(name);
                    let error = ForeignLink { path, owner };
                    return Err(io::Error::new(ErrorKind::PermissionDenied, error));
                }
                links += 1;
                if links > MAX_LINKS {
                    return Err(Errno::LOOP.into());
                }
                let target = rustix::fs::readlinkat(open, &name, Vec::new())?;
                let target = PathBuf::from(OsString::from_vec(target.into_bytes()));
                if target.is_absolute() {
                    at = PathBuf::from("/");
                    folder = Some(open_root()?);
                }
                for name in names(&target).into_iter().rev() {
                    waiting.push_front(name);
                }
            }
            Some((FileType::Directory, _)) => {
                // The last folder need not be searched.
                if !waiting.is_empty() {
                    folder = Some(open_folder(open, &name)?);
                }
                at.push(name);
            }
            Some(_) | None => {
                folder = None;
                at.push(name);
            }
        }
    }
    Ok(at)
}

/// Whether Linux does not follow a link with `fs.protected_symlinks`.
fn must_not_follow(link: &Stat, folder: &Stat) -> bool {
    let open_to_all = Mode::SVTX | Mode::WOTH;
    Mode::from_raw_mode(folder.st_mode).contains(open_to_all)
        && link.st_uid != folder.st_uid
        && link.st_uid != rustix::process::geteuid().as_raw()
}

fn open_root() -> io::Result<OwnedFd> {
    Ok(rustix::fs::openat(CWD, "/", WALK_FLAGS, Mode::empty())?)
}

fn open_folder(folder: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    let folder: BorrowedFd<'_> = std::os::fd::AsFd::as_fd(folder);
    let flags = WALK_FLAGS | OFlags::NOFOLLOW;
    Ok(rustix::fs::openat(folder, name, flags, Mode::empty())?)
}

/// The names in a path, from the left.
fn names(path: &Path) -> VecDeque<OsString> {
    let name = |part| match part {
        Component::Normal(name) => Some(name.to_os_string()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(name).collect()
}
