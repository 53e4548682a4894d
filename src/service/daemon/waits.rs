//! Jobs of which executions wait for a place, and the jobs that have the places.

use jobs_api::JobWait;
use jobs_error::Result;
use jobs_model::Overlap;
use jobs_schedule::Time;
use jobs_scheduler::{Concurrency, holders};
use jobs_store::Reader;

/// How many jobs are told that wait; the one that waits the longest is the first.
const TOLD: usize = 20;

/// The jobs of which executions wait for a place, the one that waits the longest first, 20 at most.
pub(super) fn waits(
    reader: &mut Reader<'_>,
    limits: Concurrency,
    now: Time,
) -> Result<Vec<JobWait>> {
    let mut waiting = reader.waiting(now)?;
    waiting.sort_by_key(|wait| (wait.since, wait.job_id));
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let running = reader.running_counts()?;
    let all_taken = running.values().sum::<u32>() >= limits.total;
    let holders = if all_taken {
        holders(reader, &running, now)?
    } else {
        String::new()
    };
    let mut waits = Vec::new();
    for wait in waiting {
        if waits.len() == TOLD {
            break;
        }
        let Some(job) = reader.job(wait.job_id)? else {
            continue;
        };
        let of_job = running.get(&job.id).copied().unwrap_or(0);
        let reason = match job.allow_mode {
            // By its overlap policy it waits for its own execution, and needs no place before that has ended.
            Overlap::Queue | Overlap::Replace | Overlap::Skip if of_job > 0 => continue,
            Overlap::Parallel | Overlap::Queue | Overlap::Replace | Overlap::Skip => {
                if of_job >= limits.per_job {
                    format!(
                        "its own executions have all {of_job} places of its share (`jobs.max_concurrent_per_job`)"
                    )
                } else if all_taken {
                    format!(
                        "all {} places are taken, by {holders} (`jobs.max_concurrent`)",
                        limits.total
                    )
                } else {
                    // A place has become free just now.
                    continue;
                }
            }
        };
        waits.push(JobWait {
            job: job.name,
            executions: wait.executions,
            since: wait.since,
            reason,
        });
    }
    waits.sort_by(|a, b| (a.since, &a.job).cmp(&(b.since, &b.job)));
    Ok(waits)
}
