//! How the process of a function ends when it is not by itself: what it tidies up, and whether time was up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

/// A file that must not outlive the process unfinished.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Whether it has failed because its time was up.
static TIME_WAS_UP: AtomicBool = AtomicBool::new(false);

/// Names a file that is to be removed when the process is ended from outside; nothing takes it back.
pub(super) fn removes(file: Option<PathBuf>) {
    *UNFINISHED.lock() = file;
}

/// The function gives up because its time is up.
pub(super) fn time_is_up() {
    TIME_WAS_UP.store(true, Ordering::Relaxed);
}

pub(super) fn time_was_up() -> bool {
    TIME_WAS_UP.load(Ordering::Relaxed)
}

/// From now on the process tidies up before SIGTERM ends it. For the process of a function only.
#[cfg(unix)]
pub(super) fn tidy_up_at_sigterm() -> std::io::Result<()> {
    use signal_hook::consts::SIGTERM;
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGTERM])?;
    std::thread::Builder::new()
        .name("sigterm".to_string())
        .spawn(move || {
            for signal in signals.forever() {
                let unfinished = UNFINISHED.lock().take();
                if let Some(file) = unfinished {
                    // It ends in any case; the next run finds what is left.
                    let _ = std::fs::remove_file(file);
                }
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        })
        .map(drop)
}
