//! The operation `put_back`: takes one change of a job back, by an edit with the values from before it.

use serde_json::{Map, Value};

use super::super::{Cx, Service, find};
use super::change_job;
use jobs_api::{Added, Edit, JobRef, PutBack};
use jobs_error::{Error, Result};
use jobs_model::{AuditRow, Job, Mode, Outcome};
use jobs_store::Reader;
use jobs_work::Work;

/// Members of a job that follow from others: they are neither put back nor missed.
const FOLLOWING: [&str; 4] = ["next_run", "anchor_at", "updated_at", "created_at"];

/// Members that are put back in another way than by a field of the same name.
const APART: [&str; 4] = ["mode", "command", "stopped", "stopped_until"];

/// An edit that takes a change back, and the warnings about what it cannot take back.
struct Reversal {
    edit: Edit,
    warnings: Vec<String>,
}

impl Service {
    pub(crate) fn put_back(&self, cx: &Cx, request: PutBack) -> Result<Added> {
        self.check_is_there(&request.job)?;
        let is_dry_run = request.dry_run;
        let added = self.change_or_report(cx, is_dry_run, move |tx, settings, now| {
            let job = find(tx, &request.job)?;
            let Reversal { edit, warnings } = reversal(tx, &job, request.change)?;
            let edit = Edit {
                job: JobRef::from(job.id),
                dry_run: is_dry_run,
                ..edit
            };
            let mut added = change_job(tx, settings, now, &edit)?;
            added.warnings.splice(0..0, warnings);
            Ok(added)
        })?;
        if !is_dry_run {
            self.scheduler.poke();
        }
        Ok(added)
    }

    /// Refuses a job that was removed, and whose changes are still known.
    fn check_is_there(&self, job: &JobRef) -> Result<()> {
        let Some(id) = job.id() else {
            return Ok(());
        };
        let is_removed = self
            .store
            .read(|reader| Ok(reader.job(id)?.is_none() && reader.audit_of_job_total(id)? > 0))?;
        match is_removed {
            true => Err(Error::Conflict(format!(
                "the job {id} was removed: a removed job can't be put back\nhint: `jobs changes {id}` shows how it was; `jobs add` adds it anew"
            ))),
            false => Ok(()),
        }
    }
}

/// The edit that takes a change of the job back.
fn reversal(reader: &mut Reader<'_>, job: &Job, change: i64) -> Result<Reversal> {
    let (row, name) = reader
        .audit_row_of_job(job.id, change)?
        .ok_or_else(|| Error::NoSuch {
            what: "change of this job",
            name: change.to_string(),
        })?;
    let nothing = |why: &str| {
        Err(Error::Conflict(format!(
            "the change {change} (`{}`) can't be put back: {why}",
            row.operation
        )))
    };
    match row.outcome {
        Outcome::Done => {}
        Outcome::Failed | Outcome::Denied => return nothing("it was not made"),
    }
    let (before, after) = (side(&row.before, &name), side(&row.after, &name));
    let Some(before) = before else {
        return nothing(match (row.operation.as_str(), row.before.is_some()) {
            ("add" | "copy", _) => "it added the job; `jobs rm` removes it",
            (_, true) => "its values were too long to be kept",
            (_, false) => "it changed no field of the job",
        });
    };
    let reversal = reversal_of(job, &before, &after.unwrap_or_default())?;
    if reversal.edit == Edit::default() {
        return nothing(&match reversal.warnings.as_slice() {
            [] => "it changed no field that an edit can set".to_string(),
            warnings => warnings.join("; "),
        });
    }
    Ok(reversal)
}

/// Fields about alerts: a job that does not use them does not have them.
const ALERTS: [&str; 7] = [
    "notify",
    "alert_after",
    "expect_success_every",
    "start_within",
    "warn_after",
    "warn_under",
    "stop_after_failures",
];

/// The values of the job on one side of a row.
fn side(text: &Option<String>, name: &str) -> Option<Map<String, Value>> {
    let mut jobs: Map<String, Value> = serde_json::from_str(text.as_ref()?).ok()?;
    match jobs.remove(name)? {
        Value::Object(fields) => Some(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

fn reversal_of(
    job: &Job,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<Reversal> {
    let mut warnings = Vec::new();
    let present = match serde_json::to_value(super::super::masked::job(job.clone())) {
        Ok(Value::Object(fields)) => fields,
        // A job always becomes an object.
        Ok(_) | Err(_) => Map::new(),
    };
    let mut given = Map::new();
    let was_unset = |field: &&&str| after.contains_key(**field) && !before.contains_key(**field);
    let unset: Vec<(String, Value)> = ALERTS
        .iter()
        .filter(was_unset)
        .map(|field| ((*field).to_string(), Value::Null))
        .collect();
    let unset = unset.iter().map(|(field, value)| (field, value));
    for (field, value) in before.iter().chain(unset) {
        if FOLLOWING.contains(&field.as_str()) || APART.contains(&field.as_str()) {
            continue;
        }
        let value = match (field.as_str(), value) {
            (
                "timezone" | "start_at" | "end_at" | "origin" | "notify" | "alert_after",
                Value::Null,
            ) => "".into(),
            (field, Value::Null) if ALERTS.contains(&field) => 0.into(),
            // An empty tag removes those that the job has now.
            ("tags", Value::Array(tags)) => {
                std::iter::once(&"".into()).chain(tags).cloned().collect()
            }
            _ => value.clone(),
        };
        let one = Map::from_iter([(field.clone(), value.clone())]);
        if serde_json::from_value::<Edit>(Value::Object(one)).is_err() {
            warnings.push(format!("`{field}` can't be put back and stays as it is"));
            continue;
        }
        let (now, set) = (present.get(field), after.get(field));
        if now != set && now != before.get(field) {
            warnings.push(format!("`{field}` was changed again since"));
        }
        given.insert(field.clone(), value);
    }
    if before.get("stopped_until").is_some_and(Value::is_string) {
        warnings.push("`stopped_until` can't be put back: `jobs stop JOB --until` sets it".into());
    }
    if let Some(state) = state_before(before) {
        given.insert("state".into(), state.into());
    }
    let mut edit: Edit = serde_json::from_value(Value::Object(given))
        .map_err(|error| Error::Conflict(format!("the values of the change: {error}")))?;
    if before.contains_key("command") || before.contains_key("mode") {
        put_work_back(job, before, &mut edit, &mut warnings)?;
    }
    Ok(Reversal { edit, warnings })
}

/// The state to set, when the change stopped the job or started it: 2 is stopped, 0 is not.
fn state_before(before: &Map<String, Value>) -> Option<u8> {
    match (before.get("stopped"), before.get("stopped_until")) {
        (Some(Value::Bool(true)), _) => Some(2),
        (Some(Value::Bool(false)), _) | (None, Some(Value::Null)) => Some(0),
        (Some(_) | None, _) => None,
    }
}

/// Adds the work from before the change to the edit, with the present secrets.
fn put_work_back(
    job: &Job,
    before: &Map<String, Value>,
    edit: &mut Edit,
    warnings: &mut Vec<String>,
) -> Result<()> {
    let mode = match before.get("mode") {
        Some(mode) => serde_json::from_value(mode.clone())
            .map_err(|error| Error::Conflict(format!("the mode of the change: {error}")))?,
        None => job.mode,
    };
    let stays = |why: &str| format!("the work stays as it is: {why}");
    let Some(text) = before.get("command").and_then(Value::as_str) else {
        warnings.push(stays("the change does not tell it"));
        return Ok(());
    };
    let Ok(earlier) = Work::parse(mode, text) else {
        warnings.push(stays("its mode was changed again since"));
        return Ok(());
    };
    let present = Work::parse(job.mode, &job.command)?;
    let Some((work, kept)) = earlier.with_secrets_of(&present) else {
        warnings.push(stays(
            "it had a secret then, which the audit shows as `***` and the present work does not have",
        ));
        return Ok(());
    };
    if !kept.is_empty() {
        let has = if kept.len() == 1 {
            "has a secret"
        } else {
            "have secrets"
        };
        warnings.push(format!(
            "{} {has}, of which the audit has only `***`: the present value stays, if there is one",
            quoted(&kept)
        ));
    }
    if work != present {
        edit.mode = Some(mode).filter(|mode: &Mode| *mode != job.mode);
        edit.command = Some(work.whole_text());
    }
    Ok(())
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The rows of the audit about a job as callers see them: of rows about several jobs only the part of this one.
pub(crate) fn part_of(row: AuditRow, name: &str) -> AuditRow {
    let part = |text: Option<String>| {
        let text = text?;
        match side(&Some(text.clone()), name) {
            Some(fields) => Some(
                Value::Object(Map::from_iter([(name.to_string(), Value::Object(fields))]))
                    .to_string(),
            ),
            // A text about other jobs only, or one that says how long the values were.
            None => Some(text).filter(|text| text.starts_with(r#"{"things":"#)),
        }
    };
    AuditRow {
        before: part(row.before),
        after: part(row.after),
        ..row
    }
}
