//! A daemon whose wall clock a test sets, by libfaketime.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::{Home, leave_out};

/// A home whose daemon and clients see a clock that the test sets.
pub struct SetClock {
    pub home: Home,
}

fn library() -> Option<PathBuf> {
    std::fs::read_dir("/usr/lib")
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path().join("faketime/libfaketimeMT.so.1");
            path.exists().then_some(path)
        })
        .next()
}

impl SetClock {
    /// Starts a daemon at this instant; `None` without libfaketime.
    pub fn started(at: &str) -> Option<SetClock> {
        SetClock::with_config(at, "")
    }

    /// The same with this configuration.
    pub fn with_config(at: &str, config: &str) -> Option<SetClock> {
        let Some(library) = library() else {
            leave_out("there is no libfaketime here");
            return None;
        };
        let mut clock = SetClock { home: Home::new() };
        if !config.is_empty() {
            clock.home.write("config.yaml", config);
        }
        clock.set(at);
        for (name, value) in [
            ("LD_PRELOAD", library.to_str().unwrap()),
            (
                "FAKETIME_TIMESTAMP_FILE",
                clock.home.path("clock").to_str().unwrap(),
            ),
            ("FAKETIME_NO_CACHE", "1"),
            // Only the wall clock is set, as with `date`; the monotonic clock is unchanged.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ] {
            clock.home.set_env(name, value);
        }
        clock.home.start();
        Some(clock)
    }

    /// Sets the clock.
    pub fn set(&self, to: &str) {
        let wanted: jiff::Timestamp = to.parse().unwrap();
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let offset = wanted.as_second() - i64::try_from(real.as_secs()).unwrap();
        // In one step: the daemon must never read a half-written file.
        let new = self.home.write("clock.new", &format!("{offset:+}\n"));
        std::fs::rename(new, self.home.path("clock")).unwrap();
    }
}
