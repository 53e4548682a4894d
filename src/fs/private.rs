//! Files for the daemon alone, and what others may do with a file.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

#[cfg(unix)]
use super::refusal::{Problem, Refusal};

/// Has a file that is made by these options belong to its owner alone (mode 0600), and refuses a link in its place.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // The bits of the flag are few: they fit.
        let flags = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
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
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};

    use rustix::fs::OFlags;
    use rustix::io::Errno;
    // Without NONBLOCK, a pipe in the place of the file would be waited for.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    private(options).custom_flags(i32::try_from(flags).unwrap_or_default());
    let file = options
        .open(path)
        .map_err(|error| match Errno::from_io_error(&error) {
            Some(Errno::LOOP) => io::Error::other("it is a link, and links are not followed here"),
            Some(Errno::NXIO) => io::Error::other("it is not a file"),
            Some(_) | None => error,
        })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
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
