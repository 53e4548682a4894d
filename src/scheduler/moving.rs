//! What moves all jobs at once, a page at a time: a clock that was set back, another zone.

use super::{Scheduler, tick};
use crate::error::Result;
use crate::schedule::Time;

impl Scheduler {
    /// Counts the next run of each job anew, for the clock was set back or the daemon has another zone. `hold` says up to
    /// where fixed times have run, of what was remembered of it before.
    pub(super) async fn move_all(
        &self,
        now: Time,
        hold: impl FnOnce(Option<Time>) -> Option<Time> + Send + 'static,
    ) -> Result<()> {
        let held = self
            .store
            .write_async(move |tx| {
                let held = hold(tick::held(tx)?);
                tick::hold(tx, held)?;
                Ok(held)
            })
            .await?;
        let mut after = 0;
        let zone = self.settings().zone.clone();
        loop {
            let zone = zone.clone();
            let page = self
                .store
                .write_async(move |tx| tick::reschedule(tx, &zone, now, held, after))
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
