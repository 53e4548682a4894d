//! The deadline of a check.

use std::time::{Duration, Instant};

use super::super::Call;

/// Start and length of a time limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    start: Instant,
    whole: Duration,
}

impl Deadline {
    /// A deadline from now on. Its length is the default, or the limit when that is longer, but shorter than the
    /// timeout of the call, so that the failure can be reported before the process is ended.
    pub(super) fn of(call: &Call<'_>, default: Duration, limit: Option<Duration>) -> Deadline {
        let wanted = default.max(limit.unwrap_or_default());
        let whole = match call.timeout {
            None => wanted,
            Some(timeout) => {
                let reserve = (timeout / 10).min(Duration::from_millis(500));
                wanted.min(timeout.saturating_sub(reserve))
            }
        };
        Deadline {
            start: Instant::now(),
            whole,
        }
    }

    /// The time left; `None` after the deadline.
    pub(super) fn left(&self) -> Option<Duration> {
        self.whole
            .checked_sub(self.start.elapsed())
            .filter(|left| !left.is_zero())
    }

    /// The whole length.
    pub(super) fn whole(&self) -> Duration {
        self.whole
    }

    /// The time since the start.
    pub(super) fn taken(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Formats a measured time: `12.3 ms`.
pub(super) fn shown(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// Formats a limit or a deadline: `500 ms`.
pub(super) fn whole_millis(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}
