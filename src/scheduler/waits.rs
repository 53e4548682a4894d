//! Log lines about jobs whose executions wait for a place.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use jobs_model::JobId;

/// A job whose executions go on waiting is not reported again within this time.
const QUIET: Duration = Duration::from_secs(60 * 60);

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
    /// Writes a line for each job that was not reported lately.
    pub(super) fn report(&self, waits: Vec<Wait>) {
        if waits.is_empty() {
            return;
        }
        let mut reported = self.reported.lock();
        reported.retain(|_, at| at.elapsed() < QUIET);
        for wait in waits {
            if reported.insert(wait.job_id, Instant::now()).is_none() {
                let (job, reason) = (wait.job_name, wait.reason);
                tracing::warn!(job, "an execution can't start yet: {reason}");
            }
        }
    }
}
