//! JSON-RPC 2.0, to the letter: a line to requests, and answers to a line.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{LINE_MAX, code, line_max};
use crate::api::{BadCall, Call};
use crate::error::Error;

/// How many calls one batch may hold.
const BATCH_MAX: usize = 1_000;

/// What a line asks for.
#[derive(Clone, Debug)]
pub(super) enum Request {
    /// One call, answered by an object (or by nothing).
    One(Box<Asked>),
    /// Several, answered by an array (or by nothing).
    Batch(Vec<Asked>),
}

/// One call of a line, or what is wrong with it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Absent for a notification: it is done, but not answered.
    pub id: Option<Box<RawValue>>,
    pub call: Result<Call, Fault>,
}

/// An error as JSON-RPC tells it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub code: i64,
    pub message: String,
    pub data: Option<Value>,
}

impl Fault {
    pub fn new(code: i64, message: impl Into<String>) -> Fault {
        Fault {
            code,
            message: message.into(),
            data: None,
        }
    }

    fn with(self, data: Value) -> Fault {
        Fault {
            data: Some(data),
            ..self
        }
    }
}

impl From<BadCall> for Fault {
    fn from(bad: BadCall) -> Fault {
        let message = bad.to_string();
        match bad {
            BadCall::UnknownMethod(_) => Fault::new(code::METHOD_NOT_FOUND, message),
            BadCall::BadParams { field, .. } => {
                Fault::new(code::INVALID_PARAMS, message).with(json!({ "field": field }))
            }
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.to_string();
        match error {
            Error::Invalid { field, hint, .. } => Fault::new(code::INVALID_PARAMS, message)
                .with(json!({ "field": field, "hint": hint })),
            Error::Schedule { hint, .. } => Fault::new(code::INVALID_PARAMS, message)
                .with(json!({ "field": "cron_expr", "hint": hint })),
            Error::NoSuchJob(job) => {
                Fault::new(code::NO_SUCH_JOB, message).with(json!({ "job": job }))
            }
            Error::NoSuchExecution(exec_id) => {
                Fault::new(code::NO_SUCH_EXECUTION, message).with(json!({ "exec_id": exec_id }))
            }
            Error::NoSuch { what, name } => {
                Fault::new(code::NO_SUCH, message).with(json!({ "what": what, "name": name }))
            }
            Error::Unauthorized(_) => Fault::new(code::UNAUTHORIZED, message),
            Error::Forbidden(_) => Fault::new(code::FORBIDDEN, message),
            Error::TooMany { retry_after, .. } => {
                Fault::new(code::TOO_MANY, message).with(json!({ "retry_after": retry_after }))
            }
            Error::Conflict(_) => Fault::new(code::CONFLICT, message),
            Error::Store(_) => Fault::new(code::STORE, message),
            Error::Io(_) => Fault::new(code::SYSTEM, message),
            Error::ShuttingDown => Fault::new(code::SHUTTING_DOWN, message),
        }
    }
}

/// Reads a line. What can't be read at all is the error that answers it.
pub(super) fn read(line: &[u8]) -> Result<Request, Fault> {
    let value: &RawValue = serde_json::from_slice(line).map_err(unreadable)?;
    if !value.get().starts_with('[') {
        return Ok(Request::One(Box::new(asked(value))));
    }
    if line.len() > LINE_MAX {
        return Err(too_long(LINE_MAX));
    }
    let members: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(unreadable)?;
    match members.len() {
        0 => Err(invalid("a batch must not be empty")),
        1..=BATCH_MAX => Ok(Request::Batch(members.into_iter().map(asked).collect())),
        number => Err(invalid(&format!(
            "a batch of {number} calls; {BATCH_MAX} is the most"
        ))),
    }
}

fn unreadable(error: serde_json::Error) -> Fault {
    Fault::new(code::PARSE_ERROR, format!("parse error: {error}"))
}

fn invalid(why: &str) -> Fault {
    Fault::new(code::INVALID_REQUEST, format!("invalid request: {why}"))
}

/// What answers a line that is longer than what is taken.
pub(super) fn too_long(most: usize) -> Fault {
    invalid(&format!("a line of more than {most} bytes"))
}

/// What answers a long line that does not come to its end.
pub(super) fn too_slow(within: Duration) -> Fault {
    invalid(&format!(
        "a line of more than {LINE_MAX} bytes that did not end within {} s",
        within.as_secs()
    ))
}

fn asked(value: &RawValue) -> Asked {
    let Ok(mut members) = serde_json::from_str::<HashMap<String, &RawValue>>(value.get()) else {
        return refused(None, "it is not an object");
    };
    let mut member = |name: &str| members.remove(name);
    let id = match member("id") {
        None => None,
        Some(id) if id.get().starts_with(['{', '[', 't', 'f']) => {
            return refused(None, "`id` is neither a string, a number nor null");
        }
        // Told back as it came: a number may have more digits than any type of ours.
        Some(id) => Some(id.to_owned()),
    };
    let text =
        |value: Option<&RawValue>| -> Option<String> { serde_json::from_str(value?.get()).ok() };
    if text(member("jsonrpc")).as_deref() != Some("2.0") {
        return refused(id, "`jsonrpc` is not \"2.0\"");
    }
    let Some(method) = text(member("method")) else {
        return refused(id, "`method` is not a string");
    };
    let most = line_max(&method);
    if value.get().len() > most {
        return Asked {
            id,
            call: Err(too_long(most)),
        };
    }
    let params = match member("params") {
        None => Value::Null,
        Some(params) if params.get().starts_with(['{', '[']) => {
            match serde_json::from_str(params.get()) {
                Ok(params) => params,
                Err(error) => return refused(id, &error.to_string()),
            }
        }
        Some(_) => return refused(id, "`params` is neither an object nor an array"),
    };
    Asked {
        id,
        call: Call::parse(&method, params).map_err(Fault::from),
    }
}

/// A request that is not valid is answered even when it has no id: nobody can tell that it was a notification.
fn refused(id: Option<Box<RawValue>>, why: &str) -> Asked {
    Asked {
        id: Some(id.unwrap_or_else(no_id)),
        call: Err(invalid(why)),
    }
}

/// The id of an answer to what had none that could be read.
pub(super) fn no_id() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// The answer to one call, as JSON, where the result is JSON already.
pub(super) fn answer(id: &RawValue, result: Result<Arc<[u8]>, Fault>) -> Vec<u8> {
    let (what, told) = match result {
        Ok(result) => ("result", result),
        Err(fault) => {
            let mut error = Map::new();
            error.insert("code".into(), fault.code.into());
            error.insert("message".into(), fault.message.into());
            if let Some(data) = fault.data {
                error.insert("data".into(), data);
            }
            let error = Value::Object(error).to_string();
            ("error", error.into_bytes().into())
        }
    };
    let parts = [
        br#"{"jsonrpc":"2.0",""#,
        what.as_bytes(),
        br#"":"#,
        &told,
        br#","id":"#,
        id.get().as_bytes(),
        b"}",
    ];
    parts.concat()
}
