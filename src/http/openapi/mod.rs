//! The OpenAPI document, generated from the table of routes and the schemas of the operations.

mod examples;
mod schemas;

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::routes::{self, HttpMethod, OPERATIONS, ROUTES, Route, Shape};
use jobs_api::Operation;
use schemas::Schemas;

/// The document as the server sends it.
pub static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document()));

const ABOUT: &str = "\
The HTTP API of the daemon. Every answer except files, metrics and `/jobs/jobStatus` is `{code, msg, data}`; `code` is the \
status. Lists add `total`, `pages_total`, `page` and `page_size`, and come newest first.

`POST /admin/login` gives a token for `Authorization: Bearer TOKEN`; `jobs token add` makes one for a program. A *viewer* \
reads, an *operator* also manages and runs jobs, an *admin* also manages access and the configuration. A job is named by its \
id or its name.";

/// The error statuses, and when each is used.
const ERRORS: &[(u16, &str)] = &[
    (400, "a parameter is invalid; `data.field` names it"),
    (
        401,
        "the caller is not authenticated: no token, or a void one",
    ),
    (403, "the address or the role is not allowed"),
    (404, "no such job, execution, account or token"),
    (405, "the path has another method"),
    (409, "not possible in the present state"),
    (413, "the body is too large"),
    (415, "the body is neither JSON nor a form"),
    (
        429,
        "too many requests; `Retry-After` says after how many seconds to try again",
    ),
    (500, "a fault of the daemon, its store or its system"),
    (503, "the daemon is shutting down or has too much to do"),
];

fn document() -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for route in ROUTES {
        let Some(operation) = routes::operation(route.operation) else {
            continue;
        };
        let method = match route.method {
            HttpMethod::Get => "get",
            HttpMethod::Post => "post",
        };
        add(
            &mut paths,
            route.path,
            method,
            of_route(route, operation, &mut schemas),
        );
    }
    for (path, description) in [
        ("/jobs/events", stream()),
        ("/jobs/logs/download", file()),
        ("/metrics", metrics()),
    ] {
        add(&mut paths, path, "get", description);
    }
    for operation in OPERATIONS.iter() {
        let path = format!("/api/{}", operation.method);
        add(
            &mut paths,
            &path,
            "post",
            of_operation(operation, &mut schemas),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "jobs",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "a daemon that replaces cron",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "jobs", "description": "Jobs and the scheduler."},
            {"name": "executions", "description": "Executions and their output."},
            {"name": "access", "description": "Accounts, tokens, addresses and the audit."},
            {"name": "system", "description": "The daemon itself."},
            {"name": "api", "description": "Every operation of the local socket, by its name there."},
        ],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a login (`POST /admin/login`) or of a program (`jobs token add`).",
                },
            },
            "responses": errors(),
            "schemas": schemas.done(),
        },
    })
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, description: Value) {
    let methods = paths
        .entry(path)
        .or_insert_with(|| Value::Object(Map::new()));
    methods[method] = description;
}

/// The description of a route of the table.
fn of_route(route: &Route, operation: &Operation, schemas: &mut Schemas) -> Value {
    let id = format!(
        "{}{}",
        if route.method == HttpMethod::Get {
            "get"
        } else {
            "post"
        },
        route.path.replace(['/', '-'], "_")
    );
    let mut request = schemas.request(operation);
    request.rename(route);
    let mut described = described(operation, &id, operation.tag.as_str());
    match route.method {
        HttpMethod::Get => described["parameters"] = request.parameters(),
        HttpMethod::Post => body(
            &mut described,
            request.object(),
            examples::at(route.path),
            schemas,
        ),
    }
    described["responses"] = responses(operation, success(route.shape, operation, schemas));
    if route.shape == Shape::Health {
        described["responses"]["503"] = described["responses"]["200"].clone();
        described["responses"]["503"]["description"] =
            json!("it is not healthy; `data.problems` says why");
    }
    described
}

/// The description of `/api/{operation}`.
fn of_operation(operation: &Operation, schemas: &mut Schemas) -> Value {
    let id = format!("api_{}", operation.method);
    let mut described = described(operation, &id, "api");
    let request = schemas.request(operation).object();
    body(
        &mut described,
        request,
        examples::of(operation.method),
        schemas,
    );
    described["responses"] = responses(operation, success(Shape::Data, operation, schemas));
    described
}

fn described(operation: &Operation, id: &str, tag: &str) -> Value {
    let summary = operation
        .doc
        .split(['\n', '.'])
        .next()
        .unwrap_or_default()
        .trim();
    let who = match operation.role {
        None => "Anyone may call it.".to_string(),
        Some(role) => format!("Needs the role {role}."),
    };
    let mut described = json!({
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "description": format!("{}\n\n{who}", operation.doc.trim()),
    });
    if operation.role.is_none() {
        described["security"] = json!([]);
    }
    described
}

fn body(described: &mut Value, schema: Value, example: Option<Value>, schemas: &mut Schemas) {
    let has_fields = schema["properties"]
        .as_object()
        .is_some_and(|fields| !fields.is_empty());
    if !has_fields {
        return;
    }
    let is_required = schema.get("required").is_some();
    let id = described["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_string();
    let mut content = json!({"schema": schemas.body(&id, schema)});
    if let Some(example) = example {
        content["example"] = example;
    }
    described["requestBody"] = json!({
        "required": is_required,
        "content": {
            "application/json": content,
            "application/x-www-form-urlencoded": content,
        },
    });
}

/// The response of a call that was done.
fn success(shape: Shape, operation: &Operation, schemas: &mut Schemas) -> Value {
    let answer = schemas.answer(operation);
    let schema = match shape {
        Shape::Bare => answer,
        Shape::Data | Shape::Health => envelope(&answer, &Map::new(), &[]),
        Shape::Page => {
            let mut numbers = answer["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            let items = numbers.shift_remove("items").unwrap_or_default();
            let required = answer["required"].as_array().into_iter().flatten();
            let required: Vec<&str> = required.filter_map(Value::as_str).collect();
            envelope(&items, &numbers, &required)
        }
    };
    let mut content = json!({"schema": schema});
    match (shape, examples::answer(operation.method)) {
        (Shape::Bare, Some(data)) => content["example"] = data,
        (Shape::Data | Shape::Health, Some(data)) => {
            content["example"] = json!({"code": 200, "msg": "ok", "data": data});
        }
        (Shape::Page, _) | (_, None) => {}
    }
    json!({
        "description": "it was done",
        "content": {"application/json": content},
    })
}

/// The answer around `data`, with `more` beside it. Of those, the ones in `always` are in each answer.
fn envelope(data: &Value, more: &Map<String, Value>, always: &[&str]) -> Value {
    let mut properties = json!({
        "code": {"type": "integer", "description": "the status of the answer"},
        "msg": {"type": "string"},
        "data": data,
    });
    let mut required = vec!["code", "msg", "data"];
    for (name, schema) in more {
        properties[name] = schema.clone();
    }
    let more = more.keys().map(String::as_str);
    required.extend(more.filter(|name| always.contains(name)));
    json!({"type": "object", "properties": properties, "required": required})
}

fn responses(operation: &Operation, success: Value) -> Value {
    let mut responses = json!({"200": success});
    for (status, _) in ERRORS {
        let may_be = match status {
            401 => {
                operation.role.is_some()
                    || ["login", "page_login", "page_enter"].contains(&operation.method)
            }
            _ => true,
        };
        if may_be {
            responses[status.to_string()] =
                json!({"$ref": format!("#/components/responses/{status}")});
        }
    }
    responses
}

fn errors() -> Value {
    let mut errors = Map::new();
    for (status, when) in ERRORS {
        let data = json!({
            "type": ["object", "null"],
            "properties": {
                "field": {"type": "string", "description": "which parameter"},
                "hint": {"type": ["string", "null"], "description": "which value would be valid"},
            },
        });
        let mut error = json!({
            "description": when,
            "content": {"application/json": {
                "schema": envelope(&data, &Map::new(), &[]),
                "example": {"code": status, "msg": when, "data": null},
            }},
        });
        if *status == 429 {
            error["headers"] = json!({"Retry-After": {
                "description": "seconds after which to try again",
                "schema": {"type": "integer"},
            }});
        }
        errors.insert(status.to_string(), error);
    }
    Value::Object(errors)
}

/// An optional query parameter.
fn query(name: &str, schema: Value, description: &str) -> Value {
    let schema = schemas::or_empty(schema);
    json!({"name": name, "in": "query", "schema": schema, "description": description})
}

/// The description of a route whose answer is not JSON.
fn other(id: &str, tag: &str, summary: &str, parameters: Value, kind: &str) -> Value {
    let mut responses = json!({"200": {
        "description": "it was done",
        "content": {kind: {"schema": {"type": "string"}}},
    }});
    for (status, _) in ERRORS {
        responses[status.to_string()] = json!({"$ref": format!("#/components/responses/{status}")});
    }
    json!({
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
    })
}

fn stream() -> Value {
    let parameters = json!([
        query("output", json!({"type": "boolean"}), "Also send the output of executions."),
        query("exec_id", json!({"type": "integer"}), "Only events of this execution, with its output."),
        query("job", json!({"type": "string"}), "Only events of this job, by name or id, with the output of its executions."),
        {
            "name": "Last-Event-ID", "in": "header", "schema": {"type": "string"},
            "description": "The id of the last event that was received; the stream resumes after it.",
        },
    ]);
    let summary = "Streams events, as Server-Sent Events: job, started, finished, output";
    other(
        "get_jobs_events",
        "jobs",
        summary,
        parameters,
        "text/event-stream",
    )
}

fn file() -> Value {
    let parameters = json!([
        query(
            "type",
            json!({"enum": ["job", "zap"]}),
            "Executions, or the system log [default: job]."
        ),
        query(
            "id",
            json!({"type": "string"}),
            "All executions of this job, by name or id."
        ),
        query(
            "exec_id",
            json!({"type": "integer"}),
            "This execution; a line says where a part of its output was not kept."
        ),
        query(
            "stream",
            json!({"enum": ["stdout", "stderr"]}),
            "With `exec_id`: which [default: stdout]."
        ),
        query(
            "date",
            json!({"type": "string", "format": "date"}),
            "Only of this day."
        ),
    ]);
    let summary = "Downloads the output of executions, or the system log";
    other(
        "get_jobs_logs_download",
        "executions",
        summary,
        parameters,
        "application/octet-stream",
    )
}

fn metrics() -> Value {
    let summary = "Shows the metrics of the daemon, for Prometheus";
    other("get_metrics", "system", summary, json!([]), "text/plain")
}
