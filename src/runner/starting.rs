//! How many executions begin at once. Hundreds that begin together only share the cores, so that all of them end late, and
//! each is started from a daemon that holds the pipes of all the others open. One after another they end sooner.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long an execution counts as one that begins, if it does not end before. So 2,000 a second start for each core whatever
/// they do, and that is more than a core can start.
const BEGINS_FOR: Duration = Duration::from_millis(4);

/// How many begin at once, for each core.
const PLACES_PER_CORE: usize = 8;

/// The places of executions that begin.
#[derive(Debug)]
pub struct Starting {
    places: Arc<Semaphore>,
    number: usize,
}

/// A place of one execution, free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Default for Starting {
    /// Places for the cores that this process may use.
    fn default() -> Starting {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let number = cores * PLACES_PER_CORE;
        Starting {
            places: Arc::new(Semaphore::new(number)),
            number,
        }
    }
}

impl Starting {
    /// Waits for a place; who asked first has it first. There is one within a moment: they are never held for long.
    pub async fn place(&self) -> Place {
        let permit = self.places.clone().acquire_owned().await;
        Place {
            _permit: permit.expect("nothing closes it"),
        }
    }

    /// Whether some have one.
    pub fn some_begin(&self) -> bool {
        self.places.available_permits() < self.number
    }
}

/// Does what begins with this place, and gives the place up once it goes on for longer than a moment. How it ended, or what
/// is left to be done then.
pub(super) async fn begin<W: Future + Unpin>(
    place: Option<Place>,
    mut work: W,
) -> Result<W::Output, W> {
    tokio::select! {
        biased;
        done = &mut work => Ok(done),
        () = tokio::time::sleep(BEGINS_FOR) => {
            drop(place);
            Err(work)
        }
    }
}
