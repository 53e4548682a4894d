//! The schemas of requests and answers, as components of the document.

use serde_json::{Map, Value, json};

use crate::routes::Route;
use jobs_api::Operation;

/// The components that the document refers to.
#[derive(Default)]
pub(super) struct Schemas {
    components: Map<String, Value>,
}

/// The parameters of an operation.
pub(super) struct RequestSchema {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Schemas {
    /// All components, sorted by name.
    pub fn done(self) -> Value {
        let mut components: Vec<(String, Value)> = self.components.into_iter().collect();
        components.sort_by(|(a, _), (b, _)| a.cmp(b));
        Value::Object(components.into_iter().collect())
    }

    /// Adds the schema of a body, and returns a reference to it.
    pub fn body(&mut self, name: &str, schema: Value) -> Value {
        let name = format!("{name}_body");
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        self.components.insert(name, schema);
        reference
    }

    /// The parameters of an operation, by the operation's names.
    pub fn request(&mut self, operation: &Operation) -> RequestSchema {
        let mut schema = self.take(operation.request.as_value());
        let properties = match schema.get_mut("properties").map(Value::take) {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        RequestSchema {
            properties: properties
                .into_iter()
                .map(|(name, mut schema)| {
                    if let Some(schema) = schema.as_object_mut() {
                        schema.shift_remove("default");
                    }
                    (name, schema)
                })
                .collect(),
            required: Vec::new(),
        }
    }

    /// The schema of an operation's answer: a reference if the schema has a name.
    pub fn answer(&mut self, operation: &Operation) -> Value {
        let answer = operation.answer.as_value();
        let title = answer.get("title").and_then(Value::as_str);
        let is_name = |title: &&str| {
            title.starts_with(|c: char| c.is_ascii_uppercase())
                && title.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let name = title.filter(is_name).map(str::to_string);
        let is_page = answer.pointer("/properties/pages_total").is_some();
        let schema = self.take(answer);
        match name {
            Some(name) if !is_page => {
                self.components.insert(name.clone(), schema);
                json!({"$ref": format!("#/components/schemas/{name}")})
            }
            _ => schema,
        }
    }

    /// A schema without its own definitions, which become components.
    fn take(&mut self, schema: &Value) -> Value {
        let mut schema = schema.clone();
        refer(&mut schema);
        if let Value::Object(members) = &mut schema {
            members.shift_remove("$schema");
            members.shift_remove("title");
            if let Some(Value::Object(brought)) = members.shift_remove("$defs") {
                self.components.extend(brought);
            }
        }
        schema
    }
}

/// Changes references to definitions into references to components.
fn refer(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "$ref"
                    && let Value::String(reference) = member
                {
                    *reference = reference.replace("#/$defs/", "#/components/schemas/");
                } else {
                    refer(member);
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(refer),
        _ => {}
    }
}

impl RequestSchema {
    /// Gives the parameters the names of a route, and removes those that its clients can't give.
    pub fn rename(&mut self, route: &Route) {
        for (here, there) in route.names {
            if let Some(mut schema) = self.properties.shift_remove(*there) {
                if schema.get("type") == Some(&json!("array")) {
                    // The route takes one value of the list.
                    schema = json!({
                        "description": schema.get("description"),
                        "type": ["string", "integer"],
                    });
                }
                self.properties.insert((*here).to_string(), schema);
            }
        }
        for (name, _) in route.fixed {
            self.properties.shift_remove(*name);
        }
        let mut ignored = route.ignored.concat();
        ignored.sort_unstable();
        for name in ignored {
            self.properties.insert(
                name.to_string(),
                json!({"description": "ignored: it can't be set"}),
            );
        }
        self.required = route
            .required
            .iter()
            .map(|name| (*name).to_string())
            .collect();
    }

    /// The parameters of a query.
    pub fn parameters(self) -> Value {
        let parameter = |(name, mut schema): (String, Value)| {
            let description = schema
                .as_object_mut()
                .and_then(|schema| schema.shift_remove("description"));
            json!({
                "name": name,
                "in": "query",
                "required": self.required.contains(&name),
                "description": description,
                "schema": or_empty(without_null(schema)),
            })
        };
        self.properties.into_iter().map(parameter).collect()
    }

    /// The schema of a body.
    pub fn object(self) -> Value {
        let mut object = json!({
            "type": "object",
            "properties": self.properties,
            "additionalProperties": false,
        });
        if !self.required.is_empty() {
            object["required"] = json!(self.required);
        }
        object
    }
}

/// A query has no null: an optional parameter is left out.
fn without_null(mut schema: Value) -> Value {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
    }
    if let Some(Value::Array(members)) = schema.get_mut("anyOf") {
        members.retain(|member| member.get("type") != Some(&json!("null")));
    }
    schema
}

/// A parameter that is not a text may be empty: then it counts as not given.
pub(super) fn or_empty(schema: Value) -> Value {
    let takes = |kind: &str| match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|known| known == kind),
        Some(known) => known == kind,
        None => false,
    };
    if takes("string") {
        return schema;
    }
    json!({"anyOf": [schema, {"const": ""}]})
}
