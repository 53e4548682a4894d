//! From a request to a call, and from its answer to an answer of ours.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::Door;
use super::answer::{self, Answer, Fault};
use super::client::Client;
use super::params::{self, Params};
use super::routes::{self, Gives, Route};
use crate::api::{Answered, Call, Caller, Calls, Form, Operation, Reply};
use crate::error::Error;
use crate::model::Role;

/// The largest body that is read, whatever the frame lets through.
const BODY_MAX: usize = 64 * 1024 * 1024;

impl Door {
    /// Answers a request of the table.
    pub(super) async fn route(self: &Arc<Door>, route: &'static Route, request: Request) -> Answer {
        let operation = routes::operation(route.operation);
        let translate = |operation: &Operation, given| params::translate(route, operation, given);
        let name_here = |there: &str| route.name_here(there).to_string();
        self.attend(operation, request, translate, name_here, route.gives)
            .await
    }

    /// Answers a request for an operation by its name.
    pub(super) async fn operation(self: &Arc<Door>, method: &str, request: Request) -> Answer {
        let operation = routes::operation(method);
        if operation.is_none() {
            return answer::fault(&Fault::new(
                StatusCode::NOT_FOUND,
                format!("no such operation: `{method}`"),
            ));
        }
        let translate =
            |operation: &Operation, given| Ok(Value::Object(params::fit(operation, given)));
        self.attend(operation, request, translate, str::to_string, Gives::Data)
            .await
    }

    /// Answers a request for an operation, whose parameters `translate` makes of those that were sent.
    async fn attend(
        self: &Arc<Door>,
        operation: Option<&'static Operation>,
        request: Request,
        translate: impl Fn(&Operation, Params) -> Result<Value, Fault>,
        name_here: impl Fn(&str) -> String,
        gives: Gives,
    ) -> Answer {
        let mut who = None;
        let answered = async {
            let operation = operation.ok_or_else(|| Fault::broken("the route has no operation"))?;
            let (caller, sent) = self.open(request, operation.role).await?;
            who = Some(caller.who.clone());
            let call = sent
                .read()
                .and_then(|given| translate(operation, given))
                .and_then(|params| {
                    Call::parse(operation.method, params)
                        .map_err(|bad| Fault::bad_call(bad, &name_here))
                })
                .map_err(|fault| not_for(&caller, operation).unwrap_or(fault))?;
            if let Some(answered) = self.calls.at_hand(&caller, &call) {
                return Ok(show(gives, &answered));
            }
            self.work(&caller, call, &name_here, move |calls, caller, call| {
                let answered = calls.tell(caller, call)?;
                Ok(show(gives, &answered))
            })
            .await
        };
        let mut answer = answered.await.unwrap_or_else(|fault| answer::fault(&fault));
        // For the system log.
        if let Some(who) = who {
            answer.extensions_mut().insert(who);
        }
        answer
    }

    /// Who sends a request that needs that role, and what is in it.
    pub(super) async fn open(
        &self,
        request: Request,
        needs: Option<Role>,
    ) -> Result<(Caller, Sent), Fault> {
        let (parts, body) = request.into_parts();
        let address = address(&parts.extensions)?;
        let caller = match self.caller(&parts.headers, address) {
            // Who has to log in again may send along what is void by now.
            Err(fault) if needs.is_none() && fault.status == StatusCode::UNAUTHORIZED => {
                Caller::nobody(address)
            }
            caller => caller?,
        };
        let query = parts.uri.query().unwrap_or_default().to_string();
        let body = if parts.method == Method::POST {
            to_bytes(body, BODY_MAX).await.map_err(|error| {
                Fault::new(StatusCode::PAYLOAD_TOO_LARGE, format!("body: {error}"))
            })?
        } else {
            axum::body::Bytes::new()
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

    /// Hands a call over, on a thread that may block.
    pub(super) async fn call(
        self: &Arc<Door>,
        caller: &Caller,
        call: Call,
        name_here: impl Fn(&str) -> String,
    ) -> Result<Reply, Fault> {
        self.work(caller, call, name_here, |calls, caller, call| {
            calls.answer(caller, call)
        })
        .await
    }

    /// Has something done with a call, on a thread that may block.
    async fn work<T: Send + 'static>(
        self: &Arc<Door>,
        caller: &Caller,
        mut call: Call,
        name_here: impl Fn(&str) -> String,
        work: impl FnOnce(&dyn Calls, &Caller, Call) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Fault> {
        let places = match &mut call {
            Call::Logs(ask) if ask.wait > 0 => {
                if self.waiting.available_permits() == 0 {
                    // All places to wait in are taken: this one is told what there is now, and asks again.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    ask.wait = 0;
                    &self.quick
                } else {
                    &self.waiting
                }
            }
            Call::Cancel(_) => &self.cancelling,
            Call::Login(_) => &self.logins,
            _ => &self.quick,
        };
        let Ok(place) = places.clone().acquire_owned().await else {
            return Err(Fault::broken("the door is closed"));
        };
        let method = call.method();
        let (calls, caller) = (self.calls.clone(), caller.clone());
        let done = tokio::task::spawn_blocking(move || {
            // Held as long as the thread is, whether or not the client is still there.
            let _place = place;
            work(&*calls, &caller, call)
        });
        match done.await {
            Ok(result) => result.map_err(|error| Fault::of(error, name_here)),
            Err(error) => {
                tracing::error!(%error, method, "an operation broke");
                Err(Fault::broken(
                    "the operation broke; the system log tells more",
                ))
            }
        }
    }
}

/// What came with a request.
pub(super) struct Sent {
    query: String,
    headers: axum::http::HeaderMap,
    body: axum::body::Bytes,
}

impl Sent {
    /// Its parameters. What is in the body beats what is in the query.
    pub fn read(&self) -> Result<Params, Fault> {
        let mut params = params::from_pairs(&self.query);
        if params.contains_key("password") {
            let problem = "it does not belong into an address, which proxies write down";
            return Err(Fault::field("password", problem));
        }
        params.extend(params::from_body(&self.headers, &self.body)?);
        Ok(params)
    }
}

/// Whoever may not call an operation learns that, and not what is wrong with the parameters. What is a call at all, the service
/// refuses.
fn not_for(caller: &Caller, operation: &Operation) -> Option<Fault> {
    let error = caller.may(operation.method, operation.role).err()?;
    Some(Fault::of(error, str::to_string))
}

/// An answer as a route gives it.
fn show(gives: Gives, answered: &Answered) -> Answer {
    match (gives, answered.reply()) {
        (Gives::Health, Reply::Health(report)) if !report.healthy => answer::with_status(
            StatusCode::SERVICE_UNAVAILABLE,
            &report.problems.join("; "),
            report,
        ),
        (Gives::Data | Gives::Health, _) => answer::done(answered, Form::Enveloped),
        (Gives::Bare, _) => answer::done(answered, Form::Bare),
        (Gives::Page, _) => answer::done(answered, Form::Page),
    }
}

/// From which address a request comes.
pub(super) fn address(extensions: &axum::http::Extensions) -> Result<IpAddr, Fault> {
    extensions
        .get::<Client>()
        .map(|client| client.address)
        .ok_or_else(|| Fault::broken("a request from nowhere"))
}
