//! Captured output: read and cleared. Small output is in the row of the execution, larger or still growing output in files.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::stream_part::StreamPart;
use super::{Cx, Service, find, masked};
use jobs_api::{ClearLogs, Cleared, JobRef, LogChunk, LogKind, Logs, SwitchState, Switches};
use jobs_error::{Error, Result};
use jobs_mask::Secrets;
use jobs_model::{Bytes, ExecId, Execution, JobId, Source, Status};
use jobs_output::{Chunk, Stream};
use jobs_schedule::{Time, Zone, parse_day};
use jobs_scheduler::AHEAD;
use jobs_store::Clearing;

/// The longest wait for output, in seconds. A client that wants more asks again.
const LONGEST_WAIT: u64 = 30;

/// Upper bound on the bytes of one stream in one answer.
const PART: usize = 256 * 1024;

impl Service {
    pub(super) fn logs(&self, _: &Cx, request: Logs) -> Result<LogChunk> {
        if request.wait > LONGEST_WAIT {
            return Err(Error::invalid(
                "wait",
                format!("`{}` is more than {LONGEST_WAIT} seconds", request.wait),
            ));
        }
        let deadline = Instant::now() + Duration::from_secs(request.wait);
        let exec_id = match (&request.job, request.exec_id) {
            (None, Some(exec_id)) => Some(exec_id),
            (Some(job), None) => {
                let job_id = self.store.read(|reader| find(reader, job))?.id;
                self.execution_to_read(job_id, request.after, deadline)?
            }
            _ => {
                return Err(Error::invalid("exec_id", "give either `exec_id` or `job`"));
            }
        };
        let Some(exec_id) = exec_id else {
            return Ok(nothing_yet(&request));
        };
        loop {
            let seen = self.outputs.generation(exec_id);
            let activity = self.scheduler.activity();
            let chunk = self.part(exec_id, &request)?;
            let has_news = chunk.done
                || !chunk.stdout.0.is_empty()
                || !chunk.stderr.0.is_empty()
                || chunk.stdout_cut + chunk.stdout_lost > 0
                || chunk.stderr_cut + chunk.stderr_lost > 0;
            if has_news || Instant::now() >= deadline || !self.scheduler.is_running() {
                return Ok(chunk);
            }
            match chunk.execution.as_ref().map(|execution| execution.status) {
                // A queued execution has no output before it starts.
                Some(Status::Queued) => drop(self.scheduler.wait_activity(activity, deadline)),
                _ => drop(self.outputs.wait_change(exec_id, seen, deadline)),
            }
        }
    }

    pub(super) fn clear_logs(&self, cx: &Cx, request: ClearLogs) -> Result<Cleared> {
        match (request.kind, &request.job) {
            (Some(LogKind::Zap), None) => self.clear_system_log(cx, request.date.as_deref()),
            (Some(LogKind::Zap), Some(_)) => Err(Error::invalid(
                "job",
                "the system log is of all jobs: give none with `zap`",
            )),
            (Some(LogKind::Job), Some(job)) => {
                self.clear_executions(cx, job, request.date.as_deref())
            }
            (Some(LogKind::Job), None) => Err(Error::invalid("job", "is missing")
                .hint("give the name or the id of the job whose executions are to go")),
            (None, _) => Err(Error::invalid("type", "is missing")
                .hint("`job` for the executions of a job, `zap` for the system log")),
        }
    }

    /// Removes the executions of a job in small transactions.
    fn clear_executions(&self, cx: &Cx, job: &JobRef, date: Option<&str>) -> Result<Cleared> {
        let due = day(date, &self.scheduler.settings().zone)?;
        let mut clearing = self.store.read(|reader| {
            let job = find(reader, job)?;
            Ok(Clearing {
                job_id: job.id,
                due,
                up_to: reader.last_execution(job.id)?,
            })
        })?;
        let mut count = 0;
        loop {
            let mut step = clearing.clone();
            let (moved, pruned) = self.write(cx, move |tx| {
                let pruned = tx.clear(&mut step)?;
                Ok((step, pruned))
            })?;
            clearing = moved;
            count += pruned.executions;
            for exec_id in pruned.files {
                if let Err(error) = self.outputs.discard(exec_id) {
                    // The row is gone, so the next start removes the file.
                    tracing::warn!(%error, exec_id, "old output can't be removed");
                }
            }
            if !pruned.more {
                return Ok(Cleared {
                    cleared: count > 0,
                    count,
                });
            }
        }
    }

    pub(super) fn switch_state(&self, _: &Cx, _: SwitchState) -> Result<Switches> {
        Ok(self.host.switches())
    }

    /// The running or else the latest execution of a job. With `after` only a later one, for which the call waits.
    fn execution_to_read(
        &self,
        job_id: JobId,
        after: Option<ExecId>,
        deadline: Instant,
    ) -> Result<Option<ExecId>> {
        loop {
            let activity = self.scheduler.activity();
            let now = self.now();
            let window = (now, now.plus(AHEAD));
            let found = self.store.read(|reader| match after {
                Some(after) => match reader.last_with_output(job_id, after, window)? {
                    Some(later) => Ok(Some(later)),
                    // A retry has its number since it began to wait, so it may be smaller than `after`.
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

    fn part(&self, exec_id: ExecId, request: &Logs) -> Result<LogChunk> {
        let mut execution = self.execution(exec_id)?;
        // The work of an execution does not change, so its secrets are parsed once.
        let secrets = masked::secrets(&execution);
        let read = |execution: &Execution| -> Result<(Chunk, Chunk)> {
            Ok((
                self.stream(execution, Stream::Out, request.stdout_offset, &secrets)?,
                self.stream(execution, Stream::Err, request.stderr_offset, &secrets)?,
            ))
        };
        let mut parts = read(&execution)?;
        if !execution.status.is_final() {
            // The execution may have ended between the two reads. Then its output has moved from the files to the row.
            let again = self.execution(exec_id)?;
            if again.status.is_final() {
                execution = again;
                parts = read(&execution)?;
            }
        }
        let (out, err) = parts;
        let is_at_end =
            |part: &Chunk, total: i64| part.next >= total.unsigned_abs() || part.bytes.is_empty();
        let done = execution.status.is_final()
            && is_at_end(&out, execution.stdout_bytes)
            && is_at_end(&err, execution.stderr_bytes);
        execution.stdout = Vec::new().into();
        execution.stderr = Vec::new().into();
        Ok(LogChunk {
            execution: Some(masked::execution_without(execution, &secrets)),
            stdout: Bytes(out.bytes),
            stderr: Bytes(err.bytes),
            stdout_next: out.next,
            stderr_next: err.next,
            stdout_cut: out.cut.unwrap_or(0),
            stderr_cut: err.cut.unwrap_or(0),
            stdout_lost: out.lost,
            stderr_lost: err.lost,
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
        secrets: &Secrets,
    ) -> Result<Chunk> {
        let (kept, total) = match stream {
            Stream::Out => (&execution.stdout.0, execution.stdout_bytes.unsigned_abs()),
            Stream::Err => (&execution.stderr.0, execution.stderr_bytes.unsigned_abs()),
        };
        let is_final = execution.status.is_final();
        let is_whole = kept.len() as u64 == total;
        if is_final && (is_whole || !execution.in_file) {
            let mut kept = kept.clone();
            masked::row(&mut kept, total, secrets);
            return Ok(from_row(&kept, total, offset));
        }
        let part = StreamPart {
            outputs: &self.outputs,
            exec_id: execution.exec_id,
            stream,
            is_final,
            total,
        };
        match part.read(offset, PART, secrets) {
            Ok(part) if is_final && part.bytes.is_empty() && offset < total => {}
            Err(error) if is_final => {
                tracing::warn!(%error, exec_id = execution.exec_id, "the output can't be read; its end is in the database");
            }
            read => return read,
        }
        let mut kept = kept.clone();
        masked::row(&mut kept, total, secrets);
        Ok(without_file(&kept, total, offset))
    }
}

/// The span of the day that a request gives.
pub(super) fn day(date: Option<&str>, zone: &Zone) -> Result<Option<Range<Time>>> {
    date.filter(|date| !date.is_empty())
        .map(|date| parse_day(date, zone))
        .transpose()
}

/// A part of the output in the row, which is all of it or its end.
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
        lost: 0,
    }
}

/// The end of the output that the row has, when the file with the rest is gone or shorter than it was.
fn without_file(kept: &[u8], total: u64, offset: u64) -> Chunk {
    let mut part = from_row(kept, total, offset);
    part.lost = part.cut.take().unwrap_or(0);
    part
}

fn nothing_yet(request: &Logs) -> LogChunk {
    LogChunk {
        execution: None,
        stdout: Bytes::default(),
        stderr: Bytes::default(),
        stdout_next: request.stdout_offset,
        stderr_next: request.stderr_offset,
        stdout_cut: 0,
        stderr_cut: 0,
        stdout_lost: 0,
        stderr_lost: 0,
        done: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_row_with_only_the_end_reports_the_cut() {
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
