//! Files that the program contains, compressed once and sent to clients that accept it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use parking_lot::Mutex;

use super::middleware::Precompressed;

/// Files compressed by gzip, by name. Each is compressed once.
static COMPRESSED: LazyLock<Mutex<HashMap<String, Bytes>>> = LazyLock::new(Mutex::default);

/// A file, compressed for clients that accept it. A `name` always has the same bytes.
pub(super) fn compressed(
    headers: &HeaderMap,
    name: &str,
    bytes: Cow<'static, [u8]>,
    kind: &str,
) -> Response {
    let gzipped = if takes_gzip(headers) {
        gzip(name, &bytes)
    } else {
        None
    };
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

/// Whether the client accepts gzip.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|accepted| accepted.to_str().ok())
        .is_some_and(|accepted| {
            let mut codings = accepted.split(',').map(str::trim);
            codings.any(|coding| coding == "gzip" || coding.starts_with("gzip;q=1"))
        })
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

/// A file as it is.
pub(super) fn plain(bytes: Cow<'static, [u8]>, kind: &'static str) -> Response {
    let mut answer = Response::new(Body::from(bytes.into_owned()));
    let kind = HeaderValue::from_static(kind);
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}
