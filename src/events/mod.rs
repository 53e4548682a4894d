//! Event hub: publishes job and execution events to all readers. A ring buffer keeps the latest events, numbered from
//! 1, so that a reader that keeps up misses none and a reader that reconnects can go on where it stopped.

mod event;
mod position;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::watch;

pub use event::{Change, Event, Finished, JobChange, PauseChange, Started};
pub use position::{InvalidPosition, Position};

/// Upper bound on the events in the ring buffer.
const MAX_EVENTS: usize = 4_096;

/// Upper bound on the bytes of the events in the ring buffer.
const MAX_BYTES: usize = 384 * 1024;

/// Upper bound on the job events of one write that name their job. Further ones are replaced by one `many` event.
const MAX_JOBS_NAMED: usize = 100;

/// Callback that gets each event before any reader, on the thread that publishes it. It must return quickly.
pub type Observer = dyn Fn(&Event) + Send + Sync;

/// The event hub. A clone is cheap and refers to the same hub.
#[derive(Clone)]
pub struct Events {
    shared: Arc<Shared>,
}

struct Shared {
    /// Random number of this hub. Together with an event number it makes a [`Position`] that is unique across
    /// restarts of the daemon.
    stream_id: u64,
    ring: Mutex<Ring>,
    /// Wakes readers that wait in a task.
    wakeup: watch::Sender<()>,
    /// Wakes readers that wait on a thread; belongs to `ring`.
    news: Condvar,
}

#[derive(Default)]
struct Ring {
    /// The latest events, oldest first. The newest has the number `last`.
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    last: u64,
    is_closed: bool,
    observer: Option<Box<Observer>>,
}

/// The result of one read.
#[derive(Clone, Debug, PartialEq)]
pub enum Batch {
    /// The next events, each with its number.
    Events(Vec<(u64, Arc<Event>)>),
    /// The reader was too slow: the ring buffer has dropped events that it had not read. It continues with the events
    /// after now.
    Lost,
    /// The hub is closed and all events were read.
    Closed,
}

/// A subscription: reads the events after a position.
pub struct Reader {
    events: Events,
    seen: u64,
    wakeup: watch::Receiver<()>,
}

impl Events {
    /// Creates a hub without events.
    pub fn new() -> Events {
        Events {
            shared: Arc::new(Shared {
                // A random number instead of the start time: after the clock was set back, two daemons could get the
                // same time.
                stream_id: fastrand::u64(1..1 << 48),
                ring: Mutex::default(),
                wakeup: watch::Sender::new(()),
                news: Condvar::new(),
            }),
        }
    }

    /// Publishes one event.
    pub fn publish(&self, event: Event) {
        self.publish_all(vec![event]);
    }

    /// Publishes the events of one write. Only the first 100 job events name their job; the rest become one `many`
    /// event.
    pub fn publish_all(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut ring = self.lock();
        if let Some(observer) = &ring.observer {
            events.iter().for_each(observer);
        }
        let mut jobs = 0;
        for event in events {
            jobs += usize::from(event.is_of_job());
            if !event.is_of_job() || jobs <= MAX_JOBS_NAMED {
                ring.add(event);
            }
        }
        if jobs > MAX_JOBS_NAMED {
            ring.add(Event::Job(JobChange::many()));
        }
        drop(ring);
        self.wake_readers();
    }

    /// Closes the hub. A reader gets [`Batch::Closed`] once it has read the events that are left.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.wake_readers();
    }

    /// Calls `observer` for the events in the ring buffer, then for each new event. A hub has one observer: a second
    /// call replaces the first.
    pub fn set_observer(&self, observer: Box<Observer>) {
        let mut ring = self.lock();
        for event in &ring.events {
            observer(event);
        }
        ring.observer = Some(observer);
    }

    /// Creates a reader of the events after now.
    pub fn subscribe(&self) -> Reader {
        self.reader(self.lock().last)
    }

    /// Creates a reader of the events after `position`. `None` when the position belongs to another hub, or when the
    /// ring buffer has dropped some of these events.
    pub fn subscribe_after(&self, position: Position) -> Option<Reader> {
        let ring = self.lock();
        let has_all_events =
            position.stream_id == self.shared.stream_id && ring.has_all_after(position.seq);
        drop(ring);
        has_all_events.then(|| self.reader(position.seq))
    }

    fn reader(&self, seen: u64) -> Reader {
        Reader {
            events: self.clone(),
            seen,
            wakeup: self.shared.wakeup.subscribe(),
        }
    }

    fn wake_readers(&self) {
        self.shared.wakeup.send_replace(());
        self.shared.news.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.shared.ring.lock()
    }
}

impl Default for Events {
    fn default() -> Self {
        Events::new()
    }
}

impl Ring {
    fn add(&mut self, event: Event) {
        self.last += 1;
        self.bytes += event.bytes();
        self.events.push_back(Arc::new(event));
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.events.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes();
        }
    }

    /// The number of the last event that was dropped; 0 before any was.
    fn last_dropped(&self) -> u64 {
        self.last - self.events.len() as u64
    }

    fn has_all_after(&self, seq: u64) -> bool {
        (self.last_dropped()..=self.last).contains(&seq)
    }
}

impl Reader {
    /// Waits for the next events and returns at most `limit` of them. Cancel safe: dropping the future loses no
    /// event.
    pub async fn next(&mut self, limit: usize) -> Batch {
        loop {
            self.wakeup.mark_unchanged();
            if let Some(wakeup) = self.try_next(limit) {
                return wakeup;
            }
            if self.wakeup.changed().await.is_err() {
                return Batch::Closed;
            }
        }
    }

    /// The same on a thread that may block, until a deadline. `None` when no event came before it.
    pub fn next_before(&mut self, limit: usize, deadline: Instant) -> Option<Batch> {
        let shared = self.events.shared.clone();
        let mut ring = shared.ring.lock();
        loop {
            if let Some(batch) = self.read_from(&ring, limit) {
                return Some(batch);
            }
            if shared.news.wait_until(&mut ring, deadline).timed_out() {
                return self.read_from(&ring, limit);
            }
        }
    }

    /// The position of the last event that was read.
    pub fn position(&self) -> Position {
        Position {
            stream_id: self.events.shared.stream_id,
            seq: self.seen,
        }
    }

    /// Reads without waiting. `None` when there is no new event.
    fn try_next(&mut self, limit: usize) -> Option<Batch> {
        let shared = self.events.shared.clone();
        let ring = shared.ring.lock();
        self.read_from(&ring, limit)
    }

    fn read_from(&mut self, ring: &Ring, limit: usize) -> Option<Batch> {
        if !ring.has_all_after(self.seen) {
            self.seen = ring.last;
            return Some(Batch::Lost);
        }
        if self.seen == ring.last {
            return ring.is_closed.then_some(Batch::Closed);
        }
        let skipped = usize::try_from(self.seen - ring.last_dropped()).unwrap_or(usize::MAX);
        let events: Vec<(u64, Arc<Event>)> = (self.seen + 1..)
            .zip(ring.events.iter().skip(skipped).take(limit).cloned())
            .collect();
        self.seen += events.len() as u64;
        Some(Batch::Events(events))
    }
}
