//! `jobs health` and the state of the scheduler.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::result_of;
use crate::store::disk::SmallDisk;
use crate::support::{Home, leave_out, until};

#[test]
fn health_of_healthy_daemon_shows_usage() {
    let home = Home::started();
    let report = home.jobs(&["health", "--json"]).ok().json();
    assert_eq!(
        (&report["healthy"], &report["problems"]),
        (&json!(true), &json!([]))
    );
    for path in [
        "/memory/rss",
        "/memory/virtual",
        "/threads",
        "/timestamp",
        "/database/size_bytes",
    ] {
        assert!(
            report.pointer(path).unwrap().as_u64() > Some(0),
            "{path}: {report}"
        );
    }
    assert!(
        report["database"]["latency_ms"].as_f64() > Some(0.0),
        "{report}"
    );
    assert_eq!(report["database"]["ok"], true);
    assert_eq!(
        report["scheduler"],
        json!({"running": true, "paused": false, "lag_ms": 0, "trouble": null})
    );
    assert_eq!(report["server_port"], Value::Null);
    home.jobs(&["health"])
        .ok()
        .shows(&["healthy  yes", "memory", "a write takes"]);
    home.jobs(&["pause"]).ok();
    home.jobs(&["health"]).ok().shows(&["paused"]);
}

#[test]
fn health_with_full_disk_reports_it() {
    let mut home = Home::new();
    let Some(_disk) = SmallDisk::mount(&home, 2) else {
        leave_out("a file system can't be mounted here");
        return;
    };
    home.start();
    home.jobs(&["health"]).ok();
    let filler = home.path("data/filler");
    let filled = Command::new("sh")
        .args(["-c", "cat /dev/zero > \"$0\" 2>/dev/null"])
        .arg(&filler)
        .status()
        .unwrap();
    assert!(!filled.success(), "the disk is full");
    let report = until("it is told", || {
        let done = home.jobs(&["health", "--json"]);
        (done.code == 1).then(|| done.json())
    });
    assert_eq!(report["database"]["ok"], false, "{report}");
    assert!(
        report["database"]["error"]
            .as_str()
            .unwrap()
            .contains("full"),
        "{report}"
    );
    assert!(
        report["problems"][0].as_str().unwrap().contains("full"),
        "{report}"
    );
    home.jobs(&["health"])
        .fails(1)
        .says(&["full"])
        .shows(&["healthy  no", "can't be written"]);
    std::fs::remove_file(&filler).unwrap();
    until("it is well again", || {
        (home.jobs(&["health"]).code == 0).then_some(())
    });
}

#[test]
fn health_with_locked_database_answers_in_time() {
    let home = Home::started();
    let python = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); \
                  c.execute('begin exclusive'); print('locked', flush=True); sys.stdin.read()";
    let mut holder = Command::new("python3")
        .args(["-c", python])
        .arg(home.path("data/jobs.db"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = std::io::BufReader::new(holder.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    let begin = std::time::Instant::now();
    let report = home.jobs(&["health", "--json"]).fails(1).json();
    assert!(
        begin.elapsed() < Duration::from_secs(15),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(
        (&report["healthy"], &report["database"]["ok"]),
        (&json!(false), &json!(false))
    );
    assert!(
        report["problems"][0].as_str().unwrap().contains("database"),
        "{report}"
    );
    drop(holder.stdin.take());
    holder.wait().unwrap();
    until("it is well again", || {
        (home.jobs(&["health", "--json"]).code == 0).then_some(())
    });
}

#[test]
fn scheduler_view_lists_jobs_by_next_run() {
    let home = Home::started();
    home.add(&["later", "--every", "9h", "--", "true"]);
    home.add(&["sooner", "--every", "1h", "--", "true"]);
    home.add(&["boot", "--cron", "@reboot", "--", "true"]);
    home.add(&["stopped", "--every", "1h", "--stopped", "--", "true"]);
    home.add(&["resting", "--every", "1h", "--", "true"]);
    home.jobs(&["stop", "resting", "--until", "in 5h"]).ok();
    let ran = home.ended(home.run("later"));
    let view = result_of(&home, "scheduler", json!({}));
    let names: Vec<&str> = view["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["sooner", "later", "boot"], "{view}");
    assert_eq!(
        (&view["total_tasks"], &view["scheduler_running"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(view["tasks"][1]["prev_run"], ran["scheduled_at"]);
    assert_eq!(view["tasks"][0]["prev_run"], Value::Null);
    assert!(view["tasks"][0]["next_run"].is_string());
    assert_eq!(
        result_of(&home, "job_state", json!({})),
        json!({"num": 3, "state": true})
    );
    assert_eq!(
        result_of(&home, "job_status", json!({})),
        json!({"running": true, "task_count": 3})
    );
}
