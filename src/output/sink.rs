//! Where the output of a stream goes: it is held for a moment, then written into its file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use parking_lot::{Mutex, MutexGuard};

use super::{Outputs, ROW_BYTES, Stream, hole};
use crate::fs::private;
use crate::model::ExecId;

/// How much of a stream may be in memory only, in bytes: what goes into the row anyway.
const HELD_MAX: usize = ROW_BYTES as usize;

/// Where the output goes.
pub(super) struct Sink {
    outputs: Outputs,
    exec_id: ExecId,
    stream: Stream,
    path: PathBuf,
    /// Made when there is more than `held` may hold, or for longer: most jobs print little or nothing.
    file: Option<File>,
    /// What is in no file yet.
    held: Vec<u8>,
    written: u64,
    /// The size at which the budget was looked at last.
    looked: u64,
    failed: Option<std::io::Error>,
}

impl Sink {
    pub(super) fn new(outputs: &Outputs, exec_id: ExecId, stream: Stream) -> Sink {
        Sink {
            outputs: outputs.clone(),
            exec_id,
            stream,
            path: outputs.path(exec_id, stream),
            file: None,
            held: Vec::new(),
            written: 0,
            looked: 0,
            failed: None,
        }
    }

    /// Takes what was printed; writes it when it is too much to be held.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        if self.failed.is_some() || bytes.is_empty() {
            return;
        }
        if self.can_hold(bytes) {
            self.held.extend_from_slice(bytes);
            return;
        }
        self.write_held();
        self.write(bytes);
    }

    /// Whether it can take so much without a file.
    pub(super) fn can_hold(&self, bytes: &[u8]) -> bool {
        self.file.is_none() && self.held.len() + bytes.len() <= HELD_MAX
    }

    pub(super) fn holds_something(&self) -> bool {
        !self.held.is_empty()
    }

    /// Writes what is held into the file.
    pub(super) fn write_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.write(&held);
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.failed.is_some() || bytes.is_empty() {
            return;
        }
        if let Err(error) = self.try_write(bytes) {
            tracing::warn!(%error, exec_id = self.exec_id, "the output of a job can't be kept");
            self.failed = Some(error);
        }
        self.ring();
    }

    /// Nothing more comes: what has no file by now gets none.
    pub(super) fn end(&mut self) {
        if self.file.is_some() {
            return self.write_held();
        }
        let whole = std::mem::take(&mut self.held);
        self.outputs
            .whole()
            .insert((self.exec_id, self.stream), whole);
    }

    /// What went wrong, told once.
    pub(super) fn failed(&mut self) -> Option<std::io::Error> {
        self.failed.take()
    }

    /// Something else went wrong; what went wrong first is told.
    pub(super) fn fail(&mut self, error: std::io::Error) {
        self.failed.get_or_insert(error);
    }

    /// A follower has something to look at.
    pub(super) fn ring(&self) {
        self.outputs.shared.lives.ring(self.exec_id);
    }

    fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut options = OpenOptions::new();
                options.append(true).create(true);
                none.insert(private(&mut options).open(&self.path)?)
            }
        };
        file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        if self.written - self.looked >= hole::STEP {
            self.looked = self.written;
            if is_nearly_full(file) {
                return Err(std::io::Error::other("the disk is nearly full"));
            }
            let budget = self.outputs.shared.budget.load(Ordering::Relaxed);
            if let Err(error) = hole::keep_to(&self.path, budget, hole::STEP) {
                tracing::warn!(%error, exec_id = self.exec_id, stream = ?self.stream, "the output of a job can't be kept to its budget");
            }
        }
        Ok(())
    }
}

/// What the output of jobs leaves free on the disk, in bytes: the history must have room to say how they end.
const LEFT_FREE: u64 = 4 * 1024 * 1024;

#[cfg(unix)]
fn is_nearly_full(file: &File) -> bool {
    rustix::fs::fstatvfs(file)
        .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < LEFT_FREE)
}

#[cfg(not(unix))]
fn is_nearly_full(_: &File) -> bool {
    false
}

pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock()
}
