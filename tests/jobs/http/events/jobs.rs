//! Events of jobs and executions.

use serde_json::json;

use super::{Client, home_with_http, words_of};

#[test]
fn stream_reports_each_change_of_a_job() {
    let (home, token) = home_with_http("");
    let client = Client::listen(&home, &token, "", None);
    home.add(&["a", "--every", "9h", "--", "exit 3"]);
    home.jobs(&["edit", "a", "--desc", "what it is for"]).ok();
    home.jobs(&["stop", "a"]).ok();
    home.jobs(&["restart", "a"]).ok();
    home.jobs(&["stop", "a", "--until", "in 2h"]).ok();
    home.jobs(&["restart", "a"]).ok();
    home.jobs(&["skip", "a"]).ok();
    let exec_id = home.run("a");
    home.ended(exec_id);
    home.jobs(&["edit", "a", "--name", "b"]).ok();
    home.jobs(&["rm", "b"]).ok();
    let told = client.until("job removed b");
    assert_eq!(
        words_of(&told),
        [
            "job added a",
            "job changed a",
            "job stopped a",
            "job restarted a",
            "job stopped a",
            "job restarted a",
            "job changed a",
            "started a manual",
            "finished a failed",
            "job changed b",
            "job removed b",
        ]
    );
    let finished = &told[8].data;
    let job_id = told[0].data["job_id"].clone();
    assert_eq!(finished["exec_id"], exec_id);
    assert_eq!(
        (&finished["job_id"], &finished["exit_code"]),
        (&job_id, &json!(3))
    );
    assert!(finished["duration_ms"].is_number() && finished["error"].is_string());
    let started = &told[7].data;
    assert_eq!(
        (&started["mode"], &started["job_id"]),
        (&json!("command"), &job_id)
    );
    assert!(started["started_at"].is_string() && started["scheduled_at"].is_string());
    // A refused request makes no event.
    home.jobs(&["rm", "b"]).fails(4);
    home.add(&["c", "--every", "9h", "--", "true"]);
    assert_eq!(client.next().unwrap().words(), "job added c");
    // A stream resumed at an id begins with the event after it.
    for (index, event) in told.iter().enumerate() {
        let again = Client::listen(&home, &token, "", Some(&event.id));
        let rest = again.until("job added c");
        assert_eq!(
            words_of(&rest)[..rest.len() - 1],
            words_of(&told)[index + 1..]
        );
    }
    drop(client);
}

#[test]
fn stream_reports_scheduled_skipped_and_cancelled_executions() {
    let (home, token) = home_with_http("daemon:\n  stop_grace: 0\n");
    let client = Client::listen(&home, &token, "", None);
    home.add(&["once", "--every", "1s", "--max-runs", "1", "--", "true"]);
    let mut told = words_of(&client.until("finished once success"));
    if told.len() < 4 {
        told.extend(words_of(&client.until("job stopped once")));
    }
    told.sort();
    assert_eq!(
        told,
        [
            "finished once success",
            "job added once",
            "job stopped once",
            "started once cron"
        ]
    );
    home.add(&[
        "skips",
        "--every",
        "9h",
        "--overlap",
        "skip",
        "--",
        "sleep 60",
    ]);
    home.add(&[
        "waits",
        "--every",
        "9h",
        "--overlap",
        "queue",
        "--",
        "sleep 60",
    ]);
    let running = home.run("skips");
    home.jobs(&["run", "skips"]).fails(1);
    let told = client.until("finished skips skipped");
    assert!(told.last().unwrap().data["error"].is_string());
    home.run("waits");
    let waiting = home.run("waits");
    home.jobs(&["cancel", &waiting.to_string()]).ok();
    let told = client.until("finished waits cancelled");
    assert_eq!(told.last().unwrap().data["exec_id"], waiting);
    home.jobs(&["cancel", &running.to_string()]).ok();
    client.until("finished skips cancelled");
}

#[test]
fn stream_of_large_import_sums_up_after_100_jobs() {
    let (home, token) = home_with_http("");
    let client = Client::listen(&home, &token, "", None);
    let lines: String = (0..150)
        .map(|minute| format!("{} 1 * * * echo {minute}\n", minute % 60))
        .collect();
    home.jobs_reading(&["import", "crontab", "-"], &lines).ok();
    let told = client.until("job many -");
    assert_eq!(told.len(), 101);
    let page = home.jobs(&["list", "--json"]).ok().json();
    assert_eq!(page.as_array().unwrap().len(), 150);
}
