//! JSON-RPC 2.0, to the letter: a line to requests, and answers to a line.

use serde_json::{Map, Value, json};

use super::code;
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
    pub id: Option<Value>,
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
            Error::Conflict(_) => Fault::new(code::CONFLICT, message),
            Error::Store(_) => Fault::new(code::STORE, message),
            Error::Io(_) => Fault::new(code::SYSTEM, message),
            Error::ShuttingDown => Fault::new(code::SHUTTING_DOWN, message),
        }
    }
}

/// Reads a line. What can't be read at all is the error that answers it.
pub(super) fn read(line: &[u8]) -> Result<Request, Fault> {
    let value: Value = serde_json::from_slice(line)
        .map_err(|error| Fault::new(code::PARSE_ERROR, format!("parse error: {error}")))?;
    match value {
        Value::Array(members) if members.is_empty() => Err(invalid("a batch must not be empty")),
        Value::Array(members) if members.len() > BATCH_MAX => Err(invalid(&format!(
            "a batch of {} calls; {BATCH_MAX} is the most",
            members.len()
        ))),
        Value::Array(members) => Ok(Request::Batch(members.into_iter().map(asked).collect())),
        member => Ok(Request::One(Box::new(asked(member)))),
    }
}

fn invalid(why: &str) -> Fault {
    Fault::new(code::INVALID_REQUEST, format!("invalid request: {why}"))
}

fn asked(value: Value) -> Asked {
    let Value::Object(mut members) = value else {
        return refused(None, "it is not an object");
    };
    let id = match members.remove("id") {
        None => None,
        Some(id @ (Value::String(_) | Value::Number(_) | Value::Null)) => Some(id),
        Some(_) => return refused(None, "`id` is neither a string, a number nor null"),
    };
    if members.remove("jsonrpc") != Some(json!("2.0")) {
        return refused(id, "`jsonrpc` is not \"2.0\"");
    }
    let Some(Value::String(method)) = members.remove("method") else {
        return refused(id, "`method` is not a string");
    };
    let params = match members.remove("params") {
        None => Value::Null,
        Some(params @ (Value::Object(_) | Value::Array(_))) => params,
        Some(_) => return refused(id, "`params` is neither an object nor an array"),
    };
    Asked {
        id,
        call: Call::parse(&method, params).map_err(Fault::from),
    }
}

/// A request that is not valid is answered even when it has no id: nobody can tell that it was a notification.
fn refused(id: Option<Value>, why: &str) -> Asked {
    Asked {
        id: Some(id.unwrap_or(Value::Null)),
        call: Err(invalid(why)),
    }
}

/// The answer to one call.
pub(super) fn answer(id: Value, result: Result<Value, Fault>) -> Value {
    let mut members = Map::new();
    members.insert("jsonrpc".into(), "2.0".into());
    match result {
        Ok(result) => members.insert("result".into(), result),
        Err(fault) => {
            let mut error = Map::new();
            error.insert("code".into(), fault.code.into());
            error.insert("message".into(), fault.message.into());
            if let Some(data) = fault.data {
                error.insert("data".into(), data);
            }
            members.insert("error".into(), error.into())
        }
    };
    members.insert("id".into(), id);
    members.into()
}
