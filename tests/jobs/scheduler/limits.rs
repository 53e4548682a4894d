//! Limits of a job: start and end, number of runs, a stop for a time, skipped occurrences.

use serde_json::{Value, json};

use crate::support::{Home, is_over, until};

#[test]
fn max_runs_stops_the_job() {
    let home = Home::started();
    home.add(&[
        "thrice",
        "--cron",
        "* * * * * *",
        "--max-runs",
        "3",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    until("it stops", || {
        (home.show("thrice")["stopped"] == true).then_some(())
    });
    assert_eq!(home.history("thrice").len(), 3);
    home.jobs(&["run", "thrice"])
        .fails(1)
        .says(&["3 runs", "jobs restart thrice"]);
    assert_eq!(home.show("thrice")["next_run"], serde_json::Value::Null);
    home.jobs(&["restart", "thrice"]).ok();
    until("it stops again", || {
        (home.show("thrice")["stopped"] == true).then_some(())
    });
    assert_eq!(home.history("thrice").len(), 6);
}

#[test]
fn one_off_job_is_stopped_after_its_run() {
    let home = Home::started();
    home.add(&["once", "--at", "in 1s", "--timeout", "0", "--", "echo done"]);
    let rows = until("it runs", || {
        Some(home.history("once")).filter(|rows| rows.iter().any(is_over))
    });
    assert_eq!(
        (rows.len(), rows[0]["stdout"].as_str()),
        (1, Some("done\n"))
    );
    assert_eq!(home.show("once")["stopped"], true);
    home.jobs(&["restart", "once"])
        .fails(1)
        .says(&["once", "past"]);
    home.jobs(&["add", "never", "--at", "2020-01-01 00:00", "--", "true"])
        .fails(2)
        .says(&["at", "past"]);
}

#[test]
fn start_end_stop_until_and_skip_limit_runs() {
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

    // With real time: stopped for two seconds, then two occurrences skipped.
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
fn delayed_skipped_and_counted_occurrences_survive_changes() {
    let mut home = Home::started();
    // An occurrence that waits for its jitter survives a change of the job.
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
    // A stop that is longer than the schedule of a job ends the job at once.
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
    // Missed occurrences that were to be skipped are not caught up, and count as skipped.
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
    // A larger `--max-runs` continues the count.
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
