//! The documentation of the API: the OpenAPI document, and Swagger UI over it, served from the binary.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, LazyLock};

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Redirect, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use parking_lot::Mutex;

use super::middleware::Precompressed;
use super::openapi;
use super::response::{self, HttpError};

/// Content-Security-Policy of the page: it loads from this server only. Swagger UI sets inline styles and has its images in
/// data URLs.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

static SWAGGER: LazyLock<Arc<utoipa_swagger_ui::Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        utoipa_swagger_ui::Config::from("/openapi.json")
            .persist_authorization(false)
            .try_it_out_enabled(true)
            .validator_url("none"),
    )
});

/// Files compressed by gzip, by name. Each is compressed once.
static COMPRESSED: LazyLock<Mutex<HashMap<String, Bytes>>> = LazyLock::new(Mutex::default);

/// `GET /openapi.json`, and `/swagger/doc.json` where the original system has it.
pub(super) async fn document(headers: HeaderMap) -> Response {
    let text = Cow::Borrowed(openapi::TEXT.as_bytes());
    compressed(&headers, "openapi.json", text, "application/json")
}

/// `GET /swagger/...`: the files of Swagger UI.
pub(super) async fn swagger(Path(file): Path<String>, headers: HeaderMap) -> Response {
    if file == "doc.json" {
        return document(headers).await;
    }
    match utoipa_swagger_ui::serve(&file, SWAGGER.clone()) {
        Ok(Some(found)) => {
            let mut answer = compressed(&headers, &file, found.bytes, &found.content_type);
            answer.headers_mut().insert(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(POLICY),
            );
            answer
        }
        Ok(None) => response::error(&HttpError::new(
            StatusCode::NOT_FOUND,
            "no such file\nhint: `/swagger/index.html` is the page",
        )),
        Err(error) => {
            tracing::error!(%error, "Swagger UI can't be shown");
            response::error(&HttpError::internal("Swagger UI can't be shown"))
        }
    }
}

/// `GET /swagger`: the page.
pub(super) async fn to_swagger() -> Redirect {
    Redirect::to("/swagger/index.html")
}

/// A file, compressed for clients that accept it.
fn compressed(headers: &HeaderMap, name: &str, bytes: Cow<'static, [u8]>, kind: &str) -> Response {
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|accepted| accepted.to_str().ok())
        .is_some_and(|accepted| {
            let mut codings = accepted.split(',').map(str::trim);
            codings.any(|coding| coding == "gzip" || coding.starts_with("gzip;q=1"))
        });
    let gzipped = if takes_gzip { gzip(name, &bytes) } else { None };
    let is_gzipped = gzipped.is_some();
    let whole = || match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let body = Body::from(gzipped.unwrap_or_else(whole));
    let mut answer = Response::new(body);
    answer.extensions_mut().insert(Precompressed);
    let headers = answer.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_gzipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

fn gzip(name: &str, bytes: &[u8]) -> Option<Bytes> {
    let mut all = COMPRESSED.lock();
    if let Some(known) = all.get(name) {
        return Some(known.clone());
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let gzipped = encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map(Bytes::from)
        .ok()?;
    all.insert(name.to_string(), gzipped.clone());
    Some(gzipped)
}
