//! Notes that explain how a clock change affects a run in a list of runs.

use std::fmt;

use super::clock;
use super::time::Time;
use super::zone::{Fold, Zone};
use super::{Language, LineKind, Schedule};

/// The effect of a clock change on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The clock skips the time of the run, `02:30:00`: it runs at the first instant after the gap.
    Skipped(String),
    /// The clock shows the time of the run twice, and it runs only the first time.
    FirstOnly,
    /// The clock shows the time of the run twice, and this is the first time.
    First,
    /// The clock shows the time of the run twice, and this is the second time.
    Second,
}

impl Note {
    /// The note as a sentence.
    pub fn in_words(&self, language: Language) -> String {
        match (self, language) {
            (Note::Skipped(clock), Language::English) => {
                format!("runs in place of {clock}, which the clock skips")
            }
            (Note::Skipped(clock), Language::Chinese) => format!("代替时钟跳过的 {clock}"),
            (Note::FirstOnly, Language::English) => {
                "the clock shows this time twice: runs only the first time".to_owned()
            }
            (Note::FirstOnly, Language::Chinese) => "该时刻出现两次：只在第一次执行".to_owned(),
            (Note::First, Language::English) => {
                "the clock shows this time twice: this is the first".to_owned()
            }
            (Note::First, Language::Chinese) => "该时刻出现两次：第一次".to_owned(),
            (Note::Second, Language::English) => {
                "the clock shows this time twice: this is the second".to_owned()
            }
            (Note::Second, Language::Chinese) => "该时刻出现两次：第二次".to_owned(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words(Language::English))
    }
}

pub(super) fn note(schedule: &Schedule, at: Time, zone: &Zone, anchor: Time) -> Option<Note> {
    let before = at.minus(std::time::Duration::from_millis(1));
    let line = schedule
        .lines
        .iter()
        .find(|line| line.next_after(before, zone, anchor) == Some(at))?;
    let zone = line.zone.as_ref().unwrap_or(zone);
    let clock = match &line.kind {
        LineKind::Cron(cron) if cron.is_interval() => {
            return match zone.fold(at)? {
                Fold::First => Some(Note::First),
                Fold::Second => Some(Note::Second),
            };
        }
        LineKind::Cron(cron) => clock::skipped(cron, at, zone),
        LineKind::At(moment) => moment.skipped(at, zone),
        LineKind::Every(_) | LineKind::Reboot => return None,
    };
    match clock {
        Some(clock) => Some(Note::Skipped(clock)),
        None => zone.fold(at).map(|_| Note::FirstOnly),
    }
}
