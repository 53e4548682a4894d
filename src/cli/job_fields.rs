//! A job as fields that people read and change: for `jobs edit` and `jobs export`, and the way back.

use serde_json::{Map, Value, json};

use super::yaml;
use jobs_api::{Add, Edit, JobRef, JobView};
use jobs_error::{Error, Result};
use jobs_text::{listed, nearest};

/// The fields with an explanation, in the order in which they are shown.
const FIELDS: [(&str, &str); 27] = [
    ("name", "unique, not digits only"),
    ("desc", "a description"),
    (
        "tags",
        "words to choose the job by, with a space between them",
    ),
    (
        "cron_expr",
        "five fields, six with seconds first, or @daily, @every 10m, @at 2026-12-01T10:00:00; `;` between several",
    ),
    (
        "timezone",
        "such as Europe/Berlin; \"\" is that of the daemon",
    ),
    (
        "jitter",
        "the longest random delay of a run, in seconds or as 5m",
    ),
    (
        "start_at",
        "does not run before this time; \"\" is no limit",
    ),
    ("end_at", "does not run after this time; \"\" is no limit"),
    ("mode", "command, http or func"),
    (
        "command",
        "the command; or lines of 【key】value, such as 【command】, 【workdir】, 【env】A=1|||B=2, 【timeout】60",
    ),
    (
        "allow_mode",
        "while it still runs: parallel, skip, queue or replace",
    ),
    (
        "max_run_count",
        "stops after so many executions; 0 is no limit",
    ),
    ("catch_up", "of missed occurrences: skip, once or all"),
    (
        "catch_up_window",
        "the greatest age of a missed occurrence that runs, in seconds or as 12h; 0 is no limit",
    ),
    ("retries", "after a failure; 0 is none"),
    ("retry_delay", "before the first retry, in seconds or as 5m"),
    (
        "retry_backoff",
        "each wait is so many times the one before, 1 to 100",
    ),
    (
        "retry_max",
        "the longest wait, in seconds or as 1h; 0 is no limit",
    ),
    (
        "notify",
        "the channels that are told of failures, with commas between; \"\" is none",
    ),
    (
        "alert_after",
        "tells only of so many failures: 3 (in a row), or 2 in 1h; \"\" is the first one",
    ),
    (
        "expect_success_every",
        "tells when there is no success for so long, in seconds or as 26h; 0 is never",
    ),
    (
        "start_within",
        "tells when it has not begun so long after it was due; 0 is never",
    ),
    ("warn_after", "tells when it runs for longer; 0 is never"),
    ("warn_under", "tells when it succeeds sooner; 0 is never"),
    (
        "stop_after_failures",
        "stops after so many failures in a row; 0 is never",
    ),
    (
        "origin",
        "the crontab that the job was imported from; an import of it changes the job; \"\" is none",
    ),
    ("stopped", "true keeps the job from running"),
];

/// The values of the fields of a job.
pub fn of(view: &JobView) -> Map<String, Value> {
    let job = &view.job;
    let time = |at: Option<jobs_schedule::Time>| at.map_or(json!(""), |at| json!(at));
    let values = json!({
        "name": job.name,
        "desc": job.desc,
        "tags": job.tags.join(" "),
        "cron_expr": job.cron_expr,
        "timezone": job.timezone.as_deref().unwrap_or_default(),
        "jitter": job.jitter,
        "start_at": time(job.start_at),
        "end_at": time(job.end_at),
        "mode": job.mode,
        "command": job.command,
        "allow_mode": job.allow_mode.to_string(),
        "max_run_count": job.max_run_count,
        "catch_up": job.catch_up,
        "catch_up_window": job.catch_up_window,
        "retries": job.retries,
        "retry_delay": job.retry_delay,
        "retry_backoff": job.retry_backoff,
        "retry_max": job.retry_max,
        "notify": job.alerts.notify.join(","),
        "alert_after": job.alerts.alert_after.map(|after| after.to_string()).unwrap_or_default(),
        "expect_success_every": job.alerts.expect_success_every.unwrap_or(0),
        "start_within": job.alerts.start_within.unwrap_or(0),
        "warn_after": job.alerts.warn_after.unwrap_or(0),
        "warn_under": job.alerts.warn_under.unwrap_or(0),
        "stop_after_failures": job.alerts.stop_after_failures.unwrap_or(0),
        "origin": job.origin.as_deref().unwrap_or_default(),
        "stopped": job.stopped,
    });
    match values {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// The fields with their explanations, for an editor.
pub fn explained(fields: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (key, about) in FIELDS {
        if let Some(value) = fields.get(key) {
            text.push_str(&format!("# {about}\n{}", yaml::entry(key, value, 0)));
        }
    }
    text
}

/// One job as a member of a list. Fields that have their usual value are left out.
pub fn as_member(fields: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (key, _) in FIELDS {
        if let Some(value) = fields.get(key).filter(|value| !is_usual(key, value)) {
            let before = if text.is_empty() { "- " } else { "  " };
            text.push_str(before);
            text.push_str(&yaml::entry(key, value, 2));
        }
    }
    text
}

/// Whether a new job has this value when the field is not given.
fn is_usual(key: &str, value: &Value) -> bool {
    match key {
        "name" | "cron_expr" | "command" | "allow_mode" => false,
        "mode" => value == "command",
        "catch_up" => value == "skip",
        "retry_delay" => value == 60,
        "retry_backoff" => value.as_f64() == Some(1.0),
        _ => value == "" || value == 0 || value == false,
    }
}

/// The fields of a mapping, as they were read. Numbers and truth values in the place of a text are taken as text.
///
/// # Errors
///
/// [`Error::Invalid`] for an unknown field, or a value that is no single value.
pub fn read(value: &Value, place: &str) -> Result<Map<String, Value>> {
    let Value::Object(members) = value else {
        return Err(Error::invalid(
            place,
            "it is not a list of fields, `key: value`",
        ));
    };
    let mut fields = Map::new();
    for (key, value) in members {
        let Some((known, _)) = FIELDS.iter().find(|(known, _)| known == key) else {
            let names = FIELDS.map(|(known, _)| known);
            let meant = nearest(key, names)
                .map(|name| format!("did you mean `{name}`? "))
                .unwrap_or_default();
            return Err(Error::invalid(place, format!("there is no field `{key}`"))
                .hint(format!("{meant}known: {}", listed(names))));
        };
        let is_text = !matches!(
            *known,
            "jitter"
                | "max_run_count"
                | "catch_up_window"
                | "retries"
                | "retry_delay"
                | "retry_backoff"
                | "retry_max"
                | "expect_success_every"
                | "start_within"
                | "warn_after"
                | "warn_under"
                | "stop_after_failures"
                | "stopped"
        );
        let value = match value {
            Value::Null => json!(""),
            Value::Number(number) if is_text => json!(number.to_string()),
            Value::Bool(truth) if is_text => json!(truth.to_string()),
            Value::String(_) | Value::Number(_) | Value::Bool(_) => value.clone(),
            Value::Array(words) if matches!(*known, "tags" | "notify") => {
                let words = words.iter().map(|word| {
                    word.as_str()
                        .map_or_else(|| word.to_string(), str::to_string)
                });
                json!(words.collect::<Vec<String>>().join(" "))
            }
            Value::Array(_) | Value::Object(_) => {
                return Err(Error::invalid(
                    format!("{place}: {key}"),
                    "a list is given where a value is wanted",
                ));
            }
        };
        fields.insert(key.clone(), value);
    }
    Ok(fields)
}

/// The request that changes a job from the old fields to the new ones; `None` when nothing differs. A field that is left out
/// stays as it is.
///
/// # Errors
///
/// [`Error::Invalid`] with the field whose value has another type.
pub fn edit(
    job: JobRef,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    place: &str,
) -> Result<Option<Edit>> {
    let mut changed = differing(old, new);
    if changed.is_empty() {
        return Ok(None);
    }
    if let Some(stopped) = changed.remove("stopped") {
        changed.insert("state".into(), json!(if stopped == true { 2 } else { 0 }));
    }
    if let Some(tags) = changed.get_mut("tags") {
        let mut list = words_of(tags);
        list.insert(0, String::new());
        *tags = json!(list);
    }
    let request: Edit = request(changed, place)?;
    Ok(Some(Edit { job, ..request }))
}

/// The request that adds a job with these fields.
///
/// # Errors
///
/// As [`edit`].
pub fn add(fields: &Map<String, Value>, place: &str) -> Result<Add> {
    let mut given = fields.clone();
    // An empty text is "none" for an edit, and the usual value for a new job.
    given.retain(|_, value| value != "");
    if let Some(tags) = given.get_mut("tags") {
        *tags = json!(words_of(tags));
    }
    request(given, place)
}

/// The words of a text.
fn words_of(value: &Value) -> Vec<String> {
    let text = value.as_str().unwrap_or_default();
    text.split_whitespace().map(str::to_string).collect()
}

/// The new fields whose value is another one.
pub fn differing(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    new.iter()
        .filter(|(key, value)| old.get(*key) != Some(*value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn request<T: serde::de::DeserializeOwned>(members: Map<String, Value>, place: &str) -> Result<T> {
    // One field after the other, so that a refusal names it.
    for (key, value) in &members {
        let one: Map<String, Value> = Map::from_iter([(key.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<T>(Value::Object(one)) {
            return Err(Error::invalid(
                format!("{place}: {key}"),
                format!(
                    "`{}`: {error}",
                    value.as_str().unwrap_or(&value.to_string())
                ),
            ));
        }
    }
    serde_json::from_value(Value::Object(members))
        .map_err(|error| Error::invalid(place, error.to_string()))
}

/// The lines of the difference: `- key: old`, `+ key: new`.
pub fn difference(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<(bool, String)> {
    let mut lines = Vec::new();
    for (key, _) in FIELDS {
        let Some(value) = new.get(key).filter(|value| old.get(key) != Some(*value)) else {
            continue;
        };
        for (is_new, value) in [(false, old.get(key)), (true, Some(value))] {
            let Some(value) = value else { continue };
            let entry = yaml::entry(key, value, 0);
            lines.extend(entry.lines().map(|line| (is_new, line.to_string())));
        }
    }
    lines
}
