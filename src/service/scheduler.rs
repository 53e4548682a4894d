//! The scheduler: next runs, pause and resume, check, its jobs.

use std::path::Path;

use super::work::check_work;
use super::{Cx, Service, find, list};
use jobs_api::{
    BrokenJob, Check, Checked, JobCount, JobState, JobStatus, Next, NextRun, NextRuns, Pause,
    Resume, ScheduledJob, SchedulerJobs, SchedulerState, SchedulerView, TaskCount,
};
use jobs_error::{Error, Result};
use jobs_mask as mask;
use jobs_model::{Job, JobId};
use jobs_runner as runner;
use jobs_schedule::{Time, Zone};
use jobs_scheduler::pause;
use jobs_scheduler::review::{self, review};
use jobs_scheduler::rules::Rules;
use jobs_store::Tx;
use jobs_work::Work;

/// Upper bound on listed jobs.
const LISTED: i64 = 1_000;

/// Jobs per transaction of `check`.
const PAGE: i64 = 500;

impl Service {
    pub(super) fn next(&self, _: &Cx, request: Next) -> Result<NextRuns> {
        const DEFAULT: u32 = 5;
        const MAX: u32 = 1_000;
        let count = request.count.unwrap_or(DEFAULT);
        if !(1..=MAX).contains(&count) {
            return Err(Error::invalid(
                "count",
                format!("`{count}` is not in 1 to {MAX}"),
            ));
        }
        let job = self.store.read(|reader| find(reader, &request.job))?;
        let daemon = self.scheduler.settings().zone.clone();
        let (replayed_until, paused) = self
            .store
            .read(|reader| Ok((reader.replayed_until()?, reader.pause()?.is_on())))?;
        let rules = Rules::of(&job, &daemon, replayed_until)?;
        let next = coming_runs(&job, &rules, request.from)
            .take_while(|run| request.until.is_none_or(|until| run.at <= until))
            .take(count as usize)
            .collect();
        Ok(NextRuns {
            name: job.name,
            cron_expr: job.cron_expr,
            timezone: rules.zone.name().to_string(),
            next,
            paused,
        })
    }

    pub(super) fn scheduler(&self, cx: &Cx, _: SchedulerJobs) -> Result<SchedulerView> {
        let scheduler_running = self.are_jobs_due()?;
        self.store.read(|reader| {
            let counts = reader.job_counts(cx.now)?;
            let mut tasks = Vec::new();
            for job in reader.active_jobs(cx.now, LISTED)? {
                tasks.push(ScheduledJob {
                    prev_run: reader.last_due(job.id)?,
                    job: list::view(reader, job, cx.now)?,
                });
            }
            Ok(SchedulerView {
                scheduler_running,
                total_tasks: counts.jobs.saturating_sub(counts.stopped),
                tasks,
            })
        })
    }

    pub(super) fn job_state(&self, cx: &Cx, _: JobState) -> Result<JobCount> {
        Ok(JobCount {
            num: self.active_jobs(cx)?,
            state: self.are_jobs_due()?,
        })
    }

    pub(super) fn job_status(&self, cx: &Cx, _: JobStatus) -> Result<TaskCount> {
        Ok(TaskCount {
            running: self.are_jobs_due()?,
            task_count: self.active_jobs(cx)?,
        })
    }

    pub(super) fn pause(&self, cx: &Cx, _: Pause) -> Result<SchedulerState> {
        self.set_pause(cx, true)
    }

    pub(super) fn resume(&self, cx: &Cx, _: Resume) -> Result<SchedulerState> {
        self.set_pause(cx, false)
    }

    fn set_pause(&self, cx: &Cx, is_on: bool) -> Result<SchedulerState> {
        let pause = self.change_jobs(cx, move |tx, _, now| pause::set(tx, is_on, now))?;
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

    pub(super) fn check(&self, cx: &Cx, _: Check) -> Result<Checked> {
        let settings = self.scheduler.settings();
        let zone = settings.zone.clone();
        let mut checked = Checked {
            warnings: Zone::system_warning().into_iter().collect(),
            ..Checked::default()
        };
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
                match problem_or_next(&job, &settings.tools.shell, |job| {
                    review(job, &zone, self.now(), replayed_until)
                }) {
                    Err(problem) => checked.broken.push(BrokenJob {
                        problem: mask::text(&problem.to_string()).into_owned(),
                        job: job.name,
                    }),
                    Ok(review::NextRun::Right) => {}
                    Ok(review::NextRun::Wrong | review::NextRun::Overdue) => suspects.push(job.id),
                }
            }
            if !suspects.is_empty() {
                let mended = self.change_jobs(cx, move |tx, settings, now| {
                    mend_all(tx, &suspects, &settings.zone, now)
                })?;
                checked.mended.extend(mended);
            }
        }
        // The scheduler now claims the overdue jobs by the rules for late ones.
        self.scheduler.poke();
        Ok(checked)
    }

    /// Whether the scheduler runs and is not paused.
    fn are_jobs_due(&self) -> Result<bool> {
        let pause = self.store.read(|reader| reader.pause())?;
        Ok(self.scheduler.is_running() && !pause.is_on())
    }

    fn active_jobs(&self, cx: &Cx) -> Result<u64> {
        let counts = self.store.read(|reader| reader.job_counts(cx.now))?;
        Ok(counts.jobs.saturating_sub(counts.stopped))
    }
}

/// The review of the next run of a job, or the problem that keeps the job from running.
fn problem_or_next(
    job: &Job,
    shell: &Path,
    next: impl FnOnce(&Job) -> Result<review::NextRun>,
) -> Result<review::NextRun> {
    let next = next(job)?;
    let work = Work::parse(job.mode, &job.command)?;
    check_work(&work)?;
    if let Work::Command(command) = &work
        && !job.stopped
    {
        let problems = runner::problems(command, shell);
        if !problems.is_empty() {
            return Err(Error::Conflict(problems.join("; ")));
        }
    }
    Ok(next)
}

/// Corrects the jobs whose next run is wrong. Returns the names of those and of the overdue ones.
fn mend_all(tx: &mut Tx<'_>, suspects: &[JobId], zone: &Zone, now: Time) -> Result<Vec<String>> {
    let replayed_until = tx.replayed_until()?;
    // In a pause a job may be overdue.
    let is_paused = tx.pause()?.is_on();
    let mut mended = Vec::new();
    for id in suspects {
        let Some(mut job) = tx.job(*id)? else {
            continue;
        };
        match review(&job, zone, now, replayed_until)? {
            review::NextRun::Overdue if !is_paused => mended.push(job.name),
            review::NextRun::Right | review::NextRun::Overdue => {}
            review::NextRun::Wrong => {
                review::mend(&mut job, zone, now, replayed_until)?;
                tx.advance_job(&job)?;
                mended.push(job.name);
            }
        }
    }
    Ok(mended)
}

/// The runs of a job that are to come: of `job` as it is stored, after `from` only.
pub(super) fn coming_runs(
    job: &Job,
    rules: &Rules,
    from: Option<Time>,
) -> impl Iterator<Item = NextRun> {
    // The store has the first one, which may be due already or have a random delay.
    let mut occurrence = job.scheduled_at.filter(|_| !job.stopped);
    let mut at = job.next_at;
    let mut skipped = job.skip_next;
    std::iter::from_fn(move || {
        loop {
            let scheduled = occurrence?;
            let shown = at.take().unwrap_or(scheduled);
            let is_skipped = skipped > 0;
            skipped -= 1;
            // Skipped occurrences count down before `from` too.
            let after = match from {
                Some(from) if skipped <= 0 => scheduled.max(from),
                Some(_) | None => scheduled,
            };
            occurrence = rules.next_after(after);
            if from.is_none_or(|from| shown > from) {
                return Some(NextRun {
                    at: shown,
                    note: note(rules, scheduled, shown, is_skipped),
                });
            }
        }
    })
}

/// The remarks about a coming run: skipped, delayed, moved by a change of the clock.
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
