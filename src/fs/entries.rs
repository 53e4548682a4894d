//! The entries of a folder.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The paths in a folder, by name. A folder that is missing has none.
///
/// # Errors
///
/// When the folder can't be read.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let found = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let mut paths = found
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_a_missing_folder_has_none() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", ".c"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names = [".c", "a", "b"].map(|name| folder.path().join(name));
        assert_eq!(entries(folder.path()).unwrap(), names);
        assert_eq!(
            entries(&folder.path().join("none")).unwrap(),
            [""; 0].map(PathBuf::from)
        );
        entries(&folder.path().join("a")).unwrap_err();
    }
}
