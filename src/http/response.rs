//! Responses: the envelope around every answer, and the status for each error.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};

use super::compatible;
use jobs_api::{BadCall, Form, HealthReport, SharedAnswer};
use jobs_error::Error;

/// The envelope around every answer.
#[derive(Serialize)]
struct Envelope<'a, T> {
    /// The status of the answer.
    code: u16,
    msg: &'a str,
    data: T,
    /// The numbers of a page, or the parameter of an error; empty for other answers.
    #[serde(flatten)]
    page: Map<String, Value>,
}

/// The response to a call that was done.
pub(super) fn success(answered: &SharedAnswer, form: Form) -> Response {
    let text = answered.text(form, |answer| match form {
        Form::Bare => serde_json::to_vec(answer).map_err(unwritten),
        Form::Enveloped => {
            serde_json::to_vec(&Envelope::around(StatusCode::OK, "ok", answer)).map_err(unwritten)
        }
        Form::CompatibleEnveloped => {
            let data = adapted(serde_json::to_value(answer).map_err(unwritten)?, true);
            serde_json::to_vec(&Envelope::around(StatusCode::OK, "ok", data)).map_err(unwritten)
        }
        Form::Page => page(serde_json::to_value(answer).map_err(unwritten)?),
        Form::CompatiblePage => {
            let found = serde_json::to_value(answer).map_err(unwritten)?;
            page(adapted(found, true))
        }
    });
    match text {
        Ok(text) => json(StatusCode::OK, Bytes::from_owner(text)),
        Err(unwritten) => error(&unwritten),
    }
}

fn unwritten(error: serde_json::Error) -> HttpError {
    tracing::error!(%error, "an answer can't be written as JSON");
    HttpError::internal("the answer can't be written")
}

/// The envelope of a page: its items are `data`, its numbers stand beside it.
fn page(page: Value) -> Result<Vec<u8>, HttpError> {
    let Value::Object(mut page) = page else {
        return Err(HttpError::internal("the answer is not a page"));
    };
    let items = page.shift_remove("items").unwrap_or_default();
    let document = Envelope {
        page,
        ..Envelope::around(StatusCode::OK, "ok", items)
    };
    serde_json::to_vec(&document).map_err(unwritten)
}

/// A value in the forms that clients of the original system read, if they are wanted.
fn adapted(mut value: Value, compatible: bool) -> Value {
    if compatible {
        compatible::adapt(&mut value);
    }
    value
}

/// The response with that data.
pub(super) fn of_value(data: Value, compatible: bool) -> Response {
    with_status(StatusCode::OK, "ok", adapted(data, compatible))
}

/// The response with that page.
pub(super) fn of_page(found: Value, compatible: bool) -> Result<Response, HttpError> {
    page(adapted(found, compatible)).map(|text| json(StatusCode::OK, Bytes::from(text)))
}

/// The response of a daemon that is not healthy.
pub(super) fn unhealthy(report: &HealthReport, compatible: bool) -> Response {
    let message = report.problems.join("; ");
    match serde_json::to_value(report).map_err(unwritten) {
        Ok(data) => {
            let data = adapted(data, compatible);
            with_status(StatusCode::SERVICE_UNAVAILABLE, &message, data)
        }
        Err(unwritten) => error(&unwritten),
    }
}

/// The response to a request that failed.
pub(super) fn error(error: &HttpError) -> Response {
    error_for(false, error)
}

/// The response to a request that failed. Clients of the original system read `data` as what it is when all went well, so it is
/// null for them, and the parameter stands beside it.
pub(super) fn error_for(compatible: bool, error: &HttpError) -> Response {
    let mut envelope = Envelope::around(error.status, &error.message, &error.data);
    if compatible && !error.data.is_null() {
        envelope.data = &Value::Null;
        envelope.page.insert("error".into(), error.data.clone());
    }
    let mut answer = written(error.status, &envelope);
    if let Some(seconds) = error.retry_after {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.status == StatusCode::UNAUTHORIZED {
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

/// A response with that status, message and data.
pub(super) fn with_status(status: StatusCode, msg: &str, data: impl Serialize) -> Response {
    written(status, &Envelope::around(status, msg, data))
}

fn written(status: StatusCode, envelope: &Envelope<'_, impl Serialize>) -> Response {
    match serde_json::to_vec(envelope) {
        Ok(body) => json(status, Bytes::from(body)),
        Err(error) => {
            tracing::error!(%error, "an answer can't be written as JSON");
            let body = Bytes::from_static(br#"{"code":500,"msg":"internal error","data":null}"#);
            json(StatusCode::INTERNAL_SERVER_ERROR, body)
        }
    }
}

fn json(status: StatusCode, body: Bytes) -> Response {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}

/// Why a request failed, as HTTP reports it.
#[derive(Debug)]
pub(super) struct HttpError {
    pub status: StatusCode,
    pub message: String,
    /// `field` and `hint`, where they are known; else null.
    pub data: Value,
    /// Seconds after which the client may try again.
    pub retry_after: Option<u64>,
}

impl HttpError {
    pub fn new(status: StatusCode, message: impl Into<String>) -> HttpError {
        HttpError {
            status,
            message: message.into(),
            data: Value::Null,
            retry_after: None,
        }
    }

    /// A fault of the daemon. The system log has more.
    pub fn internal(what: &str) -> HttpError {
        HttpError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("internal error: {what}"),
        )
    }

    /// An invalid parameter.
    pub fn field(field: &str, problem: impl std::fmt::Display) -> HttpError {
        HttpError {
            data: serde_json::json!({ "field": field }),
            ..HttpError::new(StatusCode::BAD_REQUEST, format!("{field}: {problem}"))
        }
    }

    /// An error of an operation, with the names that the route has for its parameters.
    pub fn of(error: Error, name_here: impl Fn(&str) -> String) -> HttpError {
        use StatusCode as Status;
        let message = error.to_string();
        let new = |status| HttpError::new(status, message.clone());
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
                HttpError {
                    data: serde_json::json!({ "field": field, "hint": hint }),
                    ..HttpError::new(Status::BAD_REQUEST, message)
                }
            }
            Error::Schedule { hint, .. } => HttpError {
                data: serde_json::json!({ "field": "cron_expr", "hint": hint }),
                ..HttpError::new(Status::BAD_REQUEST, format!("cron_expr: {message}"))
            },
            Error::NoSuchJob(_) | Error::NoSuchExecution(_) | Error::NoSuch { .. } => {
                new(Status::NOT_FOUND)
            }
            Error::Unauthorized(_) => new(Status::UNAUTHORIZED),
            Error::Forbidden(_) => new(Status::FORBIDDEN),
            Error::TooMany { retry_after, .. } => HttpError {
                retry_after: Some(retry_after),
                ..new(Status::TOO_MANY_REQUESTS)
            },
            Error::Conflict(_) => new(Status::CONFLICT),
            Error::Store(_) | Error::Io(_) => new(Status::INTERNAL_SERVER_ERROR),
            Error::ShuttingDown => new(Status::SERVICE_UNAVAILABLE),
        }
    }

    /// An error in the parameters of a call, or an unknown operation.
    pub fn bad_call(bad: BadCall, name_here: impl Fn(&str) -> String) -> HttpError {
        match bad {
            BadCall::UnknownMethod(method) => HttpError::new(
                StatusCode::NOT_FOUND,
                format!("no such operation: `{method}`"),
            ),
            BadCall::BadParams { field, problem } => HttpError::field(&name_here(&field), problem),
        }
    }
}
