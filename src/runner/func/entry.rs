//! Reads and opens entries of a folder safely: always relative to the descriptor of the folder, never through a link,
//! and never waiting for the other end of a FIFO.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, DirEntry, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use jobs_fs::FileId;
use jobs_text::escaped;

/// Flags of every open call here.
const COMMON_FLAGS: OFlags = OFlags::NOFOLLOW
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// The metadata of a file, folder, link or other entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileInfo {
    pub(super) kind: FileType,
    /// The permissions, with set-user-id and similar bits.
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Number of hard links.
    pub(super) hard_links: u64,
    pub(super) size: u64,
    /// Disk use in bytes: less than the size when the file has holes.
    pub(super) stored: u64,
    pub(super) id: FileId,
    /// Time of the last change, in seconds since 1970.
    pub(super) modified: i64,
    pub(super) modified_nanos: i64,
}

impl FileInfo {
    /// The metadata of `name` in a folder. A link is not followed.
    pub(super) fn at(folder: impl AsFd, name: &OsStr) -> io::Result<FileInfo> {
        #[cfg(target_os = "linux")]
        let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
        #[cfg(not(target_os = "linux"))]
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        Ok(FileInfo::from(rustix::fs::statat(folder, name, flags)?))
    }

    /// The metadata of an open file or folder.
    pub(super) fn of(open: impl AsFd) -> io::Result<FileInfo> {
        Ok(FileInfo::from(rustix::fs::fstat(open)?))
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

    /// Whether both are the same file, under this name or another.
    pub(super) fn is_same(&self, other: &FileInfo) -> bool {
        self.id == other.id
    }

    /// Whether the file was not written to since.
    pub(super) fn is_unchanged(&self, since: &FileInfo) -> bool {
        (self.size, self.modified, self.modified_nanos)
            == (since.size, since.modified, since.modified_nanos)
    }

    /// The kind of the entry in words, with an article.
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

impl From<Stat> for FileInfo {
    fn from(stat: Stat) -> FileInfo {
        let mode = number(stat.st_mode);
        FileInfo {
            kind: FileType::from_raw_mode(stat.st_mode),
            mode: u32::try_from(mode & 0o7777).unwrap_or(0),
            uid: stat.st_uid,
            gid: stat.st_gid,
            hard_links: number(stat.st_nlink),
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

/// Converts a number; its type differs between systems.
fn number(n: impl TryInto<u64>) -> u64 {
    n.try_into().unwrap_or(0)
}

fn signed(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(0)
}

/// Opens an existing regular file. Other entries are not even opened, since opening some devices has an effect: the
/// inner `Err` holds their metadata.
pub(super) fn open_file(
    folder: impl AsFd,
    name: &OsStr,
    flags: OFlags,
) -> io::Result<Result<(File, FileInfo), FileInfo>> {
    let info = FileInfo::at(&folder, name)?;
    if !info.is_file() {
        return Ok(Err(info));
    }
    let file = rustix::fs::openat(folder, name, flags | COMMON_FLAGS, Mode::empty())?;
    // The entry may have been replaced meanwhile.
    let info = FileInfo::of(&file)?;
    Ok(if info.is_file() {
        Ok((File::from(file), info))
    } else {
        Err(info)
    })
}

/// Opens a file for appending and creates it if it is missing; with [`OFlags::EXCL`] it must not exist.
pub(super) fn make_file(
    folder: impl AsFd,
    name: &OsStr,
    flags: OFlags,
    mode: u32,
) -> io::Result<File> {
    let flags = flags | COMMON_FLAGS | OFlags::CREATE;
    let file = rustix::fs::openat(folder, name, flags, Mode::from_bits_truncate(mode as _))?;
    Ok(File::from(file))
}

/// Opens a folder for reading.
pub(super) fn open_folder(folder: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | COMMON_FLAGS;
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

/// Syncs a folder, so that a created, renamed or removed entry survives a power failure.
pub(super) fn sync_folder(folder: impl AsFd) -> io::Result<()> {
    let readable = match open_folder(folder, OsStr::new(".")) {
        Ok(readable) => readable,
        // Without read permission the folder cannot be synced.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        Err(error) => return Err(error),
    };
    match rustix::fs::fsync(readable) {
        // Some file systems cannot do this and need not.
        Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Raises the limit of open files as far as possible: a walk has one open folder per level.
pub(super) fn allow_many_open() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const MAX_WANTED: u64 = 65_536;
    let limit = getrlimit(Resource::Nofile);
    let current = limit
        .maximum
        .map_or(MAX_WANTED, |most| most.min(MAX_WANTED));
    if limit.current.is_some_and(|now| now < current) {
        let wanted = Rlimit {
            current: Some(current),
            maximum: limit.maximum,
        };
        // If the limit stays too low, opening a folder fails, which is reported.
        let _ = setrlimit(Resource::Nofile, wanted);
    }
}

/// A path for a message, on one line: control characters are escaped.
pub(super) fn shown(path: impl AsRef<Path>) -> String {
    escaped(&path.as_ref().to_string_lossy())
}
