//! `GET /metrics`: the metrics of the daemon, for Prometheus.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::calls::Need;
use super::response::{self, HttpError};
use super::settings::MetricsAccess;
use super::{HttpSettings, Server};
use jobs_api::{Answer, Call, Caller, Metrics};
use jobs_model::Role;

pub(super) async fn metrics(State(server): State<Arc<Server>>, request: Request) -> Response {
    let answered = async {
        let readers = request
            .extensions()
            .get::<Arc<HttpSettings>>()
            .map_or(MetricsAccess::Token, |settings| settings.metrics);
        let need = match readers {
            MetricsAccess::Token => Need::viewer("metrics"),
            MetricsAccess::Everyone | MetricsAccess::Nobody => Need::nothing("metrics"),
        };
        let (caller, _) = server.authenticate(request, need).await?;
        let caller = match readers {
            MetricsAccess::Token => caller,
            // The configuration allows everyone: an anonymous caller reads as a viewer.
            MetricsAccess::Everyone => Caller {
                role: caller.role.or(Some(Role::Viewer)),
                ..caller
            },
            MetricsAccess::Nobody => {
                return Err(HttpError::new(
                    StatusCode::NOT_FOUND,
                    "metrics are switched off\nhint: `server.metrics` says who may read them",
                ));
            }
        };
        let call = Call::Metrics(Metrics {});
        let Answer::Metrics(exposition) = server.call(&caller, call).await? else {
            return Err(HttpError::internal("the answer is not one of `metrics`"));
        };
        let mut answer = Response::new(Body::from(exposition.text));
        answer.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
        );
        Ok(answer)
    };
    answered
        .await
        .unwrap_or_else(|fault| response::error(&fault))
}
