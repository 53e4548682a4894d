//! Durations as people write them: `90s`, `1h30m`, `1.5h`, `2d`.

use std::time::Duration;

use super::error::SyntaxError;
use jobs_error::Result;
use jobs_text::quoted;

/// Upper bound on a duration, in seconds: 100 years.
const LONGEST: u64 = 100 * 366 * 86_400;

/// The units and their length in seconds. The first name of each is the short one.
const UNITS: [(&[&str], u64); 5] = [
    (&["w", "week", "weeks"], 604_800),
    (&["d", "day", "days"], 86_400),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600),
    (&["m", "min", "mins", "minute", "minutes"], 60),
    (&["s", "sec", "secs", "second", "seconds"], 1),
];

/// Parses a duration of whole seconds: `90s`, `1h30m`, `1.5h`, `2d`, `1 hour 30 min`. A number without a unit is seconds.
///
/// # Errors
///
/// [`jobs_error::Error::Invalid`] of the field `duration`.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let seconds = seconds(text, 0).map_err(|error| error.in_text(text).in_field("duration"))?;
    Ok(Duration::from_secs(seconds))
}

/// Parses a duration into seconds. `at` is the byte offset of `text` in the whole schedule, for the position of an
/// error.
pub(super) fn seconds(text: &str, at: usize) -> Result<u64, SyntaxError> {
    let whole = at..at + text.len();
    let wrong = |problem: String| {
        SyntaxError::new(whole.clone(), problem)
            .hint("for example `90s`, `1h30m` or `2d`, in whole seconds")
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong("a duration is missing".to_owned()));
    }
    let mut total: u64 = 0;
    let mut first = true;
    while !rest.is_empty() {
        let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
        let length = rest.len() - rest.trim_start_matches(is_of_number).len();
        let (number, after) = rest.split_at(length);
        let after = after.trim_start();
        let letters = after.len()
            - after
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let (unit, after) = after.split_at(letters);
        if number.is_empty() {
            return Err(wrong(format!("{} is not a duration", quoted(text))));
        }
        let alone = first && after.is_empty();
        let scale = match UNITS.iter().find(|(names, _)| names.contains(&unit)) {
            Some((_, scale)) => *scale,
            None if unit.is_empty() && alone => 1,
            None if unit.is_empty() => {
                return Err(wrong(format!(
                    "the unit after {} is missing in {}",
                    quoted(number),
                    quoted(text)
                )));
            }
            None => {
                return Err(wrong(format!("{} is not a unit of time", quoted(unit))));
            }
        };
        let part = match number.split_once('.') {
            None => number
                .parse()
                .map_or(u64::MAX, |number: u64| number.saturating_mul(scale)),
            Some((whole, fraction)) => with_fraction(whole, fraction, scale).ok_or_else(|| {
                wrong(format!(
                    "{} is not a whole number of seconds",
                    quoted(&format!("{number}{unit}"))
                ))
            })?,
        };
        total = total.saturating_add(part);
        rest = after.trim_start();
        first = false;
    }
    if total > LONGEST {
        return Err(wrong(format!("{} is longer than 100 years", quoted(text))));
    }
    Ok(total)
}

/// The seconds of a number with a fraction; `None` when they are not whole, or the number is none.
fn with_fraction(whole: &str, fraction: &str, scale: u64) -> Option<u64> {
    // A week has 604,800 seconds, so no fraction with more digits is a whole number of them.
    const MOST_DIGITS: usize = 9;
    let fraction = fraction.trim_end_matches('0');
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > MOST_DIGITS
    {
        return None;
    }
    let parts = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let numerator = fraction.parse().unwrap_or(0_u64) * scale;
    let whole = whole.parse().unwrap_or(u64::MAX);
    numerator.is_multiple_of(parts).then(|| {
        whole
            .saturating_mul(scale)
            .saturating_add(numerator / parts)
    })
}

/// The shortest form, `1h30m`; zero is `0s`.
pub(super) fn short(seconds: u64) -> String {
    split(seconds)
        .map(|(count, names)| format!("{count}{}", names[0]))
        .collect()
}

/// The duration in words, `1 hour 30 minutes`. A single unit is written without the number: `minute`.
pub(super) fn in_words(seconds: u64) -> String {
    let parts: Vec<(u64, &[&str])> = split(seconds).collect();
    let word = |count: u64, names: &[&str]| {
        let plural = names[names.len() - 1];
        if count == 1 {
            plural.trim_end_matches('s').to_owned()
        } else {
            plural.to_owned()
        }
    };
    match parts.as_slice() {
        [(1, names)] => word(1, names),
        _ => {
            let words: Vec<String> = parts
                .iter()
                .map(|(count, names)| format!("{count} {}", word(*count, names)))
                .collect();
            words.join(" ")
        }
    }
}

/// The duration by units, from days down to seconds. Weeks are accepted as input but shown as days.
pub(super) fn split(seconds: u64) -> impl Iterator<Item = (u64, &'static [&'static str])> {
    let mut left = seconds;
    UNITS.into_iter().skip(1).filter_map(move |(names, scale)| {
        let count = left / scale;
        left %= scale;
        (count > 0 || (seconds == 0 && scale == 1)).then_some((count, names))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_duration_reads_and_shows_lengths() {
        for (text, seconds, shown, words) in [
            ("90s", 90, "1m30s", "1 minute 30 seconds"),
            ("90", 90, "1m30s", "1 minute 30 seconds"),
            ("1h30m", 5_400, "1h30m", "1 hour 30 minutes"),
            ("1 hour 30 min", 5_400, "1h30m", "1 hour 30 minutes"),
            ("2d", 172_800, "2d", "2 days"),
            ("1w", 604_800, "7d", "7 days"),
            ("60m", 3_600, "1h", "hour"),
            ("1d 1s", 86_401, "1d1s", "1 day 1 second"),
            ("0", 0, "0s", "0 seconds"),
            ("1.5h", 5_400, "1h30m", "1 hour 30 minutes"),
            ("0.5m", 30, "30s", "30 seconds"),
            ("2.0s", 2, "2s", "2 seconds"),
            (
                "1.50 hours 0.25m",
                5_415,
                "1h30m15s",
                "1 hour 30 minutes 15 seconds",
            ),
            ("0.125d", 10_800, "3h", "3 hours"),
            ("1.d", 86_400, "1d", "day"),
        ] {
            assert_eq!(parse_duration(text).unwrap().as_secs(), seconds, "{text}");
            assert_eq!(short(seconds), shown, "{text}");
            assert_eq!(in_words(seconds), words, "{text}");
            assert_eq!(parse_duration(shown).unwrap().as_secs(), seconds, "{shown}");
        }
    }

    #[test]
    fn parse_duration_of_other_text_names_problem() {
        for (text, problem) in [
            ("", "missing"),
            ("s", "is not a duration"),
            ("-5s", "is not a duration"),
            ("1.5s", "`1.5s` is not a whole number of seconds"),
            ("1.5", "`1.5` is not a whole number of seconds"),
            ("0.01m", "is not a whole number of seconds"),
            ("0.3333333333333h", "is not a whole number of seconds"),
            ("1.2.3h", "is not a whole number of seconds"),
            (".5h", "is not a whole number of seconds"),
            ("99999999999999999999.5h", "longer than"),
            ("500ms", "`ms` is not a unit"),
            ("1h30", "the unit after `30`"),
            ("5 x", "`x` is not a unit"),
            ("5M", "`M` is not a unit"),
            ("99999999999999999999d", "longer than"),
            ("5s!", "is not a duration"),
            ("5分", "the unit after `5`"),
        ] {
            let error = parse_duration(text).unwrap_err().to_string();
            assert!(
                error.starts_with("duration: ") && error.contains(problem),
                "{text}: {error}"
            );
        }
    }
}
