//! What moves all jobs at once, a page at a time: a clock that was set back, another zone.

use super::{Scheduler, tick};
use crate::error::Result;
use crate::schedule::Time;

impl Scheduler {
    /// Counts the next run of each job anew, for the clock was set back or the daemon has another zone. `change` gets the
    /// stored `replayed_until` and returns the new one.
    pub(super) async fn move_all(
        &self,
        now: Time,
        change: impl FnOnce(Option<Time>) -> Option<Time> + Send + 'static,
    ) -> Result<()> {
        let replayed_until = self
            .store
            .write_async(move |tx| {
                let replayed_until = change(tick::replayed_until(tx)?);
                tick::set_replayed_until(tx, replayed_until)?;
                Ok(replayed_until)
            })
            .await?;
        let mut after = 0;
        let zone = self.settings().zone.clone();
        loop {
            let zone = zone.clone();
            let page = self
                .store
                .write_async(move |tx| tick::reschedule(tx, &zone, now, replayed_until, after))
                .await?;
            match page {
                Some(last) => after = last,
                None => break,
            }
        }
        // Only now: should it fail on the way, the next start does it again.
        let zone = zone.name().to_string();
        self.store
            .write_async(move |tx| tx.set_fact(tick::ZONE, &zone))
            .await
    }
}
