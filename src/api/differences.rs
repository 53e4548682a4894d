//! What a change has changed: the fields that are not what they were.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// The longest text that is kept of either side, in bytes.
const LONGEST: usize = 16 * 1024;

/// What was there before and after a change, each as JSON by the name of the thing, without what is the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// Absent when nothing was there before.
    pub before: Option<String>,
    /// Absent when nothing is there any more.
    pub after: Option<String>,
}

impl Differences {
    /// Holds what was against what is. What belongs together has the same key.
    pub fn between(before: &Things, after: &Things) -> Differences {
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

/// Things as they are at one moment, by a name that they keep.
#[derive(Clone, Debug, Default)]
pub struct Things(BTreeMap<String, Value>);

impl Things {
    /// Adds a thing as it may be shown.
    pub fn add(&mut self, key: impl Into<String>, thing: &impl Serialize) {
        // What can't be said in JSON is not among the answers.
        let thing = serde_json::to_value(thing).unwrap_or_default();
        self.0.insert(key.into(), thing);
    }
}

impl Things {
    /// Adds each member of an object as a thing.
    pub fn add_members(&mut self, object: &impl Serialize) {
        if let Ok(Value::Object(members)) = serde_json::to_value(object) {
            self.0.extend(members);
        }
    }

    /// Whether a field of a thing is what it is among others.
    pub fn shows_the_same(&self, others: &Things, key: &str, field: &str) -> bool {
        let of = |things: &Things| {
            things
                .0
                .get(key)
                .and_then(|thing| thing.get(field))
                .cloned()
        };
        of(self) == of(others)
    }

    /// Says of a field of a thing that it is another one although it looks the same.
    pub fn mark(&mut self, key: &str, field: &str, how: &str) {
        if let Some(Value::Object(thing)) = self.0.get_mut(key) {
            let shown = match thing.get(field) {
                Some(Value::String(text)) => format!("{text} ({how})"),
                _ => how.to_string(),
            };
            thing.insert(field.to_string(), shown.into());
        }
    }
}

/// The fields of two objects that are not the same; of one that is gone or new, all.
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

fn text(things: Map<String, Value>) -> Option<String> {
    if things.is_empty() {
        return None;
    }
    let number = things.len();
    let text = Value::Object(things).to_string();
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
    fn only_what_differs_is_told() {
        let (mut before, mut after) = (Things::default(), Things::default());
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
