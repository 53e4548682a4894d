//! How many descriptors the daemon may have: as many as it can get, for each execution takes some. The commands keep the
//! limit that the daemon was started with, for some programs take a large one badly.

use std::io;

use super::program::Process;

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::sync::OnceLock;

    use parking_lot::Mutex;
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit, setrlimit};

    use super::{Process, io};

    /// More than this the daemon does not want.
    const ENOUGH: u64 = 65_536;

    /// So many descriptors other threads may need while a command is started.
    const ROOM: u64 = 128;

    /// The limits that the daemon was started with and that it has now, once they are not the same.
    static RAISED: OnceLock<(Rlimit, Rlimit)> = OnceLock::new();

    /// Raises the soft limit as far as the hard one goes. To be called once, before the first command.
    pub fn raise() {
        let before = getrlimit(Resource::Nofile);
        let wanted = before.maximum.map_or(ENOUGH, |hard| hard.min(ENOUGH));
        if before.current.is_none_or(|soft| soft >= wanted) {
            return;
        }
        let raised = Rlimit {
            current: Some(wanted),
            maximum: before.maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => drop(RAISED.set((before, raised))),
            Err(error) => tracing::warn!(%error, "the limit of open files can't be raised"),
        }
    }

    /// The soft and the hard limit that the daemon was started with, when it has another now.
    pub fn before() -> Option<(Option<u64>, Option<u64>)> {
        RAISED
            .get()
            .map(|(before, _)| (before.current, before.maximum))
    }

    /// Has a process start with the limit that the daemon was started with. `start` must not need a new descriptor, nor look at
    /// the numbers of those that there are.
    pub fn start(start: impl FnOnce() -> io::Result<Process>) -> io::Result<Process> {
        let Some((before, raised)) = RAISED.get() else {
            return start();
        };
        if has_room(before) {
            // It inherits the limit, so the daemon has the low one for that moment.
            static ONE_BY_ONE: Mutex<()> = Mutex::new(());
            let guard = ONE_BY_ONE.lock();
            let lowered = setrlimit(Resource::Nofile, *before);
            let process = start();
            let restored = setrlimit(Resource::Nofile, *raised);
            drop(guard);
            if let Err(error) = lowered.and(restored) {
                tracing::warn!(%error, "the limit of open files can't be changed");
            }
            return process;
        }
        // Others would find no descriptor meanwhile. So it gets the limit a moment after it was started.
        let process = start()?;
        // One that has ended already has no need of it.
        let _ = prlimit(Some(process.pid()), Resource::Nofile, *before);
        Ok(process)
    }

    /// Whether the daemon needs far fewer descriptors now than it may have had before. A new one gets the lowest number that is
    /// free.
    fn has_room(before: &Rlimit) -> bool {
        let lowest = File::open("/dev/null").map(|file| file.as_raw_fd().unsigned_abs());
        lowest.is_ok_and(|lowest| {
            before
                .current
                .is_some_and(|soft| u64::from(lowest) + ROOM <= soft)
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Process, io};

    pub fn raise() {}

    pub fn before() -> Option<(Option<u64>, Option<u64>)> {
        None
    }

    pub fn start(start: impl FnOnce() -> io::Result<Process>) -> io::Result<Process> {
        start()
    }
}

pub use system::raise;
pub(super) use system::{before, start};
