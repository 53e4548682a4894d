//! The files of the page in a folder, for those who work on the page. Only a debug build has this.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::File;

/// The variable that names the folder.
const VARIABLE: &str = "JOBS_PAGE_DIR";

/// Stands for the digest: the files change while the daemon runs.
pub(super) const HASH: &str = "folder";

/// A folder with the files of the page.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder that the environment names. None in a release build.
    pub(super) fn of_environment() -> Option<Folder> {
        if !cfg!(debug_assertions) {
            return None;
        }
        let folder = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
        folder.map(|folder| Folder(folder.into()))
    }

    /// All files, by name. A file that cannot be read is left out, so that a request for it is answered with 404.
    pub(super) fn files(&self) -> Vec<File> {
        let mut files = Vec::new();
        collect(&self.0, "", &mut files);
        files.sort_by(|one, other| one.name.cmp(&other.name));
        files
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let name = format!("{prefix}{name}");
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else if entry.path().is_file()
            && let Ok(bytes) = std::fs::read(entry.path())
        {
            files.push(File {
                name: Cow::Owned(name),
                bytes: Cow::Owned(bytes),
            });
        }
    }
}
