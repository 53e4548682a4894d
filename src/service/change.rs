//! Adding a job and changing one: what was given is checked here, whoever gave it.

use super::given::{count, schedule_text, set_limits, set_retries, zone_name, zone_or};
use super::jobs::{self, BY_HAND, view};
use super::work::{check_work, mode_of, timeout_note};
use super::{Service, find, names};
use crate::api::{Add, Added, Edit};
use crate::error::{Error, Result};
use crate::model::{CatchUp, Job, State};
use crate::schedule::{Schedule, Time, Warning, Zone};
use crate::scheduler::retry;
use crate::scheduler::{self, Settings, clock, rules, tick};
use crate::store::{Reader, Tx};
use crate::work::{Fields, Work};

impl Service {
    pub(super) fn add_job(&self, ask: &Add) -> Result<Added> {
        let now = clock::now();
        let settings = self.scheduler.settings();
        let (job, mut warnings) = new_job(ask, &settings, now)?;
        if ask.now && job.stopped {
            return Err(Error::invalid(
                "now",
                "a job that is added stopped can't run now",
            ));
        }
        let (added, crowd) = self.write(move |tx| {
            let crowd = crowd(tx, &job, &settings.zone)?;
            let job = tx.insert_job(&job)?;
            Ok((view(tx, job, now)?, crowd))
        })?;
        warnings.extend(crowd);
        self.scheduler.poke();
        let mut run = None;
        if ask.now {
            // The job is there, whatever becomes of this.
            match self.run_job(&added.job) {
                Ok(ran) => run = Some(ran),
                Err(error) => warnings.push(format!("it was added, but not run now: {error}")),
            }
        }
        Ok(Added {
            job: added,
            warnings,
            run,
        })
    }

    pub(super) fn edit_job(&self, ask: &Edit) -> Result<Added> {
        let untouched = Edit {
            job: ask.job.clone(),
            ..Edit::default()
        };
        if *ask == untouched {
            return Err(Error::invalid("edit", "nothing to change was given")
                .hint("see `jobs edit --help`"));
        }
        let ask = ask.clone();
        let (job, warnings) = self.change_jobs(move |tx, settings| {
            let now = clock::now();
            let mut job = find(tx, &ask.job)?;
            let live = tx.live_counts_of(job.id)?;
            let before = jobs::state(&job, live, now);
            let wanted = ask.state.map(parse_state).transpose()?;
            let mut warnings = apply(tx, &mut job, &ask, settings, now)?;
            // What it says of the job already changes nothing: a job may be written back as it was read.
            if let Some(wanted) = wanted.filter(|wanted| *wanted != before) {
                set_state(tx, &mut job, wanted, &settings.zone, now)?;
            }
            if ask.given().asks_for_a_time() {
                warnings.extend(crowd(tx, &job, &settings.zone)?);
            }
            tx.update_job(&job)?;
            if job.retries == 0 {
                let live = tx.live_of(job.id)?;
                retry::give_up(tx, &live, now, "the job has no retries any more")?;
            }
            // A retry that waits does what the job does by then.
            tx.update_waiting_retries(&job)?;
            Ok((view(tx, job, now)?, warnings))
        })?;
        self.scheduler.poke();
        Ok(Added {
            job,
            warnings,
            run: None,
        })
    }
}

fn new_job(ask: &Add, settings: &Settings, now: Time) -> Result<(Job, Vec<String>)> {
    names::check(&ask.name)?;
    let fields = ask.work_fields();
    let work = Work::from_fields(mode_of(ask.mode, &fields), &fields)?.unmasked(None)?;
    check_work(&work)?;
    let given = ask.given();
    let timezone = zone_name(given.timezone)?;
    let zone = zone_or(timezone.as_deref(), &settings.zone)?;
    let Some(cron_expr) = schedule_text(&given, &ask.name, &zone, now)? else {
        return Err(Error::invalid("schedule", "is missing")
            .hint("give one of `cron_expr` (--cron), `every` (--every) or `at` (--at)"));
    };
    let mut job = Job {
        desc: given.desc.unwrap_or_default().to_string(),
        cron_expr,
        timezone,
        mode: work.mode(),
        command: work.text(),
        allow_mode: given.allow_mode.unwrap_or(settings.default_overlap),
        max_run_count: count("max_run_count", given.max_run_count)?.unwrap_or(0),
        stopped: is_added_stopped(ask)?,
        catch_up: given.catch_up.unwrap_or(CatchUp::Skip),
        catch_up_window: count("catch_up_window", given.catch_up_window)?.unwrap_or(0),
        jitter: count("jitter", given.jitter)?.unwrap_or(0),
        ..Job::named(ask.name.clone(), now)
    };
    set_retries(&mut job, &given)?;
    set_limits(&mut job, &given, &zone, now)?;
    let mut warnings = doubts(&job, &zone, now)?;
    warnings.extend(timeout_note(&work, settings));
    rules::set_next(&mut job, &settings.zone, now, None)?;
    Ok((job, warnings))
}

/// Changes what was given of a job; returns what the operator may not have meant.
fn apply(
    tx: &mut Tx<'_>,
    job: &mut Job,
    ask: &Edit,
    settings: &Settings,
    now: Time,
) -> Result<Vec<String>> {
    let given = ask.given();
    let fields = ask.work_fields();
    let mut warnings = Vec::new();
    if let Some(name) = &ask.name {
        names::check(name)?;
        job.name.clone_from(name);
    }
    if fields != Fields::default() || ask.mode.is_some_and(|mode| mode != job.mode) {
        let mode = mode_of(ask.mode.or(Some(job.mode)), &fields);
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
    }
    if let Some(desc) = given.desc {
        job.desc = desc.to_string();
    }
    if let Some(policy) = given.allow_mode {
        job.allow_mode = policy;
    }
    if let Some(catch_up) = given.catch_up {
        job.catch_up = catch_up;
    }
    if let Some(window) = count("catch_up_window", given.catch_up_window)? {
        job.catch_up_window = window;
    }
    if given.timezone.is_some() {
        job.timezone = zone_name(given.timezone)?;
    }
    let zone = zone_or(job.timezone.as_deref(), &settings.zone)?;
    let had_ended = rules::is_over(job, &settings.zone, now);
    // A new schedule has not run at any time that the clock shows again; the old one has.
    let mut replayed_until = tx.replayed_until()?;
    if let Some(text) = schedule_text(&given, &job.name, &zone, now)? {
        replayed_until = None;
        if let Some(origin) = &job.origin {
            warnings.push(comes_from(origin));
        }
        job.cron_expr = text;
        // `@every` counts from the change, or from a start that is still ahead: the old beat means nothing to the new one.
        job.anchor_at = job.start_at.filter(|start| *start > now).unwrap_or(now);
    }
    if let Some(jitter) = count("jitter", given.jitter)? {
        job.jitter = jitter;
    }
    set_retries(job, &given)?;
    set_limits(job, &given, &zone, now)?;
    if let Some(max) = count("max_run_count", given.max_run_count)? {
        let had_enough = job.stopped && scheduler::has_run_enough(job);
        job.max_run_count = max;
        // What its count has stopped goes on with a larger one.
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
    // What has stopped because its time was past goes on with a time that is not.
    if had_ended && given.asks_for_a_time() && !scheduler::has_run_enough(job) {
        job.stopped = rules::Rules::of(job, &settings.zone, None)?.has_ended(now);
    }
    if given.asks_for_a_time() {
        warnings.extend(doubts(job, &zone, now)?);
    }
    // The name is what `H` stands for.
    if given.asks_for_a_time() || ask.name.is_some() || job.stopped {
        if job.stopped {
            tick::end_pause(tx, job, &settings.zone, now)?;
        }
        rules::set_next(job, &settings.zone, now, replayed_until)?;
    }
    job.updated_at = now;
    Ok(warnings)
}

/// Whether a job is added stopped, by either of the fields that say so.
fn is_added_stopped(ask: &Add) -> Result<bool> {
    match ask.state.map(parse_state).transpose()? {
        None => Ok(ask.stopped),
        Some(State::Stopped) => Ok(true),
        Some(state) if ask.stopped => Err(Error::invalid(
            "state",
            format!("`{}` is not what `stopped` says", state as u8),
        )),
        Some(_) => Ok(false),
    }
}

/// Stops a job or sets it going.
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

/// The state of that number.
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

/// What is told when a job is changed that a crontab has a say in.
fn comes_from(origin: &str) -> String {
    format!(
        "it comes from the crontab `{origin}`: change the line there too, or the next import undoes this"
    )
}

/// What the schedule of a job says that may not have been meant.
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

/// Whether many other jobs are due at the very second of this one.
fn crowd(reader: &mut Reader<'_>, job: &Job, daemon: &Zone) -> Result<Option<String>> {
    match job.scheduled_at {
        Some(at) => crowd_of(reader.jobs_scheduled_at(at, job.id)?, job, daemon),
        None => Ok(None),
    }
}

/// The same, where so many other jobs are due then.
pub(super) fn crowd_of(others: u64, job: &Job, daemon: &Zone) -> Result<Option<String>> {
    let Some(at) = job.scheduled_at.filter(|_| Warning::is_many(others)) else {
        return Ok(None);
    };
    let schedule = Schedule::parse_for(&job.cron_expr, &job.name)?;
    let zone = rules::zone_of(job, daemon)?;
    let doubt = Warning::crowded(&schedule, &job.name, others, at, &zone);
    Ok(doubt.map(|doubt| doubt.to_string()))
}
