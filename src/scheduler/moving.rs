//! Computes the next run of all jobs anew, a page at a time, after the clock was set back or the daemon's zone has changed.

use super::{Scheduler, tick};
use jobs_error::Result;
use jobs_schedule::Time;
use jobs_store::Fact;

impl Scheduler {
    /// Computes the next run of each job anew. `change` gets the stored `replayed_until` and returns the new one. `repeats` is as in
    /// [`tick::reschedule`].
    pub(super) async fn move_all(
        &self,
        now: Time,
        repeats: bool,
        change: impl FnOnce(Option<Time>) -> Option<Time> + Send + 'static,
    ) -> Result<()> {
        let replayed_until = self
            .store
            .write_async(move |tx| {
                let replayed_until = change(tx.replayed_until()?);
                tx.set_fact(&Fact::ReplayedUntil(replayed_until))?;
                Ok(replayed_until)
            })
            .await?;
        let mut after = 0;
        let zone = self.settings().zone.clone();
        loop {
            let zone = zone.clone();
            let page = self
                .store
                .write_async(move |tx| {
                    tick::reschedule(tx, &zone, now, (replayed_until, repeats), after)
                })
                .await?;
            match page {
                Some(last) => after = last,
                None => break,
            }
        }
        // Stored last: after a failure on the way, the next start moves all jobs again.
        let zone = zone.name().to_string();
        self.store
            .write_async(move |tx| tx.set_fact(&Fact::Zone(zone)))
            .await
    }
}
