//! Formats times, durations and sizes for people.

use std::time::Duration;

use jobs_model::Status;
use jobs_schedule::{Language, Time, Zone};

use super::out::Highlight;
pub use jobs_text::{duration, join_words, shell_word, visible};

/// `in 4 min`, `3 h ago`, `now`.
pub fn relative(time: Time, now: Time) -> String {
    let distance = if time >= now {
        time.since(now)
    } else {
        now.since(time)
    };
    match (distance.as_secs(), time >= now) {
        (0, _) => "now".to_string(),
        (_, true) => format!("in {}", rough(distance)),
        (_, false) => format!("{} ago", rough(distance)),
    }
}

/// The local time, or `otherwise` without one.
pub fn clock(at: Option<Time>, otherwise: &str) -> String {
    at.map_or_else(|| otherwise.to_string(), |at| at.local(&Zone::system()))
}

/// The time if `at` is today, the day and the time if it is in this year, else the date.
pub fn short_clock(at: Time, now: Time, zone: &Zone) -> String {
    let (then, today) = (at.local(zone), now.local(zone));
    // Both are `2026-12-01 10:00:00`.
    let shown = if then[..10] == today[..10] {
        &then[11..]
    } else if then[..4] == today[..4] {
        &then[5..16]
    } else {
        &then[..10]
    };
    shown.to_string()
}

/// A duration in its largest unit, rounded down.
fn rough(duration: Duration) -> String {
    const UNITS: [(u64, &str); 5] = [
        (31_536_000, "y"),
        (86_400, "d"),
        (3_600, "h"),
        (60, "min"),
        (1, "s"),
    ];
    let seconds = duration.as_secs();
    let (size, unit) = UNITS
        .into_iter()
        .find(|(size, _)| seconds >= *size)
        .unwrap_or((1, "s"));
    format!("{} {unit}", seconds / size)
}

/// `512 B`, `1.2 MB`.
pub fn size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes.max(0) as f64;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// The colour of a status; none while the execution has not ended.
pub fn highlight(status: Status) -> Option<Highlight> {
    match status {
        Status::Success => Some(Highlight::Good),
        Status::Failed | Status::Timeout | Status::Interrupted => Some(Highlight::Bad),
        Status::Missed | Status::Skipped | Status::Cancelled => Some(Highlight::Warn),
        Status::Queued | Status::Running => None,
    }
}

/// The language that was given, else that of the locale.
pub fn language(given: Option<&str>) -> Language {
    given
        .map(str::to_string)
        .or_else(locale)
        .map_or(Language::English, |locale| Language::of_locale(&locale))
}

/// The locale for messages: the first variable that is set, in the order of POSIX.
fn locale() -> Option<String> {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_has_one_unit() {
        let now = Time::from_millis(1_000_000_000_000);
        for (seconds, expected) in [
            (0, "now"),
            (5, "in 5 s"),
            (-5, "5 s ago"),
            (250, "in 4 min"),
            (-3 * 3_600 - 1, "3 h ago"),
            (90_000, "in 1 d"),
            (-40_000_000, "1 y ago"),
        ] {
            assert_eq!(
                relative(Time::from_millis(now.millis() + seconds * 1_000), now),
                expected
            );
        }
    }

    #[test]
    fn short_clock_leaves_out_today_and_this_year() {
        let utc = Zone::utc();
        let time = |text: &str| Time::parse_rfc3339(text).unwrap();
        let now = time("2026-11-24T23:59:58Z");
        for (at, expected) in [
            ("2026-11-24T23:59:59Z", "23:59:59"),
            ("2026-11-25T00:00:00Z", "11-25 00:00"),
            ("2027-01-01T00:00:00Z", "2027-01-01"),
        ] {
            assert_eq!(short_clock(time(at), now, &utc), expected);
        }
    }

    #[test]
    fn size_uses_the_largest_unit() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_234_567, "1.2 MB"),
            (2_147_483_648, "2.1 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
