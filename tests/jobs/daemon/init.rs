//! The daemon as the first process of a container.

use crate::support::{Home, is_alive, leave_out, signal, until};

/// A home with a daemon in a pid namespace of its own; `None` where none can be made.
fn contained() -> Option<Home> {
    let mut home = Home::new();
    let probe = std::process::Command::new("unshare")
        .args(["--pid", "--fork", "--mount", "true"])
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        leave_out("only root can make a pid namespace");
        return None;
    }
    home.write(
        "config.yaml",
        "daemon:\n  stop_grace: 0\njobs:\n  kill_grace: 1\n",
    );
    home.launched_by(&[
        "unshare",
        "--pid",
        "--fork",
        "--mount",
        "sh",
        "-c",
        "mount -t proc proc /proc; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_jobs"),
    ]);
    home.start();
    Some(home)
}

/// The children of a process, each as its pid and its state.
fn children(pid: &str) -> Vec<(String, String)> {
    let listed = std::process::Command::new("ps")
        .args(["--ppid", pid.trim(), "-o", "pid=,stat="])
        .output()
        .unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(pid, state)| (pid.to_string(), state.trim().to_string()))
        .collect()
}

#[test]
fn first_process_reaps_orphans_and_passes_signals_on() {
    let Some(home) = contained() else { return };
    let unshare = home.pid().to_string();
    let first = children(&unshare).pop().unwrap().0;
    let daemon = children(&first).first().unwrap().0.clone();
    home.add(&[
        "orphan", "--every", "1h", "--timeout", "0", "--",
        "sh -c 'setsid sleep 0.1 & setsid sleep 0.2 &'; setsid sh -c 'exec sleep 0.3' > /dev/null 2>&1 &",
    ]);
    for _ in 0..3 {
        home.ended(home.run("orphan"));
    }
    until(
        "no orphan is left, neither running nor waiting to be reaped",
        || (children(&first).len() == 1).then_some(()),
    );
    home.write("config.yaml", "app:\n  name: renamed\n");
    signal(first.parse().unwrap(), "HUP");
    until("the configuration was read again", || {
        (home.jobs(&["status", "--json"]).json()["name"] == "renamed").then_some(())
    });
    signal(first.parse().unwrap(), "TERM");
    until("both have ended", || {
        (!is_alive(&daemon) && !is_alive(&first)).then_some(())
    });
    assert!(home.system_log().contains("the daemon has ended"));
}

#[test]
fn first_process_ends_with_its_daemon() {
    let Some(home) = contained() else { return };
    let first = children(&home.pid().to_string()).pop().unwrap().0;
    let daemon = children(&first).first().unwrap().0.clone();
    signal(daemon.parse().unwrap(), "KILL");
    let unshare = home.pid().to_string();
    until("both have ended", || {
        (!is_alive(&first) && !is_alive(&unshare)).then_some(())
    });
}
