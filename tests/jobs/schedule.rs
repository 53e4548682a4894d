//! `jobs next` and `jobs explain`: expressions, without a daemon.

use serde_json::{Value, json};

use crate::support::Home;

#[test]
fn next_without_daemon_prints_instants() {
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
fn next_with_zone_prints_instants_and_errors() {
    let home = Home::new();
    let next = |args: &[&str]| {
        let mut all = vec!["next", "--json", "--from", "2026-03-07T12:00:00-05:00"];
        all.extend(args);
        home.jobs(&all).ok().json()
    };
    assert_eq!(
        next(&["30 2 * * *", "--tz", "America/New_York", "--count", "2"]),
        json!(["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"])
    );
    assert_eq!(
        next(&["@daily", "--tz", "UTC", "--until", "2026-03-09T00:00:00Z"]),
        json!(["2026-03-08T00:00:00+00:00", "2026-03-09T00:00:00+00:00"])
    );
    assert_eq!(next(&["0 0 30 2 *"]), json!([]));
    assert_eq!(
        next(&[
            "H H * * *",
            "--name",
            "backup",
            "--tz",
            "UTC",
            "--count",
            "1"
        ]),
        next(&[
            "H H * * *",
            "--name",
            "backup",
            "--tz",
            "UTC",
            "--count",
            "1"
        ])
    );
    home.jobs(&["next", "0 0 25 * * *", "--json"])
        .fails(2)
        .says(&[r#"{"error":"hour field: `25` is out of range 0-23\n0 0 25 * * *\n    ^^"#]);
    home.jobs(&["next", "0 0 * * FRI-MON"])
        .fails(2)
        .says(&["^^^^^^^", "hint: did you mean FRI-SUN,MON?"]);
    home.jobs(&["next", "H H * * *"]).fails(2).says(&["--name"]);
    home.jobs(&["next", "@daily", "--tz", "Asia/Shangai"])
        .fails(2)
        .says(&["`Asia/Shangai`", "did you mean `Asia/Shanghai`?"]);
    home.jobs(&[
        "next",
        "30 2 * * *",
        "--tz",
        "America/New_York",
        "--from",
        "2026-03-07T12:00:00-05:00",
    ])
    .ok()
    .shows(&[
        "America/New_York",
        "2026-03-08 07:00:00",
        "runs in place of 02:30:00, which the clock skips",
    ]);
    home.jobs(&["--version"]).ok().shows(&["time zones: "]);
}

#[test]
fn next_batch_answers_each_line() {
    let home = Home::new();
    let lines = [
        r#"{"expr":"@daily","tz":"UTC","from":"2026-01-01T00:00:00Z","count":2}"#,
        "nonsense",
        "",
        r#"{"expr":"0 0 25 * * *"}"#,
        r#"{"expr":"0 0 30 2 *"}"#,
        r#"{"expr":"@daily","count":0}"#,
        r#"{"expr":"@daily","colour":"red"}"#,
        r#"{"expr":"@daily","tz":"Asia/Shanghai","from":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"}"#,
    ];
    let done = home.jobs_reading(&["next", "--batch", "--json"], &lines.join("\n"));
    let answers: Vec<Value> = done
        .ok()
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 7);
    assert_eq!(
        answers[0],
        json!({"next": ["2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00"]})
    );
    for (index, part) in [(1, "line"), (2, "hour field"), (4, "count"), (5, "colour")] {
        assert!(
            answers[index]["error"].as_str().unwrap().contains(part),
            "{}",
            answers[index]
        );
    }
    assert_eq!(answers[3], json!({"next": []}));
    assert_eq!(answers[6], json!({"next": ["2026-01-02T00:00:00+08:00"]}));
    let long = format!(
        "{}\n{{\"expr\":\"0 0 30 2 *\"}}\n",
        "x".repeat(2 * 1024 * 1024)
    );
    let done = home
        .jobs_reading(&["next", "--batch", "--json"], &long)
        .ok();
    assert!(done.stdout.contains("error") && done.stdout.ends_with("{\"next\":[]}\n"));
}

#[test]
fn explain_describes_in_english_and_chinese() {
    let mut home = Home::new();
    home.jobs(&["explain", "*/7 9-17 * * MON-FRI"])
        .ok()
        .shows(&[
            "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 from 09:00 to 17:59 every day from Monday to Friday",
            "0 */7 9-17 * * 1-5",
            "warning: `*/7` in the minute field makes uneven gaps",
        ]);
    let explained = home
        .jobs(&[
            "explain",
            "30 2 13 * FRI",
            "--tz",
            "America/New_York",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(explained["canonical"], "0 30 2 13 * 5");
    assert_eq!(explained["next"].as_array().unwrap().len(), 5);
    assert!(
        explained["warnings"]
            .to_string()
            .contains("both day fields")
    );
    home.jobs(&["explain", "* */5 * * * *"])
        .ok()
        .shows(&["60 times"]);
    home.jobs(&["explain", "0 0 30 2 *"])
        .ok()
        .shows(&["never", "never runs"]);
    home.jobs(&["explain", "30 2 * * *", "--tz", "America/New_York"])
        .ok()
        .shows(&["skips 02:30:00", "the job runs at 03:00:00"]);
    home.jobs(&["explain", "30 3 * * 1", "--lang", "zh"])
        .ok()
        .shows(&["每周一 03:30", "规范形式"]);
    home.set_env("LANG", "zh_CN.UTF-8");
    home.jobs(&["explain", "0 0 25 * * *"]).fails(2);
    home.jobs(&["explain", "30 3 1,L * *"])
        .ok()
        .shows(&["每月 1 日、最后一天 03:30"]);
    home.jobs(&["explain", "30 3 * * 1", "--lang", "en"])
        .ok()
        .shows(&["every Monday"]);
}
