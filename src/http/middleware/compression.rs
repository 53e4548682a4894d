//! Compresses large answers for clients that accept it.

use std::convert::Infallible;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{self, header};
use axum::response::Response;
use tower::ServiceExt;
use tower::layer::Layer;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use super::{Context, Middleware, Next, vary};

/// Smaller answers, in bytes, are not compressed: they fit into one packet as they are.
const MIN_SIZE: u64 = 1024;

pub(super) struct Compression;

/// An extension of answers that must be sent as they are: their handler has compressed them, or they are cached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Precompressed;

impl Middleware for Compression {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        if request.headers().contains_key(header::ACCEPT_ENCODING) {
            // Boxed: so the future of other requests stays small.
            return Box::pin(compress(context, request, next)).await;
        }
        let mut response = next.answer(context, request).await;
        let headers = response.headers();
        let is_final = headers.contains_key(header::CONTENT_ENCODING)
            || headers.contains_key(header::CONTENT_RANGE);
        // The layer does the same for an answer that it would compress for other clients.
        if !is_final && Compressible.should_compress(&response) {
            vary(&mut response, "accept-encoding");
        }
        response
    }
}

async fn compress(context: &Context, request: Request, next: &impl Next) -> Response {
    let layer = CompressionLayer::new()
        .quality(CompressionLevel::Precise(4))
        .compress_when(Compressible);
    let inner = tower::service_fn(move |request| async move {
        Ok::<_, Infallible>(next.answer(context, request).await)
    });
    match layer.layer(inner).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// Which answers are worth compressing.
#[derive(Clone, Copy, Debug)]
struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: HttpBody>(&self, response: &http::Response<B>) -> bool {
        response.extensions().get::<Precompressed>().is_none()
            && SizeAbove::new(MIN_SIZE).should_compress(response)
            && NotForContentType::SSE.should_compress(response)
            && NotForContentType::IMAGES.should_compress(response)
    }
}
