//! Parameters of a request, from the query, a form or JSON, converted to what the operation takes.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};

use super::response::HttpError;
use super::routes::{HttpMethod, OPERATIONS, Route};
use jobs_api::{Operation, UniqueJson};
use jobs_model::ExecId;

/// Parameters by name, as they were sent.
pub(super) type Params = Map<String, Value>;

/// The parameters of a query or a form. A name that comes more than once makes a list.
///
/// # Errors
///
/// When a text is not UTF-8 after it was decoded, as `%E9` is.
pub(super) fn from_pairs(text: &str) -> Result<Params, HttpError> {
    let mut params = Params::new();
    if let Some(part) = text.split('&').find(|part| !decodes_to_utf8(part)) {
        let name = part.split('=').next().unwrap_or(part);
        return Err(HttpError::field(
            name,
            "the value is not UTF-8 after it was decoded\nhint: encode the text as UTF-8 (`é` is `%C3%A9`)",
        ));
    }
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let value = Value::String(value.into_owned());
        match params.get_mut(name.as_ref()) {
            None => drop(params.insert(name.into_owned(), value)),
            Some(Value::Array(values)) => values.push(value),
            Some(before) => *before = Value::Array(vec![before.take(), value]),
        }
    }
    Ok(params)
}

/// Whether a part of a query or a form is UTF-8 after it was decoded.
fn decodes_to_utf8(part: &str) -> bool {
    percent_encoding::percent_decode_str(part)
        .decode_utf8()
        .is_ok()
}

/// The parameters of a body, by its content type. An empty body has none.
pub(super) fn from_body(headers: &HeaderMap, body: &[u8]) -> Result<Params, HttpError> {
    if body.is_empty() {
        return Ok(Params::new());
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let text = std::str::from_utf8(body)
            .map_err(|_| HttpError::field("body", "the form is not UTF-8"))?;
        return from_pairs(text);
    }
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(HttpError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!(
                "content-type: `{kind}` is not read\nhint: send `application/json` or `application/x-www-form-urlencoded`"
            ),
        ));
    }
    match serde_json::from_slice(body) {
        Ok(UniqueJson(Value::Object(params))) => Ok(params),
        Ok(UniqueJson(_)) => Err(HttpError::field("body", "it is not a JSON object")),
        Err(error) => Err(HttpError::field("body", format!("it is not JSON: {error}"))),
    }
}

/// Converts the parameters of a route to those of its operation.
pub(super) fn translate(
    route: &Route,
    operation: &Operation,
    mut given: Params,
) -> Result<Value, HttpError> {
    for name in route.ignored.iter().copied().flatten() {
        given.remove(*name);
    }
    if route.method == HttpMethod::Get {
        // Clients send fields of a form that are not filled in as empty values.
        given.retain(|_, value| value != "");
    }
    for name in route.required {
        if given.get(*name).is_none_or(Value::is_null) {
            return Err(HttpError::field(name, "is missing"));
        }
    }
    let mut params = Params::new();
    for (name, value) in given {
        let Some(there) = route.name_there(operation, &name) else {
            let problem = match route.takes(operation).as_slice() {
                [] => "no such parameter: there is none here".to_string(),
                known => format!(
                    "no such parameter\nhint: {} are read here",
                    known.join(", ")
                ),
            };
            return Err(HttpError::field(&name, problem));
        };
        params.insert(there.to_string(), value);
    }
    for (name, value) in route.defaults {
        params.entry(*name).or_insert_with(|| (*value).into());
    }
    for (name, value) in route.fixed {
        params.insert((*name).to_string(), (*value).into());
    }
    Ok(Value::Object(fit(operation, params)))
}

/// Converts the texts of a query or a form to numbers, booleans and lists where the operation takes those. A text that can't
/// be converted stays: parsing the call reports the error.
pub(super) fn fit(operation: &Operation, mut params: Params) -> Params {
    let known = KINDS.get(operation.method);
    for (name, value) in &mut params {
        if let Some(kinds) = known.and_then(|known| known.get(name)) {
            *value = kinds.fit(value.take());
        }
    }
    params
}

/// The kinds of values that each parameter of each operation takes.
static KINDS: LazyLock<HashMap<&str, HashMap<String, Kinds>>> = LazyLock::new(|| {
    let of = |operation: &Operation| {
        let properties = operation
            .request
            .get("properties")
            .and_then(Value::as_object);
        let names = properties.into_iter().flat_map(Map::keys);
        names
            .map(|name| (name.clone(), Kinds::of(operation, name)))
            .collect()
    };
    OPERATIONS
        .iter()
        .map(|operation| (operation.method, of(operation)))
        .collect()
});

/// The kinds of values that a parameter takes.
#[derive(Debug, Default)]
struct Kinds {
    text: bool,
    integer: bool,
    number: bool,
    boolean: bool,
    list: bool,
}

impl Kinds {
    fn of(operation: &Operation, name: &str) -> Kinds {
        let mut kinds = Kinds::default();
        let schema = operation.request.as_value();
        if let Some(property) = schema
            .get("properties")
            .and_then(|properties| properties.get(name))
        {
            kinds.add(schema, property, 0);
        }
        kinds
    }

    fn add(&mut self, root: &Value, schema: &Value, depth: usize) {
        // A bound for schemas that refer to themselves; ours are flat.
        if depth > 8 {
            return;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(target) = reference
                .strip_prefix('#')
                .and_then(|pointer| root.pointer(pointer))
        {
            self.add(root, target, depth + 1);
        }
        for among in ["anyOf", "oneOf", "allOf"] {
            for member in schema
                .get(among)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                self.add(root, member, depth + 1);
            }
        }
        for member in schema
            .get("enum")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.text |= member.is_string();
            self.integer |= member.is_number();
        }
        self.text |= schema.get("const").is_some_and(Value::is_string);
        let kinds = match schema.get("type") {
            Some(Value::String(kind)) => vec![kind.as_str()],
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for kind in kinds {
            match kind {
                "string" => self.text = true,
                "integer" => self.integer = true,
                "number" => self.number = true,
                "boolean" => self.boolean = true,
                "array" => self.list = true,
                _ => {}
            }
        }
    }

    /// Converts a value to a kind that the parameter takes.
    fn fit(&self, value: Value) -> Value {
        let Value::String(text) = &value else {
            return value;
        };
        if self.list && !self.text {
            return Value::Array(vec![value]);
        }
        // An id is never negative: `-1` may be the name of a job.
        if self.integer
            && let Some(number) = whole_number(text).filter(|number| *number >= 0 || !self.text)
        {
            return number.into();
        }
        if self.text {
            return value;
        }
        if self.number
            && let Ok(number) = text.trim().parse::<f64>()
        {
            return serde_json::Number::from_f64(number).map_or(value, Value::Number);
        }
        match text.as_str() {
            "true" if self.boolean => true.into(),
            "false" if self.boolean => false.into(),
            _ => value,
        }
    }
}

/// The number that a text is. Texts such as `+1`, ` 1`, `01` and `1.0` are none: they may be the name of a job.
pub(super) fn whole_number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The number of an execution, from a query.
pub(super) fn exec_id(text: &str) -> Result<ExecId, HttpError> {
    whole_number(text).ok_or_else(|| {
        HttpError::field(
            "exec_id",
            format!("`{text}` is not the number of an execution"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{ROUTES, operation};
    use serde_json::json;

    fn route(path: &str) -> &'static Route {
        ROUTES.iter().find(|route| route.path == path).unwrap()
    }

    fn translated(path: &str, given: Value) -> Result<Value, String> {
        let route = route(path);
        let Value::Object(given) = given else {
            panic!()
        };
        translate(route, operation(route.operation).unwrap(), given).map_err(|fault| fault.message)
    }

    #[test]
    fn translate_gives_parameters_their_operation_names() {
        for (path, given, expected) in [
            ("/jobs/run", json!({"id": 5}), Ok(json!({"job": 5}))),
            ("/jobs/run", json!({"id": "5"}), Ok(json!({"job": 5}))),
            (
                "/jobs/run",
                json!({"id": "backup"}),
                Ok(json!({"job": "backup"})),
            ),
            // None of these is an id, so each stays a name.
            (
                "/jobs/del",
                json!({"id": ["+1", " 1", "1 ", "01", "１", "1.0", "0x1", "1e0", "-0", "-1", ""]}),
                Ok(
                    json!({"jobs": ["+1", " 1", "1 ", "01", "１", "1.0", "0x1", "1e0", "-0", "-1", ""]}),
                ),
            ),
            ("/jobs/run", json!({"id": "+1"}), Ok(json!({"job": "+1"}))),
            ("/jobs/edit", json!({"id": " 1"}), Ok(json!({"job": " 1"}))),
            ("/jobs/read", json!({"id": "01"}), Ok(json!({"job": "01"}))),
            ("/jobs/run", json!({}), Err("id: is missing")),
            (
                "/jobs/run",
                json!({"job": 5, "id": 5}),
                Err("job: no such parameter\nhint: id are read here"),
            ),
            (
                "/jobs/list",
                json!({"state": "2", "mode": "", "size": "20", "page": ""}),
                Ok(json!({"state": 2, "size": 20, "page": 1, "order": "newest"})),
            ),
            (
                "/jobs/add",
                json!({"name": "a", "allow_mode": "1", "clean_env": "true", "env": "A=1", "created_at": "x", "retry_backoff": "1.5"}),
                Ok(
                    json!({"name": "a", "allow_mode": 1, "clean_env": true, "env": ["A=1"], "retry_backoff": 1.5}),
                ),
            ),
            (
                "/jobs/ip-control/whitelist/add",
                json!({"ip": "10.0.0.1"}),
                Ok(json!({"ip": "10.0.0.1", "list": "whitelist"})),
            ),
        ] {
            assert_eq!(
                translated(path, given.clone()),
                expected.map_err(str::to_string),
                "{path} {given}"
            );
        }
    }

    #[test]
    fn from_pairs_decodes_and_collects_repeated_names() {
        assert_eq!(
            Value::Object(from_pairs("a=1&b=x+y%20z&a=2&c=").ok().unwrap()),
            json!({"a": ["1", "2"], "b": "x y z", "c": ""})
        );
    }
}
