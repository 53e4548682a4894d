//! Places on systems where the rights of a user's profile decide: everything in it is closed to others.

use std::path::{Path, PathBuf};

use super::refusal::PlaceError;

/// Makes a folder and the missing folders above it.
///
/// # Errors
///
/// When the system refuses.
pub fn make_folder(path: &Path) -> Result<(), PlaceError> {
    std::fs::create_dir_all(path).map_err(|error| PlaceError::io(path, error))
}

/// Makes a folder and the missing folders above it.
///
/// # Errors
///
/// When the system refuses.
pub fn make_folder_to_close(path: &Path) -> Result<(), PlaceError> {
    make_folder(path)
}

/// Checks nothing.
///
/// # Errors
///
/// None.
pub fn check_folder(_: &Path) -> Result<(), PlaceError> {
    Ok(())
}

/// The path of a file; none when there is no file.
///
/// # Errors
///
/// None.
pub fn check_file(path: &Path) -> Result<Option<PathBuf>, PlaceError> {
    Ok(path.exists().then(|| path.to_path_buf()))
}

/// Checks nothing.
///
/// # Errors
///
/// None.
pub fn check_socket(_: &Path) -> Result<(), PlaceError> {
    Ok(())
}

/// There are no numbers of accounts here.
pub fn is_trusted(_: u32) -> bool {
    true
}
