//! How many streams there may be, and how many of them one caller may have.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::{Fault, THREADS};
use crate::api::Who;

/// How many streams there may be.
pub const STREAMS: usize = 256;

/// How many of them one caller may have.
pub const STREAMS_OF_ONE: usize = 64;

type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// What all streams share.
pub struct Streams {
    pub places: Arc<Semaphore>,
    pub threads: Arc<Semaphore>,
    pub periods: Periods,
    /// How many streams each caller has.
    pub own: Counts,
}

/// How long things take on a stream.
#[derive(Clone, Copy, Debug)]
pub struct Periods {
    /// How often a client that hears nothing else is told that the stream is alive.
    pub alive: Duration,
    /// How often it is asked whether the caller may still listen.
    pub asked_every: Duration,
    /// How long a client may take to read an event.
    pub read_within: Duration,
}

impl Default for Streams {
    fn default() -> Self {
        Streams {
            places: Arc::new(Semaphore::new(STREAMS)),
            threads: Arc::new(Semaphore::new(THREADS)),
            own: Arc::default(),
            periods: Periods {
                alive: Duration::from_secs(15),
                asked_every: Duration::from_secs(30),
                read_within: Duration::from_secs(60),
            },
        }
    }
}

/// One of the streams that a caller has; given back in the end.
pub struct Own {
    all: Counts,
    who: String,
}

impl Own {
    /// Another one, unless the caller has as many as one may have.
    pub fn of(all: &Counts, who: &Who) -> Option<Own> {
        let who = who.to_string();
        let mut counts = all.lock();
        let count = counts.entry(who.clone()).or_default();
        if *count >= STREAMS_OF_ONE {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Own {
            all: all.clone(),
            who,
        })
    }
}

impl Drop for Own {
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

/// What whoever comes too many is told.
pub fn full(status: StatusCode, number: usize) -> Fault {
    Fault {
        retry_after: Some(5),
        ..Fault::new(
            status,
            format!("there are {number} streams of events already"),
        )
    }
}
