//! Captured output on disk: written to files while a job runs, readable while it grows, limited to a budget.
//!
//! Each stream has its own file; a short output that is printed shortly before the command ends needs none. When a
//! stream exceeds the budget, its middle is removed as a hole in the file while the job continues. Offsets do not
//! change, so a follower that reads by offset keeps its position.

#[cfg(unix)]
mod background;
mod capture;
mod durable;
mod generation;
mod hole;
mod settle;
mod sink;
mod starts;
mod watch;
mod writer;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

#[cfg(unix)]
pub use background::PipeKeeper;
pub use capture::Capture;
use durable::FolderFlush;
use generation::Generations;
use jobs_error::{Error, Result};
use jobs_fs::{open_file, private};
use jobs_model::ExecId;
pub use starts::StartRecord;
use starts::Starts;
pub use watch::Watch;
pub use writer::Writer;

/// Upper bound on the bytes of a stream that are stored in the execution's row. A longer stream stays in its file,
/// and the row gets its end.
pub const ROW_BYTES: u64 = 16 * 1024;

/// The two output streams of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Stream {
    const BOTH: [Stream; 2] = [Stream::Out, Stream::Err];

    const fn extension(self) -> &'static str {
        match self {
            Stream::Out => "out",
            Stream::Err => "err",
        }
    }
}

/// Part of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; empty at the end of the stream.
    pub bytes: Vec<u8>,
    /// The offset of the byte after this part.
    pub next: u64,
    /// Number of bytes that were removed between the requested offset and this part; absent when none were.
    pub cut: Option<u64>,
    /// Number of bytes between the requested offset and this part that should be there, but are in no file any more.
    pub lost: u64,
}

/// The streams of an execution that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Standard output.
    pub out: SettledStream,
    /// Standard error.
    pub err: SettledStream,
    /// Why files that the row refers to could not be flushed; absent when they are on disk.
    pub unflushed: Option<String>,
}

/// One stream of an execution that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettledStream {
    /// Number of bytes that the job printed.
    pub total_bytes: u64,
    /// The whole stream when it has at most [`ROW_BYTES`], else the last bytes of it.
    pub data: Vec<u8>,
    /// Whether the file stays, because `data` does not hold the whole stream.
    pub in_file: bool,
    /// Disk use in bytes: `data` and the file, without the hole.
    pub kept_bytes: u64,
    /// Whether a file was created. Most jobs print so little, so soon before they end, that none is needed.
    pub has_file: bool,
}

/// The folder of captured output. A clone is cheap and refers to the same folder.
#[derive(Clone)]
pub struct Outputs {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    budget: AtomicU64,
    generations: Generations,
    /// Streams that ended without a file, until [`Outputs::settle`] takes them.
    in_memory: Mutex<HashMap<(ExecId, Stream), Vec<u8>>>,
    folder_flush: FolderFlush,
    closed: CancellationToken,
    starts: Arc<Starts>,
    #[cfg(unix)]
    pipe_keeper: std::sync::OnceLock<Box<dyn PipeKeeper>>,
    /// Tasks that read the output of background processes.
    #[cfg(unix)]
    discarding: tokio_util::task::TaskTracker,
}

impl Outputs {
    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// The free space on the disk of the folder, in bytes and in percent of the disk; absent when it can't be read.
    #[cfg(unix)]
    pub fn free_space(&self) -> Option<(u64, u64)> {
        let disk = rustix::fs::statvfs(self.folder()).ok()?;
        let percent = disk.f_bavail.saturating_mul(100) / disk.f_blocks.max(1);
        Some((disk.f_bavail.saturating_mul(disk.f_frsize), percent))
    }

    /// Not known on this system.
    #[cfg(not(unix))]
    pub fn free_space(&self) -> Option<(u64, u64)> {
        None
    }

    /// Opens the folder and creates it if it is missing. `budget` is the disk space per stream, in bytes.
    pub fn open(folder: PathBuf, budget: u64) -> Result<Outputs> {
        std::fs::create_dir_all(&folder).map_err(|error| {
            Error::io(
                format!("cannot make the folder `{}`", folder.display()),
                error,
            )
        })?;
        Ok(Outputs {
            shared: Arc::new(Shared {
                starts: Starts::open(&folder),
                folder,
                budget: AtomicU64::new(budget),
                generations: Generations::default(),
                in_memory: Mutex::default(),
                folder_flush: FolderFlush::default(),
                closed: CancellationToken::new(),
                #[cfg(unix)]
                pipe_keeper: std::sync::OnceLock::new(),
                #[cfg(unix)]
                discarding: tokio_util::task::TaskTracker::new(),
            }),
        })
    }

    /// A random id of the daemon whose processes are written down in this folder. It stays the same at a restart, and differs for a
    /// copy of the folder and after a boot of the machine.
    pub fn daemon_id(&self) -> Arc<str> {
        self.shared.starts.id()
    }

    /// The processes that the daemon before this one started and whose end it has not seen.
    pub fn starts_before(&self) -> Vec<StartRecord> {
        self.shared.starts.before()
    }

    /// Removes the records of [`Outputs::starts_before`]: these processes have ended. Call it before the first start.
    pub fn forget_starts_before(&self) {
        self.shared.starts.forget_before();
    }

    /// Changes the budget; running executions use it too.
    pub fn set_budget(&self, bytes: u64) {
        self.shared.budget.store(bytes, Ordering::Relaxed);
    }

    /// Creates a file with the content `text` for a job's stdin. It is unlinked at once, so no file with the text is
    /// left behind.
    pub fn input(&self, exec_id: ExecId, text: &str) -> Result<File> {
        let path = self.shared.folder.join(format!("{exec_id}.in"));
        let fill = || -> std::io::Result<File> {
            // Left behind by a crash.
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            let mut file = private(&mut options).open(&path)?;
            std::fs::remove_file(&path)?;
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        fill().map_err(|error| Error::io(format!("cannot write `{}`", path.display()), error))
    }

    /// The daemon shuts down: output of background processes is no longer read.
    #[cfg(not(unix))]
    pub async fn close(&self) {
        self.shared.closed.cancel();
    }

    /// Reads at most `max` bytes of a stream from `offset` on. An offset within the removed middle continues after
    /// it. A stream without a file has no bytes.
    pub fn read(&self, exec_id: ExecId, stream: Stream, offset: u64, max: usize) -> Result<Chunk> {
        let path = self.path(exec_id, stream);
        read(&path, offset, max)
            .map_err(|error| Error::io(format!("cannot read `{}`", path.display()), error))
    }

    /// The generation of an execution. It changes whenever output is written and when the execution ends.
    pub fn generation(&self, exec_id: ExecId) -> u64 {
        self.shared.generations.generation(exec_id)
    }

    /// Blocks until the generation differs from `seen` or until `deadline`; returns the generation.
    pub fn wait_change(&self, exec_id: ExecId, seen: u64, deadline: Instant) -> u64 {
        self.shared.generations.wait(exec_id, seen, deadline)
    }

    /// The execution has ended and is recorded: wakes its followers a last time.
    pub fn finished(&self, exec_id: ExecId) {
        self.shared.generations.end(exec_id);
    }

    /// Bytes of both streams that are in files.
    pub fn size(&self, exec_id: ExecId) -> u64 {
        let in_memory = self.in_memory();
        let in_files = Stream::BOTH.map(|stream| !in_memory.contains_key(&(exec_id, stream)));
        drop(in_memory);
        Stream::BOTH
            .iter()
            .zip(in_files)
            .filter(|(_, in_file)| *in_file)
            .filter_map(|(stream, _)| std::fs::metadata(self.path(exec_id, *stream)).ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    /// Removes the files of streams that the row holds completely.
    pub fn discard_small(&self, exec_id: ExecId, settled: &Settled) -> Result<()> {
        for (stream, kept) in [(Stream::Out, &settled.out), (Stream::Err, &settled.err)] {
            if kept.has_file && !kept.in_file {
                self.remove(exec_id, stream)?;
            }
        }
        Ok(())
    }

    /// Removes the files of an execution. A missing file is no error.
    pub fn discard(&self, exec_id: ExecId) -> Result<()> {
        Stream::BOTH
            .iter()
            .try_for_each(|stream| self.remove(exec_id, *stream))
    }

    /// The executions that have files, in no order; an execution with two files is listed twice.
    pub fn list(&self) -> Result<Vec<ExecId>> {
        let folder = &self.shared.folder;
        let unreadable = |error| {
            Error::io(
                format!("cannot read the folder `{}`", folder.display()),
                error,
            )
        };
        let mut ids = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            ids.extend(exec_id_of(Path::new(
                &entry.map_err(unreadable)?.file_name(),
            )));
        }
        Ok(ids)
    }

    fn in_memory(&self) -> MutexGuard<'_, HashMap<(ExecId, Stream), Vec<u8>>> {
        self.shared.in_memory.lock()
    }

    fn path(&self, exec_id: ExecId, stream: Stream) -> PathBuf {
        self.shared
            .folder
            .join(format!("{exec_id}.{}", stream.extension()))
    }

    fn remove(&self, exec_id: ExecId, stream: Stream) -> Result<()> {
        let path = self.path(exec_id, stream);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::io(
                format!("cannot remove `{}`", path.display()),
                error,
            )),
        }
    }
}

/// The execution and the stream whose file has this name.
fn stream_of(name: &Path) -> Option<(ExecId, Stream)> {
    let extension = name.extension()?;
    let stream = Stream::BOTH
        .into_iter()
        .find(|stream| extension == stream.extension())?;
    Some((name.file_stem()?.to_str()?.parse().ok()?, stream))
}

fn exec_id_of(name: &Path) -> Option<ExecId> {
    stream_of(name).map(|(exec_id, _)| exec_id)
}

/// Opens a file that may be missing.
fn open(path: &Path) -> std::io::Result<Option<File>> {
    match open_file(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(path: &Path, offset: u64, max: usize) -> std::io::Result<Chunk> {
    let nothing = Chunk {
        next: offset,
        ..Chunk::default()
    };
    let Some(mut file) = open(path)? else {
        return Ok(nothing);
    };
    let size = file.metadata()?.len();
    if offset >= size {
        // A job may truncate its own output (`> /dev/stdout` does): continue at the end.
        return Ok(Chunk {
            next: size,
            ..nothing
        });
    }
    let hole = hole::find_hole(&file, size)?;
    let (from, end) = match hole {
        Some(hole) if hole.contains(&offset) => (hole.end, size),
        Some(hole) if offset < hole.start => (offset, hole.start),
        Some(_) | None => (offset, size),
    };
    let length = usize::try_from(end.saturating_sub(from))
        .unwrap_or(usize::MAX)
        .min(max);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::with_capacity(length);
    file.take(length as u64).read_to_end(&mut bytes)?;
    Ok(Chunk {
        next: from + bytes.len() as u64,
        bytes,
        cut: (from > offset).then(|| from - offset),
        lost: 0,
    })
}

#[cfg(test)]
mod tests;
