//! Plans a due job: which occurrences run, which are missed, and which is next. Pure functions: the time is an argument.

use std::time::Duration;

use super::late::{JUST, Late, Number};
use super::rules::Rules;
use jobs_model::{CatchUp, Source};
use jobs_schedule::{Time, Timing};

/// How late an occurrence may start while the daemon is up before it counts as missed.
pub const LATENESS: Duration = Duration::from_secs(60);

/// How many occurrences of a job that are late by at most [`LATENESS`] start at once, the newest of them. The others are missed: after a
/// freeze of a minute, a job that is due each second must not start 60 times at once.
const AT_ONCE: usize = 3;

/// Upper bound on missed occurrences that `catch_up: all` makes up.
pub const CATCH_UP_MAX: usize = 100;

/// Why the clock is past an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Time has elapsed while the daemon was up (perhaps suspended with the machine).
    Elapsed,
    /// As [`Cause::Elapsed`], and the clock was set forward by at most five minutes: what it passed is late by as much.
    Stepped { by: Duration },
    /// The daemon was down before `since`.
    Down { since: Time },
    /// The scheduler was paused before `until`.
    Paused { until: Time },
    /// The clock was set forward by less than three hours, to `to`.
    SetForward { to: Time },
    /// The clock was set forward by three hours or more, to `to`.
    NewTime { to: Time },
}

impl Cause {
    /// Whether an operator had paused the scheduler: then nobody has to be told that occurrences did not run.
    pub(super) const fn is_pause(self) -> bool {
        match self {
            Cause::Paused { .. } => true,
            Cause::Elapsed
            | Cause::Stepped { .. }
            | Cause::Down { .. }
            | Cause::SetForward { .. }
            | Cause::NewTime { .. } => false,
        }
    }

    /// Occurrences before this instant are late. By a new time, only an occurrence of the current second is due.
    fn late_before(self, now: Time) -> Time {
        let recent = now.minus(LATENESS);
        match self {
            Cause::Elapsed => recent,
            Cause::Stepped { by } => recent.minus(by),
            Cause::Down { since } | Cause::Paused { until: since } => recent.max(since),
            Cause::SetForward { to } | Cause::NewTime { to } => recent.max(to.floor_to_second()),
        }
    }
}

/// A due run of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The occurrence.
    pub at: Time,
    /// Random delay (`jitter`) of the run.
    pub delay: Duration,
}

/// The plan for a due job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The occurrences to run, the oldest first.
    pub fire: Vec<(Time, Source)>,
    /// The occurrences that will not run.
    pub missed: Vec<Missed>,
    /// All occurrences of the job up to this instant run or are missed; absent when none is due.
    pub claimed: Option<Time>,
    /// The next occurrence.
    pub next: Option<Time>,
    /// The work that the plan took: runs and clock changes that it went through.
    pub steps: u64,
}

/// A range of occurrences that will not run; the history gets one row for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    pub first: Time,
    pub count: u64,
    pub why: String,
}

impl Missed {
    fn new(first: Time, number: Number, why: &str) -> Missed {
        Missed {
            first,
            count: number.number,
            why: number.reason(why),
        }
    }
}

/// Plans a job that is due at `now`.
pub fn plan(rules: &Rules, due: Due, now: Time, cause: Cause) -> Plan {
    if due.at > now {
        return Plan {
            fire: Vec::new(),
            missed: Vec::new(),
            claimed: None,
            next: Some(due.at),
            steps: 0,
        };
    }
    let OnTime {
        occurrences: on_time,
        next,
        are_all,
    } = on_time(rules, due, now, cause);
    let mut steps = on_time.len() as u64;
    let late = Late {
        rules,
        due: (!on_time.contains(&due.at)).then_some(due.at),
        after: due.at,
        until: match on_time.iter().find(|at| **at > due.at) {
            Some(first) => first.minus(JUST),
            None => now,
        },
    };
    let first_late = if are_all { None } else { late.first() };
    // Without an occurrence on time, all of them up to now are missed or made up.
    let claimed = Some(on_time.last().copied().unwrap_or(now));
    let (mut fire, missed) = match first_late {
        None => (Vec::new(), Vec::new()),
        Some(first) => match cause {
            Cause::SetForward { .. } => once_for_all(&late, first, &mut steps),
            Cause::NewTime { .. } => {
                let number = late.count(None, &mut steps);
                (Vec::new(), vec![Missed::new(first, number, NEW_TIME)])
            }
            Cause::Elapsed | Cause::Stepped { .. } | Cause::Down { .. } | Cause::Paused { .. } => {
                make_up(&late, first, now, cause, &mut steps)
            }
        },
    };
    fire.extend(on_time.into_iter().map(|at| (at, Source::Cron)));
    Plan {
        fire,
        missed,
        claimed,
        next,
        steps,
    }
}

/// The occurrences that start as if they were not late.
struct OnTime {
    occurrences: Vec<Time>,
    /// The occurrence after the present.
    next: Option<Time>,
    /// Whether no other occurrence is due.
    are_all: bool,
}

fn on_time(rules: &Rules, due: Due, now: Time, cause: Cause) -> OnTime {
    let begin = cause.late_before(now).min(now.plus(JUST));
    let mut occurrences = Vec::new();
    // Only the first occurrence can have a delay.
    if due.at.plus(due.delay) >= begin {
        occurrences.push(due.at);
    }
    let mut next = rules.next_after(due.at.max(begin.minus(JUST)));
    while let Some(at) = next.filter(|at| *at <= now) {
        occurrences.push(at);
        next = rules.next_after(at);
    }
    let too_many = occurrences.len().saturating_sub(AT_ONCE);
    occurrences.drain(..too_many);
    OnTime {
        are_all: due.at >= begin && too_many == 0,
        occurrences,
        next,
    }
}

const PASSED: &str = "the clock was set forward past it, and it follows elapsed time";

const NEW_TIME: &str = "the clock was set forward by three hours or more";

const ONE_FOR_ALL: &str = "the clock was set forward; one execution stands for all of them";

/// If a clock that was set forward skipped times of a fixed line, the job runs once, for the last of them. An interval line follows
/// elapsed time, and no time has elapsed.
fn once_for_all(
    late: &Late<'_>,
    first: Time,
    steps: &mut u64,
) -> (Vec<(Time, Source)>, Vec<Missed>) {
    let fixed = late.count(Some(Timing::Fixed), steps);
    let passed = late.count(None, steps).without(fixed.number);
    let last = late.newest(Some(Timing::Fixed), first, 1, steps).pop();
    let mut missed = Vec::new();
    let unmade = fixed.without(1);
    if unmade.number > 0 {
        missed.push(Missed::new(
            late.first_fixed().unwrap_or(first),
            unmade,
            ONE_FOR_ALL,
        ));
    }
    if passed.number > 0 {
        let first = late.first_interval().unwrap_or(first);
        missed.push(Missed::new(first, passed, PASSED));
    }
    let fire = last.map(|at| (at, Source::Cron)).into_iter().collect();
    (fire, missed)
}

fn make_up(
    late: &Late<'_>,
    first: Time,
    now: Time,
    cause: Cause,
    steps: &mut u64,
) -> (Vec<(Time, Source)>, Vec<Missed>) {
    let rules = late.rules;
    let oldest = if rules.window.is_zero() {
        first
    } else {
        first.max(now.minus(rules.window))
    };
    let made_up = match rules.catch_up {
        CatchUp::Skip => Vec::new(),
        CatchUp::Once => late.newest(None, oldest, 1, steps),
        CatchUp::All => late.newest(None, oldest, CATCH_UP_MAX, steps),
    };
    let absence = match cause {
        Cause::Down { .. } => "the daemon was not running",
        Cause::Paused { .. } => "the scheduler was paused",
        Cause::Stepped { .. } => "the clock was set forward a little",
        Cause::Elapsed | Cause::SetForward { .. } | Cause::NewTime { .. } => {
            "the machine was suspended or too busy"
        }
    };
    let why = match (rules.catch_up, made_up.is_empty()) {
        (CatchUp::Once, false) => format!("{absence}; one execution makes up for all of them"),
        (CatchUp::All, false) => format!("{absence}; too old or too many to be made up"),
        (CatchUp::Skip | CatchUp::Once | CatchUp::All, _) => absence.to_string(),
    };
    let lost = late.count(None, steps).without(made_up.len() as u64);
    let missed = (lost.number > 0).then(|| Missed::new(first, lost, &why));
    let fire = made_up
        .into_iter()
        .map(|instant| (instant, Source::Catchup))
        .collect();
    (fire, missed.into_iter().collect())
}
