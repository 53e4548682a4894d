//! An instant in whole milliseconds, and its text forms.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use jiff::tz::Offset;
use jiff::{Timestamp, ZonedDateTime};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::zone::{self, Zone};
use jobs_error::{Error, Result};
use jobs_text::quoted;

/// An instant: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// In JSON it is a string in RFC 3339 with the offset of the system's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// The instant that is `ms` milliseconds after (or, if negative, before) 1970-01-01T00:00:00Z.
    pub const fn from_millis(ms: i64) -> Time {
        Time(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Adds a duration, cut to whole milliseconds. Saturates at the last instant of a `Time`.
    pub fn plus(self, d: Duration) -> Time {
        Time(self.0.saturating_add(millis(d)))
    }

    /// Subtracts a duration, cut to whole milliseconds. Saturates at the first instant of a `Time`.
    pub fn minus(self, d: Duration) -> Time {
        Time(self.0.saturating_sub(millis(d)))
    }

    /// The duration since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Time) -> Duration {
        let ms = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_millis(u64::try_from(ms.max(0)).expect("two i64 differ by less than a u64"))
    }

    /// Rounds down to the whole second.
    pub fn floor_to_second(self) -> Time {
        Time(self.second().saturating_mul(1000))
    }

    /// Parses a date and time with an offset, such as `2026-12-01T10:00:00+08:00` or `...Z`. Digits below a
    /// millisecond are cut.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] of the field `time`.
    pub fn parse_rfc3339(text: &str) -> Result<Time> {
        let instant: Timestamp = text.trim().parse().map_err(|_| {
            Error::invalid(
                "time",
                format!("{} is not a date and time with an offset", quoted(text)),
            )
            .hint("for example `2026-12-01T10:00:00+08:00`")
        })?;
        let (second, nanosecond) = (instant.as_second(), instant.subsec_nanosecond());
        // jiff's fraction has the sign of its second; our fraction is never negative.
        Ok(Time(
            second * 1000 + i64::from(nanosecond).div_euclid(1_000_000),
        ))
    }

    /// RFC 3339 with the zone's offset, `2026-12-01T10:00:00+08:00`. Milliseconds are written when they are not 0.
    ///
    /// RFC 3339 covers the years 0 to 9999: an instant outside of them is shown as the first or last one within.
    pub fn rfc3339(self, zone: &Zone) -> String {
        let shown = self.shown();
        let offset = zone.offset(shown.second());
        // RFC 3339 has no seconds in the offset, but local mean times do: cut them from the offset and from the
        // clock.
        let minutes = offset / 60;
        let local = Time(shown.0 + minutes * 60_000);
        let clock = Offset::UTC.to_datetime(zone::timestamp(local.second()));
        let mut text = String::with_capacity("2026-12-01T10:00:00.123+08:00".len());
        // Writing to a string cannot fail.
        let _ = write!(text, "{clock}");
        let ms = shown.0.rem_euclid(1000);
        if ms != 0 {
            let _ = write!(text, ".{ms:03}");
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hour, minute) = (minutes.abs() / 60, minutes.abs() % 60);
        let _ = write!(text, "{sign}{hour:02}:{minute:02}");
        text
    }

    /// The wall clock time in the zone, `2026-12-01 10:00:00`, cut to the second.
    pub fn local(self, zone: &Zone) -> String {
        let clock = zone.clock(self.shown().timestamp());
        clock.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The instant with date, time, offset and abbreviation in the zone, for callers with their own format. An
    /// instant outside of the years 0 to 9999 is shown as the first or last one within.
    pub fn zoned(self, zone: &Zone) -> ZonedDateTime {
        zone.zoned(self.shown().timestamp())
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    pub(super) fn second(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Clamps to the years 0 to 9999, less two days at both ends so that any offset stays within.
    fn shown(self) -> Time {
        const FIRST: i64 = -62_167_046_400_000;
        const LAST: i64 = 253_402_128_000_000;
        Time(self.0.clamp(FIRST, LAST))
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339(&Zone::system()))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Time::parse_rfc3339(&text).map_err(D::Error::custom)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

fn millis(d: Duration) -> i64 {
    i64::try_from(d.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_round_trips_with_offset() {
        let table = [
            ("2026-12-01T10:00:00+08:00", "Asia/Shanghai"),
            ("2026-12-01T10:00:00.007+08:00", "Asia/Shanghai"),
            ("2026-12-01T10:00:00+00:00", "UTC"),
            ("2026-07-01T10:00:00-04:00", "America/New_York"),
            ("2026-07-01T10:00:00-03:30", "America/St_Johns"),
            ("1969-12-31T23:59:59.999+00:00", "UTC"),
            ("0001-01-01T00:00:00+00:00", "UTC"),
            ("1850-01-01T00:00:00+08:05", "Asia/Shanghai"),
        ];
        for (text, zone) in table {
            let zone = Zone::find(zone).unwrap();
            let time = Time::parse_rfc3339(text).unwrap();
            let shown = time.rfc3339(&zone);
            if text.starts_with("2026-07-01T10:00:00-03:30") {
                assert_eq!(shown, "2026-07-01T11:00:00-02:30");
            } else {
                assert_eq!(shown, text);
            }
            assert_eq!(Time::parse_rfc3339(&shown).unwrap(), time);
        }
        for text in ["", "2026-12-01", "2026-12-01T10:00:00", "10:00", "x"] {
            let error = Time::parse_rfc3339(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("time: `{text}` is not")),
                "{error}"
            );
        }
    }

    #[test]
    fn rfc3339_out_of_range_is_clamped() {
        let zone = Zone::find("Pacific/Kiritimati").unwrap();
        for (ms, year) in [(i64::MIN, "0000-"), (i64::MAX, "9999-")] {
            let time = Time::from_millis(ms);
            assert!(
                time.rfc3339(&zone).starts_with(year),
                "{}",
                time.rfc3339(&zone)
            );
            assert!(time.local(&zone).starts_with(year));
            assert_eq!(serde_json::to_string(&time).unwrap().len(), 27);
            time.floor_to_second();
        }
    }

    #[test]
    fn plus_and_minus_saturate() {
        let day = Duration::from_secs(86_400);
        assert_eq!(Time(i64::MAX).plus(day), Time(i64::MAX));
        assert_eq!(Time(i64::MIN).minus(Duration::MAX), Time(i64::MIN));
        assert_eq!(Time(5).plus(day).minus(day), Time(5));
        assert_eq!(Time(5).since(Time(2)), Duration::from_millis(3));
        assert_eq!(Time(2).since(Time(5)), Duration::ZERO);
        assert_eq!(
            Time(i64::MAX).since(Time(i64::MIN)),
            Duration::from_millis(u64::MAX)
        );
        assert_eq!(Time(-1).floor_to_second(), Time(-1000));
        assert_eq!(Time(1999).floor_to_second(), Time(1000));
    }

    #[test]
    fn local_shows_wall_clock() {
        let zone = Zone::find("Asia/Shanghai").unwrap();
        let time = Time::parse_rfc3339("2026-12-01T02:00:00.9Z").unwrap();
        assert_eq!(time.local(&zone), "2026-12-01 10:00:00");
    }

    #[test]
    fn json_of_time_is_string() {
        let time = Time::from_millis(1_796_090_400_000);
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), time);
        assert!(serde_json::from_str::<Time>("5").is_err());
        let schema = schemars::schema_for!(Time);
        assert_eq!(schema.get("format").unwrap(), "date-time");
    }
}
