//! The daemon: start, stop, guard, reload, and the crontab in the foreground.

mod crontab;
mod guard;
mod identity;
mod init;
mod one_daemon;
mod pipes;
mod places;
mod reload;
mod removed;
mod room;
mod stalled;
mod start;
mod zone;

use crate::support::Home;

/// Stops a daemon in the background at the end of a test, also of one that fails.
struct Background<'a>(&'a Home);

impl Drop for Background<'_> {
    fn drop(&mut self) {
        self.0.jobs(&["shutdown"]);
    }
}
