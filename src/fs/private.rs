//! Files for the daemon alone, and what others may do with a file.

use std::fs::{Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Has a file that is made by these options belong to its owner alone (mode 0600).
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
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
