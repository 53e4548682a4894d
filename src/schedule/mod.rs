//! Schedules: parses a text into a [`Schedule`], and computes its next run.
//!
//! All functions are pure: they take the time as an argument and never read a clock. Only this module uses time zones
//! and saffron. saffron evaluates minute, hour, day and month; it gets plain lists of values and never the text that
//! a user typed.
//!
//! The rules in which cron programs differ:
//!
//! - `N/step` runs to the end of the field; `7/2` in the day of the week is `0/2`. Sunday is 0, and 7 at the end of a
//!   range: `FRI-SUN` is `5-7`. `?` means `*`, in the two day fields only. `H` is a value derived from the job's name.
//! - When both day fields are restricted, a day must match one of them; when one begins with `*` or `?`, both.
//! - A job is *interval* when its minute or hour field begins with `*`, else *fixed*. At a clock change of less than three
//!   hours, a fixed job whose time is skipped runs once at the first instant after the gap, and a fixed job whose time comes
//!   twice runs the first time only. An interval job follows elapsed time. A change of three hours or more, in either
//!   direction, is a new time: skipped runs are not made up for, and repeated times run again.

mod clock;
mod count;
mod cron;
mod day;
mod day_rule;
mod describe;
mod duration;
mod error;
mod explanation;
mod field;
mod hash;
mod member;
mod moment;
mod notes;
mod parser;
mod system_zone;
mod tally;
#[cfg(test)]
mod tests;
mod time;
mod tzfile;
mod warnings;
mod when;
mod zone;

use std::fmt;

pub use count::{Count, Span};
use cron::Cron;
pub use day::parse_day;
pub use describe::Language;
pub use duration::parse_duration;
pub use error::ParseError;
pub use explanation::{ExplainedRun, Explanation};
use moment::Moment;
pub use notes::Note;
pub use time::Time;
pub use warnings::Warning;
pub use when::parse_when;
pub use zone::Zone;

/// When a job runs: one line, or several whose runs are merged. It is parsed once and evaluated often.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// At least one line.
    lines: Vec<Line>,
}

/// One line of a schedule.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    kind: LineKind,
    /// The zone of the `TZ=` prefix.
    zone: Option<Zone>,
}

/// How a line reacts to a clock change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Follows elapsed time: `@every`, and cron lines whose minute or hour field begins with `*`.
    Interval,
    /// Has fixed times of the day and runs once for each of them.
    Fixed,
}

/// The four kinds of a line.
#[derive(Clone, Debug, PartialEq)]
enum LineKind {
    /// Five or six fields, or a keyword such as `@daily`.
    Cron(Box<Cron>),
    /// `@every`: the period in seconds, at least 1.
    Every(u64),
    /// `@reboot`.
    Reboot,
    /// `@at`.
    At(Moment),
}

impl Schedule {
    /// Parses a schedule: five or six cron fields, `@daily` and similar keywords, `@every 90s`, `@at
    /// 2026-12-01T10:00:00` or `@reboot`, each with an optional prefix `TZ=Asia/Shanghai `. Several schedules are
    /// separated by `;`.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the position in the text and the reason. `H` needs a name: see [`Schedule::parse_for`].
    pub fn parse(text: &str) -> Result<Schedule, ParseError> {
        parser::parse(text, None).map_err(|error| error.in_text(text))
    }

    /// Parses the schedule of the job `name`. The value of `H` is derived from the name.
    ///
    /// # Errors
    ///
    /// [`ParseError`] with the position in the text and the reason.
    pub fn parse_for(text: &str, name: &str) -> Result<Schedule, ParseError> {
        parser::parse(text, Some(hash::of(name))).map_err(|error| error.in_text(text))
    }

    /// The first run strictly after `after`, a whole second; `None` when there is no run within 50 years.
    ///
    /// A `TZ=` prefix overrides `zone`. `anchor` is the time at which the job was added: `@every` counts from its
    /// whole second. `@reboot` never has a next run, and neither has `@at` once its time is past. Lines that are due
    /// at the same instant make one run.
    pub fn next_after(&self, after: Time, zone: &Zone, anchor: Time) -> Option<Time> {
        self.lines
            .iter()
            .filter_map(|line| line.next_after(after, zone, anchor))
            .min()
    }

    /// Like [`Schedule::next_after`], for the lines of one timing only.
    pub fn next_of(&self, timing: Timing, after: Time, zone: &Zone, anchor: Time) -> Option<Time> {
        self.lines
            .iter()
            .filter(|line| line.timing() == timing)
            .filter_map(|line| line.next_after(after, zone, anchor))
            .min()
    }

    /// Whether one of the lines is `@reboot`.
    pub fn runs_at_reboot(&self) -> bool {
        self.lines
            .iter()
            .any(|line| matches!(line.kind, LineKind::Reboot))
    }

    /// Whether one of the lines has this timing.
    pub fn has(&self, timing: Timing) -> bool {
        self.lines.iter().any(|line| line.timing() == timing)
    }

    /// Whether all lines are `@at`.
    pub fn runs_once(&self) -> bool {
        self.lines
            .iter()
            .all(|line| matches!(line.kind, LineKind::At(_)))
    }

    /// The canonical text: six numeric fields, `@every 1h30m`, ... Parsing it gives an equal schedule.
    pub fn canonical(&self) -> String {
        self.to_string()
    }

    /// The meaning in words, for example `every 15 minutes` or `at 03:30 every Monday`.
    pub fn describe(&self, language: Language) -> String {
        describe::describe(self, language)
    }

    /// Warnings about a valid schedule: it never runs, it runs 60 times a minute, ...
    pub fn warnings(&self, zone: &Zone, now: Time) -> Vec<Warning> {
        warnings::warnings(self, zone, now)
    }

    /// A note on a run near a clock change: the run is moved, or its time comes twice. `at` is a result of
    /// [`Schedule::next_after`].
    pub fn note(&self, at: Time, zone: &Zone, anchor: Time) -> Option<Note> {
        notes::note(self, at, zone, anchor)
    }
}

impl Line {
    fn next_after(&self, after: Time, zone: &Zone, anchor: Time) -> Option<Time> {
        let zone = self.zone.as_ref().unwrap_or(zone);
        match &self.kind {
            LineKind::Cron(cron) => clock::next_after(cron, after, zone),
            LineKind::Every(period) => next_multiple(*period, after, anchor),
            LineKind::Reboot => None,
            LineKind::At(moment) => moment.time(zone).filter(|time| *time > after),
        }
    }

    fn timing(&self) -> Timing {
        match &self.kind {
            LineKind::Cron(cron) if cron.is_interval() => Timing::Interval,
            LineKind::Every(_) => Timing::Interval,
            LineKind::Cron(_) | LineKind::Reboot | LineKind::At(_) => Timing::Fixed,
        }
    }
}

impl fmt::Display for Schedule {
    /// Writes the canonical text.
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
            LineKind::Cron(cron) => write!(f, "{cron}"),
            LineKind::Every(period) => write!(f, "@every {}", duration::short(*period)),
            LineKind::Reboot => f.write_str("@reboot"),
            LineKind::At(moment) => write!(f, "@at {moment}"),
        }
    }
}

/// The canonical `@every` schedule of a duration: `90m` becomes `@every 1h30m`.
///
/// # Errors
///
/// [`ParseError`] when the text is not a duration, or when it is less than a second.
pub fn every(text: &str) -> Result<String, ParseError> {
    let period = parser::period(text, 0).map_err(|error| error.in_text(text))?;
    Ok(format!("@every {}", duration::short(period)))
}

/// The first `anchor + k * period` after `after`, where `k` is at least 1.
fn next_multiple(period: u64, after: Time, anchor: Time) -> Option<Time> {
    let period = i128::from(period) * 1000;
    let start = i128::from(anchor.floor_to_second().millis());
    let passed = i128::from(after.millis()) - start;
    let count = passed.div_euclid(period).max(0) + 1;
    i64::try_from(start + count * period)
        .ok()
        .map(Time::from_millis)
}
