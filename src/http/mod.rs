//! The third door: HTTP. Routes of the original system and one for every operation, events, figures, documentation.
//!
//! Every answer is `{"code", "msg", "data"}`, and `code` is the status:
//!
//! | status | when |
//! |---|---|
//! | 200 | it was done |
//! | 400 | a parameter will not do; `data.field` names it |
//! | 401 | nobody knows who calls: no token, or one that is void |
//! | 403 | the address or the role may not do it |
//! | 404 | no such path, job, execution, account or token |
//! | 405 | the path has another method |
//! | 409 | not in the present state of things |
//! | 413 | the body is too large |
//! | 415 | the body is neither JSON nor a form |
//! | 429 | too often; `Retry-After` says when again |
//! | 500 | a fault of the daemon, its store or its system |
//! | 503 | the daemon is ending, or not healthy |

mod answer;
mod client;
mod documentation;
mod download;
mod events;
mod frame;
mod guard;
mod limits;
mod listen;
mod metrics;
mod openapi;
mod params;
mod pulse;
mod routes;
#[cfg(test)]
mod tests;
mod tls;
mod work;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::routing::{MethodRouter, get, post};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

pub use frame::{Frame, MetricsFor, Rate};
pub use listen::{Listening, Released, serve};
pub use tls::Tls;

use crate::api::Calls;
use answer::{Answer, Fault};
use routes::{ROUTES, Route, Verb};

/// What all requests share.
pub struct Door {
    calls: Arc<dyn Calls>,
    quick: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    cancelling: Arc<Semaphore>,
    logins: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
    events: events::Streams,
    stop: CancellationToken,
}

/// How many calls are worked on at once, for each core: more would not be done sooner, and the jobs need the cores too.
const QUICK: usize = 2;

/// How many calls may wait at once for output. They have places of their own, so that they hold up nobody.
const WAITING: usize = 128;

/// The same of those that wait for an execution to end which they have cancelled, and of logins.
const CANCELLING: usize = 32;
const LOGINS: usize = 32;

/// How many threads the calls of the door have, together with its streams and downloads.
pub const BLOCKING: usize = 512;

/// How many logs are downloaded at once.
const DOWNLOADS: usize = 32;

/// The routes over `calls`. Streams end when `stop` says so.
pub fn router(calls: Arc<dyn Calls>, stop: CancellationToken) -> Router {
    let places = |number| Arc::new(Semaphore::new(number));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let door = Arc::new(Door {
        calls,
        quick: places(QUICK * cores),
        waiting: places(WAITING),
        cancelling: places(CANCELLING),
        logins: places(LOGINS),
        downloads: places(DOWNLOADS),
        events: events::Streams::default(),
        stop,
    });
    let mut router: Router<Arc<Door>> = Router::new();
    for path in paths() {
        let mut methods: MethodRouter<Arc<Door>> = MethodRouter::new();
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let handler = move |State(door): State<Arc<Door>>, request: Request| async move {
                door.route(route, request).await
            };
            methods = match route.verb {
                Verb::Get => methods.get(handler),
                Verb::Post => methods.post(handler),
            };
        }
        router = router.route(path, methods);
    }
    router
        .route("/api/{method}", post(operation))
        .route("/jobs/events", get(events::events))
        .route("/jobs/logs/download", get(download::download))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(documentation::document))
        .route("/swagger", get(documentation::to_swagger))
        .route("/swagger/", get(documentation::to_swagger))
        .route("/swagger/{*file}", get(documentation::swagger))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(axum::middleware::from_fn_with_state(
            door.clone(),
            guard::gate,
        ))
        .with_state(door)
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
    State(door): State<Arc<Door>>,
    Path(method): Path<String>,
    request: Request,
) -> Answer {
    door.operation(&method, request).await
}

async fn not_found(request: Request) -> Answer {
    answer::fault(&Fault::new(
        StatusCode::NOT_FOUND,
        format!(
            "no such path: `{}`\nhint: `/swagger/index.html` shows all",
            request.uri().path()
        ),
    ))
}

async fn not_allowed(method: Method, request: Request) -> Answer {
    answer::fault(&Fault::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("`{}` has no {method}", request.uri().path()),
    ))
}

/// What a file is saved as.
fn attachment(name: &str) -> (header::HeaderName, String) {
    (
        header::CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}\""),
    )
}

/// The OpenAPI document, as it is served.
pub fn openapi() -> &'static str {
    &openapi::TEXT
}
