//! Executions: run a job, cancel, the history.

use std::time::{Duration, Instant};

use super::jobs::BY_HAND;
use super::logs::day;
use super::{Cx, Service, find, job_input, masked, why};
use jobs_api::{Cancel, Entries, Entry, History, LogEntry, Order, Page, PageAt, Ran, Run};
use jobs_error::{Error, Result};
use jobs_model::{Execution, Job, Status};
use jobs_schedule::{Time, Zone};
use jobs_store::{EntryFilter, HistoryFilter};

impl Service {
    pub(super) fn run(&self, _: &Cx, request: Run) -> Result<Ran> {
        let job = self.store.read(|reader| find(reader, &request.job))?;
        self.run_job(&job)
    }

    pub(super) fn run_job(&self, job: &Job) -> Result<Ran> {
        let admittance = self.scheduler.run_now(job.id)?;
        Ok(Ran {
            exec_id: admittance.exec_id,
            status: admittance.status,
            skipped: admittance.status == Status::Skipped,
            reason: admittance.reason,
        })
    }

    /// Stops an execution and waits until it has ended, at most the grace period and 3 seconds.
    pub(super) fn cancel(&self, cx: &Cx, request: Cancel) -> Result<Execution> {
        let exec_id = request.exec_id;
        job_input::exec_id(exec_id)?;
        let clock = self.clock.clone();
        let before = self.write(cx, move |tx| {
            let execution = tx
                .execution(exec_id)?
                .ok_or(Error::NoSuchExecution(exec_id))?;
            if execution.status == Status::Queued {
                tx.drop_queued(exec_id, clock.now(), BY_HAND)?;
            } else {
                // The execution may fail before it is stopped: then no retry may follow either.
                tx.set_no_retries(exec_id)?;
            }
            Ok(execution)
        })?;
        if before.status.is_final() {
            return Err(Error::Conflict(format!(
                "execution {exec_id} is over already: {}",
                before.status
            )));
        }
        if before.status == Status::Running {
            self.scheduler.stop_execution(exec_id, BY_HAND);
        }
        let deadline =
            Instant::now() + self.scheduler.settings().kill_grace + Duration::from_secs(3);
        loop {
            let seen = self.scheduler.activity();
            let execution = self
                .store
                .read(|reader| reader.execution(exec_id))?
                .ok_or(Error::NoSuchExecution(exec_id))?;
            if execution.status.is_final() || Instant::now() >= deadline {
                let mut shown = masked::execution(execution);
                why::of_output(&mut shown);
                return Ok(shown);
            }
            self.scheduler.wait_activity(seen, deadline);
        }
    }

    pub(super) fn history(&self, cx: &Cx, request: History) -> Result<Vec<Execution>> {
        const DEFAULT: u32 = 20;
        const MAX: u32 = 500;
        let limit = request.limit.unwrap_or(DEFAULT);
        if !(1..=MAX).contains(&limit) {
            return Err(
                Error::invalid("limit", format!("`{limit}` is not in 1 to {MAX}"))
                    .hint("ask for the next page with `before`"),
            );
        }
        let zone = self.scheduler.settings().zone.clone();
        let (since, until) = time_range(&request.since, &request.until, &zone, cx.now)?;
        let longer_than = request.longer_than.map(Duration::from_secs);
        self.store.read(|reader| {
            let job_id = match &request.job {
                Some(job) => Some(find(reader, job)?.id),
                None => None,
            };
            if let Some(exec_id) = request.exec_id
                && reader.execution(exec_id)?.is_none()
            {
                return Err(Error::NoSuchExecution(exec_id));
            }
            let filter = HistoryFilter {
                job_id,
                statuses: request.status.into_iter().chain(request.statuses).collect(),
                before: request.before,
                after: request.after,
                exec_id: request.exec_id,
                since,
                until,
                source: request.source,
                longer_than: longer_than.map(|longer| (longer, cx.now.minus(longer))),
                without_output: request.output == Some(false),
            };
            let found = reader.history(&filter, i64::from(limit))?;
            let mut shown: Vec<Execution> = found.into_iter().map(masked::execution).collect();
            match filter.without_output {
                true => why::of_rows(reader, &mut shown)?,
                false => shown.iter_mut().for_each(why::of_output),
            }
            Ok(shown)
        })
    }

    pub(super) fn entries(&self, _: &Cx, request: Entries) -> Result<Page<LogEntry>> {
        const DEFAULT: u32 = 20;
        let at = PageAt::given(request.page, request.size, DEFAULT)?;
        let due = day(request.date.as_deref(), &self.scheduler.settings().zone)?;
        let most = match request.limit {
            None | Some(0) => i64::MAX,
            Some(limit) => i64::from(limit),
        };
        self.store.read(|reader| {
            let job_id = match &request.job {
                Some(job) => Some(find(reader, job)?.id),
                None => None,
            };
            let filter = EntryFilter {
                job_id,
                status: request.status,
                due,
                oldest_first: request.order == Some(Order::Asc),
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

    pub(super) fn entry(&self, _: &Cx, request: Entry) -> Result<LogEntry> {
        job_input::exec_id(request.exec_id)?;
        self.store.read(|reader| {
            let job_id = match &request.job {
                Some(job) => Some(find(reader, job)?.id),
                None => None,
            };
            reader
                .execution(request.exec_id)?
                .filter(|execution| job_id.is_none_or(|id| id == execution.job_id))
                .map(entry)
                .ok_or(Error::NoSuchExecution(request.exec_id))
        })
    }
}

/// The times of `since` and `until`; an empty text is none.
///
/// # Errors
///
/// When a text is not a time, or `until` is not after `since`.
pub(super) fn time_range(
    since: &Option<String>,
    until: &Option<String>,
    zone: &Zone,
    now: Time,
) -> Result<(Option<Time>, Option<Time>)> {
    let from = past("since", since, zone, now, |_| true)?;
    let to = past("until", until, zone, now, |at| {
        from.is_none_or(|from| at > from)
    })?;
    match (from, to) {
        (Some(from), Some(to)) if to <= from => Err(Error::invalid(
            "until",
            format!("{} is not after {}", to.local(zone), from.local(zone)),
        )
        .hint("`until` has to be later than `since`")),
        (from, to) => Ok((from, to)),
    }
}

/// A time of the past. A time of day alone is the last such time, if that `fits`, not the next.
pub(super) fn past(
    field: &str,
    text: &Option<String>,
    zone: &Zone,
    now: Time,
    fits: impl Fn(Time) -> bool,
) -> Result<Option<Time>> {
    const DAY: Duration = Duration::from_secs(86_400);
    let Some(text) = text.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let at = job_input::when(field, text, zone, now)?;
    let is_time_of_day = text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(|c| "0123456789:apmAPM ".contains(c));
    if !is_time_of_day || at <= now {
        return Ok(Some(at));
    }
    let last = job_input::when(field, text, zone, now.minus(DAY))?;
    Ok(Some(if fits(last) { last } else { at }))
}

/// An execution as an entry of a log, with secrets masked.
fn entry(execution: Execution) -> LogEntry {
    let execution = masked::execution(execution);
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
