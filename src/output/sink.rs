//! Receives the output of one stream: buffers it for a short time, then appends it to the file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use parking_lot::{Mutex, MutexGuard};

use super::watch::Lines;
use super::{Outputs, ROW_BYTES, Stream, hole};
use jobs_fs::private;
use jobs_model::ExecId;

/// Upper bound on the buffer, in bytes. This much is stored in the row anyway.
const BUFFER_MAX: usize = ROW_BYTES as usize;

/// The buffer and the file of one stream.
pub(super) struct Sink {
    outputs: Outputs,
    exec_id: ExecId,
    stream: Stream,
    path: PathBuf,
    /// Created when the buffer is full or its oldest byte is 50 ms old: most jobs print little or nothing.
    file: Option<File>,
    /// Output that is not in the file yet.
    buffer: Vec<u8>,
    written: u64,
    /// The size of the file when the budget was last checked, in bytes.
    checked_at: u64,
    error: Option<std::io::Error>,
    /// Passes the lines on while an attempt is watched.
    pub(super) lines: Option<Lines>,
}

impl Sink {
    pub(super) fn new(outputs: &Outputs, exec_id: ExecId, stream: Stream) -> Sink {
        Sink {
            outputs: outputs.clone(),
            exec_id,
            stream,
            path: outputs.path(exec_id, stream),
            file: None,
            buffer: Vec::new(),
            written: 0,
            checked_at: 0,
            error: None,
            lines: None,
        }
    }

    /// Appends output of the work.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        if let Some(lines) = &mut self.lines {
            lines.see(bytes);
        }
        self.keep(bytes);
    }

    /// Appends to the buffer if the bytes fit, else to the file.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        if self.error.is_some() || bytes.is_empty() {
            return;
        }
        if self.fits_buffer(bytes) {
            self.buffer.extend_from_slice(bytes);
            return;
        }
        self.flush();
        self.write(bytes);
    }

    /// Whether `bytes` fit into the buffer, so that no file is needed.
    fn fits_buffer(&self, bytes: &[u8]) -> bool {
        self.file.is_none() && self.buffer.len() + bytes.len() <= BUFFER_MAX
    }

    /// Whether `bytes` can be appended on a thread that also runs other tasks.
    pub(super) fn is_quick(&self, bytes: &[u8]) -> bool {
        let lines = self.lines.as_ref();
        self.fits_buffer(bytes) && !lines.is_some_and(|lines| lines.may_take_long(bytes.len()))
    }

    pub(super) fn has_buffered(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Appends the buffer to the file.
    pub(super) fn flush(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        self.write(&buffer);
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.error.is_some() || bytes.is_empty() {
            return;
        }
        if let Err(error) = self.try_write(bytes) {
            tracing::warn!(%error, exec_id = self.exec_id, "the output of a job can't be kept");
            self.error = Some(error);
        }
        self.notify();
    }

    /// Ends the stream. A stream without a file gets none: its output stays in memory until it is settled.
    pub(super) fn end(&mut self) {
        if self.file.is_some() {
            return self.flush();
        }
        let in_memory = std::mem::take(&mut self.buffer);
        self.outputs
            .in_memory()
            .insert((self.exec_id, self.stream), in_memory);
    }

    /// The first error, once.
    pub(super) fn take_error(&mut self) -> Option<std::io::Error> {
        self.error.take()
    }

    /// Records an error of the reader. The first error is kept.
    pub(super) fn set_error(&mut self, error: std::io::Error) {
        self.error.get_or_insert(error);
    }

    /// Wakes the followers of the execution.
    pub(super) fn notify(&self) {
        self.outputs.shared.generations.notify(self.exec_id);
    }

    fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(create(&self.path)?),
        };
        file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        if self.written - self.checked_at >= hole::STEP {
            self.checked_at = self.written;
            if is_nearly_full(file) {
                return Err(std::io::Error::other("the disk is nearly full"));
            }
            let budget = self.outputs.shared.budget.load(Ordering::Relaxed);
            if let Err(error) = hole::trim_to_budget(&self.path, budget, hole::STEP) {
                tracing::warn!(%error, exec_id = self.exec_id, stream = ?self.stream, "the output of a job can't be kept to its budget");
            }
        }
        Ok(())
    }
}

/// Creates the file of a stream. A file of this name belongs to another execution, from before the database was lost: it is
/// moved aside.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    match private(&mut options).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let aside = aside(path);
            std::fs::rename(path, &aside)?;
            tracing::warn!(
                file = %path.display(),
                aside = %aside.display(),
                "there was output of another execution with this number: it was moved aside"
            );
            private(&mut options).open(path)
        }
        opened => opened,
    }
}

/// A name beside `path` that no file has.
fn aside(path: &Path) -> PathBuf {
    let named = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".old-{number}"));
        PathBuf::from(name)
    };
    let mut number = 1;
    while named(number).exists() {
        number += 1;
    }
    named(number)
}

/// Disk space that the output of jobs leaves free, in bytes: the history needs room to record how they end.
const RESERVED_FREE: u64 = 4 * 1024 * 1024;

#[cfg(unix)]
fn is_nearly_full(file: &File) -> bool {
    rustix::fs::fstatvfs(file)
        .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < RESERVED_FREE)
}

#[cfg(not(unix))]
fn is_nearly_full(_: &File) -> bool {
    false
}

pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock()
}
