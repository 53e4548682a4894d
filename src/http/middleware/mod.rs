//! The middleware of the HTTP server: what is done for every request, whichever route it takes.
//!
//! The steps are generic types that contain each other, not boxed layers: a request passes all of them in one future.

mod access_log;
mod address_check;
mod body;
mod catch_panic;
mod compression;
mod cors;
mod host_check;
mod rate_limit;
mod security_headers;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;
use tower::ServiceExt;

use super::IsAllowed;
use super::client::{Client, Peer};
use super::conn_timeout::ConnTimeout;
use super::settings::HttpSettings;
use access_log::AccessLog;
use address_check::AddressCheck;
use body::BodyLimits;
use catch_panic::CatchPanic;
use compression::Compression;
pub(super) use compression::Precompressed;
use cors::Cors;
use host_check::HostCheck;
use rate_limit::RateLimit;
use security_headers::SecurityHeaders;

/// Nests the steps: each gets the rest of the list as its next step.
macro_rules! chain {
    ($last:expr $(,)?) => { $last };
    ($first:expr, $($rest:expr),+ $(,)?) => {
        Step { middleware: $first, next: chain![$($rest),+] }
    };
}

/// The middleware around `routes`, in the order in which a request passes it. An answer passes it the other way.
pub(super) fn stack(routes: Router, is_allowed: IsAllowed) -> impl Next {
    chain![
        SecurityHeaders,
        AccessLog,
        HostCheck,
        Cors,
        Compression,
        RateLimit::new(),
        BodyLimits::new(),
        CatchPanic,
        AddressCheck(is_allowed),
        Routes(routes),
    ]
}

/// The connection of a request: who the client is, and the settings that are in force for this request.
pub(super) struct Context {
    pub settings: Arc<HttpSettings>,
    /// The phase of the connection.
    pub connection: Arc<ConnTimeout>,
    pub client: Client,
}

/// A step that answers requests: a middleware with all that comes after it, or the routes.
pub(super) trait Next: Send + Sync + 'static {
    fn answer(&self, context: &Context, request: Request) -> impl Future<Output = Response> + Send;
}

/// A middleware: answers a request itself, or changes the request before, and the answer after, `next`.
trait Middleware: Send + Sync + 'static {
    fn handle(
        &self,
        context: &Context,
        request: Request,
        next: &impl Next,
    ) -> impl Future<Output = Response> + Send;
}

/// A middleware and the step after it.
struct Step<M, N> {
    middleware: M,
    next: N,
}

impl<M: Middleware, N: Next> Next for Step<M, N> {
    fn answer(&self, context: &Context, request: Request) -> impl Future<Output = Response> + Send {
        self.middleware.handle(context, request, &self.next)
    }
}

/// The last step. Handlers find the [`Client`] and the [`HttpSettings`] among the extensions of the request.
struct Routes(Router);

impl Next for Routes {
    async fn answer(&self, context: &Context, mut request: Request) -> Response {
        let extensions = request.extensions_mut();
        extensions.insert(context.client);
        extensions.insert(context.settings.clone());
        match self.0.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

impl Context {
    /// The context of a request that came over the connection of `peer`.
    pub(super) fn new(
        peer: Peer,
        headers: &HeaderMap,
        settings: Arc<HttpSettings>,
        connection: Arc<ConnTimeout>,
    ) -> Context {
        Context {
            client: Client::find(peer, headers, &settings.trusted_proxies),
            settings,
            connection,
        }
    }
}

/// An answer without data, in the envelope of all answers.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(Body::from(envelope(status, message)));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The text of an answer without data.
pub(super) fn envelope(status: StatusCode, message: &str) -> String {
    json!({"code": status.as_u16(), "msg": message, "data": null}).to_string()
}

/// Adds a header to `Vary`: a cache between here and a browser must keep answers apart that differ by it.
fn vary(response: &mut Response, by: &'static str) {
    let by = HeaderValue::from_static(by);
    response.headers_mut().append(header::VARY, by);
}

/// Has the connection closed after the answer.
fn close_after(response: &mut Response) {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
}
