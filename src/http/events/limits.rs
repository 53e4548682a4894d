//! Limits of the streams: how many there are at once, and how long a client may take.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::Semaphore;

use super::{HttpError, THREADS};
use crate::places::{Full, PlaceLimits, Places};

/// Upper bounds on streams.
pub const STREAMS: PlaceLimits = PlaceLimits {
    all: 256,
    per_caller: 64,
    for_admins: 32,
};

/// The state that all streams share.
pub struct Streams {
    /// A permit per stream.
    pub places: Places,
    /// A permit per thread that waits for output.
    pub threads: Arc<Semaphore>,
    pub periods: Periods,
}

/// The intervals and timeouts of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Periods {
    /// How often a keep-alive is sent when there are no events.
    pub alive: Duration,
    /// How often the access of the caller is checked.
    pub access_check: Duration,
    /// How long a client may take to read an event.
    pub read_within: Duration,
}

impl Default for Streams {
    fn default() -> Self {
        Streams {
            places: Places::new(STREAMS),
            threads: Arc::new(Semaphore::new(THREADS)),
            periods: Periods {
                alive: Duration::from_secs(15),
                access_check: Duration::from_secs(30),
                read_within: Duration::from_secs(60),
            },
        }
    }
}

/// The answer when there are too many streams.
pub fn full(why: Full, limits: PlaceLimits) -> HttpError {
    let (status, message) = match why {
        Full::ForAll => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("there are {} streams of events already", limits.all),
        ),
        Full::ForCaller => (
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "you have {} streams of events already\nhint: close one first",
                limits.per_caller
            ),
        ),
    };
    HttpError {
        retry_after: Some(5),
        ..HttpError::new(status, message)
    }
}
