//! The operation `upcoming`: the starts of all jobs that are to come, per step of time.
//!
//! 100,000 hourly jobs start 16.8 million times in a week. So the instants of each distinct schedule are computed once and weighted
//! by the number of its jobs, and the counts are kept until a job is changed. An execution changes no job, so it keeps them valid.

mod plan;
mod window;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{Cx, Service, job_input};
use jobs_api::{FullStep, JobOverlap, NamedStart, StartsAhead, Upcoming};
use jobs_error::{Error, Result};
use jobs_model::JobId;
use jobs_schedule::{Time, Zone};
use jobs_store::Reader;
use plan::Plan;
use window::{Counted, Window};

/// Length of a step and of a window, when the request names none.
const STEP: u64 = 900;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Bounds of the length of a step, in seconds, and upper bounds of a window.
const STEP_MIN: u64 = 60;
const STEP_MAX: u64 = 86_400;
const STEPS_MAX: usize = 9_000;
const WINDOW_MAX: Duration = Duration::from_secs(92 * 24 * 3_600 + 3_600);

/// Upper bound on named starts, and on quiet steps.
const NAMES: usize = 100;
const QUIET: usize = 5;

/// Windows that are kept.
const KEPT: usize = 8;

/// A plan is made anew after this time, because the usual durations in it grow old.
const PLAN_AGE: Duration = Duration::from_secs(3_600);

/// The last plan, and the windows that were counted from it.
#[derive(Default)]
pub(super) struct StartsCache(Mutex<Option<Entry>>);

struct Entry {
    version: PlanVersion,
    plan: Arc<Plan>,
    windows: VecDeque<(Window, Arc<Counted>)>,
}

/// A plan is valid as long as these are the same.
#[derive(Clone, Debug, PartialEq)]
struct PlanVersion {
    /// The number of changes of jobs since the daemon started.
    job_changes: u64,
    zone: String,
    replayed_until: Option<Time>,
}

impl Service {
    pub(super) fn upcoming(&self, cx: &Cx, request: Upcoming) -> Result<StartsAhead> {
        let zone = self.scheduler.settings().zone.clone();
        let window = window_of(&request, &zone, cx.now)?;
        let (plan, counted) = self.counted(&zone, window, cx.now)?;
        let named = request.at.map(|_| named_starts(&plan, window));
        self.store.read(|reader| {
            let ids = counted.overlaps.iter().map(|(id, ..)| *id);
            let ids: Vec<JobId> = match &named {
                Some((starts, _)) => ids.chain(starts.iter().map(|(_, id, _)| *id)).collect(),
                None => ids.collect(),
            };
            answer(reader, window, &counted, (&ids, named), cx.now)
        })
    }

    /// The counts of a window, from the cache where possible. Callers that come meanwhile wait for the same counts.
    fn counted(&self, zone: &Zone, window: Window, now: Time) -> Result<(Arc<Plan>, Arc<Counted>)> {
        let mut cache = self.starts.0.lock();
        let version = PlanVersion {
            // Read before the jobs: a change between the two makes the plan invalid, not stale.
            job_changes: self.counts.job_changes(),
            zone: zone.name().to_string(),
            replayed_until: self.store.read(|reader| reader.replayed_until())?,
        };
        let is_valid = |entry: &Entry| {
            entry.version == version
                && now.since(entry.plan.now) < PLAN_AGE
                && entry.plan.now <= now
        };
        let entry = match cache.take().filter(is_valid) {
            Some(entry) => cache.insert(entry),
            None => {
                let plan = self.store.read(|reader| Plan::read(reader, zone, now))?;
                cache.insert(Entry {
                    version,
                    plan: Arc::new(plan),
                    windows: VecDeque::new(),
                })
            }
        };
        let plan = entry.plan.clone();
        let known = entry.windows.iter().find(|(known, _)| *known == window);
        if let Some((_, counted)) = known {
            return Ok((plan, counted.clone()));
        }
        let counted = Arc::new(window::count(&plan, window)?);
        entry.windows.truncate(KEPT - 1);
        entry.windows.push_front((window, counted.clone()));
        Ok((plan, counted))
    }
}

/// The window that a request means.
fn window_of(request: &Upcoming, zone: &Zone, now: Time) -> Result<Window> {
    let seconds = request.step.unwrap_or(STEP);
    if !(STEP_MIN..=STEP_MAX).contains(&seconds) {
        return Err(Error::invalid(
            "step",
            format!("`{seconds}` is not in {STEP_MIN} to {STEP_MAX}"),
        ));
    }
    let step = Duration::from_secs(seconds);
    let time = |field: &str, text: &Option<String>| {
        text.as_deref()
            .filter(|text| !text.is_empty())
            .map(|text| job_input::when(field, text, zone, now))
            .transpose()
    };
    if let Some(at) = time("at", &request.at)? {
        if request.from.is_some() || request.until.is_some() {
            return Err(Error::invalid("at", "`at` excludes `from` and `until`"));
        }
        let until = at.plus(step);
        return Ok(Window {
            from: at,
            until,
            step,
        });
    }
    let from = match time("from", &request.from)? {
        Some(from) => from,
        None => {
            let millis = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
            Time::from_millis(now.millis().div_euclid(millis) * millis)
        }
    };
    let until = time("until", &request.until)?.unwrap_or_else(|| from.plus(WEEK));
    let shown = || until.local(zone);
    if until <= from {
        return Err(Error::invalid(
            "until",
            format!("`{}` is not after `{}`", shown(), from.local(zone)),
        ));
    }
    if until.since(from) > WINDOW_MAX {
        return Err(Error::invalid(
            "until",
            format!("`{}` is more than 92 days after the beginning", shown()),
        ));
    }
    let window = Window { from, until, step };
    if window.steps() > STEPS_MAX {
        return Err(Error::invalid(
            "step",
            format!(
                "`{seconds}` makes {} steps; {STEPS_MAX} is the most",
                window.steps()
            ),
        )
        .hint("give a longer step or an earlier end"));
    }
    Ok(Window {
        until: window.at(window.steps()),
        ..window
    })
}

/// A start: when, the number of the job, its usual duration.
type Start = (Time, JobId, Option<i64>);

/// The first starts in a window, and the number of all. Frequent jobs are left out.
fn named_starts(plan: &Plan, window: Window) -> (Vec<Start>, u64) {
    let mut starts = Vec::new();
    let mut total = 0;
    for group in plan.groups.iter().filter(|group| !group.is_frequent) {
        for at in group.starts(window.before(), window.last(), plan.now) {
            total += group.jobs.len() as u64;
            starts.extend(
                group
                    .jobs
                    .iter()
                    .take(NAMES)
                    .map(|job| (at, job.id, job.usual_ms)),
            );
        }
        if starts.len() > 100 * NAMES {
            starts.sort_unstable();
            starts.truncate(NAMES);
        }
    }
    starts.sort_unstable();
    starts.truncate(NAMES);
    (starts, total)
}

fn answer(
    reader: &mut Reader<'_>,
    window: Window,
    counted: &Counted,
    (ids, named): (&[JobId], Option<(Vec<Start>, u64)>),
    now: Time,
) -> Result<StartsAhead> {
    // A job that was removed since has no name.
    let names = reader.job_names(ids, now)?;
    let name = |id: &JobId| names.get(id).map(|job| job.name.clone());
    let overlaps = counted
        .overlaps
        .iter()
        .filter_map(|(id, usual_ms, interval_ms)| {
            Some(JobOverlap {
                job_id: *id,
                job_name: name(id)?,
                usual_ms: *usual_ms,
                interval_ms: *interval_ms,
            })
        })
        .collect();
    let named_starts = named.as_ref().map(|(starts, _)| {
        let named = starts.iter().filter_map(|(at, id, usual_ms)| {
            Some(NamedStart {
                job_id: *id,
                job_name: name(id)?,
                at: *at,
                usual_ms: *usual_ms,
            })
        });
        named.collect()
    });
    let most = counted.starts.iter().copied().max().unwrap_or(0);
    let fullest = counted
        .starts
        .iter()
        .position(|starts| *starts == most)
        .filter(|_| most > 0)
        .map(|index| FullStep {
            at: window.at(index),
            starts: most,
            at_once: counted.at_once[index],
        });
    let least = counted.starts.iter().copied().min().unwrap_or(0);
    let quiet = counted
        .starts
        .iter()
        .enumerate()
        .filter(|(_, starts)| **starts == least)
        .take(QUIET)
        .map(|(index, _)| window.at(index))
        .collect();
    Ok(StartsAhead {
        from: window.from,
        until: window.until,
        step_seconds: window.step.as_secs(),
        starts: counted.starts.clone(),
        at_once: counted.at_once.clone(),
        fullest,
        overlaps,
        frequent: counted.frequent,
        quiet,
        names: named_starts,
        names_total: named.map(|(_, total)| total),
    })
}
