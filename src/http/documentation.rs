//! The documentation of the API: the OpenAPI document, and Swagger UI over it, served from the binary.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, LazyLock};

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use parking_lot::Mutex;

use super::answer::{self, Answer, Fault};
use super::frame::AsItIs;
use super::openapi;

/// What the page may load: only what comes from here. Swagger UI sets styles in place and has its pictures in the text.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

static SWAGGER: LazyLock<Arc<utoipa_swagger_ui::Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        utoipa_swagger_ui::Config::from("/openapi.json")
            .persist_authorization(false)
            .try_it_out_enabled(true)
            .validator_url("none"),
    )
});

/// What was packed once, by name: whoever may see it may see it often.
static PACKED: LazyLock<Mutex<HashMap<String, Bytes>>> = LazyLock::new(Mutex::default);

/// `GET /openapi.json`, and `/swagger/doc.json` where the original system has it.
pub(super) async fn document(headers: HeaderMap) -> Answer {
    let text = Cow::Borrowed(openapi::TEXT.as_bytes());
    packed(&headers, "openapi.json", text, "application/json")
}

/// `GET /swagger/...`: the files of Swagger UI.
pub(super) async fn swagger(Path(file): Path<String>, headers: HeaderMap) -> Answer {
    if file == "doc.json" {
        return document(headers).await;
    }
    match utoipa_swagger_ui::serve(&file, SWAGGER.clone()) {
        Ok(Some(found)) => {
            let mut answer = packed(&headers, &file, found.bytes, &found.content_type);
            answer.headers_mut().insert(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(POLICY),
            );
            answer
        }
        Ok(None) => answer::fault(&Fault::new(
            StatusCode::NOT_FOUND,
            "no such file\nhint: `/swagger/index.html` is the page",
        )),
        Err(error) => {
            tracing::error!(%error, "Swagger UI can't be shown");
            answer::fault(&Fault::broken("Swagger UI can't be shown"))
        }
    }
}

/// `GET /swagger`: the page.
pub(super) async fn to_swagger() -> axum::response::Redirect {
    axum::response::Redirect::to("/swagger/index.html")
}

/// A file, packed for those who can unpack it.
fn packed(headers: &HeaderMap, name: &str, bytes: Cow<'static, [u8]>, kind: &str) -> Answer {
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|accepted| accepted.to_str().ok())
        .is_some_and(|accepted| {
            let mut codings = accepted.split(',').map(str::trim);
            codings.any(|coding| coding == "gzip" || coding.starts_with("gzip;q=1"))
        });
    let small = if takes_gzip { gzip(name, &bytes) } else { None };
    let is_packed = small.is_some();
    let whole = || match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let body = Body::from(small.unwrap_or_else(whole));
    let mut answer = Response::new(body);
    answer.extensions_mut().insert(AsItIs);
    let headers = answer.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

fn gzip(name: &str, bytes: &[u8]) -> Option<Bytes> {
    let mut all = PACKED.lock();
    if let Some(known) = all.get(name) {
        return Some(known.clone());
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packer
        .write_all(bytes)
        .and_then(|()| packer.finish())
        .map(Bytes::from)
        .ok()?;
    all.insert(name.to_string(), packed.clone());
    Some(packed)
}
