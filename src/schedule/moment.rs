//! Points in time as people write them: `2026-12-01 10:00`, `in 30m`, `tomorrow 9:00`.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{self, DateTime};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};

use super::duration;
use super::time::Time;
use super::zone::{Zone, timestamp};
use jobs_error::{Error, Result};
use jobs_text::quoted;

/// A date and time to the second. With an offset it is an instant, without one it is a time on a wall clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    wall: DateTime,
    offset: Option<Offset>,
}

impl Moment {
    /// Parses `2026-12-01T10:00:00`, `2026-12-01 10:00` (both also with an offset) or `2026-12-01` (midnight).
    pub(super) fn parse(text: &str) -> Result<Moment, String> {
        static PARSER: DateTimeParser = DateTimeParser::new();
        let unreadable = || format!("{} is not a date and time", quoted(text));
        let pieces = PARSER.parse_pieces(text).map_err(|_| unreadable())?;
        if pieces.time_zone_annotation().is_some() {
            return Err(unreadable());
        }
        let time = pieces.time().unwrap_or(civil::Time::midnight());
        if time.subsec_nanosecond() != 0 {
            return Err(format!(
                "{} has a fraction of a second: only whole seconds are allowed",
                quoted(text)
            ));
        }
        Ok(Moment {
            wall: pieces.date().to_datetime(time),
            offset: pieces.to_numeric_offset(),
        })
    }

    /// The instant. Without an offset it is read in `zone`; `None` in a gap of three hours or more.
    pub(super) fn time(self, zone: &Zone) -> Option<Time> {
        match self.offset {
            None => zone.instant(self.wall),
            Some(offset) => {
                let instant = TimeZone::fixed(offset).to_timestamp(self.wall).ok()?;
                Some(Time::from_millis(instant.as_millisecond()))
            }
        }
    }

    /// The time of day, when a clock change skips it and `at` is the first instant after the gap.
    pub(super) fn skipped(self, at: Time, zone: &Zone) -> Option<String> {
        let shows_it = zone.clock(timestamp(at.second())) == self.wall;
        (self.offset.is_none() && !shows_it).then(|| self.wall.strftime("%H:%M:%S").to_string())
    }

    /// `2026-12-01 10:00:00`, followed by ` +08:00` when there is an offset.
    pub(super) fn in_words(self) -> String {
        let clock = self.wall.strftime("%Y-%m-%d %H:%M:%S");
        match self.offset {
            Some(offset) => format!("{clock} {}", offset_text(offset)),
            None => clock.to_string(),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.wall.strftime("%Y-%m-%dT%H:%M:%S"))?;
        match self.offset {
            Some(offset) => f.write_str(&offset_text(offset)),
            None => Ok(()),
        }
    }
}

/// Parses a point in time, to the second: `2026-12-01 10:00`, `2026-12-01T10:00:00+08:00`, `now`, `in 30m`, `today
/// 18:00`, `tomorrow 9:00`, `fri 9:00` or `10:00` (the last two mean the next such time). A text without an offset is
/// read in `zone`. A date may be in the past.
///
/// # Errors
///
/// [`Error::Invalid`] of the field `time`.
pub fn parse_when(text: &str, zone: &Zone, now: Time) -> Result<Time> {
    let refused = |problem: String| {
        Error::invalid("time", problem).hint(
            "for example `2026-12-01 10:00`, `2026-12-01T10:00:00+08:00`, `in 30m`, `tomorrow 9:00` or `10:00`",
        )
    };
    let trimmed = text.trim();
    let lower = trimmed.to_lowercase();
    let (first, rest) = lower
        .split_once(char::is_whitespace)
        .unwrap_or((&lower, ""));
    let rest = rest.trim();
    if lower == "now" {
        return Ok(now.floor_to_second());
    }
    if first == "in" {
        let seconds =
            duration::seconds(rest, 0).map_err(|error| refused(error.in_text(rest).problem))?;
        // Round up the second that has begun, so that the result is never earlier than requested.
        let from = now
            .plus(std::time::Duration::from_millis(999))
            .floor_to_second();
        return Ok(from.plus(std::time::Duration::from_secs(seconds)));
    }
    let today = zone.clock(timestamp(now.second())).date();
    let missing = || {
        refused(format!(
            "{} does not exist in {}",
            quoted(text),
            zone.name()
        ))
    };
    if let Some(days) = days_ahead(first, today) {
        let Some(time) = time_of_day(rest) else {
            return Err(refused(format!("{} needs a time of day", quoted(text))));
        };
        return next_of(days, today, time, zone, now).ok_or_else(missing);
    }
    if let Some(time) = time_of_day(&lower) {
        return next_of(&[0, 1, 2], today, time, zone, now).ok_or_else(missing);
    }
    let moment = Moment::parse(trimmed).map_err(refused)?;
    moment.time(zone).ok_or_else(missing)
}

/// The candidate days of a word, counted from today. Among several, the first one whose time is still to come is
/// taken.
fn days_ahead(word: &str, today: civil::Date) -> Option<&'static [i64]> {
    static WEEK: [i64; 14] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
    static SAME_DAY: [i64; 2] = [0, 7];
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

/// Parses `9:00`, `09:00` or `09:00:30`.
fn time_of_day(text: &str) -> Option<civil::Time> {
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

fn offset_text(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (minutes, second) = (seconds.abs() / 60, seconds.abs() % 60);
    let clock = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    if second == 0 {
        clock
    } else {
        format!("{clock}:{second:02}")
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
            ("10:00", "2026-03-07T10:00:00-05:00"),
            ("9:30", "2026-03-08T09:30:00-04:00"),
            ("9:30:01", "2026-03-07T09:30:01-05:00"),
            ("today 9:00", "2026-03-07T09:00:00-05:00"),
            ("tomorrow 9:00", "2026-03-08T09:00:00-04:00"),
            ("Tomorrow  2:30", "2026-03-08T03:00:00-04:00"),
            ("sat 10:00", "2026-03-07T10:00:00-05:00"),
            ("saturday 9:00", "2026-03-14T09:00:00-04:00"),
            ("Fri 9:00", "2026-03-13T09:00:00-04:00"),
            ("2026-12-01 10:00", "2026-12-01T10:00:00-05:00"),
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
            ("tomorrow 25:00", "needs a time of day"),
            ("in", "missing"),
            ("in a while", "is not a duration"),
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
