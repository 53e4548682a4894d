//! The files of the database: whether its path still names the file that the connections have open, with the content that they
//! expect. SQLite does not notice when a file is moved, deleted, truncated or written over while it is open.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jobs_error::{Error, Result};
use jobs_fs::FileId;

/// Size of the header of a log, in bytes. A longer log holds changes.
const LOG_HEADER: u64 = 32;

/// A fault of the files of an open database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// No file has the name of the database.
    Missing,
    /// Another file has the name of the database.
    Replaced,
    /// The file is shorter than the daemon left it; its size in bytes.
    Truncated(u64),
    /// Another program has written the file.
    Overwritten,
    /// The log (`-wal`) is missing, or another file has its name.
    NoLog,
    /// The system does not tell; its error.
    Unknown(String),
}

/// The files of a database as the daemon last knew them.
pub(super) struct Files {
    path: PathBuf,
    log: PathBuf,
    /// Open as long as the connections are: it tells whether a file without its name still has another one. Closing it
    /// earlier would release the locks of the connections.
    held: File,
    file: Option<FileId>,
    log_file: Option<FileId>,
    size: u64,
    modified: Option<SystemTime>,
}

impl Files {
    /// The files of a database that is open already. `held` is its file, opened before it.
    pub(super) fn of(path: &Path, held: File) -> Result<Files> {
        let unreadable = |error| Error::io(format!("cannot examine `{}`", path.display()), error);
        let file = FileId::of(&held.metadata().map_err(unreadable)?);
        let log = log_of(path);
        let mut files = Files {
            path: path.to_path_buf(),
            log_file: FileId::at(&log),
            log,
            held,
            file,
            size: 0,
            modified: None,
        };
        files.record();
        Ok(files)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Examines the file of the database before a commit.
    pub(super) fn look(&self) -> Result<(), Loss> {
        let now = self.same_file()?;
        if self.modified.is_some() && now.modified().ok() != self.modified {
            return Err(Loss::Overwritten);
        }
        Ok(())
    }

    /// Examines both files after a commit or a checkpoint of the daemon, which may have written them.
    pub(super) fn look_after(&mut self) -> Result<(), Loss> {
        let now = self.same_file()?;
        if self.log_file.is_some() && FileId::at(&self.log) != self.log_file {
            return Err(Loss::NoLog);
        }
        self.size = now.len();
        self.modified = now.modified().ok();
        Ok(())
    }

    /// Examines both files, before a checkpoint or to find out whether a loss is over.
    pub(super) fn look_at_all(&self) -> Result<(), Loss> {
        self.look()?;
        match self.log_file.is_some() && FileId::at(&self.log) != self.log_file {
            true => Err(Loss::NoLog),
            false => Ok(()),
        }
    }

    /// Takes the present size and time of the file for those that the daemon left.
    fn record(&mut self) {
        if let Ok(now) = self.held.metadata() {
            self.size = now.len();
            self.modified = now.modified().ok();
        }
    }

    /// Whether the path names the open file, whoever has written it.
    pub(super) fn is_in_place(&self) -> bool {
        self.same_file().is_ok()
    }

    fn same_file(&self) -> Result<Metadata, Loss> {
        let now = std::fs::metadata(&self.path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Loss::Missing,
            _ => Loss::Unknown(error.to_string()),
        })?;
        if FileId::of(&now) != self.file {
            return Err(Loss::Replaced);
        }
        if now.len() < self.size {
            return Err(Loss::Truncated(now.len()));
        }
        Ok(now)
    }

    /// Whether the log holds no change, so that the file of the database is complete without it.
    pub(super) fn log_is_empty(&self) -> bool {
        size_of(&self.log) == 0
    }

    /// Whether the open file still has a name, such as that to which it was moved.
    pub(super) fn has_a_name(&self) -> bool {
        self.held.metadata().is_ok_and(|file| links(&file) > 0)
    }

    /// Moves the log aside: SQLite would apply it to the file that has the name of the database now, to which it does not
    /// belong. Returns where it is.
    pub(super) fn put_log_aside(&self) -> std::io::Result<Option<PathBuf>> {
        if size_of(&self.log) <= LOG_HEADER {
            return Ok(None);
        }
        let named = |number: u32| {
            let mut name = self.log.clone().into_os_string();
            name.push(format!(".lost-{number}"));
            PathBuf::from(name)
        };
        let Some(aside) = (1..=u32::MAX).map(named).find(|path| !path.exists()) else {
            return Ok(None);
        };
        std::fs::rename(&self.log, &aside)?;
        Ok(Some(aside))
    }

    /// The message for those whose changes are refused.
    pub(super) fn refusal(&self, loss: &Loss) -> Error {
        let path = self.path.display();
        let restart =
            "or end the daemon (`jobs shutdown`), put the right file there, and start it again";
        let (what, hint) = match loss {
            Loss::Missing => (
                "the database is not at its place any more: it was moved or deleted".to_string(),
                self.put_back(),
            ),
            Loss::Replaced => (
                "another file is at the place of the database".to_string(),
                format!("put the database back, {restart}"),
            ),
            Loss::Truncated(size) => (
                format!("the database was truncated to {size} bytes"),
                format!("copy a backup to its place, {restart}"),
            ),
            Loss::Overwritten => (
                "another program has written over the database".to_string(),
                format!("copy a backup to its place, {restart}"),
            ),
            Loss::NoLog => (
                "the log of the database (`-wal`) is not at its place any more".to_string(),
                "the daemon makes a new one as soon as nobody reads the old one".to_string(),
            ),
            Loss::Unknown(error) => (
                format!("the database can't be examined: {error}"),
                "check the rights of its folder and the disk".to_string(),
            ),
        };
        Error::Store(format!(
            "`{path}`: {what}; no change is accepted\nhint: {hint}"
        ))
    }

    /// How the operator brings a missing database back.
    fn put_back(&self) -> String {
        let back = "put the file back; the daemon goes on by itself";
        match self.has_a_name() {
            true => back.to_string(),
            false => format!(
                "{back}. It was deleted, but the daemon has it open: `cp /proc/{}/fd/{} {}` brings it back",
                rustix::process::getpid(),
                descriptor(&self.held),
                self.path.display()
            ),
        }
    }

    /// Whether the file at the path has the same content as the open one, such as a copy of it.
    pub(super) fn is_a_copy(&self) -> bool {
        let same = || -> std::io::Result<bool> {
            let mut one =
                std::io::BufReader::with_capacity(COMPARED, jobs_fs::open_file(&self.path)?);
            if one.get_ref().metadata()?.len() != self.held.metadata()?.len() {
                return Ok(false);
            }
            compare(&mut one, &self.held)
        };
        same().unwrap_or(false)
    }
}

/// Bytes that are compared at once.
const COMPARED: usize = 64 * 1024;

#[cfg(unix)]
fn compare(one: &mut impl Read, other: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let (mut left, mut right) = (vec![0; COMPARED], vec![0; COMPARED]);
    let mut offset = 0;
    loop {
        let length = one.read(&mut left)?;
        if length == 0 {
            return Ok(true);
        }
        other.read_exact_at(&mut right[..length], offset)?;
        if left[..length] != right[..length] {
            return Ok(false);
        }
        offset += length as u64;
    }
}

#[cfg(not(unix))]
fn compare(_: &mut impl Read, _: &File) -> std::io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn links(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(file)
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn descriptor(file: &File) -> i32 {
    std::os::fd::AsRawFd::as_raw_fd(file)
}

#[cfg(not(unix))]
fn descriptor(_: &File) -> i32 {
    0
}

/// The log of a database.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// Whether there is a file at the path that is not empty.
pub(super) fn has_content(path: &Path) -> bool {
    size_of(path) > 0
}

/// Refuses a database that is missing or empty although its log holds changes. SQLite would delete the log, which may be the
/// last copy of everything: a database whose content fits into the log need not have been written yet.
pub(super) fn refuse_lost(path: &Path) -> Result<()> {
    let log = log_of(path);
    let in_log = size_of(&log);
    if in_log <= LOG_HEADER || size_of(path) > 0 {
        return Ok(());
    }
    let state = if path.exists() { "empty" } else { "missing" };
    Err(Error::Store(format!(
        "`{path}`: the database is {state}, but its log `{log}` holds {in_log} bytes: perhaps the last copy of all jobs\n\
         hint: put the database back. If it is gone for good, \
         `sqlite3 new.db 'PRAGMA journal_mode=WAL; VACUUM' && cp new.db {path}` gives the next start an empty one to which it \
         applies the log. To begin without jobs instead, move the log away",
        path = path.display(),
        log = log.display(),
    )))
}
