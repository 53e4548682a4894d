//! Overlap policies: a pure function of the policy and of the number of running and waiting executions.

use jobs_model::Overlap;
use jobs_store::LiveCounts;

/// Upper bound on waiting executions of a job with the policy `queue`. Without it, a job that is due more often than it ends would
/// fill the disk.
pub const QUEUE_MAX: u32 = 1_000;

/// Decision about a firing of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Start, even beside other executions of the job.
    Start,
    /// Skip, for this reason.
    Skip(&'static str),
    /// Wait until the execution before has ended.
    Queue,
    /// Stop the running executions of the job, cancel the waiting ones, then start.
    Replace,
}

/// Applies `policy` to a job with `live` running and waiting executions.
pub fn admit(policy: Overlap, live: LiveCounts) -> Admission {
    let is_free = live.running == 0 && live.queued == 0;
    match policy {
        Overlap::Queue if live.queued >= QUEUE_MAX => Admission::Skip(QUEUE_IS_FULL),
        Overlap::Parallel => Admission::Start,
        Overlap::Skip | Overlap::Queue | Overlap::Replace if is_free => Admission::Start,
        Overlap::Skip => Admission::Skip("the execution before it was still running"),
        Overlap::Queue => Admission::Queue,
        Overlap::Replace => Admission::Replace,
    }
}

pub(super) const QUEUE_IS_FULL: &str = "1,000 executions of the job were waiting already";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admit_by_each_policy_returns_its_decision() {
        let free = LiveCounts::default();
        let runs = LiveCounts {
            running: 1,
            queued: 0,
        };
        let waits = LiveCounts {
            running: 0,
            queued: 1,
        };
        let full = LiveCounts {
            running: 1,
            queued: QUEUE_MAX,
        };
        let still_running = Admission::Skip("the execution before it was still running");
        for (policy, live, expected) in [
            (Overlap::Parallel, free, Admission::Start),
            (Overlap::Parallel, runs, Admission::Start),
            (Overlap::Parallel, full, Admission::Start),
            (Overlap::Skip, free, Admission::Start),
            (Overlap::Skip, runs, still_running),
            (Overlap::Skip, waits, still_running),
            (Overlap::Queue, free, Admission::Start),
            (Overlap::Queue, runs, Admission::Queue),
            (Overlap::Queue, waits, Admission::Queue),
            (Overlap::Queue, full, Admission::Skip(QUEUE_IS_FULL)),
            (Overlap::Replace, free, Admission::Start),
            (Overlap::Replace, runs, Admission::Replace),
            (Overlap::Replace, waits, Admission::Replace),
        ] {
            assert_eq!(admit(policy, live), expected, "{policy} with {live:?}");
        }
    }
}
