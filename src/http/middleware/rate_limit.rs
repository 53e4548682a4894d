//! Limits how many requests per second a client may send.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use parking_lot::Mutex;

use super::{Context, Middleware, Next, close_after, refusal};
use crate::client::client_prefix;
use crate::settings::Rate;

/// When there are more clients, those that have not come for a while are removed once a second.
const TIDY_FROM: usize = 10_000;

/// When there are more clients, all are removed: better than to run out of memory.
const MAX_CLIENTS: usize = 100_000;

type Limiter = DefaultKeyedRateLimiter<IpAddr>;

/// The middleware, with a token bucket per client.
pub(super) struct RateLimit {
    /// The buckets, and the rate that they were made for.
    limiter: Mutex<Option<(Rate, Arc<Limiter>)>>,
    clock: DefaultClock,
    /// When the buckets were tidied last.
    tidied: Mutex<Instant>,
}

impl Middleware for RateLimit {
    async fn handle(&self, context: &Context, request: Request, next: &impl Next) -> Response {
        let Some(rate) = context.settings.rate else {
            return next.answer(context, request).await;
        };
        match self.count(rate, context.client.address) {
            Ok(()) => next.answer(context, request).await,
            Err(wait) => too_many(rate, wait, &request),
        }
    }
}

impl RateLimit {
    pub(super) fn new() -> RateLimit {
        RateLimit {
            limiter: Mutex::new(None),
            clock: DefaultClock::default(),
            tidied: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request. The error is how long the client has to wait.
    fn count(&self, rate: Rate, address: IpAddr) -> Result<(), Duration> {
        let limiter = self.limiter(rate);
        if limiter.len() > TIDY_FROM {
            self.tidy(&limiter);
        }
        limiter
            .check_key(&client_prefix(address))
            .map_err(|refused| refused.wait_time_from(self.clock.now()))
    }

    /// The buckets for that rate. New ones when the rate has changed or there are too many clients.
    fn limiter(&self, rate: Rate) -> Arc<Limiter> {
        let mut current = self.limiter.lock();
        match &*current {
            Some((known, limiter)) if *known == rate && limiter.len() < MAX_CLIENTS => {
                limiter.clone()
            }
            _ => {
                let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
                let limiter = Arc::new(Limiter::keyed(quota));
                *current = Some((rate, limiter.clone()));
                limiter
            }
        }
    }

    /// Removes clients whose bucket is full again, at most once a second.
    fn tidy(&self, limiter: &Limiter) {
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

fn too_many(rate: Rate, wait: Duration, request: &Request) -> Response {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let message = format!(
        "too many requests: {} in a second are allowed; try again in {seconds} s",
        rate.per_second
    );
    let mut response = refusal(StatusCode::TOO_MANY_REQUESTS, &message);
    if !request.body().is_end_stream() {
        // The body is not read, so no other request can follow on this connection.
        close_after(&mut response);
    }
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
