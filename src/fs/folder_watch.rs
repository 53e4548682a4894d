//! Notices that files or folders are moved or removed, without a thread and without polling.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;

use super::Readable;

/// Watches files, and all folders above them, from its making on. Needs a tokio runtime.
pub struct FolderWatch {
    events: Readable,
}

impl FolderWatch {
    /// Watches `files`, which need not exist: it is noticed when one of them is made, moved, removed or gets other rights, or
    /// when a folder above it is moved or removed. Of a folder far above only that is watched, so that other files in `/tmp`
    /// cause no work.
    ///
    /// # Errors
    ///
    /// When the kernel takes no more watches.
    pub fn over<'a>(files: impl IntoIterator<Item = &'a Path>) -> io::Result<FolderWatch> {
        let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let itself = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF | WatchFlags::ONLYDIR;
        let entries = itself
            | WatchFlags::ATTRIB
            | WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO;
        let mut folders: BTreeMap<PathBuf, WatchFlags> = BTreeMap::new();
        for file in files {
            // The nearest folder that exists is where the next one above the file appears.
            let mut wanted = entries;
            for folder in file.ancestors().skip(1) {
                if wanted == entries && !folder.is_dir() {
                    continue;
                }
                *folders.entry(folder.to_path_buf()).or_insert(itself) |= wanted;
                wanted = itself;
            }
        }
        for (folder, flags) in folders {
            match inotify::add_watch(&fd, &folder, flags) {
                // The folder has gone since: its parent or the caller's own look at the file notices that.
                Ok(_) | Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(FolderWatch {
            events: Readable::new(fd)?,
        })
    }

    /// Waits until something has happened since the making.
    ///
    /// # Errors
    ///
    /// When the runtime is going down.
    pub async fn changed(&self) -> io::Result<()> {
        self.events.wait().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn watch_notices_what_becomes_of_a_file_and_its_folders() {
        type Change = fn(&Path);
        let rows: [(&str, Change); 6] = [
            ("the file is removed", |base| {
                std::fs::remove_file(base.join("a/b/file")).unwrap()
            }),
            ("its folder is removed", |base| {
                std::fs::remove_dir_all(base.join("a/b")).unwrap()
            }),
            ("a folder above is moved", |base| {
                std::fs::rename(base.join("a"), base.join("c")).unwrap();
            }),
            ("the file gets other rights", |base| {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
                std::fs::set_permissions(base.join("a/b/file"), mode).unwrap();
            }),
            ("a missing file is made", |base| {
                std::fs::write(base.join("a/b/other"), "").unwrap()
            }),
            ("a missing folder is made", |base| {
                std::fs::create_dir(base.join("a/new")).unwrap()
            }),
        ];
        for (name, change) in rows {
            let folder = tempfile::tempdir().unwrap();
            let base = folder.path();
            std::fs::create_dir_all(base.join("a/b")).unwrap();
            std::fs::write(base.join("a/b/file"), "").unwrap();
            let files = [base.join("a/b/file"), base.join("a/new/file")];
            let watch = FolderWatch::over(files.iter().map(PathBuf::as_path)).unwrap();
            // A file beside a folder far above wakes nobody, nor does writing.
            std::fs::write(base.join("unrelated"), "").unwrap();
            std::fs::write(base.join("a/b/file"), "text").unwrap();
            let early = tokio::time::timeout(Duration::from_millis(20), watch.changed()).await;
            assert!(early.is_err(), "{name}: woke too early");
            change(base);
            tokio::time::timeout(Duration::from_secs(10), watch.changed())
                .await
                .expect(name)
                .unwrap();
        }
    }
}
