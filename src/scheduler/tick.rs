//! What a tick writes: it claims all that is due in one transaction. And what else moves many jobs at once: a boot, a
//! clock that somebody set.

use std::time::Duration;

use super::admit::{Effects, Firing, Slots, admit, has_run_enough, promote, record, skip};
use super::pause::Pause;
use super::plan::{Cause, Due, plan};
use super::rules::{self, Rules};
use crate::error::Result;
use crate::model::{Job, JobId, NewExecution, Overlap, Source, Status};
use crate::schedule::{Schedule, Time, Zone};
use crate::store::{LiveCounts, Reader, Tx};

/// How many due jobs the first transaction of a tick claims: what is on disk starts while the next claims more.
pub const CLAIMS_FIRST: i64 = 32;

/// How many one claims at most; each claims twice as many as the one before.
pub const CLAIMS_MOST: i64 = 256;

/// What a tick has to know.
#[derive(Clone, Debug)]
pub struct Tick {
    /// The daemon's zone.
    pub zone: Zone,
    pub max_concurrent: u32,
    pub now: Time,
    /// Why the clock stands where it does.
    pub cause: Cause,
    /// How many due jobs are claimed at most; the rest follows in another tick at once.
    pub claims: i64,
    /// Whether `now` is yet to come: then what may turn out otherwise until then stays due.
    pub is_ahead: bool,
    /// After the clock was set back: fixed times up to here have run already.
    pub replayed_until: Option<Time>,
}

/// All that the loop does at once: claims what is due, starts the retries that have waited long enough, and at the end of
/// a pause what waited for that. Says when the loop is to look again; not before it is poked while there is a pause.
pub fn look(
    tx: &mut Tx<'_>,
    mut what: Tick,
    boot_id: impl FnOnce() -> String,
) -> Result<(Effects, Option<Time>)> {
    let pause = Pause::of(tx)?;
    let Some(cause) = pause.cause(what.cause) else {
        return Ok((Effects::default(), None));
    };
    what.cause = cause;
    const JUST: Duration = Duration::from_millis(1);
    let (max, now) = (what.max_concurrent, what.now);
    let mut effects = tick(tx, &what)?;
    let is_over = matches!(pause, Pause::Over { .. }) && !effects.more && !what.is_ahead;
    if is_over {
        Pause::forget(tx)?;
        effects.append(boot(tx, &boot_id(), max, now)?);
    }
    let mut retry = tx.next_retry(Time::from_millis(i64::MIN))?;
    if is_over || retry.is_some_and(|at| at <= now) {
        promote(tx, max, now, &mut effects)?;
        // What could not start yet may be able to when an instant that is yet to come is here.
        retry = tx.next_retry(if what.is_ahead { now.minus(JUST) } else { now })?;
    }
    let next = tx.next_due()?.map(|(_, at)| at);
    Ok((effects, next.into_iter().chain(retry).min()))
}

/// Claims what is due: moves each job on and records its executions.
pub fn tick(tx: &mut Tx<'_>, tick: &Tick) -> Result<Effects> {
    let mut effects = Effects::default();
    let due = tx.due(tick.now, tick.claims)?;
    if due.is_empty() {
        return Ok(effects);
    }
    effects.more = due.len() as i64 == tick.claims;
    let mut slots = Slots::of(tx, tick.max_concurrent)?;
    for mut job in due {
        if tick.is_ahead && !starts_in_any_case(tx, &job, tick.now, &slots)? {
            // The next page would have it again.
            effects.more = false;
            continue;
        }
        let was_stopped = job.is_stopped();
        claim(tx, &mut job, tick, &mut slots, &mut effects)?;
        tx.advance_job_from(was_stopped, &job)?;
    }
    Ok(effects)
}

/// Whether a job that is due starts, and nothing that ends by itself until then would make a difference.
fn starts_in_any_case(tx: &mut Tx<'_>, job: &Job, now: Time, slots: &Slots) -> Result<bool> {
    Ok(slots.are_free()
        && job.skip_next == 0
        && !has_run_enough(job)
        && (job.allow_mode == Overlap::Parallel
            || tx.live_counts_at(job.id, now)? == LiveCounts::default()))
}

fn claim(
    tx: &mut Tx<'_>,
    job: &mut Job,
    tick: &Tick,
    slots: &mut Slots,
    effects: &mut Effects,
) -> Result<()> {
    let now = tick.now;
    let rules = match Rules::of(job, &tick.zone, tick.replayed_until) {
        Ok(rules) => rules,
        Err(error) => {
            // It was checked when it was stored; a zone may have gone from the system since.
            tracing::error!(job = job.name, %error, "the schedule can't be read any more; the job is stopped");
            rules::set_never(job);
            job.stopped = true;
            return Ok(());
        }
    };
    end_pause(tx, job, &tick.zone, now)?;
    let at = job.scheduled_at.or(job.next_at).unwrap_or(now);
    let due = Due {
        at,
        delay: job.next_at.unwrap_or(at).since(at),
    };
    let plan = plan(&rules, due, now, tick.cause);
    for missed in &plan.missed {
        // What an operator wanted to be skipped has not run either way.
        let count = i64::try_from(missed.count).unwrap_or(i64::MAX);
        job.skip_next = job.skip_next.saturating_sub(count).max(0);
        let row = NewExecution {
            ended_at: Some(now),
            error: Some(missed.why.clone()),
            count,
            ..NewExecution::of(job, Source::Cron, Status::Missed, missed.first)
        };
        record(tx, &row)?;
    }
    rules::set_due(job, &rules, plan.next);
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
    Ok(())
}

/// What the history says of an occurrence after the last of `max_run_count`.
const RUN_ENOUGH: &str = "it has had as many runs as it may (max_run_count)";

/// What the history says of an occurrence that `jobs skip` left out.
const SKIPPED_BY_HAND: &str = "an operator asked to skip it";

/// Records what a job that was stopped for a time has left out up to now; after that it is not stopped any more.
pub fn end_pause(tx: &mut Tx<'_>, job: &mut Job, daemon: &Zone, now: Time) -> Result<()> {
    let end = job.stopped_until.map_or(now, |until| until.min(now));
    end_pause_at(tx, job, daemon, end, now)
}

/// The same up to `end`, which may be ahead when nothing is left of the job after its pause.
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
    // The rules of a job that is stopped say nothing of the time meanwhile.
    let meanwhile = Rules::of(job, daemon, None)?;
    let count = occurrences(&meanwhile, from, end);
    if count > 0 {
        let row = NewExecution {
            ended_at: Some(now),
            error: Some("an operator had stopped it for a time".to_string()),
            count,
            ..NewExecution::of(job, Source::Cron, Status::Skipped, from)
        };
        record(tx, &row)?;
    }
    Ok(())
}

/// How many occurrences there are from `first` (which is one) to before `end`; a million at most are counted.
fn occurrences(rules: &Rules, first: Time, end: Time) -> i64 {
    const MOST: i64 = 1_000_000;
    let mut next = Some(first);
    let mut count = 0;
    while let Some(at) = next.filter(|at| *at < end && count < MOST) {
        count += 1;
        next = rules.next_after(at);
    }
    count
}

/// Runs the jobs that wait for a boot, when the machine has booted since the daemon was last here.
pub fn boot(tx: &mut Tx<'_>, boot_id: &str, max_concurrent: u32, now: Time) -> Result<Effects> {
    const BOOT_ID: &str = "boot_id";
    let mut effects = Effects::default();
    if Pause::of(tx)?.is_on() {
        // They run when it ends.
        return Ok(effects);
    }
    let known = tx.fact(BOOT_ID)?;
    if known.as_deref() == Some(boot_id) {
        return Ok(effects);
    }
    tx.set_fact(BOOT_ID, boot_id)?;
    // At the first start of all there are no jobs yet, but for those of `start --crontab`: in a container that is the boot.
    let mut slots = Slots::of(tx, max_concurrent)?;
    let mut after = 0;
    loop {
        let jobs = tx.active_jobs_after(after, 500)?;
        let Some(last) = jobs.last() else {
            return Ok(effects);
        };
        after = last.id;
        for mut job in jobs {
            let schedule = Schedule::parse_for(&job.cron_expr, &job.name);
            if schedule.is_ok_and(|schedule| schedule.runs_at_reboot()) && is_open(&job, now) {
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
    }
}

/// Whether its limits in time let a job run at `now`.
fn is_open(job: &Job, now: Time) -> bool {
    job.start_at.is_none_or(|start| start <= now)
        && job.end_at.is_none_or(|end| now <= end)
        && job.stopped_until.is_none_or(|until| until <= now)
}

/// Counts the next run of a page of jobs anew from `now`; returns the last id, or nothing at the end.
///
/// A job whose next run stays what it is keeps its random delay.
pub fn reschedule(
    tx: &mut Tx<'_>,
    zone: &Zone,
    now: Time,
    replayed_until: Option<Time>,
    after: JobId,
) -> Result<Option<JobId>> {
    let jobs = tx.active_jobs_after(after, 500)?;
    let last = jobs.last().map(|job| job.id);
    for mut job in jobs {
        let anchor = job.anchor_at;
        if anchor > now && job.start_at.is_none_or(|start| start <= now) {
            // `@every` counts from a time that is to come only now: it would stand still until then.
            job.anchor_at = now;
        }
        let rules = match Rules::of(&job, zone, replayed_until) {
            Ok(rules) => rules,
            Err(error) => {
                // Its next claim stops it; the others must not suffer for it.
                tracing::error!(job = job.name, %error, "the schedule can't be read any more");
                continue;
            }
        };
        if rules::pending(&job, now).is_some() {
            continue;
        }
        // What is fixed and has not been claimed has not run, whatever the clock has shown.
        let unclaimed = job
            .scheduled_at
            .filter(|at| replayed_until.is_some() && rules.is_fixed(*at));
        let next = rules.next_after(now).into_iter().chain(unclaimed).min();
        if next != job.scheduled_at || anchor != job.anchor_at {
            rules::set_due(&mut job, &rules, next);
            tx.advance_job(&job)?;
        }
    }
    Ok(last)
}

/// The fact that holds what the clock showed when the daemon ended.
pub const SEEN: &str = "clock_at_end";

/// The fact that holds the name of the daemon's zone in which the next runs are counted.
pub const ZONE: &str = "zone";

/// The fact that holds `replayed_until`. Its key is older than the name.
const REPLAYED_UNTIL: &str = "held_until";

/// Stores up to where fixed times have run after the clock was set back. Absent when no time is repeated.
pub fn set_replayed_until(tx: &mut Tx<'_>, until: Option<Time>) -> Result<()> {
    let text = until.map(|until| until.millis().to_string());
    tx.set_fact(REPLAYED_UNTIL, text.as_deref().unwrap_or_default())
}

/// The value that [`set_replayed_until`] stored.
pub fn replayed_until(reader: &mut Reader<'_>) -> Result<Option<Time>> {
    let fact = reader.fact(REPLAYED_UNTIL)?;
    Ok(fact
        .and_then(|text| text.parse().ok())
        .map(Time::from_millis))
}
