//! The daemon: start, stop, guard, reload, and the crontab in the foreground.

mod crontab;
mod guard;
mod reload;
mod start;

use crate::support::Home;

/// Ends a daemon in the background when the test is over, however it ends.
struct Background<'a>(&'a Home);

impl Drop for Background<'_> {
    fn drop(&mut self) {
        self.0.jobs(&["shutdown"]);
    }
}
