//! Databases of earlier releases (`tests/fixtures`): they open, keep all their data, and can be changed.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::Home;

/// The folders of the releases.
fn releases() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders: Vec<PathBuf> = std::fs::read_dir(fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    assert!(!folders.is_empty());
    folders
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A daemon of the present program on a copy of the database of a release. No retention rule deletes any of it.
fn opened(release: &Path) -> Home {
    let mut home = Home::new();
    copy(&release.join("data"), &home.path("data"));
    home.write(
        "config.yaml",
        "ip_control: {blacklist: [192.0.2.0/24]}
audit: {keep_days: 0}
job_log_keep_count: 0
jobs: {history_days: 0, history_max_bytes: 0}
",
    );
    home.start();
    home
}

/// The answers that the release gave.
fn expected(release: &Path) -> Value {
    let text = std::fs::read_to_string(release.join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Asserts that an answer has everything that is expected. It may have more fields.
#[track_caller]
fn assert_has(answer: &Value, expected: &Value, place: &str) {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => {
            for (key, expected) in expected {
                let place = format!("{place}.{key}");
                assert_has(answer.get(key).unwrap_or(&Value::Null), expected, &place);
            }
        }
        (Value::Array(answer), Value::Array(expected)) => {
            assert_eq!(answer.len(), expected.len(), "{place}");
            for (index, (answer, expected)) in answer.iter().zip(expected).enumerate() {
                assert_has(answer, expected, &format!("{place}[{index}]"));
            }
        }
        (Value::String(answer), Value::String(expected)) if is_cut_output(place, expected) => {
            // The end of a line whose beginning is lost is hidden: it may be the end of a secret.
            let (_, lines) = expected.split_once('\n').unwrap();
            assert_eq!(answer, &format!("***\n{lines}"), "{place}");
        }
        _ => assert_eq!(answer, expected, "{place}"),
    }
}

/// Whether a row holds only the end of the output.
fn is_cut_output(place: &str, output: &str) -> bool {
    (place.ends_with(".stdout") || place.ends_with(".stderr")) && output.len() >= 16 * 1024
}

#[test]
fn database_of_a_release_opens_with_all_its_data() {
    for release in releases() {
        let home = opened(&release);
        let expected = expected(&release);
        for (part, args) in [
            ("jobs", &["list"][..]),
            ("executions", &["history", "-n", "500"]),
            ("audit", &["audit", "-n", "500"]),
            ("accounts", &["admin", "list"]),
            ("tokens", &["token", "list"]),
            ("networks", &["ip", "status"]),
            ("status", &["status"]),
        ] {
            let answer = home.jobs(&[args, &["--json"]].concat()).ok().json();
            assert_has(&answer, &expected[part], part);
        }
        // The answers of the release hold what this test is about.
        let executions = expected["executions"].as_array().unwrap();
        for status in [
            "success",
            "failed",
            "timeout",
            "cancelled",
            "skipped",
            "missed",
            "interrupted",
            "queued",
        ] {
            let is_there = executions.iter().any(|row| row["status"] == status);
            assert!(is_there, "{status}");
        }
        // The transport of each change is recorded, under whichever name.
        let audit = home.jobs(&["audit", "-n", "500", "--json"]).ok().json();
        for (who, transport) in [("user root", "socket"), ("account ann", "http")] {
            let rows = audit.as_array().unwrap();
            let row = rows.iter().find(|row| row["who"] == who).unwrap();
            let mut values = row.as_object().unwrap().values();
            assert!(values.any(|value| value == transport), "{row}");
        }
        let lines: String = (1..=8_000).map(|line| format!("{line}\n")).collect();
        let large = executions.iter().find(|row| row["job_name"] == "large");
        let exec_id = large.unwrap()["exec_id"].to_string();
        assert_eq!(home.jobs(&["logs", "--exec", &exec_id]).ok().stdout, lines);
    }
}

#[test]
fn database_of_a_release_can_be_changed() {
    for release in releases() {
        let mut home = opened(&release);
        let expected = expected(&release);
        let count = |part: &str| expected[part].as_array().unwrap().len();
        // The accounts still log in, and a disabled one does not.
        let login = |name: &str| {
            let password = "correct horse battery";
            home.call("login", json!({"username": name, "password": password}))
        };
        assert_eq!(login("ann")["result"]["user"]["role"], "admin");
        assert_eq!(login("vic")["error"]["code"], 11);
        // Jobs of the release run, and new ones are added after them.
        let row = home.ended(home.run("environment"));
        assert_eq!(row["stdout"], "hello\nread me", "{row}");
        assert_eq!(home.ended(home.run("echo"))["status"], "success");
        let newest = expected["executions"][0]["exec_id"].as_i64().unwrap();
        assert_eq!(row["exec_id"].as_i64(), Some(newest + 1));
        home.add(&["new", "--every", "1h", "--", "true"]);
        home.jobs(&["edit", "backup", "--desc", "changed"]).ok();
        home.jobs(&["rm", "request"]).ok();
        home.jobs(&["resume"]).ok();
        assert_eq!(home.terminate(), Some(0));
        home.start();
        let jobs = home.jobs(&["list", "--json"]).ok().json();
        assert_eq!(jobs.as_array().unwrap().len(), count("jobs"));
        assert_eq!(home.show("backup")["desc"], "changed");
        let status = home.jobs(&["status", "--json"]).ok().json();
        assert_eq!(status["paused"], false);
        let audit = home.jobs(&["audit", "-n", "500", "--json"]).ok().json();
        assert_eq!(audit.as_array().unwrap().len(), count("audit") + 8);
        home.jobs(&["check"]).ok();
    }
}
