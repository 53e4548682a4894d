//! Kinds of schedules: each second, several in one job, one-off, jitter, `H`.

use serde_json::{Value, json};

use super::result_of;
use crate::support::{Home, is_over, until};

#[test]
fn job_of_each_second_runs_on_time_and_is_recorded() {
    let home = Home::started();
    home.add(&[
        "tick",
        "--cron",
        "* * * * * *",
        "--timeout",
        "5",
        "--",
        "echo hi; echo oh >&2; exit 3",
    ]);
    let rows = until("three runs", || {
        Some(home.history("tick"))
            .filter(|rows| rows.iter().filter(|row| is_over(row)).count() >= 3)
    });
    let mut instants: Vec<&str> = rows
        .iter()
        .map(|row| row["scheduled_at"].as_str().unwrap())
        .collect();
    instants.sort_unstable();
    let before = instants.len();
    instants.dedup();
    assert_eq!(instants.len(), before, "an instant fired twice");
    let row = rows.iter().find(|row| is_over(row)).unwrap();
    for (key, value) in [
        ("status", "failed"),
        ("source", "cron"),
        ("stdout", "hi\n"),
        ("stderr", "oh\n"),
        ("error", "exit status 3"),
    ] {
        assert_eq!(row[key], value, "{row}");
    }
    assert_eq!(row["exit_code"], 3);
    assert!(
        row["duration_ms"].is_i64()
            && row["cpu_ms"].is_i64()
            && row["max_rss_bytes"].as_i64() > Some(0)
    );
}

#[test]
fn job_with_several_schedules_runs_once_per_instant() {
    let home = Home::started();
    home.add(&[
        "two",
        "--cron",
        "0 5 * * *",
        "--cron",
        "30 17 * * MON-FRI",
        "--",
        "true",
    ]);
    assert_eq!(
        home.show("two")["cron_expr"],
        "0 5 * * *; 30 17 * * MON-FRI"
    );
    let added = result_of(
        &home,
        "add",
        json!({"name": "list", "cron_expr": ["@daily", "0 12 * * *"], "command": "true"}),
    );
    assert_eq!(added["job"]["cron_expr"], "@daily; 0 12 * * *");
    let added = result_of(
        &home,
        "add",
        json!({"name": "text", "cron_expr": "@daily;0 12 * * *", "command": "true"}),
    );
    assert_eq!(added["job"]["cron_expr"], "@daily;0 12 * * *");
    home.jobs(&[
        "add",
        "bad",
        "--cron",
        "@daily",
        "--cron",
        "0 25 * * *",
        "--",
        "true",
    ])
    .fails(2)
    .says(&["@daily; 0 25 * * *\n          ^^"]);
    // Both schedules are due each second, but there is one execution per instant.
    home.add(&[
        "often",
        "--cron",
        "* * * * * *",
        "--cron",
        "*/1 * * * * *",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    let rows = until("it has run", || {
        Some(home.history("often")).filter(|rows| rows.len() > 3)
    });
    let mut instants: Vec<&str> = rows
        .iter()
        .map(|row| row["scheduled_at"].as_str().unwrap())
        .collect();
    instants.dedup();
    assert_eq!(instants.len(), rows.len());
}

#[test]
fn one_off_time_is_read_from_words() {
    let home = Home::started();
    for (name, at) in [
        ("soon", "in 1s"),
        ("date", "2099-12-01 10:00"),
        ("tomorrow", "tomorrow 9:00"),
    ] {
        home.add(&[
            name,
            "--at",
            at,
            "--tz",
            "Asia/Shanghai",
            "--timeout",
            "0",
            "--",
            "true",
        ]);
    }
    assert_eq!(
        home.show("date")["cron_expr"],
        "@at 2099-12-01T10:00:00+08:00"
    );
    assert!(
        home.show("tomorrow")["cron_expr"]
            .as_str()
            .unwrap()
            .ends_with("T09:00:00+08:00")
    );
    let once = until("it has run", || {
        home.history("soon")
            .pop()
            .filter(|row| row["status"] == "success")
    });
    assert_eq!(once["source"], "cron");
    let after = home.show("soon");
    assert_eq!(
        (&after["stopped"], &after["state"], &after["next_run"]),
        (&json!(true), &json!(2), &Value::Null)
    );
    home.jobs(&["restart", "soon"])
        .fails(1)
        .says(&["is past", "--at"]);
    home.jobs(&["add", "late", "--at", "2020-01-01 10:00", "--", "true"])
        .fails(2)
        .says(&["at: ", "which is past"]);
    home.jobs(&["add", "odd", "--at", "some day", "--", "true"])
        .fails(2)
        .says(&["at: `some day`", "tomorrow 9:00"]);
}

#[test]
fn jitter_delays_and_h_follows_the_name() {
    let home = Home::started();
    home.add(&[
        "jitter",
        "--cron",
        "0 0 * * *",
        "--tz",
        "UTC",
        "--jitter",
        "6h",
        "--",
        "true",
    ]);
    let shown = home.show("jitter");
    assert_eq!(shown["jitter"], 21_600);
    home.jobs(&["show", "jitter"])
        .ok()
        .shows(&["jitter  up to 6 h"]);
    let first = home
        .jobs(&["next", "jitter", "--json", "--count", "1"])
        .ok()
        .json()[0]
        .clone();
    assert_eq!(first, shown["next_run"], "the delay is drawn once");
    home.add(&[
        "short",
        "--every",
        "1s",
        "--jitter",
        "1m",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    let rows = until("it has run", || {
        Some(home.history("short")).filter(|rows| rows.len() > 5)
    });
    for row in &rows {
        assert!(row["jitter_ms"].as_i64().unwrap_or(0) < 1_000, "{row}");
    }
    home.jobs(&["history", "short", "-n", "5"])
        .ok()
        .shows(&[" ms"]);
    // `H` depends on the name, and follows a new name.
    home.add(&[
        "backup",
        "--cron",
        "H H(1-5) * * *",
        "--tz",
        "UTC",
        "--",
        "true",
    ]);
    assert_eq!(home.show("backup")["cron_expr"], "H H(1-5) * * *");
    let of_name = |name: &str| {
        home.jobs(&[
            "next",
            "H H(1-5) * * *",
            "--tz",
            "UTC",
            "--name",
            name,
            "--json",
            "--count",
            "1",
        ])
        .ok()
        .json()[0]
            .clone()
    };
    assert_eq!(home.show("backup")["next_run"], of_name("backup"));
    home.jobs(&["edit", "backup", "--name", "restore"]).ok();
    assert_eq!(home.show("restore")["next_run"], of_name("restore"));
    assert_ne!(of_name("backup"), of_name("restore"));
}

#[test]
fn many_jobs_at_one_second_give_a_warning() {
    let home = Home::started();
    for number in 0..10 {
        home.add(&[
            &format!("job {number}"),
            "--cron",
            "0 3 * * *",
            "--timeout",
            "0",
            "--",
            "true",
        ]);
    }
    home.jobs(&[
        "add",
        "one more",
        "--cron",
        "0 3 * * *",
        "--timeout",
        "0",
        "--",
        "true",
    ])
    .ok()
    .says(&[
        "10 other jobs are also due at 03:00:00",
        "` is less crowded",
        "`H`",
    ]);
    let done = home.jobs_reading(&["import", "crontab", "-"], "0 3 * * * echo imported\n");
    done.ok().shows(&["11 other jobs are also due at 03:00:00"]);
    let warnings = home
        .jobs(&[
            "add",
            "elsewhere",
            "--cron",
            "17 3 * * *",
            "--timeout",
            "0",
            "--",
            "true",
        ])
        .ok()
        .stderr;
    assert!(!warnings.contains("other jobs"), "{warnings}");
}
