//! Recovery after a crash: stops the processes that the previous daemon left running, and records their executions as interrupted.

use std::collections::BTreeSet;

use super::alerts::{Ended, OfDaemon, note};
use super::{Scheduler, ending, retry};
use jobs_error::Result;
use jobs_model::{Admitted, Condition, ExecId, Execution};
use jobs_runner as runner;
use jobs_schedule::Time;
use jobs_store::Fact;
use jobs_work::Work;

/// Differences between this daemon and the previous one.
pub(super) struct Before {
    /// Whether the previous daemon used another zone.
    pub(super) had_another_zone: bool,
    /// The latest reading of the clock, if that is later than now: the clock was set back meanwhile.
    pub(super) clock_later_than_now: Option<Time>,
}

impl Scheduler {
    /// Stops the processes that a dead daemon left behind and records the ends of their executions. Call it once, before the loop
    /// and before any transport is open.
    ///
    /// The processes are stopped first: an execution that has ended in the history must not have a running process.
    pub async fn recover(&self) -> Result<()> {
        self.note_gap().await?;
        // Before an end is recorded: that may open an alert.
        self.store.write_async(|tx| tx.refresh_watch()).await?;
        self.note_crash().await?;
        self.launcher.settle_here();
        let owner = self.store.owner();
        let orphans = self.store.read(|reader| reader.running_of_others(owner))?;
        if !orphans.is_empty() {
            let ids: Vec<ExecId> = orphans.iter().map(|execution| execution.exec_id).collect();
            let settings = self.settings();
            let records = self.launcher.outputs.starts_before();
            let leftovers = runner::leftovers(&self.launcher.daemon(&settings), &ids, &records);
            tracing::warn!(
                executions = ids.len(),
                processes = leftovers.number,
                "the daemon ended while these ran"
            );
            leftovers.stop(settings.kill_grace).await;
        }
        self.launcher.outputs.forget_starts_before();
        runner::sweep(&self.launcher.daemon(&self.settings()));
        for execution in orphans {
            let exec_id = execution.exec_id;
            let settled = self.launcher.outputs.settle(exec_id);
            let now = self.now();
            let end = ending::interrupted(&execution, &settled, now);
            let work = Work::parse(execution.mode, &execution.command).ok();
            let job_id = execution.job_id;
            let event = ending::event(&admitted(execution), &end, work.as_ref());
            let shown = self.shown(&end, work.as_ref());
            let settings = self.settings();
            self.store
                .write_async(move |tx| {
                    tx.tell(event);
                    let ended = Ended {
                        exec_id,
                        job_id,
                        end: &end,
                        shown: shown.as_ref(),
                    };
                    retry::finish(tx, &[ended], &settings.alerts, now)
                })
                .await?;
            if let Ok(settled) = settled
                && let Err(error) = self.launcher.outputs.discard_small(exec_id, &settled)
            {
                tracing::warn!(%error, exec_id, "output can't be put in order");
            }
        }
        if let Err(error) = self.sweep().await {
            tracing::warn!(%error, "old output can't be removed");
        }
        Ok(())
    }

    /// Stores how long no daemon ran. Before an end is recorded: that would be a later sign of life.
    async fn note_gap(&self) -> Result<()> {
        const MOST: usize = 20;
        let now = self.now();
        self.store
            .write_async(move |tx| {
                let Some(from) = tx.clock_last_seen()?.filter(|from| *from < now) else {
                    return Ok(());
                };
                let mut gaps = tx.gaps()?;
                gaps.push((from, now));
                let excess = gaps.len().saturating_sub(MOST);
                gaps.drain(..excess);
                tx.set_fact(&Fact::Gaps(gaps))
            })
            .await
    }

    /// Tells that the daemon before this one ended without having been asked to, and notes that this one is up.
    async fn note_crash(&self) -> Result<()> {
        let (settings, now) = (self.settings(), self.now());
        self.store
            .write_async(move |tx| {
                let has_crashed = tx.is_up()?;
                tx.set_fact(&Fact::IsUp(true))?;
                if !has_crashed {
                    return Ok(());
                }
                let seen = tx.clock_last_seen()?;
                let what = OfDaemon {
                    condition: Condition::Crashed,
                    reason: match seen {
                        Some(seen) => format!(
                            "it was killed, failed, or the machine went down; its last sign of life was at {}",
                            seen.local(&settings.zone)
                        ),
                        None => "it was killed, failed, or the machine went down".into(),
                    },
                    is_over: true,
                };
                note(tx, &settings.alerts, &what, now)
            })
            .await
    }

    /// Removes files of output that are not needed any more: their end is recorded, or their execution has no row. Files of a lost
    /// database stay, and their numbers are not given again.
    async fn sweep(&self) -> Result<()> {
        let files: BTreeSet<ExecId> = self.launcher.outputs.list()?.into_iter().collect();
        let Some(newest) = files.last().copied() else {
            return Ok(());
        };
        let (last, is_new, kept) = self.store.read(|reader| {
            Ok((
                reader.last_number()?,
                reader.is_new()?,
                reader.keeps_files_up_to()?,
            ))
        })?;
        let is_lost = newest > last || is_new;
        let kept = if is_lost { newest.max(kept) } else { kept };
        if is_lost {
            self.store
                .write_async(move |tx| {
                    tx.skip_numbers(newest)?;
                    tx.set_fact(&Fact::KeepsFilesUpTo(kept))
                })
                .await?;
        }
        let mut orphans = 0;
        for exec_id in files {
            match self.store.read(|reader| reader.execution(exec_id))? {
                Some(execution) if execution.in_file || !execution.status.is_final() => {}
                None if exec_id <= kept => orphans += 1,
                Some(_) | None => self.launcher.outputs.discard(exec_id)?,
            }
        }
        if is_lost && orphans > 0 {
            tracing::warn!(
                orphans,
                newest,
                "there is output of executions that the database does not have: was the database lost, or replaced by an older \
                 one? The output is kept, and new executions get numbers above it"
            );
        }
        Ok(())
    }

    /// Compares the zone and the clock with those of the previous daemon.
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

    /// Stores the reading of the clock, so that the next daemon detects a clock that was set back meanwhile.
    pub(super) async fn remember_the_clock(&self) {
        let now = self.now();
        let age = self.age_time().ok().and_then(|_| self.age_fact());
        let remembered = self
            .store
            .write_async(move |tx| {
                age.map_or(Ok(()), |age| tx.set_fact(&age))?;
                tx.set_fact(&Fact::IsUp(false))?;
                tx.set_fact(&Fact::ClockAtEnd(now))
            })
            .await;
        if let Err(error) = remembered {
            tracing::warn!(%error, "what the clock shows can't be remembered");
        }
    }
}

/// The admission of an execution that was running. Its time zone is absent, since it is not needed any more.
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
