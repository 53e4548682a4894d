//! The fields of `add` and `edit` that are no part of the work, as the service reads them.

use jobs_model::{CatchUp, Overlap};

/// The schedule and the rules of a job, as the caller of `add` or `edit` gives them. An absent field stays as it is.
#[derive(Clone, Debug)]
pub struct JobInput<'a> {
    /// Cron expressions, joined with `; `.
    pub cron_expr: Option<String>,
    pub every: Option<&'a str>,
    pub at: Option<&'a str>,
    pub timezone: Option<&'a str>,
    pub jitter: Option<u64>,
    pub start_at: Option<&'a str>,
    pub end_at: Option<&'a str>,
    pub desc: Option<&'a str>,
    /// Tags to add; an empty one removes those before it.
    pub tags: Option<&'a [String]>,
    /// The crontab that it comes from.
    pub origin: Option<&'a str>,
    pub allow_mode: Option<Overlap>,
    pub max_run_count: Option<u64>,
    pub catch_up: Option<CatchUp>,
    pub catch_up_window: Option<u64>,
    pub retries: Option<u64>,
    pub retry_delay: Option<u64>,
    pub retry_backoff: Option<f64>,
    pub retry_max: Option<u64>,
    pub alerts: AlertInput<'a>,
}

/// The settings about alerts of a job, as the caller of `add` or `edit` gives them. An absent field stays as it is; 0 and the empty
/// text remove it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlertInput<'a> {
    pub notify: Option<&'a [String]>,
    pub alert_after: Option<&'a str>,
    pub expect_success_every: Option<u64>,
    pub start_within: Option<u64>,
    pub warn_after: Option<u64>,
    pub warn_under: Option<u64>,
    pub stop_after_failures: Option<u32>,
}

impl JobInput<'_> {
    /// Whether a given field changes the instants at which the job is due.
    pub fn changes_times(&self) -> bool {
        self.cron_expr.is_some()
            || self.every.is_some()
            || self.at.is_some()
            || self.timezone.is_some()
            || self.jitter.is_some()
            || self.start_at.is_some()
            || self.end_at.is_some()
    }
}
