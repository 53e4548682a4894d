//! Plans a due job: which occurrences run, which are missed, and which is next. Pure functions: the time is an argument.

use std::time::Duration;

use super::rules::Rules;
use jobs_model::{CatchUp, Source};
use jobs_schedule::Time;

/// How late an occurrence may start while the daemon is up before it counts as missed.
pub const LATENESS: Duration = Duration::from_secs(60);

/// Upper bound on missed occurrences that `catch_up: all` makes up.
pub const CATCH_UP_MAX: usize = 100;

/// Upper bound on occurrences that are counted one by one. A count that reaches it is reported as "at least".
pub(super) const COUNTED_MAX: u64 = 1_000_000;

/// Why the clock is past an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Time has elapsed while the daemon was up (perhaps suspended with the machine).
    Elapsed,
    /// The daemon was down before `since`.
    Down { since: Time },
    /// The scheduler was paused before `until`.
    Paused { until: Time },
    /// The clock was set forward by less than three hours.
    SetForward,
    /// The clock was set forward by three hours or more.
    NewTime,
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
    /// The next occurrence.
    pub next: Option<Time>,
}

/// A range of occurrences that will not run; the history gets one row for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    pub first: Time,
    pub count: u64,
    pub why: String,
}

/// Plans a job that is due at `now`.
pub fn plan(rules: &Rules, due: Due, now: Time, cause: Cause) -> Plan {
    let mut on_time = Vec::new();
    let mut late = Late::default();
    let mut passed = Late::default();
    let mut next = Some(due.at);
    let mut counted = 0;
    while let Some(at) = next.filter(|at| *at <= now) {
        if counted == COUNTED_MAX {
            next = rules.next_after(now);
            break;
        }
        let delay = if counted == 0 {
            due.delay
        } else {
            Duration::ZERO
        };
        counted += 1;
        let is_recent = now.since(at.plus(delay)) <= LATENESS;
        let is_on_time = match cause {
            Cause::Elapsed => is_recent,
            Cause::Down { since } | Cause::Paused { until: since } => {
                is_recent && at.plus(delay) >= since
            }
            // By the new time, only an occurrence of the current second is due.
            Cause::SetForward | Cause::NewTime => at.plus(delay) >= now.floor_to_second(),
        };
        if is_on_time {
            on_time.push((at, Source::Cron));
        } else if cause == Cause::SetForward && !rules.is_fixed(at) {
            // An interval line follows elapsed time, and no time has elapsed.
            passed.add(at);
        } else {
            late.add(at);
        }
        next = rules.next_after(at);
    }
    let (mut fire, missed) = match cause {
        Cause::SetForward => once_for_all(late),
        Cause::NewTime => (Vec::new(), late.as_missed(NEW_TIME)),
        Cause::Elapsed | Cause::Down { .. } | Cause::Paused { .. } => {
            make_up(rules, late, now, cause)
        }
    };
    fire.append(&mut on_time);
    Plan {
        fire,
        missed: missed.into_iter().chain(passed.as_missed(PASSED)).collect(),
        next,
    }
}

const PASSED: &str = "the clock was set forward past it, and it follows elapsed time";

const NEW_TIME: &str = "the clock was set forward by three hours or more";

/// Late occurrences: their number, and the newest of them.
#[derive(Default)]
struct Late {
    first: Option<Time>,
    count: u64,
    newest: std::collections::VecDeque<Time>,
}

impl Late {
    fn add(&mut self, instant: Time) {
        self.first.get_or_insert(instant);
        self.count += 1;
        if self.newest.len() == CATCH_UP_MAX {
            self.newest.pop_front();
        }
        self.newest.push_back(instant);
    }
}

impl Late {
    fn as_missed(&self, why: &str) -> Option<Missed> {
        self.first.map(|first| Missed {
            first,
            count: self.count,
            why: why.to_string(),
        })
    }
}

/// If a clock that was set forward skipped times of a fixed line, the job runs once, for the last of them.
fn once_for_all(mut late: Late) -> (Vec<(Time, Source)>, Option<Missed>) {
    let Some(last) = late.newest.pop_back() else {
        return (Vec::new(), None);
    };
    late.count -= 1;
    let missed = late
        .as_missed("the clock was set forward; one execution stands for all of them")
        .filter(|missed| missed.count > 0);
    (vec![(last, Source::Cron)], missed)
}

fn make_up(
    rules: &Rules,
    late: Late,
    now: Time,
    cause: Cause,
) -> (Vec<(Time, Source)>, Option<Missed>) {
    let Some(first) = late.first else {
        return (Vec::new(), None);
    };
    let recent = |instant: &Time| rules.window.is_zero() || now.since(*instant) <= rules.window;
    let made_up: Vec<Time> = match rules.catch_up {
        CatchUp::Skip => Vec::new(),
        CatchUp::Once => late
            .newest
            .back()
            .copied()
            .filter(recent)
            .into_iter()
            .collect(),
        CatchUp::All => late.newest.iter().copied().filter(recent).collect(),
    };
    let absence = match cause {
        Cause::Down { .. } => "the daemon was not running",
        Cause::Paused { .. } => "the scheduler was paused",
        Cause::Elapsed | Cause::SetForward | Cause::NewTime => {
            "the machine was suspended or too busy"
        }
    };
    let why = match (rules.catch_up, made_up.is_empty()) {
        (CatchUp::Once, false) => format!("{absence}; one execution makes up for all of them"),
        (CatchUp::All, false) => format!("{absence}; too old or too many to be made up"),
        (CatchUp::Skip | CatchUp::Once | CatchUp::All, _) => absence.to_string(),
    };
    let lost = late.count - made_up.len() as u64;
    let missed = (lost > 0).then_some(Missed {
        first,
        count: lost,
        why,
    });
    let fire = made_up
        .into_iter()
        .map(|instant| (instant, Source::Catchup))
        .collect();
    (fire, missed)
}
