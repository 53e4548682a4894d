//! The first route, for as long as there is no other.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::frame::said;
use crate::api::{Call, Caller, Calls, Health};

/// What answers; a stream ends when `stop` does.
pub fn router(calls: Arc<dyn Calls>, _stop: CancellationToken) -> Router {
    Router::new()
        .route("/jobs/health", get(health))
        .with_state(calls)
}

async fn health(
    State(calls): State<Arc<dyn Calls>>,
    axum::Extension(client): axum::Extension<Client>,
) -> Response {
    let caller = Caller::nobody(client.address);
    let asked =
        tokio::task::spawn_blocking(move || calls.answer(&caller, Call::Health(Health {}))).await;
    match asked {
        Ok(Ok(_)) => said(StatusCode::OK, "ok"),
        Ok(Err(error)) => said(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        Err(error) => {
            tracing::error!(%error, "an operation broke");
            said(StatusCode::INTERNAL_SERVER_ERROR, "the operation broke")
        }
    }
}
