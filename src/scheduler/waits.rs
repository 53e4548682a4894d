//! Log lines about jobs whose executions wait for a place.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use jobs_model::JobId;

/// A job whose executions go on waiting is not reported again within this time.
const QUIET: Duration = Duration::from_secs(60 * 60);

/// How many jobs a line names.
const NAMED: usize = 3;

/// The jobs that were reported lately.
#[derive(Default)]
pub(super) struct WaitLog {
    reported: Mutex<HashMap<JobId, Instant>>,
}

/// An execution that waits for a place.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    pub(super) job_id: JobId,
    pub(super) job_name: String,
    /// The reason for the wait, in words.
    pub(super) reason: String,
}

impl WaitLog {
    /// Writes a line for the jobs that were not reported lately; jobs with the same reason share one.
    pub(super) fn report(&self, waits: Vec<Wait>) {
        if waits.is_empty() {
            return;
        }
        for (reason, jobs) in self.unreported(waits) {
            match jobs.as_slice() {
                [job] => tracing::warn!(job, "an execution can't start yet: {reason}"),
                jobs => {
                    let mut named = jobs[..jobs.len().min(NAMED)].join(", ");
                    if jobs.len() > NAMED {
                        named.push_str(&format!(" and {} more", jobs.len() - NAMED));
                    }
                    tracing::warn!(
                        jobs = named,
                        "executions of {} jobs can't start yet; of each, {reason}",
                        jobs.len()
                    );
                }
            }
        }
    }

    /// The jobs that were not reported lately, by their reason.
    fn unreported(&self, waits: Vec<Wait>) -> BTreeMap<String, Vec<String>> {
        let mut reported = self.reported.lock();
        reported.retain(|_, at| at.elapsed() < QUIET);
        let mut unreported: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for wait in waits {
            if reported.insert(wait.job_id, Instant::now()).is_none() {
                unreported
                    .entry(wait.reason)
                    .or_default()
                    .push(wait.job_name);
            }
        }
        unreported
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_that_wait_for_the_same_share_a_line_and_are_told_once() {
        let log = WaitLog::default();
        let wait = |job_id: JobId, reason: &str| Wait {
            job_id,
            job_name: format!("job-{job_id}"),
            reason: reason.to_string(),
        };
        let found = log.unreported(vec![wait(1, "a"), wait(2, "b"), wait(3, "a"), wait(1, "a")]);
        let told: Vec<(&str, usize)> = found
            .iter()
            .map(|(reason, jobs)| (reason.as_str(), jobs.len()))
            .collect();
        assert_eq!(told, [("a", 2), ("b", 1)]);
        assert_eq!(found["a"], ["job-1", "job-3"]);
        let found = log.unreported(vec![wait(1, "c"), wait(4, "c")]);
        assert_eq!(found["c"], ["job-4"]);
    }
}
