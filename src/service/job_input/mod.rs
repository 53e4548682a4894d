//! The operations `add` and `edit`: checks the fields that a request gives, and puts them into a job.

mod alerts;
mod copy;
mod field_changes;
mod fields;
mod name;
mod put_back;

use super::jobs::{self, BY_HAND};
use super::list::view;
use super::scheduler::coming_runs;
use super::work::{check_work, command_doubts, mode_of, timeout_note};
use super::{Cx, Service, find};
use fields::{
    count, schedule_text, set_limits, set_origin, set_retries, set_tags, zone_name, zone_or,
};
pub(super) use fields::{exec_id, when};
use jobs_api::{Add, Added, Edit, NextRun};
use jobs_error::{Error, Result};
use jobs_model::{CatchUp, Job, State};
use jobs_schedule::{Schedule, Time, Warning, Zone};
use jobs_scheduler::retry;
use jobs_scheduler::{self as scheduler, Settings, rules, tick};
use jobs_store::{Reader, Tx};
use jobs_work::{Work, WorkFields};
pub(super) use put_back::part_of;

impl Service {
    pub(super) fn add(&self, cx: &Cx, request: Add) -> Result<Added> {
        let now = cx.now;
        let settings = self.scheduler.settings();
        let (job, mut warnings) = new_job(&request, &settings, now)?;
        if request.now && job.stopped {
            return Err(Error::invalid(
                "now",
                "a job that is added stopped can't run now",
            ));
        }
        let is_dry_run = request.dry_run;
        let work = move |tx: &mut Tx<'_>| {
            alerts::check_channels(tx, &job)?;
            let crowd = crowd(tx, &job, &settings.zone)?;
            let job = tx.insert_job(&job)?;
            let next = next_if(is_dry_run, tx, &job, &settings)?;
            Ok((view(tx, job, now)?, crowd, next))
        };
        let (mut added, crowd, next) = match is_dry_run {
            true => self.store.dry_run(work)?,
            false => self.write(cx, work)?,
        };
        warnings.extend(crowd);
        let mut run = None;
        if is_dry_run {
            // The number belongs to the next job that is added.
            added.job.id = 0;
        } else {
            self.scheduler.poke();
            if request.now {
                // The job is added, whether or not this run starts.
                match self.run_job(&added.job) {
                    Ok(ran) => run = Some(ran),
                    Err(error) => {
                        warnings.push(format!("it was added, but not run now: {error}"));
                    }
                }
            }
        }
        Ok(Added {
            job: added,
            warnings,
            run,
            next,
            changes: None,
        })
    }

    pub(super) fn edit(&self, cx: &Cx, request: Edit) -> Result<Added> {
        let untouched = Edit {
            job: request.job.clone(),
            dry_run: request.dry_run,
            ..Edit::default()
        };
        if request == untouched {
            return Err(Error::invalid("edit", "nothing to change was given")
                .hint("see `jobs edit --help`"));
        }
        let is_dry_run = request.dry_run;
        let added = self.change_or_report(cx, is_dry_run, move |tx, settings, now| {
            change_job(tx, settings, now, &request)
        })?;
        if !is_dry_run {
            self.scheduler.poke();
        }
        Ok(added)
    }
}

/// Changes the given fields of a job.
fn change_job(tx: &mut Tx<'_>, settings: &Settings, now: Time, request: &Edit) -> Result<Added> {
    let mut job = find(tx, &request.job)?;
    let before_change = job.clone();
    let live = tx.live_counts_of(job.id)?;
    let before = jobs::state(&job, live, now);
    let wanted = request.state.map(parse_state).transpose()?;
    let mut warnings = apply(tx, &mut job, request, settings, now)?;
    // A client may send a job back as it was read, so the present state is no change.
    if let Some(wanted) = wanted.filter(|wanted| *wanted != before) {
        set_state(tx, &mut job, wanted, &settings.zone, now)?;
    }
    if request.job_input().changes_times() {
        warnings.extend(crowd(tx, &job, &settings.zone)?);
    }
    if request.notify.is_some() {
        alerts::check_channels(tx, &job)?;
    }
    tx.update_job(&job)?;
    if job.retries == 0 {
        let live = tx.live_of(job.id)?;
        retry::give_up(tx, &live, now, "the job has no retries any more")?;
    }
    // A retry that waits runs the work that the job has by then.
    tx.update_waiting_retries(&job)?;
    Ok(Added {
        next: next_if(request.dry_run, tx, &job, settings)?,
        changes: request
            .dry_run
            .then(|| field_changes::between(&before_change, &job)),
        job: view(tx, job, now)?,
        warnings,
        run: None,
    })
}

/// For a dry run, the next runs of a job as it would be.
fn next_if(
    is_dry_run: bool,
    reader: &mut Reader<'_>,
    job: &Job,
    settings: &Settings,
) -> Result<Option<Vec<NextRun>>> {
    /// Number of runs shown.
    const SHOWN: usize = 5;
    if !is_dry_run {
        return Ok(None);
    }
    let rules = rules::Rules::of(job, &settings.zone, reader.replayed_until()?)?;
    Ok(Some(coming_runs(job, &rules, None).take(SHOWN).collect()))
}

fn new_job(request: &Add, settings: &Settings, now: Time) -> Result<(Job, Vec<String>)> {
    name::check(&request.name)?;
    let fields = request.work_fields();
    let work = Work::from_fields(mode_of(request.mode, &fields), &fields)?.unmasked(None)?;
    check_work(&work)?;
    let input = request.job_input();
    let timezone = zone_name(input.timezone)?;
    let zone = zone_or(timezone.as_deref(), &settings.zone)?;
    let Some(cron_expr) = schedule_text(&input, &request.name, &zone, now)? else {
        return Err(Error::invalid("schedule", "is missing")
            .hint("give one of `cron_expr` (--cron), `every` (--every) or `at` (--at)"));
    };
    let mut job = Job {
        desc: input.desc.unwrap_or_default().to_string(),
        cron_expr,
        timezone,
        mode: work.mode(),
        command: work.text(),
        allow_mode: input.allow_mode.unwrap_or(settings.default_overlap),
        max_run_count: count("max_run_count", input.max_run_count)?.unwrap_or(0),
        stopped: is_added_stopped(request)?,
        catch_up: input.catch_up.unwrap_or(CatchUp::Skip),
        catch_up_window: count("catch_up_window", input.catch_up_window)?.unwrap_or(0),
        jitter: count("jitter", input.jitter)?.unwrap_or(0),
        ..Job::named(request.name.clone(), now)
    };
    set_retries(&mut job, &input)?;
    set_tags(&mut job, &input)?;
    set_origin(&mut job, &input)?;
    alerts::set(&mut job, &input.alerts)?;
    set_limits(&mut job, &input, &zone, now)?;
    let mut warnings = doubts(&job, &zone, now)?;
    warnings.extend(timeout_note(&work, settings));
    if let Work::Command(command) = &work {
        warnings.extend(command_doubts(command, &settings.tools));
    }
    rules::set_next(&mut job, &settings.zone, now, None)?;
    Ok((job, warnings))
}

/// Puts the given fields into the job. Returns warnings about likely mistakes.
fn apply(
    tx: &mut Tx<'_>,
    job: &mut Job,
    request: &Edit,
    settings: &Settings,
    now: Time,
) -> Result<Vec<String>> {
    let input = request.job_input();
    let fields = request.work_fields();
    let mut warnings = Vec::new();
    if let Some(name) = &request.name {
        name::check(name)?;
        job.name.clone_from(name);
    }
    if fields != WorkFields::default() || request.mode.is_some_and(|mode| mode != job.mode) {
        let mode = mode_of(request.mode.or(Some(job.mode)), &fields);
        let work = if mode == job.mode {
            let stored = Work::parse(mode, &job.command)?;
            stored.clone().with(&fields)?.unmasked(Some(&stored))?
        } else {
            Work::from_fields(mode, &fields)?.unmasked(None)?
        };
        check_work(&work)?;
        if let Some(origin) = job
            .origin
            .as_deref()
            .filter(|_| fields.changes_crontab_line())
        {
            warnings.push(comes_from(origin));
        }
        job.mode = mode;
        job.command = work.text();
        warnings.extend(timeout_note(&work, settings));
        if let Work::Command(command) = &work {
            warnings.extend(command_doubts(command, &settings.tools));
        }
    }
    if let Some(desc) = input.desc {
        job.desc = desc.to_string();
    }
    if let Some(policy) = input.allow_mode {
        job.allow_mode = policy;
    }
    if let Some(catch_up) = input.catch_up {
        job.catch_up = catch_up;
    }
    if let Some(window) = count("catch_up_window", input.catch_up_window)? {
        job.catch_up_window = window;
    }
    if input.timezone.is_some() {
        job.timezone = zone_name(input.timezone)?;
    }
    let zone = zone_or(job.timezone.as_deref(), &settings.zone)?;
    let had_ended = rules::is_over(job, &settings.zone, now);
    // After the clock was set back: the old schedule has run already at the times up to `replayed_until`, a new one has not.
    let mut replayed_until = tx.replayed_until()?;
    if let Some(text) = schedule_text(&input, &job.name, &zone, now)? {
        replayed_until = None;
        if let Some(origin) = &job.origin {
            warnings.push(comes_from(origin));
        }
        job.cron_expr = text;
        // `@every` counts from the change, or from a start that is still ahead.
        job.anchor_at = job.start_at.filter(|start| *start > now).unwrap_or(now);
    }
    if let Some(jitter) = count("jitter", input.jitter)? {
        job.jitter = jitter;
    }
    set_retries(job, &input)?;
    set_tags(job, &input)?;
    set_origin(job, &input)?;
    alerts::set(job, &input.alerts)?;
    set_limits(job, &input, &zone, now)?;
    if let Some(max) = count("max_run_count", input.max_run_count)? {
        let had_enough = job.stopped && scheduler::has_run_enough(job);
        job.max_run_count = max;
        // A job that its count has stopped goes on with a larger maximum.
        if had_enough && !scheduler::has_run_enough(job) {
            job.stopped = false;
            rules::set_next(job, &settings.zone, now, replayed_until)?;
        }
        if scheduler::has_run_enough(job) && !job.stopped {
            job.stopped = true;
            warnings.push(format!(
                "it has had {} runs already and is stopped",
                job.run_count
            ));
        }
    }
    // A job that has stopped because its end was past goes on with a later end.
    if had_ended && input.changes_times() && !scheduler::has_run_enough(job) {
        job.stopped = rules::Rules::of(job, &settings.zone, None)?.has_ended(now);
    }
    if input.changes_times() {
        warnings.extend(doubts(job, &zone, now)?);
    }
    // `H` in a schedule depends on the name.
    if input.changes_times() || request.name.is_some() || job.stopped {
        if job.stopped {
            tick::end_pause(tx, job, &settings.zone, now)?;
        }
        rules::set_next(job, &settings.zone, now, replayed_until)?;
    }
    job.updated_at = now;
    Ok(warnings)
}

/// Whether a job is added stopped: by `stopped`, or by `state` as the original system has it.
fn is_added_stopped(request: &Add) -> Result<bool> {
    match request.state.map(parse_state).transpose()? {
        None => Ok(request.stopped),
        Some(State::Stopped) => Ok(true),
        Some(state) if request.stopped => Err(Error::invalid(
            "state",
            format!("`{}` is not what `stopped` says", state as u8),
        )),
        Some(_) => Ok(false),
    }
}

/// Stops a job or starts it again.
fn set_state(
    tx: &mut Tx<'_>,
    job: &mut Job,
    wanted: State,
    daemon: &Zone,
    now: Time,
) -> Result<()> {
    if wanted == State::Stopped {
        jobs::stop_for_good(tx, job, daemon, now)?;
        let live = tx.live_of(job.id)?;
        return retry::give_up(tx, &live, now, BY_HAND);
    }
    if !job.stopped && job.stopped_until.is_none() {
        return Ok(());
    }
    if scheduler::has_run_enough(job) {
        return Err(Error::Conflict(format!(
            "`{0}` has had its {1} runs (max_run_count)\nhint: `jobs restart {0}` counts anew",
            job.name, job.max_run_count
        )));
    }
    tick::end_pause(tx, job, daemon, now)?;
    job.stopped = false;
    rules::set_next(job, daemon, now, tx.replayed_until()?)?;
    if job.next_at.is_none() && rules::Rules::of(job, daemon, None)?.has_ended(now) {
        return Err(Error::Conflict(format!(
            "the time of `{0}` is past\nhint: give it another (`at`, `end_at`), or `jobs run {0}`",
            job.name
        )));
    }
    Ok(())
}

/// Parses the number of a state.
fn parse_state(number: u8) -> Result<State> {
    match number {
        0 => Ok(State::Waiting),
        1 => Ok(State::Running),
        2 => Ok(State::Stopped),
        _ => Err(
            Error::invalid("state", format!("`{number}` is not 0, 1 or 2"))
                .hint("2 is stopped, 0 and 1 are not"),
        ),
    }
}

/// The warning about a change to a job that comes from a crontab.
fn comes_from(origin: &str) -> String {
    format!(
        "it comes from the crontab `{origin}`: change the line there too, or the next import undoes this"
    )
}

/// Warnings about a schedule that was likely not meant so.
fn doubts(job: &Job, zone: &Zone, now: Time) -> Result<Vec<String>> {
    let schedule = Schedule::parse_for(&job.cron_expr, &job.name)?;
    let mut doubts: Vec<String> = schedule
        .warnings(zone, now)
        .iter()
        .map(ToString::to_string)
        .collect();
    let rules = rules::Rules::of(job, zone, None)?;
    if rules.has_ended(now) && schedule.next_after(now, zone, job.anchor_at).is_some() {
        doubts
            .push("never runs: nothing of its schedule lies between its start and its end".into());
    }
    Ok(doubts)
}

/// A warning when many other jobs are due in the same second.
fn crowd(reader: &mut Reader<'_>, job: &Job, daemon: &Zone) -> Result<Option<String>> {
    match job.scheduled_at {
        Some(at) => crowd_of(reader.jobs_scheduled_at(at, job.id)?, job, daemon),
        None => Ok(None),
    }
}

/// The same, where the number of the other jobs is known.
pub(super) fn crowd_of(others: u64, job: &Job, daemon: &Zone) -> Result<Option<String>> {
    let Some(at) = job.scheduled_at.filter(|_| Warning::is_many(others)) else {
        return Ok(None);
    };
    let schedule = Schedule::parse_for(&job.cron_expr, &job.name)?;
    let zone = rules::zone_of(job, daemon)?;
    let doubt = Warning::crowded(&schedule, &job.name, others, at, &zone);
    Ok(doubt.map(|doubt| doubt.to_string()))
}
