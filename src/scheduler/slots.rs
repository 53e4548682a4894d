//! Slots: how many executions may run at once, of all jobs together and of each job.

use std::collections::HashMap;

use jobs_error::Result;
use jobs_model::JobId;
use jobs_schedule::Time;
use jobs_store::{Reader, Tx};

/// How many jobs are named that have slots.
const NAMED: usize = 3;

/// The limits of executions that run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// Of all jobs together: `jobs.max_concurrent`.
    pub total: u32,
    /// Of one job, its share: `jobs.max_concurrent_per_job`.
    pub per_job: u32,
}

impl Concurrency {
    /// The limits of the configuration. A share of 0 is a quarter of all slots, so that a few jobs that hang leave room for
    /// others. Of few slots a job may have more, up to 4, but one stays for others.
    pub fn new(total: u32, per_job: u32) -> Concurrency {
        let per_job = if per_job == 0 {
            total.div_ceil(4).max(total.saturating_sub(1).min(4))
        } else {
            per_job
        };
        Concurrency {
            total,
            per_job: per_job.clamp(1, total.max(1)),
        }
    }
}

/// Whether one more execution of a job may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    /// All slots are taken.
    AllTaken,
    /// The job has its share of the slots.
    ShareTaken,
}

/// The slots that are free within a transaction.
pub struct Slots {
    limits: Concurrency,
    running: u32,
    /// The running executions of each job that has some. Read when a job may have reached its share, not before.
    by_job: Option<HashMap<JobId, u32>>,
    /// The jobs with the slots, in words. Read when an execution waits for them, once in a transaction.
    holders: Option<String>,
}

/// The jobs with the most slots, in words. `running` has the running executions of each job that has some.
pub fn holders(
    reader: &mut Reader<'_>,
    running: &HashMap<JobId, u32>,
    now: Time,
) -> Result<String> {
    let mut most: Vec<(JobId, u32)> = running.iter().map(|(id, count)| (*id, *count)).collect();
    most.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    let others = most.len().saturating_sub(NAMED);
    most.truncate(NAMED);
    let ids: Vec<JobId> = most.iter().map(|(id, _)| *id).collect();
    let names = reader.job_names(&ids, now)?;
    let mut parts: Vec<String> = most
        .iter()
        .map(|(id, count)| match names.get(id) {
            Some(job) => format!("`{}` ({count})", job.name),
            None => format!("a removed job ({count})"),
        })
        .collect();
    if others > 0 {
        parts.push(format!("{others} more jobs"));
    }
    Ok(parts.join(", "))
}

impl Slots {
    /// The slots that are free now.
    pub fn of(tx: &mut Tx<'_>, limits: Concurrency) -> Result<Slots> {
        Ok(Slots {
            limits,
            running: tx.running_total()?,
            by_job: None,
            holders: None,
        })
    }

    /// The number of free slots of all jobs together.
    pub(super) const fn free(&self) -> u32 {
        self.limits.total.saturating_sub(self.running)
    }

    /// Whether one more execution of a job may run.
    pub(super) fn room_for(&mut self, tx: &mut Tx<'_>, job_id: JobId) -> Result<Room> {
        if self.free() == 0 {
            return Ok(Room::AllTaken);
        }
        // With fewer executions in all, no job can have its share.
        if self.running < self.limits.per_job {
            return Ok(Room::Free);
        }
        let by_job = match &mut self.by_job {
            Some(by_job) => by_job,
            unread @ None => unread.insert(tx.running_counts()?),
        };
        let running = by_job.get(&job_id).copied().unwrap_or(0);
        Ok(if running < self.limits.per_job {
            Room::Free
        } else {
            Room::ShareTaken
        })
    }

    /// Takes a slot for an execution of a job.
    pub(super) fn take(&mut self, job_id: JobId) {
        self.running += 1;
        if let Some(by_job) = &mut self.by_job {
            *by_job.entry(job_id).or_default() += 1;
        }
    }

    /// The share, when some job may have reached it; none when no job can have.
    pub(super) const fn share_that_counts(&self) -> Option<u32> {
        if self.running < self.limits.per_job {
            None
        } else {
            Some(self.limits.per_job)
        }
    }

    /// Why an execution of the job waits, in words.
    pub(super) fn reason(
        &mut self,
        tx: &mut Tx<'_>,
        waiting: (JobId, &str),
        room: Room,
        now: Time,
    ) -> Result<String> {
        let (job_id, name) = waiting;
        Ok(match room {
            Room::Free => "it waits for a free place (`jobs.max_concurrent`)".to_string(),
            Room::AllTaken => {
                let holders = match &self.holders {
                    Some(holders) => holders,
                    None => {
                        let running = tx.running_counts()?;
                        self.holders.insert(holders(tx, &running, now)?)
                    }
                };
                format!(
                    "it waits for a free place: all {} are taken, by {holders} (`jobs.max_concurrent`)",
                    self.limits.total
                )
            }
            Room::ShareTaken => {
                let by_job = self.by_job.as_ref();
                let running = by_job.and_then(|by_job| by_job.get(&job_id)).copied();
                format!(
                    "it waits until another execution of `{name}` ends: they have all {} places of its share (`jobs.max_concurrent_per_job`)",
                    running.unwrap_or(self.limits.per_job)
                )
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_of_zero_is_a_quarter_or_leaves_one_of_few_slots() {
        for (total, per_job, expected) in [
            (256, 0, 64),
            (17, 0, 5),
            (16, 0, 4),
            (8, 0, 4),
            (6, 0, 4),
            (5, 0, 4),
            (4, 0, 3),
            (3, 0, 2),
            (2, 0, 1),
            (1, 0, 1),
            (256, 10, 10),
            (8, 100, 8),
            (100_000, 0, 25_000),
        ] {
            let limits = Concurrency::new(total, per_job);
            assert_eq!(limits.per_job, expected, "{total} {per_job}");
        }
    }
}
