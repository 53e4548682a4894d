//! Points in time as people write them: `2026-12-01 10:00`, `in 30m`, `now + 5 minutes`, `tomorrow 9:00`, `6pm`, `noon`.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil;

use super::duration;
use super::moment::Moment;
use super::time::Time;
use super::zone::{Zone, timestamp};
use jobs_error::{Error, Result};
use jobs_text::quoted;

/// The forms that a refusal shows.
const FORMS: &str = "for example `2026-12-01 10:00`, `2026-12-01T10:00:00+08:00`, `in 30m`, `tomorrow 9:00`, `6pm` or `10:00`";

/// Parses a point in time, to the second: `2026-12-01 10:00`, `2026-12-01T10:00:00+08:00`, `now`, `in 30m`, `now + 5
/// minutes`, `2h ago`, `today 18:00`, `tomorrow 9:00`, `fri 6pm`, `noon tomorrow`, `10:00`, `6pm`, `noon` or `midnight`
/// (a weekday and a time alone mean the next such time). A text without an offset is read in `zone`. A date may be in
/// the past.
///
/// A text with two meanings is refused: `6` is in the morning or in the evening, `tomorrow` is midnight or this time of
/// day, `2h` may be a time ahead or a time of day.
///
/// # Errors
///
/// [`Error::Invalid`] of the field `time`.
pub fn parse_when(text: &str, zone: &Zone, now: Time) -> Result<Time> {
    let lower = text
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if lower == "now" {
        return Ok(now.floor_to_second());
    }
    if let Some(distance) = distance(&lower) {
        return distance.from(now);
    }
    if let Some(refusal) = ambiguous(text, &lower) {
        return Err(refusal);
    }
    let today = zone.clock(timestamp(now.second())).date();
    let missing = || {
        refused(format!(
            "{} does not exist in {}",
            quoted(text),
            zone.name()
        ))
        .hint(FORMS)
    };
    if let Some((days, rest)) = day_and_rest(&lower, today) {
        if rest.is_empty() {
            let distance = match days.iter().all(|day| *day < 0) {
                true => "24h ago",
                false => "in 24h",
            };
            return Err(
                refused(format!("{} needs a time of day", quoted(text))).hint(format!(
                    "`{lower} 0:00` is when the day begins; for example `{lower} 9:00`, or `{distance}`"
                )),
            );
        }
        let Some(time) = time_of_day(rest) else {
            return Err(refused(format!(
                "{} needs a time of day: `{rest}` is none",
                quoted(text)
            ))
            .hint("for example `9:00`, `6pm` or `noon`"));
        };
        return next_of(days, today, time, zone, now).ok_or_else(missing);
    }
    if let Some(time) = time_of_day(&lower) {
        return next_of(&[0, 1, 2], today, time, zone, now).ok_or_else(missing);
    }
    if let Some(at) = date_and_time(&lower, zone) {
        return Ok(at);
    }
    let moment = Moment::parse(text.trim()).map_err(|problem| refused(problem).hint(FORMS))?;
    moment.time(zone).ok_or_else(missing)
}

fn refused(problem: String) -> Error {
    Error::invalid("time", problem)
}

/// A time that is given by its distance from now.
struct Distance<'a> {
    /// The text of a duration.
    length: &'a str,
    is_past: bool,
}

/// `in 30m`, `now + 5 minutes`, `+5m`, `2h ago` or `now - 2h`.
fn distance(lower: &str) -> Option<Distance<'_>> {
    let ahead = lower
        .strip_prefix("in ")
        .or_else(|| (lower == "in").then_some(""))
        .or_else(|| lower.strip_prefix("now")?.trim_start().strip_prefix('+'))
        .or_else(|| lower.strip_prefix('+'));
    let (length, is_past) = match ahead {
        Some(length) => (length, false),
        None => {
            let past = lower
                .strip_suffix(" ago")
                .or_else(|| lower.strip_prefix("now")?.trim_start().strip_prefix('-'));
            (past?, true)
        }
    };
    Some(Distance {
        length: length.trim(),
        is_past,
    })
}

impl Distance<'_> {
    fn from(&self, now: Time) -> Result<Time> {
        let plain = plain_duration(self.length);
        let seconds = duration::seconds(&plain, 0)
            .map_err(|error| refused(error.in_text(&plain).problem).hint(FORMS))?;
        let length = Duration::from_secs(seconds);
        if self.is_past {
            let millis = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
            let from = now.floor_to_second().millis();
            return Ok(Time::from_millis(from.saturating_sub(millis)));
        }
        // Round up the second that has begun, so that the result is never earlier than requested.
        let from = now.plus(Duration::from_millis(999)).floor_to_second();
        Ok(from.plus(length))
    }
}

/// `an hour and 30 minutes` as `1 hour 30 minutes`.
fn plain_duration(text: &str) -> String {
    let words = text.split([' ', ',']).filter_map(|word| match word {
        "" | "and" => None,
        "a" | "an" | "one" => Some("1"),
        word => Some(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A text that people use with different meanings, and what to write instead.
fn ambiguous(text: &str, lower: &str) -> Option<Error> {
    let shown = quoted(text);
    if let Ok(hour) = lower.parse::<u8>()
        && hour <= 24
    {
        return Some(match hour {
            1..=11 => refused(format!("{shown} is in the morning or in the evening"))
                .hint(format!("`{hour}:00` or `{hour}pm`, or `in {hour}m`")),
            _ => refused(format!("{shown} is no time of day"))
                .hint(format!("`{}:00`, or `in {hour}m`", hour % 24)),
        });
    }
    if duration::seconds(&plain_duration(lower), 0).is_ok() && !lower.contains('-') {
        return Some(
            refused(format!("{shown} is a duration"))
                .hint(format!("`in {lower}` is the time after it")),
        );
    }
    if lower == "tonight" {
        return Some(
            refused(format!("{shown} names no time of day"))
                .hint("for example `today 22:00` or `midnight`"),
        );
    }
    if lower.starts_with("next ") {
        return Some(
            refused(format!("{shown} has more than one meaning")).hint(
                "`fri 9:00` is the first such time from now on; or a date, `2026-12-01 10:00`",
            ),
        );
    }
    None
}

/// The candidate days that the first or the last word names, and the words beside it.
fn day_and_rest(lower: &str, today: civil::Date) -> Option<(&'static [i64], &str)> {
    let (first, rest) = lower.split_once(' ').unwrap_or((lower, ""));
    if let Some(days) = days_ahead(first, today) {
        return Some((days, rest.strip_prefix("at ").unwrap_or(rest)));
    }
    let (time, last) = lower.rsplit_once(' ')?;
    let days = days_ahead(last, today)?;
    Some((days, time.strip_suffix(" on").unwrap_or(time)))
}

/// The candidate days of a word, counted from today. Among several, the first one whose time is still to come is
/// taken.
fn days_ahead(word: &str, today: civil::Date) -> Option<&'static [i64]> {
    static WEEK: [i64; 14] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
    static SAME_DAY: [i64; 2] = [0, 7];
    static YESTERDAY: [i64; 1] = [-1];
    const DAYS: [&str; 7] = [
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
    ];
    match word {
        "today" => return Some(&WEEK[..1]),
        "tomorrow" => return Some(&WEEK[1..2]),
        "yesterday" => return Some(&YESTERDAY),
        _ => {}
    }
    let index = DAYS
        .iter()
        .position(|day| word == *day || (word.len() == 3 && day.starts_with(word)))?;
    let now = usize::try_from(today.weekday().to_sunday_zero_offset()).unwrap_or(0);
    match (index + 7 - now) % 7 {
        0 => Some(&SAME_DAY),
        ahead => Some(&WEEK[ahead..=ahead]),
    }
}

/// The first of the days on which the time of day is after `now`; the last day when there is none.
fn next_of(
    days: &[i64],
    today: civil::Date,
    time: civil::Time,
    zone: &Zone,
    now: Time,
) -> Option<Time> {
    let mut found = None;
    for days in days {
        let date = today.checked_add((*days).days()).ok()?;
        found = zone.instant(date.to_datetime(time)).or(found);
        if found.is_some_and(|time| time > now) {
            break;
        }
    }
    found
}

/// `2026-12-01 6pm`: a date and a time of day in words.
fn date_and_time(lower: &str, zone: &Zone) -> Option<Time> {
    let (date, rest) = lower.split_once(' ')?;
    let date: civil::Date = date.parse().ok()?;
    let time = time_of_day(rest.trim_start_matches("at "))?;
    zone.instant(date.to_datetime(time))
}

/// Parses `9:00`, `09:00`, `09:00:30`, `6pm`, `6:30 pm`, `noon`, `midnight` or `teatime` (16:00, as at(1) has it).
fn time_of_day(text: &str) -> Option<civil::Time> {
    match text {
        "noon" => return civil::Time::new(12, 0, 0, 0).ok(),
        "midnight" => return Some(civil::Time::midnight()),
        "teatime" => return civil::Time::new(16, 0, 0, 0).ok(),
        _ => {}
    }
    let half = [("am", 0), ("pm", 12)].iter().find_map(|(word, hours)| {
        let clock = text.strip_suffix(word)?.trim_end();
        Some((clock, *hours))
    });
    let Some((clock, hours)) = half else {
        return clock_time(text);
    };
    let whole;
    let clock = if clock.contains(':') {
        clock
    } else {
        whole = format!("{clock}:00");
        &whole
    };
    let time = clock_time(clock)?;
    if !(1..=12).contains(&time.hour()) {
        return None;
    }
    civil::Time::new(time.hour() % 12 + hours, time.minute(), time.second(), 0).ok()
}

/// Parses `9:00`, `09:00` or `09:00:30`.
fn clock_time(text: &str) -> Option<civil::Time> {
    let mut numbers = text.split(':').map(|part| {
        let digits =
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits {
            part.parse::<i8>().ok()
        } else {
            None
        }
    });
    let hour = numbers.next()??;
    let minute = numbers.next()??;
    let second = match numbers.next() {
        Some(second) => second?,
        None => 0,
    };
    match numbers.next() {
        Some(_) => None,
        None => civil::Time::new(hour, minute, second, 0).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_when_reads_points_in_time() {
        let zone = Zone::find("America/New_York").unwrap();
        // A Saturday.
        let now = Time::parse_rfc3339("2026-03-07T09:30:00.5-05:00").unwrap();
        for (text, expected) in [
            ("now", "2026-03-07T09:30:00-05:00"),
            ("in 30m", "2026-03-07T10:00:01-05:00"),
            ("IN 1h 30m", "2026-03-07T11:00:01-05:00"),
            ("in 2 hours", "2026-03-07T11:30:01-05:00"),
            ("in an hour and 30 minutes", "2026-03-07T11:00:01-05:00"),
            ("now + 5 minutes", "2026-03-07T09:35:01-05:00"),
            ("now+5min", "2026-03-07T09:35:01-05:00"),
            ("+5m", "2026-03-07T09:35:01-05:00"),
            ("now + 1 week", "2026-03-14T10:30:01-04:00"),
            ("2h ago", "2026-03-07T07:30:00-05:00"),
            ("an hour ago", "2026-03-07T08:30:00-05:00"),
            ("now - 30m", "2026-03-07T09:00:00-05:00"),
            ("10:00", "2026-03-07T10:00:00-05:00"),
            ("9:30", "2026-03-08T09:30:00-04:00"),
            ("9:30:01", "2026-03-07T09:30:01-05:00"),
            ("6pm", "2026-03-07T18:00:00-05:00"),
            ("6 PM", "2026-03-07T18:00:00-05:00"),
            ("6:30pm", "2026-03-07T18:30:00-05:00"),
            ("6am", "2026-03-08T06:00:00-04:00"),
            ("12am", "2026-03-08T00:00:00-05:00"),
            ("12pm", "2026-03-07T12:00:00-05:00"),
            ("noon", "2026-03-07T12:00:00-05:00"),
            ("midnight", "2026-03-08T00:00:00-05:00"),
            ("teatime", "2026-03-07T16:00:00-05:00"),
            ("today 9:00", "2026-03-07T09:00:00-05:00"),
            ("today 6pm", "2026-03-07T18:00:00-05:00"),
            ("tomorrow 9:00", "2026-03-08T09:00:00-04:00"),
            ("tomorrow at 9:00", "2026-03-08T09:00:00-04:00"),
            ("tomorrow noon", "2026-03-08T12:00:00-04:00"),
            ("noon tomorrow", "2026-03-08T12:00:00-04:00"),
            ("6pm on friday", "2026-03-13T18:00:00-04:00"),
            ("Tomorrow  2:30", "2026-03-08T03:00:00-04:00"),
            ("yesterday 9:00", "2026-03-06T09:00:00-05:00"),
            ("sat 10:00", "2026-03-07T10:00:00-05:00"),
            ("saturday 9:00", "2026-03-14T09:00:00-04:00"),
            ("Fri 9:00", "2026-03-13T09:00:00-04:00"),
            ("2026-12-01 10:00", "2026-12-01T10:00:00-05:00"),
            ("2026-12-01 6pm", "2026-12-01T18:00:00-05:00"),
            ("2026-12-01T10:00:00+08:00", "2026-11-30T21:00:00-05:00"),
            ("2026-12-01T10:00:00Z", "2026-12-01T05:00:00-05:00"),
            ("2026-12-01", "2026-12-01T00:00:00-05:00"),
            ("2026-11-01 01:30", "2026-11-01T01:30:00-04:00"),
            ("2026-03-08 02:30", "2026-03-08T03:00:00-04:00"),
        ] {
            let found = parse_when(text, &zone, now).map(|time| time.rfc3339(&zone));
            assert_eq!(found.unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn parse_when_refuses_other_text() {
        let zone = Zone::find("Pacific/Apia").unwrap();
        let now = Time::from_millis(0);
        for (text, problem) in [
            ("", "is not a date"),
            ("tomorrow", "needs a time of day"),
            ("tomorrow", "`tomorrow 0:00` is when the day begins"),
            ("fri", "`fri 0:00` is when the day begins"),
            ("tomorrow 25:00", "needs a time of day"),
            ("tomorrow 9", "needs a time of day"),
            ("in", "missing"),
            ("in a while", "is not a unit of time"),
            ("6", "`6:00` or `6pm`"),
            ("18", "`18:00`"),
            ("2h", "`in 2h` is the time after it"),
            ("5 minutes", "`in 5 minutes` is the time after it"),
            ("tonight", "`today 22:00`"),
            ("next friday", "more than one meaning"),
            ("13pm", "is not a date"),
            ("0am", "is not a date"),
            ("25:00", "is not a date"),
            ("10:0x", "is not a date"),
            ("2026-02-30 10:00", "is not a date"),
            ("2026-12-01T10:00:00.5", "whole second"),
            ("2026-12-01T10:00:00[Asia/Shanghai]", "is not a date"),
            ("2011-12-30 10:00", "does not exist in Pacific/Apia"),
        ] {
            let error = parse_when(text, &zone, now).unwrap_err().to_string();
            assert!(
                error.starts_with("time: ") && error.contains(problem),
                "{text}: {error}"
            );
        }
    }
}
