//! Reads the text of the configuration file, and refuses a file that another account could change.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::{Bytes, folders};
use jobs_error::{Error, Result};
use jobs_fs::{PlaceError, everyone_may_read, open_own};

/// A larger file is refused, in bytes: nobody writes such a configuration by hand.
const LARGEST_FILE: u64 = 1024 * 1024;

/// The text of the file, and whether everyone may read it. None when there is no file and nobody
/// asked for this one.
pub(super) fn read(path: &Path, is_required: bool) -> Result<Option<(String, bool)>> {
    let name = path.display();
    let refuse = |error| Error::io(format!("cannot read the configuration `{name}`"), error);
    let file = match open(path) {
        Ok(Some(file)) => file,
        Ok(None) if !is_required => return Ok(None),
        Ok(None) => {
            return Err(refuse(io::Error::new(
                ErrorKind::NotFound,
                "there is no such file",
            )));
        }
        Err(PlaceError::Refused(refusal)) => return Err(folders::conflict(&[refusal])),
        Err(PlaceError::Io { path: cause, error }) if cause != path => {
            return Err(refuse(io::Error::new(
                error.kind(),
                format!("`{}`: {error}", cause.display()),
            )));
        }
        Err(PlaceError::Io { error, .. }) => return Err(refuse(error)),
    };
    let is_public = everyone_may_read(&file.metadata().map_err(refuse)?);
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(refuse)?;
    if bytes.len() as u64 > LARGEST_FILE {
        let most = Bytes(LARGEST_FILE);
        return Err(Error::invalid(
            format!("`{name}`"),
            format!("the file is larger than {most}"),
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        Error::invalid(format!("`{name}`"), format!("line {line} is not UTF-8"))
    })?;
    Ok(Some((text, is_public)))
}

/// Opens a file that only root and the own account can change. Links of root's are followed: a package manager or a
/// container may set them.
fn open(path: &Path) -> Result<Option<File>, PlaceError> {
    let Some(path) = jobs_fs::check_file(path)? else {
        return Ok(None);
    };
    match open_own(OpenOptions::new().read(true), &path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PlaceError::Io { path, error }),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    use super::*;

    fn home() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        fs::write(&file, "app: {name: x}\n").unwrap();
        (folder, file)
    }

    #[test]
    fn file_that_others_could_change_is_refused_with_the_command() {
        let (folder, file) = home();
        assert!(read(&file, true).unwrap().is_some());
        for (path, bits, mend) in [
            (&file, 0o664, "chmod g-w"),
            (&file, 0o646, "chmod go-w"),
            (&folder.path().to_path_buf(), 0o770, "chmod g-w"),
        ] {
            let before = fs::metadata(path).unwrap().permissions();
            fs::set_permissions(path, Permissions::from_mode(bits)).unwrap();
            let error = read(&file, false).unwrap_err().to_string();
            assert!(
                error.contains(&format!("hint: `{mend} {}`", path.display())),
                "{error}"
            );
            fs::set_permissions(path, before).unwrap();
        }
        // A missing file counts as well: another account could make it.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        read(&folder.path().join("none.yaml"), false).unwrap_err();
    }

    #[test]
    fn device_pipe_and_folder_are_no_configuration() {
        let (folder, _file) = home();
        for path in [Path::new("/dev/null"), folder.path()] {
            let error = read(path, true).unwrap_err().to_string();
            assert!(error.contains("it is not a file"), "{error}");
        }
    }

    #[test]
    fn link_to_the_file_is_followed_only_when_root_has_set_it() {
        let (folder, file) = home();
        let link = folder.path().join("link.yaml");
        symlink(&file, &link).unwrap();
        let is_root = fs::symlink_metadata(&link)
            .is_ok_and(|link| std::os::unix::fs::MetadataExt::uid(&link) == 0);
        match read(&link, true) {
            Ok(read) => assert!(is_root && read.is_some()),
            Err(error) => assert!(
                !is_root && error.to_string().contains("is a link"),
                "{error}"
            ),
        }
    }
}
