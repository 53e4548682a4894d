//! The HTTP server: the routes of the original system, one route for every operation, events, metrics, documentation.
//!
//! A request passes the `middleware`, then one of the `routes`, then the [`gate`](jobs_gate).
//!
//! Every answer is `{"code", "msg", "data"}`, and `code` is the status:
//!
//! | status | when |
//! |---|---|
//! | 200 | it was done |
//! | 400 | a parameter is invalid; `data.field` names it |
//! | 401 | the caller is not authenticated: no token, or a void one |
//! | 403 | the address or the role is not allowed |
//! | 404 | no such path, job, execution, account or token |
//! | 405 | the path has another method |
//! | 409 | not possible in the present state |
//! | 413 | the body is too large |
//! | 415 | the body is neither JSON nor a form |
//! | 421 | the header `Host` names another server |
//! | 429 | too many requests; `Retry-After` says when to try again |
//! | 500 | a fault of the daemon, its store or its system |
//! | 503 | the daemon is shutting down, or not healthy |

mod auth;
mod calls;
mod client;
mod compatible;
mod compressed;
mod conn_timeout;
mod connections;
mod documentation;
mod download;
mod events;
mod listen;
mod metrics;
mod middleware;
mod open_connections;
mod openapi;
mod origin;
mod page;
mod params;
mod places;
mod response;
mod routes;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use listen::{HttpListener, Released};
pub use settings::{HttpSettings, MetricsAccess, Rate};
pub use tls::Tls;

use jobs_api::Handler;
use jobs_gate::{Gate, Limits};
use places::Places;
use response::HttpError;
use routes::{HttpMethod, ROUTES, Route};

/// How many quick calls run at once per core. More would not be done sooner, and the jobs need the cores too.
const QUICK_PER_CORE: usize = 2;

/// Upper bound on the blocking threads of the server: for calls, streams and downloads together.
pub const MAX_BLOCKING_THREADS: usize = 512;

/// The state that the handlers of all requests share.
struct Server {
    gate: Gate,
    /// Permits for downloads.
    downloads: Places,
    streams: events::Streams,
    /// The files of the web page.
    page: jobs_page::Files,
    /// Wakes the streams when access has changed, so that those of a session end with it.
    access_changes: watch::Sender<()>,
    /// Ends the streams.
    stop: CancellationToken,
}

/// Whether the access lists let an address use the server.
type IsAllowed = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// Serves requests until `stop`, with the latest `settings`. When it returns, all requests have ended or were cut off.
pub async fn serve(
    listener: HttpListener,
    handler: Arc<dyn Handler>,
    settings: watch::Receiver<Arc<HttpSettings>>,
    stop: CancellationToken,
) {
    let server = Arc::new(Server::new(handler.clone(), stop.clone()));
    let open = Arc::downgrade(&server);
    handler.on_access_change(Box::new(move || match open.upgrade() {
        Some(server) => {
            server.access_changes.send_replace(());
            true
        }
        None => false,
    }));
    let is_allowed: IsAllowed = Arc::new(move |address| handler.is_allowed(address));
    let stack = middleware::stack(router(server), is_allowed.clone());
    connections::serve(listener, stack, is_allowed, settings, stop).await;
}

impl Server {
    fn new(handler: Arc<dyn Handler>, stop: CancellationToken) -> Server {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let limits = Limits {
            quick: QUICK_PER_CORE * cores,
            waiting: 128,
            cancelling: 32,
            logins: Some(32),
            heavy: 2,
        };
        Server {
            gate: Gate::new(handler, limits),
            downloads: Places::new(download::DOWNLOADS),
            streams: events::Streams::default(),
            page: jobs_page::Files::new(),
            access_changes: watch::Sender::new(()),
            stop,
        }
    }

    fn handler(&self) -> &Arc<dyn Handler> {
        self.gate.handler()
    }
}

/// The routes: those of the table, `/api/{operation}`, and those that do not answer JSON.
fn router(server: Arc<Server>) -> Router {
    let mut router: Router<Arc<Server>> = Router::new();
    for path in paths() {
        let mut methods: MethodRouter<Arc<Server>> = MethodRouter::new();
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let handler = move |State(server): State<Arc<Server>>, request: Request| async move {
                server.answer_route(route, request).await
            };
            methods = match route.method {
                HttpMethod::Get => methods.get(handler),
                HttpMethod::Post => methods.post(handler),
            };
        }
        router = router.route(path, methods);
    }
    router
        .route("/", get(page::root))
        .route("/page/{hash}/{*file}", get(page::file))
        .route("/page/login", post(session::login))
        .route("/page/enter", post(session::enter))
        .route("/page/leave", post(session::leave))
        .route("/page/session", get(session::session))
        .route("/api/{method}", post(operation))
        .route("/jobs/events", get(events::events))
        .route("/jobs/logs/download", get(download::download))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(documentation::document))
        .route("/swagger", get(documentation::to_swagger))
        .route("/swagger/", get(documentation::to_swagger))
        .route("/swagger/{*file}", get(documentation::swagger))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(server)
}

/// Every path of the table, once.
fn paths() -> Vec<&'static str> {
    let mut paths: Vec<&str> = Vec::new();
    for Route { path, .. } in ROUTES {
        if !paths.contains(path) {
            paths.push(path);
        }
    }
    paths
}

async fn operation(
    State(server): State<Arc<Server>>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    server.answer_operation(&method, request).await
}

async fn not_found(request: Request) -> Response {
    response::error(&HttpError::new(
        StatusCode::NOT_FOUND,
        format!(
            "no such path: `{}`\nhint: `/swagger/index.html` shows all",
            request.uri().path()
        ),
    ))
}

async fn method_not_allowed(method: Method, request: Request) -> Response {
    response::error(&HttpError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("`{}` has no {method}", request.uri().path()),
    ))
}

/// The header that gives a download its file name.
fn attachment(name: &str) -> (header::HeaderName, String) {
    (
        header::CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}\""),
    )
}

/// The OpenAPI document, as the server sends it.
pub fn openapi() -> &'static str {
    &openapi::TEXT
}
