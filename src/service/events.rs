//! Events for clients that ask again and again: the local socket has no streams.

use std::time::{Duration, Instant};

use super::{Cx, Service};
use jobs_api::{EventEntry, EventPage, NewEvents};
use jobs_error::{Error, Result};
use jobs_events::{Batch, Position, Reader};

/// The longest wait, in seconds. A client that wants more asks again.
const LONGEST_WAIT: u64 = 30;

/// Upper bound on the events of one answer.
const MOST: usize = 256;

impl Service {
    pub(super) fn new_events(&self, _: &Cx, request: NewEvents) -> Result<EventPage> {
        check_wait(request.wait)?;
        let events = self.store.events();
        let Some(after) = &request.after else {
            return Ok(page(&events.subscribe(), Vec::new(), false));
        };
        let after = position(after)?;
        let Some(mut reader) = events.subscribe_after(after) else {
            return Ok(page(&events.subscribe(), Vec::new(), true));
        };
        let deadline = Instant::now() + Duration::from_secs(request.wait);
        match reader.next_before(MOST, deadline) {
            None => Ok(page(&reader, Vec::new(), false)),
            Some(Batch::Events(events)) => {
                let entries = events
                    .iter()
                    .map(|(_, event)| EventEntry::from(event.as_ref()))
                    .collect();
                Ok(page(&reader, entries, false))
            }
            Some(Batch::Lost) => Ok(page(&reader, Vec::new(), true)),
            Some(Batch::Closed) => Err(Error::ShuttingDown),
        }
    }
}

/// Refuses a wait that is too long.
pub(super) fn check_wait(wait: u64) -> Result<()> {
    if wait > LONGEST_WAIT {
        return Err(Error::invalid(
            "wait",
            format!("`{wait}` is more than {LONGEST_WAIT} seconds"),
        ));
    }
    Ok(())
}

/// The position in the parameter `after`.
pub(super) fn position(after: &str) -> Result<Position> {
    after.parse().map_err(|_| {
        Error::invalid("after", format!("`{after}` is not a position"))
            .hint("give the `position` of the last answer")
    })
}

fn page(reader: &Reader, events: Vec<EventEntry>, lost: bool) -> EventPage {
    EventPage {
        position: reader.position().to_string(),
        events,
        lost,
    }
}
