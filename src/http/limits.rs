//! How much one request may be, how long it may take, and how many of them a client may send.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use hyper::body::{Frame as Piece, SizeHint};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Sleep;

use super::client::household;
use super::frame::{Frame, Rate, client_of, said};

/// A call may itself wait for half a minute, and shall not lose the race against the time for its answer.
const SLACK: Duration = Duration::from_secs(5);

/// What is still read of a body that nobody wants, so that the client gets to read the answer instead of an error.
const UNWANTED_BYTES: u64 = 16 * 1024 * 1024;
const UNWANTED_TIME: Duration = Duration::from_secs(5);

/// More clients than that are not kept in mind longer than they must be.
const CLIENTS: usize = 10_000;
/// Past this, all are forgotten: better than to run out of memory.
const CLIENTS_MOST: usize = 100_000;

/// Holds a request to the size and the times of the frame.
pub(super) async fn within(frame: &Frame, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let wants_leave = parts.headers.contains_key(header::EXPECT);
    let meter = Meter::new(body, frame);
    if meter.declared() > frame.max_body {
        if !wants_leave {
            meter.read_off().await;
        }
        return too_large(frame);
    }
    let measured = Body::new(Measured {
        meter: meter.clone(),
        deadline: None,
    });
    let mut answering = std::pin::pin!(next.run(Request::from_parts(parts, measured)));
    let early = tokio::select! {
        // In this order: most answers are there before anybody has to wait for a clock.
        biased;
        response = &mut answering => Some(response),
        () = meter.over.notified() => None,
        () = tokio::time::sleep_until(meter.deadline.into()) => None,
    };
    let answer = match early {
        Some(response) => Ok(response),
        None => tokio::time::timeout(frame.request_timeout + SLACK, answering).await,
    };
    let response = match meter.problem.get() {
        Some(Problem::TooLarge) => too_large(frame),
        Some(Problem::TooSlow) => return too_slow(frame),
        None => answer.unwrap_or_else(|_| {
            tracing::warn!("the answer to a request did not come in time");
            said(
                StatusCode::SERVICE_UNAVAILABLE,
                "the answer did not come in time; the system log may tell more",
            )
        }),
    };
    if !wants_leave {
        meter.read_off().await;
    }
    response
}

fn too_large(frame: &Frame) -> Response {
    let message = format!(
        "the body of the request has more than {} bytes",
        frame.max_body
    );
    said(StatusCode::PAYLOAD_TOO_LARGE, &message)
}

fn too_slow(frame: &Frame) -> Response {
    let seconds = frame.request_timeout.as_secs();
    let message = format!("the body of the request did not come within {seconds} s");
    let mut response = said(StatusCode::REQUEST_TIMEOUT, &message);
    closing(response.headers_mut());
    response
}

fn closing(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("the body of the request is too large")]
    TooLarge,
    #[error("the body of the request did not come in time")]
    TooSlow,
}

/// A body and what came of it.
struct Meter {
    body: Mutex<Body>,
    left: AtomicU64,
    deadline: Instant,
    problem: OnceLock<Problem>,
    /// Nothing more of it will be read by the handler.
    over: Notify,
}

impl Meter {
    fn new(body: Body, frame: &Frame) -> Arc<Meter> {
        let meter = Meter {
            body: Mutex::new(body),
            left: AtomicU64::new(frame.max_body),
            deadline: Instant::now() + frame.request_timeout,
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

    /// Reads what is left of the body, up to a limit, and throws it away. A connection that is closed with something
    /// unread in it takes the answer with it.
    async fn read_off(&self) {
        if self.body().is_end_stream() {
            return;
        }
        let mut read = 0;
        let reading = std::future::poll_fn(|context| {
            loop {
                let polled = Pin::new(&mut *self.body()).poll_frame(context);
                let Some(Ok(piece)) = ready!(polled) else {
                    return Poll::Ready(());
                };
                read += piece.data_ref().map_or(0, |data| data.len() as u64);
                if read > UNWANTED_BYTES {
                    return Poll::Ready(());
                }
            }
        });
        // Whether it came to its end, the client will see.
        let _ = tokio::time::timeout(UNWANTED_TIME, reading).await;
    }
}

/// The body as the handler gets it: it ends with an error when it is too large or too slow.
struct Measured {
    meter: Arc<Meter>,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Measured {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<Bytes>, axum::BoxError>>> {
        let meter = self.meter.clone();
        if let Some(problem) = meter.problem.get() {
            return Poll::Ready(Some(Err((*problem).into())));
        }
        let polled = Pin::new(&mut *meter.body()).poll_frame(context);
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
                ready!(deadline.as_mut().poll(context));
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

/// How often the clients have come lately.
pub(super) struct Rates {
    kept: Mutex<Option<(Rate, Arc<DefaultKeyedRateLimiter<std::net::IpAddr>>)>>,
    clock: DefaultClock,
    tidied: Mutex<Instant>,
}

impl Rates {
    pub(super) fn new() -> Rates {
        Rates {
            kept: Mutex::new(None),
            clock: DefaultClock::default(),
            tidied: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request; how long its client has to wait when it was one too many.
    fn count(&self, rate: Rate, client: std::net::IpAddr) -> Result<(), Duration> {
        let limiter = self.limiter(rate);
        if limiter.len() > CLIENTS {
            self.tidy(&limiter);
        }
        limiter
            .check_key(&household(client))
            .map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    fn limiter(&self, rate: Rate) -> Arc<DefaultKeyedRateLimiter<std::net::IpAddr>> {
        let mut kept = self.kept.lock();
        match &*kept {
            Some((known, limiter)) if *known == rate && limiter.len() < CLIENTS_MOST => {
                limiter.clone()
            }
            _ => {
                let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
                let limiter = Arc::new(DefaultKeyedRateLimiter::keyed(quota));
                *kept = Some((rate, limiter.clone()));
                limiter
            }
        }
    }

    /// Forgets those who have not come for so long that it makes no difference; once a second at most.
    fn tidy(&self, limiter: &DefaultKeyedRateLimiter<std::net::IpAddr>) {
        let Some(mut tidied) = self.tidied.try_lock() else {
            return;
        };
        if tidied.elapsed() >= Duration::from_secs(1) {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            *tidied = Instant::now();
        }
    }
}

/// What a client is told that sends too many requests; nothing while it does not. Counts the request.
pub(super) fn too_often(rates: &Rates, frame: &Frame, request: &Request) -> Option<Response> {
    let (rate, client) = (frame.rate?, client_of(request)?);
    let wait = rates.count(rate, client.address).err()?;
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let message = format!(
        "too many requests: {} in a second are allowed; try again in {seconds} s",
        rate.per_second
    );
    let mut response = said(StatusCode::TOO_MANY_REQUESTS, &message);
    if !request.body().is_end_stream() {
        // Its body is not read, so nothing can follow it.
        closing(response.headers_mut());
    }
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Some(response)
}
