//! Checks variables of the environment that name files for libraries: these would wait for a pipe for ever.

use std::fs;
use std::path::{Path, PathBuf};

use jobs_error::{Error, Result};
use jobs_text::quoted;

/// Upper bound on the folders below `TZDIR`, as in `America/Argentina/Salta`.
const DEPTH: usize = 4;

/// Refuses `SSL_CERT_FILE`, `SSL_CERT_DIR` and `TZDIR` that lead to something that is neither a file nor a folder.
///
/// # Errors
///
/// [`Error::Invalid`] with the variable and the path.
pub(super) fn check() -> Result<()> {
    for (name, depth) in [("SSL_CERT_FILE", 0), ("SSL_CERT_DIR", 1), ("TZDIR", DEPTH)] {
        let Some(value) = std::env::var_os(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        if let Some(path) = special_file(Path::new(&value), depth) {
            let shown = quoted(&path.to_string_lossy());
            return Err(Error::invalid(
                name,
                format!("{shown} is neither a file nor a folder: reading it could take for ever"),
            )
            .hint("remove it, or unset the variable"));
        }
    }
    Ok(())
}

/// A pipe, a device or a socket at a path or below it. One that can't be looked at can't be read either.
fn special_file(path: &Path, depth: usize) -> Option<PathBuf> {
    let found = fs::metadata(path).ok()?;
    if found.is_file() {
        return None;
    }
    if !found.is_dir() {
        // Some set a variable to this to have no certificates. It ends at once.
        return (path != Path::new("/dev/null")).then(|| path.to_path_buf());
    }
    let below = depth.checked_sub(1)?;
    let mut entries = fs::read_dir(path).ok()?.flatten();
    entries.find_map(|entry| special_file(&entry.path(), below))
}
