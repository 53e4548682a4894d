//! Until when something may take.

use std::time::{Duration, Instant};

use super::super::Call;

/// An instant by which something must be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    start: Instant,
    whole: Duration,
}

impl Deadline {
    /// From now on, for as long as a kind takes by itself, or its limit allows when that is longer; but never longer than
    /// the call may take, so that it can still say what went wrong before it is ended from outside.
    pub(super) fn of(call: &Call<'_>, usual: Duration, limit: Option<Duration>) -> Deadline {
        let wanted = usual.max(limit.unwrap_or_default());
        let whole = match call.timeout {
            None => wanted,
            Some(timeout) => {
                let to_tell = (timeout / 10).min(Duration::from_millis(500));
                wanted.min(timeout.saturating_sub(to_tell))
            }
        };
        Deadline {
            start: Instant::now(),
            whole,
        }
    }

    /// What is left of it; none when it is over.
    pub(super) fn left(&self) -> Option<Duration> {
        self.whole
            .checked_sub(self.start.elapsed())
            .filter(|left| !left.is_zero())
    }

    /// How long it was from its beginning to its end.
    pub(super) fn whole(&self) -> Duration {
        self.whole
    }

    /// How long ago it began.
    pub(super) fn taken(&self) -> Duration {
        self.start.elapsed()
    }
}

/// `12.3 ms`
pub(super) fn shown(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// A limit or a deadline: `500 ms`.
pub(super) fn whole_millis(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}
