//! `changes` and `put_back`: the audit of one job, and taking a change back.

use serde_json::{Value, json};

use super::{refused, result_of};
use crate::http::client::{Api, home_with_http};
use crate::support::Home;

/// The changes of a job, the newest first.
#[track_caller]
fn changes(home: &Home, job: &str) -> Vec<Value> {
    let page = result_of(home, "changes", json!({"job": job, "size": 500}));
    let items = page["items"].as_array().unwrap().clone();
    assert_eq!(page["total"], items.len(), "{page}");
    items
}

/// The number of the newest change of a job by that operation.
#[track_caller]
fn newest(home: &Home, job: &str, operation: &str) -> i64 {
    let changes = changes(home, job);
    let change = changes
        .iter()
        .find(|change| change["operation"] == operation)
        .unwrap_or_else(|| panic!("{operation} in {changes:?}"));
    change["id"].as_i64().unwrap()
}

#[track_caller]
fn put_back(home: &Home, job: &str, change: i64) -> Value {
    result_of(home, "put_back", json!({"job": job, "change": change}))
}

fn operations(changes: &[Value]) -> Vec<&str> {
    changes
        .iter()
        .map(|change| change["operation"].as_str().unwrap())
        .collect()
}

#[test]
fn changes_are_of_one_job_by_its_id_also_under_former_names() {
    let mut home = Home::started();
    let id = home.add(&["a", "0 3 * * *", "echo 1"]).to_string();
    home.add(&["other", "@daily", "true"]);
    home.jobs(&["edit", "a", "--desc", "x"]).ok();
    home.jobs(&["rename", "a", "b"]).ok();
    // Another job takes the former name.
    home.add(&["a", "@daily", "true"]);
    home.jobs(&["stop", "a", "b", "other"]).ok();
    home.jobs(&["edit", "b", "--tz", "Mars/Base"]).fails(2);
    home.ended(home.run("b"));
    home.jobs(&["copy", "b", "c"]).ok();
    let crontab = home.write("tab", "0 5 * * * echo from crontab\n");
    home.jobs(&["import", "crontab", crontab.to_str().unwrap()])
        .ok();

    let of_b = changes(&home, "b");
    assert_eq!(
        operations(&of_b),
        ["run", "edit", "stop", "edit", "edit", "add"]
    );
    assert_eq!(of_b[1]["outcome"], "failed");
    assert_eq!(of_b[2]["after"]["b"]["stopped"], true);
    assert_eq!(
        of_b[2]["after"].as_object().unwrap().len(),
        1,
        "its own part only"
    );
    assert_eq!(of_b[3]["after"]["a"]["name"], "b");
    assert_eq!(of_b[4]["after"]["a"]["desc"], "x");
    assert_eq!(operations(&changes(&home, "a")), ["stop", "add"]);
    assert_eq!(operations(&changes(&home, "c")), ["copy"]);
    let jobs = home.jobs(&["list", "--json"]).ok().json();
    let imported = jobs
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["origin"].is_string())
        .unwrap();
    let imported = imported["name"].as_str().unwrap().to_string();
    assert_eq!(operations(&changes(&home, &imported)), ["import"]);

    let page = result_of(&home, "changes", json!({"job": "b", "page": 2, "size": 4}));
    assert_eq!(
        (&page["total"], &page["pages_total"]),
        (&json!(6), &json!(2))
    );
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    home.jobs(&["changes", "b"])
        .ok()
        .shows(&["CHANGE", "edit", "desc:  > x", "name: a > b"]);

    // A removed job has its changes still, by its number.
    home.jobs(&["rm", "b"]).ok();
    assert_eq!(
        home.call("changes", json!({"job": "b"}))["error"]["code"],
        4
    );
    assert_eq!(operations(&changes(&home, &id))[0], "rm");
    let refusal = home.call("put_back", json!({"job": id, "change": 1}));
    let message = refusal["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("a removed job can't be put back"),
        "{message}"
    );

    // Rows of a release without the numbers belong to the job of that name.
    let before = changes(&home, "a");
    assert!(home.terminate().is_some());
    let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    database
        .execute_batch(
            "DROP TABLE audit_jobs;
             DELETE FROM __diesel_schema_migrations WHERE version = '20261201030000';",
        )
        .unwrap();
    drop(database);
    home.start();
    let after = changes(&home, "a");
    assert_eq!(
        operations(&after),
        ["add"],
        "the list of names is not split"
    );
    assert_eq!(after[0], before[1]);
}

#[test]
fn put_back_takes_schedule_rules_and_work_back() {
    let home = Home::started();
    home.add(&[
        "a",
        "0 3 * * *",
        "echo 1",
        "--timeout",
        "60",
        "--env",
        "A=1",
        "--env",
        "TOKEN=hunter22",
        "--tz",
        "Europe/Berlin",
        "--start",
        "2026-01-01",
        "--catch-up",
        "once",
        "--tag",
        "x",
        "--tag",
        "y",
    ]);
    let fields = |job: &str| {
        let mut job = home.show(job);
        for changing in ["updated_at", "anchor_at", "next_run"] {
            job.as_object_mut().unwrap().remove(changing);
        }
        job
    };
    let first = fields("a");
    for edit in [
        json!({"cron_expr": "0 4 * * *", "timezone": "", "start_at": "", "jitter": 60}),
        json!({"command": "echo 2", "timeout": 5, "env": ["", "B=2", "TOKEN=hunter22"]}),
        json!({"name": "b"}),
        json!({"state": 2}),
        json!({"allow_mode": "queue", "retries": 3, "retry_backoff": 1.5, "catch_up": "all",
            "max_run_count": 9, "desc": "text", "end_at": "2099-01-01"}),
        json!({"workdir": "/tmp", "nice": 5}),
        json!({"tags": ["", "new"]}),
    ] {
        let mut params = edit.clone();
        params["job"] = "a".into();
        result_of(&home, "edit", params);
        let job = edit["name"].as_str().unwrap_or("a");
        assert_ne!(fields(job), first, "{edit}");
        let change = newest(&home, job, "edit");

        let shown = result_of(
            &home,
            "put_back",
            json!({"job": job, "change": change, "dry_run": true}),
        );
        assert!(!shown["changes"].as_array().unwrap().is_empty(), "{shown}");
        assert_ne!(fields(job), first, "a dry run changes nothing: {edit}");

        let answer = put_back(&home, job, change);
        assert_eq!(fields("a"), first, "{edit}: {answer}");
        assert_eq!(changes(&home, "a")[0]["operation"], "put_back");
        let with_secret = edit.get("command").or(edit.get("workdir")).is_some();
        assert_eq!(
            answer["warnings"].to_string().contains("`env TOKEN`"),
            with_secret,
            "{answer}"
        );
    }
    home.ended(home.run("a"));
    let printed = home.jobs(&[
        "edit",
        "a",
        "--",
        "test \"$TOKEN\" = hunter22 && test \"$A\" = 1",
    ]);
    printed.ok();
    let run = home.ended(home.run("a"));
    assert_eq!(run["status"], "success", "the secret is still there: {run}");

    // Stops with an end, and a put back that is put back.
    home.jobs(&["stop", "a", "--until", "in 2h"]).ok();
    put_back(&home, "a", newest(&home, "a", "stop"));
    assert_eq!(fields("a")["state"], 0);
    home.jobs(&["edit", "a", "--desc", "new"]).ok();
    put_back(&home, "a", newest(&home, "a", "edit"));
    assert_eq!(home.show("a")["desc"], "");
    put_back(&home, "a", newest(&home, "a", "put_back"));
    assert_eq!(home.show("a")["desc"], "new");

    // A field that was changed again since is told.
    home.jobs(&["edit", "a", "--desc", "one"]).ok();
    let change = newest(&home, "a", "edit");
    home.jobs(&["edit", "a", "--desc", "two"]).ok();
    home.jobs(&["put-back", "a", &change.to_string()])
        .ok()
        .says(&["`desc` was changed again since"])
        .shows(&["changed `a`"]);
    assert_eq!(home.show("a")["desc"], "new");
}

#[test]
fn put_back_keeps_present_secrets_and_says_so() {
    let home = Home::started();
    home.add(&[
        "web",
        "@daily",
        "--url",
        "http://127.0.0.1:1/",
        "--header",
        "Authorization: Bearer first99",
    ]);
    let edit = |params: Value| {
        let mut params = params;
        params["job"] = "web".into();
        result_of(&home, "edit", params);
        newest(&home, "web", "edit")
    };
    let raw = || -> String {
        let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
        database
            .query_row("SELECT command FROM jobs", [], |row| row.get(0))
            .unwrap()
    };
    let change =
        edit(json!({"url": "http://127.0.0.1:2/", "headers": ["Authorization: Bearer second99"]}));
    let answer = put_back(&home, "web", change);
    assert!(
        raw().contains("127.0.0.1:1/") && raw().contains("second99"),
        "{}",
        raw()
    );
    assert!(
        answer["warnings"]
            .to_string()
            .contains("`headers Authorization`"),
        "{answer}"
    );
    assert!(!answer.to_string().contains("second99"));

    // Only a secret was changed: nothing is left to put back.
    let change = edit(json!({"headers": ["Authorization: Bearer third99"]}));
    let message =
        home.call("put_back", json!({"job": "web", "change": change}))["error"]["message"]
            .to_string();
    assert!(
        message.contains("can't be put back") && message.contains("***"),
        "{message}"
    );
    assert!(raw().contains("third99"));

    // The secret is in the work that was replaced by another kind of work.
    let change = edit(json!({"mode": "command", "command": "echo 1"}));
    let answer = put_back(&home, "web", change);
    assert!(
        raw().contains("127.0.0.1:1/") && !raw().contains("Authorization"),
        "{}",
        raw()
    );
    assert!(
        answer["warnings"].to_string().contains("headers"),
        "{answer}"
    );
    let change = edit(json!({"url": "http://u:secret99@127.0.0.1/"}));
    edit(json!({"mode": "command", "command": "echo 1"}));
    let with_secret = newest(&home, "web", "edit");
    assert_ne!(change, with_secret);
    let answer = home.call("put_back", json!({"job": "web", "change": with_secret}));
    assert!(
        answer["error"]["message"]
            .to_string()
            .contains("the work stays as it is"),
        "{answer}"
    );
    assert_eq!(raw(), "echo 1");
}

#[test]
fn put_back_refuses_other_changes_with_the_reason() {
    let home = home_with_http("");
    home.add(&["a", "@daily", "true"]);
    home.add(&["b", "@daily", "true"]);
    home.jobs(&["edit", "a", "--tz", "Mars/Base"]).fails(2);
    home.jobs(&["skip", "a"]).ok();
    home.jobs(&["edit", "b", "--desc", "x"]).ok();
    home.ended(home.run("a"));
    let of_b = newest(&home, "b", "edit");
    let long = "x".repeat(30_000);
    result_of(&home, "edit", json!({"job": "b", "command": long}));
    let before = home.jobs(&["list", "--json"]).ok().stdout;
    for (job, change, reason) in [
        ("a", newest(&home, "a", "add"), "it added the job"),
        ("a", newest(&home, "a", "edit"), "it was not made"),
        (
            "a",
            newest(&home, "a", "skip"),
            "`skip_next` can't be put back",
        ),
        ("a", newest(&home, "a", "run"), "can't be put back"),
        ("a", of_b, "no such change of this job"),
        ("a", 99_999, "no such change of this job"),
        ("nope", 1, "no such job"),
    ] {
        let answer = home.call("put_back", json!({"job": job, "change": change}));
        let message = answer["error"]["message"].to_string();
        assert!(message.contains(reason), "{reason}: {message}");
    }
    assert_eq!(before, home.jobs(&["list", "--json"]).ok().stdout);
    assert_eq!(
        refused(&home, "put_back", json!({"job": "a", "change": "x"})).0,
        -32602
    );
    let viewer = Api::logged_in(&home, "vic");
    viewer.post("/api/changes", json!({"job": "a"})).is(403);
    viewer
        .post("/api/put_back", json!({"job": "b", "change": of_b}))
        .is(403);
    let operator = Api::logged_in(&home, "oli");
    let page = operator.post("/api/changes", json!({"job": "b"})).is(200);
    assert_eq!(page.data()["items"][0]["operation"], "edit");
    operator
        .post("/api/put_back", json!({"job": "b", "change": of_b}))
        .is(200);
    assert_eq!(home.show("b")["desc"], "");
}
