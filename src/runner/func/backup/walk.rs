//! The way through the source: everything in it becomes an entry of the archive, or is told of.
//!
//! As in all functions that handle files the way goes by descriptors of the folders and through no link.

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
use super::archive::{Head, Tar};
use super::content::{self, Piece, Sum};
use super::partial::unfinished;
use super::source::{Opened, Source};
use crate::fs::FileId;
use crate::runner::func::Failure;
use crate::runner::func::entry::{self, Facts, shown};

/// How much is read at once.
const PIECE: usize = 128 * 1024;

/// As many are told by name, of each kind; of the rest only how many there are.
const NAMED_MOST: u64 = 100;

/// How much of each there was.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: u64,
    pub(super) folders: u64,
    pub(super) links: u64,
    pub(super) hard_links: u64,
    /// The sizes of the files.
    pub(super) bytes: u64,
}

/// How often something was noted, and what was noted first.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub(super) count: u64,
    pub(super) first: Option<String>,
}

impl Noted {
    fn add(&mut self, out: &mut dyn Write, text: String) -> Result<(), Failure> {
        self.count += 1;
        if self.count <= NAMED_MOST {
            writeln!(out, "{text}")?;
        }
        self.first.get_or_insert(text);
        Ok(())
    }
}

/// What the way has shown.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) found: Found,
    /// Changed or vanished.
    pub(super) changed: Noted,
    pub(super) unreadable: Noted,
    left_out: Noted,
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
        buffer: vec![0; PIECE],
        within: PathBuf::from(source.within),
        path: source.path,
        root: source.within,
        walk: Walk::default(),
    };
    match source.opened {
        Opened::File(file) => walker.file(&file, &source.facts)?,
        Opened::Folder(open) => {
            walker.plain(EntryType::Directory, OsStr::new(""), &source.facts)?;
            walker.below(open)?;
        }
    }
    Ok(walker.walk)
}

struct Walker<'a, W: Write> {
    tar: &'a mut Tar<W>,
    folder: &'a Folder,
    out: &'a mut dyn Write,
    /// The first name of each file that has more than one, how many of them are still to come, and what it was then.
    names: HashMap<FileId, (OsString, u64, Facts)>,
    buffer: Vec<u8>,
    /// Where we are, within the archive.
    within: PathBuf,
    path: PathBuf,
    root: &'a OsStr,
    walk: Walk,
}

impl<W: Write> Walker<'_, W> {
    /// The open folders are held on a stack of their own: the tree may be deeper than that of the process.
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

    /// Archives an entry; it is a folder to be walked when it returns one.
    fn visit(&mut self, folder: &Dir, name: &OsStr) -> Result<Option<Dir>, Failure> {
        let seen = folder.fd().map_err(io::Error::from).and_then(|folder| {
            let facts = Facts::at(folder, name)?;
            Ok((folder, facts))
        });
        let (folder, facts) = match seen {
            Ok(seen) => seen,
            Err(error) => return self.unreadable(&error).map(|()| None),
        };
        if facts.is_folder() {
            return self.folder(folder, name, &facts);
        }
        if facts.is_link() {
            self.link(folder, name, &facts)?;
        } else if !facts.is_file() {
            let text = format!("left out: `{}` is {}", self.shown(), facts.what());
            self.walk.left_out.add(self.out, text)?;
        } else if !self.is_other_name(&facts)? {
            match entry::open_file(folder, name, OFlags::RDONLY) {
                Ok(Ok((file, facts))) => self.file(&file, &facts)?,
                Ok(Err(_)) => self.changed("became something else")?,
                // It became a link.
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
        facts: &Facts,
    ) -> Result<Option<Dir>, Failure> {
        if facts.is_same(&self.folder.facts) {
            let text = format!("left out: `{}` is DST, with the archives", self.shown());
            self.walk.left_out.add(self.out, text)?;
            return Ok(None);
        }
        let opened = entry::open_folder(folder, name)
            .and_then(|open| Ok((Facts::of(&open)?, Dir::new(open)?)));
        match opened {
            Ok((facts, open)) => {
                self.plain(EntryType::Directory, OsStr::new(""), &facts)?;
                Ok(Some(open))
            }
            Err(error) if is(&error, Errno::LOOP) || is(&error, Errno::NOTDIR) => {
                self.changed("became something else")?;
                Ok(None)
            }
            Err(error) => {
                if error.kind() != ErrorKind::NotFound {
                    self.plain(EntryType::Directory, OsStr::new(""), facts)?;
                }
                self.unreadable(&error)?;
                Ok(None)
            }
        }
    }

    fn link(&mut self, folder: impl AsFd, name: &OsStr, facts: &Facts) -> Result<(), Failure> {
        match readlinkat(folder, name, Vec::new()) {
            Ok(to) => {
                let to = OsString::from_vec(to.into_bytes());
                self.plain(EntryType::Symlink, &to, facts)
            }
            Err(Errno::INVAL) => self.changed("became something else"),
            Err(error) => self.unreadable(&error.into()),
        }
    }

    /// Archives what has no content of its own.
    fn plain(&mut self, kind: EntryType, link: &OsStr, facts: &Facts) -> Result<(), Failure> {
        let mut path = self.within.clone().into_os_string();
        match kind {
            EntryType::Directory => {
                path.push("/");
                self.walk.found.folders += 1;
            }
            EntryType::Symlink => self.walk.found.links += 1,
            _ => self.walk.found.hard_links += 1,
        }
        let head = Head {
            kind,
            path: &path,
            link,
            facts,
            pieces: None,
        };
        let (_, nothing) = Sum::default().finish();
        let written = self
            .tar
            .begin(&head)
            .and_then(|()| self.tar.end(&head, nothing));
        written.map_err(|error| unfinished(self.folder, error))
    }

    /// Whether the file is in the archive already, under another name; then this name is noted as one.
    fn is_other_name(&mut self, facts: &Facts) -> Result<bool, Failure> {
        let key = facts.id;
        let Some((first, left, before)) = self.names.get_mut(&key) else {
            return Ok(false);
        };
        // It was written to meanwhile, or is another file of the same number.
        if !facts.is_unchanged(before) {
            return Ok(false);
        }
        let first = first.clone();
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.names.remove(&key);
        }
        self.plain(EntryType::Link, &first, facts)?;
        Ok(true)
    }

    fn file(&mut self, file: &File, facts: &Facts) -> Result<(), Failure> {
        let path = self.within.clone().into_os_string();
        let pieces = if facts.stored < facts.size {
            content::pieces(file, facts.size)
        } else {
            None
        };
        let head = Head {
            kind: match pieces {
                Some(_) => EntryType::GNUSparse,
                None => EntryType::Regular,
            },
            path: &path,
            link: OsStr::new(""),
            facts,
            pieces: pieces.as_deref(),
        };
        let failed = |error| unfinished(self.folder, error);
        self.tar.begin(&head).map_err(failed)?;
        let whole = [Piece {
            at: 0,
            length: facts.size,
        }];
        let (sum, ended) = self.content(file, facts.size, head.pieces.unwrap_or(&whole))?;
        self.tar.end(&head, sum).map_err(failed)?;
        self.walk.found.files += 1;
        self.walk.found.bytes = self.walk.found.bytes.saturating_add(facts.size);
        if facts.names > 1 {
            let key = facts.id;
            self.names.insert(key, (path, facts.names - 1, *facts));
        }
        match ended.and_then(|()| Facts::of(file)) {
            Ok(after) if after.is_unchanged(facts) => Ok(()),
            Ok(after) if after.size > facts.size => self.changed("grew while it was read"),
            Ok(after) if after.size < facts.size => self.changed("shrank while it was read"),
            Ok(_) => self.changed("changed while it was read"),
            Err(error) => self.unreadable(&error),
        }
    }

    /// Archives the pieces of a file. What can't be read (any more) is zeros; the error is that of reading.
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
                let most = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
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

    /// What is gone meanwhile has changed; the rest should have been readable.
    fn unreadable(&mut self, error: &io::Error) -> Result<(), Failure> {
        if error.kind() == ErrorKind::NotFound {
            return self.changed("vanished before it was read");
        }
        let text = format!("`{}` can't be read: {error}", self.shown());
        self.walk.unreadable.add(self.out, text)
    }

    /// Where we are, as a path of the system.
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
