//! Adding a job and changing one: what was given is checked here, whoever gave it.

use super::jobs::view;
use super::{Service, find, names};
use crate::api::{Add, Added, Edit, Rules};
use crate::error::{Error, Result};
use crate::model::{CatchUp, Job, Mode, NewJob};
use crate::schedule::{self, Schedule, Time, Zone};
use crate::scheduler::{Settings, clock, tick};
use crate::work::{Fields, Work};

impl Service {
    pub(super) fn add_job(&self, ask: &Add) -> Result<Added> {
        let now = clock::now();
        let settings = self.scheduler.settings();
        let (job, warnings) = new_job(ask, &settings, now)?;
        if ask.now && ask.stopped {
            return Err(Error::invalid(
                "now",
                "a job that is added stopped can't run now",
            ));
        }
        let added = self.store.write(move |tx| {
            let job = tx.insert_job(&job)?;
            view(tx, job)
        })?;
        self.scheduler.poke();
        let run = if ask.now {
            Some(self.run_job(&added.job)?)
        } else {
            None
        };
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
        let now = clock::now();
        let settings = self.scheduler.settings();
        let ask = ask.clone();
        let (job, warnings) = self.store.write(move |tx| {
            let mut job = find(tx, &ask.job)?;
            let warnings = apply(&mut job, &ask, &settings, now)?;
            tx.update_job(&job)?;
            Ok((view(tx, job)?, warnings))
        })?;
        self.scheduler.poke();
        Ok(Added {
            job,
            warnings,
            run: None,
        })
    }
}

fn new_job(ask: &Add, settings: &Settings, now: Time) -> Result<(NewJob, Vec<String>)> {
    names::check(&ask.name)?;
    let fields = ask.work_fields();
    let work = Work::from_fields(mode_of(ask.mode, &fields)?, &fields)?;
    let rules = ask.rules();
    let timezone = zone_name(rules.timezone)?;
    let zone = zone_or(timezone.as_deref(), &settings.zone)?;
    let Some(cron_expr) = schedule_text(&rules, &zone, now)? else {
        return Err(Error::invalid("schedule", "is missing")
            .hint("give one of `cron_expr` (--cron), `every` (--every) or `at` (--at)"));
    };
    let schedule = Schedule::parse(&cron_expr)?;
    let mut warnings = schedule.warnings(&zone, now);
    warnings.extend(timeout_note(&work, settings));
    let next_at = if ask.stopped {
        None
    } else {
        schedule.next_after(now, &zone, now)
    };
    let job = NewJob {
        name: ask.name.clone(),
        desc: rules.desc.unwrap_or_default().to_string(),
        cron_expr,
        timezone,
        mode: work.mode(),
        command: work.text(),
        allow_mode: rules.allow_mode.unwrap_or(settings.default_overlap),
        max_run_count: count("max_run_count", rules.max_run_count)?.unwrap_or(0),
        run_count: 0,
        stopped: ask.stopped,
        catch_up: rules.catch_up.unwrap_or(CatchUp::Skip),
        catch_up_window: count("catch_up_window", rules.catch_up_window)?.unwrap_or(0),
        mailto: None,
        origin: None,
        next_at,
        anchor_at: now,
        created_at: now,
        updated_at: now,
    };
    Ok((job, warnings))
}

/// Changes what was given of a job; returns what the operator may not have meant.
fn apply(job: &mut Job, ask: &Edit, settings: &Settings, now: Time) -> Result<Vec<String>> {
    let rules = ask.rules();
    let fields = ask.work_fields();
    let mut warnings = Vec::new();
    if let Some(name) = &ask.name {
        names::check(name)?;
        job.name.clone_from(name);
    }
    if fields != Fields::default() || ask.mode.is_some_and(|mode| mode != job.mode) {
        let mode = mode_of(ask.mode.or(Some(job.mode)), &fields)?;
        let work = if mode == job.mode {
            Work::parse(mode, &job.command)?.with(&fields)?
        } else {
            Work::from_fields(mode, &fields)?
        };
        job.mode = mode;
        job.command = work.text();
        warnings.extend(timeout_note(&work, settings));
    }
    if let Some(desc) = rules.desc {
        job.desc = desc.to_string();
    }
    if let Some(policy) = rules.allow_mode {
        job.allow_mode = policy;
    }
    if let Some(catch_up) = rules.catch_up {
        job.catch_up = catch_up;
    }
    if let Some(window) = count("catch_up_window", rules.catch_up_window)? {
        job.catch_up_window = window;
    }
    if rules.timezone.is_some() {
        job.timezone = zone_name(rules.timezone)?;
    }
    let zone = zone_or(job.timezone.as_deref(), &settings.zone)?;
    let new_schedule = schedule_text(&rules, &zone, now)?;
    if let Some(text) = &new_schedule {
        job.cron_expr.clone_from(text);
        // `@every` counts from the change: the old beat means nothing to the new one.
        job.anchor_at = now;
    }
    if let Some(max) = count("max_run_count", rules.max_run_count)? {
        job.max_run_count = max;
        if tick::has_run_enough(job) && !job.stopped {
            job.stopped = true;
            warnings.push(format!(
                "it has had {} runs already and is stopped",
                job.run_count
            ));
        }
    }
    if new_schedule.is_some() || rules.timezone.is_some() || job.stopped {
        warnings.extend(Schedule::parse(&job.cron_expr)?.warnings(&zone, now));
        job.next_at = tick::next_run(job, &settings.zone, now)?;
    }
    job.updated_at = now;
    Ok(warnings)
}

/// The kind of work: what was named, else what the fields tell.
fn mode_of(named: Option<Mode>, fields: &Fields) -> Result<Mode> {
    let mode = named.unwrap_or(match (&fields.url, &fields.func) {
        (Some(_), _) => Mode::Http,
        (None, Some(_)) => Mode::Func,
        (None, None) => Mode::Command,
    });
    match mode {
        Mode::Command => Ok(mode),
        Mode::Http | Mode::Func => Err(Error::invalid(
            "mode",
            format!("`{mode}` is not available in this version"),
        )
        .hint("only `command` is")),
    }
}

/// The schedule as it is stored, from the one of the three fields that was given.
fn schedule_text(rules: &Rules<'_>, zone: &Zone, now: Time) -> Result<Option<String>> {
    match (rules.cron_expr, rules.every, rules.at) {
        (None, None, None) => Ok(None),
        (Some(expr), None, None) => {
            let text = expr.trim();
            Schedule::parse(text)?;
            Ok(Some(text.to_string()))
        }
        (None, Some(every), None) => Ok(Some(schedule::every(every)?)),
        (None, None, Some(at)) => {
            let instant = schedule::parse_when(at, zone, now)?;
            if instant <= now {
                return Err(Error::invalid(
                    "at",
                    format!("`{at}` is {}, which is past", instant.local(zone)),
                ));
            }
            Ok(Some(format!("@at {}", instant.rfc3339(zone))))
        }
        _ => Err(Error::invalid(
            "schedule",
            "`cron_expr`, `every` and `at` exclude each other",
        )),
    }
}

/// The name of a zone as it is stored; an empty one is the daemon's own.
fn zone_name(given: Option<&str>) -> Result<Option<String>> {
    match given.map(str::trim) {
        None | Some("") => Ok(None),
        Some(name) => Zone::find(name).map(|zone| Some(zone.name().to_string())),
    }
}

fn zone_or(name: Option<&str>, daemon: &Zone) -> Result<Zone> {
    match name {
        Some(name) => Zone::find(name),
        None => Ok(daemon.clone()),
    }
}

fn timeout_note(work: &Work, settings: &Settings) -> Option<String> {
    match (work.timeout(), settings.default_timeout) {
        (None, Some(timeout)) => Some(format!(
            "no timeout was given: an attempt is stopped after {} s (`jobs.default_timeout_seconds`); 0 lets it run for ever",
            timeout.as_secs()
        )),
        (Some(_), _) | (None, None) => None,
    }
}

fn count(field: &str, value: Option<u64>) -> Result<Option<i64>> {
    value
        .map(|value| {
            i64::try_from(value)
                .map_err(|_| Error::invalid(field, format!("`{value}` is more than {}", i64::MAX)))
        })
        .transpose()
}
