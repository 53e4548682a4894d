//! Schedules: what people type becomes a [`Schedule`], and a schedule tells its next run.
//!
//! Everything here is a plain function of its arguments: there is no clock inside. It is the only home of time zones and
//! of saffron, which evaluates minute, hour, day and month; it never sees what was typed, only plain lists of values.
//!
//! The rules where cron programs differ:
//!
//! - `N/step` runs to the end of the field; `7/2` in the day of the week is `0/2`. A range that ends with `SUN` is reversed
//!   (Sunday is 0), write `5-7`. `?` means `*`, in the two day fields only.
//! - When both day fields are restricted, either one matches; when one begins with `*` or `?`, both must.
//! - A job is *interval* when its minute or hour begins with `*`, else *fixed*. Clock changes of less than three hours: a
//!   fixed job that is skipped runs once at the first instant after the gap, and one whose time comes twice runs the first
//!   time only. An interval job follows elapsed time. A change of three hours or more, in either direction, is a new time.

mod clock;
mod cron;
mod days;
mod describe;
mod duration;
mod error;
mod field;
mod member;
mod moment;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod warnings;
mod zone;

use std::fmt;

use cron::Cron;
pub use duration::parse_duration;
pub use error::ParseError;
use moment::Moment;
pub use moment::parse_when;
pub use time::Time;
pub use zone::Zone;

/// When a job runs. It is read once and asked often.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    kind: Kind,
    /// The zone of its `TZ=` prefix.
    zone: Option<Zone>,
}

/// The four kinds of schedule.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Five or six fields, or a word such as `@daily`.
    Cron(Box<Cron>),
    /// `@every`, with its period in seconds, at least 1.
    Every(u64),
    /// `@reboot`.
    Reboot,
    /// `@at`.
    At(Moment),
}

impl Schedule {
    /// Reads a schedule: five or six cron fields, `@daily` and its like, `@every 90s`, `@at 2026-12-01T10:00:00` or
    /// `@reboot`, perhaps after `TZ=Asia/Shanghai `.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the place in the text and the reason.
    pub fn parse(text: &str) -> Result<Schedule, ParseError> {
        text::parse(text).map_err(|flaw| flaw.in_text(text))
    }

    /// The first run strictly after `after`, a whole second; none when there is none within 50 years.
    ///
    /// A `TZ=` prefix beats `zone`. `anchor` is when the job was added: `@every` counts from its whole second. `@reboot`
    /// never has a next run, nor has `@at` when its time is past.
    pub fn next_after(&self, after: Time, zone: &Zone, anchor: Time) -> Option<Time> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        match &self.kind {
            Kind::Cron(cron) => clock::next_after(cron, after, zone),
            Kind::Every(period) => next_multiple(*period, after, anchor),
            Kind::Reboot => None,
            Kind::At(moment) => moment.time(zone).filter(|time| *time > after),
        }
    }

    /// It is `@reboot`.
    pub fn runs_at_reboot(&self) -> bool {
        matches!(self.kind, Kind::Reboot)
    }

    /// It follows elapsed time when the clock is changed: `@every`, and cron lines whose minute or hour begins with `*`.
    pub fn is_interval(&self) -> bool {
        match &self.kind {
            Kind::Cron(cron) => cron.is_interval(),
            Kind::Every(_) => true,
            Kind::Reboot | Kind::At(_) => false,
        }
    }

    /// It is `@at`.
    pub fn runs_once(&self) -> bool {
        matches!(self.kind, Kind::At(_))
    }

    /// The schedule in its plainest spelling: six fields of numbers, `@every 1h30m`, ...; reading it gives an equal schedule.
    pub fn canonical(&self) -> String {
        self.to_string()
    }

    /// What it means in English, for example `every 15 minutes` or `at 03:30 every Monday`.
    pub fn describe(&self) -> String {
        describe::describe(self)
    }

    /// What is accepted but may not be what was meant, one sentence each: it never runs, it runs 60 times a minute, ...
    pub fn warnings(&self, zone: &Zone, now: Time) -> Vec<String> {
        warnings::warnings(self, zone, now)
    }
}

impl fmt::Display for Schedule {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(zone) = &self.zone {
            write!(f, "TZ={} ", zone.name())?;
        }
        match &self.kind {
            Kind::Cron(cron) => write!(f, "{cron}"),
            Kind::Every(period) => write!(f, "@every {}", duration::short(*period)),
            Kind::Reboot => f.write_str("@reboot"),
            Kind::At(moment) => write!(f, "@at {moment}"),
        }
    }
}

/// The canonical `@every` schedule of a length of time: `90m` becomes `@every 1h30m`.
///
/// # Errors
///
/// [`ParseError`] when it is no length of time, or less than a second.
pub fn every(text: &str) -> Result<String, ParseError> {
    let period = text::period(text, 0).map_err(|flaw| flaw.in_text(text))?;
    Ok(format!("@every {}", duration::short(period)))
}

/// The first `anchor + k * period` after `after`, with a `k` of at least 1.
fn next_multiple(period: u64, after: Time, anchor: Time) -> Option<Time> {
    let period = i128::from(period) * 1000;
    let start = i128::from(anchor.floor_to_second().millis());
    let passed = i128::from(after.millis()) - start;
    let count = passed.div_euclid(period).max(0) + 1;
    i64::try_from(start + count * period)
        .ok()
        .map(Time::from_millis)
}
