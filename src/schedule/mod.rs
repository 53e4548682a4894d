//! Schedules: what people type becomes a [`Schedule`], and a schedule tells its next run.
//!
//! Everything here is a plain function of its arguments: there is no clock inside. It is the only home of time zones and
//! of saffron, which evaluates minute, hour, day and month; it never sees what was typed, only plain lists of values.
//!
//! The rules where cron programs differ:
//!
//! - `N/step` runs to the end of the field; `7/2` in the day of the week is `0/2`. Sunday is 0, and 7 at the end of a range:
//!   `FRI-SUN` is `5-7`. `?` means `*`, in the two day fields only. `H` is a value that is fixed by the job's name.
//! - When both day fields are restricted, either one matches; when one begins with `*` or `?`, both must.
//! - A job is *interval* when its minute or hour begins with `*`, else *fixed*. Clock changes of less than three hours: a
//!   fixed job that is skipped runs once at the first instant after the gap, and one whose time comes twice runs the first
//!   time only. An interval job follows elapsed time. A change of three hours or more, in either direction, is a new time.

mod clock;
mod cron;
mod day;
mod days;
mod describe;
mod doubts;
mod duration;
mod error;
mod field;
mod hash;
mod member;
mod moment;
mod notes;
mod system;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod zone;

use std::fmt;

use cron::Cron;
pub use day::parse_day;
pub use describe::Language;
pub use doubts::Doubt;
pub use duration::parse_duration;
pub use error::ParseError;
use moment::Moment;
pub use moment::parse_when;
pub use notes::Note;
pub use time::Time;
pub use zone::Zone;

/// When a job runs: one line, or several of which each has its say. It is read once and asked often.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// At least one.
    lines: Vec<Line>,
}

/// One line of a schedule.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    kind: Kind,
    /// The zone of its `TZ=` prefix.
    zone: Option<Zone>,
}

/// What a line does when the clock is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It follows elapsed time: `@every`, and cron lines whose minute or hour begins with `*`.
    Interval,
    /// It has its times of the day, each of which it runs once.
    Fixed,
}

/// The four kinds of line.
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
    /// `@reboot`, perhaps after `TZ=Asia/Shanghai `; or several of them with `;` between.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the place in the text and the reason. `H` needs a name: see [`Schedule::parse_for`].
    pub fn parse(text: &str) -> Result<Schedule, ParseError> {
        text::parse(text, None).map_err(|flaw| flaw.in_text(text))
    }

    /// Reads the schedule of the job of that name, which is what `H` stands for: a value that is fixed by the name.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the place in the text and the reason.
    pub fn parse_for(text: &str, name: &str) -> Result<Schedule, ParseError> {
        text::parse(text, Some(hash::of(name))).map_err(|flaw| flaw.in_text(text))
    }

    /// The first run strictly after `after`, a whole second; none when there is none within 50 years.
    ///
    /// A `TZ=` prefix beats `zone`. `anchor` is when the job was added: `@every` counts from its whole second. `@reboot`
    /// never has a next run, nor has `@at` when its time is past. Lines that meet in an instant are one run.
    pub fn next_after(&self, after: Time, zone: &Zone, anchor: Time) -> Option<Time> {
        self.lines
            .iter()
            .filter_map(|line| line.next_after(after, zone, anchor))
            .min()
    }

    /// [`Schedule::next_after`] of the lines of one nature only.
    pub fn next_of(&self, nature: Nature, after: Time, zone: &Zone, anchor: Time) -> Option<Time> {
        self.lines
            .iter()
            .filter(|line| line.nature() == nature)
            .filter_map(|line| line.next_after(after, zone, anchor))
            .min()
    }

    /// One of its lines is `@reboot`.
    pub fn runs_at_reboot(&self) -> bool {
        self.lines
            .iter()
            .any(|line| matches!(line.kind, Kind::Reboot))
    }

    /// Whether a line of that nature is among its lines.
    pub fn has(&self, nature: Nature) -> bool {
        self.lines.iter().any(|line| line.nature() == nature)
    }

    /// It is `@at`, or several of them.
    pub fn runs_once(&self) -> bool {
        self.lines
            .iter()
            .all(|line| matches!(line.kind, Kind::At(_)))
    }

    /// The schedule in its plainest spelling: six fields of numbers, `@every 1h30m`, ...; reading it gives an equal schedule.
    pub fn canonical(&self) -> String {
        self.to_string()
    }

    /// What it means in plain words, for example `every 15 minutes` or `at 03:30 every Monday`.
    pub fn describe(&self, language: Language) -> String {
        describe::describe(self, language)
    }

    /// What is accepted but may not be what was meant: it never runs, it runs 60 times a minute, ...
    pub fn doubts(&self, zone: &Zone, now: Time) -> Vec<Doubt> {
        doubts::doubts(self, zone, now)
    }

    /// What the clock has to do with a run, when it changes about then: a run that is moved, or whose time comes twice.
    /// `at` is an instant that [`Schedule::next_after`] gave.
    pub fn note(&self, at: Time, zone: &Zone, anchor: Time) -> Option<Note> {
        notes::note(self, at, zone, anchor)
    }
}

impl Line {
    fn next_after(&self, after: Time, zone: &Zone, anchor: Time) -> Option<Time> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        match &self.kind {
            Kind::Cron(cron) => clock::next_after(cron, after, zone),
            Kind::Every(period) => next_multiple(*period, after, anchor),
            Kind::Reboot => None,
            Kind::At(moment) => moment.time(zone).filter(|time| *time > after),
        }
    }

    fn nature(&self) -> Nature {
        match &self.kind {
            Kind::Cron(cron) if cron.is_interval() => Nature::Interval,
            Kind::Every(_) => Nature::Interval,
            Kind::Cron(_) | Kind::Reboot | Kind::At(_) => Nature::Fixed,
        }
    }
}

impl fmt::Display for Schedule {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.lines.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Line {
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
