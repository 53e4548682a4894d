//! Which file is which, and whether a file is still the one that was read.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// The system's number of a file: two paths with the same id are names of one file. After a file is removed, its id may go to
/// another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId {
    /// The number of the file system.
    pub device: u64,
    /// The number of the file in it.
    pub inode: u64,
}

impl FileId {
    /// The id of the file at a path, links followed. None when there is no file, or the system has no such ids.
    pub fn at(path: &Path) -> Option<FileId> {
        std::fs::metadata(path).ok().as_ref().and_then(FileId::of)
    }

    /// The id of what is at a path itself: of a link that of the link.
    pub fn at_link(path: &Path) -> Option<FileId> {
        let metadata = std::fs::symlink_metadata(path).ok();
        metadata.as_ref().and_then(FileId::of)
    }

    /// The id in the metadata of a file. None when the system has no such ids.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt;
        Some(FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    /// The id in the metadata of a file. None when the system has no such ids.
    #[cfg(not(unix))]
    pub fn of(_: &Metadata) -> Option<FileId> {
        None
    }
}

/// A file's id, size and time of change: while its stamp is the same, nobody has replaced or written the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    id: Option<FileId>,
}

impl Stamp {
    /// The stamp of the file at a path, links followed; none when there is no file.
    pub fn of(path: &Path) -> Option<Stamp> {
        std::fs::metadata(path).ok().map(|metadata| Stamp {
            modified: metadata.modified().ok(),
            size: metadata.len(),
            id: FileId::of(&metadata),
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn file_with_two_names_has_one_id() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("one"), "1").unwrap();
        std::fs::write(path("other"), "1").unwrap();
        std::fs::hard_link(path("one"), path("same")).unwrap();
        std::os::unix::fs::symlink(path("one"), path("link")).unwrap();
        assert_eq!(FileId::at(&path("one")), FileId::at(&path("same")));
        assert_eq!(FileId::at(&path("one")), FileId::at(&path("link")));
        assert_ne!(FileId::at(&path("one")), FileId::at_link(&path("link")));
        assert_ne!(FileId::at(&path("one")), FileId::at(&path("other")));
        assert_eq!(FileId::at(&path("none")), None);
    }

    #[test]
    fn stamp_changes_when_the_file_is_written_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, new) = (folder.path().join("a"), folder.path().join("b"));
        assert_eq!(Stamp::of(&file), None);
        std::fs::write(&file, "1").unwrap();
        let first = Stamp::of(&file);
        assert_eq!(Stamp::of(&file), first);
        std::fs::write(&file, "12").unwrap();
        let second = Stamp::of(&file);
        assert_ne!(second, first);
        std::fs::copy(&file, &new).unwrap();
        std::fs::rename(&new, &file).unwrap();
        assert_ne!(Stamp::of(&file), second);
    }
}
