//! How much history a job keeps.

use std::path::PathBuf;

use crate::support::{Home, leave_out, until};

#[test]
fn history_over_its_limit_keeps_the_last_failure() {
    let home = Home::with_config("job_log_keep_count: 5\n");
    home.add(&[
        "some",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "test -e ok",
    ]);
    let failed = home.run("some");
    home.ended(failed);
    home.write("ok", "");
    let runs: Vec<i64> = (0..12).map(|_| home.run("some")).collect();
    home.ended(runs[11]);
    let rows = until("it is pruned", || {
        Some(home.history("some")).filter(|rows| rows.len() == 6)
    });
    assert_eq!(rows[5]["exec_id"].as_i64(), Some(failed));
    assert_eq!(rows[0]["exec_id"].as_i64(), Some(runs[11]));
}

/// The library that lets a program see another time, if it is installed.
fn faketime() -> Option<PathBuf> {
    let libraries = std::fs::read_dir("/usr/lib").ok()?.flatten();
    libraries
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
}

#[test]
fn history_outlives_a_clock_that_is_years_ahead() {
    let Some(library) = faketime() else {
        leave_out("libfaketime is not installed");
        return;
    };
    let mut home = Home::new();
    let clock = home.write("clock", "+0");
    home.set_env("LD_PRELOAD", library.to_str().unwrap());
    home.set_env("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap());
    for name in [
        "FAKETIME_NO_CACHE",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "DONT_FAKE_MONOTONIC",
    ] {
        home.set_env(name, "1");
    }
    home.start();
    home.add(&["job", "--every", "1000h", "--timeout", "60", "--", "true"]);
    let precious = home.run("job");
    home.ended(precious);
    home.write("clock", "+3650d");
    // Each end of an execution is followed by a pass that deletes what is too old.
    let ahead = home.run("job");
    home.ended(ahead);
    until("the daemon says that the clock has jumped", || {
        home.system_log()
            .contains("nothing is deleted for its age")
            .then_some(())
    });
    // The same after a restart, although rows have the wrong time by now.
    assert_eq!(home.terminate(), Some(0));
    home.start();
    let again = home.run("job");
    home.ended(again);
    until("a pass is over", || {
        let warned = home
            .system_log()
            .matches("nothing is deleted for its age")
            .count();
        (warned >= 2).then_some(())
    });
    home.write("clock", "+0");
    assert!(home.execution(precious).is_some());
    home.jobs(&["audit", "--json"]).ok().shows(&["\"add\""]);
}
