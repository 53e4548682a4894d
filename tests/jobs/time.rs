//! When: next, explain, several schedules, limits in time, stops for a time, skips, jitter, H.

use serde_json::{Value, json};

use crate::support::{Home, until};

/// Calls an operation and returns its result.
#[track_caller]
fn result(home: &Home, method: &str, params: Value) -> Value {
    let answer = home.call(method, params);
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

#[test]
fn the_next_runs_of_an_expression_need_no_daemon() {
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
        .says(&["error: hour field: `25` is out of range 0-23\n0 0 25 * * *\n    ^^"]);
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
        "stands for 02:30:00, which the clock skips",
    ]);
    home.jobs(&["--version"]).ok().shows(&["time zones: "]);
}

#[test]
fn a_batch_answers_line_by_line() {
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
fn an_expression_is_explained_in_two_languages() {
    let mut home = Home::new();
    home.jobs(&["explain", "*/7 9-17 * * MON-FRI"])
        .ok()
        .shows(&[
            "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 from 09:00 to 17:59 every day from Monday to Friday",
            "0 */7 9-17 * * 1-5",
            "warning: `*/7` in the minute field is uneven",
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
        .shows(&["warning: 02:30:00 does not exist on", "it runs at 03:00:00"]);
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

#[test]
fn several_schedules_are_one_job() {
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
    let added = result(
        &home,
        "add",
        json!({"name": "list", "cron_expr": ["@daily", "0 12 * * *"], "command": "true"}),
    );
    assert_eq!(added["job"]["cron_expr"], "@daily; 0 12 * * *");
    let added = result(
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
    // Both are due each second: one execution per instant.
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
fn a_one_off_is_given_in_the_words_of_people() {
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
fn limits_in_time_a_stop_for_a_time_and_skips() {
    let home = Home::started();
    home.add(&[
        "limits",
        "--cron",
        "0 0 * * *",
        "--tz",
        "UTC",
        "--start",
        "2099-06-01 12:00",
        "--end",
        "2099-06-03",
        "--",
        "true",
    ]);
    let next = |job: &str| home.jobs(&["next", job, "--json"]).ok().json();
    assert_eq!(
        next("limits"),
        json!(["2099-06-02T00:00:00+00:00", "2099-06-03T00:00:00+00:00"])
    );
    let shown = home.show("limits");
    assert_eq!(shown["start_at"], "2099-06-01T12:00:00+00:00");
    home.jobs(&["show", "limits"])
        .ok()
        .shows(&["start  2099-06-01 12:00:00", "end  2099-06-03"]);
    home.jobs(&["edit", "limits", "--end", ""]).ok();
    assert_eq!(next("limits").as_array().unwrap().len(), 5);
    home.jobs(&["edit", "limits", "--end", "2099-05-01"])
        .fails(2)
        .says(&["end_at", "before its start"]);
    home.jobs(&["edit", "limits", "--end", "2001-05-01", "--start", ""])
        .fails(2)
        .says(&["end_at", "is past"]);

    home.add(&["pause", "--cron", "0 0 * * *", "--tz", "UTC", "--", "true"]);
    home.jobs(&["stop", "pause", "--until", "2099-06-01 12:00"])
        .ok()
        .shows(&["stopped `pause` until 2099-06-01 12:00:00"]);
    let paused = home.show("pause");
    assert_eq!(
        (&paused["state"], &paused["next_run"]),
        (&json!(2), &json!("2099-06-02T00:00:00+00:00"))
    );
    home.jobs(&["show", "pause"])
        .ok()
        .shows(&["stopped until  2099-06-01"]);
    assert_eq!(home.jobs(&["status", "--json"]).ok().json()["stopped"], 1);
    home.jobs(&["restart", "pause"]).ok();
    assert_eq!(
        (
            &home.show("pause")["state"],
            &home.show("pause")["stopped_until"]
        ),
        (&json!(0), &Value::Null)
    );
    home.jobs(&["stop", "pause", "--until", "2001-01-01"])
        .fails(2)
        .says(&["until: `2001-01-01 00:00:00` is past"]);
    home.jobs(&["stop", "pause", "--until", "whenever"])
        .fails(2)
        .says(&["until: `whenever`"]);

    // For real: stopped for two seconds, then skipped twice.
    home.add(&[
        "beat",
        "--cron",
        "* * * * * *",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    home.jobs(&["stop", "beat", "--until", "in 2s"]).ok();
    let of = |status: &str| {
        let rows = home.history("beat");
        rows.into_iter()
            .filter(|row| row["status"] == status)
            .collect::<Vec<_>>()
    };
    until("it goes on by itself", || {
        (!of("success").is_empty()).then_some(())
    });
    let left_out = of("skipped");
    assert!(
        left_out[0]["error"]
            .as_str()
            .unwrap()
            .contains("stopped it for a time"),
        "{left_out:?}"
    );
    assert!(left_out[0]["count"].as_i64().unwrap() >= 1);
    home.jobs(&["skip", "beat", "2"])
        .ok()
        .shows(&["the next 2 occurrences of `beat` will be skipped"]);
    until("two are skipped", || {
        let count = of("skipped")
            .iter()
            .filter(|row| row["error"] == "an operator asked to skip it")
            .map(|row| row["count"].as_i64().unwrap())
            .sum::<i64>();
        (count == 2).then_some(())
    });
    assert_eq!(home.show("beat")["skip_next"], 0);
    home.jobs(&["skip", "pause", "3"]).ok();
    home.jobs(&["next", "pause", "--count", "4"])
        .ok()
        .shows(&["will be skipped"]);
    home.jobs(&["skip", "pause", "0"])
        .ok()
        .shows(&["no occurrence"]);
    home.jobs(&["stop", "pause"]).ok();
    home.jobs(&["skip", "pause"])
        .fails(1)
        .says(&["has no next run"]);
}

#[test]
fn jitter_delays_and_h_spreads() {
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
    // The minute is the name's, and it follows a new name.
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
fn many_jobs_at_the_same_second_are_told() {
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
        "10 other jobs are due at 03:00:00 too",
        "` is less crowded",
        "`H`",
    ]);
    let done = home.jobs_reading(&["import", "crontab", "-"], "0 3 * * * echo imported\n");
    done.ok().shows(&["11 other jobs are due at 03:00:00 too"]);
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

#[test]
fn nothing_that_waits_or_is_left_out_gets_lost() {
    let mut home = Home::started();
    // An occurrence that waits out its delay survives what is changed of the job meanwhile.
    home.add(&[
        "late",
        "--cron",
        "* * * * * *",
        "--jitter",
        "1",
        "--stopped",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    home.add(&[
        "once",
        "--at",
        "in 1s",
        "--jitter",
        "1h",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    let due = |job: &str| home.show(job)["next_run"].clone();
    let planned = due("once");
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    home.jobs(&["edit", "once", "--name", "one-off"]).ok();
    assert_eq!(due("one-off"), planned, "it is still to come");
    home.jobs(&["restart", "one-off"]).ok();
    assert_eq!(due("one-off"), planned);
    // A pause that outlasts all there is of a job says so at once.
    home.add(&["gone", "--at", "in 1h", "--timeout", "0", "--", "true"]);
    home.jobs(&["stop", "gone", "--until", "in 2h"]).ok();
    let gone = home.show("gone");
    assert_eq!(
        (&gone["stopped"], &gone["state"]),
        (&json!(true), &json!(2))
    );
    let row = &home.history("gone")[0];
    assert_eq!(
        (row["status"].as_str(), row["count"].as_i64()),
        (Some("skipped"), Some(1))
    );
    // What was to be skipped and was missed is not made up, and nothing else is skipped for it.
    home.add(&[
        "made up",
        "--cron",
        "* * * * * *",
        "--catch-up",
        "all",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    until("it runs", || {
        (!home.history("made up").is_empty()).then_some(())
    });
    home.jobs(&["skip", "made up", "100000"]).ok();
    let before = home.show("made up")["skip_next"].as_i64().unwrap();
    home.kill();
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    home.start();
    until("they are skipped", || {
        (home.show("made up")["skip_next"].as_i64().unwrap() <= before - 2).then_some(())
    });
    assert!(
        home.history("made up")
            .iter()
            .all(|row| row["source"] != "catchup" || row["status"] == "skipped")
    );
    // A larger count goes on from where it was.
    home.add(&[
        "counted",
        "--cron",
        "* * * * * *",
        "--max-runs",
        "2",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    until("it has had its runs", || {
        (home.show("counted")["stopped"] == true).then_some(())
    });
    home.jobs(&["edit", "counted", "--max-runs", "4"]).ok();
    until("it has had four", || {
        (home.show("counted")["run_count"] == 4).then_some(())
    });
}

#[test]
fn another_zone_of_the_daemon_moves_its_jobs_however_it_came() {
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
