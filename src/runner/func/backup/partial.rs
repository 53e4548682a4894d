//! An archive that is being written: a hidden file, readable by its owner only, locked while it is written, and
//! removed when it is abandoned.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};

use rustix::fs::{AtFlags, FlockOperation, OFlags, flock, linkat, unlinkat};
use rustix::io::Errno;

use super::super::ending;
use super::Folder;
use super::names::{ArchiveName, ArchiveNames, Stamp};
use crate::func::Failure;
use crate::func::entry::{self, FileInfo, shown};

/// Upper bound on the archives of one source that start in the same millisecond.
const MAX_COPIES: u32 = 1000;

/// The file; it is removed on drop unless it was published.
pub(super) struct Partial<'a> {
    folder: &'a Folder,
    file: File,
    name: OsString,
    is_present: bool,
}

/// The failure of an archive that could not be finished.
pub(super) fn unfinished(folder: &Folder, error: impl Into<io::Error>) -> Failure {
    let (folder, error) = (shown(&folder.path), error.into());
    Failure(format!(
        "the archive in `{folder}` can't be written, and its unfinished file was removed: {error}"
    ))
}

impl<'a> Partial<'a> {
    /// Creates the file.
    pub(super) fn new(
        folder: &'a Folder,
        names: &ArchiveNames,
        stamp: &Stamp,
    ) -> Result<Partial<'a>, Failure> {
        for copy in 1..=MAX_COPIES {
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
                is_present: true,
            };
            if partial.lock().map_err(|e| unfinished(folder, e))? {
                ending::set_unfinished(Some(folder.path.join(&partial.name)));
                return Ok(partial);
            }
            // The run that has the lock removes the file. By now the name may belong to another file.
            partial.is_present = false;
        }
        Err(unfinished(folder, ErrorKind::AlreadyExists))
    }

    /// Locks the file. Returns whether it is still ours: before the lock, another run may have removed it as stale.
    fn lock(&self) -> io::Result<bool> {
        match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => Ok(false),
            // Without locks on this file system, no run removes the file: that needs the lock.
            Ok(()) | Err(_) => Ok(FileInfo::of(&self.file)?.hard_links > 0),
        }
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn size(&self) -> Result<u64, Failure> {
        let info = FileInfo::of(&self.file).map_err(|e| unfinished(self.folder, e))?;
        Ok(info.size)
    }

    /// Gives the archive its final name, which must be free.
    pub(super) fn publish(
        mut self,
        names: &ArchiveNames,
        stamp: &Stamp,
        is_complete: bool,
    ) -> Result<ArchiveName, Failure> {
        for copy in 1..=MAX_COPIES {
            let name = OsString::from(names.archive(stamp, copy, is_complete));
            match self.rename(&name) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(unfinished(self.folder, error)),
            }
            self.is_present = false;
            ending::set_unfinished(None);
            entry::sync_folder(&self.folder.open).map_err(|error| {
                let path = shown(self.folder.path.join(&name));
                Failure(format!(
                    "`{path}` was created, but may be lost on a power failure: {error}"
                ))
            })?;
            return names.read(&name).ok_or_else(|| {
                let name = shown(&name);
                Failure(format!(
                    "`{name}` was created, but is not a valid name for its source"
                ))
            });
        }
        Err(unfinished(self.folder, ErrorKind::AlreadyExists))
    }

    /// Renames the file. Fails with [`ErrorKind::AlreadyExists`] instead of replacing a file.
    fn rename(&self, to: &OsStr) -> io::Result<()> {
        let folder = &self.folder.open;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            match renameat_with(folder, &self.name, folder, to, RenameFlags::NOREPLACE) {
                // Some file systems, above all network file systems, do not support this.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                done => return Ok(done?),
            }
        }
        linkat(folder, &self.name, folder, to, AtFlags::empty())?;
        // Two names of a valid archive do no harm: the next run removes the hidden one if this fails.
        unlinkat(folder, &self.name, AtFlags::empty())?;
        Ok(())
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        if self.is_present {
            ending::set_unfinished(None);
            // Report the failure that led here; the next run tries the removal again.
            let _ = unlinkat(&self.folder.open, &self.name, AtFlags::empty());
        }
    }
}
