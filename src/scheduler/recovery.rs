//! After a crash: what the daemon before this one left running is ended and recorded as interrupted.

use std::collections::BTreeSet;

use super::{Scheduler, ending, retry};
use jobs_error::Result;
use jobs_model::{Admitted, ExecId, Execution};
use jobs_runner as runner;
use jobs_schedule::Time;
use jobs_store::Fact;
use jobs_work::Work;

/// What the daemon before this one left.
pub(super) struct Before {
    /// Whether it counted in another zone.
    pub(super) had_another_zone: bool,
    /// What the clock has shown, when that is later than now: somebody has set it back meanwhile.
    pub(super) clock_later_than_now: Option<Time>,
}

impl Scheduler {
    /// Ends what a dead daemon left behind and records it. To be called once, before the loop and before any transport is open.
    ///
    /// The processes go first: an execution that is over in the history must not be working still.
    pub async fn recover(&self) -> Result<()> {
        self.launcher.settle_here();
        let owner = self.store.owner();
        let orphans = self.store.read(|reader| reader.running_of_others(owner))?;
        if !orphans.is_empty() {
            let ids: Vec<ExecId> = orphans.iter().map(|execution| execution.exec_id).collect();
            let settings = self.settings();
            let leftovers = runner::leftovers(&settings.socket, &ids);
            let stopped = runner::stop_leftovers(leftovers, settings.kill_grace).await;
            tracing::warn!(
                executions = ids.len(),
                processes = stopped,
                "the daemon ended while these ran"
            );
        }
        runner::sweep(&self.settings().socket);
        for execution in orphans {
            let exec_id = execution.exec_id;
            let settled = self.launcher.outputs.settle(exec_id);
            let now = self.now();
            let end = ending::interrupted(&execution, &settled, now);
            let work = Work::parse(execution.mode, &execution.command).ok();
            let event = ending::event(&admitted(execution), &end, work.as_ref());
            self.store
                .write_async(move |tx| {
                    tx.tell(event);
                    retry::finish(tx, &[(exec_id, &end)], now)
                })
                .await?;
            if let Ok(settled) = settled
                && let Err(error) = self.launcher.outputs.discard_small(exec_id, &settled)
            {
                tracing::warn!(%error, exec_id, "output can't be put in order");
            }
        }
        if let Err(error) = self.sweep() {
            tracing::warn!(%error, "old output can't be removed");
        }
        Ok(())
    }

    /// Removes files of output that nobody will ask for: their end was recorded, or their execution is not.
    fn sweep(&self) -> Result<()> {
        let files: BTreeSet<ExecId> = self.launcher.outputs.list()?.into_iter().collect();
        if !files.is_empty() && self.store.read(|reader| reader.is_new())? {
            // A new database beside old output: somebody has lost one, and may get it back.
            tracing::warn!(
                files = files.len(),
                "the database has no history, but there is output of executions: was the database lost? It is kept"
            );
            return Ok(());
        }
        for exec_id in files {
            let execution = self.store.read(|reader| reader.execution(exec_id))?;
            if !execution.is_some_and(|execution| execution.in_file || !execution.status.is_final())
            {
                self.launcher.outputs.discard(exec_id)?;
            }
        }
        Ok(())
    }

    /// What the daemon before this one left that matters for when jobs are due.
    pub(super) async fn compare_with_before(&self, now: Time) -> Result<Before> {
        let zone = self.settings().zone.name().to_string();
        self.store
            .write_async(move |tx| {
                let before = tx.zone()?;
                if before.is_none() {
                    tx.set_fact(&Fact::Zone(zone.clone()))?;
                }
                Ok(Before {
                    had_another_zone: before.is_some_and(|before| before != zone),
                    clock_later_than_now: tx.clock_last_seen()?.filter(|seen| *seen > now),
                })
            })
            .await
    }

    /// Remembers what the clock shows, so that the next daemon notices one that was set back meanwhile.
    pub(super) async fn remember_the_clock(&self) {
        let now = self.now();
        let remembered = self
            .store
            .write_async(move |tx| tx.set_fact(&Fact::ClockAtEnd(now)))
            .await;
        if let Err(error) = remembered {
            tracing::warn!(%error, "what the clock shows can't be remembered");
        }
    }
}

/// An execution that was running, as it was admitted. Where it counted its times does not matter any more.
fn admitted(execution: Execution) -> Admitted {
    Admitted {
        exec_id: execution.exec_id,
        job_id: execution.job_id,
        job_name: execution.job_name,
        mode: execution.mode,
        source: execution.source,
        scheduled_at: execution.scheduled_at,
        command: execution.command,
        jitter_ms: execution.jitter_ms,
        timezone: None,
    }
}
