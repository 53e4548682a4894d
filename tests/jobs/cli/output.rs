//! The output of the client: JSON, tables, and errors of its output.

use std::process::Stdio;

use crate::support::Home;

#[test]
fn json_output_contains_data_only() {
    let home = Home::started();
    let added = home
        .jobs(&[
            "add",
            "one",
            "--cron",
            "0 0 3 * * *",
            "--json",
            "--",
            "true",
        ])
        .ok()
        .says(&["warning"])
        .json();
    let list = home.jobs(&["list", "--json"]).ok().json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let keys = [
        "id",
        "name",
        "desc",
        "cron_expr",
        "mode",
        "command",
        "state",
        "allow_mode",
        "max_run_count",
        "run_count",
        "created_at",
        "updated_at",
        "timezone",
        "next_run",
    ];
    for key in keys {
        assert_eq!(list[0][key], added[key], "{key}");
        assert!(list[0].get(key).is_some(), "{key} is not there");
    }
    assert_eq!(
        (list[0]["state"].as_i64(), list[0]["allow_mode"].as_i64()),
        (Some(0), Some(0))
    );
    assert!(
        list[0]["next_run"]
            .as_str()
            .unwrap()
            .ends_with("T03:00:00+00:00")
    );
    for args in [
        &["show", "one"][..],
        &["edit", "one", "--desc", "x"],
        &["status"],
        &["history"],
        &["logs", "one"],
        &["next", "one"],
        &["next", "@daily"],
        &["stop", "one"],
        &["restart", "one"],
        &["reload"],
        &["config", "show"],
        &["config", "check"],
        &["config", "path"],
        &["run", "one"],
        &["rm", "one"],
    ] {
        let mut all = args.to_vec();
        all.push("--json");
        home.jobs(&all).ok().json();
    }
}

#[test]
fn output_to_closed_pipe_succeeds_and_to_full_disk_fails() {
    let home = Home::started();
    for number in 0..50 {
        home.add(&[&format!("job-{number}"), "--every", "1h", "--", "true"]);
    }
    let mut child = home
        .command()
        .args(["list", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (Some(0), "")
    );
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = home
        .command()
        .args(["list", "--json"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"));
}

#[test]
fn list_on_a_terminal_fits_its_width() {
    let home = Home::started();
    home.add(&[
        "数据库备份任务",
        "--cron",
        "0 30 3 * * MON-FRI",
        "--tz",
        "Asia/Shanghai",
        "--",
        "/usr/local/bin/backup --full --to /mnt/backup",
    ]);
    home.add(&[
        "a-rather-long-name-for-a-job-that-tidies-up",
        "--every",
        "90s",
        "--",
        "true",
    ]);
    for (columns, limit) in [(80, 80), (200, 200)] {
        // script(1) gives it a terminal.
        let command = format!("stty cols {columns}; {} list", env!("CARGO_BIN_EXE_jobs"));
        let output = home.command().args(["--version"]).output().unwrap();
        assert!(output.status.success());
        let output = std::process::Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("JOBS_HOME", home.path(""))
            .env("TZ", "UTC")
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("数据库备份任务"), "{shown}");
        assert_eq!(shown.contains("WORK"), columns == 200, "{shown}");
        for line in shown.lines() {
            let width: usize = line
                .trim_end()
                .chars()
                .map(|c| if (c as u32) >= 0x2e80 { 2 } else { 1 })
                .sum();
            assert!(width <= limit, "{width} columns:\n{line}");
        }
        assert!(!shown.contains("\x1b["), "no colour was asked for");
    }
}
