//! Opens the source of a backup.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use rustix::fs::{Dir, OFlags};

use super::Folder;
use super::names::ArchiveNames;
use crate::func::Failure;
use crate::func::entry::{self, FileInfo, shown};
use crate::func::roots::Location;

/// The open source.
pub(super) struct Source<'a> {
    pub(super) opened: Opened,
    pub(super) info: FileInfo,
    /// The name of the source within the archive.
    pub(super) within: &'a OsStr,
    pub(super) path: PathBuf,
}

pub(super) enum Opened {
    File(File),
    Folder(Dir),
}

impl<'a> Source<'a> {
    /// Opens the source. If this fails, no archive is created.
    pub(super) fn open(
        location: &Location,
        names: &'a ArchiveNames,
        folder: &Folder,
    ) -> Result<Source<'a>, Failure> {
        let path = shown(&location.path);
        let refused = |problem: String| Failure::argument("src", format!("`{path}` {problem}"));
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => refused("does not exist".into()),
            _ => refused(format!("can't be read: {error}")),
        };
        let info = FileInfo::at(&location.folder, &location.name).map_err(failed)?;
        if info.is_same(&folder.info) {
            let problem = "is DST itself: each archive would contain the older ones".into();
            return Err(refused(problem));
        }
        let (opened, info) = if info.is_folder() {
            let open = entry::open_folder(&location.folder, &location.name).map_err(failed)?;
            let info = FileInfo::of(&open).map_err(failed)?;
            let open = Dir::new(open).map_err(|error| failed(error.into()))?;
            (Opened::Folder(open), info)
        } else {
            let open = entry::open_file(&location.folder, &location.name, OFlags::RDONLY);
            let (file, info) = open
                .map_err(failed)?
                .map_err(|info| refused(format!("is {}, which can't be backed up", info.what())))?;
            (Opened::File(file), info)
        };
        Ok(Source {
            opened,
            info,
            within: &names.within,
            path: location.path.clone(),
        })
    }
}
