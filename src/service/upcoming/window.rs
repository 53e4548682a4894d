//! Counts the starts of a plan in a window of time, per step.

use std::collections::HashMap;
use std::time::Duration;

use super::plan::{Group, PlacedJob, Plan};
use jobs_api::FrequentJobs;
use jobs_error::{Error, Result};
use jobs_model::JobId;
use jobs_schedule::Time;

/// Parts of a step in which it is told how many executions run at once.
const PARTS: u64 = 60;

/// Upper bound on the instants that are computed for one window, each for all jobs of a group.
const INSTANTS_MAX: u64 = 10_000_000;

/// Executions are looked for that began up to this long before the window and run into it.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Overlaps that are kept.
const OVERLAPS: usize = 50;

/// Starts of a frequent group from which its shortest interval is taken.
const SAMPLE: usize = 200;

/// A window of time in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub from: Time,
    pub until: Time,
    pub step: Duration,
}

/// The starts in a window.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    pub starts: Vec<u32>,
    pub at_once: Vec<u32>,
    /// Jobs that usually run longer than the time between two starts: number, usual duration, that time.
    pub overlaps: Vec<(JobId, i64, i64)>,
    pub frequent: FrequentJobs,
}

impl Window {
    /// The number of steps.
    pub(super) fn steps(&self) -> usize {
        let length = self.until.since(self.from).as_millis();
        usize::try_from(length.div_ceil(self.step.as_millis())).unwrap_or(usize::MAX)
    }

    /// The beginning of a step.
    pub(super) fn at(&self, index: usize) -> Time {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        self.from.plus(self.step.saturating_mul(index))
    }

    fn part(&self, at: Time) -> usize {
        let part = self.step.as_millis() / u128::from(PARTS);
        usize::try_from(at.since(self.from).as_millis() / part.max(1)).unwrap_or(usize::MAX)
    }

    /// The last instant before the window: occurrences after it count.
    pub(super) fn before(&self) -> Time {
        self.from.minus(Duration::from_millis(1))
    }

    /// The last instant in the window.
    pub(super) fn last(&self) -> Time {
        self.until.minus(Duration::from_millis(1))
    }
}

/// Counts the starts in the window.
///
/// # Errors
///
/// [`Error::Invalid`] when the jobs have so many different schedules that the window takes too long.
pub(super) fn count(plan: &Plan, window: Window) -> Result<Counted> {
    check_size(plan, window)?;
    let mut counting = Counting {
        window,
        counted: Counted {
            starts: vec![0; window.steps()],
            ..Counted::default()
        },
        changes: vec![0; window.steps() * PARTS as usize + 1],
    };
    for group in &plan.groups {
        counting.add(group, plan.now);
    }
    Ok(counting.finish())
}

fn check_size(plan: &Plan, window: Window) -> Result<()> {
    let mut instants = 0;
    for group in plan.groups.iter().filter(|group| !group.is_frequent) {
        // A group without limits is counted by arithmetic.
        instants += group
            .rules
            .count(None, window.before(), window.last(), INSTANTS_MAX)
            .number;
        if instants > INSTANTS_MAX {
            return Err(Error::invalid(
                "until",
                format!("the jobs have more than {INSTANTS_MAX} different starts until then"),
            )
            .hint("give an earlier time"));
        }
    }
    Ok(())
}

struct Counting {
    window: Window,
    counted: Counted,
    /// For each part of a step, how many more executions run than in the part before.
    changes: Vec<i32>,
}

impl Counting {
    fn add(&mut self, group: &Group, now: Time) {
        if group.is_frequent {
            return self.add_frequent(group, now);
        }
        let longest = group.jobs.iter().filter_map(|job| job.usual_ms).max();
        let longest = Duration::from_millis(longest.unwrap_or(0).unsigned_abs()).min(LONGEST);
        let window = self.window;
        let begin = window.before().minus(longest);
        let jobs = u32::try_from(group.jobs.len()).unwrap_or(u32::MAX);
        let instants: Vec<Time> = group.starts(begin, window.last(), now).collect();
        let interval = shortest_interval(&instants);
        let lengths = self.lengths(&group.jobs, interval);
        let step = window.step.as_millis();
        for at in instants {
            let offset = if at < window.from {
                0
            } else {
                let index = (at.since(window.from).as_millis() / step) as usize;
                self.counted.starts[index] = self.counted.starts[index].saturating_add(jobs);
                window.part(at)
            };
            for (length, number) in &lengths {
                let end = match at < window.from {
                    true => {
                        let gone = window.from.since(at).as_millis() as u64;
                        let part = (step as u64 / PARTS).max(1);
                        match (length * part).checked_sub(gone).filter(|left| *left > 0) {
                            Some(left) => left.div_ceil(part) as usize,
                            None => continue,
                        }
                    }
                    false => offset.saturating_add(*length as usize),
                };
                let last = self.changes.len() - 1;
                self.changes[offset.min(last)] += *number;
                self.changes[end.min(last)] -= *number;
            }
        }
        self.add_overlaps(&group.jobs, interval);
    }

    fn add_frequent(&mut self, group: &Group, now: Time) {
        let window = self.window;
        let number = group.count(window.before(), window.last(), now);
        let hours = window.until.since(window.from).as_secs_f64() / 3_600.0;
        let frequent = &mut self.counted.frequent;
        frequent.jobs += group.jobs.len() as u64;
        frequent.starts_per_hour += number as f64 * group.jobs.len() as f64 / hours;
        if group.jobs.iter().any(|job| job.usual_ms.is_some()) {
            let sample: Vec<Time> = group
                .starts(window.before(), window.last(), now)
                .take(SAMPLE)
                .collect();
            self.add_overlaps(&group.jobs, shortest_interval(&sample));
        }
    }

    /// How many of the jobs run for how many parts of a step. A job that never runs twice at once ends when it is due again.
    fn lengths(&self, jobs: &[PlacedJob], interval: Option<Duration>) -> Vec<(u64, i32)> {
        let part = (self.window.step.as_millis() as u64 / PARTS).max(1);
        let most = LONGEST.as_millis() as u64 / part;
        let mut lengths: HashMap<u64, i32> = HashMap::new();
        for job in jobs {
            let mut length = job.usual_ms.unwrap_or(0).unsigned_abs();
            if let Some(interval) = interval.filter(|_| !job.is_parallel) {
                length = length.min(interval.as_millis() as u64);
            }
            *lengths
                .entry(length.div_ceil(part).clamp(1, most.max(1)))
                .or_default() += 1;
        }
        lengths.into_iter().collect()
    }

    fn add_overlaps(&mut self, jobs: &[PlacedJob], interval: Option<Duration>) {
        let Some(interval) = interval.map(|interval| interval.as_millis() as i64) else {
            return;
        };
        let overlaps = &mut self.counted.overlaps;
        for job in jobs {
            if let Some(usual) = job.usual_ms.filter(|usual| *usual > interval) {
                overlaps.push((job.id, usual, interval));
            }
            if overlaps.len() >= 20 * OVERLAPS {
                keep_worst(overlaps);
            }
        }
    }

    fn finish(mut self) -> Counted {
        keep_worst(&mut self.counted.overlaps);
        let mut running = 0;
        let parts: Vec<i32> = self
            .changes
            .iter()
            .map(|change| {
                running += change;
                running
            })
            .collect();
        self.counted.at_once = parts
            .chunks_exact(PARTS as usize)
            .map(|parts| parts.iter().copied().max().unwrap_or(0).unsigned_abs())
            .collect();
        let frequent = &mut self.counted.frequent;
        frequent.starts_per_hour = (frequent.starts_per_hour * 10.0).round() / 10.0;
        self.counted
    }
}

/// Keeps the jobs whose usual duration is the largest multiple of the time between two starts.
fn keep_worst(overlaps: &mut Vec<(JobId, i64, i64)>) {
    overlaps.sort_by(|(a, usual_a, interval_a), (b, usual_b, interval_b)| {
        let ratio = |usual: &i64, interval: &i64| *usual as f64 / (*interval).max(1) as f64;
        ratio(usual_b, interval_b)
            .total_cmp(&ratio(usual_a, interval_a))
            .then(a.cmp(b))
    });
    overlaps.truncate(OVERLAPS);
}

fn shortest_interval(instants: &[Time]) -> Option<Duration> {
    instants.windows(2).map(|pair| pair[1].since(pair[0])).min()
}
