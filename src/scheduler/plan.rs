//! What is due of a job at an instant? A plain function: the time is an argument.

use std::time::Duration;

use super::rules::Rules;
use crate::model::{CatchUp, Source};
use crate::schedule::Time;

/// How late an occurrence may start while the daemon is up before it counts as missed.
pub const LATENESS: Duration = Duration::from_secs(60);

/// How many missed occurrences are made up at most, by `catch_up: all`.
pub const CATCH_UP_MAX: usize = 100;

/// How many occurrences are counted one by one; past that the count says "at least".
const COUNTED_MAX: u64 = 1_000_000;

/// Why the clock stands past an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Time went by while the daemon was up (it may have been suspended with the machine).
    Elapsed,
    /// The daemon was not there before `since`.
    Down { since: Time },
    /// Somebody set the clock forward, by less than three hours.
    SetForward,
    /// Somebody set the clock forward by three hours or more.
    NewTime,
}

/// When a job has been due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The occurrence.
    pub at: Time,
    /// By how much it was delayed on purpose.
    pub delay: Duration,
}

/// What is to be done about a job now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The occurrences to run, the oldest first.
    pub fire: Vec<(Time, Source)>,
    /// The occurrences that will not run.
    pub missed: Option<Missed>,
    /// The next occurrence.
    pub next: Option<Time>,
}

/// A range of occurrences that will not run, as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    pub first: Time,
    pub count: u64,
    pub why: String,
}

/// What to do at `now` about a job that is due.
pub fn plan(rules: &Rules, due: Due, now: Time, cause: Cause) -> Plan {
    let mut on_time = Vec::new();
    let mut late = Late::default();
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
            Cause::Down { since } => is_recent && at.plus(delay) >= since,
            // Only what is due at this very second is due by the new time.
            Cause::SetForward | Cause::NewTime => at >= now.floor_to_second(),
        };
        if is_on_time {
            on_time.push((at, Source::Cron));
        } else if cause != Cause::SetForward || rules.is_fixed(at) {
            // Set forward, an interval line follows elapsed time: for it nothing has been skipped.
            late.add(at);
        }
        next = rules.next_after(at);
    }
    let (mut fire, missed) = match cause {
        Cause::SetForward => once_for_all(late),
        Cause::NewTime => (Vec::new(), late.as_missed(NEW_TIME)),
        Cause::Elapsed | Cause::Down { .. } => make_up(rules, late, now, cause),
    };
    fire.append(&mut on_time);
    Plan { fire, missed, next }
}

const NEW_TIME: &str = "the clock was set forward by three hours or more";

/// Occurrences that are late: how many, and the newest of them.
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

/// A fixed job whose times were skipped by a set clock runs once, for the last of them.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Job;
    use crate::schedule::Zone;

    const MINUTE: i64 = 60_000;

    /// The daemon came up at the moment at which it looks.
    const DOWN: Cause = Cause::Down {
        since: Time::from_millis(i64::MAX),
    };

    fn at(minutes: i64) -> Time {
        Time::from_millis(minutes * MINUTE)
    }

    struct Row {
        what: &'static str,
        expr: &'static str,
        catch_up: CatchUp,
        window: i64,
        due: Time,
        delay: Duration,
        now: Time,
        cause: Cause,
        fire: Vec<(Time, Source)>,
        missed: Option<(Time, u64)>,
        next: Option<Time>,
    }

    fn row(what: &'static str, expr: &'static str, due: Time, now: Time, cause: Cause) -> Row {
        Row {
            what,
            expr,
            catch_up: CatchUp::Skip,
            window: 0,
            due,
            delay: Duration::ZERO,
            now,
            cause,
            fire: Vec::new(),
            missed: None,
            next: None,
        }
    }

    #[test]
    fn what_is_due_is_run_once_and_what_is_late_follows_the_rules() {
        let every_minute = "* * * * *";
        let daily = "30 3 * * *";
        let half_past_three = at(210);
        for row in [
            Row {
                fire: vec![(at(5), Source::Cron)],
                next: Some(at(6)),
                ..row("on the second", every_minute, at(5), at(5), Cause::Elapsed)
            },
            Row {
                next: Some(at(6)),
                ..row("too early", every_minute, at(6), at(5), Cause::Elapsed)
            },
            Row {
                fire: vec![(at(5), Source::Cron), (at(6), Source::Cron)],
                next: Some(at(7)),
                ..row(
                    "a minute late is not missed",
                    every_minute,
                    at(5),
                    at(6),
                    Cause::Elapsed,
                )
            },
            Row {
                fire: vec![(at(9), Source::Cron), (at(10), Source::Cron)],
                missed: Some((at(5), 4)),
                next: Some(at(11)),
                ..row(
                    "after a suspension",
                    every_minute,
                    at(5),
                    at(10),
                    Cause::Elapsed,
                )
            },
            Row {
                missed: Some((at(5), 6)),
                next: Some(at(11)),
                ..row("down, skip", every_minute, at(5), at(10), DOWN)
            },
            Row {
                fire: vec![(at(10), Source::Cron)],
                missed: Some((at(5), 5)),
                next: Some(at(11)),
                ..row(
                    "up again before the last one",
                    every_minute,
                    at(5),
                    at(10),
                    Cause::Down { since: at(10) },
                )
            },
            Row {
                catch_up: CatchUp::Once,
                fire: vec![(at(10), Source::Catchup)],
                missed: Some((at(5), 5)),
                next: Some(at(11)),
                ..row("down, once", every_minute, at(5), at(10), DOWN)
            },
            Row {
                catch_up: CatchUp::All,
                fire: (5..=10)
                    .map(|minute| (at(minute), Source::Catchup))
                    .collect(),
                next: Some(at(11)),
                ..row("down, all", every_minute, at(5), at(10), DOWN)
            },
            Row {
                catch_up: CatchUp::All,
                window: 120,
                fire: (8..=10)
                    .map(|minute| (at(minute), Source::Catchup))
                    .collect(),
                missed: Some((at(5), 3)),
                next: Some(at(11)),
                ..row(
                    "down, all within a window",
                    every_minute,
                    at(5),
                    at(10),
                    DOWN,
                )
            },
            Row {
                catch_up: CatchUp::All,
                fire: (901..=1000)
                    .map(|minute| (at(minute), Source::Catchup))
                    .collect(),
                missed: Some((at(1), 900)),
                next: Some(at(1001)),
                ..row("down, all, too many", every_minute, at(1), at(1000), DOWN)
            },
            Row {
                fire: vec![(half_past_three, Source::Cron)],
                next: Some(at(210 + 1440)),
                ..row(
                    "set forward past a fixed job",
                    daily,
                    half_past_three,
                    at(300),
                    Cause::SetForward,
                )
            },
            Row {
                fire: vec![(at(40), Source::Cron)],
                missed: Some((at(20), 1)),
                next: Some(at(24 * 60 + 20)),
                ..row(
                    "set forward past two times of a fixed job",
                    "20,40 0 * * *",
                    at(20),
                    at(60),
                    Cause::SetForward,
                )
            },
            Row {
                fire: vec![(at(40), Source::Cron)],
                next: Some(at(70)),
                ..row(
                    "set forward past both natures",
                    "40 0 * * *; */10 * * * *",
                    at(20),
                    at(65),
                    Cause::SetForward,
                )
            },
            Row {
                missed: Some((at(5), 236)),
                next: Some(at(241)),
                ..row(
                    "a new time",
                    every_minute,
                    at(5),
                    at(240).plus(Duration::from_secs(5)),
                    Cause::NewTime,
                )
            },
            Row {
                fire: vec![(at(5), Source::Cron)],
                delay: Duration::from_secs(50 * 60),
                next: Some(at(65)),
                ..row(
                    "delayed on purpose",
                    "5 * * * *",
                    at(5),
                    at(55),
                    Cause::Elapsed,
                )
            },
            Row {
                delay: Duration::from_secs(10 * 60),
                missed: Some((at(5), 1)),
                next: Some(at(65)),
                ..row(
                    "delayed and late",
                    "5 * * * *",
                    at(5),
                    at(55),
                    Cause::Elapsed,
                )
            },
            Row {
                fire: vec![(at(10), Source::Cron)],
                next: Some(at(11)),
                ..row(
                    "set forward past an interval job",
                    every_minute,
                    at(5),
                    at(10),
                    Cause::SetForward,
                )
            },
        ] {
            let job = Job {
                cron_expr: row.expr.to_string(),
                catch_up: row.catch_up,
                catch_up_window: row.window,
                ..Job::named("job".to_string(), at(0))
            };
            let rules = Rules::of(&job, &Zone::utc(), None).unwrap();
            let due = Due {
                at: row.due,
                delay: row.delay,
            };
            let plan = plan(&rules, due, row.now, row.cause);
            assert_eq!(plan.fire, row.fire, "{}", row.what);
            let missed = plan.missed.map(|missed| (missed.first, missed.count));
            assert_eq!(missed, row.missed, "{}", row.what);
            assert_eq!(plan.next, row.next, "{}", row.what);
        }
    }

    #[test]
    fn a_year_of_seconds_is_counted_within_bounds() {
        let job = Job {
            cron_expr: "* * * * * *".to_string(),
            ..Job::named("job".to_string(), at(0))
        };
        let rules = Rules::of(&job, &Zone::utc(), None).unwrap();
        let due = Due {
            at: at(0),
            delay: Duration::ZERO,
        };
        let plan = plan(&rules, due, at(525_600), DOWN);
        assert_eq!(plan.missed.map(|missed| missed.count), Some(COUNTED_MAX));
        assert_eq!(plan.next, Some(at(525_600).plus(Duration::from_secs(1))));
    }
}
