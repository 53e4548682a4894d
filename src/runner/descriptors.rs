//! The limit of open files: the daemon raises its own as far as it can, since each execution needs some. Commands get
//! the limit that the daemon was started with, because some programs handle a large one badly.

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

    /// Upper bound on the limit that the daemon takes.
    const MAX_WANTED: u64 = 65_536;

    /// Descriptors reserved for other threads while a command is started with the low limit.
    const RESERVE: u64 = 128;

    /// The limits at the daemon's start and after raising; set once they differ.
    static RAISED: OnceLock<(Rlimit, Rlimit)> = OnceLock::new();

    /// Raises the soft limit up to the hard limit. Call it once, before the first command.
    pub fn raise() {
        let original = getrlimit(Resource::Nofile);
        let wanted = original
            .maximum
            .map_or(MAX_WANTED, |hard| hard.min(MAX_WANTED));
        if original.current.is_none_or(|soft| soft >= wanted) {
            return;
        }
        let raised = Rlimit {
            current: Some(wanted),
            maximum: original.maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => drop(RAISED.set((original, raised))),
            Err(error) => tracing::warn!(%error, "the limit of open files can't be raised"),
        }
    }

    /// The soft and the hard limit at the daemon's start; `None` when they were not raised.
    pub fn original() -> Option<(Option<u64>, Option<u64>)> {
        RAISED
            .get()
            .map(|(original, _)| (original.current, original.maximum))
    }

    /// Starts a process with the limit that the daemon was started with. `spawn` must not need a new descriptor, nor
    /// depend on the numbers of existing ones.
    pub fn start_with_original_limit(
        spawn: impl FnOnce() -> io::Result<Process>,
    ) -> io::Result<Process> {
        let Some((original, raised)) = RAISED.get() else {
            return spawn();
        };
        if fits_original_limit(original) {
            // The process inherits the limit, so the daemon itself has the low one for this moment.
            static LOCK: Mutex<()> = Mutex::new(());
            let guard = LOCK.lock();
            let lowered = setrlimit(Resource::Nofile, *original);
            let process = spawn();
            let restored = setrlimit(Resource::Nofile, *raised);
            drop(guard);
            if let Err(error) = lowered.and(restored) {
                tracing::warn!(%error, "the limit of open files can't be changed");
            }
            return process;
        }
        // Lowering the limit would leave other threads without descriptors. So the process gets it right after its
        // start.
        let process = spawn()?;
        // If the process has ended already, it does not matter.
        let _ = prlimit(Some(process.pid()), Resource::Nofile, *original);
        Ok(process)
    }

    /// Whether the daemon uses far fewer descriptors than the original limit. A new descriptor gets the lowest free
    /// number, which shows how many are in use.
    fn fits_original_limit(original: &Rlimit) -> bool {
        let lowest = File::open("/dev/null").map(|file| file.as_raw_fd().unsigned_abs());
        lowest.is_ok_and(|lowest| {
            original
                .current
                .is_some_and(|soft| u64::from(lowest) + RESERVE <= soft)
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Process, io};

    pub fn raise() {}

    pub fn original() -> Option<(Option<u64>, Option<u64>)> {
        None
    }

    pub fn start_with_original_limit(
        spawn: impl FnOnce() -> io::Result<Process>,
    ) -> io::Result<Process> {
        spawn()
    }
}

pub use system::raise;
pub(super) use system::{original, start_with_original_limit};
