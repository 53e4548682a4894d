//! Claims jobs up to [`AHEAD`] before their instant, so that they start at the instant and not when the disk has flushed the claim.
//!
//! A job that overlaps itself, or finds no free slot, stays due until its instant: by then an execution may have ended. While
//! claimed jobs wait for their instant, no caller changes a job ([`WriteQueue`]): a job that was stopped does not start after that.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::plan::Cause;
use super::round::Page;
use super::{Effects, Scheduler, tick};
use jobs_clock::{Jump, Reading, Sleep};
use jobs_error::Result;
use jobs_schedule::Time;

/// How long before its instant a job is claimed: longer than nearly all flushes take, and so short that a caller who changes a job
/// does not notice the wait.
pub const AHEAD: Duration = Duration::from_millis(50);

/// How long claims wait for changes that have begun before them.
const PATIENCE: Duration = Duration::from_millis(20);

/// Whether what is due at `at` can be claimed: it is near, and the clock has not been set by much since `last`.
pub(super) fn is_near(at: Time, reading: &Reading, last: &Reading) -> bool {
    at > reading.wall && at.since(reading.wall) <= AHEAD && reading.jump_since(last) == Jump::None
}

/// A lock between changes of jobs and claims that wait for their instant. Any number of changes may hold it at once.
#[derive(Default)]
pub(super) struct WriteQueue {
    state: Mutex<State>,
    over: Condvar,
    /// Notified when the last change has ended.
    quiet: Notify,
}

#[derive(Default)]
struct State {
    changes: usize,
    /// Changes that wait for the claims to be over.
    waiting: usize,
    is_ahead: bool,
}

/// Held by a change; released when dropped.
pub struct Change<'a>(&'a WriteQueue);

/// Held by claims; released when dropped.
pub(super) struct Claims<'a>(&'a WriteQueue);

impl WriteQueue {
    /// Waits until no claimed job waits for its instant, then holds claims off. Blocks.
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

    /// Holds new changes off and waits for those that have begun. Returns nothing if that takes longer than `within`, or if a change
    /// still waits for the claims before these: when instants follow each other closely, changes must get through in between.
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

    /// Number of waiting changes.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.changes -= 1;
        if state.changes == 0 {
            // The permit is kept when the loop does not wait yet.
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
    /// To be held by a caller who changes jobs, from before the change until it is on disk. Blocks, for [`AHEAD`] or so, while
    /// claimed jobs wait for their instant.
    pub fn change(&self) -> Change<'_> {
        self.write_queue.change()
    }

    /// Claims what is due at `at`, which is near, and starts it at that instant. Returns when the next job is due: `at` if a job stays
    /// due until then.
    pub(super) async fn claim_ahead(
        self: &Arc<Self>,
        at: Time,
        alarm: &mut dyn Sleep,
    ) -> Result<Option<Time>> {
        let patience = at.since(self.now()).min(PATIENCE);
        let mut turn = self.write_queue.claims(patience).await;
        if turn.is_none() || !self.is_running() {
            return Ok(Some(at));
        }
        let mut claimed = Effects::default();
        let instant = self.instant(at, alarm);
        tokio::pin!(instant);
        loop {
            let page = Page {
                claims: tick::CLAIMS_MOST,
                newest_first: false,
                is_ahead: true,
            };
            let page = self.claim(at, Cause::Elapsed, page);
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

    /// Waits until `at`; if the clock is set meanwhile by more than the wait, until the wait has elapsed.
    async fn instant(&self, at: Time, alarm: &mut dyn Sleep) {
        let left = at.since(self.now()).min(AHEAD);
        let elapsed = Instant::now() + left;
        // Changes wait meanwhile, so the wait is bounded whatever the clock shows.
        let latest = elapsed + AHEAD;
        let shown = async {
            loop {
                if alarm.sleep(Some(at)).await.is_err() {
                    // The loop's own sleep will fail likewise and report it.
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
            // The daemon shuts down and does not watch the clock any more; wait for the instant by elapsed time.
            () = self.stopping.cancelled() => tokio::time::sleep_until(elapsed).await,
        }
    }
}
