//! Existing jobs: show, remove, stop, skip occurrences, restart.

use std::collections::BTreeMap;

use super::list::view;
use super::{Cx, Service, find, find_all, job_input};
use jobs_api::{JobView, Restart, Rm, Show, Skip, Stop, WorkValue};
use jobs_error::{Error, Result};
use jobs_model::{Job, State, Status};
use jobs_schedule::{Time, Zone};
use jobs_scheduler::retry;
use jobs_scheduler::rules::{self, Rules};
use jobs_scheduler::{Effects, tick};
use jobs_store::{LiveCounts, Reader, Tx};
use jobs_work::{NamedValue, Work};

/// The reason in the history of an execution that an operator stopped.
pub(super) const BY_HAND: &str = "cancelled by an operator";

impl Service {
    pub(super) fn show(&self, cx: &Cx, request: Show) -> Result<JobView> {
        self.store.read(|reader| show(reader, &request, cx.now))
    }

    pub(super) fn stop(&self, cx: &Cx, request: Stop) -> Result<Vec<JobView>> {
        let (views, effects) = self.change_jobs(cx, move |tx, settings, now| {
            let zone = &settings.zone;
            let mut effects = Effects::default();
            let mut views = Vec::new();
            for job in find_all(tx, &request.jobs)? {
                let until = request.until.as_deref();
                let job = stop_job(tx, job, zone, now, until)?;
                if request.running {
                    stop_live(tx, &job, now, &mut effects)?;
                }
                views.push(view(tx, job, now)?);
            }
            Ok((views, effects))
        })?;
        self.scheduler.apply(effects);
        self.scheduler.poke();
        Ok(views)
    }

    pub(super) fn skip(&self, cx: &Cx, request: Skip) -> Result<JobView> {
        self.change_jobs(cx, move |tx, _, now| {
            let job = find(tx, &request.job)?;
            let job = skip_job(tx, job, request.count.unwrap_or(1), now)?;
            view(tx, job, now)
        })
    }

    pub(super) fn restart(&self, cx: &Cx, request: Restart) -> Result<Vec<JobView>> {
        let views = self.change_jobs(cx, move |tx, settings, now| {
            let zone = &settings.zone;
            let mut views = Vec::new();
            for job in find_all(tx, &request.jobs)? {
                let job = restart_job(tx, job, zone, now, request.keep_count)?;
                views.push(view(tx, job, now)?);
            }
            Ok(views)
        })?;
        self.scheduler.poke();
        Ok(views)
    }

    pub(super) fn rm(&self, cx: &Cx, request: Rm) -> Result<Vec<JobView>> {
        let (views, effects) = self.change_jobs(cx, move |tx, _, now| {
            let mut effects = Effects::default();
            let mut views = Vec::new();
            for job in find_all(tx, &request.jobs)? {
                let shown = view(tx, job, now)?;
                stop_live(tx, &shown.job, now, &mut effects)?;
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
}

/// One job.
pub(super) fn show(reader: &mut Reader<'_>, request: &Show, now: Time) -> Result<JobView> {
    let job = find(reader, &request.job)?;
    let mut view = view(reader, job, now)?;
    if request.work {
        view.work = work_values(&view.job);
    }
    Ok(view)
}

/// The values of the work of a job whose secrets are masked.
fn work_values(job: &Job) -> Option<BTreeMap<String, WorkValue>> {
    let work = Work::parse(job.mode, &job.command).ok()?;
    let values = work.named_values().into_iter();
    let value = |value| match value {
        NamedValue::Number(number) => WorkValue::Number(number),
        NamedValue::Text(text) => WorkValue::Text(text),
        NamedValue::List(members) => WorkValue::List(members),
    };
    Some(
        values
            .map(|(name, named)| (name.to_string(), value(named)))
            .collect(),
    )
}

/// Stops a job, for good or until a time, and gives up its retries.
pub(super) fn stop_job(
    tx: &mut Tx<'_>,
    mut job: Job,
    zone: &Zone,
    now: Time,
    until: Option<&str>,
) -> Result<Job> {
    match until {
        None => stop_for_good(tx, &mut job, zone, now)?,
        Some(text) => {
            let until = job_input::when("until", text, &rules::zone_of(&job, zone)?, now)?;
            stop_until(tx, &mut job, zone, now, until)?;
        }
    }
    job.updated_at = now;
    tx.update_job(&job)?;
    let live = tx.live_of(job.id)?;
    retry::give_up(tx, &live, now, BY_HAND)?;
    Ok(job)
}

/// Skips the next `count` occurrences of a job.
pub(super) fn skip_job(tx: &mut Tx<'_>, mut job: Job, count: u32, now: Time) -> Result<Job> {
    if count > 0 && job.next_at.is_none() {
        return Err(Error::Conflict(format!(
            "`{}` has no next run that could be skipped",
            job.name
        )));
    }
    job.skip_next = i64::from(count);
    job.updated_at = now;
    tx.update_job(&job)?;
    Ok(job)
}

/// Starts a stopped job again. Without `keep_count` its run count becomes 0.
pub(super) fn restart_job(
    tx: &mut Tx<'_>,
    mut job: Job,
    zone: &Zone,
    now: Time,
    keep_count: bool,
) -> Result<Job> {
    let rules = Rules::of(&job, zone, None)?;
    tick::end_pause(tx, &mut job, zone, now)?;
    if keep_count && job.max_run_count > 0 && job.run_count >= job.max_run_count {
        return Err(Error::Conflict(format!(
            "`{0}` has run {1} of {1} times\nhint: `jobs restart {0}` counts from 0 again",
            job.name, job.max_run_count
        )));
    }
    job.stopped = false;
    if !keep_count {
        job.run_count = 0;
    }
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
    Ok(job)
}

/// Stops a job until somebody restarts it.
pub(super) fn stop_for_good(tx: &mut Tx<'_>, job: &mut Job, zone: &Zone, now: Time) -> Result<()> {
    tick::end_pause(tx, job, zone, now)?;
    job.stopped = true;
    rules::set_never(job);
    Ok(())
}

/// Stops a job until some time, after which it goes on by itself.
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
        // No occurrence follows the pause, so nothing would wake the job then: write the history of the pause now.
        tick::end_pause_at(tx, job, zone, until, now)?;
        job.stopped = true;
    }
    Ok(())
}

/// Drops the queued executions of a job and stops the running ones.
pub(super) fn stop_live(
    tx: &mut Tx<'_>,
    job: &Job,
    now: Time,
    effects: &mut Effects,
) -> Result<()> {
    for execution in tx.live_of(job.id)? {
        if execution.status == Status::Queued {
            tx.drop_queued(execution.exec_id, now, BY_HAND)?;
        } else {
            effects.stop.push((execution.exec_id, BY_HAND));
        }
    }
    Ok(())
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
