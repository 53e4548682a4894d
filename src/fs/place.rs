//! Places that only root and the own account can change: a folder, file or socket, and every folder above it.
//!
//! A path is checked from `/` downwards. Only root and the own account can replace or rename anything in a folder that has passed
//! the check, so the path leads to the same file between the check and the use.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{DirBuilder, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use super::refusal::{PlaceError, Problem, Refusal};

/// Upper bound on links that are followed, as the kernel has it.
const LINKS_MAX: usize = 40;

/// Folders of the system that a group may write to: on Ubuntu the group `syslog` may write to `/var/log`. A member of the group
/// can move a log folder away, but can neither write to it nor have another one of their own accepted.
const GROUP_WRITABLE: &[&str] = &["/var/log"];

/// The kind of file that a place must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Folder,
    /// A folder that the caller closes to others after the check.
    ClosedFolder,
    File,
    Socket,
}

/// Whether folders that are missing are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    Make,
    Stop,
}

/// Makes a folder and the missing folders above it, for their owner alone (mode 0700), and checks all of them.
///
/// # Errors
///
/// When another account owns one of them or may write to it, a link leads to it, or the system refuses.
pub fn make_folder(path: &Path) -> Result<(), PlaceError> {
    walk(path, Kind::Folder, Missing::Make).map(drop)
}

/// As [`make_folder`], for a folder that the caller closes to others (mode 0700) before it uses it. So a sticky folder of root's is
/// accepted, which a file system in memory is by default: others may have put files there, but cannot replace its own.
///
/// # Errors
///
/// As [`make_folder`].
pub fn make_folder_to_close(path: &Path) -> Result<(), PlaceError> {
    walk(path, Kind::ClosedFolder, Missing::Make).map(drop)
}

/// Checks a folder. A missing one is no error.
///
/// # Errors
///
/// As [`make_folder`].
pub fn check_folder(path: &Path) -> Result<(), PlaceError> {
    walk(path, Kind::Folder, Missing::Stop).map(drop)
}

/// Checks a file. Returns the path without the links that root has set; none when there is no file.
///
/// # Errors
///
/// As [`make_folder`].
pub fn check_file(path: &Path) -> Result<Option<PathBuf>, PlaceError> {
    walk(path, Kind::File, Missing::Stop)
}

/// Checks a socket. A missing one is no error.
///
/// # Errors
///
/// As [`make_folder`].
pub fn check_socket(path: &Path) -> Result<(), PlaceError> {
    walk(path, Kind::Socket, Missing::Stop).map(drop)
}

/// Whether an account may own a place: root, and the account of this process.
pub fn is_trusted(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

fn walk(path: &Path, kind: Kind, missing: Missing) -> Result<Option<PathBuf>, PlaceError> {
    let mut waiting = names(path);
    let mut at = PathBuf::from("/");
    let mut links = 0;
    check_one(&at, &look_at(&at)?, Kind::Folder, true)?;
    while let Some(name) = waiting.pop_front() {
        if name == ".." {
            // `at` has no links, so the folder above is its parent.
            at.pop();
            continue;
        }
        at.push(&name);
        let found = match (look_at(&at), missing) {
            (Err(error), Missing::Make) if error.is_not_found() => {
                make(&at)?;
                look_at(&at)?
            }
            (Err(error), Missing::Stop) if error.is_not_found() => return Ok(None),
            (found, Missing::Make | Missing::Stop) => found?,
        };
        let is_last = waiting.is_empty();
        if found.is_symlink() {
            let target = std::fs::read_link(&at).map_err(|error| PlaceError::io(&at, error))?;
            // A link of root, as `/var/run`, is a part of the system. A place itself is never a link: a service manager or
            // an operator who replaces it means another place.
            let is_of_the_system = found.uid() == 0 && (!is_last || kind == Kind::File);
            if !is_of_the_system || links == LINKS_MAX {
                return Err(refused(&at, Problem::Link(target)));
            }
            links += 1;
            at.pop();
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            for name in names(&target).into_iter().rev() {
                waiting.push_front(name);
            }
            continue;
        }
        match kind {
            Kind::File | Kind::Socket if is_last => check_one(&at, &found, kind, false)?,
            Kind::Folder | Kind::ClosedFolder | Kind::File | Kind::Socket => {
                check_one(&at, &found, Kind::Folder, true)?;
            }
        }
    }
    if kind == Kind::Folder {
        check_one(&at, &look_at(&at)?, Kind::Folder, false)?;
    }
    Ok(Some(at))
}

/// The names in a path, from the left.
fn names(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_os_string()),
            Component::ParentDir => Some("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect()
}

fn look_at(path: &Path) -> Result<Metadata, PlaceError> {
    std::fs::symlink_metadata(path).map_err(|error| PlaceError::io(path, error))
}

fn make(folder: &Path) -> Result<(), PlaceError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => Ok(()),
        // Another process was faster. Its folder is checked as any other.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(PlaceError::io(folder, error)),
    }
}

/// Checks one file or folder. `is_above`: it is a folder above a place, so a sticky folder of root's is accepted, in which
/// everyone can make files, but nobody can replace those of others.
fn check_one(path: &Path, found: &Metadata, kind: Kind, is_above: bool) -> Result<(), PlaceError> {
    const STICKY: u32 = 0o1000;
    let kind_of_file = found.file_type();
    let (is_right, wanted) = match kind {
        Kind::Folder | Kind::ClosedFolder => (kind_of_file.is_dir(), "a folder"),
        Kind::File => (kind_of_file.is_file(), "a file"),
        Kind::Socket => (kind_of_file.is_socket(), "a socket"),
    };
    if !is_right {
        // The same as the system says when it is to open a file as a folder.
        let error = io::Error::new(ErrorKind::NotADirectory, format!("it is not {wanted}"));
        return Err(PlaceError::io(path, error));
    }
    if !is_trusted(found.uid()) {
        return Err(refused(path, Problem::Owner(found.uid())));
    }
    let others = found.mode() & 0o022;
    let is_accepted = match kind {
        // The account at the other end of a socket is asked of the kernel.
        Kind::Socket => true,
        Kind::File => others == 0,
        Kind::Folder | Kind::ClosedFolder => {
            let is_of_root = is_above && found.uid() == 0;
            others == 0
                || is_of_root && found.mode() & STICKY != 0
                || is_of_root
                    && others == 0o020
                    && GROUP_WRITABLE.iter().any(|known| path == Path::new(known))
        }
    };
    if is_accepted {
        return Ok(());
    }
    let problem = match others & 0o002 {
        0 => Problem::GroupWrites(found.gid()),
        _ => Problem::EveryoneWrites,
    };
    Err(refused(path, problem))
}

fn refused(path: &Path, problem: Problem) -> PlaceError {
    PlaceError::Refused(Refusal {
        path: path.to_path_buf(),
        problem,
    })
}
