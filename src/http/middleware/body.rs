//! Limits the size of a request's body, the memory of all bodies together, the time that a body takes to come, and the time
//! until the answer begins.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context as TaskContext, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Sleep;

use super::{Context, Middleware, Next, close_after, refusal};
use crate::conn_timeout::ConnTimeout;
use crate::settings::HttpSettings;

/// Added to the timeout of the answer: an operation may wait for as long as that timeout, and must not lose the race.
const SLACK: Duration = Duration::from_secs(5);

/// The rest of a body that no handler has read is discarded before the answer if it is small and comes at once: then the
/// connection serves the next request.
const DISCARDED_BYTES: u64 = 64 * 1024;
const DISCARDED_TIME: Duration = Duration::from_millis(100);

/// How many bytes of a body count as nothing, so that small requests are answered while large ones hold the memory.
const FREE: u64 = 16 * 1024;

/// Upper bound on the bytes of all bodies together, without the free ones; `server.max_body` when that is more.
const BODIES_MAX: u64 = 64 * 1024 * 1024;

/// How many seconds a client is told to wait when bodies hold too much memory.
const RETRY_AFTER: u64 = 1;

/// The middleware, with the bytes of all bodies that are read or whose request is being answered.
pub(super) struct BodyLimits {
    held: Arc<AtomicU64>,
}

impl BodyLimits {
    pub(super) fn new() -> BodyLimits {
        BodyLimits {
            held: Arc::default(),
        }
    }
}

impl Middleware for BodyLimits {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let settings = &*context.settings;
        let (parts, body) = request.into_parts();
        // `Expect: 100-continue`: the client sends its body only after the server has agreed.
        let asks_first = parts.headers.contains_key(header::EXPECT);
        let connection = context.connection.clone();
        let meter = Meter::new(body, settings, connection, self.held.clone());
        if meter.declared() > settings.max_body {
            return meter.leave(too_large(settings));
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
        meter.connection.wait_for_client(false);
        let response = match meter.problem.get() {
            Some(Problem::TooLarge) => return meter.leave(too_large(settings)),
            Some(Problem::TooSlow) => return too_slow(settings),
            Some(Problem::NoMemory) => return meter.leave(no_memory()),
            None => answer.unwrap_or_else(|_| {
                tracing::warn!("the answer to a request did not come in time");
                refusal(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the answer did not come in time; the system log may tell more",
                )
            }),
        };
        if meter.body().is_end_stream() || asks_first || meter.discard_rest().await {
            return response;
        }
        meter.leave(response)
    }
}

fn no_memory() -> Response {
    let message = "the bodies of other requests hold too much memory; try again in 1 s";
    let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, message);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
    response
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
    #[error("the bodies of other requests hold too much memory")]
    NoMemory,
}

/// The body of a request while it is read, by the handler or to discard it.
struct Meter {
    body: Mutex<Body>,
    connection: Arc<ConnTimeout>,
    /// How many bytes have been given to the handler, and how many are allowed.
    size: AtomicU64,
    max: u64,
    /// The bytes of all bodies, and how many of them may be held.
    held: Arc<AtomicU64>,
    held_max: u64,
    /// When the body must have come as a whole.
    deadline: Instant,
    problem: OnceLock<Problem>,
    /// Notified when the handler will read nothing more: the body has ended or failed.
    over: Notify,
}

impl Meter {
    fn new(
        body: Body,
        settings: &HttpSettings,
        connection: Arc<ConnTimeout>,
        held: Arc<AtomicU64>,
    ) -> Arc<Meter> {
        let meter = Meter {
            body: Mutex::new(body),
            connection,
            size: AtomicU64::new(0),
            max: settings.max_body,
            held,
            held_max: settings.max_body.max(BODIES_MAX),
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

    /// The body has ended.
    fn end(&self) {
        self.connection.wait_for_client(false);
        self.over.notify_one();
    }

    /// Counts bytes that have come.
    fn count(&self, bytes: u64) -> Result<(), Problem> {
        let before = self.size.load(Ordering::Relaxed);
        let after = before + bytes;
        if after > self.max {
            return Err(self.fail(Problem::TooLarge));
        }
        self.size.store(after, Ordering::Relaxed);
        let more = after.saturating_sub(FREE) - before.saturating_sub(FREE);
        let held = self.held.fetch_add(more, Ordering::Relaxed) + more;
        if more > 0 && held > self.held_max {
            return Err(self.fail(Problem::NoMemory));
        }
        Ok(())
    }

    /// Discards the rest of the body if it is small and comes at once. Returns whether it has ended.
    async fn discard_rest(&self) -> bool {
        let mut read = 0;
        let reading = std::future::poll_fn(|task| {
            loop {
                let polled = Pin::new(&mut *self.body()).poll_frame(task);
                let Some(Ok(piece)) = ready!(polled) else {
                    return Poll::Ready(self.body().is_end_stream());
                };
                read += piece.data_ref().map_or(0, |data| data.len() as u64);
                if read > DISCARDED_BYTES {
                    return Poll::Ready(false);
                }
            }
        });
        let declared = self.declared();
        declared <= DISCARDED_BYTES
            && tokio::time::timeout(DISCARDED_TIME, reading)
                .await
                .unwrap_or(false)
    }

    /// An answer after which the connection is closed, because the body is not read to its end.
    fn leave(&self, mut response: Response) -> Response {
        self.connection.leave_body_unread();
        close_after(&mut response);
        response
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let counted = self.size.get_mut().saturating_sub(FREE);
        self.held.fetch_sub(counted, Ordering::Relaxed);
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
                meter.end();
                return Poll::Ready(None);
            }
            Poll::Pending => {
                meter.connection.wait_for_client(true);
                let deadline = self.deadline.get_or_insert_with(|| {
                    Box::pin(tokio::time::sleep_until(meter.deadline.into()))
                });
                ready!(deadline.as_mut().poll(task));
                return Poll::Ready(Some(Err(meter.fail(Problem::TooSlow).into())));
            }
        };
        let size = piece.data_ref().map_or(0, |data| data.len() as u64);
        if let Err(problem) = meter.count(size) {
            return Poll::Ready(Some(Err(problem.into())));
        }
        if meter.body().is_end_stream() {
            meter.end();
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
