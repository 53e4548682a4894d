//! Makes folders that only their owner may read.

use std::fs::DirBuilder;
use std::path::Path;

use jobs_error::{Error, Result};

/// Makes a folder, and the missing folders above it, for their owner alone (mode 0700).
pub(super) fn make(folder: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| refused("create", folder, error))
}

/// Takes the rights to a folder from everyone but its owner.
#[cfg(unix)]
pub(super) fn close_to_others(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if mode(folder)? & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .map_err(|error| refused("close to others", folder, error))
}

/// Refuses a folder to which everyone may write: anybody could put a socket of their own there.
#[cfg(unix)]
pub(super) fn refuse_if_public(folder: &Path) -> Result<()> {
    if mode(folder)? & 0o002 == 0 {
        return Ok(());
    }
    let name = folder.display();
    Err(Error::Conflict(format!(
        "everyone may write to the folder `{name}`, and so take the place of the daemon\n\
         hint: `chmod go-w {name}`, or use another folder"
    )))
}

#[cfg(unix)]
fn mode(folder: &Path) -> Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(folder)
        .map(|metadata| metadata.permissions().mode())
        .map_err(|error| refused("look at", folder, error))
}

/// Does nothing: folders below a user's profile inherit that others have no rights.
#[cfg(not(unix))]
pub(super) fn close_to_others(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn refuse_if_public(_: &Path) -> Result<()> {
    Ok(())
}

fn refused(action: &str, folder: &Path, error: std::io::Error) -> Error {
    Error::io(
        format!("cannot {action} the folder `{}`", folder.display()),
        error,
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::{Env, Paths};
    use super::*;

    #[test]
    fn made_folder_is_private_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("deep/home");
        let paths = Paths::resolve(Some(&home), &Env::default(), false).unwrap();
        fs::create_dir_all(&paths.data).unwrap();
        for (path, mode) in [(&home, 0o755), (&paths.data, 0o777)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        paths.create().unwrap();
        paths.create().unwrap();
        for path in [&paths.data, &paths.output, &paths.runtime, &paths.logs] {
            assert_eq!(mode(path).unwrap() & 0o777, 0o700, "{}", path.display());
        }
        assert_eq!(mode(&home).unwrap() & 0o777, 0o755);

        fs::set_permissions(&home, fs::Permissions::from_mode(0o777)).unwrap();
        let error = paths.create().unwrap_err().to_string();
        let expected = format!("everyone may write to the folder `{}`", home.display());
        assert!(error.starts_with(&expected), "{error}");
    }

    #[test]
    fn folder_that_cannot_be_made_is_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("file");
        fs::write(&home, "").unwrap();
        let paths = Paths::resolve(Some(&home), &Env::default(), false).unwrap();
        let error = paths.create().unwrap_err().to_string();
        let expected = format!("cannot create the folder `{}`: ", home.display());
        assert!(error.starts_with(&expected), "{error}");
    }
}
