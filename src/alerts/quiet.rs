//! Quiet hours: times of the day at which messages wait.

use std::time::Duration;

use jobs_error::{Error, Result};
use jobs_schedule::{Time, Zone};

/// Days of the week, from Monday on.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Quiet hours, such as `22:00-07:00`, `sat-sun 00:00-24:00; mon-fri 22:00-07:00` or `22:00-07:00 Europe/Berlin`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    spans: Vec<Span>,
    zone: Option<Zone>,
}

/// A span of a day, in minutes; `to` may be past midnight.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    days: [bool; 7],
    from: u32,
    to: u32,
}

impl Quiet {
    /// Parses quiet hours: spans with `;` between them, each with days or without, and a time zone at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for the field `quiet`.
    pub fn parse(text: &str) -> Result<Quiet> {
        let mut quiet = Quiet {
            spans: Vec::new(),
            zone: None,
        };
        for part in text.split(';') {
            let mut days = [true; 7];
            let mut span = None;
            for word in part.split_whitespace() {
                if let Some(found) = hours(word) {
                    span = Some(found);
                } else if let (Some(found), None) = (days_of(word), span) {
                    days = found;
                } else if span.is_some() && quiet.zone.is_none() {
                    quiet.zone = Some(Zone::find(word).map_err(|_| refused(text))?);
                } else {
                    return Err(refused(text));
                }
            }
            let (from, to) = span.ok_or_else(|| refused(text))?;
            quiet.spans.push(Span { days, from, to });
        }
        Ok(quiet)
    }

    /// The end of the quiet hours that `now` is in; absent outside of them. `zone` is the daemon's.
    pub fn until(&self, now: Time, zone: &Zone) -> Option<Time> {
        const MINUTE: u64 = 60;
        let zone = self.zone.as_ref().unwrap_or(zone);
        /// Spans that follow each other are one: at most a week of them.
        const STEPS: usize = 16;
        let mut end = None;
        let mut at = now;
        for _ in 0..STEPS {
            let clock = at.zoned(zone);
            let minute = u32::from(clock.hour().unsigned_abs()) * 60
                + u32::from(clock.minute().unsigned_abs());
            let today = usize::from(clock.weekday().to_monday_zero_offset().unsigned_abs());
            let left = self
                .spans
                .iter()
                .filter_map(|span| span.left(today, minute))
                .max();
            let Some(left) = left else { break };
            let whole = at.floor_to_second().minus(Duration::from_secs(u64::from(
                clock.second().unsigned_abs(),
            )));
            at = whole.plus(Duration::from_secs(u64::from(left) * MINUTE));
            end = Some(at);
        }
        end
    }
}

impl Span {
    /// The minutes until its end, if that minute of the day is in it.
    fn left(&self, today: usize, minute: u32) -> Option<u32> {
        const DAY: u32 = 24 * 60;
        let yesterday = (today + 6) % 7;
        let is_within = |minute: u32| (self.from..self.to).contains(&minute);
        if self.days[today] && is_within(minute) {
            return Some(self.to - minute);
        }
        (self.days[yesterday] && is_within(minute + DAY)).then(|| self.to - minute - DAY)
    }
}

fn refused(text: &str) -> Error {
    Error::invalid("quiet", format!("`{text}` are no quiet hours"))
        .hint("such as `22:00-07:00`, `mon-fri 22:00-07:00; sat-sun 00:00-24:00` or `22:00-07:00 Europe/Berlin`")
}

fn hours(word: &str) -> Option<(u32, u32)> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
    };
    let (from, to) = word.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    match to > from {
        true => Some((from, to)),
        // Past midnight.
        false => Some((from, to + 24 * 60)),
    }
}

fn days_of(word: &str) -> Option<[bool; 7]> {
    let day = |text: &str| {
        let text = text.to_ascii_lowercase();
        DAYS.iter().position(|day| *day == text)
    };
    let mut days = [false; 7];
    for part in word.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (mut at, to) = (day(from)?, day(to)?);
        days[at] = true;
        while at != to {
            at = (at + 1) % 7;
            days[at] = true;
        }
    }
    Some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_is_the_end_of_the_quiet_hours() {
        let at = |text: &str| Time::parse_rfc3339(text).unwrap();
        // 2026-12-01 is a Tuesday.
        for (quiet, now, until) in [
            (
                "22:00-07:00",
                "2026-12-01T23:30:10Z",
                Some("2026-12-02T07:00:00Z"),
            ),
            (
                "22:00-07:00",
                "2026-12-01T06:59:59Z",
                Some("2026-12-01T07:00:00Z"),
            ),
            ("22:00-07:00", "2026-12-01T07:00:00Z", None),
            ("22:00-07:00", "2026-12-01T21:59:59Z", None),
            (
                "12:00-13:00",
                "2026-12-01T12:30:00Z",
                Some("2026-12-01T13:00:00Z"),
            ),
            ("mon-fri 22:00-07:00", "2026-12-05T23:00:00Z", None),
            (
                "mon-fri 22:00-07:00",
                "2026-12-05T06:00:00Z",
                Some("2026-12-05T07:00:00Z"),
            ),
            (
                "fri-mon 00:00-24:00",
                "2026-12-06T12:00:00Z",
                Some("2026-12-08T00:00:00Z"),
            ),
            (
                "sat,sun 00:00-24:00; mon-fri 22:00-07:00",
                "2026-12-05T12:00:00Z",
                Some("2026-12-07T00:00:00Z"),
            ),
            (
                "22:00-07:00 Asia/Shanghai",
                "2026-12-01T15:00:00Z",
                Some("2026-12-01T23:00:00Z"),
            ),
        ] {
            let parsed = Quiet::parse(quiet).unwrap();
            assert_eq!(
                parsed.until(at(now), &Zone::utc()),
                until.map(at),
                "{quiet} {now}"
            );
        }
        for text in [
            "",
            "22-7",
            "25:00-07:00",
            "xyz 22:00-07:00",
            "22:00-07:00 Mars/Base",
            "mon-fri",
        ] {
            assert!(Quiet::parse(text).is_err(), "{text}");
        }
    }
}
