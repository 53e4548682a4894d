//! Verbs on jobs that exist: list, run, stop, restart, remove, next.

use std::time::{Duration, Instant};

use super::{Service, find, find_all};
use crate::api::{JobRef, JobView, LastExecution, List, Next, NextRuns, Ran};
use crate::error::{Error, Result};
use crate::model::{ExecId, Execution, Job, State, Status};
use crate::schedule::{Schedule, Time};
use crate::scheduler::clock;
use crate::scheduler::tick::{self, Effects};
use crate::store::{JobFilter, LiveCounts, Reader, Tx};

/// What the history says of an execution that an operator stopped.
const BY_HAND: &str = "cancelled by an operator";

impl Service {
    pub(super) fn list_jobs(&self, ask: &List) -> Result<Vec<JobView>> {
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
        };
        self.store.read(|reader| {
            let live = reader.live_counts()?;
            let mut views = Vec::new();
            for job in reader.jobs(&filter)? {
                let live = live.get(&job.id).copied().unwrap_or_default();
                let state = state(&job, live);
                if ask.state.is_none_or(|wanted| wanted == state as u8) {
                    views.push(view_with(reader, job, live)?);
                }
            }
            Ok(views)
        })
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

    pub(super) fn stop_jobs(&self, jobs: Vec<JobRef>, running: bool) -> Result<Vec<JobView>> {
        let (views, effects) = self.store.write(move |tx| {
            let mut effects = Effects::default();
            let mut views = Vec::new();
            let now = clock::now();
            for mut job in find_all(tx, &jobs)? {
                job.stopped = true;
                job.next_at = None;
                job.updated_at = now;
                tx.update_job(&job)?;
                if running {
                    stop_what_lives(tx, &job, now, &mut effects)?;
                }
                views.push(view(tx, job)?);
            }
            Ok((views, effects))
        })?;
        self.scheduler.apply(effects);
        self.scheduler.poke();
        Ok(views)
    }

    pub(super) fn restart_jobs(&self, jobs: Vec<JobRef>) -> Result<Vec<JobView>> {
        let zone = self.scheduler.settings().zone.clone();
        let views = self.store.write(move |tx| {
            let mut views = Vec::new();
            let now = clock::now();
            for mut job in find_all(tx, &jobs)? {
                job.stopped = false;
                job.run_count = 0;
                job.updated_at = now;
                job.next_at = tick::next_run(&job, &zone, now)?;
                if job.next_at.is_none() && Schedule::parse(&job.cron_expr)?.runs_once() {
                    return Err(Error::Conflict(format!(
                        "`{0}` was to run once, and its time is past\nhint: `jobs edit {0} --at TIME`, or `jobs run {0}`",
                        job.name
                    )));
                }
                tx.update_job(&job)?;
                views.push(view(tx, job)?);
            }
            Ok(views)
        })?;
        self.scheduler.poke();
        Ok(views)
    }

    pub(super) fn remove_jobs(&self, jobs: Vec<JobRef>) -> Result<Vec<JobView>> {
        let (views, effects) = self.store.write(move |tx| {
            let mut effects = Effects::default();
            let mut views = Vec::new();
            let now = clock::now();
            for job in find_all(tx, &jobs)? {
                let shown = view(tx, job)?;
                stop_what_lives(tx, &shown.job, now, &mut effects)?;
                tx.delete_job(shown.job.id)?;
                views.push(shown);
            }
            Ok((views, effects))
        })?;
        self.scheduler.apply(effects);
        self.scheduler.poke();
        Ok(views)
    }

    /// Stops an execution and waits until it has ended, as long as that should take.
    pub(super) fn cancel_execution(&self, exec_id: ExecId) -> Result<Execution> {
        let now = clock::now();
        let before = self.store.write(move |tx| {
            let execution = tx
                .execution(exec_id)?
                .ok_or(Error::NoSuchExecution(exec_id))?;
            if execution.status == Status::Queued {
                tx.drop_queued(exec_id, now, BY_HAND)?;
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
        let zone = tick::zone_of(&job, &daemon)?;
        let schedule = Schedule::parse(&job.cron_expr)?;
        // The first one is what the store says: it may be due already, or wait for its turn.
        let mut next: Vec<Time> = job.next_at.into_iter().collect();
        while let Some(last) = next.last()
            && next.len() < count as usize
        {
            match schedule.next_after(*last, &zone, job.anchor_at) {
                Some(at) => next.push(at),
                None => break,
            }
        }
        Ok(NextRuns {
            name: job.name,
            cron_expr: job.cron_expr,
            timezone: zone.name().to_string(),
            next,
        })
    }
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
pub(super) fn view(reader: &mut Reader<'_>, job: Job) -> Result<JobView> {
    let live = reader.live_counts_of(job.id)?;
    view_with(reader, job, live)
}

fn view_with(reader: &mut Reader<'_>, job: Job, live: LiveCounts) -> Result<JobView> {
    let last = reader.last_ended(job.id)?.map(|execution| LastExecution {
        exec_id: execution.exec_id,
        status: execution.status,
        scheduled_at: execution.scheduled_at,
        ended_at: execution.ended_at,
        duration_ms: execution.duration_ms,
        exit_code: execution.exit_code,
        error: execution.error,
    });
    Ok(JobView {
        state: state(&job, live),
        running: live.running,
        queued: live.queued,
        last,
        job,
    })
}

fn state(job: &Job, live: LiveCounts) -> State {
    if live.running > 0 {
        State::Running
    } else if job.stopped {
        State::Stopped
    } else {
        State::Waiting
    }
}
