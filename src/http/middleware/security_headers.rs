//! Adds the headers by which browsers restrict what a page may do with an answer, where the handler has not set them.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::response::Response;

use super::{Context, Middleware, Next};

/// Added to every answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// Added to answers over TLS.
const OVER_TLS: (HeaderName, &str) = (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");

pub(super) struct SecurityHeaders;

impl Middleware for SecurityHeaders {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let mut response = next.answer(context, request).await;
        add(response.headers_mut(), context.client.is_tls);
        response
    }
}

fn add(headers: &mut HeaderMap, is_tls: bool) {
    headers.reserve(ALWAYS.len() + 2);
    for (name, value) in ALWAYS.into_iter().chain(is_tls.then_some(OVER_TLS)) {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}
