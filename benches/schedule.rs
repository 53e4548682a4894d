//! The time to find a next run: our schedules with seconds, zones and clock changes, against saffron alone, which has
//! none of them. Our schedules use saffron to evaluate minute, hour, day and month.
//!
//! `cargo bench --bench schedule`

use std::hint::black_box;
use std::time::{Duration, Instant};

use jobs::schedule::{Schedule, Time, Zone};

/// The rows: our expression, the same for saffron (`None` if it has no such syntax), and the zone.
const ROWS: [(&str, Option<&str>, &str); 11] = [
    ("*/15 * * * *", Some("*/15 * * * *"), "UTC"),
    ("*/15 * * * *", Some("*/15 * * * *"), "America/New_York"),
    ("30 3 * * *", Some("30 3 * * *"), "America/New_York"),
    ("* * * * * *", Some("* * * * *"), "America/New_York"),
    ("0 9 * * MON-FRI", Some("0 9 * * 2-6"), "Europe/Berlin"),
    ("0 0 1,15W,L * *", None, "Europe/Berlin"),
    ("0 0 */2 * FRI#3", None, "Europe/Berlin"),
    ("0 0 1 1 *", Some("0 0 1 1 *"), "Australia/Lord_Howe"),
    // An expression that never matches.
    ("0 0 30 2 *", Some("0 0 30 2 *"), "America/New_York"),
    ("0 0 31W 2 *", None, "America/New_York"),
    // A 29th of February that is a Sunday, once in 28 years.
    ("0 0 29 2 */7", None, "America/New_York"),
];

/// The time of one call in nanoseconds: the best of several rounds, each over instants spread over 40 years.
fn nanoseconds(mut call: impl FnMut(i64)) -> f64 {
    const ROUND: Duration = Duration::from_millis(60);
    let mut best = f64::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        let mut calls = 0u32;
        while began.elapsed() < ROUND {
            for _ in 0..16 {
                // From 2025 to 2065, in steps that reach each time of day.
                call(1_735_689_600 + i64::from(calls) * 7_919_333 % 1_262_304_000);
                calls += 1;
            }
        }
        best = best.min(began.elapsed().as_nanos() as f64 / f64::from(calls));
    }
    best
}

fn main() {
    println!(
        "{:<18} {:<20} {:>12} {:>12} {:>7}",
        "schedule", "zone", "saffron, us", "jobs, us", "ratio"
    );
    for (text, plain, zone) in ROWS {
        let schedule = Schedule::parse(text).expect("it is a schedule");
        let zone = Zone::find(zone).expect("it is in the database");
        let ours = nanoseconds(|second| {
            let after = Time::from_millis(second * 1_000);
            black_box(schedule.next_after(black_box(after), &zone, after));
        });
        let limit = plain.map(|plain| {
            let cron: saffron::Cron = plain.parse().expect("saffron reads it");
            nanoseconds(|second| {
                let after = chrono::DateTime::from_timestamp(second, 0).expect("it is in range");
                black_box(cron.next_after(black_box(after)));
            })
        });
        let (limit_text, ratio) = match limit {
            Some(limit) => (
                format!("{:.3}", limit / 1e3),
                format!("{:.1}", ours / limit),
            ),
            None => ("-".to_string(), "-".to_string()),
        };
        println!(
            "{text:<18} {:<20} {limit_text:>12} {:>12.3} {ratio:>7}",
            zone.name(),
            ours / 1e3
        );
    }
}
