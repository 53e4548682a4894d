//! The scheduler and its jobs: shown, paused, checked.

use super::super::work::check_work;
use super::super::{Service, jobs};
use crate::api::{
    BrokenJob, Checked, JobCount, ScheduledJob, SchedulerState, SchedulerView, TaskCount,
};
use crate::error::Result;
use crate::mask;
use crate::model::{Job, JobId};
use crate::schedule::Zone;
use crate::scheduler::review::{self, NextRun, review};
use crate::scheduler::{clock, pause};
use crate::store::Tx;
use crate::work::Work;

/// How many jobs are listed.
const LISTED: i64 = 1_000;

/// How many jobs are checked between two breaths of the store.
const PAGE: i64 = 500;

impl Service {
    pub(in crate::service) fn scheduler_view(&self) -> Result<SchedulerView> {
        let now = clock::now();
        let scheduler_running = self.are_jobs_due()?;
        self.store.read(|reader| {
            let counts = reader.job_counts(now)?;
            let mut tasks = Vec::new();
            for job in reader.active_jobs(now, LISTED)? {
                tasks.push(ScheduledJob {
                    prev_run: reader.last_due(job.id)?,
                    job: jobs::view(reader, job, now)?,
                });
            }
            Ok(SchedulerView {
                scheduler_running,
                total_tasks: counts.jobs.saturating_sub(counts.stopped),
                tasks,
            })
        })
    }

    pub(in crate::service) fn job_count(&self) -> Result<JobCount> {
        Ok(JobCount {
            num: self.active_jobs()?,
            state: self.are_jobs_due()?,
        })
    }

    pub(in crate::service) fn task_count(&self) -> Result<TaskCount> {
        Ok(TaskCount {
            running: self.are_jobs_due()?,
            task_count: self.active_jobs()?,
        })
    }

    pub(in crate::service) fn pause_scheduler(&self, is_on: bool) -> Result<SchedulerState> {
        let pause = self.change_jobs(move |tx, _| pause::set(tx, is_on, clock::now()))?;
        self.scheduler.poke();
        if pause.is_on() {
            tracing::warn!("the scheduler is paused: no job is due until `jobs resume`");
        } else {
            tracing::info!("the scheduler is not paused");
        }
        Ok(SchedulerState {
            scheduler_running: self.scheduler.is_running() && !pause.is_on(),
        })
    }

    pub(in crate::service) fn check_jobs(&self) -> Result<Checked> {
        let zone = self.scheduler.settings().zone.clone();
        let mut checked = Checked::default();
        let mut after = 0;
        loop {
            let (page, replayed_until) = self
                .store
                .read(|reader| Ok((reader.jobs_after(after, PAGE)?, reader.replayed_until()?)))?;
            let Some(last) = page.last() else { break };
            after = last.id;
            checked.jobs += page.len() as u64;
            let mut suspects = Vec::new();
            for job in page {
                // What has run is not known here: it is looked up for those that seem wrong.
                match problem_or_next(&job, |job| {
                    review(job, &zone, clock::now(), None, replayed_until)
                }) {
                    Err(problem) => checked.broken.push(BrokenJob {
                        problem: mask::text(&problem.to_string()).into_owned(),
                        job: job.name,
                    }),
                    Ok(NextRun::Right) => {}
                    Ok(NextRun::Wrong | NextRun::Overdue) => suspects.push(job.id),
                }
            }
            if !suspects.is_empty() {
                let mended =
                    self.change_jobs(move |tx, settings| mend_all(tx, &suspects, &settings.zone))?;
                checked.mended.extend(mended);
            }
        }
        // What is overdue is claimed now, by the rules for what is late.
        self.scheduler.poke();
        Ok(checked)
    }

    /// Whether jobs run when their time has come.
    fn are_jobs_due(&self) -> Result<bool> {
        let pause = self.store.read(|reader| reader.pause())?;
        Ok(self.scheduler.is_running() && !pause.is_on())
    }

    fn active_jobs(&self) -> Result<u64> {
        let counts = self.store.read(|reader| reader.job_counts(clock::now()))?;
        Ok(counts.jobs.saturating_sub(counts.stopped))
    }
}

/// What keeps a job from running, or what its next run is.
fn problem_or_next(job: &Job, next: impl FnOnce(&Job) -> Result<NextRun>) -> Result<NextRun> {
    let next = next(job)?;
    check_work(&Work::parse(job.mode, &job.command)?)?;
    Ok(next)
}

/// Mends the jobs whose next run is wrong as they are now; returns the names of those, and of those that are overdue.
fn mend_all(tx: &mut Tx<'_>, suspects: &[JobId], zone: &Zone) -> Result<Vec<String>> {
    let replayed_until = tx.replayed_until()?;
    // In a pause that is as it should be.
    let is_paused = tx.pause()?.is_on();
    let mut mended = Vec::new();
    for id in suspects {
        let Some(mut job) = tx.job(*id)? else {
            continue;
        };
        let now = clock::now();
        let last = tx.last_due(job.id)?;
        match review(&job, zone, now, last, replayed_until)? {
            NextRun::Overdue if !is_paused => mended.push(job.name),
            NextRun::Right | NextRun::Overdue => {}
            NextRun::Wrong => {
                review::mend(&mut job, zone, now, last, replayed_until)?;
                tx.advance_job(&job)?;
                mended.push(job.name);
            }
        }
    }
    Ok(mended)
}
