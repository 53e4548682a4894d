//! An archive that is not finished: hidden, for its owner only, locked as long as somebody writes it, and gone when it is
//! given up.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};

use rustix::fs::{AtFlags, FlockOperation, OFlags, flock, linkat, unlinkat};
use rustix::io::Errno;

use super::super::ending;
use super::Folder;
use super::names::{Made, Names, Stamp};
use crate::runner::func::Failure;
use crate::runner::func::entry::{self, Facts, shown};

/// As many archives of one source may begin in one millisecond.
const COPIES_MOST: u32 = 1000;

/// It is removed unless it is published.
pub(super) struct Partial<'a> {
    folder: &'a Folder,
    file: File,
    name: OsString,
    is_there: bool,
}

/// That the archive could not be finished.
pub(super) fn unfinished(folder: &Folder, error: impl Into<io::Error>) -> Failure {
    let (folder, error) = (shown(&folder.path), error.into());
    Failure(format!(
        "the archive in `{folder}` can't be written, and what there was of it is removed: {error}"
    ))
}

impl<'a> Partial<'a> {
    /// Begins one.
    pub(super) fn new(
        folder: &'a Folder,
        names: &Names,
        stamp: &Stamp,
    ) -> Result<Partial<'a>, Failure> {
        for copy in 1..=COPIES_MOST {
            let name = OsString::from(names.partial(stamp, copy));
            let flags = OFlags::RDWR | OFlags::EXCL;
            let file = match entry::make_file(&folder.open, &name, flags, 0o600) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(unfinished(folder, error)),
            };
            let mut partial = Partial {
                folder,
                file,
                name,
                is_there: true,
            };
            if partial.is_locked().map_err(|e| unfinished(folder, e))? {
                ending::removes(Some(folder.path.join(&partial.name)));
                return Ok(partial);
            }
            // Who has the lock removes it. Its name may be that of another by now.
            partial.is_there = false;
        }
        Err(unfinished(folder, ErrorKind::AlreadyExists))
    }

    /// Whether it is ours. Before it was locked another run may have taken it for a stale one.
    fn is_locked(&self) -> io::Result<bool> {
        match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => Ok(false),
            // Without locks on this file system nobody removes it either: that needs the lock.
            Ok(()) | Err(_) => Ok(Facts::of(&self.file)?.names > 0),
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn size(&self) -> Result<u64, Failure> {
        let facts = Facts::of(&self.file).map_err(|e| unfinished(self.folder, e))?;
        Ok(facts.size)
    }

    /// Gives it its name, which nothing had before.
    pub(super) fn publish(
        mut self,
        names: &Names,
        stamp: &Stamp,
        is_complete: bool,
    ) -> Result<Made, Failure> {
        for copy in 1..=COPIES_MOST {
            let name = OsString::from(names.archive(stamp, copy, is_complete));
            match self.rename(&name) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(unfinished(self.folder, error)),
            }
            self.is_there = false;
            ending::removes(None);
            entry::sync_folder(&self.folder.open).map_err(|error| {
                let path = shown(self.folder.path.join(&name));
                Failure(format!(
                    "`{path}` is made, but might not outlast a loss of power: {error}"
                ))
            })?;
            return names.read(&name).ok_or_else(|| {
                let name = shown(&name);
                Failure(format!("`{name}` is made, but is not a name of its source"))
            });
        }
        Err(unfinished(self.folder, ErrorKind::AlreadyExists))
    }

    /// Fails with [`ErrorKind::AlreadyExists`] rather than replacing something.
    fn rename(&self, to: &OsStr) -> io::Result<()> {
        let folder = &self.folder.open;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            match renameat_with(folder, &self.name, folder, to, RenameFlags::NOREPLACE) {
                // Some file systems, of the network above all, don't know how.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                done => return Ok(done?),
            }
        }
        linkat(folder, &self.name, folder, to, AtFlags::empty())?;
        // Two names of a sound archive are no harm: the hidden one is removed by the next run if not now.
        unlinkat(folder, &self.name, AtFlags::empty())?;
        Ok(())
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        if self.is_there {
            ending::removes(None);
            // The failure that led here is the one to tell, and the next run tries again.
            let _ = unlinkat(&self.folder.open, &self.name, AtFlags::empty());
        }
    }
}
