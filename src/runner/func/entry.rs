//! What a folder says of one of its entries, and how one is opened without being led astray: always by the descriptor of
//! its folder, never through a link, never waiting for the other end of a FIFO.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::fs::FileId;
use crate::text::escaped;

/// How everything is opened here.
const ALWAYS: OFlags = OFlags::NOFOLLOW
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// What the system knows of a file, folder, link or other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) kind: FileType,
    /// The permissions, with the bits for set-user-id and the like.
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// How many names it has.
    pub(super) names: u64,
    pub(super) size: u64,
    /// How much of it is on the disk, in bytes: less than the size when it has holes.
    pub(super) stored: u64,
    pub(super) id: FileId,
    /// Seconds since 1970.
    pub(super) modified: i64,
    pub(super) modified_nanos: i64,
}

impl Facts {
    /// What the folder says of `name`; a link is a link.
    pub(super) fn at(folder: impl AsFd, name: &OsStr) -> io::Result<Facts> {
        #[cfg(target_os = "linux")]
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        #[cfg(not(target_os = "linux"))]
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        Ok(Facts::from(rustix::fs::statat(folder, name, flags)?))
    }

    /// What is open.
    pub(super) fn of(open: impl AsFd) -> io::Result<Facts> {
        Ok(Facts::from(rustix::fs::fstat(open)?))
    }

    pub(super) fn is_file(&self) -> bool {
        self.kind == FileType::RegularFile
    }

    pub(super) fn is_folder(&self) -> bool {
        self.kind == FileType::Directory
    }

    pub(super) fn is_link(&self) -> bool {
        self.kind == FileType::Symlink
    }

    /// Whether it is the very same, under this name or another.
    pub(super) fn is_same(&self, other: &Facts) -> bool {
        self.id == other.id
    }

    /// Whether nobody has written to it since.
    pub(super) fn is_unchanged(&self, since: &Facts) -> bool {
        (self.size, self.modified, self.modified_nanos)
            == (since.size, since.modified, since.modified_nanos)
    }

    /// What it is, with an article.
    pub(super) fn what(&self) -> &'static str {
        match self.kind {
            FileType::RegularFile => "a file",
            FileType::Directory => "a folder",
            FileType::Symlink => "a symbolic link",
            FileType::Fifo => "a FIFO",
            FileType::Socket => "a socket",
            FileType::CharacterDevice | FileType::BlockDevice => "a device",
            FileType::Unknown => "of an unknown kind",
        }
    }
}

impl From<Stat> for Facts {
    fn from(stat: Stat) -> Facts {
        let mode = number(stat.st_mode);
        Facts {
            kind: FileType::from_raw_mode(stat.st_mode),
            mode: u32::try_from(mode & 0o7777).unwrap_or(0),
            uid: stat.st_uid,
            gid: stat.st_gid,
            names: number(stat.st_nlink),
            size: number(stat.st_size),
            stored: number(stat.st_blocks).saturating_mul(512),
            id: FileId {
                device: number(stat.st_dev),
                inode: number(stat.st_ino),
            },
            modified: signed(stat.st_mtime),
            modified_nanos: signed(stat.st_mtime_nsec),
        }
    }
}

/// The types of these numbers differ from system to system.
fn number(n: impl TryInto<u64>) -> u64 {
    n.try_into().unwrap_or(0)
}

fn signed(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(0)
}

/// Opens a file that is there. What is not a regular file is not even opened: to open some devices does something already.
/// None when it is something else, with what it is.
pub(super) fn open_file(
    folder: impl AsFd,
    name: &OsStr,
    flags: OFlags,
) -> io::Result<Result<(File, Facts), Facts>> {
    let facts = Facts::at(&folder, name)?;
    if !facts.is_file() {
        return Ok(Err(facts));
    }
    let file = rustix::fs::openat(folder, name, flags | ALWAYS, Mode::empty())?;
    // It may have been replaced meanwhile.
    let facts = Facts::of(&file)?;
    Ok(if facts.is_file() {
        Ok((File::from(file), facts))
    } else {
        Err(facts)
    })
}

/// Opens a file to append to it or makes it; or makes a new one, which must not be there, with [`OFlags::EXCL`].
pub(super) fn make_file(
    folder: impl AsFd,
    name: &OsStr,
    flags: OFlags,
    mode: u32,
) -> io::Result<File> {
    let flags = flags | ALWAYS | OFlags::CREATE;
    let file = rustix::fs::openat(folder, name, flags, Mode::from_bits_truncate(mode as _))?;
    Ok(File::from(file))
}

/// Opens a folder to read it.
pub(super) fn open_folder(folder: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | ALWAYS;
    Ok(rustix::fs::openat(folder, name, flags, Mode::empty())?)
}

/// The next entry of a folder, without `.` and `..`.
pub(super) fn next(folder: &mut Dir) -> Option<io::Result<DirEntry>> {
    loop {
        match folder.read()? {
            Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => {}
            Ok(entry) => return Some(Ok(entry)),
            Err(error) => return Some(Err(error.into())),
        }
    }
}

/// The name of an entry.
pub(super) fn name(entry: &DirEntry) -> &OsStr {
    OsStr::from_bytes(entry.file_name().to_bytes())
}

/// Makes what was created, renamed or removed in the folder last through a loss of power.
pub(super) fn sync_folder(folder: impl AsFd) -> io::Result<()> {
    let readable = match open_folder(folder, OsStr::new(".")) {
        Ok(readable) => readable,
        // One may be allowed to write to a folder and not to read it: then there is no way to ask for it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        Err(error) => return Err(error),
    };
    match rustix::fs::fsync(readable) {
        // Some file systems can't, and need not.
        Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Lets as many folders be open at once as the system allows: a tree is walked with one for each level.
pub(super) fn allow_many_open() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const ENOUGH: u64 = 65_536;
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
    if limit.current.is_some_and(|now| now < current) {
        let wanted = Rlimit {
            current: Some(current),
            maximum: limit.maximum,
        };
        // What stays too low shows as a folder that can't be opened, which is reported.
        let _ = setrlimit(Resource::Nofile, wanted);
    }
}

/// A path as it is shown: on one line, whatever its name holds.
pub(super) fn shown(path: impl AsRef<Path>) -> String {
    escaped(&path.as_ref().to_string_lossy())
}
