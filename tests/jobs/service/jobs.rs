//! Adding, editing and removing jobs.

use serde_json::{Value, json};

use super::{refused, result_of};
use crate::support::{Home, is_alive, until};

#[test]
fn state_values_of_the_original_system_are_accepted() {
    let home = Home::started();
    let add = |name: &str, more: Value| {
        let mut params = json!({"name": name, "cron_expr": "@daily", "command": "true"});
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        params
    };
    for (name, more, state) in [
        ("waiting", json!({"state": 0}), 0),
        ("running", json!({"state": 1}), 0),
        ("stopped", json!({"state": 2}), 2),
        ("both", json!({"state": 2, "stopped": true}), 2),
    ] {
        let added = result_of(&home, "add", add(name, more));
        assert_eq!(added["job"]["state"], state, "{name}");
        assert_eq!(added["job"]["next_run"].is_null(), state == 2, "{name}");
    }
    for (more, field) in [
        (json!({"state": 3}), "state"),
        (json!({"state": 256}), "state"),
        (json!({"state": "2"}), "state"),
        (json!({"state": 0, "stopped": true}), "state"),
        (json!({"state": 2, "now": true}), "now"),
    ] {
        let seen = refused(&home, "add", add("bad", more.clone()));
        assert_eq!(seen, (-32602, field.to_string()), "{more}");
    }
    for (job, state, after) in [
        ("waiting", 2, 2),
        ("waiting", 2, 2),
        ("waiting", 1, 0),
        ("waiting", 0, 0),
        ("stopped", 0, 0),
    ] {
        let edited = result_of(&home, "edit", json!({"job": job, "state": state}));
        assert_eq!(edited["job"]["state"], after, "{job} {state}");
        assert_eq!(
            edited["job"]["next_run"].is_null(),
            after == 2,
            "{job} {state}"
        );
    }
    assert_eq!(
        refused(&home, "edit", json!({"job": "waiting", "state": 9})),
        (-32602, "state".to_string())
    );
    // The run count stays, so a job that has had its runs cannot continue.
    result_of(
        &home,
        "edit",
        json!({"job": "both", "max_run_count": 1, "state": 0}),
    );
    home.ended(home.run("both"));
    assert_eq!(home.show("both")["state"], 2);
    assert_eq!(
        refused(&home, "edit", json!({"job": "both", "state": 0})).0,
        6
    );
    let edited = result_of(
        &home,
        "edit",
        json!({"job": "both", "max_run_count": 2, "state": 0}),
    );
    assert_eq!(
        (&edited["job"]["state"], &edited["job"]["run_count"]),
        (&json!(0), &json!(1))
    );
    // A job that is sent back unchanged stays as it is.
    home.jobs(&["stop", "waiting", "--until", "in 5h"]).ok();
    let edited = result_of(
        &home,
        "edit",
        json!({"job": "waiting", "state": 2, "desc": "d"}),
    );
    assert!(edited["job"]["stopped_until"].is_string(), "{edited}");
    let edited = result_of(&home, "edit", json!({"job": "waiting", "state": 0}));
    assert_eq!(
        (&edited["job"]["state"], &edited["job"]["stopped_until"]),
        (&json!(0), &Value::Null)
    );
    // A stop cancels a waiting retry.
    home.add(&[
        "failing",
        "--every",
        "9h",
        "--retries",
        "3",
        "--retry-delay",
        "900",
        "--",
        "false",
    ]);
    home.ended(home.run("failing"));
    until("a retry waits", || {
        (home.show("failing")["queued"] == 1).then_some(())
    });
    result_of(&home, "edit", json!({"job": "failing", "state": 2}));
    assert_eq!(home.show("failing")["queued"], 0);
}

#[test]
fn remove_deletes_history_and_stops_executions() {
    let home = Home::started();
    home.add(&[
        "gone",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo $$ > pid; exec sleep 600",
    ]);
    let exec_id = home.run("gone");
    let pid = until("it runs", || {
        Some(home.read("pid")).filter(|pid| pid.ends_with('\n'))
    });
    home.jobs(&["rm", "gone", "nope"]).fails(4);
    home.jobs(&["show", "gone"]).ok();
    home.jobs(&["rm", "gone"]).ok();
    home.jobs(&["show", "gone"]).fails(4);
    until("it is stopped", || (!is_alive(&pid)).then_some(()));
    until("its history goes", || {
        home.execution(exec_id).is_none().then_some(())
    });
    home.add(&["gone", "--every", "1h", "--", "true"]);
    assert!(
        home.history("gone").is_empty(),
        "a new job of the same name inherits nothing"
    );
}
