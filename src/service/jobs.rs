//! Verbs on jobs that exist: list, run, stop, restart, remove, next.

use std::time::{Duration, Instant};

use super::{Service, find, find_all, given, shown};
use crate::api::{
    JobOrder, JobRef, JobView, List, Next, NextRun, NextRuns, Page, PageAt, Ran, Show, Skip, Stop,
};
use crate::error::{Error, Result};
use crate::model::{ExecId, Execution, Job, State, Status};
use crate::schedule::{Time, Zone};
use crate::scheduler::retry;
use crate::scheduler::rules::{self, Rules};
use crate::scheduler::{Effects, clock, tick};
use crate::store::{JobFilter, LiveCounts, Reader, Tx};

/// What the history says of an execution that an operator stopped.
pub(super) const BY_HAND: &str = "cancelled by an operator";

impl Service {
    pub(super) fn run_job(&self, job: &Job) -> Result<Ran> {
        let admittance = self.scheduler.run_now(job.id)?;
        Ok(Ran {
            exec_id: admittance.exec_id,
            status: admittance.status,
            skipped: admittance.status == Status::Skipped,
            reason: admittance.reason,
        })
    }

    pub(super) fn stop_jobs(&self, ask: Stop) -> Result<Vec<JobView>> {
        let (views, effects) = self.change_jobs(move |tx, settings| {
            let zone = &settings.zone;
            let mut effects = Effects::default();
            let mut views = Vec::new();
            let now = clock::now();
            for mut job in find_all(tx, &ask.jobs)? {
                match &ask.until {
                    None => {
                        stop_for_good(tx, &mut job, zone, now)?;
                    }
                    Some(text) => {
                        let until = given::when("until", text, &rules::zone_of(&job, zone)?, now)?;
                        stop_until(tx, &mut job, zone, now, until)?;
                    }
                }
                job.updated_at = now;
                tx.update_job(&job)?;
                let live = tx.live_of(job.id)?;
                retry::give_up(tx, &live, now, BY_HAND)?;
                if ask.running {
                    stop_what_lives(tx, &job, now, &mut effects)?;
                }
                views.push(view(tx, job, now)?);
            }
            Ok((views, effects))
        })?;
        self.scheduler.apply(effects);
        self.scheduler.poke();
        Ok(views)
    }

    pub(super) fn skip_occurrences(&self, ask: Skip) -> Result<JobView> {
        self.change_jobs(move |tx, _| {
            let now = clock::now();
            let mut job = find(tx, &ask.job)?;
            let count = ask.count.unwrap_or(1);
            if count > 0 && job.next_at.is_none() {
                return Err(Error::Conflict(format!(
                    "`{}` has no next run that could be skipped",
                    job.name
                )));
            }
            job.skip_next = i64::from(count);
            job.updated_at = now;
            tx.update_job(&job)?;
            view(tx, job, now)
        })
    }

    pub(super) fn restart_jobs(&self, jobs: Vec<JobRef>) -> Result<Vec<JobView>> {
        let views = self.change_jobs(move |tx, settings| {
            let zone = &settings.zone;
            let mut views = Vec::new();
            let now = clock::now();
            for mut job in find_all(tx, &jobs)? {
                let rules = Rules::of(&job, zone, None)?;
                tick::end_pause(tx, &mut job, zone, now)?;
                job.stopped = false;
                job.run_count = 0;
                job.skip_next = 0;
                job.updated_at = now;
                let replayed_until = tx.replayed_until()?;
                rules::set_next(&mut job, zone, now, replayed_until)?;
                if rules.has_ended(now) && job.next_at.is_none() {
                    return Err(Error::Conflict(format!(
                        "the time of `{0}` is past\nhint: `jobs edit {0}` gives it another (--at, --end), or `jobs run {0}`",
                        job.name
                    )));
                }
                tx.update_job(&job)?;
                views.push(view(tx, job, now)?);
            }
            Ok(views)
        })?;
        self.scheduler.poke();
        Ok(views)
    }

    pub(super) fn remove_jobs(&self, jobs: Vec<JobRef>) -> Result<Vec<JobView>> {
        let (views, effects) = self.change_jobs(move |tx, _| {
            let mut effects = Effects::default();
            let mut views = Vec::new();
            let now = clock::now();
            for job in find_all(tx, &jobs)? {
                let shown = view(tx, job, now)?;
                stop_what_lives(tx, &shown.job, now, &mut effects)?;
                tx.delete_job(shown.job.id)?;
                views.push(shown);
            }
            Ok((views, effects))
        })?;
        self.scheduler.apply(effects);
        self.scheduler.poke();
        self.scheduler.tidy_up();
        Ok(views)
    }

    /// Stops an execution and waits until it has ended, as long as that should take.
    pub(super) fn cancel_execution(&self, exec_id: ExecId) -> Result<Execution> {
        let before = self.write(move |tx| {
            let execution = tx
                .execution(exec_id)?
                .ok_or(Error::NoSuchExecution(exec_id))?;
            if execution.status == Status::Queued {
                tx.drop_queued(exec_id, clock::now(), BY_HAND)?;
            } else {
                // Should it fail by itself before it is stopped, nothing is to follow either.
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
                return Ok(execution);
            }
            self.scheduler.wait_activity(seen, deadline);
        }
    }

    pub(super) fn next_runs(&self, ask: &Next) -> Result<NextRuns> {
        const DEFAULT: u32 = 5;
        const MAX: u32 = 1_000;
        let count = ask.count.unwrap_or(DEFAULT);
        if !(1..=MAX).contains(&count) {
            return Err(Error::invalid(
                "count",
                format!("`{count}` is not in 1 to {MAX}"),
            ));
        }
        let job = self.store.read(|reader| find(reader, &ask.job))?;
        let daemon = self.scheduler.settings().zone.clone();
        let replayed_until = self.store.read(|reader| reader.replayed_until())?;
        let rules = Rules::of(&job, &daemon, replayed_until)?;
        let mut next = Vec::new();
        let mut skipped = job.skip_next;
        // The first one is what the store says: it may be due already, or have a delay.
        let mut occurrence = job.scheduled_at.filter(|_| !job.stopped);
        let mut at = job.next_at;
        while let Some(scheduled) = occurrence {
            let shown = at.take().unwrap_or(scheduled);
            if next.len() == count as usize || ask.until.is_some_and(|until| shown > until) {
                break;
            }
            if ask.from.is_none_or(|from| shown > from) {
                next.push(NextRun {
                    at: shown,
                    note: note(&rules, scheduled, shown, skipped > 0),
                });
            }
            skipped -= 1;
            // Each one that is skipped counts, also before `from`.
            let after = match ask.from {
                Some(from) if skipped <= 0 => scheduled.max(from),
                Some(_) | None => scheduled,
            };
            occurrence = rules.next_after(after);
        }
        Ok(NextRuns {
            name: job.name,
            cron_expr: job.cron_expr,
            timezone: rules.zone.name().to_string(),
            next,
        })
    }
}

/// One job.
pub(super) fn show(reader: &mut Reader<'_>, ask: &Show, now: Time) -> Result<JobView> {
    let job = find(reader, &ask.job)?;
    view(reader, job, now)
}

/// The jobs, or a page of them.
pub(super) fn list(reader: &mut Reader<'_>, ask: &List, now: Time) -> Result<Page<JobView>> {
    if let Some(state) = ask.state
        && state > 2
    {
        return Err(
            Error::invalid("state", format!("`{state}` is not 0, 1 or 2"))
                .hint("0 waiting, 1 running, 2 stopped"),
        );
    }
    let filter = JobFilter {
        name: ask.name.clone(),
        mode: ask.mode,
        newest_first: ask.order == Some(JobOrder::Newest),
    };
    const SIZE: u32 = 10;
    let at = match (ask.page, ask.size) {
        (None, None) => None,
        (page, size) => Some(PageAt::given(page, size, SIZE)?),
    };
    let live = reader.live_counts()?;
    let of = |job: &Job| live.get(&job.id).copied().unwrap_or_default();
    let mut total = None;
    let mut jobs = match (at, ask.state) {
        // Only then does the store know which jobs stand on the page.
        (Some(at), None) => {
            total = Some(reader.jobs_total(&filter)?);
            reader.page_of_jobs(&filter, at.skipped(), i64::from(at.size))?
        }
        _ => reader.jobs(&filter)?,
    };
    if let Some(wanted) = ask.state {
        jobs.retain(|job| state(job, of(job), now) as u8 == wanted);
        if let Some(at) = at {
            total = Some(jobs.len() as u64);
            let skipped = usize::try_from(at.skipped()).unwrap_or(usize::MAX);
            jobs = jobs
                .into_iter()
                .skip(skipped)
                .take(at.size as usize)
                .collect();
        }
    }
    let views = jobs
        .into_iter()
        .map(|job| {
            let live = of(&job);
            view_with(reader, job, live, now)
        })
        .collect::<Result<Vec<JobView>>>()?;
    Ok(match (at, total) {
        (Some(at), Some(total)) => Page::of(views, total, at),
        _ => Page::whole(views),
    })
}

/// What is to be said of a run that is to come.
fn note(rules: &Rules, scheduled: Time, at: Time, is_skipped: bool) -> Option<String> {
    let delay = at.since(scheduled);
    let clock = rules.schedule.note(scheduled, &rules.zone, rules.anchor);
    let notes = [
        is_skipped.then(|| "will be skipped".to_string()),
        (!delay.is_zero()).then(|| format!("delayed by {} s", delay.as_secs())),
        clock.map(|note| note.to_string()),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    (!notes.is_empty()).then(|| notes.join(", "))
}

pub(super) fn stop_for_good(tx: &mut Tx<'_>, job: &mut Job, zone: &Zone, now: Time) -> Result<()> {
    tick::end_pause(tx, job, zone, now)?;
    job.stopped = true;
    rules::set_never(job);
    Ok(())
}

/// Stops a job for a time; it goes on by itself.
fn stop_until(tx: &mut Tx<'_>, job: &mut Job, zone: &Zone, now: Time, until: Time) -> Result<()> {
    if until <= now {
        let shown = until.local(&rules::zone_of(job, zone)?);
        return Err(Error::invalid("until", format!("`{shown}` is past"))
            .hint("for example `18:00`, `tomorrow 9:00` or `in 2h`"));
    }
    if job.stopped {
        return Err(Error::Conflict(format!(
            "`{0}` is stopped for good\nhint: `jobs restart {0}` first",
            job.name
        )));
    }
    tick::end_pause(tx, job, zone, now)?;
    let replayed_until = tx.replayed_until()?;
    let first = match rules::pending(job, now) {
        Some(pending) => Some(pending),
        None => Rules::of(job, zone, replayed_until)?.next_after(now),
    };
    job.stopped_from = first;
    job.stopped_until = Some(until);
    rules::set_next(job, zone, now, replayed_until)?;
    if job.next_at.is_none() && first.is_some() {
        // Nothing is left of it after that: it is told now, for nothing will wake it to tell it then.
        tick::end_pause_at(tx, job, zone, until, now)?;
        job.stopped = true;
    }
    Ok(())
}

/// Drops what waits of a job and stops what runs.
fn stop_what_lives(tx: &mut Tx<'_>, job: &Job, now: Time, effects: &mut Effects) -> Result<()> {
    for execution in tx.live_of(job.id)? {
        if execution.status == Status::Queued {
            tx.drop_queued(execution.exec_id, now, BY_HAND)?;
        } else {
            effects.stop.push((execution.exec_id, BY_HAND));
        }
    }
    Ok(())
}

/// A job and how it stands.
pub(super) fn view(reader: &mut Reader<'_>, job: Job, now: Time) -> Result<JobView> {
    let live = reader.live_counts_of(job.id)?;
    view_with(reader, job, live, now)
}

fn view_with(reader: &mut Reader<'_>, job: Job, live: LiveCounts, now: Time) -> Result<JobView> {
    let last = reader.last_ended(job.id)?.map(shown::last);
    Ok(JobView {
        state: state(&job, live, now),
        running: live.running,
        queued: live.queued,
        last,
        job: shown::job(job),
    })
}

pub(super) fn state(job: &Job, live: LiveCounts, now: Time) -> State {
    if live.running > 0 {
        State::Running
    } else if job.stopped || job.stopped_until.is_some_and(|until| until > now) {
        State::Stopped
    } else {
        State::Waiting
    }
}
