//! Makes the folders of the daemon, and refuses those that another account could change.

use std::path::Path;

use jobs_error::{Error, Result};
use jobs_fs::{PlaceError, Refusal};

/// Makes folders that are missing, for their owner alone (mode 0700). Takes the right to read from others in those to `close`.
///
/// # Errors
///
/// [`Error::Conflict`] that names all folders that another account could change, and the commands that mend it. Then no folder
/// is closed.
pub(super) fn make(open: &[&Path], close: &[&Path]) -> Result<()> {
    let made = open.iter().map(|folder| jobs_fs::make_folder(folder));
    let made_to_close = close
        .iter()
        .map(|folder| jobs_fs::make_folder_to_close(folder));
    let mut refusals: Vec<Refusal> = Vec::new();
    for result in made.chain(made_to_close) {
        match result {
            Ok(()) => {}
            Err(PlaceError::Refused(refusal)) if refusals.contains(&refusal) => {}
            Err(PlaceError::Refused(refusal)) => refusals.push(refusal),
            Err(PlaceError::Io { path, error }) => return Err(refused("create", &path, &error)),
        }
    }
    match refusals.as_slice() {
        [] => close.iter().try_for_each(|folder| close_to_others(folder)),
        refusals => Err(conflict(refusals)),
    }
}

/// The error for places that another account could change.
pub(super) fn conflict(refusals: &[Refusal]) -> Error {
    let problems: Vec<String> = refusals.iter().map(Refusal::to_string).collect();
    let mends: Vec<String> = refusals.iter().map(Refusal::mend).collect();
    Error::Conflict(format!(
        "{}\nhint: {}, or use a folder that only root and the own account can change",
        problems.join("\n"),
        mends.join(", ")
    ))
}

/// Takes the rights to a folder from everyone but its owner.
#[cfg(unix)]
fn close_to_others(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |error| refused("close to others", folder, &error);
    let mode = std::fs::metadata(folder)
        .map_err(failed)?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)
}

/// Does nothing: folders below a user's profile inherit that others have no rights.
#[cfg(not(unix))]
fn close_to_others(_: &Path) -> Result<()> {
    Ok(())
}

fn refused(action: &str, folder: &Path, error: &std::io::Error) -> Error {
    Error::io(
        format!("cannot {action} the folder `{}`", folder.display()),
        error,
    )
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::{Config, Env, Paths};

    fn set_mode(path: &std::path::Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &std::path::Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn made_folder_is_private_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("deep/home");
        let paths = Paths::resolve(Some(&home), &Env::default(), false).unwrap();
        fs::create_dir_all(&paths.data).unwrap();
        for path in [&home, &paths.data] {
            set_mode(path, 0o755);
        }
        set_mode(&folder.path().join("deep"), 0o755);
        paths.create().unwrap();
        paths.create().unwrap();
        for path in [&paths.data, &paths.output, &paths.runtime, &paths.logs] {
            assert_eq!(mode(path), 0o700, "{}", path.display());
        }
        assert_eq!(mode(&home), 0o755);

        set_mode(&home, 0o777);
        let error = paths.create().unwrap_err().to_string();
        let expected = format!("everyone may write to the folder `{}`", home.display());
        assert!(error.starts_with(&expected), "{error}");
    }

    #[test]
    fn folder_that_others_could_change_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let mut config = Config::default();
        config.database.path = Some("db/jobs.db".into());
        config.logs.dir = Some("log".into());
        let paths = Paths::resolve(Some(&home), &Env::default(), false)
            .unwrap()
            .with_config(&config);
        paths.create().unwrap();
        let database = home.join("db");
        let folders = [
            &home,
            &paths.data,
            &paths.output,
            &paths.runtime,
            &paths.logs,
            &database,
        ];
        for path in folders {
            let before = mode(path);
            set_mode(path, 0o770);
            let error = paths.create().unwrap_err().to_string();
            let mend = format!("hint: `chmod g-w {}`", path.display());
            assert!(error.contains(&mend), "{error}");
            assert_eq!(mode(path), 0o770);
            set_mode(path, before);
        }
        for path in &folders[1..] {
            let moved = folder.path().join("moved");
            fs::rename(path, &moved).unwrap();
            set_mode(&moved, 0o755);
            symlink(&moved, path).unwrap();
            let error = paths.create().unwrap_err().to_string();
            assert!(
                error.contains(&format!("`{}` is a link", path.display())),
                "{error}"
            );
            assert_eq!(mode(&moved), 0o755);
            fs::remove_file(path).unwrap();
            fs::rename(&moved, path).unwrap();
        }
        // A file system in memory is sticky by default: it is closed, as is one that others may read.
        if std::os::unix::fs::MetadataExt::uid(&fs::metadata(&paths.data).unwrap()) == 0 {
            set_mode(&paths.data, 0o1777);
            paths.create().unwrap();
            assert_eq!(mode(&paths.data), 0o700);
        }
        // All that is wrong is told at once.
        for path in [&paths.data, &database] {
            set_mode(path, 0o777);
        }
        let error = paths.create().unwrap_err().to_string();
        for path in [&paths.data, &database] {
            assert!(
                error.contains(&format!("`chmod go-w {}`", path.display())),
                "{error}"
            );
        }
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
