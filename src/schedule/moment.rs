//! Dates with a time of day: `2026-12-01 10:00`, `2026-12-01T10:00:00+08:00`.

use std::fmt;

use jiff::civil::{self, DateTime};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};

use super::time::Time;
use super::zone::{Zone, timestamp};
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
