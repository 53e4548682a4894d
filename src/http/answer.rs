//! What goes out: the envelope, and which status is which error.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::api::{Answered, BadCall, Form};
use crate::error::Error;

pub(super) type Answer = Response<Body>;

/// What stands around every answer.
#[derive(Serialize)]
struct Envelope<'a, T> {
    /// The status of the answer.
    code: u16,
    msg: &'a str,
    data: T,
    #[serde(flatten)]
    page: Map<String, Value>,
}

/// An answer that it was done, in the form that a route gives it.
pub(super) fn done(answered: &Answered, form: Form) -> Answer {
    let text = answered.text(form, |reply| match form {
        Form::Bare => serde_json::to_vec(reply).map_err(unwritten),
        Form::Enveloped => {
            serde_json::to_vec(&Envelope::around(StatusCode::OK, "ok", reply)).map_err(unwritten)
        }
        Form::Page => page(serde_json::to_value(reply).map_err(unwritten)?),
    });
    match text {
        Ok(text) => json(StatusCode::OK, Bytes::from_owner(text)),
        Err(broken) => fault(&broken),
    }
}

fn unwritten(error: serde_json::Error) -> Fault {
    tracing::error!(%error, "an answer can't be written as JSON");
    Fault::broken("the answer can't be written")
}

/// An answer with another status than 200 that tells something all the same.
pub(super) fn with_status(status: StatusCode, msg: &str, data: impl Serialize) -> Answer {
    envelope(status, msg, data)
}

/// A page of a list: its members are the data, its numbers stand beside it.
fn page(page: Value) -> Result<Vec<u8>, Fault> {
    let Value::Object(mut page) = page else {
        return Err(Fault::broken("a page is no page"));
    };
    let items = page.shift_remove("items").unwrap_or_default();
    let document = Envelope {
        page,
        ..Envelope::around(StatusCode::OK, "ok", items)
    };
    serde_json::to_vec(&document).map_err(unwritten)
}

/// An answer that it was not done.
pub(super) fn fault(fault: &Fault) -> Answer {
    let mut answer = envelope(fault.status, &fault.message, &fault.data);
    if let Some(seconds) = fault.retry_after {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if fault.status == StatusCode::UNAUTHORIZED {
        answer.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(r#"Bearer realm="jobs""#),
        );
    }
    answer
}

impl<'a, T> Envelope<'a, T> {
    fn around(status: StatusCode, msg: &'a str, data: T) -> Envelope<'a, T> {
        Envelope {
            code: status.as_u16(),
            msg,
            data,
            page: Map::new(),
        }
    }
}

fn envelope(status: StatusCode, msg: &str, data: impl Serialize) -> Answer {
    match serde_json::to_vec(&Envelope::around(status, msg, data)) {
        Ok(body) => json(status, Bytes::from(body)),
        Err(error) => {
            tracing::error!(%error, "an answer can't be written as JSON");
            let body = Bytes::from_static(br#"{"code":500,"msg":"internal error","data":null}"#);
            json(StatusCode::INTERNAL_SERVER_ERROR, body)
        }
    }
}

fn json(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}

/// Why something was not done, as HTTP tells it.
#[derive(Debug)]
pub(super) struct Fault {
    pub status: StatusCode,
    pub message: String,
    /// Which field, and what would do, where that is known.
    pub data: Value,
    pub retry_after: Option<u64>,
}

impl Fault {
    pub fn new(status: StatusCode, message: impl Into<String>) -> Fault {
        Fault {
            status,
            message: message.into(),
            data: Value::Null,
            retry_after: None,
        }
    }

    /// A fault of the daemon; what it is stands in the system log.
    pub fn broken(what: &str) -> Fault {
        Fault::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("internal error: {what}"),
        )
    }

    /// A parameter that will not do.
    pub fn field(field: &str, problem: impl std::fmt::Display) -> Fault {
        Fault {
            data: serde_json::json!({ "field": field }),
            ..Fault::new(StatusCode::BAD_REQUEST, format!("{field}: {problem}"))
        }
    }

    /// A fault of a call, with the names that the route has for its parameters.
    pub fn of(error: Error, name_here: impl Fn(&str) -> String) -> Fault {
        use StatusCode as Status;
        let message = error.to_string();
        let new = |status| Fault::new(status, message.clone());
        match error {
            Error::Invalid {
                field,
                problem,
                hint,
            } => {
                let field = name_here(&field);
                let message = match &hint {
                    Some(hint) => format!("{field}: {problem}\nhint: {hint}"),
                    None => format!("{field}: {problem}"),
                };
                Fault {
                    data: serde_json::json!({ "field": field, "hint": hint }),
                    ..Fault::new(Status::BAD_REQUEST, message)
                }
            }
            Error::Schedule { hint, .. } => Fault {
                data: serde_json::json!({ "field": "cron_expr", "hint": hint }),
                ..Fault::new(Status::BAD_REQUEST, format!("cron_expr: {message}"))
            },
            Error::NoSuchJob(_) | Error::NoSuchExecution(_) | Error::NoSuch { .. } => {
                new(Status::NOT_FOUND)
            }
            Error::Unauthorized(_) => new(Status::UNAUTHORIZED),
            Error::Forbidden(_) => new(Status::FORBIDDEN),
            Error::TooMany { retry_after, .. } => Fault {
                retry_after: Some(retry_after),
                ..new(Status::TOO_MANY_REQUESTS)
            },
            Error::Conflict(_) => new(Status::CONFLICT),
            Error::Store(_) | Error::Io(_) => new(Status::INTERNAL_SERVER_ERROR),
            Error::ShuttingDown => new(Status::SERVICE_UNAVAILABLE),
        }
    }

    /// The same of what is no call.
    pub fn bad_call(bad: BadCall, name_here: impl Fn(&str) -> String) -> Fault {
        match bad {
            BadCall::UnknownMethod(method) => Fault::new(
                StatusCode::NOT_FOUND,
                format!("no such operation: `{method}`"),
            ),
            BadCall::BadParams { field, problem } => Fault::field(&name_here(&field), problem),
        }
    }
}
