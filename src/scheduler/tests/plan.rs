//! Tables of due jobs and their plans.

use super::super::plan::*;
use super::super::rules::Rules;
use std::time::Duration;

use jobs_model::{CatchUp, Job, Source};
use jobs_schedule::{Time, Zone};

const MINUTE: i64 = 60_000;

/// The daemon started at `now`.
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
    missed: Vec<(Time, u64)>,
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
        missed: Vec::new(),
        next: None,
    }
}

#[test]
fn plan_of_due_and_late_occurrences_follows_the_rules() {
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
            missed: vec![(at(5), 4)],
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
            missed: vec![(at(5), 6)],
            next: Some(at(11)),
            ..row("down, skip", every_minute, at(5), at(10), DOWN)
        },
        Row {
            fire: vec![(at(10), Source::Cron)],
            missed: vec![(at(5), 5)],
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
            fire: vec![(at(10), Source::Cron)],
            missed: vec![(at(5), 5)],
            next: Some(at(11)),
            ..row(
                "paused until just before the last one",
                every_minute,
                at(5),
                at(10),
                Cause::Paused { until: at(10) },
            )
        },
        Row {
            catch_up: CatchUp::Once,
            fire: vec![(at(9), Source::Catchup), (at(10), Source::Cron)],
            missed: vec![(at(5), 4)],
            next: Some(at(11)),
            ..row(
                "paused, once",
                every_minute,
                at(5),
                at(10),
                Cause::Paused { until: at(10) },
            )
        },
        Row {
            catch_up: CatchUp::Once,
            fire: vec![(at(10), Source::Catchup)],
            missed: vec![(at(5), 5)],
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
            missed: vec![(at(5), 3)],
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
            missed: vec![(at(1), 900)],
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
                Cause::SetForward { to: at(300) },
            )
        },
        Row {
            fire: vec![(at(40), Source::Cron)],
            missed: vec![(at(20), 1)],
            next: Some(at(24 * 60 + 20)),
            ..row(
                "set forward past two times of a fixed job",
                "20,40 0 * * *",
                at(20),
                at(60),
                Cause::SetForward { to: at(60) },
            )
        },
        Row {
            fire: vec![(at(40), Source::Cron)],
            missed: vec![(at(20), 4)],
            next: Some(at(70)),
            ..row(
                "set forward past both natures",
                "40 0 * * *; */10 * * * *",
                at(20),
                at(65),
                Cause::SetForward { to: at(65) },
            )
        },
        Row {
            missed: vec![(at(5), 236)],
            next: Some(at(241)),
            ..row(
                "a new time",
                every_minute,
                at(5),
                at(240).plus(Duration::from_secs(5)),
                Cause::NewTime {
                    to: at(240).plus(Duration::from_secs(5)),
                },
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
            missed: vec![(at(5), 1)],
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
            missed: vec![(at(5), 5)],
            next: Some(at(11)),
            ..row(
                "set forward past an interval job",
                every_minute,
                at(5),
                at(10),
                Cause::SetForward { to: at(10) },
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
        let missed: Vec<(Time, u64)> = plan
            .missed
            .iter()
            .map(|missed| (missed.first, missed.count))
            .collect();
        assert_eq!(missed, row.missed, "{}", row.what);
        assert_eq!(plan.next, row.next, "{}", row.what);
    }
}

#[test]
fn plan_of_a_missed_year_of_seconds_counts_all_of_them() {
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
    assert_eq!(plan.missed[0].count, 525_600 * 60 + 1);
    assert_eq!(plan.next, Some(at(525_600).plus(Duration::from_secs(1))));
}
