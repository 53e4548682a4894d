//! Puts the output of an execution that has ended in order: what the row gets, and what stays in a file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::Ordering;

use super::{Outputs, ROW_BYTES, Settled, SettledStream, Stream, hole, open};
use jobs_error::{Error, Result};
use jobs_model::ExecId;

impl Outputs {
    /// Trims the streams of an execution that has ended to the budget and reads the end of each. Flushes the files that stay.
    /// Removes nothing else: the files may go only once the row is on disk.
    pub fn settle(&self, exec_id: ExecId) -> Result<Settled> {
        let mut unflushed = None;
        let mut settle = |stream| self.settle_stream(exec_id, stream, &mut unflushed);
        let (out, err) = (settle(Stream::Out)?, settle(Stream::Err)?);
        Ok(Settled {
            out,
            err,
            unflushed,
        })
    }

    fn settle_stream(
        &self,
        exec_id: ExecId,
        stream: Stream,
        unflushed: &mut Option<String>,
    ) -> Result<SettledStream> {
        if let Some(data) = self.in_memory().remove(&(exec_id, stream)) {
            return Ok(SettledStream {
                total_bytes: data.len() as u64,
                kept_bytes: data.len() as u64,
                data,
                in_file: false,
                has_file: false,
            });
        }
        let path = self.path(exec_id, stream);
        let budget = self.shared.budget.load(Ordering::Relaxed);
        let unreadable = |error| Error::io(format!("cannot read `{}`", path.display()), error);
        hole::trim_to_budget(&path, budget, 0).map_err(unreadable)?;
        let Some(mut file) = open(&path).map_err(unreadable)? else {
            return Ok(SettledStream::default());
        };
        let settled = settle(&mut file).map_err(unreadable)?;
        if settled.in_file
            && let Err(error) = self.flush(&file, &path)
        {
            unflushed.get_or_insert_with(|| error.to_string());
        }
        Ok(settled)
    }
}

fn settle(file: &mut File) -> std::io::Result<SettledStream> {
    let total = file.metadata()?.len();
    let hole = hole::find_hole(file, total)?;
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
    Ok(SettledStream {
        total_bytes: total,
        kept_bytes: data.len() as u64 + in_the_file,
        data,
        in_file,
        has_file: true,
    })
}
