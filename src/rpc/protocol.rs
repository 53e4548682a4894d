//! JSON-RPC 2.0 as its specification says: parses a line into calls, and writes answers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{LINE_MAX, code, line_max};
use jobs_api::{BadCall, Call, UniqueJson, UniqueMembers};
use jobs_error::Error;

/// Upper bound on calls per batch.
const BATCH_MAX: usize = 1_000;

/// A line that was parsed.
#[derive(Clone, Debug)]
pub(super) enum Message {
    /// A single call. The answer is an object; a notification has no answer.
    Single(Box<IncomingCall>),
    /// Several calls. The answer is an array; a batch of notifications only has no answer.
    Batch(Vec<IncomingCall>),
}

/// One call of a line, or the error in it.
#[derive(Clone, Debug)]
pub(super) struct IncomingCall {
    /// Absent for a notification: the call is run, but not answered.
    pub id: Option<Box<RawValue>>,
    pub call: Result<Call, RpcError>,
}

/// The error object of JSON-RPC.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RpcError {
    pub code: i64,
    pub message: String,
    pub data: Option<Value>,
}

impl RpcError {
    pub fn new(code: i64, message: impl Into<String>) -> RpcError {
        RpcError {
            code,
            message: message.into(),
            data: None,
        }
    }

    fn with(self, data: Value) -> RpcError {
        RpcError {
            data: Some(data),
            ..self
        }
    }
}

impl From<BadCall> for RpcError {
    fn from(bad: BadCall) -> RpcError {
        let message = bad.to_string();
        match bad {
            BadCall::UnknownMethod(_) => RpcError::new(code::METHOD_NOT_FOUND, message),
            BadCall::BadParams { field, .. } => {
                RpcError::new(code::INVALID_PARAMS, message).with(json!({ "field": field }))
            }
        }
    }
}

impl From<Error> for RpcError {
    fn from(error: Error) -> RpcError {
        let message = error.to_string();
        match error {
            Error::Invalid { field, hint, .. } => RpcError::new(code::INVALID_PARAMS, message)
                .with(json!({ "field": field, "hint": hint })),
            Error::Schedule { hint, .. } => RpcError::new(code::INVALID_PARAMS, message)
                .with(json!({ "field": "cron_expr", "hint": hint })),
            Error::NoSuchJob(job) => {
                RpcError::new(code::NO_SUCH_JOB, message).with(json!({ "job": job }))
            }
            Error::NoSuchExecution(exec_id) => {
                RpcError::new(code::NO_SUCH_EXECUTION, message).with(json!({ "exec_id": exec_id }))
            }
            Error::NoSuch { what, name } => {
                RpcError::new(code::NO_SUCH, message).with(json!({ "what": what, "name": name }))
            }
            Error::Unauthorized(_) => RpcError::new(code::UNAUTHORIZED, message),
            Error::Forbidden(_) => RpcError::new(code::FORBIDDEN, message),
            Error::TooMany { retry_after, .. } => {
                RpcError::new(code::TOO_MANY, message).with(json!({ "retry_after": retry_after }))
            }
            Error::Conflict(_) => RpcError::new(code::CONFLICT, message),
            Error::Store(_) => RpcError::new(code::STORE, message),
            Error::Io(_) => RpcError::new(code::SYSTEM, message),
            Error::ShuttingDown => RpcError::new(code::SHUTTING_DOWN, message),
        }
    }
}

/// Parses a line.
///
/// # Errors
///
/// When the line has no calls that could be answered one by one: the error is the answer to the line.
pub(super) fn read(line: &[u8]) -> Result<Message, RpcError> {
    let value: &RawValue = serde_json::from_slice(line).map_err(unreadable)?;
    if !value.get().starts_with('[') {
        return Ok(Message::Single(Box::new(incoming(value))));
    }
    if line.len() > LINE_MAX {
        return Err(too_long(LINE_MAX));
    }
    let members: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(unreadable)?;
    match members.len() {
        0 => Err(invalid("a batch must not be empty")),
        1..=BATCH_MAX => Ok(Message::Batch(members.into_iter().map(incoming).collect())),
        number => Err(invalid(&format!(
            "a batch of {number} calls; {BATCH_MAX} is the most"
        ))),
    }
}

fn unreadable(error: serde_json::Error) -> RpcError {
    RpcError::new(code::PARSE_ERROR, format!("parse error: {error}"))
}

fn invalid(why: &str) -> RpcError {
    RpcError::new(code::INVALID_REQUEST, format!("invalid request: {why}"))
}

/// The error for a line of more than `most` bytes.
pub(super) fn too_long(most: usize) -> RpcError {
    invalid(&format!("a line of more than {most} bytes"))
}

/// The error for a line for which there is no memory.
pub(super) fn no_memory() -> RpcError {
    RpcError::new(
        code::TOO_MANY,
        "other long lines are being read, and together they have all the memory for that",
    )
    .with(json!({ "retry_after": 1 }))
}

/// The error for a long line whose rest did not come in time.
pub(super) fn too_slow(within: Duration) -> RpcError {
    invalid(&format!(
        "a line of more than {LINE_MAX} bytes that did not end within {} s",
        within.as_secs()
    ))
}

fn incoming(value: &RawValue) -> IncomingCall {
    if !value.get().starts_with('{') {
        return refused(None, "it is not an object");
    }
    let UniqueMembers(mut members) = match serde_json::from_str(value.get()) {
        Ok(members) => members,
        Err(error) => return refused(None, &error.to_string()),
    };
    let mut member = |name: &str| members.remove(name);
    let id = match member("id") {
        None => None,
        Some(id) if id.get().starts_with(['{', '[', 't', 'f']) => {
            return refused(None, "`id` is neither a string, a number nor null");
        }
        // Kept as text: a number may have more digits than any integer type.
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
        return IncomingCall {
            id,
            call: Err(too_long(most)),
        };
    }
    let params = match member("params") {
        None => Value::Null,
        Some(params) if params.get().starts_with(['{', '[']) => {
            match serde_json::from_str(params.get()) {
                Ok(UniqueJson(params)) => params,
                Err(error) => return refused(id, &error.to_string()),
            }
        }
        Some(_) => return refused(id, "`params` is neither an object nor an array"),
    };
    IncomingCall {
        id,
        call: Call::parse(&method, params).map_err(RpcError::from),
    }
}

/// An invalid request is answered even without an id: it need not have been a notification.
fn refused(id: Option<Box<RawValue>>, why: &str) -> IncomingCall {
    IncomingCall {
        id: Some(id.unwrap_or_else(no_id)),
        call: Err(invalid(why)),
    }
}

/// The id of an answer to a request without a readable id.
pub(super) fn no_id() -> Box<RawValue> {
    RawValue::NULL.to_owned()
}

/// The answer to one call, as JSON. `result` is JSON already.
pub(super) fn answer(id: &RawValue, result: Result<Arc<[u8]>, RpcError>) -> Vec<u8> {
    let (member, value) = match result {
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
        member.as_bytes(),
        br#"":"#,
        &value,
        br#","id":"#,
        id.get().as_bytes(),
        b"}",
    ];
    parts.concat()
}
