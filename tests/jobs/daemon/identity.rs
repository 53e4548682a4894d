//! A daemon ends its own processes only: not those of a daemon in another container, nor those of the daemon whose home was copied.

use std::process::Command;

use crate::support::{Home, is_alive, is_root, leave_out, until};

/// Adds a job that runs for long, runs it, and returns the pid of its command as the command sees it.
fn long_run(home: &Home, pid_file: &str) -> String {
    let path = home.path(pid_file);
    home.add(&[
        pid_file,
        "--every",
        "24h",
        "--timeout",
        "0",
        "--",
        &format!("echo $$ > {}; exec sleep 600", path.display()),
    ]);
    home.run(pid_file);
    until("the command has started", || {
        let text = std::fs::read_to_string(&path).ok()?;
        text.ends_with('\n').then(|| text.trim().to_string())
    })
}

fn status(home: &Home, exec_id: i64) -> String {
    home.execution(exec_id).unwrap()["status"]
        .as_str()
        .unwrap()
        .to_string()
}

#[test]
fn copy_of_a_live_home_leaves_the_processes_of_the_original() {
    let mut home = Home::started();
    let pid = long_run(&home, "long");
    let mut copy = Home::new();
    let copied = Command::new("cp")
        .arg("-a")
        .arg(home.path("data"))
        .arg(copy.path(""))
        .status()
        .unwrap();
    assert!(copied.success());
    copy.start();
    // Recovery is over before the daemon answers.
    assert_eq!(status(&copy, 1), "interrupted");
    assert!(is_alive(&pid));
    assert_eq!(status(&home, 1), "running");
    home.kill();
    assert!(is_alive(&pid));
    home.start();
    assert!(!is_alive(&pid), "the original ends its own process");
}

#[test]
fn daemon_of_a_container_keeps_its_processes() {
    if !is_root() {
        return leave_out("only root can make a mount namespace");
    }
    let mut host = Home::new();
    let mut inner = Home::new();
    // In the container, the home of the inner daemon has the path of the other one.
    let script = format!(
        "mount --bind {} {} && mount -t proc proc /proc && JOBS_HOME={} exec {} \"$@\"",
        inner.path("").display(),
        host.path("").display(),
        host.path("").display(),
        env!("CARGO_BIN_EXE_jobs")
    );
    inner.launched_by(&[
        "unshare",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount",
        "sh",
        "-c",
        &script,
        "sh",
    ]);
    inner.start();
    host.start();
    let socket = |home: &Home| home.jobs(&["status", "--json"]).json()["socket"].clone();
    assert_eq!(socket(&inner), socket(&host));
    for home in [&inner, &host] {
        home.add(&[
            "long",
            "--every",
            "24h",
            "--timeout",
            "0",
            "--",
            "exec sleep 600",
        ]);
        assert_eq!(home.run("long"), 1);
        assert_eq!(home.run("long"), 2);
    }
    until("all run", || {
        [&inner, &host]
            .iter()
            .all(|home| (1..=2).all(|id| status(home, id) == "running"))
            .then_some(())
    });
    host.jobs(&["cancel", "1"]).ok();
    assert_eq!(host.ended(1)["status"], "cancelled");
    host.kill();
    host.start();
    assert_eq!(status(&host, 2), "interrupted");
    for exec_id in 1..=2 {
        assert_eq!(status(&inner, exec_id), "running");
    }
    inner.jobs(&["cancel", "1"]).ok();
    assert_eq!(inner.ended(1)["status"], "cancelled");
    assert_eq!(status(&inner, 2), "running");
}
