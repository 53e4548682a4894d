//! Compares runs with a clock that is walked step by step.

use jiff::civil::DateTime;

use super::naive::Naive;
use super::*;

#[test]
fn next_after_agrees_with_walk_over_days() {
    let mut random = Random(0x5EED_CAFE_F00D_1234);
    let utc = Zone::utc();
    let mut compared = 0;
    for _ in 0..400 {
        let naive = Naive::new(&mut random, false);
        let schedule = schedule(&naive.text);
        let first = jiff::civil::date(2024 + i16::try_from(random.below(8)).unwrap(), 1, 1);
        let start = first.at(12, 34, 30, 0);
        let expected = walk_days(&naive, start, 700, 25);
        let mut after = instant(start);
        for wall in &expected {
            let found = schedule.next_after(after, &utc, after);
            assert_eq!(
                found,
                Some(instant(*wall)),
                "{} after {}",
                naive.text,
                after.rfc3339(&utc)
            );
            after = instant(*wall);
        }
        compared += expected.len();
        if expected.len() < 25 {
            let end = instant(start).plus(std::time::Duration::from_secs(699 * 86_400));
            let found = schedule.next_after(after, &utc, after);
            assert!(
                found.is_none_or(|found| found > end),
                "{} has {found:?}",
                naive.text
            );
        }
    }
    assert!(compared > 5_000, "only {compared}");
}

/// The first runs after `start`, from loops over days, hours, minutes and seconds.
fn walk_days(naive: &Naive, start: DateTime, days: u32, most: usize) -> Vec<DateTime> {
    let mut found = Vec::new();
    let mut date = start.date();
    for _ in 0..days {
        if naive.has_day(date) {
            for &hour in &naive.hour {
                for &minute in &naive.minute {
                    for &second in &naive.second {
                        let wall = date.at(hour, minute, second, 0);
                        if wall > start {
                            found.push(wall);
                        }
                        if found.len() == most {
                            return found;
                        }
                    }
                }
            }
        }
        date = date.tomorrow().unwrap();
    }
    found
}

fn instant(wall: DateTime) -> Time {
    Zone::utc().instant(wall).unwrap()
}

#[test]
fn next_after_agrees_with_walk_over_clock_changes() {
    let mut random = Random(0x0DD5_EED0_0B5E_55ED);
    #[rustfmt::skip]
    let windows = [
        ("America/New_York", "2026-03-07T12:00:00Z"), ("America/New_York", "2026-10-31T12:00:00Z"),
        ("Europe/Berlin", "2026-03-28T12:00:00Z"), ("Europe/Berlin", "2026-10-24T12:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T00:00:00Z"), ("Australia/Lord_Howe", "2026-10-03T00:00:00Z"),
        ("Antarctica/Troll", "2026-03-28T12:00:00Z"), ("Antarctica/Troll", "2026-10-24T12:00:00Z"),
        ("America/Santiago", "2026-04-04T12:00:00Z"), ("America/Santiago", "2026-09-05T12:00:00Z"),
        ("Pacific/Chatham", "2026-04-04T00:00:00Z"), ("Pacific/Chatham", "2026-09-26T00:00:00Z"),
        ("America/Sao_Paulo", "2017-10-14T12:00:00Z"), ("America/Sao_Paulo", "2018-02-17T12:00:00Z"),
        ("Pacific/Apia", "2011-12-29T12:00:00Z"), ("Pacific/Kwajalein", "1993-08-20T00:00:00Z"),
        ("Asia/Pyongyang", "2018-05-04T00:00:00Z"), ("Asia/Pyongyang", "2015-08-14T00:00:00Z"),
    ];
    let mut compared = 0;
    for (name, start) in windows {
        let zone = zone(name);
        let walls = walls(&zone, time(start), 36 * 60);
        for _ in 0..40 {
            let naive = Naive::new(&mut random, true);
            let schedule = schedule(&naive.text);
            let expected = walk_clock(&naive, &walls);
            let mut after = walls[0].0;
            for expected in &expected {
                let found = schedule.next_after(after, &zone, after).unwrap();
                let shown = (found.rfc3339(&zone), expected.rfc3339(&zone));
                assert_eq!(
                    shown.0,
                    shown.1,
                    "{} in {name} after {}",
                    naive.text,
                    after.rfc3339(&zone)
                );
                after = *expected;
            }
            compared += expected.len();
        }
    }
    assert!(compared > 10_000, "only {compared}");
}

/// The wall clock time in each minute from `start` on.
fn walls(zone: &Zone, start: Time, minutes: i64) -> Vec<(Time, DateTime)> {
    let shown = |minute: i64| {
        let time = Time::from_millis(start.millis() + minute * 60_000);
        (time, zone.clock(super::zone::timestamp(time.second())))
    };
    (0..minutes).map(shown).collect()
}

/// The runs, minute by minute. The first minute is only the start of the walk.
fn walk_clock(naive: &Naive, walls: &[(Time, DateTime)]) -> Vec<Time> {
    let minute = jiff::SignedDuration::from_mins(1);
    let new_time = jiff::SignedDuration::from_hours(3);
    let mut found = Vec::new();
    let mut repeated_until = DateTime::MIN;
    for pair in walls.windows(2) {
        let ((_, before), (time, wall)) = (pair[0], pair[1]);
        let jump = wall.duration_since(before) - minute;
        let mut runs = naive.has(wall);
        if !naive.interval {
            if jump.is_positive() && jump < new_time {
                let mut skipped = before + minute;
                while skipped < wall {
                    runs |= naive.has(skipped);
                    skipped += minute;
                }
            }
            if jump.is_negative() {
                repeated_until = if -jump < new_time {
                    before + minute
                } else {
                    DateTime::MIN
                };
            }
            runs &= wall >= repeated_until;
        }
        if runs {
            found.push(time);
        }
    }
    found
}
