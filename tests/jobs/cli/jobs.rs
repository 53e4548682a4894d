//! The commands that change a job.

use crate::support::Home;

#[test]
fn job_commands_stop_restart_and_edit() {
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
fn next_finds_a_job_whose_name_looks_like_an_expression() {
    let home = Home::started();
    for (name, runs) in [
        ("@home", "T03:00:00"),
        ("nightly copy", "T04:00:00"),
        ("@daily", "T05:00:00"),
    ] {
        let cron = format!("0 {} * * *", &runs[2..3]);
        home.add(&[name, "--cron", &cron, "--", "true"]);
        let next = home.jobs(&["next", name, "--json"]).ok().json();
        assert!(next[0].as_str().unwrap().contains(runs), "{name}: {next}");
    }
    // Another expression, and a text that is neither.
    let next = home.jobs(&["next", "@hourly", "--json"]).ok().json();
    assert!(next[0].as_str().unwrap().contains(":00:00"), "{next}");
    home.jobs(&["next", "no such job"]).fails(2);
}
