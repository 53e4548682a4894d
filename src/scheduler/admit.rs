//! Admission: decides whether one firing of a job starts, waits or is skipped, by its overlap policy and the free slots, and
//! records the decision. Scheduled runs, manual runs and boots all go through here.

use std::collections::BTreeSet;
use std::time::Duration;

use super::alerts;
use super::overlap::{self, Admission};
use super::rules;
use super::slots::{Concurrency, Room, Slots};
use super::waits::Wait;
use jobs_error::{Error, Result};
use jobs_events::{self as events, Event};
use jobs_model::{Admitted, ExecId, Job, JobId, NewExecution, Overlap, Source, Status, TimeKind};
use jobs_schedule::Time;
use jobs_store::{LiveCounts, Startable, Tx};

/// The effects of a transaction, to be applied once it is on disk.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Executions to start, in this order.
    pub start: Vec<Admitted>,
    /// Jobs of which an execution waits for a place, with the reason.
    pub(super) waits: Vec<Wait>,
    /// Executions to stop, with the reason.
    pub stop: Vec<(ExecId, &'static str)>,
    /// Whether more is due than one transaction took.
    pub more: bool,
}

impl Effects {
    /// Whether there are no effects.
    pub(super) fn is_nothing(&self) -> bool {
        self.start.is_empty() && self.stop.is_empty()
    }

    /// Adds the effects of another part of the transaction.
    pub(super) fn append(&mut self, other: Effects) {
        self.start.extend(other.start);
        self.stop.extend(other.stop);
        self.waits.extend(other.waits);
        self.more |= other.more;
    }
}

/// A firing: an occurrence of a job, a manual run or a boot, for which the job may run.
#[derive(Clone, Copy, Debug)]
pub struct Firing {
    /// The occurrence, or the time of the request for a manual run.
    pub at: Time,
    pub source: Source,
    /// The overlap policy that holds for this firing.
    pub policy: Overlap,
    /// Random delay (`jitter`) that was added to `at`.
    pub delay: Duration,
}

/// The result of a firing.
#[derive(Clone, Debug)]
pub struct Admittance {
    pub exec_id: ExecId,
    pub status: Status,
    pub reason: Option<String>,
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
    let Firing {
        at,
        source,
        policy,
        delay,
    } = firing;
    let live = match policy {
        Overlap::Parallel => LiveCounts::default(),
        Overlap::Skip | Overlap::Queue | Overlap::Replace => tx.live_counts_at(job.id, now)?,
    };
    let admission = overlap::admit(policy, live);
    if let Admission::Skip(why) = admission {
        return skip_overlapping(tx, job, firing, now, why);
    }
    if admission == Admission::Replace {
        make_room(tx, job.id, now, effects)?;
    }
    let room = slots.room_for(tx, job.id)?;
    let starts = admission == Admission::Start && room == Room::Free;
    if !starts
        && policy == Overlap::Parallel
        && source != Source::Manual
        && tx.live_counts_at(job.id, now)?.queued >= overlap::QUEUE_MAX
    {
        return skip_overlapping(tx, job, firing, now, overlap::QUEUE_IS_FULL);
    }
    let status = if starts {
        Status::Running
    } else {
        Status::Queued
    };
    let row = NewExecution {
        started_at: starts.then_some(now),
        jitter_ms: (!delay.is_zero()).then(|| i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
        ..NewExecution::of(job, source, status, at)
    };
    let exec_id = tx.insert_execution(&row)?;
    if starts {
        alerts::started(tx, job, exec_id, now)?;
    } else {
        alerts::queued(tx, job, exec_id, at)?;
    }
    if starts {
        slots.take(job.id);
        effects.start.push(Admitted {
            exec_id,
            job_id: job.id,
            job_name: row.job_name,
            mode: row.mode,
            source,
            scheduled_at: at,
            command: row.command,
            jitter_ms: row.jitter_ms,
            timezone: job.timezone.clone(),
        });
    }
    job.run_count += 1;
    if has_run_enough(job) {
        job.stopped = true;
        rules::set_never(job);
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
            let reason = slots.reason(tx, (job.id, &job.name), room, now)?;
            effects.waits.push(Wait {
                job_id: job.id,
                job_name: job.name.clone(),
                reason: reason.clone(),
            });
            Some(reason)
        }
    };
    Ok(Admittance {
        exec_id,
        status,
        reason,
    })
}

/// Whether a job has had as many runs as `max_run_count` allows.
pub fn has_run_enough(job: &Job) -> bool {
    job.max_run_count > 0 && job.run_count >= job.max_run_count
}

/// Records an occurrence as skipped because of executions before it.
fn skip_overlapping(
    tx: &mut Tx<'_>,
    job: &Job,
    firing: Firing,
    now: Time,
    why: &str,
) -> Result<Admittance> {
    let skipped = skip(tx, job, firing.at, firing.source, now, why)?;
    alerts::noted(tx, TimeKind::Skipped, job, skipped.exec_id, now)?;
    Ok(skipped)
}

/// Records an occurrence as skipped.
pub(super) fn skip(
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

/// Records occurrences that did not run. Consecutive ones with the same reason share a row, which counts them.
pub(super) fn record(tx: &mut Tx<'_>, row: &NewExecution) -> Result<ExecId> {
    let exec_id = match tx.extend_last(row, row.count)? {
        Some(exec_id) => exec_id,
        None => tx.insert_execution(row)?,
    };
    tx.tell(Event::Finished(events::Finished {
        exec_id,
        job_id: row.job_id,
        job_name: row.job_name.clone(),
        mode: row.mode,
        status: row.status,
        exit_code: None,
        duration_ms: None,
        error: row.error.clone(),
        count: row.count,
    }));
    Ok(exec_id)
}

/// Cancels the waiting executions of a job and stops the running ones.
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

/// Starts waiting executions, the oldest first, as far as slots are free; during a pause only those run by hand.
pub fn promote(
    tx: &mut Tx<'_>,
    limits: Concurrency,
    now: Time,
    effects: &mut Effects,
) -> Result<()> {
    let is_paused = tx.pause()?.is_on();
    let mut slots = Slots::of(tx, limits)?;
    while slots.free() > 0 {
        // At most as many as there are slots: thousands may wait.
        let wanted = Startable {
            limit: slots.free() as usize,
            now,
            by_hand_only: is_paused,
            fewer_than: slots.share_that_counts(),
        };
        let waiting = tx.startable(wanted)?;
        let mut serial: BTreeSet<JobId> = BTreeSet::new();
        let mut left_out = false;
        for (admitted, policy) in waiting {
            let is_second = policy != Overlap::Parallel && !serial.insert(admitted.job_id);
            if is_second || slots.room_for(tx, admitted.job_id)? != Room::Free {
                left_out = true;
                continue;
            }
            tx.set_running(admitted.exec_id, now)?;
            if tx.is_watched()
                && let Some(job) = tx.job(admitted.job_id)?
            {
                alerts::started(tx, &job, admitted.exec_id, now)?;
            }
            slots.take(admitted.job_id);
            effects.start.push(admitted);
        }
        if !left_out {
            break;
        }
    }
    Ok(())
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
