//! Umask, priorities and resource limits.

use serde_json::Value;

use super::{BINARY, assert_failed, printed, run, with_accounts};
use crate::support::{Home, is_root, leave_out};

#[test]
fn umask_nice_and_ionice_of_the_job_are_set() {
    let home = Home::started();
    let show = "umask; nice; ionice -p $$; cut -d' ' -f2 /proc/self/stat | wc -l";
    let flags = ["--umask", "027", "--nice", "5", "--ionice", "best-effort:6"];
    assert_eq!(
        printed(&home, "flags", &flags, show),
        "0027\n5\nbest-effort: prio 6\n1\n"
    );
    let text = "【command】umask; nice; ionice -p $$\n【umask】077\n【nice】19\n【ionice】idle";
    assert_eq!(printed(&home, "text", &[], text), "0077\n19\nidle\n");
    if !is_root() {
        leave_out("only root can do this");
        return;
    }
    let flags = ["--nice", "-5", "--ionice", "realtime:2"];
    let show = "nice; ionice -p $$; cat /proc/self/autogroup 2>/dev/null | sed 's/.*nice //'";
    let out = printed(&home, "first", &flags, show);
    assert!(out.starts_with("-5\nrealtime: prio 2\n"), "{out}");
    // If the kernel groups processes by session, the group has the priority too.
    assert!(matches!(out.lines().nth(2), None | Some("-5")), "{out}");
    for (flag, value) in [
        ("--umask", "9"),
        ("--nice", "20"),
        ("--ionice", "first"),
        ("--limit", "mem=1"),
    ] {
        home.jobs(&["add", "no", "--every", "1h", flag, value, "--", "true"])
            .fails(2)
            .says(&[flag.trim_start_matches('-'), value]);
    }
}

#[test]
fn limits_of_the_job_are_enforced() {
    let mut home = Home::new();
    // The soft and the hard limit; the daemon raises its own soft limit.
    home.launched_by(&["prlimit", "--nofile=256:4096", BINARY]);
    home.start();
    let show = "ulimit -Sn; ulimit -Hn; ulimit -t";
    for round in 0..20 {
        let name = format!("plain-{round}");
        let expected = "256\n4096\nunlimited\n";
        assert_eq!(printed(&home, &name, &[], show), expected, "{name}");
    }
    for (name, flags, expected) in [
        // The raised limit of the daemon is not inherited after a setup either.
        ("nice", &["--nice", "1"][..], "256\n4096\nunlimited\n"),
        ("files", &["--limit", "nofile=64"], "64\n64\nunlimited\n"),
        ("cpu", &["--limit", "cpu=1m"], "256\n4096\n60\n"),
    ] {
        assert_eq!(printed(&home, name, flags, show), expected, "{name}");
    }
    let hungry = "head -c 200M /dev/zero | tail > /dev/null";
    assert_eq!(run(&home, "much", &[], hungry)["status"], "success");
    let row = run(&home, "little", &["--limit", "mem=50M"], hungry);
    assert_eq!(row["status"], "failed", "{row}");
    // With so little memory not even a shell starts.
    let row = run(&home, "nothing", &["--limit", "mem=1M"], "true");
    assert_eq!(row["status"], "failed", "{row}");
    assert_ne!(row["error"], Value::Null);
    let row = run(&home, "busy", &["--limit", "cpu=1s"], "while :; do :; done");
    assert_failed(&row, "error", &["killed by signal 24 (SIGXCPU)"]);
    assert_eq!(row["exit_code"], 152);
    let row = run(
        &home,
        "deaf",
        &["--limit", "cpu=1s"],
        "trap '' XCPU; while :; do :; done",
    );
    assert_failed(&row, "error", &["killed by signal 9 (SIGKILL)"]);

    // More than the hard limit of the daemon: root may raise it, except in some containers.
    let row = run(&home, "more", &["--limit", "nofile=8192"], "ulimit -n");
    match row["status"].as_str() {
        Some("success") => assert_eq!(row["stdout"], "8192\n"),
        _ => assert_failed(
            &row,
            "stderr",
            &["nofile=8192", "more than the limit of the daemon", "4096"],
        ),
    }
}

#[test]
fn nproc_limit_is_enforced_or_reported() {
    let Some(home) = with_accounts(&[]) else {
        return;
    };
    let many = "trap 'kill $all; wait' EXIT; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 60 & all=\"$all $!\"; done; echo all";
    let row = run(
        &home,
        "worker",
        &["--user", "worker", "--limit", "nproc=5"],
        many,
    );
    assert_ne!(row["stdout"], "all\n", "{row}");
    assert!(row["stderr"].as_str().unwrap().contains("fork"), "{row}");
    // For root only a cgroup enforces the limit.
    let row = run(&home, "root", &["--limit", "nproc=5"], many);
    assert_eq!(row["status"], "failed", "{row}");
    let told = row["stderr"].as_str().unwrap();
    assert!(
        told.contains("fork") || told.contains("does not apply it to root"),
        "{row}"
    );
    assert_ne!(row["stdout"], "all\n");
}
