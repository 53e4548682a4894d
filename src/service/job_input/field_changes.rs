//! The fields of a job that a change gives another value, with secrets masked.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::masked;
use jobs_api::FieldChange;
use jobs_model::Job;
use jobs_work::{NamedValue, Work};

/// Marks a value whose masked text is the same although a secret in it changed.
const OTHER_SECRET: &str = "(a secret in it is another one)";

/// Members of a job that follow from other fields, or that are no fields. The work stands apart.
const LEFT_OUT: [&str; 7] = [
    "id",
    "command",
    "run_count",
    "created_at",
    "updated_at",
    "anchor_at",
    "next_run",
];

/// The fields whose values differ, those of the job before those of its work.
pub(super) fn between(before: &Job, after: &Job) -> Vec<FieldChange> {
    let (old, new) = (members(before), members(after));
    let gone = old.keys().filter(|field| !new.contains_key(*field));
    let gone: Vec<(String, Value)> = gone.map(|field| (field.clone(), Value::Null)).collect();
    let mut changes: Vec<FieldChange> = new
        .into_iter()
        .chain(gone)
        .filter(|(field, _)| !LEFT_OUT.contains(&field.as_str()))
        .filter_map(|(field, after)| {
            let before = old.get(&field).cloned().unwrap_or_default();
            (before != after).then_some(FieldChange {
                field,
                before,
                after,
            })
        })
        .collect();
    if before.mode == after.mode && before.command == after.command {
        return changes;
    }
    let ((old, old_shown), (new, new_shown)) = (work_of(before), work_of(after));
    let names: Vec<&str> = old
        .keys()
        .chain(new.keys().filter(|name| !old.contains_key(*name)))
        .copied()
        .collect();
    for name in names {
        if old.get(name) == new.get(name) {
            continue;
        }
        let before = old_shown.get(name).map_or(Value::Null, json);
        let mut after = new_shown.get(name).map_or(Value::Null, json);
        if before == after {
            mark(&mut after, old.get(name), new.get(name));
        }
        changes.push(FieldChange {
            field: name.to_string(),
            before,
            after,
        });
    }
    changes
}

fn members(job: &Job) -> Map<String, Value> {
    match serde_json::to_value(job) {
        Ok(Value::Object(members)) => members,
        // A job always becomes an object.
        Ok(_) | Err(_) => Map::new(),
    }
}

type Values = BTreeMap<&'static str, NamedValue>;

/// The values of the work of a job, as they are and as they may be shown. Work that cannot be read has none.
fn work_of(job: &Job) -> (Values, Values) {
    let values = |text: &str| -> Values {
        Work::parse(job.mode, text)
            .map(|work| work.named_values().into_iter().collect())
            .unwrap_or_default()
    };
    (
        values(&job.command),
        values(&masked::job(job.clone()).command),
    )
}

fn json(value: &NamedValue) -> Value {
    match value {
        NamedValue::Number(number) => (*number).into(),
        NamedValue::Text(text) => text.as_str().into(),
        NamedValue::List(members) => members.as_slice().into(),
    }
}

/// Marks the texts in `shown` whose secrets have changed.
fn mark(shown: &mut Value, before: Option<&NamedValue>, after: Option<&NamedValue>) {
    match shown {
        Value::String(text) => *text = format!("{text} {OTHER_SECRET}"),
        Value::Array(members) => {
            if let (Some(NamedValue::List(before)), Some(NamedValue::List(after))) = (before, after)
            {
                for ((shown, before), after) in members.iter_mut().zip(before).zip(after) {
                    if before != after {
                        mark(shown, None, None);
                    }
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_schedule::Time;
    use serde_json::json;

    #[test]
    fn between_names_fields_as_requests_do_and_hides_secrets() {
        let job = |command: &str, cron_expr: &str| Job {
            command: command.into(),
            cron_expr: cron_expr.into(),
            ..Job::named("a".into(), Time::from_millis(0))
        };
        let before = job(
            "【command】dump --password=hunter2\n【env】A=1|||TOKEN=old99\n【timeout】60",
            "@daily",
        );
        let mut after = job(
            "【command】dump --password=hunter3\n【env】A=1|||TOKEN=new99|||B=2",
            "@hourly",
        );
        after.updated_at = Time::from_millis(1);
        let shown = serde_json::to_value(between(&before, &after)).unwrap();
        assert_eq!(
            shown,
            json!([
                {"field": "cron_expr", "before": "@daily", "after": "@hourly"},
                {
                    "field": "command",
                    "before": "dump --password=***",
                    "after": "dump --password=*** (a secret in it is another one)"
                },
                {"field": "env", "before": ["A=1", "TOKEN=***"], "after": ["A=1", "TOKEN=***", "B=2"]},
                {"field": "timeout", "before": 60, "after": null},
            ])
        );
        let other_token = job("【command】x\n【env】A=1|||TOKEN=new99", "@daily");
        let token = job("【command】x\n【env】A=1|||TOKEN=old99", "@daily");
        assert_eq!(
            between(&token, &other_token)[0].after,
            json!(["A=1", "TOKEN=*** (a secret in it is another one)"])
        );
        assert_eq!(between(&before, &before), []);
    }
}
