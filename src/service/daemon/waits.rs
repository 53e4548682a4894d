//! Jobs of which executions wait for a place, and the jobs that have the places.

use std::collections::HashMap;

use jobs_api::JobWait;
use jobs_error::Result;
use jobs_model::{JobId, Overlap};
use jobs_schedule::Time;
use jobs_scheduler::Concurrency;
use jobs_store::Reader;

/// How many jobs are told that wait; the one that waits the longest is the first.
const TOLD: usize = 20;

/// How many jobs are named that have places.
const NAMED: usize = 3;

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

/// The jobs with the most places, in words.
fn holders(reader: &mut Reader<'_>, running: &HashMap<JobId, u32>, now: Time) -> Result<String> {
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
