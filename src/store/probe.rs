//! A health check: whether the store can be written, answered within a bound even when the store hangs.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::{Fact, Store};
use jobs_error::{Error, Result};

/// How long a write may take before the store counts as broken.
const WITHIN: Duration = Duration::from_secs(5);

/// How long a result is reused, so that many callers do not cause many flushes.
const HOLDS: Duration = Duration::from_secs(1);

/// The result of a probe.
#[derive(Clone, Debug)]
pub struct Probe {
    /// How long a write took until it was on disk, or until it failed.
    pub took: Duration,
    /// Why it failed, if it did.
    pub error: Option<Error>,
}

impl Store {
    /// Writes a fact without a meaning to the disk: nothing else shows that writing works. Blocks for 5 seconds at most, and
    /// for those of a probe that is under way. A result that is less than a second old is returned again.
    pub fn probe(&self) -> Probe {
        let mut last = self.shared.probe.lock();
        if let Some((at, probe)) = &*last
            && at.elapsed() < HOLDS
        {
            return probe.clone();
        }
        let begin = Instant::now();
        // A value that was there already would not reach the disk.
        let value = Fact::Probe(fastrand::u64(..));
        let written = self.write_within(WITHIN, move |tx| tx.set_fact(&value));
        let probe = Probe {
            took: begin.elapsed(),
            error: written.err(),
        };
        *last = Some((Instant::now(), probe.clone()));
        probe
    }

    /// Examines the files of the database, as each write does; for a time at which nothing is written. It writes nothing.
    ///
    /// # Errors
    ///
    /// When the database is not at its place, and so can't be written.
    pub async fn examine(&self) -> Result<()> {
        self.write_async(|_| Ok(())).await
    }

    /// As [`Store::write`], but stops waiting after a time; the work may be committed later all the same.
    fn write_within<T, F>(&self, within: Duration, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut super::Tx<'_>) -> Result<T> + Send + 'static,
    {
        match wait(self.submit(work), within) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::ShuttingDown),
            None => Err(Error::Store(format!(
                "it has not answered for {} s",
                within.as_secs()
            ))),
        }
    }
}

/// Polls a future on this thread; nothing when it is not ready in time.
fn wait<F: Future>(future: F, within: Duration) -> Option<F::Output> {
    let deadline = Instant::now() + within;
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        std::thread::park_timeout(left);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probe_of_a_store_that_hangs_ends_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("jobs.db")).unwrap();
        assert!(store.probe().error.is_none());
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let holder = store.submit(move |_| Ok(held.recv().is_ok()));
        let soon = Duration::from_millis(50);
        let error = store.write_within(soon, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("not answered"), "{error}");
        let_go.send(()).unwrap();
        assert!(matches!(holder.blocking_recv(), Ok(Ok(true))));
        store.write_within(WITHIN, |_| Ok(())).unwrap();
        store.close();
        let error = store.write_within(WITHIN, |_| Ok(())).unwrap_err();
        assert!(matches!(error, Error::ShuttingDown), "{error}");
    }
}
