//! How single values of the requests are read, from JSON and from flags.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::job_ref::JobRef;
use jobs_model::Status;
use jobs_schedule as schedule;

/// One text, or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

pub(super) fn one_or_more<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    let given = Option::<OneOrMore>::deserialize(deserializer)
        .map_err(|_| D::Error::custom("it is neither a string nor a list of strings"))?;
    Ok(given.map(|given| match given {
        OneOrMore::One(text) => vec![text],
        OneOrMore::More(texts) => texts,
    }))
}

/// Statuses: a list, or a text with commas between them.
pub(super) fn statuses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Status>, D::Error> {
    let given = one_or_more(deserializer)?.unwrap_or_default();
    given
        .iter()
        .flat_map(|text| text.split(','))
        .map(|word| word.trim().parse().map_err(D::Error::custom))
        .collect()
}

/// One job, or a list of them.
pub(super) fn one_or_more_jobs<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<JobRef>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Jobs {
        More(Vec<JobRef>),
        One(JobRef),
    }
    let given = Jobs::deserialize(deserializer).map_err(|_| {
        D::Error::custom("it is neither the name or the id of a job nor a list of them")
    })?;
    /// More are no list that somebody has made.
    const MOST: usize = 10_000;
    match given {
        Jobs::More(jobs) if jobs.len() > MOST => Err(D::Error::custom(format!(
            "{} jobs; {MOST} is the most",
            jobs.len()
        ))),
        Jobs::More(mut jobs) => {
            let mut seen = HashSet::new();
            jobs.retain(|job| seen.insert(job.as_str().to_string()));
            Ok(jobs)
        }
        Jobs::One(job) => Ok(vec![job]),
    }
}

/// The number of a state; -1 is all states, as the original system says it.
pub(super) fn state_or_all<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u8>, D::Error> {
    match Option::<i64>::deserialize(deserializer)? {
        None | Some(-1) => Ok(None),
        // The service refuses a number that is no state, and shows the value.
        Some(state) => u8::try_from(state).map(Some).map_err(|_| {
            D::Error::custom(format!(
                "`{state}` is not 0 waiting, 1 running or 2 stopped"
            ))
        }),
    }
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A state as a flag gives it: its number or its word.
pub(super) fn state(text: &str) -> Result<u8, String> {
    match text {
        "0" | "waiting" => Ok(0),
        "1" | "running" => Ok(1),
        "2" | "stopped" => Ok(2),
        _ => Err("it is 0 or waiting, 1 or running, 2 or stopped".into()),
    }
}

/// Seconds as a flag gives them: `90`, `90s`, `5m`, `1h30m`.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    schedule::parse_duration(text)
        .map(|duration| duration.as_secs())
        .map_err(|error| error.to_string())
}

/// Seconds, or a text such as `5m`.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum SecondsOrText {
    Seconds(u64),
    Text(String),
}

/// Seconds as JSON gives them: a number, or a text as a flag has it.
pub(super) fn seconds_or_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    let given = Option::<SecondsOrText>::deserialize(deserializer).map_err(|_| {
        D::Error::custom("it is neither a number of seconds nor a text such as `90s` or `1h30m`")
    })?;
    match given {
        None => Ok(None),
        Some(SecondsOrText::Seconds(number)) => Ok(Some(number)),
        Some(SecondsOrText::Text(text)) => seconds(&text).map(Some).map_err(D::Error::custom),
    }
}

/// A text, or a number that is taken as one.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Text(String),
        Number(u64),
    }
    let given = Option::<Given>::deserialize(deserializer)
        .map_err(|_| D::Error::custom("it is neither a text nor a number"))?;
    Ok(given.map(|given| match given {
        Given::Text(text) => text,
        Given::Number(number) => number.to_string(),
    }))
}

/// A factor as a flag gives it. What is no number could not be said in JSON.
pub(super) fn factor(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|factor: &f64| factor.is_finite())
        .ok_or_else(|| "it is not a number".into())
}
