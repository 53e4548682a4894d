//! `bulk`: one action on all jobs that pass a filter.

use serde_json::{Value, json};

use super::{refused, result_of};
use crate::support::{Home, until};

fn home_with_jobs() -> Home {
    let home = Home::started();
    for name in ["a1", "a2", "a3"] {
        home.add(&[name, "@daily", "true", "--tag", "a"]);
    }
    home.add(&["b", "@daily", "sleep 600", "--tag", "b"]);
    home.add(&["off", "@daily", "true", "--stopped", "--tag", "a"]);
    home
}

fn states(home: &Home) -> String {
    let list = result_of(home, "list", json!({"sort": "name"}));
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| format!("{}{}", item["name"].as_str().unwrap(), item["state"]))
        .collect::<Vec<_>>()
        .join(" ")
}

fn rows_of(home: &Home, operation: &str) -> Vec<Value> {
    let audit = result_of(home, "audit", json!({"operation": operation}));
    audit["items"].as_array().unwrap().clone()
}

#[test]
fn bulk_with_another_count_or_as_dry_run_changes_nothing() {
    let home = home_with_jobs();
    let before = states(&home);
    let request = json!({"action": "stop", "tag": "a", "count": 3});
    let answer = home.call("bulk", request);
    assert_eq!(answer["error"]["code"], 6, "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("4 jobs pass the filter, not 3"),
        "{message}"
    );
    assert_eq!(rows_of(&home, "bulk")[0]["outcome"], "failed");
    for (request, field) in [
        (json!({"count": 5}), "action"),
        (
            json!({"action": "run", "count": 5, "running": true}),
            "running",
        ),
        (
            json!({"action": "rm", "count": 5, "until": "in 1h"}),
            "until",
        ),
        (json!({"action": "drop", "count": 5}), "action"),
        (
            json!({"action": "stop", "count": 0, "last": "queued"}),
            "last",
        ),
    ] {
        assert_eq!(
            refused(&home, "bulk", request.clone()),
            (-32602, field.into()),
            "{request}"
        );
    }
    assert_eq!(
        refused(
            &home,
            "bulk",
            json!({"action": "stop", "jobs": ["none"], "count": 1})
        )
        .0,
        4
    );
    let number = rows_of(&home, "bulk").len();
    let done = result_of(
        &home,
        "bulk",
        json!({"action": "rm", "tag": "a", "count": 4, "dry_run": true}),
    );
    let expected = json!({"matched": 4, "done": 0, "failed": [], "more_failed": 0, "names": ["a1", "a2", "a3", "off"]});
    assert_eq!(done, expected);
    assert_eq!(states(&home), before);
    assert_eq!(
        rows_of(&home, "bulk").len(),
        number,
        "a dry run is not audited"
    );
}

#[test]
fn bulk_acts_on_what_it_can_and_tells_the_rest() {
    let home = home_with_jobs();
    let bulk = |request: Value| result_of(&home, "bulk", request);
    // A stopped job has no next run that could be skipped.
    let done = bulk(json!({"action": "skip", "tag": "a", "count": 4}));
    assert_eq!(
        (&done["done"], &done["failed"][0]["job"]),
        (&json!(3), &json!("off"))
    );
    assert!(
        done["failed"][0]["error"]
            .as_str()
            .unwrap()
            .contains("no next run"),
        "{done}"
    );
    assert_eq!(home.show("a2")["skip_next"], 1);
    assert_eq!(home.show("off")["skip_next"], 0);

    let done = bulk(json!({"action": "stop", "jobs": ["@a", "b"], "count": 5, "until": "in 2h"}));
    assert_eq!(
        (&done["done"], &done["failed"][0]["job"]),
        (&json!(4), &json!("off")),
        "{done}"
    );
    assert!(home.show("b")["stopped_until"].is_string());
    let done = bulk(json!({"action": "restart", "only": "stopped", "count": 5}));
    assert_eq!(done["done"], 5);
    assert_eq!(states(&home), "a10 a20 a30 b0 off0");

    let done = bulk(json!({"action": "run", "tag": "a", "text": "a", "name": "a", "count": 3}));
    assert_eq!(done["done"], 3);
    until("each has run", || {
        (bulk_count(&home, "success") == 3).then_some(())
    });
    home.run("b");
    until("it runs", || (home.show("b")["running"] == 1).then_some(()));
    bulk(json!({"action": "stop", "only": "running", "running": true, "count": 1}));
    until("it has ended", || {
        (home.show("b")["running"] == 0).then_some(())
    });
    assert_eq!(states(&home), "a10 a20 a30 b2 off0");

    let done = bulk(
        json!({"action": "rm", "last": ["success"], "mode": "command", "state": 0, "count": 3}),
    );
    assert_eq!(done["names"], json!(["a1", "a2", "a3"]));
    assert_eq!(states(&home), "b2 off0");
    // Each change stands in the audit with its job, and each call with its filter.
    let rows = rows_of(&home, "bulk");
    let targets: Vec<&str> = rows
        .iter()
        .map(|row| row["target"].as_str().unwrap())
        .collect();
    assert!(targets.contains(&"restart: 5 jobs, stopped"), "{targets:?}");
    assert_eq!(
        targets.iter().filter(|target| **target == "a1").count(),
        4,
        "{targets:?}"
    );
}

fn bulk_count(home: &Home, last: &str) -> usize {
    let list = result_of(home, "list", json!({"last": last}));
    list["items"].as_array().unwrap().len()
}

#[test]
fn bulk_of_more_jobs_than_a_commit_takes_is_done_wholly() {
    let home = Home::started();
    let crontab: String = (0..600)
        .map(|number| format!("{} 2 * * * echo {number}\n", number % 60))
        .collect();
    let file = home.write("crontab", &crontab);
    home.jobs(&["import", "crontab", file.to_str().unwrap()])
        .ok();
    let done = result_of(
        &home,
        "bulk",
        json!({"action": "stop", "text": "echo", "count": 600}),
    );
    assert_eq!(
        (&done["done"], done["names"].as_array().unwrap().len()),
        (&json!(600), 20)
    );
    let counts = result_of(&home, "list", json!({"counts": true, "size": 1}));
    assert_eq!(counts["counts"]["stopped"], 600);
    let done = result_of(
        &home,
        "bulk",
        json!({"action": "rm", "only": "stopped", "count": 600}),
    );
    assert_eq!(done["done"], 600);
    assert_eq!(result_of(&home, "list", json!({}))["total"], 0);
}
