//! The documentation of the API: the OpenAPI document, and Swagger UI over it, served from the binary.

use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::answer::{self, Answer, Fault};
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

/// `GET /openapi.json`, and `/swagger/doc.json` where the original system has it.
pub(super) async fn document() -> Answer {
    let mut answer = Response::new(Body::from(openapi::TEXT.as_str()));
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}

/// `GET /swagger/...`: the files of Swagger UI.
pub(super) async fn swagger(Path(file): Path<String>) -> Answer {
    if file == "doc.json" {
        return document().await;
    }
    match utoipa_swagger_ui::serve(&file, SWAGGER.clone()) {
        Ok(Some(found)) => {
            let mut answer = Response::new(Body::from(found.bytes.into_owned()));
            let headers = answer.headers_mut();
            if let Ok(kind) = HeaderValue::from_str(&found.content_type) {
                headers.insert(header::CONTENT_TYPE, kind);
            }
            headers.insert(
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
