//! The schedules of all jobs, each distinct one once: jobs with the same schedule, zone and limits are one group.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jobs_error::Result;
use jobs_model::{Job, JobId, Overlap};
use jobs_schedule::{Schedule, Time, Zone};
use jobs_scheduler::rules::Rules;
use jobs_store::{PlannedJob, Reader};

/// Jobs per query.
const PAGE: i64 = 5_000;

/// The span in which it is counted whether a group is frequent.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Starts in [`WEEK`] beyond which a group is frequent: one in each hour, and one more where a week has 169 hours.
const FREQUENT: u64 = 169;

/// The groups, as of one instant.
pub(super) struct Plan {
    pub groups: Vec<Group>,
    /// The instant; limits in time before it are left out.
    pub now: Time,
}

/// Jobs that start at the same instants.
pub(super) struct Group {
    pub rules: Rules,
    /// Occurrences after [`Plan::now`] that are skipped.
    pub skip: u64,
    /// The number of starts that the jobs have left; none: no limit.
    pub left: Option<u64>,
    pub jobs: Vec<PlacedJob>,
    /// Whether the jobs start more often than once in an hour on average.
    pub is_frequent: bool,
}

/// A job of a group.
#[derive(Clone, Copy)]
pub(super) struct PlacedJob {
    pub id: JobId,
    /// Usual duration, in milliseconds.
    pub usual_ms: Option<i64>,
    /// Whether executions of it may run at the same time.
    pub is_parallel: bool,
}

/// The fields that make jobs start at the same instants.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    schedule: Arc<str>,
    timezone: Option<String>,
    not_before: Option<Time>,
    not_after: Option<Time>,
    claimed_until: Option<Time>,
    /// Only for a schedule with `@every`.
    anchor: Option<Time>,
    skip: u64,
    left: Option<u64>,
}

impl Plan {
    /// The plan of all jobs that are not stopped for good.
    pub(super) fn read(reader: &mut Reader<'_>, daemon: &Zone, now: Time) -> Result<Plan> {
        let replayed_until = reader.replayed_until()?.filter(|until| *until > now);
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<Key, usize> = HashMap::new();
        let mut texts = Texts::default();
        let mut after = 0;
        loop {
            let page = reader.planned_jobs_after(after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for planned in page {
                // A job whose schedule or zone cannot be read any more is not due either; `check` tells of it.
                let Ok(schedule) = texts.canonical(&planned) else {
                    continue;
                };
                let key = key(&planned, schedule, now);
                let placed = PlacedJob {
                    id: planned.id,
                    usual_ms: planned.usual_ms,
                    is_parallel: planned.allow_mode == Overlap::Parallel,
                };
                let index = match known.get(&key) {
                    Some(index) => *index,
                    None => {
                        let Ok(group) = Group::of(&planned, &key, daemon, replayed_until, now)
                        else {
                            continue;
                        };
                        groups.push(group);
                        known.insert(key, groups.len() - 1);
                        groups.len() - 1
                    }
                };
                groups[index].jobs.push(placed);
            }
        }
        Ok(Plan { groups, now })
    }
}

/// The canonical texts of schedules, each computed once.
#[derive(Default)]
struct Texts(HashMap<String, Arc<str>>);

impl Texts {
    fn canonical(&mut self, job: &PlannedJob) -> Result<Arc<str>> {
        if let Some(known) = self.0.get(&job.cron_expr) {
            return Ok(known.clone());
        }
        let schedule = Schedule::parse_for(&job.cron_expr, &job.name)?;
        let canonical: Arc<str> = schedule.canonical().into();
        // `H` depends on the name.
        if !job.cron_expr.contains(['H', 'h']) {
            self.0.insert(job.cron_expr.clone(), canonical.clone());
        }
        Ok(canonical)
    }
}

fn key(job: &PlannedJob, schedule: Arc<str>, now: Time) -> Key {
    let ahead = |time: Option<Time>| time.filter(|time| *time > now);
    let left = u64::try_from(job.max_run_count)
        .ok()
        .filter(|most| *most > 0)
        .map(|most| most.saturating_sub(job.run_count.unsigned_abs()));
    Key {
        timezone: job.timezone.clone(),
        not_before: ahead(job.start_at.max(job.stopped_until)),
        not_after: job.end_at,
        claimed_until: ahead(job.claimed_until),
        anchor: schedule.contains("@every").then_some(job.anchor_at),
        skip: u64::try_from(job.skip_next).unwrap_or(0),
        left,
        schedule,
    }
}

impl Group {
    fn of(
        job: &PlannedJob,
        key: &Key,
        daemon: &Zone,
        replayed_until: Option<Time>,
        now: Time,
    ) -> Result<Group> {
        let example = Job {
            cron_expr: key.schedule.to_string(),
            timezone: job.timezone.clone(),
            start_at: key.not_before,
            end_at: key.not_after,
            claimed_until: key.claimed_until,
            ..Job::named(job.name.clone(), job.anchor_at)
        };
        let rules = Rules::of(&example, daemon, replayed_until)?;
        let count = rules.count(None, now, now.plus(WEEK), FREQUENT + 1);
        Ok(Group {
            rules,
            skip: key.skip,
            left: key.left,
            jobs: Vec::new(),
            is_frequent: count.number > FREQUENT,
        })
    }

    /// The starts after `from` and up to `until`. `now` is the instant of the plan.
    pub(super) fn starts(
        &self,
        from: Time,
        until: Time,
        now: Time,
    ) -> impl Iterator<Item = Time> + '_ {
        // Of a group with few starts left those before `from` count too.
        let passed = match self.is_counted() && from > now {
            true => self.rules.count(None, now, from, u64::MAX).number,
            false => 0,
        };
        let mut number = passed;
        let mut after = from;
        std::iter::from_fn(move || {
            loop {
                let at = self.rules.next_after(after).filter(|at| *at <= until)?;
                after = at;
                if !self.is_counted() || at <= now {
                    return Some(at);
                }
                number += 1;
                if number <= self.skip {
                    continue;
                }
                return match self.left {
                    Some(left) if number - self.skip > left => None,
                    Some(_) | None => Some(at),
                };
            }
        })
    }

    /// The number of starts after `from` and up to `until`.
    pub(super) fn count(&self, from: Time, until: Time, now: Time) -> u64 {
        match self.is_counted() {
            true => self.starts(from, until, now).count() as u64,
            false => self.rules.count(None, from, until, ENOUGH).number,
        }
    }

    /// Whether the first occurrences are skipped, or only some are left.
    const fn is_counted(&self) -> bool {
        self.skip > 0 || self.left.is_some()
    }
}

/// A schedule of several lines is counted up to this number one by one.
const ENOUGH: u64 = 10_000;
