//! A tick: claims due jobs in one transaction. Also the other changes of many jobs at once: after a boot, after the clock was set.

use std::time::Duration;

use super::admit::{Effects, Firing, admit, has_run_enough, promote, record, skip};
use super::alerts;
use super::late::{JUST, Late};
use super::pause;
use super::plan::{Cause, Due, plan};
use super::rules::{self, Rules};
use super::slots::{Concurrency, Room, Slots};
use jobs_error::Result;
use jobs_model::{Job, JobId, NewExecution, Overlap, Pause, Source, Status, TimeKind};
use jobs_schedule::{Schedule, Time, Zone};
use jobs_store::{Fact, LiveCounts, Tx};

/// Upper bound on the claims of a tick's first transaction: its executions start while the next transaction claims more.
pub const CLAIMS_FIRST: i64 = 32;

/// Upper bound on the claims of one transaction. Each claims twice as many as the one before, up to this.
pub const CLAIMS_MOST: i64 = 256;

/// Upper bound on the work of one transaction, in steps of [`plan()`]: one transaction must not delay callers and starts, however long the
/// gap that it accounts for. The claim that exceeds it is the last one of its transaction. [`CLAIMS_MOST`] claims without a gap fit in.
pub const WORK_MOST: u64 = 4_500;

/// The work of one row of the history, in the unit of [`WORK_MOST`].
const WORK_OF_ROW: u64 = 16;

/// The input of a tick.
#[derive(Clone, Debug)]
pub struct Tick {
    /// The daemon's zone.
    pub zone: Zone,
    pub concurrency: Concurrency,
    pub now: Time,
    /// Why the clock is past the due occurrences.
    pub cause: Cause,
    /// Upper bound on claims. If more jobs are due, another tick follows at once.
    pub claims: i64,
    /// Whether the jobs that are overdue the least are claimed first. Of many pages, every second one does so: a job that becomes due
    /// meanwhile does not wait for all that are overdue for longer.
    pub newest_first: bool,
    /// Whether `now` is in the future. Then a job stays due if the end of an execution may still change how the job is admitted.
    pub is_ahead: bool,
    /// After the clock was set back: fixed times up to here have run already.
    pub replayed_until: Option<Time>,
}

/// One round of the loop: claims due jobs, starts due retries, and after a pause the executions that waited for its end. Returns the
/// instant of the next round; none during a pause, when only a poke starts the next round.
pub fn look(
    tx: &mut Tx<'_>,
    mut what: Tick,
    boot_id: impl FnOnce() -> String,
) -> Result<(Effects, Option<Time>)> {
    let pause = tx.pause()?;
    let Some(cause) = pause::cause(pause, what.cause) else {
        return Ok((Effects::default(), None));
    };
    what.cause = cause;
    let (limits, now) = (what.concurrency, what.now);
    let mut effects = tick(tx, &what)?;
    let is_over = matches!(pause, Pause::Over { .. }) && !effects.more && !what.is_ahead;
    if is_over {
        pause::forget(tx)?;
        effects.append(boot(tx, &boot_id(), limits, now)?);
    }
    let mut retry = tx.next_retry(Time::from_millis(i64::MIN))?;
    if is_over || retry.is_some_and(|at| at <= now) {
        promote(tx, limits, now, &mut effects)?;
        // With `is_ahead`, a retry that could not start yet may be able to at the instant itself.
        retry = tx.next_retry(if what.is_ahead { now.minus(JUST) } else { now })?;
    }
    let next = tx.next_due()?.map(|(_, at)| at);
    Ok((effects, next.into_iter().chain(retry).min()))
}

/// Claims due jobs: sets the next run of each job and records its executions.
pub fn tick(tx: &mut Tx<'_>, tick: &Tick) -> Result<Effects> {
    let mut effects = Effects::default();
    let due = if tick.newest_first {
        tx.newest_due(tick.now, tick.claims)?
    } else {
        tx.due(tick.now, tick.claims)?
    };
    if due.is_empty() {
        return Ok(effects);
    }
    effects.more = due.len() as i64 == tick.claims;
    let mut slots = Slots::of(tx, tick.concurrency)?;
    let mut work = 0;
    for mut job in due {
        if work >= WORK_MOST {
            effects.more = true;
            break;
        }
        if tick.is_ahead && !starts_in_any_case(tx, &job, tick.now, &mut slots)? {
            // The job stays due, so another page would contain it again.
            effects.more = false;
            continue;
        }
        let was_stopped = job.is_stopped();
        work += claim(tx, &mut job, tick, &mut slots, &mut effects)?;
        tx.advance_job_from(was_stopped, &job)?;
    }
    Ok(effects)
}

/// Whether a due job starts no matter which executions end before its instant: a slot is free, and the overlap policy allows it.
fn starts_in_any_case(tx: &mut Tx<'_>, job: &Job, now: Time, slots: &mut Slots) -> Result<bool> {
    Ok(slots.room_for(tx, job.id)? == Room::Free
        && job.skip_next == 0
        && !has_run_enough(job)
        && (job.allow_mode == Overlap::Parallel
            || tx.live_counts_at(job.id, now)? == LiveCounts::default()))
}

/// Claims the due occurrences of a job. Returns the work, in the unit of [`WORK_MOST`].
fn claim(
    tx: &mut Tx<'_>,
    job: &mut Job,
    tick: &Tick,
    slots: &mut Slots,
    effects: &mut Effects,
) -> Result<u64> {
    let now = tick.now;
    let rules = match Rules::of(job, &tick.zone, tick.replayed_until) {
        Ok(rules) => rules,
        Err(error) => {
            // The schedule was checked when it was stored; a zone may have been removed from the system since.
            tracing::error!(job = job.name, %error, "the schedule can't be read any more; the job is stopped");
            rules::set_never(job);
            job.stopped = true;
            return Ok(WORK_OF_ROW);
        }
    };
    end_pause(tx, job, &tick.zone, now)?;
    let at = job.scheduled_at.or(job.next_at).unwrap_or(now);
    let due = Due {
        at,
        delay: job.next_at.unwrap_or(at).since(at),
    };
    let plan = plan(&rules, due, now, tick.cause);
    let rows = plan.fire.len() + plan.missed.len();
    let work = plan.steps + WORK_OF_ROW * rows as u64;
    for missed in &plan.missed {
        // A missed occurrence uses up a `jobs skip`: it has not run either way.
        let count = i64::try_from(missed.count).unwrap_or(i64::MAX);
        job.skip_next = job.skip_next.saturating_sub(count).max(0);
        let row = NewExecution {
            ended_at: Some(now),
            error: Some(missed.why.clone()),
            count,
            ..NewExecution::of(job, Source::Cron, Status::Missed, missed.first)
        };
        let exec_id = record(tx, &row)?;
        if !tick.cause.is_pause() {
            alerts::noted(tx, TimeKind::Missed, job, exec_id, now)?;
        }
    }
    rules::set_due(job, &rules, plan.next);
    if let Some(until) = plan.claimed {
        rules::set_claimed(job, until);
    }
    for (at, source) in plan.fire {
        if has_run_enough(job) {
            skip(tx, job, at, source, now, RUN_ENOUGH)?;
            continue;
        }
        if job.skip_next > 0 {
            job.skip_next -= 1;
            skip(tx, job, at, source, now, SKIPPED_BY_HAND)?;
            continue;
        }
        let firing = Firing {
            at,
            source,
            policy: job.allow_mode,
            delay: if at == due.at {
                due.delay
            } else {
                Duration::ZERO
            },
        };
        admit(tx, job, firing, now, slots, effects)?;
    }
    if job.next_at.is_none() && rules.has_ended(now) {
        job.stopped = true;
    }
    Ok(work)
}

/// Reason in the history for an occurrence beyond `max_run_count`.
const RUN_ENOUGH: &str = "it has had as many runs as it may (max_run_count)";

/// Reason in the history for an occurrence that `jobs skip` skipped.
const SKIPPED_BY_HAND: &str = "an operator asked to skip it";

/// Resumes a job after a stop with an end: records its occurrences during the stop, up to now, and clears the stop.
pub fn end_pause(tx: &mut Tx<'_>, job: &mut Job, daemon: &Zone, now: Time) -> Result<()> {
    let end = job.stopped_until.map_or(now, |until| until.min(now));
    end_pause_at(tx, job, daemon, end, now)
}

/// As [`end_pause`], up to `end`; that may be in the future when the job has no occurrence after its pause.
pub fn end_pause_at(
    tx: &mut Tx<'_>,
    job: &mut Job,
    daemon: &Zone,
    end: Time,
    now: Time,
) -> Result<()> {
    let (Some(from), Some(_)) = (job.stopped_from.take(), job.stopped_until.take()) else {
        return Ok(());
    };
    // The rules of a stopped job have no occurrences during the stop, so the stop is cleared before these rules are made.
    let meanwhile = Rules::of(job, daemon, None)?;
    if from < end {
        let meanwhile = Late {
            rules: &meanwhile,
            due: Some(from),
            after: from,
            until: end.minus(JUST),
        };
        let number = meanwhile.count(None, &mut 0);
        let row = NewExecution {
            ended_at: Some(now),
            error: Some(number.reason("an operator had stopped it for a time")),
            count: i64::try_from(number.number).unwrap_or(i64::MAX),
            ..NewExecution::of(job, Source::Cron, Status::Skipped, from)
        };
        record(tx, &row)?;
        rules::set_claimed(job, end.min(now).minus(JUST));
    }
    Ok(())
}

/// Runs `@reboot` jobs: all of them if the machine has booted since the last start of the daemon, else those whose last execution was
/// cut short by the end of the daemon.
pub fn boot(tx: &mut Tx<'_>, boot_id: &str, limits: Concurrency, now: Time) -> Result<Effects> {
    let mut effects = Effects::default();
    if tx.pause()?.is_on() {
        // `@reboot` jobs run when the pause ends.
        return Ok(effects);
    }
    let has_booted = tx.boot_id()?.as_deref() != Some(boot_id);
    if has_booted {
        tx.set_fact(&Fact::BootId(boot_id.to_string()))?;
    }
    // At the first start of all, the only jobs are those of `start --crontab`: in a container that start is the boot.
    let mut slots = Slots::of(tx, limits)?;
    for mut job in tx.boot_jobs()? {
        let schedule = Schedule::parse_for(&job.cron_expr, &job.name);
        let is_due = schedule.is_ok_and(|schedule| schedule.runs_at_reboot())
            && is_open(&job, now)
            && (has_booted || was_cut_short(tx, job.id)?);
        if is_due {
            let firing = Firing {
                at: now,
                source: Source::Reboot,
                policy: job.allow_mode,
                delay: Duration::ZERO,
            };
            let was_stopped = job.is_stopped();
            admit(tx, &mut job, firing, now, &mut slots, &mut effects)?;
            tx.advance_job_from(was_stopped, &job)?;
        }
    }
    Ok(effects)
}

/// Whether the last execution of an `@reboot` job was cut short by the end of the daemon. An execution at another line of its schedule
/// is not meant to run on.
fn was_cut_short(tx: &mut Tx<'_>, job_id: JobId) -> Result<bool> {
    let last = tx.last_execution(job_id)?;
    let last = tx.execution(last)?;
    Ok(last.is_some_and(|last| {
        last.status == Status::Interrupted
            && matches!(last.source, Source::Reboot | Source::Manual | Source::Retry)
    }))
}

/// Whether `now` is within `start_at` and `end_at` of a job and not within a stop.
fn is_open(job: &Job, now: Time) -> bool {
    job.start_at.is_none_or(|start| start <= now)
        && job.end_at.is_none_or(|end| now <= end)
        && job.stopped_until.is_none_or(|until| until <= now)
}

/// Computes the next run of a page of jobs anew from `now`; returns the last id, or nothing at the end.
///
/// A job whose next run stays the same keeps its random delay.
///
/// With `repeats`, the clock was set back by a minute or more: what has been claimed for later than `now` may run again.
pub fn reschedule(
    tx: &mut Tx<'_>,
    zone: &Zone,
    now: Time,
    (replayed_until, repeats): (Option<Time>, bool),
    after: JobId,
) -> Result<Option<JobId>> {
    let jobs = tx.active_jobs_after(after, 500)?;
    let last = jobs.last().map(|job| job.id);
    for mut job in jobs {
        let (anchor, claimed) = (job.anchor_at, job.claimed_until);
        if repeats {
            job.claimed_until = claimed.map(|until| until.min(now));
        }
        if anchor > now && job.start_at.is_none_or(|start| start <= now) {
            // The anchor of `@every` is in the future since the clock was set back: the job would not run until then.
            job.anchor_at = now;
        }
        let rules = match Rules::of(&job, zone, replayed_until) {
            Ok(rules) => rules,
            Err(error) => {
                // The job's next claim stops it; the other jobs are moved all the same.
                tracing::error!(job = job.name, %error, "the schedule can't be read any more");
                continue;
            }
        };
        if rules::pending(&job, now).is_some() {
            continue;
        }
        // An unclaimed occurrence of a fixed line has not run, even if `replayed_until` is later.
        let unclaimed = job
            .scheduled_at
            .filter(|at| replayed_until.is_some() && rules.is_fixed(*at));
        let next = rules.next_after(now).into_iter().chain(unclaimed).min();
        if next != job.scheduled_at || anchor != job.anchor_at {
            rules::set_due(&mut job, &rules, next);
        } else if claimed == job.claimed_until {
            continue;
        }
        tx.advance_job(&job)?;
    }
    Ok(last)
}
