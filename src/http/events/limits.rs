//! Limits of the streams: how many there are at once, and how many of them one caller has.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{HttpError, THREADS};
use jobs_api::Who;

/// Upper bound on streams.
pub const STREAMS: usize = 256;

/// Upper bound on streams of one caller.
pub const STREAMS_PER_CALLER: usize = 64;

type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// The state that all streams share.
pub struct Streams {
    /// A permit per stream.
    pub permits: Arc<Semaphore>,
    /// A permit per thread that waits for output.
    pub threads: Arc<Semaphore>,
    pub periods: Periods,
    /// How many streams each caller has.
    pub by_caller: Counts,
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
            permits: Arc::new(Semaphore::new(STREAMS)),
            threads: Arc::new(Semaphore::new(THREADS)),
            by_caller: Arc::default(),
            periods: Periods {
                alive: Duration::from_secs(15),
                access_check: Duration::from_secs(30),
                read_within: Duration::from_secs(60),
            },
        }
    }
}

/// Counts one stream of a caller until it is dropped.
pub struct CallerPermit {
    all: Counts,
    who: String,
}

impl CallerPermit {
    /// Counts another stream, unless the caller has [`STREAMS_PER_CALLER`] already.
    pub fn take(all: &Counts, who: &Who) -> Option<CallerPermit> {
        let who = who.to_string();
        let mut counts = all.lock();
        let count = counts.entry(who.clone()).or_default();
        if *count >= STREAMS_PER_CALLER {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(CallerPermit {
            all: all.clone(),
            who,
        })
    }
}

impl Drop for CallerPermit {
    fn drop(&mut self) {
        let mut counts = self.all.lock();
        if let Some(count) = counts.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.who);
            }
        }
    }
}

/// The answer when there are too many streams.
pub fn full(status: StatusCode, number: usize) -> HttpError {
    HttpError {
        retry_after: Some(5),
        ..HttpError::new(
            status,
            format!("there are {number} streams of events already"),
        )
    }
}
