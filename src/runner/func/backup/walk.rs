//! Walks the source: each entry goes into the archive or is reported.
//!
//! As in all functions that handle files, the walk uses the descriptors of the folders and follows no link.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use rustix::fs::{Dir, OFlags, readlinkat};
use rustix::io::Errno;
use tar::EntryType;

use super::Folder;
use super::archive::{EntryHead, Tar};
use super::content::{self, Piece, Sum};
use super::partial::unfinished;
use super::source::{Opened, Source};
use crate::func::Failure;
use crate::func::entry::{self, FileInfo, shown};
use jobs_fs::FileId;

/// Size of one read, in bytes.
const READ_SIZE: usize = 128 * 1024;

/// Upper bound on the entries that are listed per kind of problem; of the others only the number is printed.
const MAX_LISTED: u64 = 100;

/// Number of entries per kind.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) files: u64,
    pub(super) folders: u64,
    pub(super) links: u64,
    pub(super) hard_links: u64,
    /// The sum of the sizes of the files.
    pub(super) bytes: u64,
}

/// A kind of problem: how often it occurred, and its first message.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) count: u64,
    pub(super) first: Option<String>,
}

impl Problems {
    fn add(&mut self, out: &mut dyn Write, text: String) -> Result<(), Failure> {
        self.count += 1;
        if self.count <= MAX_LISTED {
            writeln!(out, "{text}")?;
        }
        self.first.get_or_insert(text);
        Ok(())
    }
}

/// The result of the walk.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) found: Counts,
    /// Entries that changed or vanished while they were read.
    pub(super) changed: Problems,
    pub(super) unreadable: Problems,
    left_out: Problems,
}

/// Archives the source.
pub(super) fn walk<W: Write>(
    source: Source<'_>,
    tar: &mut Tar<W>,
    folder: &Folder,
    out: &mut dyn Write,
) -> Result<Walk, Failure> {
    let mut walker = Walker {
        tar,
        folder,
        out,
        names: HashMap::new(),
        buffer: vec![0; READ_SIZE],
        within: PathBuf::from(source.within),
        path: source.path,
        root: source.within,
        walk: Walk::default(),
    };
    match source.opened {
        Opened::File(file) => walker.file(&file, &source.info)?,
        Opened::Folder(open) => {
            walker.plain(EntryType::Directory, OsStr::new(""), &source.info)?;
            walker.below(open)?;
        }
    }
    Ok(walker.walk)
}

struct Walker<'a, W: Write> {
    tar: &'a mut Tar<W>,
    folder: &'a Folder,
    out: &'a mut dyn Write,
    /// Files with several names: the first name, the number of names still to come, and the metadata when it was
    /// archived.
    names: HashMap<FileId, (OsString, u64, FileInfo)>,
    buffer: Vec<u8>,
    /// The current path within the archive.
    within: PathBuf,
    path: PathBuf,
    root: &'a OsStr,
    walk: Walk,
}

impl<W: Write> Walker<'_, W> {
    /// Walks the tree. The open folders are on a stack on the heap: the tree may be deeper than the call stack
    /// allows.
    fn below(&mut self, root: Dir) -> Result<(), Failure> {
        let mut open = vec![root];
        while let Some(folder) = open.last_mut() {
            let entry = match entry::next(folder) {
                Some(Ok(entry)) => entry,
                ended => {
                    if let Some(Err(error)) = ended {
                        self.unreadable(&error)?;
                    }
                    open.pop();
                    self.within.pop();
                    continue;
                }
            };
            let name = entry::name(&entry);
            self.within.push(name);
            match self.visit(folder, name)? {
                Some(inner) => open.push(inner),
                None => {
                    self.within.pop();
                }
            }
        }
        Ok(())
    }

    /// Archives one entry. Returns a folder that must be walked.
    fn visit(&mut self, folder: &Dir, name: &OsStr) -> Result<Option<Dir>, Failure> {
        let seen = folder.fd().map_err(io::Error::from).and_then(|folder| {
            let info = FileInfo::at(folder, name)?;
            Ok((folder, info))
        });
        let (folder, info) = match seen {
            Ok(seen) => seen,
            Err(error) => return self.unreadable(&error).map(|()| None),
        };
        if info.is_folder() {
            return self.folder(folder, name, &info);
        }
        if info.is_link() {
            self.link(folder, name, &info)?;
        } else if !info.is_file() {
            let text = format!("left out: `{}` is {}", self.shown(), info.what());
            self.walk.left_out.add(self.out, text)?;
        } else if !self.is_other_name(&info)? {
            match entry::open_file(folder, name, OFlags::RDONLY) {
                Ok(Ok((file, info))) => self.file(&file, &info)?,
                Ok(Err(_)) => self.changed("became something else")?,
                // The entry was replaced with a link.
                Err(error) if is(&error, Errno::LOOP) => self.changed("became something else")?,
                Err(error) => self.unreadable(&error)?,
            }
        }
        Ok(None)
    }

    fn folder(
        &mut self,
        folder: impl AsFd,
        name: &OsStr,
        info: &FileInfo,
    ) -> Result<Option<Dir>, Failure> {
        if info.is_same(&self.folder.info) {
            let text = format!("left out: `{}` is DST, with the archives", self.shown());
            self.walk.left_out.add(self.out, text)?;
            return Ok(None);
        }
        let opened = entry::open_folder(folder, name)
            .and_then(|open| Ok((FileInfo::of(&open)?, Dir::new(open)?)));
        match opened {
            Ok((info, open)) => {
                self.plain(EntryType::Directory, OsStr::new(""), &info)?;
                Ok(Some(open))
            }
            Err(error) if is(&error, Errno::LOOP) || is(&error, Errno::NOTDIR) => {
                self.changed("became something else")?;
                Ok(None)
            }
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    self.plain(EntryType::Directory, OsStr::new(""), info)?;
                }
                self.unreadable(&error)?;
                Ok(None)
            }
        }
    }

    fn link(&mut self, folder: impl AsFd, name: &OsStr, info: &FileInfo) -> Result<(), Failure> {
        match readlinkat(folder, name, Vec::new()) {
            Ok(to) => {
                let to = OsString::from_vec(to.into_bytes());
                self.plain(EntryType::Symlink, &to, info)
            }
            Err(Errno::INVAL) => self.changed("became something else"),
            Err(error) => self.unreadable(&error.into()),
        }
    }

    /// Archives an entry without content.
    fn plain(&mut self, kind: EntryType, link: &OsStr, info: &FileInfo) -> Result<(), Failure> {
        let mut path = self.within.clone().into_os_string();
        match kind {
            EntryType::Directory => {
                path.push("/");
                self.walk.found.folders += 1;
            }
            EntryType::Symlink => self.walk.found.links += 1,
            _ => self.walk.found.hard_links += 1,
        }
        let head = EntryHead {
            kind,
            path: &path,
            link,
            info,
            pieces: None,
        };
        let (_, nothing) = Sum::default().finish();
        let written = self
            .tar
            .begin(&head)
            .and_then(|()| self.tar.end(&head, nothing));
        written.map_err(|error| unfinished(self.folder, error))
    }

    /// If the file is already archived under another name, archives this name as a hard link to it. Returns whether
    /// it was.
    fn is_other_name(&mut self, info: &FileInfo) -> Result<bool, Failure> {
        let key = info.id;
        let Some((first, left, before)) = self.names.get_mut(&key) else {
            return Ok(false);
        };
        // The file was written to meanwhile, or another file has reused the inode number.
        if !info.is_unchanged(before) {
            return Ok(false);
        }
        let first = first.clone();
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.names.remove(&key);
        }
        self.plain(EntryType::Link, &first, info)?;
        Ok(true)
    }

    fn file(&mut self, file: &File, info: &FileInfo) -> Result<(), Failure> {
        let path = self.within.clone().into_os_string();
        let pieces = if info.stored < info.size {
            content::pieces(file, info.size)
        } else {
            None
        };
        let head = EntryHead {
            kind: match pieces {
                Some(_) => EntryType::GNUSparse,
                None => EntryType::Regular,
            },
            path: &path,
            link: OsStr::new(""),
            info,
            pieces: pieces.as_deref(),
        };
        let failed = |error| unfinished(self.folder, error);
        self.tar.begin(&head).map_err(failed)?;
        let whole = [Piece {
            at: 0,
            length: info.size,
        }];
        let (sum, ended) = self.content(file, info.size, head.pieces.unwrap_or(&whole))?;
        self.tar.end(&head, sum).map_err(failed)?;
        self.walk.found.files += 1;
        self.walk.found.bytes = self.walk.found.bytes.saturating_add(info.size);
        if info.hard_links > 1 {
            let key = info.id;
            self.names.insert(key, (path, info.hard_links - 1, *info));
        }
        match ended.and_then(|()| FileInfo::of(file)) {
            Ok(after) if after.is_unchanged(info) => Ok(()),
            Ok(after) if after.size > info.size => self.changed("grew while it was read"),
            Ok(after) if after.size < info.size => self.changed("shrank while it was read"),
            Ok(_) => self.changed("changed while it was read"),
            Err(error) => self.unreadable(&error),
        }
    }

    /// Archives the pieces of a file. Parts that cannot be read any more become zeros; the returned error is that of
    /// reading.
    fn content(
        &mut self,
        file: &File,
        size: u64,
        pieces: &[Piece],
    ) -> Result<([u8; 32], io::Result<()>), Failure> {
        let mut sum = Sum::default();
        let (mut at, mut ended, mut is_at_end) = (0, Ok(()), false);
        for piece in pieces {
            sum.add_zeros(piece.at.saturating_sub(at));
            at = piece.at;
            let end = piece.at + piece.length;
            while at < end {
                let most = usize::try_from(end - at)
                    .unwrap_or(READ_SIZE)
                    .min(READ_SIZE);
                let buffer = self.buffer.get_mut(..most).unwrap_or_default();
                let mut length = 0;
                if !is_at_end {
                    match content::read_at(file, buffer, at) {
                        Ok(read) => length = read,
                        Err(error) => ended = Err(error),
                    }
                    is_at_end = length == 0;
                }
                if is_at_end {
                    buffer.fill(0);
                    length = buffer.len();
                }
                let bytes = buffer.get(..length).unwrap_or_default();
                sum.add(bytes);
                let written = self.tar.content(bytes);
                written.map_err(|error| unfinished(self.folder, error))?;
                at += length as u64;
            }
        }
        sum.add_zeros(size.saturating_sub(at));
        Ok((sum.finish().1, ended))
    }

    fn changed(&mut self, how: &str) -> Result<(), Failure> {
        let text = format!("warning: `{}` {how}", self.shown());
        self.walk.changed.add(self.out, text)
    }

    /// Records a read error. An entry that has vanished counts as changed; all others should have been readable.
    fn unreadable(&mut self, error: &io::Error) -> Result<(), Failure> {
        if error.kind() == ErrorKind::NotFound {
            return self.changed("vanished before it was read");
        }
        let text = format!("`{}` can't be read: {error}", self.shown());
        self.walk.unreadable.add(self.out, text)
    }

    /// The current path in the file system.
    fn shown(&self) -> String {
        let below = self.within.as_os_str().as_bytes();
        let below = below.get(self.root.len()..).unwrap_or_default();
        let below = below.strip_prefix(b"/").unwrap_or(below);
        if below.is_empty() {
            shown(&self.path)
        } else {
            shown(self.path.join(OsStr::from_bytes(below)))
        }
    }
}

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}
