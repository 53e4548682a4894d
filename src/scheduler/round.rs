//! One round of the loop: compares the clock with the round before, then claims and starts all that is due, page by page.

use std::sync::Arc;
use std::time::Duration;

use super::plan::Cause;
use super::tick::{self, Tick};
use super::{Effects, Scheduler, admit};
use jobs_clock::{self as clock, Jump, Reading};
use jobs_error::Result;
use jobs_model::Condition;
use jobs_schedule::Time;

/// The part of the due jobs that one transaction claims; the fields are those of [`Tick`].
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) claims: i64,
    pub(super) newest_first: bool,
    pub(super) is_ahead: bool,
}

impl Scheduler {
    /// The first round's work: takes ownership of the store, starts boot jobs and the executions that waited when the daemon ended.
    async fn wake_up(self: &Arc<Self>, now: Time) -> Result<()> {
        let limits = self.settings().concurrency;
        let boot_id = self.clock.boot_id();
        let (effects, is_paused) = self
            .store
            .write_async(move |tx| {
                tx.take_ownership()?;
                let mut effects = tick::boot(tx, &boot_id, limits, now)?;
                admit::promote(tx, limits, now, &mut effects)?;
                Ok((effects, tx.pause()?.is_on()))
            })
            .await?;
        if is_paused {
            tracing::warn!("the scheduler is paused: no job is due until `jobs resume`");
        }
        self.apply(effects);
        Ok(())
    }

    /// Claims and starts all that is due. Returns when the next job is due. Until this has succeeded once, the loop is not awake.
    pub(super) async fn look(
        self: &Arc<Self>,
        reading: &Reading,
        last: &Reading,
        is_awake: bool,
    ) -> Result<Option<Time>> {
        let now = reading.wall;
        let mut cause = Cause::Elapsed;
        let mut jump = reading.jump_since(last);
        let mut had = reading.unset_since(last);
        if !is_awake {
            self.wake_up(now).await?;
            cause = Cause::Down { since: self.since };
            let before = self.compare_with_before(now).await?;
            if before.had_another_zone {
                self.move_all(now, false, |until| until).await?;
            }
            if let Some(seen) = before.clock_later_than_now {
                had = seen;
                jump = clock::jump(seen, now, Duration::ZERO);
            }
        }
        match jump {
            Jump::None if is_awake => {
                // A step of the clock by less is no more than the inaccuracy of the two readings, or a slow correction.
                const STEP: Duration = Duration::from_secs(1);
                let by = now.since(had);
                if by >= STEP {
                    cause = Cause::Stepped { by };
                }
            }
            Jump::None => {}
            Jump::Forward => {
                tracing::warn!("the clock was set forward");
                self.tell_of_clock(had, now).await;
                cause = Cause::SetForward { to: now };
            }
            Jump::Backward => {
                tracing::warn!("the clock was set back; jobs at fixed times are not repeated");
                self.tell_of_clock(had, now).await;
                self.hasten_retries(now).await?;
                self.move_all(now, true, move |until| until.max(Some(had)))
                    .await?;
            }
            Jump::FarForward => {
                tracing::warn!("the clock was set forward by three hours or more: a new time");
                self.tell_of_clock(had, now).await;
                cause = Cause::NewTime { to: now };
            }
            Jump::FarBackward => {
                tracing::warn!("the clock was set back by three hours or more: a new time");
                self.tell_of_clock(had, now).await;
                self.hasten_retries(now).await?;
                self.move_all(now, true, |_| None).await?;
            }
        }
        self.claim_all(reading, cause).await
    }

    /// Tells that somebody has set the clock.
    async fn tell_of_clock(&self, had: Time, now: Time) {
        let zone = self.settings().zone.clone();
        let reason = format!("from {} to {}", had.local(&zone), now.local(&zone));
        self.tell_of_daemon(Condition::Clock, reason).await;
    }

    /// Claims and starts what is due, page by page, until all that was due at `reading` is claimed. Jobs that become due meanwhile are
    /// claimed too. Returns when the next job is due.
    async fn claim_all(self: &Arc<Self>, reading: &Reading, cause: Cause) -> Result<Option<Time>> {
        let mut page = Page {
            claims: tick::CLAIMS_FIRST,
            newest_first: false,
            is_ahead: false,
        };
        loop {
            // The time by the machine's clock: a change of the wall clock meanwhile is for the next round.
            let now = self.clock.read().unset_since(reading);
            let (effects, next) = self.claim(now, cause, page).await?;
            let more = effects.more;
            self.apply(effects);
            // The loop is alive however many pages there are.
            self.looks.send_modify(|looks| *looks += 1);
            let is_over = next.is_none_or(|next| next > reading.wall);
            if !more || is_over || !self.is_running() {
                return Ok(next);
            }
            page.claims = (page.claims * 2).min(tick::CLAIMS_MOST);
            page.newest_first = !page.newest_first;
        }
    }

    /// Claims a page of the jobs that are due at `now`. Returns what is to be started, and when the next job is due.
    pub(super) async fn claim(
        &self,
        now: Time,
        cause: Cause,
        page: Page,
    ) -> Result<(Effects, Option<Time>)> {
        let settings = self.settings();
        let clock = self.clock.clone();
        self.store
            .write_async(move |tx| {
                let what = Tick {
                    zone: settings.zone.clone(),
                    concurrency: settings.concurrency,
                    now,
                    cause,
                    claims: page.claims,
                    newest_first: page.newest_first,
                    is_ahead: page.is_ahead,
                    replayed_until: tx.replayed_until()?,
                };
                tick::look(tx, what, || clock.boot_id())
            })
            .await
    }

    /// Makes all waiting retries due: after the clock was set back, the time that they have waited is unknown.
    async fn hasten_retries(&self, now: Time) -> Result<()> {
        self.store
            .write_async(move |tx| tx.hasten_retries(now))
            .await
    }
}
