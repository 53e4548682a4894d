//! What is typed, what is answered, and with which exit status.

use std::process::Stdio;

use crate::support::{Home, until};

#[test]
fn exit_statuses_are_what_the_manual_says() {
    let home = Home::new();
    home.jobs(&["list"]).fails(3).says(&["no daemon answers"]);
    home.jobs(&["next", "0 0 9 * * *"]).ok();
    home.jobs(&["frobnicate"]).fails(2);
    let home = Home::started();
    for args in [
        &["show", "nope"][..],
        &["run", "nope"],
        &["logs", "nope"],
        &["history", "nope"],
        &["rm", "nope"],
        &["next", "nope"],
        &["logs", "--exec", "9"],
    ] {
        home.jobs(args).fails(4).says(&["no such"]);
    }
    home.add(&["twin", "--every", "1h", "--", "true"]);
    home.jobs(&["add", "twin", "--every", "1h", "--", "true"])
        .fails(1)
        .says(&["`twin` is taken"]);
}

#[test]
fn what_will_not_do_names_the_field_and_shows_the_value() {
    let home = Home::started();
    for (args, parts) in [
        (
            &["add", "x", "--cron", "0 25 * * *", "--", "true"][..],
            &["hour", "`25`", "0-23", "^^"][..],
        ),
        (
            &["add", "x", "--cron", "0 0 0 1 1 ? 2027", "--", "true"],
            &["7 fields", "year"],
        ),
        (&["add", "x", "--every", "soon", "--", "true"], &["soon"]),
        (
            &[
                "add",
                "x",
                "--every",
                "1h",
                "--tz",
                "Europe/Berlinn",
                "--",
                "true",
            ],
            &["Berlinn", "Europe/Berlin"],
        ),
        (
            &["add", "x", "--every", "1h", "--env", "X", "--", "true"],
            &["env", "`X`", "K=V"],
        ),
        (
            &["add", "x", "--every", "1h", "--timeout", "-1", "--", "true"],
            &["timeout", "-1"],
        ),
        (
            &["add", "x", "--every", "1h", "--times", "5000", "--", "true"],
            &["times", "5000", "1000"],
        ),
        (
            &[
                "add",
                "x",
                "--every",
                "1h",
                "--url",
                "http://x/",
                "--mode",
                "command",
                "--",
                "true",
            ],
            &["url", "`command`"],
        ),
        (&["add", "x", "--every", "1h"], &["command", "missing"]),
        (&["add", "x", "--", "true"], &["--cron", "--every", "--at"]),
        (
            &[
                "add", "x", "--every", "1h", "--cron", "@daily", "--", "true",
            ],
            &["cannot be used with"],
        ),
        (
            &["add", "42", "--every", "1h", "--", "true"],
            &["name", "`42`", "digits"],
        ),
        (
            &["add", "x", "--every", "1h", "--", "【comand】true"],
            &["comand", "`workdir`"],
        ),
        (
            &[
                "add", "x", "--every", "1h", "--mode", "http", "--url", "ftp://x/",
            ],
            &["url", "`ftp://x/`"],
        ),
        (&["history", "-n", "0"], &["limit", "`0`", "1 to 500"]),
    ] {
        home.jobs(args).fails(2).says(parts);
    }
    assert_eq!(
        home.jobs(&["list", "--json"]).ok().json(),
        serde_json::json!([])
    );
}

#[test]
fn json_is_data_and_only_data() {
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
fn a_job_is_stopped_restarted_and_edited() {
    let home = Home::started();
    let id = home
        .add(&["one", "--cron", "0 0 3 * * *", "--", "true"])
        .to_string();
    home.jobs(&["stop", &id]).ok().shows(&["stopped `one`"]);
    assert_eq!(
        (
            home.show("one")["state"].as_i64(),
            home.show("one")["next_run"].as_str()
        ),
        (Some(2), None)
    );
    assert_eq!(
        home.jobs(&["list", "--json", "--state", "2"])
            .ok()
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    home.jobs(&["run", "one"]).ok();
    home.jobs(&["restart", "one"]).ok();
    assert_eq!(home.show("one")["state"].as_i64(), Some(0));
    home.jobs(&[
        "edit",
        "one",
        "--name",
        "two",
        "--cron",
        "30 4 * * *",
        "--tz",
        "Asia/Tokyo",
        "--timeout",
        "2m",
        "--overlap",
        "skip",
    ])
    .ok();
    let job = home.show("two");
    assert_eq!(job["command"], "【command】true\n【timeout】120");
    assert_eq!(
        (job["timezone"].as_str(), job["allow_mode"].as_i64()),
        (Some("Asia/Tokyo"), Some(1))
    );
    assert!(job["next_run"].as_str().unwrap().contains("T19:30:00"));
    home.jobs(&["edit", "two"])
        .fails(2)
        .says(&["nothing to change"]);
    home.jobs(&["edit", "two", "--name", "9"]).fails(2);
    home.add(&["held", "--every", "1h", "--stopped", "--", "true"]);
    assert_eq!(home.show("held")["state"].as_i64(), Some(2));
    let added = home
        .jobs(&[
            "add",
            "now",
            "--every",
            "1h",
            "--timeout",
            "0",
            "--now",
            "--",
            "true",
        ])
        .ok();
    added.shows(&["execution", "running"]);
}

#[test]
fn an_expression_needs_no_daemon() {
    let home = Home::new();
    let done = home
        .jobs(&[
            "next",
            "0 0 9 * * MON-FRI",
            "--tz",
            "Asia/Shanghai",
            "--from",
            "2026-11-27T00:00:00+08:00",
            "--count",
            "2",
            "--json",
        ])
        .ok();
    assert_eq!(
        done.json(),
        serde_json::json!(["2026-11-27T09:00:00+08:00", "2026-11-30T09:00:00+08:00"])
    );
    assert_eq!(
        home.jobs(&["next", "0 0 30 2 *", "--json"]).ok().json(),
        serde_json::json!([])
    );
    home.jobs(&["next", "* * *"]).fails(2);
    home.jobs(&["next", "@daily", "--tz", "Nowhere/City"])
        .fails(2)
        .says(&["Nowhere/City"]);
}

#[test]
fn a_closed_pipe_and_a_full_disk_are_told_apart() {
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
fn the_configuration_is_shown_checked_and_found() {
    let home = Home::new();
    let file = home.path("config.yaml").display().to_string();
    assert_eq!(home.jobs(&["config", "path"]).ok().stdout.trim(), file);
    home.jobs(&["config", "check"])
        .ok()
        .shows(&["does not exist"]);
    home.write(
        "config.yaml",
        "jobs:\n  kill_grace: 3\n  max_concurent: 4\n",
    );
    home.jobs(&["config", "check"]).fails(2).says(&[
        "jobs.max_concurent",
        "line 3",
        "max_concurrent",
    ]);
    home.write("config.yaml", "jobs:\n  kill_grace: 3\n");
    home.jobs(&["config", "check"]).ok().shows(&["will do"]);
    assert_eq!(
        home.jobs(&["config", "show", "--json"]).ok().json()["jobs"]["kill_grace"],
        3
    );
    let mut home = home;
    home.set_env("JOBS_JOBS_KILL_GRACE", "4");
    assert_eq!(
        home.jobs(&["config", "show", "--json"]).ok().json()["jobs"]["kill_grace"],
        4
    );
    home.set_env("JOBS_JOBS_KILL_GRACE", "often");
    home.jobs(&["config", "check"])
        .fails(2)
        .says(&["JOBS_JOBS_KILL_GRACE", "often"]);
}

#[test]
fn a_terminal_of_80_columns_is_enough_for_the_list() {
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
        assert_eq!(shown.contains("COMMAND"), columns == 200, "{shown}");
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

#[test]
fn what_can_not_be_done_is_refused_and_not_kept() {
    let home = Home::started();
    home.jobs(&[
        "add",
        "u",
        "--every",
        "1h",
        "--",
        "【command】id\n【user】no-such-account",
    ])
    .fails(2)
    .says(&["user: there is no account `no-such-account`"]);
    home.jobs(&[
        "add",
        "w",
        "--every",
        "1h",
        "--workdir",
        "tmp",
        "--",
        "true",
    ])
    .fails(2)
    .says(&["workdir: `tmp` is relative"]);
    home.jobs(&["add", "n", "--every", "-5m", "--", "true"])
        .fails(2)
        .says(&["every", "-5m"]);
    home.jobs(&["add", "n", "--every", "5m", "--times", "-1", "--", "true"])
        .fails(2)
        .says(&["--times", "-1"]);
    home.add(&["o", "--every", "1h", "--overlap", "1", "--", "true"]);
    assert_eq!(home.show("o")["allow_mode"], 1);
    home.jobs(&["list", "--name", "zzz"])
        .ok()
        .says(&["no such jobs"]);
    home.jobs(&["list", "--state", "waiting"])
        .ok()
        .shows(&["o "]);
    // A job whose time is past goes on when it gets another.
    home.add(&["once", "--at", "in 1s", "--timeout", "0", "--", "true"]);
    until("it has run", || {
        (home.show("once")["stopped"] == true).then_some(())
    });
    home.jobs(&["edit", "once", "--at", "in 1s"])
        .ok()
        .shows(&["next run"]);
    until("it has run again", || {
        (home.history("once").len() == 2).then_some(())
    });
}
