//! `dry_run` of `add` and `edit`: every check is made, and nothing is changed.

use serde_json::{Value, json};

use super::result_of;
use crate::http::client::{Api, home_with_http};
use crate::support::Home;

/// All rows of all tables of the database.
fn rows(home: &Home) -> String {
    let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    let mut tables = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut text = String::new();
    for name in names {
        let mut all = database.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = all.column_count();
        let mut found = all.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<rusqlite::types::Value> =
                (0..columns).map(|index| row.get(index).unwrap()).collect();
            text.push_str(&format!("{name} {values:?}\n"));
        }
    }
    text
}

/// The position after the last event.
fn position(home: &Home) -> Value {
    result_of(home, "new_events", json!({}))["position"].clone()
}

/// The answer without what depends on when the call was made.
fn timeless(answer: &Value) -> Value {
    let mut answer = answer.clone();
    for name in ["created_at", "updated_at", "anchor_at"] {
        answer["job"].as_object_mut().unwrap().remove(name);
    }
    answer
}

#[test]
fn dry_run_leaves_database_audit_and_events_untouched_and_tells_what_would_be() {
    let home = Home::started();
    home.add(&["a", "0 3 * * *", "echo 1", "--env", "TOKEN=hunter22"]);
    home.add(&["gone", "--at", "in 1h", "--", "true"]);
    home.add(&["off", "@daily", "true", "--stopped"]);
    home.add(&["retries", "@daily", "false", "--retries", "3"]);
    home.ended(home.run("retries"));
    home.jobs(&["stop", "a", "--until", "in 2h"]).ok();
    let before = (rows(&home), position(&home));

    let add = json!({"name": "b", "cron_expr": "*/20 * * * *", "command": "echo 2", "timeout": 5,
        "dry_run": true, "now": true});
    let seen = result_of(&home, "add", add.clone());
    assert_eq!(
        (&seen["job"]["id"], &seen["run"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(seen["job"]["command"], "【command】echo 2\n【timeout】5");
    assert_eq!(seen["next"].as_array().unwrap().len(), 5);
    assert_eq!(seen["next"][0]["at"], seen["job"]["next_run"]);
    assert_eq!(seen.get("changes"), None);

    let edit = json!({"job": "a", "cron_expr": "30 2 13 * FRI", "env": ["TOKEN=other999", "B=2"],
        "timeout": 60, "name": "c", "dry_run": true});
    let seen = result_of(&home, "edit", edit.clone());
    assert_eq!(seen["job"]["name"], "c");
    assert_eq!(seen["next"].as_array().unwrap().len(), 5);
    assert!(
        seen["warnings"].to_string().contains("both day fields"),
        "{seen}"
    );
    let changes = seen["changes"].as_array().unwrap();
    for change in [
        json!({"field": "name", "before": "a", "after": "c"}),
        json!({"field": "cron_expr", "before": "0 3 * * *", "after": "30 2 13 * FRI"}),
        json!({"field": "env", "before": ["TOKEN=***"], "after": ["TOKEN=***", "B=2"]}),
        json!({"field": "timeout", "before": null, "after": 60}),
    ] {
        assert!(changes.contains(&change), "{change} in {seen}");
    }
    assert_eq!(changes.len(), 4, "{seen}");

    // States, retries that wait, and times that end: all of that happens, and is taken back.
    for edit in [
        json!({"job": "a", "state": 2, "dry_run": true}),
        json!({"job": "off", "state": 0, "dry_run": true}),
        json!({"job": "retries", "retries": 0, "dry_run": true}),
        json!({"job": "gone", "at": "in 5h", "end_at": "in 6h", "dry_run": true}),
    ] {
        result_of(&home, "edit", edit);
    }
    home.jobs(&["add", "d", "@hourly", "true", "--dry-run"])
        .ok()
        .shows(&["would add `d`: next run", "then ", "nothing was changed"]);
    home.jobs(&["edit", "a", "--cron", "0 4 * * *", "--dry-run"])
        .ok()
        .shows(&[
            "would change `a`",
            "- cron_expr: 0 3 * * *",
            "+ cron_expr: 0 4 * * *",
            "nothing was changed",
        ]);
    assert_eq!(before, (rows(&home), position(&home)));

    // The same calls in earnest answer the same.
    for (method, mut params) in [("add", add), ("edit", edit)] {
        params["now"].take();
        params.as_object_mut().unwrap().remove("now");
        let dry = result_of(&home, method, params.clone());
        params.as_object_mut().unwrap().remove("dry_run");
        let done = result_of(&home, method, params);
        let mut dry = timeless(&dry);
        dry.as_object_mut().unwrap().remove("next");
        dry.as_object_mut().unwrap().remove("changes");
        dry["job"]["id"] = done["job"]["id"].clone();
        assert_eq!(dry, timeless(&done), "{method}");
    }
}

#[test]
fn dry_run_refuses_in_the_words_of_the_change() {
    let home = Home::started();
    home.add(&["a", "@daily", "true"]);
    home.add(&["b", "@daily", "true"]);
    for (method, params) in [
        (
            "add",
            json!({"name": "42", "cron_expr": "@daily", "command": "true"}),
        ),
        (
            "add",
            json!({"name": "a", "cron_expr": "@daily", "command": "true"}),
        ),
        (
            "add",
            json!({"name": "x", "cron_expr": "0 25 * * *", "command": "true"}),
        ),
        ("add", json!({"name": "x", "command": "true"})),
        (
            "add",
            json!({"name": "x", "cron_expr": "@daily", "command": "t", "workdir": "rel"}),
        ),
        (
            "add",
            json!({"name": "x", "cron_expr": "@daily", "func": "nope"}),
        ),
        (
            "add",
            json!({"name": "x", "cron_expr": "@daily", "command": "t", "now": true, "stopped": true}),
        ),
        (
            "add",
            json!({"name": "x", "cron_expr": "@daily", "url": "http://h/", "cookies": "***"}),
        ),
        ("edit", json!({"job": "a"})),
        ("edit", json!({"job": "nope", "desc": "x"})),
        ("edit", json!({"job": "a", "name": "b"})),
        ("edit", json!({"job": "a", "timezone": "Mars/Base"})),
        ("edit", json!({"job": "a", "env": ["TOKEN=***"]})),
        ("edit", json!({"job": "a", "end_at": "2001-01-01"})),
        ("edit", json!({"job": "a", "state": 7})),
    ] {
        let before = rows(&home);
        let mut dry = params.clone();
        dry["dry_run"] = true.into();
        let dry = home.call(method, dry);
        assert_eq!(before, rows(&home), "{params}");
        let done = home.call(method, params.clone());
        assert!(done["error"].is_object(), "{params}: {done}");
        assert_eq!(dry["error"], done["error"], "{params}");
    }
}

#[test]
fn dry_run_needs_the_role_of_the_change() {
    let home = home_with_http("");
    let add = json!({"name": "x", "cron_expr": "@daily", "command": "true", "dry_run": true});
    Api::logged_in(&home, "vic")
        .post("/api/add", add.clone())
        .is(403);
    let seen = Api::logged_in(&home, "oli").post("/jobs/add", add).is(200);
    assert_eq!(seen.data()["job"]["name"], "x");
    assert_eq!(home.jobs(&["list", "--json"]).ok().json(), json!([]));
}

#[test]
fn edit_in_an_editor_with_dry_run_shows_the_change_and_keeps_the_job() {
    let mut home = Home::started();
    home.add(&["a", "0 3 * * *", "echo 1"]);
    home.set_env("EDITOR", "sed -i 's/0 3 /0 4 /'");
    home.jobs(&["edit", "a", "--dry-run"])
        .ok()
        .shows(&["would change `a`", "+ cron_expr: 0 4 * * *"]);
    assert_eq!(home.show("a")["cron_expr"], "0 3 * * *");
}
