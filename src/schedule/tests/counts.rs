//! Compares the counts of runs with runs that are gone through one by one.

use std::time::Duration;

use super::naive::Naive;
use super::*;

/// The most runs that are gone through for one comparison.
const MOST: u64 = 3_000;

const ZONES: [&str; 12] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Pyongyang",
    "Africa/Casablanca",
    "Asia/Shanghai",
];

fn span(after: Time, until: Time) -> Span {
    Span {
        after,
        fixed_after: after,
        until,
        timing: None,
        enough: MOST + 1,
    }
}

/// The runs of the span, one by one; none when there are more than [`MOST`].
fn walked(schedule: &Schedule, zone: &Zone, span: Span) -> Option<u64> {
    let mut number = 0;
    let mut after = span.after;
    loop {
        let interval = schedule.next_of(Timing::Interval, after, zone, ANCHOR);
        let fixed = schedule.next_of(Timing::Fixed, after.max(span.fixed_after), zone, ANCHOR);
        let next = match span.timing {
            None => interval.into_iter().chain(fixed).min(),
            Some(Timing::Interval) => interval,
            Some(Timing::Fixed) => fixed,
        };
        match next.filter(|next| *next <= span.until) {
            Some(next) => after = next,
            None => return Some(number),
        }
        number += 1;
        if number > MOST {
            return None;
        }
    }
}

/// A random text: one line, sometimes `@every`, sometimes several lines.
fn text(random: &mut Random) -> String {
    let line = |random: &mut Random| match random.below(10) {
        0 => format!("@every {}s", 1 + random.below(100_000)),
        1..=5 => Naive::new(random, true).text,
        _ => Naive::new(random, false).text,
    };
    let mut text = line(random);
    while random.chance(12) {
        text = format!("{text}; {}", line(random));
    }
    text
}

#[test]
fn count_of_random_schedules_zones_and_gaps_agrees_with_a_walk() {
    let mut random = Random(0x00C0_0417_5EED_0001);
    let zones = ZONES.map(zone);
    let (mut compared, mut runs) = (0, 0);
    while compared < 2_000 {
        let text = text(&mut random);
        let schedule = schedule(&text);
        let zone = &zones[usize::try_from(random.below(12)).unwrap()];
        let after = Time::from_millis(i64::from(random.below(1_800_000_000)) * 1000 + 250);
        let magnitude = random.below(29);
        let length = 1 + u64::from(random.below(1 << magnitude));
        let until = after.plus(Duration::from_secs(length));
        let span = Span {
            fixed_after: if random.chance(15) {
                after.plus(Duration::from_secs(length / 3))
            } else {
                after
            },
            timing: random.pick(&[None, None, Some(Timing::Fixed), Some(Timing::Interval)]),
            ..span(after, until)
        };
        let Some(expected) = walked(&schedule, zone, span) else {
            continue;
        };
        let count = schedule.count(span, zone, ANCHOR);
        assert_eq!(
            (count.number, count.is_cut),
            (expected, false),
            "`{text}` in {} from {} to {}, {span:?}",
            zone.name(),
            after.rfc3339(zone),
            until.rfc3339(zone)
        );
        compared += 1;
        runs += expected;
    }
    assert!(runs > 100_000, "only {runs}");
}

#[test]
fn count_around_each_clock_change_agrees_with_a_walk() {
    let mut random = Random(0x00C0_0417_5EED_0002);
    for name in ZONES {
        let zone = zone(name);
        let changes: Vec<i64> = zone
            .changes_after(time("2005-01-01T00:00:00Z").second())
            .take(24)
            .map(|change| change.at)
            .collect();
        for at in changes {
            let before = i64::from(random.below(8 * 3600));
            let after = Time::from_millis((at - before) * 1000);
            let until = after.plus(Duration::from_secs(u64::from(random.below(16 * 3600))));
            for text in [
                "* * * * *",
                "*/7 * * * *",
                "0-59 0-23 * * *",
                "17 0-23 * * *",
                "0,30 1-4 * * *",
                "0 0 0 * * *",
            ] {
                let schedule = schedule(text);
                let span = span(after, until);
                let expected = walked(&schedule, &zone, span).unwrap();
                let count = schedule.count(span, &zone, ANCHOR).number;
                let from = after.rfc3339(&zone);
                assert_eq!(count, expected, "`{text}` in {name} from {from}");
            }
        }
    }
}

#[test]
fn count_of_decades_takes_a_bounded_number_of_steps() {
    let (begin, end) = (time("1970-01-01T00:00:00Z"), time("2026-11-30T00:00:00Z"));
    let seconds = u64::try_from(end.second() - begin.second()).unwrap();
    for (text, expected, most) in [
        ("* * * * * *", Some(seconds), 200),
        ("*/5 * * * *", Some(seconds / 300), 200),
        ("0 3 * * *", None, 200),
        ("0 0 29 2 *", Some(14), 200),
        ("@every 1s", Some(0), 1),
        ("@at 2020-01-01T00:00:00", Some(1), 1),
        ("@reboot", Some(0), 0),
        ("* * * * * *; 0 3 * * *", Some(seconds), MOST + 600),
    ] {
        for name in ZONES {
            let schedule = schedule(text);
            let count = schedule.count(span(begin, end), &zone(name), ANCHOR);
            assert!(count.steps <= most, "`{text}` in {name}: {count:?}");
            let is_merged = text.contains(';');
            assert_eq!(count.is_cut, is_merged, "`{text}` in {name}");
            if name == "UTC"
                && let Some(expected) = expected
            {
                let of_every = if text == "@every 1s" {
                    u64::try_from(end.second() - ANCHOR.second()).unwrap()
                } else {
                    expected
                };
                assert_eq!(count.number, of_every, "`{text}`");
            }
        }
    }
}

#[test]
fn count_of_a_millennium_is_cut_off_and_says_so() {
    let schedule = schedule("* * * * * *");
    let (begin, end) = (time("1970-01-01T00:00:00Z"), time("9999-01-01T00:00:00Z"));
    let count = schedule.count(span(begin, end), &zone("Europe/Berlin"), ANCHOR);
    assert!(count.is_cut && count.steps < 300, "{count:?}");
    assert!(count.number > 3_000_000_000, "{count:?}");
}
