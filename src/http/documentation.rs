//! The documentation of the API: the OpenAPI document, and Swagger UI over it, served from the binary.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Redirect, Response};

use super::compressed::compressed;
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
