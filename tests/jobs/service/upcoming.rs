//! `upcoming`: the starts of all jobs that are to come, compared with the next runs of each job.

use serde_json::{Value, json};

use super::{refused, result_of, sql};
use crate::support::Home;

const STEP: i64 = 900;

/// Seconds since 1970 of a time in an answer.
#[track_caller]
fn second(time: &Value) -> i64 {
    let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    time.as_second()
}

fn count(value: &Value) -> i64 {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_i64().unwrap())
        .sum()
}

/// The starts per step that `next` names for these jobs.
#[track_caller]
fn by_next(home: &Home, jobs: &[&str], from: &str, until: &str) -> Vec<i64> {
    let begin = second(&json!(from));
    let mut steps = vec![0; usize::try_from((second(&json!(until)) - begin) / STEP).unwrap()];
    for job in jobs {
        let asked = json!({"job": job, "from": from, "until": until, "count": 1000});
        for run in result_of(home, "next", asked)["next"].as_array().unwrap() {
            let note = run["note"].as_str().unwrap_or_default();
            if !note.contains("will be skipped") {
                steps[usize::try_from((second(&run["at"]) - begin) / STEP).unwrap()] += 1;
            }
        }
    }
    steps
}

#[test]
fn upcoming_counts_as_next_does_also_in_weeks_of_clock_changes() {
    let mut home = Home::new();
    home.set_env("TZ", "Europe/Berlin");
    home.start();
    let schedules = [
        "30 2 * * *",
        "0 30 1 * * *",
        "15 * * * *",
        "0 */3 * * *",
        "30 2,3 * * SUN; 15 4 * * *",
        "TZ=America/New_York 30 2 * * *",
        "TZ=Australia/Lord_Howe 45 1 * * *",
        "0 9 13 * FRI",
        "45 23 L * *",
        "H H * * *",
        "@every 7h",
        "@daily",
        "@reboot",
        "@at 2027-03-28T02:30:00",
    ];
    let mut jobs: Vec<String> = Vec::new();
    for (index, schedule) in schedules.iter().enumerate() {
        for zone in ["", "America/New_York", "Asia/Kathmandu"] {
            // The second one has the same schedule.
            for copy in 0..2 {
                let name = format!("j{index}{zone}{copy}");
                home.add(&[&name, "--cron", schedule, "--tz", zone, "--", "true"]);
                jobs.push(name);
            }
        }
    }
    for more in [
        &["begins", "0 5 * * *", "true", "--start", "2027-03-12 04:00"][..],
        &["ends", "0 5 * * *", "true", "--end", "2027-03-30 06:00"],
        &["delayed", "0 6 * * *", "true", "--jitter", "10m"],
        &["stopped", "0 7 * * *", "true", "--stopped"],
        &["paused", "0 8 * * *", "true"],
        &["skips", "30 0 * * MON", "true"],
    ] {
        home.add(more);
        jobs.push(more[0].to_string());
    }
    home.jobs(&["stop", "paused", "--until", "2027-03-29 12:00"])
        .ok();
    home.jobs(&["skip", "skips", "17"]).ok();
    let names: Vec<&str> = jobs.iter().map(String::as_str).collect();
    for (from, until) in [
        ("2027-03-08T00:01:00Z", "2027-03-15T00:01:00Z"),
        ("2027-03-25T00:01:00Z", "2027-04-08T00:01:00Z"),
        ("2027-10-28T00:01:00Z", "2027-11-11T00:01:00Z"),
        ("2028-02-26T00:01:00Z", "2028-03-04T00:01:00Z"),
    ] {
        let seen = result_of(&home, "upcoming", json!({"from": from, "until": until}));
        let expected = by_next(&home, &names, from, until);
        assert!(expected.iter().sum::<i64>() > 500);
        let starts: Vec<i64> = seen["starts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|number| number.as_i64().unwrap())
            .collect();
        assert_eq!(starts, expected, "{from}");
        let most = expected.iter().max().unwrap();
        assert_eq!(seen["fullest"]["starts"], *most);
        assert_eq!(seen["step_seconds"], STEP);
        assert_eq!(second(&seen["until"]), second(&json!(until)));
        assert_eq!(seen["frequent"]["jobs"], 0);
        assert_eq!(seen["overlaps"], json!([]));

        let at = &seen["fullest"]["at"];
        let step = result_of(&home, "upcoming", json!({"at": at}));
        assert_eq!(step["starts"], json!([most]));
        assert_eq!(step["names_total"], *most);
        let named = step["names"].as_array().unwrap();
        assert_eq!(named.len() as i64, (*most).min(100));
        for start in named {
            let passed = second(&start["at"]) - second(at);
            assert!((0..STEP).contains(&passed), "{start}");
            assert!(names.contains(&start["job_name"].as_str().unwrap()));
        }
    }
}

#[test]
fn upcoming_follows_changes_of_jobs_and_counts_limited_and_frequent_ones() {
    let home = Home::started();
    let week = || result_of(&home, "upcoming", json!({}));
    assert_eq!(
        (count(&week()["starts"]), &week()["fullest"]),
        (0, &Value::Null)
    );
    assert_eq!(week()["quiet"].as_array().unwrap().len(), 5);
    home.add(&["a", "@every 1h", "true", "--max-runs", "5"]);
    assert_eq!(count(&week()["starts"]), 5);
    home.ended(home.run("a"));
    home.jobs(&["skip", "a", "2"]).ok();
    let left = count(&week()["starts"]);
    assert_eq!(
        left, 4,
        "one of five has run; skipped occurrences are no runs"
    );
    let far = json!({"from": "in 7h", "until": "in 48h"});
    assert_eq!(count(&result_of(&home, "upcoming", far)["starts"]), 0);
    home.jobs(&["edit", "a", "--every", "12h", "--max-runs", "0"])
        .ok();
    home.jobs(&["skip", "a", "0"]).ok();
    let fourteen = count(&week()["starts"]);
    assert!((13..=14).contains(&fourteen), "{fourteen}");
    home.ended(home.run("a"));
    assert_eq!(count(&week()["starts"]), fourteen);
    home.jobs(&["stop", "a"]).ok();
    assert_eq!(count(&week()["starts"]), 0);

    home.add(&["often", "*/10 * * * *", "true"]);
    home.add(&["minutely", "* * * * *", "true"]);
    home.add(&["twice", "0,30 9 * * *", "true"]);
    let seen = week();
    assert_eq!(seen["frequent"]["jobs"], 2);
    assert!((seen["frequent"]["starts_per_hour"].as_f64().unwrap() - 66.0).abs() < 0.2);
    assert_eq!(count(&seen["starts"]), 14);
    home.jobs(&["rm", "often", "minutely"]).ok();
    assert_eq!(
        week()["frequent"],
        json!({"jobs": 0, "starts_per_hour": 0.0})
    );
    home.jobs(&["week"])
        .ok()
        .shows(&["STARTS", "fewest starts"]);
    home.jobs(&["week", "--at", "tomorrow 9:00", "--step", "1h"])
        .ok()
        .shows(&["twice", "09:30:00"]);
}

#[test]
fn upcoming_tells_how_many_run_at_once_and_which_jobs_overlap() {
    let home = Home::started();
    // Twenty minutes each, at 02:00 and 02:10; the third one begins as the first ends.
    for (name, schedule) in [
        ("a", "0 2 * * *"),
        ("b", "10 2 * * *"),
        ("c", "20 2 * * *"),
        ("hourly", "5 * * * *"),
        ("often", "*/5 * * * *"),
        ("unknown", "0 12 * * *"),
    ] {
        home.add(&[name, schedule, "true"]);
    }
    sql(
        &home,
        "UPDATE job_runs SET usual_ms = 1200000 WHERE job_id <= 3;
         UPDATE job_runs SET usual_ms = 5400000 WHERE job_id = 4;
         UPDATE job_runs SET usual_ms = 310000 WHERE job_id = 5;",
    );
    home.jobs(&[
        "edit",
        "unknown",
        "--desc",
        "a change has the plan made anew",
    ])
    .ok();
    let day = json!({"from": "2027-05-04T00:00:00Z", "until": "2027-05-05T00:00:00Z"});
    let seen = result_of(&home, "upcoming", day.clone());
    let at_once = |seen: &Value, hour: usize, quarter: usize| {
        seen["at_once"][hour * 4 + quarter].as_i64().unwrap()
    };
    // The hourly job overlaps itself, so two executions of it run for half of each hour.
    assert_eq!(at_once(&seen, 1, 0), 2);
    assert_eq!(at_once(&seen, 1, 3), 1);
    assert_eq!(at_once(&seen, 2, 0), 4);
    assert_eq!(at_once(&seen, 2, 1), 4);
    assert_eq!(at_once(&seen, 2, 3), 1);
    assert_eq!(at_once(&seen, 0, 0), 2, "those of the day before run on");
    assert_eq!(
        at_once(&seen, 12, 0),
        2,
        "an unknown duration counts as short"
    );
    let overlaps = seen["overlaps"].as_array().unwrap();
    let worst: Vec<(&str, i64, i64)> = overlaps
        .iter()
        .map(|job| {
            let number = |name: &str| job[name].as_i64().unwrap();
            (
                job["job_name"].as_str().unwrap(),
                number("usual_ms"),
                number("interval_ms"),
            )
        })
        .collect();
    assert_eq!(
        worst,
        [
            ("hourly", 5_400_000, 3_600_000),
            ("often", 310_000, 300_000)
        ]
    );
    home.jobs(&["week"])
        .ok()
        .shows(&["hourly", "1 h 30 min", "1 h 0 min"]);
    // A job of which one execution runs at a time ends when it is due again.
    home.jobs(&["edit", "hourly", "--overlap", "skip"]).ok();
    let seen = result_of(&home, "upcoming", day);
    assert_eq!(at_once(&seen, 1, 0), 1);
    assert_eq!(seen["overlaps"][0]["job_name"], "hourly");

    let asked = json!({"expr": "5 * * * *", "name": "hourly"});
    let overlap = &result_of(&home, "explain", asked)["overlap"];
    assert_eq!(
        *overlap,
        json!({"usual_ms": 5_400_000, "interval_ms": 3_600_000})
    );
    let asked = json!({"expr": "5 */2 * * *", "name": "hourly"});
    assert_eq!(result_of(&home, "explain", asked).get("overlap"), None);
}

#[test]
fn upcoming_refuses_windows_that_are_wrong_or_too_large() {
    let home = Home::started();
    for (asked, field) in [
        (json!({"step": 59}), "step"),
        (json!({"step": 86_401}), "step"),
        (json!({"step": "quick"}), "step"),
        (json!({"until": "yesterday"}), "until"),
        (json!({"until": "in 100d"}), "until"),
        (json!({"until": "in 90d", "step": 60}), "step"),
        (json!({"from": "whenever"}), "from"),
        (json!({"at": "whenever"}), "at"),
        (json!({"at": "tomorrow", "until": "in 2d"}), "at"),
    ] {
        let seen = refused(&home, "upcoming", asked.clone());
        assert_eq!(seen, (-32602, field.to_string()), "{asked}");
    }
    let seen = result_of(&home, "upcoming", json!({"until": "in 3h", "step": "30m"}));
    assert_eq!(seen["starts"].as_array().unwrap().len(), 7);
}
