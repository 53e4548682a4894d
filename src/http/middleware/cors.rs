//! CORS for the origins of `server.cors_origins`. Requests of other origins are answered as if there were no CORS.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::response::Response;
use tower::ServiceExt;
use tower::layer::Layer;
use tower_http::cors::CorsLayer;

use super::{Context, Middleware, Next, vary};

/// How long browsers may cache the answer to a preflight request.
const MAX_AGE: Duration = Duration::from_secs(600);

pub(super) struct Cors;

impl Middleware for Cors {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let origins = &context.settings.cors_origins;
        let origin = request.headers().get(header::ORIGIN);
        let origin = origin.filter(|origin| origins.iter().any(|known| *known == **origin));
        let Some(origin) = origin.cloned() else {
            let mut response = next.answer(context, request).await;
            if !origins.is_empty() {
                vary(&mut response, "origin");
            }
            return response;
        };
        // Boxed: so the future of other requests stays small.
        let mut response = Box::pin(allow(origin, context, request, next)).await;
        vary(&mut response, "origin");
        response
    }
}

async fn allow(
    origin: HeaderValue,
    context: &Context,
    request: Request,
    next: &impl Next,
) -> Response {
    let layer = CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("last-event-id"),
        ])
        .vary([])
        .expose_headers([header::RETRY_AFTER, header::CONTENT_DISPOSITION])
        .max_age(MAX_AGE);
    let inner = tower::service_fn(move |request| async move {
        Ok::<_, Infallible>(next.answer(context, request).await)
    });
    match layer.layer(inner).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
