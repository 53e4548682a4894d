//! `jobs reload` and SIGHUP.

use crate::support::{Home, signal, until};

#[test]
fn reload_applies_valid_settings_and_keeps_the_old_ones_on_error() {
    let home = Home::with_config("jobs:\n  default_timeout_seconds: 7\n");
    let note = |name: &str| {
        home.jobs(&["add", name, "--every", "1h", "--", "true"])
            .ok()
            .stderr
    };
    assert!(note("a").contains("after 7 s"));
    home.write("config.yaml", "jobs:\n  default_timeout_seconds: 8\n");
    home.jobs(&["reload"]).ok();
    assert!(note("b").contains("after 8 s"));
    home.write("config.yaml", "jobs:\n  default_timeout_seconds: 9\n");
    signal(home.pid(), "HUP");
    until("SIGHUP is heard", || {
        home.system_log().matches("read again").next().map(drop)
    });
    assert!(note("c").contains("after 9 s"));
    home.write("config.yaml", "jobs:\n  default_timeout_seconds: soon\n");
    home.jobs(&["reload"])
        .fails(2)
        .says(&["default_timeout_seconds", "soon"]);
    assert!(note("d").contains("after 9 s"));
}

#[test]
fn reload_applies_to_running_and_queued_executions() {
    let home = Home::with_config(
        "app:\n  name: one\njobs:\n  max_concurrent: 1\n  kill_grace: 1\njob_log_keep_count: 100\n",
    );
    home.add(&["idle", "--every", "1h", "--timeout", "0", "--", "true"]);
    for _ in 0..12 {
        home.ended(home.run("idle"));
    }
    home.add(&[
        "wait",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo $JOBS_EXEC_ID >> order; test -e go || sleep 600",
    ]);
    let ids: Vec<i64> = (0..4).map(|_| home.run("wait")).collect();
    let running = || {
        let rows = home.history("wait");
        rows.iter().filter(|row| row["status"] == "running").count()
    };
    until("one runs", || (running() == 1).then_some(()));
    home.write("config.yaml", "app:\n  name: two\njobs:\n  max_concurrent: 3\n  max_concurrent_per_job: 3\n  kill_grace: 1\njob_log_keep_count: 5\nlogs:\n  keep_days: 3\n");
    home.jobs(&["reload"])
        .ok()
        .says(&["`logs.keep_days`: changes with the next start only"]);
    until("three run", || (running() == 3).then_some(()));
    assert_eq!(home.execution(ids[3]).unwrap()["status"], "queued");
    until("the idle job's history keeps to the new limit", || {
        (home.history("idle").len() == 5).then_some(())
    });
    assert_eq!(home.jobs(&["status", "--json"]).ok().json()["name"], "two");
    home.jobs(&["stop", "wait", "--running"]).ok();
}

#[test]
fn zone_changed_by_reload_or_restart_moves_next_runs() {
    let mut home = Home::new();
    let zone = |home: &Home, name: &str| {
        home.write("config.yaml", &format!("jobs:\n  timezone: {name}\n"));
    };
    zone(&home, "Asia/Shanghai");
    home.start();
    home.add(&["a", "--cron", "0 2 1 1 *", "--timeout", "0", "--", "true"]);
    let ends_with = |home: &Home, offset: &str| {
        until("it is due at two in that zone", || {
            let next = home
                .jobs(&["next", "a", "--count", "1", "--json"])
                .ok()
                .json();
            let next = next[0].as_str().unwrap().to_string();
            next.ends_with(&format!("-01-01T02:00:00{offset}"))
                .then_some(())
        });
    };
    ends_with(&home, "+08:00");
    zone(&home, "Europe/Berlin");
    home.jobs(&["reload"]).ok();
    ends_with(&home, "+01:00");
    // Changed while the daemon is down, back to what it was at the first start.
    assert_eq!(home.terminate(), Some(0));
    zone(&home, "Asia/Shanghai");
    home.start();
    ends_with(&home, "+08:00");
}
