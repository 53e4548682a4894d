//! Files for the daemon alone, and what others may do with a file.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

#[cfg(unix)]
use rustix::fs::OFlags;
#[cfg(unix)]
use rustix::io::Errno;

#[cfg(unix)]
use super::refusal::{Problem, Refusal};

/// Has a file that is made by these options belong to its owner alone (mode 0600), and refuses a link in its place.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        let flags = OFlags::NOFOLLOW.bits().cast_signed();
        options.mode(0o600).custom_flags(flags);
    }
    options
}

/// Opens a file that others must not read or write. A file that exists must belong to root or the own account; its mode becomes
/// 0600, whatever the umask was when it was made.
///
/// # Errors
///
/// When the system refuses, or the path leads to a link, to no file, or to a file of another account.
#[cfg(unix)]
pub fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let file = open_own(options, path)?;
    let found = file.metadata()?;
    if !super::is_trusted(found.uid()) {
        let refusal = Refusal {
            path: path.to_path_buf(),
            problem: Problem::Owner(found.uid()),
        };
        let problem = format!("{refusal}\nhint: {}", refusal.mend());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
    }
    if found.mode() & 0o077 != 0 {
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Opens a file. Here the rights of its folder decide who may use it.
///
/// # Errors
///
/// When the system refuses.
#[cfg(not(unix))]
pub fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.open(path)
}

/// Opens a file by these options. A file that is made belongs to its owner alone; owner and mode of one that exists are not looked
/// at. A pipe in its place is refused and never waited for.
///
/// # Errors
///
/// When the system refuses, or the path leads to a link or to no file.
#[cfg(unix)]
pub fn open_own(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    open_only_a_file(options.mode(0o600), OFlags::NOFOLLOW, path).map_err(|error| {
        match Errno::from_io_error(&error) {
            Some(Errno::LOOP) => io::Error::other("it is a link, and links are not followed here"),
            Some(_) | None => error,
        }
    })
}

/// Opens a file. Here links are rare: whoever may make one may also write the file.
///
/// # Errors
///
/// When the system refuses.
#[cfg(not(unix))]
pub fn open_own(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.open(path)
}

/// Opens a file for reading. Links are followed. A pipe in its place is refused and never waited for, and so is a device.
///
/// # Errors
///
/// When the system refuses, or the path leads to no file.
pub fn open_file(path: &Path) -> io::Result<File> {
    // Some devices do something when they are opened, so they are not.
    if !std::fs::metadata(path)?.is_file() {
        return Err(not_a_file());
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    return open_only_a_file(&mut options, OFlags::empty(), path);
    #[cfg(not(unix))]
    options.open(path)
}

/// Reads a file that [`open_file`] opens.
///
/// # Errors
///
/// As [`open_file`], and when the file has more than `most` bytes.
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_at_most(open_file(path)?, most)
}

/// Opens a file that a person names, as [`open_file`] does, or a pipe that the shell has opened already: that of `<(COMMAND)` or
/// `/dev/stdin`.
///
/// # Errors
///
/// As [`open_file`].
pub fn open_input(path: &Path) -> io::Result<File> {
    match is_open_already(path) {
        true => File::open(path),
        false => open_file(path),
    }
}

/// Whether a path names a descriptor.
fn is_open_already(path: &Path) -> bool {
    path == Path::new("/dev/stdin")
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc") && path.parent().is_some_and(|folder| folder.ends_with("fd"))
}

/// Reads a file from where it stands.
///
/// # Errors
///
/// When the system refuses, or more than `most` bytes are left.
pub fn read_at_most(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // The size that the system tells is not relied on: files of `/proc` have none.
    let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if read as u64 > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn open_only_a_file(options: &mut OpenOptions, flags: OFlags, path: &Path) -> io::Result<File> {
    // Without NONBLOCK, a pipe in the place of the file would be waited for. It changes nothing for a file.
    let flags = (flags | OFlags::NONBLOCK).bits().cast_signed();
    let opened = options.custom_flags(flags).open(path);
    let file = opened.map_err(|error| match Errno::from_io_error(&error) {
        // A socket, or a pipe that is opened for writing.
        Some(Errno::NXIO) => not_a_file(),
        Some(_) | None => error,
    })?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(not_a_file()),
    }
}

fn not_a_file() -> io::Error {
    io::Error::other("it is not a file")
}

/// Whether every account of the system may read a file.
#[cfg(unix)]
pub fn everyone_may_read(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o004 != 0
}

/// Whether every account of the system may read a file; elsewhere the rights of a folder decide.
#[cfg(not(unix))]
pub fn everyone_may_read(_: &Metadata) -> bool {
    false
}

/// Writes the folder of a file to disk: otherwise a loss of power may bring back the name that the file had before.
///
/// # Errors
///
/// When the folder cannot be opened or written.
#[cfg(unix)]
pub fn sync_folder_of(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Does nothing: here the system writes names by itself.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}
