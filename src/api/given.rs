//! What `add` and `edit` share beside the work: when a job runs and by which rules.

use crate::model::{CatchUp, Overlap};

/// When a job runs and by which rules, as `add` and `edit` give it; what is absent stays as it is.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// Several lines have `;` between.
    pub cron_expr: Option<String>,
    pub every: Option<&'a str>,
    pub at: Option<&'a str>,
    pub timezone: Option<&'a str>,
    pub jitter: Option<u64>,
    pub start_at: Option<&'a str>,
    pub end_at: Option<&'a str>,
    pub desc: Option<&'a str>,
    pub allow_mode: Option<Overlap>,
    pub max_run_count: Option<u64>,
    pub catch_up: Option<CatchUp>,
    pub catch_up_window: Option<u64>,
    pub retries: Option<u64>,
    pub retry_delay: Option<u64>,
    pub retry_backoff: Option<f64>,
    pub retry_max: Option<u64>,
}

impl Given<'_> {
    /// Whether something was given by which it is due at other times than before.
    pub fn asks_for_a_time(&self) -> bool {
        self.cron_expr.is_some()
            || self.every.is_some()
            || self.at.is_some()
            || self.timezone.is_some()
            || self.jitter.is_some()
            || self.start_at.is_some()
            || self.end_at.is_some()
    }
}
