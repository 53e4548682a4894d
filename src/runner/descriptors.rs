//! How many descriptors the daemon may have: as many as it can get, for each execution takes some. The commands keep the
//! limit that the daemon was started with, for some programs take a large one badly.

use std::process::Child;

#[cfg(target_os = "linux")]
mod system {
    use std::sync::OnceLock;

    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};

    use super::Child;

    /// More than this the daemon does not want.
    const ENOUGH: u64 = 65_536;

    /// The limit that the daemon was started with, once it has another.
    static BEFORE: OnceLock<(Option<u64>, Option<u64>)> = OnceLock::new();

    /// Raises the soft limit as far as the hard one goes. To be called once, before the first command.
    pub fn raise() {
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(ENOUGH, |hard| hard.min(ENOUGH));
        if limit.current.is_none_or(|soft| soft >= wanted) {
            return;
        }
        let (current, maximum) = (limit.current, limit.maximum);
        let raised = Rlimit {
            current: Some(wanted),
            maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => drop(BEFORE.set((current, maximum))),
            Err(error) => tracing::warn!(%error, "the limit of open files can't be raised"),
        }
    }

    /// The soft and the hard limit that the daemon was started with, when it has another now.
    pub fn before() -> Option<(Option<u64>, Option<u64>)> {
        BEFORE.get().copied()
    }

    /// Gives a command that has just been started the limit that the daemon had.
    pub fn give_back(child: &Child) {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let (Some(pid), Some((current, maximum))) = (pid, BEFORE.get().copied()) {
            // One that has ended already has no need of it.
            let _ = prlimit(Some(pid), Resource::Nofile, Rlimit { current, maximum });
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub fn raise() {}

    pub fn before() -> Option<(Option<u64>, Option<u64>)> {
        None
    }

    pub fn give_back(_: &super::Child) {}
}

pub(super) use system::before;
pub use system::{give_back, raise};
