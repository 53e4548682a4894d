//! Limits the size of a request's body, the time that it takes to come, and the time until the answer begins.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context as TaskContext, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Sleep;

use super::{Context, Middleware, Next, close_after, refusal};
use crate::settings::HttpSettings;

/// Added to the timeout of the answer: an operation may wait for as long as that timeout, and must not lose the race.
const SLACK: Duration = Duration::from_secs(5);

/// How much of a body that no handler has read is read and discarded, so that the client reads the answer and not an error.
const DISCARDED_BYTES: u64 = 16 * 1024 * 1024;
const DISCARDED_TIME: Duration = Duration::from_secs(5);

pub(super) struct BodyLimits;

impl Middleware for BodyLimits {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let settings = &*context.settings;
        let (parts, body) = request.into_parts();
        // `Expect: 100-continue`: the client sends its body only after the server has agreed.
        let asks_first = parts.headers.contains_key(header::EXPECT);
        let meter = Meter::new(body, settings);
        if meter.declared() > settings.max_body {
            if !asks_first {
                meter.discard_rest().await;
            }
            return too_large(settings);
        }
        let measured = Body::new(Measured {
            meter: meter.clone(),
            deadline: None,
        });
        let request = Request::from_parts(parts, measured);
        let mut answering = std::pin::pin!(next.answer(context, request));
        let early = tokio::select! {
            // In this order: most answers are ready before a timer is needed.
            biased;
            response = &mut answering => Some(response),
            () = meter.over.notified() => None,
            () = tokio::time::sleep_until(meter.deadline.into()) => None,
        };
        let answer = match early {
            Some(response) => Ok(response),
            None => tokio::time::timeout(settings.request_timeout + SLACK, answering).await,
        };
        let response = match meter.problem.get() {
            Some(Problem::TooLarge) => too_large(settings),
            Some(Problem::TooSlow) => return too_slow(settings),
            None => answer.unwrap_or_else(|_| {
                tracing::warn!("the answer to a request did not come in time");
                refusal(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the answer did not come in time; the system log may tell more",
                )
            }),
        };
        if !asks_first {
            meter.discard_rest().await;
        }
        response
    }
}

fn too_large(settings: &HttpSettings) -> Response {
    let message = format!(
        "the body of the request has more than {} bytes",
        settings.max_body
    );
    refusal(StatusCode::PAYLOAD_TOO_LARGE, &message)
}

fn too_slow(settings: &HttpSettings) -> Response {
    let seconds = settings.request_timeout.as_secs();
    let message = format!("the body of the request did not come within {seconds} s");
    let mut response = refusal(StatusCode::REQUEST_TIMEOUT, &message);
    close_after(&mut response);
    response
}

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("the body of the request is too large")]
    TooLarge,
    #[error("the body of the request did not come in time")]
    TooSlow,
}

/// The body of a request while it is read, by the handler or to discard it.
struct Meter {
    body: Mutex<Body>,
    /// How many more bytes are allowed.
    left: AtomicU64,
    /// When the body must have come as a whole.
    deadline: Instant,
    problem: OnceLock<Problem>,
    /// Notified when the handler will read nothing more: the body has ended or failed.
    over: Notify,
}

impl Meter {
    fn new(body: Body, settings: &HttpSettings) -> Arc<Meter> {
        let meter = Meter {
            body: Mutex::new(body),
            left: AtomicU64::new(settings.max_body),
            deadline: Instant::now() + settings.request_timeout,
            problem: OnceLock::new(),
            over: Notify::new(),
        };
        if meter.body().is_end_stream() {
            meter.over.notify_one();
        }
        Arc::new(meter)
    }

    fn body(&self) -> MutexGuard<'_, Body> {
        self.body.lock()
    }

    fn declared(&self) -> u64 {
        self.body().size_hint().lower()
    }

    fn fail(&self, problem: Problem) -> Problem {
        self.over.notify_one();
        *self.problem.get_or_init(|| problem)
    }

    /// Reads the rest of the body, up to a limit, and discards it. If a connection is closed with unread bytes, the client
    /// gets a reset and may lose the answer.
    async fn discard_rest(&self) {
        if self.body().is_end_stream() {
            return;
        }
        let mut read = 0;
        let reading = std::future::poll_fn(|task| {
            loop {
                let polled = Pin::new(&mut *self.body()).poll_frame(task);
                let Some(Ok(piece)) = ready!(polled) else {
                    return Poll::Ready(());
                };
                read += piece.data_ref().map_or(0, |data| data.len() as u64);
                if read > DISCARDED_BYTES {
                    return Poll::Ready(());
                }
            }
        });
        // When the limit or the time is reached the connection is closed, which the client sees.
        let _ = tokio::time::timeout(DISCARDED_TIME, reading).await;
    }
}

/// The body as the handler reads it: it fails when it is too large or too slow.
struct Measured {
    meter: Arc<Meter>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Measured {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let meter = self.meter.clone();
        if let Some(problem) = meter.problem.get() {
            return Poll::Ready(Some(Err((*problem).into())));
        }
        let polled = Pin::new(&mut *meter.body()).poll_frame(task);
        let piece = match polled {
            Poll::Ready(Some(Ok(piece))) => piece,
            Poll::Ready(Some(Err(error))) => {
                meter.over.notify_one();
                return Poll::Ready(Some(Err(error.into())));
            }
            Poll::Ready(None) => {
                meter.over.notify_one();
                return Poll::Ready(None);
            }
            Poll::Pending => {
                let deadline = self.deadline.get_or_insert_with(|| {
                    Box::pin(tokio::time::sleep_until(meter.deadline.into()))
                });
                ready!(deadline.as_mut().poll(task));
                return Poll::Ready(Some(Err(meter.fail(Problem::TooSlow).into())));
            }
        };
        let size = piece.data_ref().map_or(0, |data| data.len() as u64);
        let left = meter.left.load(Ordering::Relaxed);
        let Some(left) = left.checked_sub(size) else {
            return Poll::Ready(Some(Err(meter.fail(Problem::TooLarge).into())));
        };
        meter.left.store(left, Ordering::Relaxed);
        if meter.body().is_end_stream() {
            meter.over.notify_one();
        }
        Poll::Ready(Some(Ok(piece)))
    }

    fn is_end_stream(&self) -> bool {
        self.meter.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.meter.body().size_hint()
    }
}
