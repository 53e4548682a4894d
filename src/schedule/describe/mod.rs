//! Descriptions of schedules as sentences, in English and Chinese.

mod chinese;
mod english;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::Field;
use super::{Line, Schedule};

/// The languages of descriptions, warnings and notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Language {
    /// English, the default.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Chinese.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// The language of a locale (`zh_CN.UTF-8`) or of a tag (`zh`); English for unknown ones.
    pub fn of_locale(locale: &str) -> Language {
        let language = locale.split(['_', '-', '.', '@']).next();
        match language.map(str::to_ascii_lowercase).as_deref() {
            Some("zh") => Language::Chinese,
            Some(_) | None => Language::English,
        }
    }
}

/// The meaning of the schedule, without a full stop.
pub(super) fn describe(schedule: &Schedule, language: Language) -> String {
    type Words = fn(&Line) -> String;
    let (words, between): (Words, &str) = match language {
        Language::English => (english::line, "; and "),
        Language::Chinese => (chinese::line, "；以及"),
    };
    let lines: Vec<String> = schedule.lines.iter().map(words).collect();
    lines.join(between)
}

/// The step of a field that is only `*/step`, or an equal form from its first value on. `None` when the step fits
/// less than twice.
fn step_from_first(field: &Field) -> Option<u32> {
    let [member] = field.members.as_slice() else {
        return None;
    };
    let size = u32::from(field.kind.last() - field.kind.first()) + 1;
    member
        .step_through(field.kind)
        .filter(|step| *step > 1 && step.saturating_mul(2) <= size)
}

/// Like [`step_from_first`], for a step that divides the field, so that all gaps are equal.
fn even_step(field: &Field) -> Option<u32> {
    let size = u32::from(field.kind.last() - field.kind.first()) + 1;
    step_from_first(field).filter(|step| size % step == 0)
}

/// The plain values of a field, in order.
fn values(field: &Field) -> Vec<u32> {
    let mask = field.mask();
    (0..64).filter(|value| mask & (1 << value) != 0).collect()
}

/// Whether there are three or more values, all consecutive.
fn is_run(values: &[u32]) -> bool {
    values.len() > 2 && values.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// Values in order, with three or more consecutive ones as a range: `1`, `3`, `5 to 9`. `to` is the word between its
/// ends.
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

/// The clock times of a line, `03:30` or `03:30:15`; `None` when there are too many to list them.
fn clock_times(line: &super::cron::Cron) -> Option<Vec<String>> {
    /// Upper bound on the times that are listed.
    const MAX_LISTED: usize = 6;
    let [seconds, minutes, hours] = [line.second(), line.minute(), line.hour()].map(values);
    if line.hour().begins_with_star() || seconds.len() * minutes.len() * hours.len() > MAX_LISTED {
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
