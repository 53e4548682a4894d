//! Puts output on disk: the files that a row refers to before the row, and output in memory when the store is slow.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use parking_lot::{Condvar, Mutex};

use super::{Outputs, Settled, Stream};
use jobs_error::{Error, Result};
use jobs_fs::{open_file, open_private, sync_folder_of};
use jobs_model::ExecId;

/// Flushes of the folder: those that are asked for at the same time share one.
#[derive(Default)]
pub(super) struct FolderFlush {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
struct State {
    /// The number of the last request.
    asked: u64,
    /// The requests up to this number are done.
    flushed: u64,
    is_running: bool,
}

impl FolderFlush {
    /// Returns when all names are on disk that were in the folder of `file` before the call.
    pub(super) fn flush(&self, file: &Path) -> std::io::Result<()> {
        let mut state = self.state.lock();
        state.asked += 1;
        let own = state.asked;
        while state.flushed < own {
            if state.is_running {
                self.done.wait(&mut state);
                continue;
            }
            state.is_running = true;
            let asked = state.asked;
            drop(state);
            let flushed = sync_folder_of(file);
            state = self.state.lock();
            state.is_running = false;
            if flushed.is_ok() {
                state.flushed = asked;
            }
            self.done.notify_all();
            // The others try by themselves.
            flushed?;
        }
        Ok(())
    }
}

impl Outputs {
    /// Writes the output of executions that have ended, but whose rows wait for the store, to files that are on disk when this
    /// returns. Without it the output would be in memory only, for as long as the store takes.
    ///
    /// # Errors
    ///
    /// The first error; the other streams are written all the same.
    pub fn keep(&self, ended: &[(ExecId, Settled)]) -> Result<()> {
        let mut kept = Ok(());
        let mut last = None;
        for (exec_id, settled) in ended {
            for (stream, data) in [(Stream::Out, &settled.out), (Stream::Err, &settled.err)] {
                if data.in_file || (data.data.is_empty() && !data.has_file) {
                    continue;
                }
                let path = self.path(*exec_id, stream);
                let written = match data.has_file {
                    true => open_file(&path).and_then(|file| file.sync_data()),
                    false => write(&path, &data.data),
                };
                kept = kept.and(written.map_err(|error| unwritten(&path, error)));
                last = Some(path);
            }
        }
        if let Some(path) = last {
            let flushed = self.shared.folder_flush.flush(&path);
            kept = kept.and(flushed.map_err(|error| unwritten(&path, error)));
        }
        kept
    }

    /// Removes the files of streams that the row holds completely, also those that [`Outputs::keep`] wrote.
    pub fn discard_kept(&self, exec_id: ExecId, settled: &Settled) -> Result<()> {
        for (stream, data) in [(Stream::Out, &settled.out), (Stream::Err, &settled.err)] {
            if !data.in_file {
                self.remove(exec_id, stream)?;
            }
        }
        Ok(())
    }

    /// Has the file of a stream, and its name, be on disk before the row refers to it.
    pub(super) fn flush(&self, file: &File, path: &Path) -> std::io::Result<()> {
        file.sync_data()?;
        self.shared.folder_flush.flush(path)
    }
}

fn write(path: &Path, data: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = open_private(options.write(true).create(true).truncate(true), path)?;
    file.write_all(data)?;
    file.sync_data()
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::io(format!("cannot write `{}`", path.display()), error)
}
