//! Claims ahead of their instant, so that what is due begins at that instant and not when a disk has flushed its claim.
//!
//! A job that overlaps itself, or finds no free place, is left to its instant: until then it may be otherwise. And while
//! claims wait for their instant no door changes a job, so that who has stopped a job does not see it begin.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::plan::Cause;
use super::{Effects, Scheduler, tick};
use crate::clock::{Jump, Reading, Sleep};
use crate::error::Result;
use crate::schedule::Time;

/// How long before its instant something is claimed. Longer than nearly all flushes take, and no longer than somebody who
/// changes a job waits without noticing.
pub const AHEAD: Duration = Duration::from_millis(50);

/// How long the end of changes is waited for, which have begun before.
const PATIENCE: Duration = Duration::from_millis(20);

/// Whether what is due at `at` can be claimed: it is near, and the clock has not been set by much since `last`.
pub(super) fn is_near(at: Time, reading: &Reading, last: &Reading) -> bool {
    at > reading.wall && at.since(reading.wall) <= AHEAD && reading.jump_since(last) == Jump::None
}

/// Whose turn it is: that of the doors, any number of which change something, or that of claims that wait for their instant.
#[derive(Default)]
pub(super) struct Turns {
    turns: Mutex<State>,
    over: Condvar,
    /// The last change has ended.
    quiet: Notify,
}

#[derive(Default)]
struct State {
    changes: usize,
    /// How many wait for the end of the turn of claims.
    waiting: usize,
    is_ahead: bool,
}

/// The turn of a change; it ends when this is dropped.
pub struct Change<'a>(&'a Turns);

/// The turn of claims; it ends when this is dropped.
pub(super) struct Claims<'a>(&'a Turns);

impl Turns {
    /// Waits until no claim waits for its instant: for one turn of claims at most. Blocks.
    pub(super) fn change(&self) -> Change<'_> {
        let mut state = self.lock();
        state.waiting += 1;
        while state.is_ahead {
            self.over.wait(&mut state);
        }
        state.waiting -= 1;
        state.changes += 1;
        Change(self)
    }

    /// Has those wait who want to change something, and waits for those who are at it. Nothing if that takes longer than
    /// `within`, or if somebody has waited for the turn before to end: where one instant follows the other, changes get theirs
    /// too.
    pub(super) async fn claims(&self, within: Duration) -> Option<Claims<'_>> {
        {
            let mut state = self.lock();
            if state.waiting > 0 {
                return None;
            }
            state.is_ahead = true;
        }
        let claims = Claims(self);
        let quiet = async {
            while self.lock().changes > 0 {
                self.quiet.notified().await;
            }
        };
        tokio::time::timeout(within, quiet).await.ok()?;
        Some(claims)
    }

    /// How many want to change something and wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.turns.lock()
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.changes -= 1;
        if state.changes == 0 {
            // Kept for a loop that is about to wait.
            self.0.quiet.notify_one();
        }
    }
}

impl Drop for Claims<'_> {
    fn drop(&mut self) {
        self.0.lock().is_ahead = false;
        self.0.over.notify_all();
    }
}

impl Scheduler {
    /// To be held by whoever changes jobs, from before the change until it is on disk. Blocks, for a moment, while what was
    /// claimed waits for its instant.
    pub fn change(&self) -> Change<'_> {
        self.turns.change()
    }

    /// Claims what is due at `at`, which is near, and starts it then. Says when the next is due: that is `at` if something
    /// was left to its instant.
    pub(super) async fn claim_ahead(
        self: &Arc<Self>,
        at: Time,
        alarm: &mut dyn Sleep,
    ) -> Result<Option<Time>> {
        let patience = at.since(self.now()).min(PATIENCE);
        let mut turn = self.turns.claims(patience).await;
        if turn.is_none() || !self.is_running() {
            return Ok(Some(at));
        }
        let mut claimed = Effects::default();
        let instant = self.instant(at, alarm);
        tokio::pin!(instant);
        loop {
            let page = self.claim(at, Cause::Elapsed, tick::CLAIMS_MOST, true);
            tokio::pin!(page);
            let page = tokio::select! {
                biased;
                page = &mut page => page,
                () = &mut instant, if turn.is_some() => {
                    self.apply(std::mem::take(&mut claimed));
                    turn = None;
                    page.await
                }
            };
            let next = match page {
                Ok((effects, next)) => {
                    let more = effects.more;
                    claimed.append(effects);
                    if turn.is_none() {
                        self.apply(std::mem::take(&mut claimed));
                    }
                    if more && self.is_running() {
                        continue;
                    }
                    Ok(next)
                }
                Err(error) => Err(error),
            };
            if turn.is_some() && !claimed.is_nothing() {
                instant.await;
                self.apply(claimed);
            }
            return next;
        }
    }

    /// Returns at `at`. When somebody sets the clock meanwhile, by more than it takes to wait for, by elapsed time.
    async fn instant(&self, at: Time, alarm: &mut dyn Sleep) {
        let left = at.since(self.now()).min(AHEAD);
        let elapsed = Instant::now() + left;
        // Others wait for this turn to end, whatever the clock shows.
        let latest = elapsed + AHEAD;
        let shown = async {
            loop {
                if alarm.sleep(Some(at)).await.is_err() {
                    // The loop will hear the same, and tell.
                    return tokio::time::sleep_until(elapsed).await;
                }
                let left = at.since(self.now());
                if left.is_zero() {
                    return;
                }
                if Instant::now() + left > latest {
                    return tokio::time::sleep_until(elapsed).await;
                }
            }
        };
        tokio::select! {
            () = shown => {}
            () = tokio::time::sleep_until(latest) => {}
            // No clock matters any more to a daemon that ends, but the instant is not here yet.
            () = self.stopping.cancelled() => tokio::time::sleep_until(elapsed).await,
        }
    }
}
