//! The source as it is opened.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use rustix::fs::{Dir, OFlags};

use super::Folder;
use super::names::Names;
use crate::runner::func::Failure;
use crate::runner::func::entry::{self, Facts, shown};
use crate::runner::func::roots::Place;

/// What is to be archived, open.
pub(super) struct Source<'a> {
    pub(super) opened: Opened,
    pub(super) facts: Facts,
    /// What it is called within the archive.
    pub(super) within: &'a OsStr,
    pub(super) path: PathBuf,
}

pub(super) enum Opened {
    File(File),
    Folder(Dir),
}

impl<'a> Source<'a> {
    /// Opens it: what can't be read at all makes no archive.
    pub(super) fn open(
        place: &Place,
        names: &'a Names,
        folder: &Folder,
    ) -> Result<Source<'a>, Failure> {
        let path = shown(&place.path);
        let refused = |problem: String| Failure::argument("src", format!("`{path}` {problem}"));
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => refused("does not exist".into()),
            _ => refused(format!("can't be read: {error}")),
        };
        let facts = Facts::at(&place.folder, &place.name).map_err(failed)?;
        if facts.is_same(&folder.facts) {
            let problem = "is DST itself: its archives would be in the next one".into();
            return Err(refused(problem));
        }
        let (opened, facts) = if facts.is_folder() {
            let open = entry::open_folder(&place.folder, &place.name).map_err(failed)?;
            let facts = Facts::of(&open).map_err(failed)?;
            let open = Dir::new(open).map_err(|error| failed(error.into()))?;
            (Opened::Folder(open), facts)
        } else {
            let open = entry::open_file(&place.folder, &place.name, OFlags::RDONLY);
            let (file, facts) = open.map_err(failed)?.map_err(|facts| {
                refused(format!("is {}, which can't be backed up", facts.what()))
            })?;
            (Opened::File(file), facts)
        };
        Ok(Source {
            opened,
            facts,
            within: &names.within,
            path: place.path.clone(),
        })
    }
}
