//! A year in six time zones, with both clock changes of daylight saving time.

use super::{World, shown, time};
use jobs_model::Job;
use jobs_schedule::{Time, Zone};

/// Expected runs of a job at a fixed time of day, from the calendar alone: the first instant at which the clock shows that time, or
/// else the first instant after the gap.
fn promised_daily(
    zone: &jiff::tz::TimeZone,
    hour: i8,
    minute: i8,
    from: Time,
    to: Time,
) -> Vec<Time> {
    let of = |instant: jiff::Timestamp| Time::from_millis(instant.as_millisecond());
    let at = |time: Time| jiff::Timestamp::from_millisecond(time.millis()).unwrap();
    let mut found = Vec::new();
    let mut date = zone.to_datetime(at(from)).date();
    while date <= zone.to_datetime(at(to)).date() {
        let ambiguous = zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
        let instant = match ambiguous.offset() {
            jiff::tz::AmbiguousOffset::Gap { .. } => {
                let after = ambiguous.later().unwrap();
                zone.preceding(after).next().unwrap().timestamp()
            }
            _ => ambiguous.earlier().unwrap(),
        };
        if of(instant) > from && of(instant) <= to {
            found.push(of(instant));
        }
        date = date.tomorrow().unwrap();
    }
    found
}

/// Expected runs of a job that follows elapsed time: each instant at which the clock shows one of the minutes in one of the hours.
fn promised_interval(
    zone: &jiff::tz::TimeZone,
    hours: std::ops::Range<i8>,
    every: i8,
    from: Time,
    to: Time,
) -> Vec<Time> {
    (from.millis() / 60_000 + 1..=to.millis() / 60_000)
        .filter(|minute| {
            let instant = jiff::Timestamp::from_second(minute * 60).unwrap();
            let clock = zone.to_datetime(instant);
            hours.contains(&clock.hour()) && clock.minute() % every == 0 && clock.second() == 0
        })
        .map(|minute| Time::from_millis(minute * 60_000))
        .collect()
}

#[test]
fn history_of_a_year_with_both_clock_changes_has_the_expected_runs() {
    let places = [
        ("America/New_York", 2026),
        ("Europe/London", 2026),
        ("Australia/Sydney", 2026),
        ("Australia/Lord_Howe", 2026),
        ("America/Sao_Paulo", 2017),
        ("Asia/Shanghai", 2026),
    ];
    std::thread::scope(|scope| {
        for (name, year) in places {
            scope.spawn(move || a_year_in(name, year));
        }
    });
}

fn a_year_in(name: &str, year: i32) {
    let begin = time(&format!("{year}-01-01T00:00:00Z"));
    let end = time(&format!("{}-01-01T00:00:00Z", year + 1));
    let world = World::new(begin, end, &[]);
    let in_zone = |job: &mut Job| job.timezone = Some(name.to_string());
    // The zones cover each kind of change: at midnight (Sao Paulo), at 1 (London), at 2, by half an hour.
    world.add("fixed 0:15", "15 0 * * *", in_zone);
    world.add("fixed 1:30", "30 1 * * *", in_zone);
    world.add("fixed 2:15", "15 2 * * *", in_zone);
    world.add("interval", "*/30 0-2 * * *", in_zone);
    world.run();
    let zone = Zone::find(name).unwrap();
    let rules = jiff::tz::TimeZone::get(name).unwrap();
    for (job, expected) in [
        ("fixed 0:15", promised_daily(&rules, 0, 15, begin, end)),
        ("fixed 1:30", promised_daily(&rules, 1, 30, begin, end)),
        ("fixed 2:15", promised_daily(&rules, 2, 15, begin, end)),
        ("interval", promised_interval(&rules, 0..3, 30, begin, end)),
    ] {
        let found = shown(&world.firings(job), &zone);
        let expected = shown(&expected, &zone);
        assert!(expected.len() >= 364, "{name} {job}: {}", expected.len());
        let differs = found.iter().zip(&expected).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{name} {job}");
        assert_eq!(found.len(), expected.len(), "{name} {job}");
        let rows = world.history(job);
        assert_eq!(rows.len(), found.len(), "{name} {job}: nothing was missed");
    }
}
