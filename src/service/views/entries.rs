//! Executions as entries of a log.

use std::ops::Range;

use super::super::{Service, find, given, shown};
use crate::api::{
    ClearLogs, Cleared, Entries, Entry, JobRef, LogEntry, LogKind, Order, Page, PageAt,
};
use crate::error::{Error, Result};
use crate::model::Execution;
use crate::schedule::{Time, Zone, parse_day};
use crate::store::{Clearing, EntryFilter};

impl Service {
    pub(in crate::service) fn log_entries(&self, ask: &Entries) -> Result<Page<LogEntry>> {
        const DEFAULT: u32 = 20;
        let at = PageAt::given(ask.page, ask.size, DEFAULT)?;
        let due = day(ask.date.as_deref(), &self.scheduler.settings().zone)?;
        let most = match ask.limit {
            None | Some(0) => i64::MAX,
            Some(limit) => i64::from(limit),
        };
        self.store.read(|reader| {
            let job_id = match &ask.job {
                Some(job) => Some(find(reader, job)?.id),
                None => None,
            };
            let filter = EntryFilter {
                job_id,
                status: ask.status,
                due,
                oldest_first: ask.order == Some(Order::Asc),
            };
            let total = reader.entries_total(&filter)?.min(most.unsigned_abs());
            let left = (most - at.skipped()).clamp(0, i64::from(at.size));
            let found = match left {
                0 => Vec::new(),
                left => reader.entries(&filter, at.skipped(), left)?,
            };
            Ok(Page::of(found.into_iter().map(entry).collect(), total, at))
        })
    }

    pub(in crate::service) fn log_entry(&self, ask: &Entry) -> Result<LogEntry> {
        given::exec_id(ask.exec_id)?;
        self.store.read(|reader| {
            let job_id = match &ask.job {
                Some(job) => Some(find(reader, job)?.id),
                None => None,
            };
            reader
                .execution(ask.exec_id)?
                .filter(|execution| job_id.is_none_or(|id| id == execution.job_id))
                .map(entry)
                .ok_or(Error::NoSuchExecution(ask.exec_id))
        })
    }

    pub(in crate::service) fn clear(&self, ask: &ClearLogs) -> Result<Cleared> {
        match (ask.kind, &ask.job) {
            (Some(LogKind::Zap), None) => self.clear_system_log(ask.date.as_deref()),
            (Some(LogKind::Zap), Some(_)) => Err(Error::invalid(
                "job",
                "the system log is of all jobs: give none with `zap`",
            )),
            (Some(LogKind::Job), Some(job)) => self.clear_executions(job, ask.date.as_deref()),
            (Some(LogKind::Job), None) => Err(Error::invalid("job", "is missing")
                .hint("give the name or the id of the job whose executions are to go")),
            (None, _) => Err(Error::invalid("type", "is missing")
                .hint("`job` for the executions of a job, `zap` for the system log")),
        }
    }

    /// Takes away the executions of a job, in small steps.
    fn clear_executions(&self, job: &JobRef, date: Option<&str>) -> Result<Cleared> {
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
            let (moved, pruned) = self.write(move |tx| {
                let pruned = tx.clear(&mut step)?;
                Ok((step, pruned))
            })?;
            clearing = moved;
            count += pruned.executions;
            for exec_id in pruned.files {
                if let Err(error) = self.outputs.discard(exec_id) {
                    // Its row is gone: the next start takes the file away.
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
}

/// The day that was given.
fn day(date: Option<&str>, zone: &Zone) -> Result<Option<Range<Time>>> {
    date.filter(|date| !date.is_empty())
        .map(|date| parse_day(date, zone))
        .transpose()
}

/// An execution as an entry of a log, as it may be shown.
fn entry(execution: Execution) -> LogEntry {
    let execution = shown::execution(execution);
    LogEntry {
        time: execution.started_at.unwrap_or(execution.scheduled_at),
        end_time: execution.ended_at,
        job_id: execution.job_id,
        job_name: execution.job_name,
        mode: execution.mode,
        exec_id: execution.exec_id,
        source: execution.source,
        command: execution.command,
        exit_code: execution.exit_code,
        stdout: execution.stdout,
        stderr: execution.stderr,
        stdout_bytes: execution.stdout_bytes.unsigned_abs(),
        stderr_bytes: execution.stderr_bytes.unsigned_abs(),
        status: execution.status,
        duration_ms: execution.duration_ms,
        error_msg: execution.error,
    }
}
