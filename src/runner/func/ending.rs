//! State for the end of a function's process: the file to remove on SIGTERM, and whether the time was up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// A file that is removed if the process is ended before the file is finished.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Whether the function failed because its time was up.
static TIMED_OUT: AtomicBool = AtomicBool::new(false);

/// Sets the file that is removed when the process gets SIGTERM; `None` clears it.
pub(super) fn set_unfinished(file: Option<PathBuf>) {
    *UNFINISHED.lock() = file;
}

/// Records that the function gives up because its time is up.
pub(super) fn set_timed_out() {
    TIMED_OUT.store(true, Ordering::Relaxed);
}

/// Whether the function has recorded a timeout.
pub(super) fn has_timed_out() -> bool {
    TIMED_OUT.load(Ordering::Relaxed)
}

/// Starts a thread that removes the unfinished file before SIGTERM ends the process. Only for the process of a
/// function.
#[cfg(unix)]
pub(super) fn remove_file_on_sigterm() -> std::io::Result<()> {
    use signal_hook::consts::SIGTERM;
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGTERM])?;
    std::thread::Builder::new()
        .name("sigterm".to_string())
        .spawn(move || {
            for signal in signals.forever() {
                let unfinished = UNFINISHED.lock().take();
                if let Some(file) = unfinished {
                    // The process ends in any case; the next run finds the file if it is left.
                    let _ = std::fs::remove_file(file);
                }
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        })
        .map(drop)
}
