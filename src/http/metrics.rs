//! `GET /metrics`: the figures of the daemon, for Prometheus.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::answer::{self, Answer, Fault};
use super::frame::MetricsFor;
use super::{Door, Frame};
use crate::api::{Call, Caller, Metrics, Reply};
use crate::model::Role;

pub(super) async fn metrics(State(door): State<Arc<Door>>, request: Request) -> Answer {
    let answered = async {
        let readers = request
            .extensions()
            .get::<Arc<Frame>>()
            .map_or(MetricsFor::Token, |frame| frame.metrics);
        let (caller, _) = door.open(request, Some(Role::Viewer)).await?;
        let caller = match readers {
            MetricsFor::Token => caller,
            // The configuration lets everyone read them, as if with the least of roles.
            MetricsFor::Everyone => Caller {
                role: caller.role.or(Some(Role::Viewer)),
                ..caller
            },
            MetricsFor::Nobody => {
                return Err(Fault::new(
                    StatusCode::NOT_FOUND,
                    "the figures are not told here\nhint: `server.metrics` says who may read them",
                ));
            }
        };
        let call = Call::Metrics(Metrics {});
        let Reply::Metrics(exposition) = door.call(&caller, call, str::to_string).await? else {
            return Err(Fault::broken("the figures are something else"));
        };
        let mut answer = Response::new(Body::from(exposition.text));
        answer.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
        );
        Ok(answer)
    };
    answered.await.unwrap_or_else(|fault| answer::fault(&fault))
}
