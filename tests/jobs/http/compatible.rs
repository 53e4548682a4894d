//! Clients of the original system: what they send and read under `/jobs/` and `/admin/`, with `server.compatible` on and off. Under
//! `/api/` nothing differs.

use serde_json::{Value, json};

use super::client::{Api, Reply, home_with, home_with_http};
use crate::support::Home;

/// A home with the default of `server.compatible`, and one without it.
fn homes() -> [(Home, bool); 2] {
    [(home_with(""), true), (home_with_http(""), false)]
}

fn add(home: &Home, name: &str) -> i64 {
    home.add(&[name, "--cron", "0 0 1 1 *", "--", "echo hello"])
}

#[track_caller]
fn is(reply: Reply, compatible: bool, strict_status: u16) -> Option<Value> {
    let status = if compatible { 200 } else { strict_status };
    let reply = reply.is(status);
    (status == 200).then(|| reply.json())
}

#[test]
fn scheduler_takes_page_and_size() {
    for (home, on) in homes() {
        let api = Api::logged_in(&home, "vic");
        for number in 0..5 {
            add(&home, &format!("job{number}"));
        }
        let names = |query: &str| {
            let reply = api.get(&format!("/jobs/scheduler{query}"));
            is(reply, on || query.is_empty(), 400).map(|json| {
                assert_eq!(json["data"]["total_tasks"], 5, "{query}");
                json["data"]["tasks"].as_array().unwrap().len()
            })
        };
        assert_eq!(names(""), Some(5));
        let expected = |number| on.then_some(number);
        assert_eq!(names("?page=1&size=2"), expected(2));
        assert_eq!(names("?page=3&size=2"), expected(1));
        assert_eq!(names("?page=4&size=2"), expected(0));
        assert_eq!(names("?size=1000"), expected(5));
        api.get("/jobs/scheduler?size=1001").is(400);
        api.get("/jobs/scheduler?page=x").is(400);
        api.post("/api/scheduler", json!({"page": 1}))
            .refuses("page");
    }
}

#[test]
fn command_has_its_key_and_may_be_sent_back() {
    for (home, on) in homes() {
        let api = Api::logged_in(&home, "oli");
        let id = add(&home, "hello");
        let shown = if on {
            "【command】echo hello"
        } else {
            "echo hello"
        };
        let read = |id: i64| api.get(&format!("/jobs/read?id={id}")).is(200).data();
        assert_eq!(read(id)["command"], shown);
        assert_eq!(api.get("/jobs/list").is(200).data()[0]["command"], shown);
        let view = api.post("/api/show", json!({"job": id})).is(200);
        assert_eq!(view.data()["command"], "echo hello");
        // A client sends back the whole job as it was read.
        api.post("/jobs/edit", read(id)).is(200);
        assert_eq!(home.show("hello")["command"], "echo hello");
        let two = json!({"id": id, "command": "【command】echo 1\necho 2"});
        api.post("/jobs/edit", two).is(200);
        assert_eq!(home.show("hello")["command"], "echo 1\necho 2");
    }
}

#[test]
fn exec_id_is_text_and_execs_needs_none() {
    for (home, on) in homes() {
        let api = Api::logged_in(&home, "oli");
        let id = add(&home, "hello");
        let without = |reply: Reply| is(reply, on, 400).map(|json| json["data"].clone());
        let query = format!("/jobs/execs?id={id}");
        assert_eq!(without(api.get(&query)), on.then(|| json!({})));
        let number = |exec_id: i64| match on {
            true => json!(exec_id.to_string()),
            false => json!(exec_id),
        };
        let ran = api.post("/jobs/run", json!({"id": id})).is(200).data();
        assert_eq!(ran["exec_id"], number(1));
        home.ended(1);
        home.ended(home.run("hello"));
        let newest = without(api.get(&query)).map(|entry| entry["exec_id"].clone());
        assert_eq!(newest, on.then(|| json!("2")));
        let entry = api.get(&format!("{query}&exec_id=1")).is(200).data();
        assert_eq!(entry["exec_id"], number(1));
        let logs = api.post("/jobs/logs", json!({"id": id})).is(200).data();
        assert_eq!(logs[0]["exec_id"], number(2));
        let entries = api.post("/api/entries", json!({"job": id})).is(200).data();
        assert_eq!(entries["items"][0]["exec_id"], 2);
        api.post("/api/entry", json!({"job": id})).is(400);
        api.get("/jobs/execs?exec_id=99").is(404);
    }
}

#[test]
fn unknown_parameters_are_ignored() {
    for (home, on) in homes() {
        let (oli, ann) = (Api::logged_in(&home, "oli"), Api::logged_in(&home, "ann"));
        let job = json!({"name": "a", "cron_expr": "@daily", "mode": "command", "command": "true", "colour": "red"});
        is(oli.post("/jobs/add", job.clone()), on, 400);
        is(oli.get("/jobs/list?_=1719999999"), on, 400);
        is(ann.get("/admin/list?_=1719999999"), on, 400);
        oli.post("/api/add", job).refuses("colour");
        let events = oli.get("/jobs/events?_=1&exec_id=99");
        assert_eq!(events.status, if on { 404 } else { 400 });
        let file = oli.get("/jobs/logs/download?_=1&exec_id=99");
        assert_eq!(file.status, if on { 404 } else { 400 });
        // A password in the query is refused all the same, and a token is needed.
        let login = oli.send("POST", "/admin/login?username=oli&password=x", None, b"");
        login.is(400);
        Api::anonymous(&home).get("/jobs/list?_=1").is(401);
    }
}

#[test]
fn data_of_an_error_is_null() {
    for (home, on) in homes() {
        let (oli, ann) = (Api::logged_in(&home, "oli"), Api::logged_in(&home, "ann"));
        let bad = json!({"name": "a", "cron_expr": "nonsense", "command": "true"});
        for reply in [
            oli.post("/jobs/add", bad.clone()).is(400),
            oli.post("/jobs/run", json!({})).is(400),
            oli.get("/jobs/logs/download").is(400),
            ann.post("/admin/status", json!({"id": 1})).is(400),
        ] {
            let json = reply.json();
            let (data, beside) = (&json["data"], &json["error"]);
            assert_eq!(data.is_null(), on, "{json}");
            let field = if on { beside } else { data };
            assert!(field["field"].is_string(), "{json}");
        }
        oli.post("/api/add", bad).refuses("cron_expr");
    }
}

#[test]
fn page_may_have_1000_entries() {
    for (home, on) in homes() {
        let api = Api::logged_in(&home, "oli");
        let jobs: String = (0..620)
            .map(|number| format!("0 0 1 1 * true {number}\n"))
            .collect();
        home.jobs_reading(&["import", "crontab", "-"], &jobs).ok();
        for (query, items, pages) in [
            ("size=1000", 620, 1),
            ("page=1&size=600", 600, 2),
            ("page=2&size=600", 20, 2),
            ("page=2&size=501", 119, 2),
            ("page=3&size=600", 0, 2),
        ] {
            let reply = api.get(&format!("/jobs/list?{query}"));
            if let Some(json) = is(reply, on, 400) {
                let numbers = [&json["total"], &json["pages_total"]];
                assert_eq!(numbers, [&json!(620), &json!(pages)], "{query}");
                assert_eq!(json["data"].as_array().unwrap().len(), items, "{query}");
            }
        }
        let ids = |query: &str| -> Vec<i64> {
            let json = api.get(&format!("/jobs/list?{query}")).is(200).json();
            let jobs = json["data"].as_array().unwrap().iter();
            jobs.map(|job| job["id"].as_i64().unwrap()).collect()
        };
        if on {
            let halves = [ids("page=1&size=310"), ids("page=2&size=310")].concat();
            assert_eq!(ids("size=620"), halves);
            assert_eq!(ids("page=2&size=505"), halves[505..]);
        }
        api.get("/jobs/list?size=1001").is(400);
        api.post("/api/list", json!({"size": 501})).is(400);
    }
}

#[test]
fn warning_is_a_level_and_health_has_the_names_of_go() {
    for (home, on) in homes() {
        let api = Api::logged_in(&home, "vic");
        is(api.get("/jobs/zapLogs?level=warning"), on, 400);
        api.get("/jobs/zapLogs?level=warn").is(200);
        api.post("/api/system_log", json!({"level": "warning"}))
            .is(400);
        let health = api.get("/jobs/health").is(200).data();
        for value in [
            &health["memory"]["alloc"],
            &health["memory"]["sys"],
            &health["goroutines"],
        ] {
            assert_eq!(
                value.as_u64().is_some_and(|number| number > 0),
                on,
                "{health}"
            );
        }
        let strict = api.post("/api/health", json!({})).is(200).data();
        assert_eq!(strict["goroutines"], Value::Null);
        // Without `Accept: text/html` only a client of the original system gets JSON.
        let root = Api::anonymous(&home).get("/");
        let kind = if on {
            "application/json"
        } else {
            "text/html; charset=utf-8"
        };
        assert_eq!(
            (root.status, root.header("content-type")),
            (200, Some(kind))
        );
    }
}

#[test]
fn flag_changes_by_a_reload() {
    let home = home_with("");
    let api = Api::logged_in(&home, "vic");
    api.get("/jobs/list?_=1").is(200);
    let yaml = home.read("config.yaml");
    home.write("config.yaml", &format!("{yaml}  compatible: false\n"));
    home.jobs(&["reload"]).ok();
    api.get("/jobs/list?_=1").is(400);
}
