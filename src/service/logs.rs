//! The output of executions: from the row when it is small, from its files when it is not, live while it grows.

use std::time::{Duration, Instant};

use super::{Service, find, shown};
use crate::api::{LogChunk, Logs};
use crate::error::{Error, Result};
use crate::model::{Bytes, ExecId, Execution, JobId, Source, Status};
use crate::output::{Chunk, Stream};
use crate::scheduler::{AHEAD, clock};

/// The longest wait for output, in seconds. Whoever wants more asks again.
const LONGEST_WAIT: u64 = 30;

/// The most bytes of one stream in one answer.
const PART: usize = 256 * 1024;

impl Service {
    pub(super) fn read_logs(&self, ask: &Logs) -> Result<LogChunk> {
        if ask.wait > LONGEST_WAIT {
            return Err(Error::invalid(
                "wait",
                format!("`{}` is more than {LONGEST_WAIT} seconds", ask.wait),
            ));
        }
        let deadline = Instant::now() + Duration::from_secs(ask.wait);
        let exec_id = match (&ask.job, ask.exec_id) {
            (None, Some(exec_id)) => Some(exec_id),
            (Some(job), None) => {
                let job_id = self.store.read(|reader| find(reader, job))?.id;
                self.execution_to_read(job_id, ask.after, deadline)?
            }
            _ => {
                return Err(Error::invalid("exec_id", "give either `exec_id` or `job`"));
            }
        };
        let Some(exec_id) = exec_id else {
            return Ok(nothing_yet(ask));
        };
        loop {
            let seen = self.outputs.generation(exec_id);
            let activity = self.scheduler.activity();
            let chunk = self.part(exec_id, ask)?;
            let has_news = chunk.done
                || !chunk.stdout.0.is_empty()
                || !chunk.stderr.0.is_empty()
                || chunk.stdout_cut > 0
                || chunk.stderr_cut > 0;
            if has_news || Instant::now() >= deadline || !self.scheduler.is_running() {
                return Ok(chunk);
            }
            match chunk.execution.as_ref().map(|execution| execution.status) {
                // It has no output before it starts.
                Some(Status::Queued) => drop(self.scheduler.wait_activity(activity, deadline)),
                _ => drop(self.outputs.wait_change(exec_id, seen, deadline)),
            }
        }
    }

    /// The running or else the latest execution of a job; with `after` only a later one, which is waited for.
    fn execution_to_read(
        &self,
        job_id: JobId,
        after: Option<ExecId>,
        deadline: Instant,
    ) -> Result<Option<ExecId>> {
        loop {
            let activity = self.scheduler.activity();
            let now = clock::now();
            let window = (now, now.plus(AHEAD));
            let found = self.store.read(|reader| match after {
                Some(after) => match reader.last_with_output(job_id, after, window)? {
                    Some(later) => Ok(Some(later)),
                    // A retry got its number when it began to wait.
                    None => Ok(reader.live_of(job_id)?.into_iter().find(|execution| {
                        execution.status == Status::Running
                            && execution.source == Source::Retry
                            && execution.exec_id != after
                    })),
                },
                None => {
                    let live = reader.live_of(job_id)?;
                    let running = live.into_iter().find(|execution| {
                        execution.status == Status::Running
                            && !execution
                                .started_at
                                .is_some_and(|at| window.0 < at && at <= window.1)
                    });
                    match running {
                        Some(running) => Ok(Some(running)),
                        None => reader.last_with_output(job_id, 0, window),
                    }
                }
            })?;
            if found.is_some() || Instant::now() >= deadline || !self.scheduler.is_running() {
                return Ok(found.map(|execution| execution.exec_id));
            }
            self.scheduler.wait_activity(activity, deadline);
        }
    }

    fn part(&self, exec_id: ExecId, ask: &Logs) -> Result<LogChunk> {
        let mut execution = self.execution(exec_id)?;
        // An execution keeps its work, so they are looked for once.
        let secrets = shown::secrets(&execution);
        let read = |execution: &Execution| -> Result<(Chunk, Chunk)> {
            Ok((
                self.stream(execution, Stream::Out, ask.stdout_offset, &secrets)?,
                self.stream(execution, Stream::Err, ask.stderr_offset, &secrets)?,
            ))
        };
        let mut parts = read(&execution)?;
        if !execution.status.is_final() {
            // It may have ended between the row and the files: then the row has what the files had.
            let again = self.execution(exec_id)?;
            if again.status.is_final() {
                execution = again;
                parts = read(&execution)?;
            }
        }
        let (out, err) = parts;
        // A file that somebody removed has nothing more to give either.
        let is_at_end =
            |part: &Chunk, total: i64| part.next >= total.unsigned_abs() || part.bytes.is_empty();
        let done = execution.status.is_final()
            && is_at_end(&out, execution.stdout_bytes)
            && is_at_end(&err, execution.stderr_bytes);
        execution.stdout = Vec::new().into();
        execution.stderr = Vec::new().into();
        Ok(LogChunk {
            execution: Some(shown::execution_without(execution, &secrets)),
            stdout: Bytes(out.bytes),
            stderr: Bytes(err.bytes),
            stdout_next: out.next,
            stderr_next: err.next,
            stdout_cut: out.cut.unwrap_or(0),
            stderr_cut: err.cut.unwrap_or(0),
            done,
        })
    }

    fn execution(&self, exec_id: ExecId) -> Result<Execution> {
        self.store
            .read(|reader| reader.execution(exec_id))?
            .ok_or(Error::NoSuchExecution(exec_id))
    }

    fn stream(
        &self,
        execution: &Execution,
        stream: Stream,
        offset: u64,
        secrets: &[String],
    ) -> Result<Chunk> {
        let (kept, total) = match stream {
            Stream::Out => (&execution.stdout.0, execution.stdout_bytes.unsigned_abs()),
            Stream::Err => (&execution.stderr.0, execution.stderr_bytes.unsigned_abs()),
        };
        let is_whole = kept.len() as u64 == total;
        let mut chunk = if execution.status.is_final() && (is_whole || !execution.in_file) {
            from_row(kept, total, offset)
        } else {
            self.outputs.read(execution.exec_id, stream, offset, PART)?
        };
        // What may be the beginning of a secret is told with the next part; where more follows, some of this one.
        let is_full = chunk.bytes.len() == PART;
        if is_full
            || !execution.status.is_final() && self.ends_here(execution, stream, chunk.next)?
        {
            let held = shown::held_back(&chunk.bytes, secrets);
            if held < chunk.bytes.len() || !is_full {
                chunk.bytes.truncate(chunk.bytes.len() - held);
                chunk.next -= held as u64;
            }
        }
        shown::hide(&mut chunk.bytes, secrets);
        Ok(chunk)
    }

    /// Whether nothing of a stream stands behind an offset yet, so that what comes goes on where it ends.
    fn ends_here(&self, execution: &Execution, stream: Stream, offset: u64) -> Result<bool> {
        let behind = self.outputs.read(execution.exec_id, stream, offset, 1)?;
        Ok(behind.bytes.is_empty() || behind.cut.is_none())
    }
}

/// A part of what the row has kept: all of it, or its end.
fn from_row(kept: &[u8], total: u64, offset: u64) -> Chunk {
    let first = total.saturating_sub(kept.len() as u64);
    let from = offset.clamp(first, total.max(first));
    let start = usize::try_from(from - first)
        .unwrap_or(kept.len())
        .min(kept.len());
    Chunk {
        bytes: kept[start..].to_vec(),
        next: total,
        cut: (offset < first).then(|| first - offset),
    }
}

fn nothing_yet(ask: &Logs) -> LogChunk {
    LogChunk {
        execution: None,
        stdout: Bytes::default(),
        stderr: Bytes::default(),
        stdout_next: ask.stdout_offset,
        stderr_next: ask.stderr_offset,
        stdout_cut: 0,
        stderr_cut: 0,
        done: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_kept_only_the_end_says_what_is_missing() {
        for (offset, bytes, next, cut) in [
            (0, &b"tail"[..], 10, Some(6)),
            (6, b"tail", 10, None),
            (8, b"il", 10, None),
            (10, b"", 10, None),
            (99, b"", 10, None),
        ] {
            let chunk = from_row(b"tail", 10, offset);
            assert_eq!(
                (&chunk.bytes[..], chunk.next, chunk.cut),
                (bytes, next, cut),
                "from {offset}"
            );
        }
    }
}
