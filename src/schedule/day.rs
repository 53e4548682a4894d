//! Calendar days: when a day begins and ends in a zone.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::time::Time;
use super::zone::Zone;
use jobs_error::{Error, Result};
use jobs_text::quoted;

/// The range from the first instant of a day to the first instant of the next day, in the zone. `text` is exactly
/// `YYYY-MM-DD`. A day that a law has skipped gives an empty range.
///
/// # Errors
///
/// [`Error::Invalid`] of the field `date`.
pub fn parse_day(text: &str, zone: &Zone) -> Result<Range<Time>> {
    let day = date(text).ok_or_else(|| {
        Error::invalid("date", format!("{} is not a date", quoted(text)))
            .hint("write it as YYYY-MM-DD, for example `2026-12-01`")
    })?;
    let next = day.saturating_add(1.day());
    Ok(zone.first_of(day)..zone.first_of(next))
}

fn date(text: &str) -> Option<Date> {
    let part = |range: Range<usize>| -> Option<i16> {
        let digits = text.get(range)?;
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    };
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (month, day) = (part(5..7)?, part(8..10)?);
    Date::new(
        part(0..4)?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_day_with_clock_change_has_real_length() {
        for (text, zone, begin, hours) in [
            ("2026-12-01", "UTC", "2026-12-01T00:00:00Z", 24),
            ("2026-12-01", "Asia/Shanghai", "2026-11-30T16:00:00Z", 24),
            ("2024-02-29", "UTC", "2024-02-29T00:00:00Z", 24),
            ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z", 23),
            ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00Z", 25),
            // Midnight itself was skipped.
            (
                "2018-11-04",
                "America/Sao_Paulo",
                "2018-11-04T03:00:00Z",
                23,
            ),
            // The whole day was skipped.
            ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z", 0),
        ] {
            let zone = Zone::find(zone).unwrap();
            let day = parse_day(text, &zone).unwrap();
            assert_eq!(day.start, Time::parse_rfc3339(begin).unwrap(), "{text}");
            assert_eq!(day.end.since(day.start).as_secs(), hours * 3600, "{text}");
        }
    }

    #[test]
    fn parse_day_of_other_text_fails() {
        for text in [
            "",
            "2026-12-1",
            "2026-12-01 ",
            "2026/12/01",
            "2026-02-29",
            "2026-13-01",
            "2026-00-00",
            "+026-12-01",
            "2026-12-01T00:00:00Z",
            "today",
            "../../etc/x",
            "２０２６",
            "2026-+1-01",
            "-026-12-01",
        ] {
            let error = parse_day(text, &Zone::utc()).unwrap_err().to_string();
            assert!(error.starts_with("date: `"), "{text}: {error}");
        }
        let last = parse_day("9999-12-31", &Zone::utc()).unwrap();
        assert!(last.start <= last.end);
    }
}
