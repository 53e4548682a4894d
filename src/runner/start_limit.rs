//! Limits how many executions start at once. Hundreds that start together only compete for the cores, so that all of
//! them end late, and each is started while the daemon holds the open pipes of all others. In small groups they end
//! sooner.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long an execution counts as starting, if it does not end before. With 8 permits per core this allows 2,000
/// starts per second and core, which is more than a core can do.
const START_TIME: Duration = Duration::from_millis(4);

/// Permits per core.
const PERMITS_PER_CORE: usize = 8;

/// Limits the executions that start at the same time.
#[derive(Debug)]
pub struct StartLimit {
    permits: Arc<Semaphore>,
    number: usize,
}

/// The permit of one execution to start; released on drop.
#[derive(Debug)]
pub struct StartPermit {
    _permit: OwnedSemaphorePermit,
}

impl Default for StartLimit {
    /// Permits for the cores that this process may use.
    fn default() -> StartLimit {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let number = cores * PERMITS_PER_CORE;
        StartLimit {
            permits: Arc::new(Semaphore::new(number)),
            number,
        }
    }
}

impl StartLimit {
    /// Waits for a permit, in the order of the calls. Each permit is held for a few milliseconds only, so the wait is
    /// short.
    pub async fn acquire(&self) -> StartPermit {
        let permit = self.permits.clone().acquire_owned().await;
        StartPermit {
            _permit: permit.expect("nothing closes it"),
        }
    }

    /// Whether an execution is starting at the moment.
    pub fn is_starting(&self) -> bool {
        self.permits.available_permits() < self.number
    }
}

/// Runs work while holding the permit, for a few milliseconds at most, then releases it. Returns the result, or the
/// work that is left to run.
pub(super) async fn run_start<W: Future + Unpin>(
    permit: Option<StartPermit>,
    mut work: W,
) -> Result<W::Output, W> {
    tokio::select! {
        biased;
        done = &mut work => Ok(done),
        () = tokio::time::sleep(START_TIME) => {
            drop(permit);
            Err(work)
        }
    }
}
