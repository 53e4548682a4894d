//! The routes of the scheduler and the daemon, and paths that are no route.

use serde_json::json;

use crate::http::client::{Api, home_with_http};

#[test]
fn routes_of_scheduler_and_daemon_show_their_state() {
    let home = home_with_http("app:\n  name: herb\n");
    let api = Api::logged_in(&home, "oli");
    api.post(
        "/jobs/add",
        json!({"name": "a", "cron_expr": "0 0 1 1 *", "command": "true"}),
    )
    .is(200);
    api.post(
        "/jobs/add",
        json!({"name": "b", "cron_expr": "0 0 1 1 *", "command": "true", "state": 2}),
    )
    .is(200);
    let scheduler = api.get("/jobs/scheduler").is(200).data();
    assert_eq!(
        (&scheduler["scheduler_running"], &scheduler["total_tasks"]),
        (&json!(true), &json!(1))
    );
    let task = &scheduler["tasks"][0];
    assert_eq!(task["name"], "a");
    assert!(
        task["next_run"].is_string() && task["prev_run"].is_null(),
        "{task}"
    );
    assert_eq!(
        api.get("/jobs/jobState").is(200).data(),
        json!({"num": 1, "state": true})
    );
    assert_eq!(
        api.get("/jobs/jobStatus").json(),
        json!({"running": true, "task_count": 1})
    );
    api.post("/jobs/stopAll", json!({})).is(200);
    assert_eq!(
        api.get("/jobs/jobState").is(200).data(),
        json!({"num": 1, "state": false})
    );
    api.form("/jobs/runAll", "").is(200);
    assert_eq!(api.get("/jobs/jobStatus").json()["running"], true);
    let checked = api.post("/jobs/checkJob", json!({})).is(200).data();
    assert_eq!(
        (&checked["jobs"], &checked["broken"]),
        (&json!(2), &json!([]))
    );

    let health = Api::anonymous(&home).get("/jobs/health").is(200).data();
    assert_eq!(health["app_name"], "herb");
    assert_eq!(health["app_version"], env!("CARGO_PKG_VERSION"));
    let port = api.address().rsplit(':').next().unwrap();
    assert_eq!(health["server_port"].to_string(), port);
    for name in [
        "timestamp",
        "uptime",
        "memory",
        "threads",
        "database",
        "scheduler",
    ] {
        assert!(!health[name].is_null(), "{name} in {health}");
    }
    let config = api.get("/jobs/config").is(200).data();
    for (name, value) in [
        ("default_allow_mode", json!(0)),
        ("manual_allow_concurrent", json!(false)),
        ("default_timeout_seconds", json!(30)),
        ("http_response_max_bytes", json!(65536)),
        ("log_summary_enabled", json!(true)),
        ("log_line_truncate", json!(1000)),
    ] {
        assert_eq!(config[name], value, "{name}");
    }
    let functions = api.get("/jobs/functions").is(200).data();
    let names: Vec<&str> = functions
        .as_array()
        .unwrap()
        .iter()
        .map(|function| function["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 15);
    assert!(functions[0]["description"].is_string() && functions[0]["parameters"].is_string());
    assert_eq!(
        api.get("/jobs/switchState").is(200).data()["zapLogSwitch"],
        true
    );
    let lines = api.get("/jobs/zapLogs?size=500").is(200).json();
    let line = &lines["data"][0];
    for name in ["level", "time", "caller", "msg"] {
        assert!(line[name].is_string(), "{name} in {line}");
    }
    assert!(lines["total"].as_u64().unwrap() > 0);
    assert_eq!(
        api.get("/jobs/zapLogs?date=2001-02-03").is(200).json()["total"],
        0
    );
    api.get("/jobs/zapLogs?date=../../etc/passwd")
        .refuses("date");
    api.get("/jobs/zapLogs?level=loud").refuses("level");
}

#[test]
fn unknown_paths_and_bad_requests_are_refused() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "oli");
    api.get("/nothing").is(404);
    api.get("/jobs/add").is(405);
    api.post("/jobs/list", json!({})).is(405);
    api.send("DELETE", "/jobs/list", None, b"").is(405);
    api.send("POST", "/jobs/run", Some("text/plain"), b"id=1")
        .is(415);
    api.send("POST", "/jobs/run", None, b"id=1").is(415);
    for body in ["{", "[]", "1", "null", "{\"id\":1}x", "\u{0}"] {
        api.send(
            "POST",
            "/jobs/run",
            Some("application/json"),
            body.as_bytes(),
        )
        .is(400);
    }
    api.send(
        "POST",
        "/jobs/run",
        Some("application/x-www-form-urlencoded"),
        b"id=\xff\xfe",
    )
    .is(400);
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    api.send(
        "POST",
        "/jobs/add",
        Some("application/json"),
        large.as_bytes(),
    )
    .is(413);
    // Each operation of JSON-RPC is a path under `/api/`.
    let shown = api.post("/api/status", json!({})).is(200).data();
    assert_eq!(shown["jobs"], 0);
    api.post(
        "/api/add",
        json!({"name": "x", "every": "10m", "command": "true"}),
    )
    .is(200);
    assert_eq!(
        api.post("/api/next", json!({"job": "x", "count": 3}))
            .is(200)
            .data()["next"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    api.post("/api/frobnicate", json!({})).is(404);
    api.post("/api/show", json!({"job": "y"})).is(404);
    api.post("/api/show", json!({"jbo": "y"})).is(400);
    api.post("/api/skip", json!({"job": "x", "count": -1}))
        .refuses("count");
}
