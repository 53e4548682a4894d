//! The types of the operations for the scripts of the page: a golden file, made from the OpenAPI document.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::super::client::{Api, home_with_http};

const HEAD: &str = "\
// The operations of the API: what each takes and answers. Made from the table of operations; the test
// `openapi_types_of_the_page_match_the_golden_file` with JOBS_BLESS=1 makes it anew.
";

#[test]
fn openapi_types_of_the_page_match_the_golden_file() {
    let path = format!(
        "{}/src/page/files/base/operations.d.ts",
        env!("CARGO_MANIFEST_DIR")
    );
    let home = home_with_http("");
    let document = Api::anonymous(&home).get("/openapi.json").json();
    let types = types(&document);
    if std::env::var_os("JOBS_BLESS").is_some() {
        std::fs::write(&path, &types).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == types,
        "`{path}` has drifted: the same test with JOBS_BLESS=1 mends it"
    );
    for line in [
        "  next: { request: NextRequest; answer: NextRuns };",
        "  functions: { request: Record<string, never>; answer: FunctionInfo[] };",
        "export type Mode = 'command' | 'http' | 'func';",
    ] {
        assert!(types.lines().any(|known| known == line), "{line}");
    }
}

/// A type for each schema that the operations need, and one with a member for each operation.
fn types(document: &Value) -> String {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut operations = String::from("export interface Operations {\n");
    let mut needed = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(method) = path.strip_prefix("/api/") else {
            continue;
        };
        let body = methods.pointer("/post/requestBody/content/application~1json/schema");
        let request = match body {
            None => "Record<string, never>".to_string(),
            Some(schema) => of(schema, &mut needed),
        };
        let answer = "/post/responses/200/content/application~1json/schema/properties/data";
        let answer = methods.pointer(answer).unwrap();
        let answer = of(answer, &mut needed);
        writeln!(
            operations,
            "  {method}: {{ request: {request}; answer: {answer} }};"
        )
        .unwrap();
    }
    operations.push_str("}\n");
    let mut known = Map::new();
    while let Some(name) = needed.pop() {
        if !known.contains_key(&name) {
            let text = of(&schemas[&name], &mut needed);
            known.insert(name, text.into());
        }
    }
    let mut lines: Vec<String> = known
        .iter()
        .map(|(name, text)| {
            format!(
                "export type {} = {};\n",
                type_name(name),
                text.as_str().unwrap()
            )
        })
        .collect();
    lines.sort();
    format!("{HEAD}\n{}\n{operations}", lines.concat())
}

/// `api_next_body` is `NextRequest`; other names stay.
fn type_name(schema: &str) -> String {
    let Some(method) = schema
        .strip_prefix("api_")
        .and_then(|name| name.strip_suffix("_body"))
    else {
        return schema.to_string();
    };
    let mut name = String::new();
    for word in method.split('_') {
        let (first, rest) = word.split_at(1);
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    format!("{name}Request")
}

/// The type of a schema. Names of schemas that it refers to are added to `needed`.
fn of(schema: &Value, needed: &mut Vec<String>) -> String {
    let Some(members) = schema.as_object() else {
        return "unknown".to_string();
    };
    let mut parts = Vec::new();
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap().to_string();
        parts.push(type_name(&name));
        needed.push(name);
    }
    if let Some(value) = members.get("const") {
        return literal(value);
    }
    if let Some(values) = members.get("enum").and_then(Value::as_array) {
        return values.iter().map(literal).collect::<Vec<_>>().join(" | ");
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = members.get(choice).and_then(Value::as_array) {
            let mut types: Vec<String> = choices.iter().map(|one| of(one, needed)).collect();
            types.dedup();
            return types.join(" | ");
        }
    }
    let kinds = match members.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kinds: Vec<String> = kinds
        .iter()
        .map(|kind| plain(kind, members, needed))
        .collect();
    if !kinds.is_empty() {
        let mut kinds = kinds;
        kinds.dedup();
        parts.push(kinds.join(" | "));
    }
    match parts.len() {
        0 => "unknown".to_string(),
        _ => parts.join(" & "),
    }
}

fn plain(kind: &str, members: &Map<String, Value>, needed: &mut Vec<String>) -> String {
    match kind {
        "integer" | "number" => "number".to_string(),
        "array" => {
            let items = members
                .get("items")
                .map_or("unknown".to_string(), |items| of(items, needed));
            match items.contains([' ', '|']) {
                true => format!("({items})[]"),
                false => format!("{items}[]"),
            }
        }
        "object" => object(members, needed),
        other => other.to_string(),
    }
}

fn object(members: &Map<String, Value>, needed: &mut Vec<String>) -> String {
    let required = |name: &str| {
        let names = members.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|known| known == name))
    };
    if let Some(properties) = members.get("properties").and_then(Value::as_object) {
        let fields: Vec<String> = properties
            .iter()
            .map(|(name, schema)| {
                let mark = if required(name) { "" } else { "?" };
                format!("{name}{mark}: {}", of(schema, needed))
            })
            .collect();
        return match fields.is_empty() {
            true => "Record<string, never>".to_string(),
            false => format!("{{ {} }}", fields.join("; ")),
        };
    }
    match members.get("additionalProperties") {
        Some(schema) if schema.is_object() => format!("Record<string, {}>", of(schema, needed)),
        _ => "Record<string, unknown>".to_string(),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}
