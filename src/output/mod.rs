//! Captured output on disk: it goes into files as it comes, is followed while it grows, and keeps to a budget.
//!
//! A stream is a file of its own; what a command prints shortly before it ends needs none. Over the budget its middle is taken out as a hole, while the job
//! goes on: offsets stay what they are, so whoever follows the stream by offset never loses the place.

mod capture;
mod hole;
mod live;
mod sink;
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

use crate::error::{Error, Result};
use crate::fs::private;
use crate::model::ExecId;
pub use capture::Capture;
use live::Lives;
pub use writer::Writer;

/// Output up to this many bytes moves into the execution's row; of more than that, the row gets the end.
pub const ROW_BYTES: u64 = 16 * 1024;

/// The two streams of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    Out,
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

/// A part of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    pub bytes: Vec<u8>,
    /// The offset of what follows.
    pub next: u64,
    /// How many bytes before this part were taken out.
    pub cut: Option<u64>,
}

/// What is left of the streams of an execution that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    pub out: Kept,
    pub err: Kept,
}

/// What is left of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many bytes were printed in all.
    pub total_bytes: u64,
    /// All of them up to [`ROW_BYTES`], else the last ones.
    pub data: Vec<u8>,
    /// Whether the file is kept.
    pub in_file: bool,
    /// How many bytes are kept, in `data` and in the file.
    pub kept_bytes: u64,
    /// Whether there is a file. Most jobs print so little, so soon before their end, that there never was one.
    pub has_file: bool,
}

/// The folder of captured output. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Outputs {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    budget: AtomicU64,
    lives: Lives,
    /// The streams that ended without a file, until they are put in order.
    whole: Mutex<HashMap<(ExecId, Stream), Vec<u8>>>,
    closed: CancellationToken,
}

impl Outputs {
    /// Opens the folder, which is made if it is missing. `budget` is what a stream may take, in bytes.
    pub fn open(folder: PathBuf, budget: u64) -> Result<Outputs> {
        std::fs::create_dir_all(&folder).map_err(|error| {
            Error::io(
                format!("cannot make the folder `{}`", folder.display()),
                error,
            )
        })?;
        Ok(Outputs {
            shared: Arc::new(Shared {
                folder,
                budget: AtomicU64::new(budget),
                lives: Lives::default(),
                whole: Mutex::default(),
                closed: CancellationToken::new(),
            }),
        })
    }

    /// Changes the budget, for what runs now too.
    pub fn set_budget(&self, bytes: u64) {
        self.shared.budget.store(bytes, Ordering::Relaxed);
    }

    /// A file without a name that holds `text`, to be read from its beginning.
    pub fn input(&self, exec_id: ExecId, text: &str) -> Result<File> {
        let path = self.shared.folder.join(format!("{exec_id}.in"));
        let fill = || -> std::io::Result<File> {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(true);
            let mut file = private(&mut options).open(&path)?;
            std::fs::remove_file(&path)?;
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        fill().map_err(|error| Error::io(format!("cannot write `{}`", path.display()), error))
    }

    /// The daemon ends: nobody reads any more what processes in the background print.
    pub fn close(&self) {
        self.shared.closed.cancel();
    }

    /// Reads at most `max` bytes of a stream from `offset` on. A place that was taken out is jumped over. A stream that
    /// has no file has no bytes.
    pub fn read(&self, exec_id: ExecId, stream: Stream, offset: u64, max: usize) -> Result<Chunk> {
        let path = self.path(exec_id, stream);
        read(&path, offset, max)
            .map_err(|error| Error::io(format!("cannot read `{}`", path.display()), error))
    }

    /// A number that rises whenever something is written to, or the end has come of, an execution.
    pub fn generation(&self, exec_id: ExecId) -> u64 {
        self.shared.lives.generation(exec_id)
    }

    /// Waits until the number is no longer `seen`, or until `deadline`; returns the number. Blocks.
    pub fn wait_change(&self, exec_id: ExecId, seen: u64, deadline: Instant) -> u64 {
        self.shared.lives.wait(exec_id, seen, deadline)
    }

    /// The execution is over and recorded: wakes who follows it a last time.
    pub fn finished(&self, exec_id: ExecId) {
        self.shared.lives.end(exec_id);
    }

    /// How many bytes of both streams are in files.
    pub fn size(&self, exec_id: ExecId) -> u64 {
        let whole = self.whole();
        let in_files = Stream::BOTH.map(|stream| !whole.contains_key(&(exec_id, stream)));
        drop(whole);
        Stream::BOTH
            .iter()
            .zip(in_files)
            .filter(|(_, in_file)| *in_file)
            .filter_map(|(stream, _)| std::fs::metadata(self.path(exec_id, *stream)).ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    /// Puts the streams of an execution that has ended in order: within the budget, the ends of them read. Removes
    /// nothing that is not over the budget: that is for later, when the row is on disk.
    pub fn settle(&self, exec_id: ExecId) -> Result<Settled> {
        Ok(Settled {
            out: self.settle_stream(exec_id, Stream::Out)?,
            err: self.settle_stream(exec_id, Stream::Err)?,
        })
    }

    /// Removes the files of the streams that are whole in the row.
    pub fn discard_small(&self, exec_id: ExecId, settled: &Settled) -> Result<()> {
        for (stream, kept) in [(Stream::Out, &settled.out), (Stream::Err, &settled.err)] {
            if kept.has_file && !kept.in_file {
                self.remove(exec_id, stream)?;
            }
        }
        Ok(())
    }

    /// Removes the files of an execution; missing ones are no obstacle.
    pub fn discard(&self, exec_id: ExecId) -> Result<()> {
        Stream::BOTH
            .iter()
            .try_for_each(|stream| self.remove(exec_id, *stream))
    }

    /// The executions that have files, in no order, some of them twice.
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

    fn settle_stream(&self, exec_id: ExecId, stream: Stream) -> Result<Kept> {
        if let Some(data) = self.whole().remove(&(exec_id, stream)) {
            return Ok(Kept {
                total_bytes: data.len() as u64,
                kept_bytes: data.len() as u64,
                data,
                in_file: false,
                has_file: false,
            });
        }
        let path = self.path(exec_id, stream);
        let budget = self.shared.budget.load(Ordering::Relaxed);
        settle(&path, budget)
            .map_err(|error| Error::io(format!("cannot read `{}`", path.display()), error))
    }

    fn whole(&self) -> MutexGuard<'_, HashMap<(ExecId, Stream), Vec<u8>>> {
        self.shared.whole.lock()
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
    match File::open(path) {
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
        // A job may truncate what it writes to (`> /dev/stdout` does): go on where it is now.
        return Ok(Chunk {
            next: size,
            ..nothing
        });
    }
    let hole = hole::find(&file, size)?;
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
    })
}

fn settle(path: &Path, budget: u64) -> std::io::Result<Kept> {
    hole::keep_to(path, budget, 0)?;
    let Some(mut file) = open(path)? else {
        return Ok(Kept::default());
    };
    let total = file.metadata()?.len();
    let hole = hole::find(&file, total)?;
    let first = total
        .saturating_sub(ROW_BYTES)
        .max(hole.as_ref().map_or(0, |hole| hole.end));
    file.seek(SeekFrom::Start(first))?;
    let mut data = Vec::new();
    file.take(ROW_BYTES).read_to_end(&mut data)?;
    let in_file = total > data.len() as u64;
    let in_the_file = if in_file {
        total - hole.map_or(0, |hole| hole.end - hole.start)
    } else {
        0
    };
    Ok(Kept {
        total_bytes: total,
        kept_bytes: data.len() as u64 + in_the_file,
        data,
        in_file,
        has_file: true,
    })
}

#[cfg(test)]
mod tests;
