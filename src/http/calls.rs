//! Turns a request into a call of an operation, and the answer of the operation into a response.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;
use tokio_stream::StreamExt;

use super::Server;
use super::client::Client;
use super::origin::check_origin;
use super::params::{self, Params};
use super::response::{self, HttpError};
use super::routes::{self, Route, Shape};
use super::settings::HttpSettings;
use jobs_api::{Answer, Call, Caller, Form, Operation, SharedAnswer};
use jobs_gate::Failure;
use jobs_model::Role;

/// Upper bound on a body, whatever `server.max_body` allows.
const BODY_MAX: usize = 64 * 1024 * 1024;

/// Upper bounds on the bodies of operations that everyone may call, such as a login, and that a viewer may call.
const BODY_MAX_OF_ANYONE: usize = 16 * 1024;
const BODY_MAX_OF_VIEWERS: usize = 64 * 1024;

/// The name of an operation, and the role that it needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    operation: &'static str,
    role: Option<Role>,
    is_change: bool,
}

impl Need {
    pub(super) fn of(operation: &Operation) -> Need {
        Need {
            operation: operation.method,
            role: operation.role,
            is_change: operation.is_change,
        }
    }

    /// An operation that reads and needs the role viewer.
    pub(super) fn viewer(operation: &'static str) -> Need {
        Need {
            role: Some(Role::Viewer),
            ..Need::nothing(operation)
        }
    }

    /// An operation that reads and that everyone may call.
    pub(super) fn nothing(operation: &'static str) -> Need {
        Need {
            operation,
            role: None,
            is_change: false,
        }
    }

    /// Whether an open page asks for it again and again by itself. That is no sign that a person uses the page.
    fn is_waiting(self) -> bool {
        ["events", "new_events", "digest"].contains(&self.operation)
    }

    /// Whether it begins, ends or shows a session of the page: only the page itself does so, by whatever path.
    fn is_of_a_session(self) -> bool {
        ["page_login", "page_enter", "page_leave", "page_session"].contains(&self.operation)
    }

    fn body_max(self) -> usize {
        match self.role {
            None => BODY_MAX_OF_ANYONE,
            Some(Role::Viewer) => BODY_MAX_OF_VIEWERS,
            Some(Role::Operator | Role::Admin) => BODY_MAX,
        }
    }
}

impl Server {
    /// Answers a request to a route of the table.
    pub(super) async fn answer_route(&self, route: &'static Route, request: Request) -> Response {
        if is_compatible(request.extensions()) {
            return self.answer_compatible(route, request).await;
        }
        let operation = routes::operation(route.operation);
        let translate = |operation: &Operation, given| params::translate(route, operation, given);
        let name_here = |there: &str| route.name_here(there).to_string();
        self.answer(operation, request, translate, name_here, route.shape)
            .await
    }

    /// Answers a request to `/api/{method}`.
    pub(super) async fn answer_operation(&self, method: &str, request: Request) -> Response {
        let operation = routes::operation(method);
        if operation.is_none() {
            return response::error(&HttpError::new(
                StatusCode::NOT_FOUND,
                format!("no such operation: `{method}`"),
            ));
        }
        let translate =
            |operation: &Operation, given| Ok(Value::Object(params::fit(operation, given)));
        self.answer(operation, request, translate, str::to_string, Shape::Data)
            .await
    }

    /// Answers a request for an operation. `translate` makes its parameters of those of the request, and `name_here` gives
    /// the name that the route has for a parameter of the operation.
    async fn answer(
        &self,
        operation: Option<&'static Operation>,
        request: Request,
        translate: impl Fn(&Operation, Params) -> Result<Value, HttpError>,
        name_here: impl Fn(&str) -> String,
        shape: Shape,
    ) -> Response {
        let mut who = None;
        let answered = async {
            let operation =
                operation.ok_or_else(|| HttpError::internal("the route has no operation"))?;
            let (caller, sent) = self.authenticate(request, Need::of(operation)).await?;
            who = Some(caller.who.clone());
            let call = sent
                .params()
                .and_then(|given| translate(operation, given))
                .and_then(|params| {
                    Call::parse(operation.method, params)
                        .map_err(|bad| HttpError::bad_call(bad, &name_here))
                })?;
            self.gate
                .answer(&caller, call, move |answered| show(shape, answered, false))
                .await
                .map_err(|failure| HttpError::of_failure(failure, name_here))
        };
        let mut response = answered
            .await
            .unwrap_or_else(|error| response::error(&error));
        // For the access log.
        if let Some(who) = who {
            response.extensions_mut().insert(who);
        }
        response
    }

    /// The caller of a request, and its parameters, not parsed yet. Token and role are checked before the body is read.
    pub(super) async fn authenticate(
        &self,
        request: Request,
        need: Need,
    ) -> Result<(Caller, Sent), HttpError> {
        let (parts, body) = request.into_parts();
        let client = client(&parts.extensions)?;
        if need.is_of_a_session() {
            check_origin(&parts.headers, client)?;
        }
        let caller = match self.caller(&parts.headers, client) {
            // A client that logs in again may send the token that has expired.
            Err(error) if need.role.is_none() && error.status == StatusCode::UNAUTHORIZED => {
                Caller::nobody(client.address)
            }
            caller => caller?,
        };
        if let Err(error) = caller.may(need.operation, need.role) {
            if need.is_change {
                let auditing = self.gate.audit_denied(&caller, need.operation, need.role);
                auditing.await;
            }
            return Err(HttpError::of(error, str::to_string));
        }
        if let Some(session) = caller.session
            && !need.is_waiting()
        {
            self.handler().session_seen(session);
        }
        let query = parts.uri.query().unwrap_or_default().to_string();
        let body = if parts.method == Method::POST {
            read(body, need).await?
        } else {
            Bytes::new()
        };
        Ok((
            caller,
            Sent {
                query,
                headers: parts.headers,
                body,
            },
        ))
    }

    /// Runs a call whose answer a handler needs itself.
    pub(super) async fn call(&self, caller: &Caller, call: Call) -> Result<Answer, HttpError> {
        self.gate
            .reply(caller, call)
            .await
            .map_err(|failure| HttpError::of_failure(failure, str::to_string))
    }
}

impl HttpError {
    /// The error for a call that failed, with the names that the route has for its parameters.
    pub(super) fn of_failure(failure: Failure, name_here: impl Fn(&str) -> String) -> HttpError {
        match failure {
            Failure::Failed(error) => HttpError::of(error, name_here),
            Failure::Panicked => HttpError::internal(&Failure::Panicked.to_string()),
        }
    }
}

/// The parts of a request that have parameters.
pub(super) struct Sent {
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Sent {
    /// The parameters. Those of the body override those of the query.
    pub fn params(&self) -> Result<Params, HttpError> {
        let mut params = params::from_pairs(&self.query)?;
        for name in ["password", "current_password", "link"] {
            if params.contains_key(name) {
                let problem = "send it in the body: proxies log addresses";
                return Err(HttpError::field(name, problem));
            }
        }
        params.extend(params::from_body(&self.headers, &self.body)?);
        Ok(params)
    }
}

/// Reads a body of at most as many bytes as the operation takes.
async fn read(body: Body, need: Need) -> Result<Bytes, HttpError> {
    let refused = |message| HttpError::new(StatusCode::PAYLOAD_TOO_LARGE, message);
    let mut whole = Vec::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        // The limits of the server answer these errors, unless the client has gone.
        let piece = piece.map_err(|error| refused(format!("body: {error}")))?;
        if whole.len() + piece.len() > need.body_max() {
            return Err(refused(format!(
                "the body of the request has more than {} bytes, which `{}` does not take",
                need.body_max(),
                need.operation
            )));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Bytes::from(whole))
}

/// An answer in the shape of the route.
pub(super) fn show(shape: Shape, answered: &SharedAnswer, compatible: bool) -> Response {
    let form = match (shape, compatible) {
        (Shape::Data | Shape::Health, false) => Form::Enveloped,
        (Shape::Data | Shape::Health, true) => Form::CompatibleEnveloped,
        (Shape::Page, false) => Form::Page,
        (Shape::Page, true) => Form::CompatiblePage,
        (Shape::Bare, _) => Form::Bare,
    };
    match (shape, answered.answer()) {
        (Shape::Health, Answer::Health(report)) if !report.healthy => {
            response::unhealthy(report, compatible)
        }
        (Shape::Data | Shape::Health | Shape::Bare | Shape::Page, _) => {
            response::success(answered, form)
        }
    }
}

/// Whether the routes of the original system give in to its clients.
pub(super) fn is_compatible(extensions: &Extensions) -> bool {
    extensions
        .get::<Arc<HttpSettings>>()
        .is_some_and(|settings| settings.is_compatible)
}

/// The client, as the middleware has found it.
pub(super) fn client(extensions: &Extensions) -> Result<Client, HttpError> {
    extensions
        .get::<Client>()
        .copied()
        .ok_or_else(|| HttpError::internal("a request without an address"))
}
