//! Schedules in plain words.

mod chinese;
mod english;

use super::field::Field;
use super::{Line, Schedule};

/// The languages in which a schedule is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Chinese,
}

impl Language {
    /// The language of a locale, such as `zh_CN.UTF-8`, or of a tag, such as `zh`; English when it is not known.
    pub fn of_locale(locale: &str) -> Language {
        let language = locale.split(['_', '-', '.', '@']).next();
        match language.map(str::to_ascii_lowercase).as_deref() {
            Some("zh") => Language::Chinese,
            Some(_) | None => Language::English,
        }
    }
}

/// What the schedule means, without a full stop.
pub(super) fn describe(schedule: &Schedule, language: Language) -> String {
    type Words = fn(&Line) -> String;
    let (words, between): (Words, &str) = match language {
        Language::English => (english::line, "; and "),
        Language::Chinese => (chinese::line, "；以及"),
    };
    let said: Vec<String> = schedule.lines.iter().map(words).collect();
    said.join(between)
}

/// The step of a field that is nothing but `*/step` or the like from its first value on, and that fits at least twice.
fn step_from_first(field: &Field) -> Option<u32> {
    let [member] = field.members.as_slice() else {
        return None;
    };
    let size = u32::from(field.place.last() - field.place.first()) + 1;
    member
        .step_through(field.place)
        .filter(|step| *step > 1 && step.saturating_mul(2) <= size)
}

/// The same of one that divides its field, so that the values are as far apart from each other everywhere.
fn even_step(field: &Field) -> Option<u32> {
    let size = u32::from(field.place.last() - field.place.first()) + 1;
    step_from_first(field).filter(|step| size % step == 0)
}

/// The plain values of a field in order.
fn values(field: &Field) -> Vec<u32> {
    let mask = field.mask();
    (0..64).filter(|value| mask & (1 << value) != 0).collect()
}

/// Three or more values without a hole.
fn is_run(values: &[u32]) -> bool {
    values.len() > 2 && values.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// Values in order, three or more in a row as a run: `1, 3 and 5 to 9` in the words of a language.
fn runs(values: &[u32], shown: impl Fn(u32) -> String, to: &str) -> Vec<String> {
    values
        .chunk_by(|a, b| a + 1 == *b)
        .flat_map(|chunk| match chunk {
            [first, .., last] if chunk.len() > 2 => {
                vec![format!("{}{to}{}", shown(*first), shown(*last))]
            }
            few => few.iter().map(|value| shown(*value)).collect(),
        })
        .collect()
}

/// The clock times of a line, when they are few: `03:30`, `03:30:15`.
fn clock_times(line: &super::cron::Cron) -> Option<Vec<String>> {
    /// More than these are told by their fields.
    const LISTED: usize = 6;
    let [seconds, minutes, hours] = [line.second(), line.minute(), line.hour()].map(values);
    if line.hour().begins_with_star() || seconds.len() * minutes.len() * hours.len() > LISTED {
        return None;
    }
    let mut times = Vec::new();
    for hour in &hours {
        for minute in &minutes {
            times.extend(seconds.iter().map(|second| match second {
                0 => format!("{hour:02}:{minute:02}"),
                _ => format!("{hour:02}:{minute:02}:{second:02}"),
            }));
        }
    }
    Some(times)
}

fn name(names: &[&str], index: u32) -> String {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    names.get(index).copied().unwrap_or_default().to_owned()
}
