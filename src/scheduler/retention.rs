//! Keeps the history within its limits: soon after something ended, and once an hour for what grows old.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::Scheduler;
use crate::error::Result;
use crate::store::Cursor;

/// What ended together is tidied up together.
const GATHER: Duration = Duration::from_secs(1);

/// How often the oldest executions are looked at when nothing happens.
const HOURLY: Duration = Duration::from_secs(3_600);

impl Scheduler {
    pub(super) async fn keep_within_limits(self: Arc<Self>) {
        let mut cursor = Cursor::default();
        loop {
            if let Err(error) = self.prune(&mut cursor).await {
                tracing::warn!(%error, "the history can't be kept within its limits now");
            }
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = self.launcher.ended.wait() => {}
                () = tokio::time::sleep(HOURLY) => {}
            }
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = tokio::time::sleep(GATHER) => {}
            }
        }
    }

    /// A job that does not run is not looked at, so another limit per job is for all of them, whenever it came.
    async fn look_at_all_if_limit_changed(&self, cursor: &mut Cursor) -> Result<()> {
        const LIMIT: &str = "history_limit_per_job";
        let limit = self.settings().limits.per_job.to_string();
        let is_another = self
            .store
            .write_async(move |tx| {
                let known = tx.fact(LIMIT)?;
                if known.as_deref() == Some(&limit) {
                    return Ok(false);
                }
                tx.set_fact(LIMIT, &limit)?;
                Ok(known.is_some())
            })
            .await?;
        if is_another {
            cursor.all_from = Some(0);
        }
        Ok(())
    }

    /// A whole pass over the history, in steps of their own.
    async fn prune(&self, cursor: &mut Cursor) -> Result<()> {
        self.look_at_all_if_limit_changed(cursor).await?;
        cursor.dirty.append(
            &mut self
                .launcher
                .ended
                .jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        while self.is_running() {
            let limits = self.settings().limits;
            let now = self.now();
            let mut moved = cursor.clone();
            let (moved, pruned) = self
                .store
                .write_async(move |tx| {
                    let mut pruned = tx.prune(&mut moved, &limits, now)?;
                    if !limits.audit_age.is_zero() {
                        pruned.more |= tx.prune_audit(now.minus(limits.audit_age))?;
                    }
                    Ok((moved, pruned))
                })
                .await?;
            *cursor = moved;
            for exec_id in pruned.files {
                if let Err(error) = self.launcher.outputs.discard(exec_id) {
                    tracing::warn!(%error, exec_id, "old output can't be removed");
                }
            }
            if !pruned.more {
                break;
            }
        }
        Ok(())
    }
}
