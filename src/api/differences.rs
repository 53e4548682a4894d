//! The differences that a change made: the fields whose value is another one.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// The longest JSON text that is stored of either side, in bytes.
const LONGEST: usize = 16 * 1024;

/// The values before and after a change, each a JSON object by key. Equal values are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// Absent when nothing existed before, or nothing differs.
    pub before: Option<String>,
    /// Absent when nothing exists any more, or nothing differs.
    pub after: Option<String>,
}

impl Differences {
    /// Compares two sets of fields, key by key.
    pub fn between(before: &Fields, after: &Fields) -> Differences {
        let (mut was, mut is) = (Map::new(), Map::new());
        for (key, old) in &before.0 {
            let new = after.0.get(key);
            let (old, new) = differing(old, new);
            was.extend(old.map(|old| (key.clone(), old)));
            is.extend(new.map(|new| (key.clone(), new)));
        }
        for (key, new) in &after.0 {
            if !before.0.contains_key(key) {
                is.insert(key.clone(), new.clone());
            }
        }
        Differences {
            before: text(was),
            after: text(is),
        }
    }
}

/// Values at one instant by key, as the audit may show them: secrets are masked. A key is the name of a job, an account or a
/// configuration section, and stays the same across a change.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// Adds a value.
    pub fn add(&mut self, key: impl Into<String>, value: &impl Serialize) {
        // Types of answers always serialize, so the default is never used.
        let value = serde_json::to_value(value).unwrap_or_default();
        self.0.insert(key.into(), value);
    }

    /// Adds each member of an object under its own name.
    pub fn add_members(&mut self, object: &impl Serialize) {
        if let Ok(Value::Object(members)) = serde_json::to_value(object) {
            self.0.extend(members);
        }
    }

    /// Whether `field` of the value at `key` is the same in both.
    pub fn shows_the_same(&self, others: &Fields, key: &str, field: &str) -> bool {
        let of = |fields: &Fields| {
            fields
                .0
                .get(key)
                .and_then(|value| value.get(field))
                .cloned()
        };
        of(self) == of(others)
    }

    /// Appends `note` to `field` of the value at `key`, so that it differs although its masked text is the same.
    pub fn mark(&mut self, key: &str, field: &str, note: &str) {
        if let Some(Value::Object(value)) = self.0.get_mut(key) {
            let shown = match value.get(field) {
                Some(Value::String(text)) => format!("{text} ({note})"),
                _ => note.to_string(),
            };
            value.insert(field.to_string(), shown.into());
        }
    }
}

/// The members of two objects that differ. A removed value is returned whole.
fn differing(old: &Value, new: Option<&Value>) -> (Option<Value>, Option<Value>) {
    match (old, new) {
        (old, None) => (Some(old.clone()), None),
        (Value::Object(old), Some(Value::Object(new))) => {
            let differs = |key: &String| old.get(key) != new.get(key);
            let part = |of: &Map<String, Value>| -> Map<String, Value> {
                of.iter()
                    .filter(|(key, _)| differs(key))
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect()
            };
            let (old, new) = (part(old), part(new));
            let some = |part: Map<String, Value>| (!part.is_empty()).then_some(Value::Object(part));
            (some(old), some(new))
        }
        (old, Some(new)) if old == new => (None, None),
        (old, Some(new)) => (Some(old.clone()), Some(new.clone())),
    }
}

fn text(fields: Map<String, Value>) -> Option<String> {
    if fields.is_empty() {
        return None;
    }
    let number = fields.len();
    let text = Value::Object(fields).to_string();
    if text.len() <= LONGEST {
        return Some(text);
    }
    Some(format!(r#"{{"things":{number},"bytes":{}}}"#, text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_contain_only_changed_fields() {
        let (mut before, mut after) = (Fields::default(), Fields::default());
        before.add("a", &json!({"name": "a", "n": 1}));
        after.add("a", &json!({"name": "a", "n": 2}));
        before.add("gone", &json!({"n": 3}));
        after.add("new", &json!([1]));
        before.add("same", &json!({"x": true}));
        after.add("same", &json!({"x": true}));
        let differences = Differences::between(&before, &after);
        assert_eq!(
            differences.before.as_deref(),
            Some(r#"{"a":{"n":1},"gone":{"n":3}}"#)
        );
        assert_eq!(
            differences.after.as_deref(),
            Some(r#"{"a":{"n":2},"new":[1]}"#)
        );
        assert_eq!(
            Differences::between(&before, &before),
            Differences::default()
        );
    }
}
