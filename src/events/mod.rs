//! What happens in the house, told to whoever listens: each event has a number, the last ones are kept, and a reader that
//! keeps up misses none.

mod nouns;
mod position;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

pub use nouns::{Change, Event, Finished, JobChange, Started};
pub use position::Position;

/// How many events are kept at most.
const KEPT: usize = 4_096;

/// How many bytes they may take together.
const KEPT_BYTES: usize = 384 * 1024;

/// How many jobs one write tells of by name; of more, it is said that there are many.
const JOBS_TOLD: usize = 100;

/// Is told of each event before anybody else, on the thread that publishes it. It must be quick.
pub type Witness = dyn Fn(&Event) + Send + Sync;

/// The hub. Cheap to clone; every clone is the same one.
#[derive(Clone)]
pub struct Events {
    shared: Arc<Shared>,
}

struct Shared {
    /// Tells the events of this daemon from those of one before it.
    start: u64,
    ring: Mutex<Ring>,
    news: watch::Sender<()>,
}

#[derive(Default)]
struct Ring {
    /// The last events; the number of the last one is `last`.
    kept: VecDeque<Arc<Event>>,
    bytes: usize,
    last: u64,
    is_closed: bool,
    witness: Option<Box<Witness>>,
}

/// What a reader finds.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// What has happened, each with its number.
    Events(Vec<(u64, Arc<Event>)>),
    /// So much has happened that some of it is not kept any more; the reader goes on with what happens from now on.
    Lost,
    /// Nothing more will happen.
    Closed,
}

/// Somebody who listens, and how far they have come.
pub struct Reader {
    events: Events,
    seen: u64,
    news: watch::Receiver<()>,
}

impl Events {
    /// A hub in which nothing has happened.
    pub fn new() -> Events {
        Events {
            shared: Arc::new(Shared {
                // Not the time: a clock that was set back must not make two daemons look like one.
                start: fastrand::u64(1..1 << 48),
                ring: Mutex::default(),
                news: watch::Sender::new(()),
            }),
        }
    }

    /// Tells what has happened.
    pub fn publish(&self, event: Event) {
        self.publish_all(vec![event]);
    }

    /// Tells what has happened at once. Of many jobs not each is told by name.
    pub fn publish_all(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut ring = self.lock();
        if let Some(witness) = &ring.witness {
            events.iter().for_each(witness);
        }
        let mut jobs = 0;
        for event in events {
            jobs += usize::from(event.is_of_job());
            if !event.is_of_job() || jobs <= JOBS_TOLD {
                ring.add(event);
            }
        }
        if jobs > JOBS_TOLD {
            ring.add(Event::Job(JobChange::many()));
        }
        drop(ring);
        self.shared.news.send_replace(());
    }

    /// Nothing more will happen: readers learn it once they have read the rest.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.shared.news.send_replace(());
    }

    /// Has each event told to `witness`, also those that are kept already. There is one witness.
    pub fn attest(&self, witness: Box<Witness>) {
        let mut ring = self.lock();
        for event in &ring.kept {
            witness(event);
        }
        ring.witness = Some(witness);
    }

    /// A reader of what happens from now on.
    pub fn listen(&self) -> Reader {
        self.reader(self.lock().last)
    }

    /// A reader of what has happened since `after`. Nothing when that is of another daemon, or some of it is not kept.
    pub fn resume(&self, after: Position) -> Option<Reader> {
        let ring = self.lock();
        let is_kept = after.start == self.shared.start && ring.keeps_all_after(after.seq);
        drop(ring);
        is_kept.then(|| self.reader(after.seq))
    }

    fn reader(&self, seen: u64) -> Reader {
        Reader {
            events: self.clone(),
            seen,
            news: self.shared.news.subscribe(),
        }
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
        self.kept.push_back(Arc::new(event));
        while self.kept.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.bytes();
        }
    }

    /// The number before the first one that is kept.
    fn before_first(&self) -> u64 {
        self.last - self.kept.len() as u64
    }

    fn keeps_all_after(&self, seq: u64) -> bool {
        (self.before_first()..=self.last).contains(&seq)
    }
}

impl Reader {
    /// Waits for what happens next; at most `limit` events at once. Nothing is lost when the wait is given up.
    pub async fn next(&mut self, limit: usize) -> News {
        loop {
            self.news.mark_unchanged();
            if let Some(news) = self.look(limit) {
                return news;
            }
            if self.news.changed().await.is_err() {
                return News::Closed;
            }
        }
    }

    /// Up to where it has read.
    pub fn position(&self) -> Position {
        Position {
            start: self.events.shared.start,
            seq: self.seen,
        }
    }

    /// What there is at the moment; nothing when it is to wait.
    fn look(&mut self, limit: usize) -> Option<News> {
        let ring = self.events.lock();
        if !ring.keeps_all_after(self.seen) {
            self.seen = ring.last;
            return Some(News::Lost);
        }
        if self.seen == ring.last {
            return ring.is_closed.then_some(News::Closed);
        }
        let skipped = usize::try_from(self.seen - ring.before_first()).unwrap_or(usize::MAX);
        let events: Vec<(u64, Arc<Event>)> = (self.seen + 1..)
            .zip(ring.kept.iter().skip(skipped).take(limit).cloned())
            .collect();
        self.seen += events.len() as u64;
        Some(News::Events(events))
    }
}
