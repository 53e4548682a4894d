//! Long gaps: plans compared with a walk over each occurrence, and bounds on their work.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::late::COUNTED_MAX;
use super::super::plan::*;
use super::super::rules::Rules;
use super::super::tick::{self, CLAIMS_MOST, Tick, WORK_MOST};
use super::{Concurrency, time};
use jobs_model::{CatchUp, Job, Source, Status};
use jobs_schedule::{Time, Zone};
use jobs_store::{HistoryFilter, Store};

/// How many occurrences that are late by at most a minute start at once.
const AT_ONCE: usize = 3;

/// The runs, the number of missed occurrences, and the next occurrence.
type Walked = (Vec<(Time, Source)>, u64, Option<Time>);

/// The runs, the number of missed occurrences and the next occurrence, from a walk over each occurrence. None when there are more than
/// a schedule of several lines is counted exactly for.
fn walked(rules: &Rules, due: Time, now: Time, cause: Cause) -> Option<Walked> {
    let lateness = match cause {
        Cause::Stepped { by } => LATENESS + by,
        _ => LATENESS,
    };
    let is_on_time = |at: Time| {
        now.since(at) <= lateness
            && match cause {
                Cause::Elapsed | Cause::Stepped { .. } => true,
                Cause::Down { since } | Cause::Paused { until: since } => at >= since,
                Cause::SetForward { to } | Cause::NewTime { to } => at >= to.floor_to_second(),
            }
    };
    let (mut late, mut fixed, mut on_time) = (VecDeque::new(), Vec::new(), VecDeque::new());
    let mut next = Some(due);
    while let Some(at) = next.filter(|at| *at <= now) {
        if is_on_time(at) {
            on_time.push_back(at);
            if on_time.len() > AT_ONCE {
                late.push_back(on_time.pop_front().unwrap());
            }
        } else {
            late.push_back(at);
        }
        next = rules.next_after(at);
        if late.len() as u64 >= COUNTED_MAX {
            return None;
        }
    }
    fixed.extend(late.iter().copied().filter(|at| rules.is_fixed(*at)));
    let within = |at: &&Time| rules.window.is_zero() || now.since(**at) <= rules.window;
    let made_up: Vec<Time> = match (cause, rules.catch_up) {
        (Cause::SetForward { .. }, _) => fixed.last().copied().into_iter().collect(),
        (Cause::NewTime { .. }, _) | (_, CatchUp::Skip) => Vec::new(),
        (_, CatchUp::Once) => late.back().filter(within).copied().into_iter().collect(),
        (_, CatchUp::All) => {
            let first = late.len().saturating_sub(CATCH_UP_MAX);
            late.iter().skip(first).filter(within).copied().collect()
        }
    };
    let missed = (late.len() - made_up.len()) as u64;
    let source = match cause {
        Cause::SetForward { .. } => Source::Cron,
        _ => Source::Catchup,
    };
    let fire = made_up
        .into_iter()
        .map(|at| (at, source))
        .chain(on_time.into_iter().map(|at| (at, Source::Cron)))
        .collect();
    Some((fire, missed, next))
}

#[test]
fn plans_of_random_gaps_agree_with_a_walk() {
    const EXPRS: [&str; 12] = [
        "* * * * * *",
        "*/7 * * * * *",
        "* * * * *",
        "*/5 * * * *",
        "0 * * * *",
        "30 2 * * *",
        "0 0 0-23 * * *",
        "15 3 * * 1-5",
        "@every 37s",
        "@every 4h",
        "30 2 * * *; */10 * * * *",
        "0 9 1,15 * *",
    ];
    const ZONES: [&str; 5] = [
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
    ];
    let mut random = fastrand::Rng::with_seed(17);
    let zones = ZONES.map(|name| Zone::find(name).unwrap());
    let mut compared = 0;
    while compared < 2_000 {
        let begin = Time::from_millis(random.i64(1_100_000_000..1_800_000_000) * 1000);
        let job = Job {
            cron_expr: random.choice(EXPRS).unwrap().to_string(),
            catch_up: random
                .choice([CatchUp::Skip, CatchUp::Once, CatchUp::All])
                .unwrap(),
            catch_up_window: *random.choice(&[0, 0, 90, 3_600, 86_400]).unwrap(),
            ..Job::named("job".to_string(), begin)
        };
        let zone = random.choice(&zones).unwrap();
        let rules = Rules::of(&job, zone, None).unwrap();
        let due = rules.next_after(begin).unwrap();
        let magnitude = random.u32(6..32);
        let now = due.plus(Duration::from_millis(random.u64(0..1 << magnitude)));
        let earlier = now.minus(Duration::from_secs(random.u64(0..400)));
        let by = Duration::from_secs(random.u64(1..300));
        let cause = *random
            .choice(&[
                Cause::Elapsed,
                Cause::Stepped { by },
                Cause::Down { since: now },
                Cause::Down { since: earlier },
                Cause::Paused { until: earlier },
                Cause::SetForward { to: now },
                Cause::NewTime { to: now },
            ])
            .unwrap();
        let Some((fire, missed, next)) = walked(&rules, due, now, cause) else {
            continue;
        };
        let due = Due {
            at: due,
            delay: Duration::ZERO,
        };
        let plan = plan(&rules, due, now, cause);
        let context = format!(
            "{} {cause:?} {due:?} {now:?} {:?}",
            job.cron_expr,
            zone.name()
        );
        assert_eq!(plan.fire, fire, "{context}");
        let counted: u64 = plan.missed.iter().map(|missed| missed.count).sum();
        assert_eq!(counted, missed, "{context}");
        assert_eq!(plan.next, next, "{context}");
        assert!(
            plan.claimed.is_some_and(|claimed| claimed <= now),
            "{context}"
        );
        compared += 1;
    }
}

fn job(expr: &str, catch_up: CatchUp) -> Job {
    Job {
        cron_expr: expr.to_string(),
        catch_up,
        ..Job::named("job".to_string(), Time::from_millis(0))
    }
}

#[test]
fn plan_of_decades_takes_a_bounded_number_of_steps() {
    let now = time("2026-11-30T12:00:00.250Z");
    let due = Due {
        at: time("1970-01-01T00:05:00Z"),
        delay: Duration::ZERO,
    };
    let causes = [
        Cause::Elapsed,
        Cause::Down { since: now },
        Cause::SetForward { to: now },
        Cause::NewTime { to: now },
    ];
    for expr in [
        "* * * * * *",
        "*/5 * * * *",
        "5 0 * * *",
        "5 0 1 1 *",
        "*/5 * * * *; 5 0 * * *",
    ] {
        for zone in ["UTC", "Europe/Berlin", "Africa/Casablanca"] {
            for catch_up in [CatchUp::Skip, CatchUp::Once, CatchUp::All] {
                for cause in causes {
                    let zone = Zone::find(zone).unwrap();
                    let rules = Rules::of(&job(expr, catch_up), &zone, None).unwrap();
                    let plan = plan(&rules, due, now, cause);
                    assert!(
                        plan.steps < 12_000,
                        "{expr} {catch_up:?} {cause:?}: {plan:?}"
                    );
                    assert!(plan.fire.len() <= CATCH_UP_MAX + AT_ONCE);
                    let says_at_least = plan
                        .missed
                        .iter()
                        .any(|missed| missed.why.contains("at least"));
                    assert_eq!(
                        says_at_least,
                        expr.contains(';'),
                        "{expr} {cause:?}: {plan:?}"
                    );
                    if catch_up == CatchUp::Skip && !expr.contains(';') {
                        assert!(plan.steps < 600, "{expr} {cause:?}: {}", plan.steps);
                    }
                }
            }
        }
    }
}

#[test]
fn plan_of_a_freeze_of_a_minute_starts_few_at_once() {
    let due = time("2026-11-30T12:00:00Z");
    let now = due.plus(Duration::from_secs(59));
    for (catch_up, starts, missed) in [
        (CatchUp::Skip, AT_ONCE, Some(57)),
        (CatchUp::Once, AT_ONCE + 1, Some(56)),
        (CatchUp::All, 60, None),
    ] {
        let rules = Rules::of(&job("* * * * * *", catch_up), &Zone::utc(), None).unwrap();
        let due = Due {
            at: due,
            delay: Duration::ZERO,
        };
        let plan = plan(&rules, due, now, Cause::Elapsed);
        assert_eq!(plan.fire.len(), starts, "{catch_up:?}");
        assert_eq!(plan.fire.last(), Some(&(now, Source::Cron)));
        let counted = plan.missed.first().map(|missed| missed.count);
        assert_eq!(counted, missed, "{catch_up:?}");
    }
}

/// Ticks of a store with many jobs that have been due since 1970.
#[test]
fn tick_after_decades_claims_many_jobs_in_bounded_transactions() {
    const JOBS: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("jobs.db")).unwrap();
    let now = time("2026-11-30T12:00:01Z");
    let zone = Zone::find("Europe/Berlin").unwrap();
    store
        .write(|tx| {
            for number in 0..JOBS {
                let at = Time::from_millis(300_000);
                tx.insert_job(&Job {
                    name: format!("j{number}"),
                    next_at: Some(at),
                    scheduled_at: Some(at),
                    catch_up: [CatchUp::Skip, CatchUp::Once][number % 2],
                    ..job("*/5 * * * *", CatchUp::Skip)
                })?;
            }
            Ok(())
        })
        .unwrap();
    let mut pages = 0;
    loop {
        let tick = Tick {
            zone: zone.clone(),
            concurrency: Concurrency::new(1, 1),
            now,
            cause: Cause::NewTime { to: now },
            claims: CLAIMS_MOST,
            newest_first: pages % 2 == 1,
            is_ahead: false,
            replayed_until: None,
        };
        let effects = store.write(move |tx| tick::tick(tx, &tick)).unwrap();
        pages += 1;
        if !effects.more {
            break;
        }
        assert!(pages < 100);
    }
    // 57 years of clock changes in Berlin are more work than one transaction of so many jobs may do.
    assert!(pages > JOBS / CLAIMS_MOST as usize + 1, "{pages} pages");
    assert!(WORK_MOST * pages as u64 >= 100 * JOBS as u64);
    let rows = store
        .read(|reader| reader.history(&HistoryFilter::default(), i64::MAX))
        .unwrap();
    assert_eq!(rows.len(), JOBS);
    for row in rows {
        assert_eq!(row.status, Status::Missed);
        assert!(row.count > 5_900_000, "{}", row.count);
    }
}
