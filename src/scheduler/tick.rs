//! What a tick writes: it claims all that is due in one transaction. Manual runs and ends go through the same door.

use std::collections::BTreeSet;
use std::time::Duration;

use super::overlap::{self, Admission};
use super::plan::{Cause, Plan, Rules, plan};
use crate::error::{Error, Result};
use crate::model::{ExecId, Execution, Job, JobId, Mode, NewExecution, Overlap, Source, Status};
use crate::schedule::{Schedule, Time, Zone};
use crate::store::{LiveCounts, Tx};

/// How many due jobs one transaction claims; the rest follows in the next one at once.
const CLAIMS: i64 = 1_000;

/// An execution that is recorded as running and is to be started.
#[derive(Clone, Debug)]
pub struct Admitted {
    pub exec_id: ExecId,
    pub job_id: JobId,
    pub job_name: String,
    pub mode: Mode,
    pub source: Source,
    pub scheduled_at: Time,
    pub command: String,
}

/// What has to happen once a transaction is on disk.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// To be started, in this order.
    pub start: Vec<Admitted>,
    /// To be stopped, and why.
    pub stop: Vec<(ExecId, &'static str)>,
    /// Whether more is due than one transaction took.
    pub more: bool,
}

/// One occasion for a job to run.
#[derive(Clone, Copy, Debug)]
pub struct Firing {
    /// The instant for which it is due.
    pub at: Time,
    pub source: Source,
    /// What happens when the job runs still.
    pub policy: Overlap,
}

/// What became of one firing.
#[derive(Clone, Debug)]
pub struct Admittance {
    pub exec_id: ExecId,
    pub status: Status,
    pub reason: Option<String>,
}

/// How many more executions may run.
pub struct Slots {
    free: u32,
}

impl Slots {
    /// What is free of `max` at the moment.
    pub fn of(tx: &mut Tx<'_>, max: u32) -> Result<Slots> {
        let live = tx.live_total()?;
        Ok(Slots {
            free: max.saturating_sub(live.running),
        })
    }
}

/// Claims what is due at `now`: moves each job on and records its executions.
pub fn tick(
    tx: &mut Tx<'_>,
    zone: &Zone,
    max_concurrent: u32,
    now: Time,
    cause: Cause,
) -> Result<Effects> {
    let mut effects = Effects::default();
    let due = tx.due(now, CLAIMS)?;
    if due.is_empty() {
        return Ok(effects);
    }
    effects.more = due.len() as i64 == CLAIMS;
    let mut slots = Slots::of(tx, max_concurrent)?;
    for mut job in due {
        claim(tx, &mut job, zone, now, cause, &mut slots, &mut effects)?;
    }
    Ok(effects)
}

fn claim(
    tx: &mut Tx<'_>,
    job: &mut Job,
    zone: &Zone,
    now: Time,
    cause: Cause,
    slots: &mut Slots,
    effects: &mut Effects,
) -> Result<()> {
    let plan = match due(job, zone, now, cause) {
        Ok(plan) => plan,
        Err(error) => {
            // It was checked when it was stored; a zone may have gone from the system since.
            tracing::error!(job = job.name, %error, "the schedule can't be read any more; the job is stopped");
            job.next_at = None;
            job.stopped = true;
            return tx.advance_job(job);
        }
    };
    if let Some(missed) = &plan.missed {
        let row = NewExecution {
            ended_at: Some(now),
            error: Some(missed.why.clone()),
            count: i64::try_from(missed.count).unwrap_or(i64::MAX),
            ..NewExecution::of(job, Source::Cron, Status::Missed, missed.first)
        };
        record(tx, &row)?;
    }
    job.next_at = plan.next_at;
    for (at, source) in plan.fire {
        if has_run_enough(job) {
            break;
        }
        let policy = job.allow_mode;
        admit(tx, job, Firing { at, source, policy }, now, slots, effects)?;
    }
    if job.next_at.is_none()
        && Schedule::parse(&job.cron_expr).is_ok_and(|schedule| schedule.runs_once())
    {
        job.stopped = true;
    }
    tx.advance_job(job)
}

fn due(job: &Job, zone: &Zone, now: Time, cause: Cause) -> Result<Plan> {
    let schedule = Schedule::parse(&job.cron_expr)?;
    let zone = zone_of(job, zone)?;
    let rules = Rules {
        schedule: &schedule,
        zone: &zone,
        anchor: job.anchor_at,
        catch_up: job.catch_up,
        window: Duration::from_secs(job.catch_up_window.unsigned_abs()),
    };
    Ok(plan(&rules, job.next_at.unwrap_or(now), now, cause))
}

/// The zone in which a job's schedule is read.
pub fn zone_of(job: &Job, daemon: &Zone) -> Result<Zone> {
    match &job.timezone {
        Some(name) => Zone::find(name),
        None => Ok(daemon.clone()),
    }
}

/// When a job is due after `now`, by its schedule alone; nothing when it is stopped.
pub fn next_run(job: &Job, daemon: &Zone, now: Time) -> Result<Option<Time>> {
    if job.stopped {
        return Ok(None);
    }
    let schedule = Schedule::parse(&job.cron_expr)?;
    Ok(schedule.next_after(now, &zone_of(job, daemon)?, job.anchor_at))
}

/// Admits one firing of a job: records it as running, as waiting or as skipped. The job is changed, but not written.
pub fn admit(
    tx: &mut Tx<'_>,
    job: &mut Job,
    firing: Firing,
    now: Time,
    slots: &mut Slots,
    effects: &mut Effects,
) -> Result<Admittance> {
    let Firing { at, source, policy } = firing;
    let live = match policy {
        Overlap::Parallel => LiveCounts::default(),
        Overlap::Skip | Overlap::Queue | Overlap::Replace => tx.live_counts_of(job.id)?,
    };
    let admission = overlap::admit(policy, live);
    if let Admission::Skip(why) = admission {
        return skip(tx, job, at, source, now, why);
    }
    if admission == Admission::Replace {
        make_room(tx, job.id, now, effects)?;
    }
    let starts = admission == Admission::Start && slots.free > 0;
    let status = if starts {
        Status::Running
    } else {
        Status::Queued
    };
    let row = NewExecution {
        started_at: starts.then_some(now),
        ..NewExecution::of(job, source, status, at)
    };
    let exec_id = tx.insert_execution(&row)?;
    if starts {
        slots.free -= 1;
        effects.start.push(Admitted {
            exec_id,
            job_id: job.id,
            job_name: row.job_name,
            mode: row.mode,
            source,
            scheduled_at: at,
            command: row.command,
        });
    }
    job.run_count += 1;
    if has_run_enough(job) {
        job.stopped = true;
        job.next_at = None;
    }
    let reason = match (starts, admission) {
        (true, _) => None,
        (false, Admission::Queue) => {
            Some("it starts when the execution before it ends".to_string())
        }
        (false, Admission::Replace) => {
            Some("it starts when the execution that it replaces has stopped".to_string())
        }
        (false, Admission::Start | Admission::Skip(_)) => {
            Some("it waits for a free place (`jobs.max_concurrent`)".to_string())
        }
    };
    Ok(Admittance {
        exec_id,
        status,
        reason,
    })
}

/// Whether `max_run_count` says that it is over.
pub fn has_run_enough(job: &Job) -> bool {
    job.max_run_count > 0 && job.run_count >= job.max_run_count
}

fn skip(
    tx: &mut Tx<'_>,
    job: &Job,
    at: Time,
    source: Source,
    now: Time,
    why: &str,
) -> Result<Admittance> {
    let row = NewExecution {
        ended_at: Some(now),
        error: Some(why.to_string()),
        ..NewExecution::of(job, source, Status::Skipped, at)
    };
    Ok(Admittance {
        exec_id: record(tx, &row)?,
        status: Status::Skipped,
        reason: row.error,
    })
}

/// Records occurrences that did not run; those that follow each other for the same reason are one row.
fn record(tx: &mut Tx<'_>, row: &NewExecution) -> Result<ExecId> {
    match tx.extend_last(row, row.count)? {
        Some(exec_id) => Ok(exec_id),
        None => tx.insert_execution(row),
    }
}

/// Drops what waits of a job and stops what runs.
fn make_room(tx: &mut Tx<'_>, job_id: JobId, now: Time, effects: &mut Effects) -> Result<()> {
    const WHY: &str = "replaced by a newer execution";
    for execution in tx.live_of(job_id)? {
        if execution.status == Status::Queued {
            tx.drop_queued(execution.exec_id, now, WHY)?;
        } else {
            effects.stop.push((execution.exec_id, WHY));
        }
    }
    Ok(())
}

/// Starts what waits, in its order, as far as there is room.
pub fn promote(
    tx: &mut Tx<'_>,
    max_concurrent: u32,
    now: Time,
    effects: &mut Effects,
) -> Result<()> {
    loop {
        let waiting = tx.startable(i64::from(max_concurrent))?;
        if waiting.is_empty() {
            return Ok(());
        }
        let mut free = Slots::of(tx, max_concurrent)?.free;
        let mut serial: BTreeSet<JobId> = BTreeSet::new();
        let mut left_out = false;
        for (execution, policy) in waiting {
            if free == 0 {
                return Ok(());
            }
            if policy != Overlap::Parallel && !serial.insert(execution.job_id) {
                left_out = true;
                continue;
            }
            tx.set_running(execution.exec_id, now)?;
            effects.start.push(Admitted::from(execution));
            free -= 1;
        }
        if !left_out {
            return Ok(());
        }
    }
}

impl From<Execution> for Admitted {
    fn from(execution: Execution) -> Self {
        Admitted {
            exec_id: execution.exec_id,
            job_id: execution.job_id,
            job_name: execution.job_name,
            mode: execution.mode,
            source: execution.source,
            scheduled_at: execution.scheduled_at,
            command: execution.command,
        }
    }
}

/// Runs the jobs that wait for a boot, when the machine has booted since the daemon was last here.
pub fn boot(tx: &mut Tx<'_>, boot_id: &str, max_concurrent: u32, now: Time) -> Result<Effects> {
    const BOOT_ID: &str = "boot_id";
    let mut effects = Effects::default();
    let known = tx.fact(BOOT_ID)?;
    if known.as_deref() == Some(boot_id) {
        return Ok(effects);
    }
    tx.set_fact(BOOT_ID, boot_id)?;
    if known.is_none() {
        // The first start of all: nobody has asked for a run at the boot that is already past.
        return Ok(effects);
    }
    let mut slots = Slots::of(tx, max_concurrent)?;
    let mut after = 0;
    loop {
        let jobs = tx.active_jobs_after(after, 500)?;
        let Some(last) = jobs.last() else {
            return Ok(effects);
        };
        after = last.id;
        for mut job in jobs {
            if Schedule::parse(&job.cron_expr).is_ok_and(|schedule| schedule.runs_at_reboot()) {
                let firing = Firing {
                    at: now,
                    source: Source::Reboot,
                    policy: job.allow_mode,
                };
                admit(tx, &mut job, firing, now, &mut slots, &mut effects)?;
                tx.advance_job(&job)?;
            }
        }
    }
}

/// Which jobs a new time is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    All,
    /// Those that follow elapsed time.
    Interval,
}

/// Counts the next run of a page of jobs anew from `now`; returns the last id, or nothing at the end.
pub fn reschedule(
    tx: &mut Tx<'_>,
    which: Which,
    zone: &Zone,
    now: Time,
    after: JobId,
) -> Result<Option<JobId>> {
    let jobs = tx.active_jobs_after(after, 500)?;
    let last = jobs.last().map(|job| job.id);
    for mut job in jobs {
        let schedule = Schedule::parse(&job.cron_expr)?;
        if which == Which::Interval && !schedule.is_interval() {
            continue;
        }
        let next = next_run(&job, zone, now)?;
        if next != job.next_at {
            job.next_at = next;
            tx.advance_job(&job)?;
        }
    }
    Ok(last)
}

/// Refuses a run that `max_run_count` does not allow any more.
pub fn refuse_if_run_enough(job: &Job) -> Result<()> {
    if !has_run_enough(job) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "`{}` has had its {} runs (max_run_count)\nhint: `jobs restart {}` counts anew",
        job.name, job.max_run_count, job.name
    )))
}
