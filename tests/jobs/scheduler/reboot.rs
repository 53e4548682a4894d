//! `@reboot` jobs: they run again when the end of the daemon has cut them short.

use crate::support::{Home, until};

/// The sources and states of the executions of a job, the newest first.
fn runs(home: &Home, job: &str) -> Vec<String> {
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_string();
    let rows = home.history(job);
    rows.iter()
        .map(|row| format!("{} {}", text(row, "source"), text(row, "status")))
        .collect()
}

#[test]
fn reboot_job_that_was_cut_short_starts_again() {
    let mut home = Home::with_config("daemon:\n  stop_grace: 0\njobs:\n  kill_grace: 1\n");
    for name in ["app", "done", "cancelled", "stopped"] {
        home.add(&[
            name,
            "--cron",
            "@reboot",
            "--timeout",
            "0",
            "--",
            "exec sleep 600",
        ]);
    }
    home.add(&[
        "timed",
        "--cron",
        "@daily",
        "--timeout",
        "0",
        "--",
        "exec sleep 600",
    ]);
    home.jobs(&["edit", "done", "--", "true"]).ok();
    home.ended(home.run("done"));
    home.run("app");
    home.run("timed");
    let cancelled = home.run("cancelled");
    home.jobs(&["cancel", &cancelled.to_string()]).ok();
    home.run("stopped");
    home.jobs(&["stop", "stopped"]).ok();
    assert_eq!(home.terminate(), Some(0));
    home.start();
    let expected = ["reboot running", "manual interrupted"];
    until("it runs again", || {
        (runs(&home, "app") == expected).then_some(())
    });
    home.kill();
    home.start();
    let expected = ["reboot running", "reboot interrupted", "manual interrupted"];
    until("it runs again", || {
        (runs(&home, "app") == expected).then_some(())
    });
    assert_eq!(runs(&home, "done"), ["manual success"]);
    assert_eq!(runs(&home, "cancelled"), ["manual cancelled"]);
    assert_eq!(runs(&home, "timed"), ["manual interrupted"]);
    assert_eq!(home.history("stopped").len(), 1);
}
