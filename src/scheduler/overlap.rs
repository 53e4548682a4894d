//! What does an overlap policy say? A plain function of the policy and of what runs and waits.

use jobs_model::Overlap;
use jobs_store::LiveCounts;

/// How many executions of a job with the policy `queue` may wait. A job that is due faster than it ends would else fill the disk.
pub const QUEUE_MAX: u32 = 1_000;

/// What becomes of a job that is due, or that somebody wants to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may run beside whatever runs.
    Start,
    /// It does not run.
    Skip(&'static str),
    /// It waits until the one before has ended.
    Queue,
    /// What runs of it is stopped and what waits is dropped; then it starts.
    Replace,
}

/// What `policy` says about a job of which `live` run and wait.
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

const QUEUE_IS_FULL: &str = "1,000 executions of the job were waiting already";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_says_what_it_is_named_for() {
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
