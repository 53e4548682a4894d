//! Logs requests in the system log: those with one of the configured methods.

use std::time::Instant;

use axum::extract::Request;
use axum::response::Response;

use super::{Context, Middleware, Next};
use jobs_api::Who;

pub(super) struct AccessLog;

impl Middleware for AccessLog {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let mut logged = context.settings.logged_methods.iter();
        if !logged.any(|method| method == request.method().as_str()) {
            return next.answer(context, request).await;
        }
        let (method, path) = (request.method().clone(), request.uri().path().to_string());
        let began = Instant::now();
        let response = next.answer(context, request).await;
        tracing::info!(
            %method,
            path,
            status = response.status().as_u16(),
            ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            client = %context.client.address,
            // Handlers put the caller among the extensions of the answer.
            who = response.extensions().get::<Who>().map(tracing::field::display),
            "request"
        );
        response
    }
}
