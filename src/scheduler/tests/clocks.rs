//! Clocks that are set back or forward, and the rows that limits, stops and skips leave in the history.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Hands, TestClock, World, shown, time};
use jobs_clock::Reading;
use jobs_model::{Execution, Source, Status};
use jobs_schedule::{Time, Zone};

/// The times of day in UTC, without seconds.
fn minutes_of_day(times: impl IntoIterator<Item = Time>) -> Vec<String> {
    times
        .into_iter()
        .map(|at| at.local(&Zone::utc())[11..16].to_string())
        .collect()
}

#[test]
fn run_with_clock_set_by_hours_skips_and_repeats_by_the_rules() {
    let begin = time("2026-05-01T00:00:00Z");
    let end = time("2026-05-01T12:00:00Z");
    // The clock is set forward by two hours at 1:10, back by two at 4:10, forward by five at 5:10.
    let set = [
        ("2026-05-01T01:10:00Z", "2026-05-01T03:10:00Z"),
        ("2026-05-01T04:10:00Z", "2026-05-01T02:10:00Z"),
        ("2026-05-01T05:10:00Z", "2026-05-01T10:10:00Z"),
    ]
    .map(|(at, to)| (time(at), time(to)));
    let world = World::new(begin, end, &set);
    world.add("hourly", "0 * * * *", |_| {});
    world.add("at 2:30", "30 2 * * *", |_| {});
    world.add("often", "20,40 1-5 * * *", |_| {});
    world.add("at 4:30", "30 4 * * *", |_| {});
    world.add("both", "30 2 * * *; 0 */2 * * *", |_| {});
    world.add("at 7", "0 7 * * *", |_| {});
    world.run();
    let clock = |job: &str| minutes_of_day(world.firings(job));
    let missed = |job: &str| -> Vec<(String, i64)> {
        let rows = world.history(job);
        rows.iter()
            .filter(|row| row.status == Status::Missed)
            .map(|row| {
                (
                    row.scheduled_at.local(&Zone::utc())[11..16].to_string(),
                    row.count,
                )
            })
            .collect()
    };
    // The interval job follows elapsed time: no 2:00 and 3:00 when the clock is set forward, both after it is set back.
    assert_eq!(
        clock("hourly"),
        [
            "01:00", "04:00", "03:00", "04:00", "05:00", "11:00", "12:00"
        ]
    );
    assert_eq!(
        missed("hourly"),
        [("02:00".to_string(), 2), ("06:00".to_string(), 5)]
    );
    // The clock skipped 2:30, so the job runs once, at once. After the clock was set back, it does not run again.
    assert_eq!(clock("at 2:30"), ["02:30"]);
    // The clock skipped 1:20 to 3:00: the job runs once, for the last of them. Occurrences up to 4:10 do not run again.
    assert_eq!(
        clock("often"),
        ["02:40", "03:20", "03:40", "04:20", "04:40"]
    );
    assert_eq!(
        missed("often"),
        [("01:20".to_string(), 3), ("05:20".to_string(), 2)]
    );
    assert_eq!(clock("at 4:30"), ["04:30"]);
    // The fixed line does not run again, the interval line of the same job does.
    assert_eq!(clock("both"), ["02:30", "04:00", "04:00", "12:00"]);
    // Five hours are a new time: no occurrence is made up, and the history says so.
    assert!(clock("at 7").is_empty());
    assert_eq!(missed("at 7"), [("07:00".to_string(), 1)]);
}

#[test]
fn clock_set_far_back_counts_as_a_new_time() {
    let begin = time("2026-05-01T06:00:00Z");
    let end = time("2026-05-01T06:30:00Z");
    let set = [(time("2026-05-01T06:45:00Z"), time("2026-05-01T01:00:00Z"))];
    let mut world = World::new(begin, end, &[]);
    world.clock = Arc::new(TestClock(Mutex::new(Hands {
        reading: Reading {
            wall: begin,
            machine: Duration::ZERO,
        },
        set: set.into_iter().collect(),
        end: time("2026-05-01T06:50:00Z"),
        ended: world.ended.clone(),
        store: world.store.clone(),
    })));
    world.add("fixed", "40 6 * * *", |_| {});
    world.run();
    assert_eq!(
        shown(&world.firings("fixed"), &Zone::utc()),
        ["2026-05-01T06:40:00+00:00", "2026-05-01T06:40:00+00:00"]
    );
}

#[test]
fn history_of_limits_stops_and_skips_has_their_rows() {
    let begin = time("2026-05-01T00:00:30Z");
    let end = time("2026-05-01T00:20:30Z");
    let world = World::new(begin, end, &[]);
    world.add("limits", "* * * * *", |job| {
        job.start_at = Some(time("2026-05-01T00:05:00Z"));
        job.end_at = Some(time("2026-05-01T00:08:00Z"));
    });
    world.add("pause", "* * * * *", |job| {
        job.stopped_from = Some(time("2026-05-01T00:01:00Z"));
        job.stopped_until = Some(time("2026-05-01T00:10:00Z"));
    });
    world.add("skip", "* * * * *", |job| job.skip_next = 3);
    world.add("once", "@at 2026-05-01T00:03:00", |_| {});
    world.add("jitter", "* * * * *", |job| job.jitter = 50);
    world.run();
    let minutes = |times: &[Time]| -> Vec<i64> {
        times
            .iter()
            .map(|at| (at.millis() - begin.millis() + 30_000) / 60_000)
            .collect()
    };
    let job = |name: &str| {
        let name = name.to_string();
        world
            .store
            .read(|reader| reader.job_named(&name))
            .unwrap()
            .unwrap()
    };
    assert_eq!(minutes(&world.firings("limits")), [5, 6, 7, 8]);
    assert!(job("limits").stopped, "past its end it is stopped");
    assert_eq!(
        minutes(&world.firings("pause")),
        (10..=20).collect::<Vec<_>>()
    );
    let paused = &world.history("pause")[0];
    assert_eq!((paused.status, paused.count), (Status::Skipped, 9));
    assert_eq!(
        minutes(&world.firings("skip")),
        (4..=20).collect::<Vec<_>>()
    );
    let skipped = &world.history("skip")[0];
    assert_eq!((skipped.status, skipped.count), (Status::Skipped, 3));
    assert_eq!(job("skip").skip_next, 0);
    assert_eq!(minutes(&world.firings("once")), [3]);
    assert!(job("once").stopped);
    let rows = world.history("jitter");
    let runs: Vec<&Execution> = rows
        .iter()
        .filter(|row| row.source == Source::Cron)
        .collect();
    // The last run may still wait for its delay when the clock stops.
    assert!(runs.len() >= 19, "{}", runs.len());
    let mut delays = std::collections::BTreeSet::new();
    for row in &runs {
        delays.insert(row.jitter_ms.unwrap_or(0));
    }
    assert!(
        delays.len() > 10 && *delays.last().unwrap() <= 50_000,
        "{delays:?}"
    );
}

#[test]
fn clock_set_by_seconds_loses_and_repeats_no_run() {
    let begin = time("2026-05-01T11:50:00Z");
    let end = time("2026-05-01T18:30:00Z");
    // Forward by 13 seconds across 13:00, back by 4 across 15:00, as a time server does.
    let set = [
        ("2026-05-01T12:59:50Z", "2026-05-01T13:00:03Z"),
        ("2026-05-01T15:00:02Z", "2026-05-01T14:59:58Z"),
    ]
    .map(|(at, to)| (time(at), time(to)));
    let world = World::new(begin, end, &set);
    world.add("hourly", "0 * * * *", |_| {});
    world.add("every", "@every 1h", |_| {});
    world.add("fixed", "0 13,15 * * *", |_| {});
    world.run();
    let clock =
        |job: &str| minutes_of_day(world.history(job).into_iter().map(|row| row.scheduled_at));
    assert_eq!(
        clock("hourly"),
        [
            "12:00", "13:00", "14:00", "15:00", "16:00", "17:00", "18:00"
        ]
    );
    assert_eq!(
        clock("every"),
        ["12:50", "13:50", "14:50", "15:50", "16:50", "17:50"]
    );
    assert_eq!(clock("fixed"), ["13:00", "15:00"]);
}

#[test]
fn delayed_run_after_clock_set_back_still_runs() {
    let begin = time("2026-05-01T11:50:00Z");
    let end = time("2026-05-01T16:00:00Z");
    let set = [(
        time("2026-05-01T12:00:00.500Z"),
        time("2026-05-01T11:52:00Z"),
    )];
    let world = World::new(begin, end, &set);
    for number in 0..8 {
        world.add(&format!("jitter {number}"), "0 12 * * *", |job| {
            job.jitter = 1_200
        });
    }
    world.run();
    for number in 0..8 {
        let rows = world.history(&format!("jitter {number}"));
        assert_eq!(rows.len(), 1, "{rows:?}");
    }
}

#[test]
fn every_after_clock_set_back_past_its_anchor_continues() {
    let begin = time("2030-01-01T00:00:00Z");
    let world = World::new(
        begin,
        time("2030-01-01T00:30:00Z"),
        &[(time("2030-01-01T00:07:30Z"), time("2026-01-01T00:00:00Z"))],
    );
    world.clock.0.lock().unwrap().end = time("2026-01-01T00:30:00Z");
    world.add("every", "@every 5m", |_| {});
    world.run();
    assert!(
        world.firings("every").len() >= 6,
        "{:?}",
        world.firings("every")
    );
}

#[test]
fn clock_set_back_between_claim_and_instant_repeats_no_run() {
    let begin = time("2026-05-01T11:50:00Z");
    let end = time("2026-05-01T13:30:00Z");
    // 12:00 is claimed.
    let set = [(
        time("2026-05-01T11:59:59.980Z"),
        time("2026-05-01T11:00:00Z"),
    )];
    let world = World::new(begin, end, &set);
    world.add("fixed", "0 12,13 * * *", |_| {});
    world.add("interval", "0 * * * *", |_| {});
    world.run();
    let clock = |job: &str| minutes_of_day(world.firings(job));
    assert_eq!(clock("fixed"), ["12:00", "13:00"]);
    // The interval job follows elapsed time: another hour has elapsed.
    assert_eq!(clock("interval"), ["12:00", "12:00", "13:00"]);
}

#[test]
fn claimed_run_after_clock_set_back_a_little_starts_at_its_instant() {
    let begin = time("2026-05-01T11:59:00Z");
    let end = time("2026-05-01T12:00:30Z");
    let set = [(
        time("2026-05-01T11:59:59.980Z"),
        time("2026-05-01T11:59:59.930Z"),
    )];
    let world = World::new(begin, end, &set);
    world.add("noon", "0 12 * * *", |_| {});
    world.run();
    let rows = world.history("noon");
    assert_eq!(rows.len(), 1, "{rows:?}");
    let began = rows[0].started_at.unwrap();
    assert!(began >= time("2026-05-01T12:00:00Z"), "{began:?}");
}
