//! Keeps the history within its limits: soon after executions have ended, and once an hour for the limit in age.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Scheduler;
use super::alerts::OfDaemon;
use jobs_error::Result;
use jobs_model::{Condition, JobId};
use jobs_store::{Cursor, Fact};

/// How long closed alerts and the log of messages are kept.
const ALERTS_KEPT: Duration = Duration::from_secs(90 * 86_400);

/// How long a pass waits for further ends, so that executions that end together share one pass.
const GATHER: Duration = Duration::from_secs(1);

/// How often a pass starts again from the oldest execution.
const HOURLY: Duration = Duration::from_secs(3_600);

/// A job with new executions is examined after this time at the latest.
const AT_LAST: Duration = Duration::from_secs(60);

/// A disk with less free space than both is nearly full: a small disk may have few bytes, and a large one a small part.
const DISK_BYTES: u64 = 5 * 1024 * 1024 * 1024;
const DISK_PERCENT: u64 = 10;

/// State that one pass leaves for the next.
struct Passes {
    cursor: Cursor,
    waiting: Waiting,
    rewound: Instant,
    /// The limit per job that was last compared with the stored one.
    limit_seen: Option<u64>,
}

/// Jobs with new executions that no pass has examined yet.
///
/// To find the executions beyond a job's limit, SQLite steps over as many executions as the limit allows. So a job that runs each
/// second is not examined each second: its history may exceed the limit by a small part, or for [`AT_LAST`].
#[derive(Default)]
struct Waiting {
    since: BTreeMap<JobId, Instant>,
    passes: u64,
}

impl Waiting {
    /// Adds the jobs whose executions have ended. Removes and returns the jobs to examine in this pass.
    fn due(&mut self, ended: BTreeSet<JobId>, keep: u64, now: Instant) -> BTreeSet<JobId> {
        for job_id in ended {
            self.since.entry(job_id).or_insert(now);
        }
        self.passes = self.passes.wrapping_add(1);
        let patience = (keep / 32).clamp(1, 60);
        let passes = self.passes;
        let is_due = |job_id: JobId, since: Instant| {
            // Spreads the jobs over the passes.
            passes
                .wrapping_add(job_id.unsigned_abs())
                .is_multiple_of(patience)
                || now.saturating_duration_since(since) >= AT_LAST
        };
        let mut due = BTreeSet::new();
        self.since.retain(|job_id, since| {
            let is_due = is_due(*job_id, *since);
            if is_due {
                due.insert(*job_id);
            }
            !is_due
        });
        due
    }

    /// How long until the next job is due, if no execution ends meanwhile.
    fn quiet(&self, now: Instant) -> Duration {
        self.since.values().min().map_or(HOURLY, |since| {
            AT_LAST.saturating_sub(now.saturating_duration_since(*since))
        })
    }
}

impl Scheduler {
    /// Starts a pass although no execution has ended: a job was removed, and its history has to be deleted.
    pub fn tidy_up(&self) {
        self.launcher.ended.look_again();
    }

    pub(super) async fn keep_within_limits(self: Arc<Self>) {
        let mut passes = Passes {
            cursor: Cursor::default(),
            waiting: Waiting::default(),
            rewound: Instant::now(),
            limit_seen: None,
        };
        let mut is_counted = false;
        let mut is_disk_full = None;
        loop {
            if !is_counted {
                match self.count_history().await {
                    Ok(()) => is_counted = true,
                    Err(error) => tracing::warn!(%error, "the history can't be counted now"),
                }
            }
            if let Err(error) = self.prune(&mut passes).await {
                tracing::warn!(%error, "the history can't be kept within its limits now");
            }
            self.look_at_disk(&mut is_disk_full).await;
            let quiet = passes.waiting.quiet(Instant::now());
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = self.launcher.ended.wait() => {}
                () = tokio::time::sleep(quiet) => {}
            }
            tokio::select! {
                () = self.stopping.cancelled() => return,
                () = tokio::time::sleep(GATHER) => {}
            }
        }
    }

    /// Tells when the disk of the database becomes nearly full, and when it has room again.
    async fn look_at_disk(&self, known: &mut Option<bool>) {
        let outputs = &self.launcher.outputs;
        let Some((free, percent)) = outputs.free_space() else {
            return;
        };
        let is_full = free < DISK_BYTES && percent < DISK_PERCENT;
        if *known == Some(is_full) {
            return;
        }
        let told = match is_full {
            true => {
                let what = OfDaemon {
                    condition: Condition::Disk,
                    reason: format!(
                        "{} MiB are free, {percent} %, on the disk of `{}`",
                        free / (1024 * 1024),
                        outputs.folder().display()
                    ),
                    is_over: false,
                };
                self.raise_of_daemon(what).await
            }
            false => self.clear_of_daemon(Condition::Disk).await,
        };
        match told {
            Ok(()) => *known = Some(is_full),
            Err(error) => tracing::warn!(%error, "an alert about the disk can't be recorded"),
        }
    }

    /// Examines all jobs if the limit per job differs from the stored one: a job without new executions is not examined otherwise. The
    /// limit may also have changed while the daemon was down.
    async fn look_at_all_if_limit_changed(&self, passes: &mut Passes) -> Result<()> {
        let per_job = self.settings().limits.per_job;
        if passes.limit_seen == Some(per_job) {
            return Ok(());
        }
        let is_another = self
            .store
            .write_async(move |tx| {
                let known = tx.history_limit_per_job()?;
                if known == Some(per_job) {
                    return Ok(false);
                }
                tx.set_fact(&Fact::HistoryLimitPerJob(per_job))?;
                Ok(known.is_some())
            })
            .await?;
        passes.limit_seen = Some(per_job);
        if is_another {
            passes.cursor.all_from = Some(0);
        }
        Ok(())
    }

    /// Counts executions that an older version of the program recorded, in steps: each is a transaction so small that it does not delay
    /// claims.
    async fn count_history(&self) -> Result<()> {
        let mut has_more = self.store.read(|reader| reader.has_uncounted())?;
        while has_more && self.is_running() {
            has_more = self.store.write_async(|tx| tx.count_history()).await?;
        }
        Ok(())
    }

    /// A whole pass over the history. Each step is a transaction.
    async fn prune(&self, passes: &mut Passes) -> Result<()> {
        self.look_at_all_if_limit_changed(passes).await?;
        let ended = std::mem::take(&mut *self.launcher.ended.jobs.lock());
        let now = Instant::now();
        let Passes {
            cursor,
            waiting,
            rewound,
            ..
        } = passes;
        cursor.look_at(waiting.due(ended, self.settings().limits.per_job, now));
        if now.saturating_duration_since(*rewound) >= HOURLY {
            cursor.rewind();
            *rewound = now;
        }
        while self.is_running() {
            let limits = self.settings().limits;
            let now = self.age_time_stored().await?;
            let mut moved = cursor.clone();
            let (moved, pruned) = self
                .store
                .write_async(move |tx| {
                    let mut pruned = tx.prune(&mut moved, &limits, now)?;
                    if !limits.audit_age.is_zero() {
                        pruned.more |= tx.prune_audit(now.minus(limits.audit_age))?;
                    }
                    if limits.audit_rows > 0 {
                        pruned.more |= tx.prune_audit_beyond(limits.audit_rows)?;
                    }
                    if tx.is_watched() {
                        let until = now.minus(ALERTS_KEPT);
                        pruned.more |= tx.prune_alerts(until)?;
                        pruned.more |= tx.prune_notices(until)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(keep: u64, passes: u32) -> usize {
        let start = Instant::now();
        let mut waiting = Waiting::default();
        (0..passes)
            .map(|second| {
                let now = start + Duration::from_secs(second.into());
                waiting.due(BTreeSet::from([7]), keep, now).len()
            })
            .sum()
    }

    #[test]
    fn due_of_a_job_each_second_depends_on_its_limit() {
        for (keep, expected) in [
            (1, 300),
            (31, 300),
            (64, 150),
            (320, 30),
            (960, 10),
            (u64::MAX, 5),
        ] {
            assert_eq!(looks(keep, 300), expected, "{keep}");
        }
    }

    #[test]
    fn due_of_a_job_that_runs_once_comes_within_a_minute() {
        let start = Instant::now();
        let mut waiting = Waiting::default();
        assert_eq!(waiting.quiet(start), HOURLY);
        assert!(waiting.due(BTreeSet::from([5]), 1_000, start).is_empty());
        assert_eq!(waiting.quiet(start), AT_LAST);
        let later = start + waiting.quiet(start);
        assert_eq!(
            waiting.due(BTreeSet::new(), 1_000, later),
            BTreeSet::from([5])
        );
        assert_eq!(waiting.quiet(later), HOURLY);
    }

    #[test]
    fn due_of_jobs_that_end_together_is_spread_over_passes() {
        let mut waiting = Waiting::default();
        let now = Instant::now();
        let most = (0..31).map(|_| waiting.due((0..310).collect(), 1_000, now).len());
        assert!(most.max() <= Some(10));
    }
}
