//! Every route of the original system, with good and bad input.

use serde_json::{Value, json};

use super::client::{Api, PASSWORD, opened};
use crate::support::until;

#[test]
fn jobs_are_added_listed_read_edited_and_deleted() {
    let home = opened("");
    let api = Api::logged_in(&home, "oli");
    let added = api
        .post(
            "/jobs/add",
            json!({
                "name": "数据备份任务", "desc": "每日凌晨备份数据库", "cron_expr": "0 2 * * *", "mode": "command",
                "command": "【command】./backup.sh\n【workdir】/opt/scripts", "state": 0, "allow_mode": 1, "max_run_count": 5,
            }),
        )
        .is(200);
    let job = &added.data()["job"];
    let id = job["id"].as_i64().unwrap();
    assert_eq!(
        (&job["allow_mode"], &job["max_run_count"], &job["state"]),
        (&json!(1), &json!(5), &json!(0))
    );
    api.form(
        "/jobs/add",
        "name=form&cron_expr=*/10+*+*+*+*+*&mode=func&command=%E3%80%90name%E3%80%91Echo%0A%E3%80%90arg%E3%80%91a&state=2",
    )
    .is(200);

    let list = api.get("/jobs/list").is(200).json();
    assert_eq!(
        (
            &list["total"],
            &list["pages_total"],
            &list["page"],
            &list["page_size"]
        ),
        (&json!(2), &json!(1), &json!(1), &json!(10))
    );
    let names = |list: &Value| -> Vec<String> {
        let jobs = list["data"].as_array().unwrap();
        let name = |job: &Value| job["name"].as_str().unwrap().to_string();
        jobs.iter().map(name).collect()
    };
    assert_eq!(names(&list), ["form", "数据备份任务"], "newest first");
    for (query, found) in [
        ("?size=1", vec!["form"]),
        ("?size=1&page=2", vec!["数据备份任务"]),
        ("?page=3", vec![]),
        ("?page=0&size=0", vec!["form", "数据备份任务"]),
        ("?name=%E5%A4%87%E4%BB%BD", vec!["数据备份任务"]),
        ("?state=2", vec!["form"]),
        ("?state=0&size=1", vec!["数据备份任务"]),
        ("?state=-1", vec!["form", "数据备份任务"]),
        ("?mode=func", vec!["form"]),
        ("?mode=http", vec![]),
    ] {
        let list = api.get(&format!("/jobs/list{query}")).is(200).json();
        assert_eq!(names(&list), found, "{query}");
    }
    assert_eq!(
        api.get("/jobs/list?size=1").is(200).json()["pages_total"],
        2
    );
    for (query, field) in [
        ("?size=501", "size"),
        ("?state=7", "state"),
        ("?state=x", "state"),
        ("?mode=x", "mode"),
        ("?page=-1", "page"),
        ("?order=due", "order"),
        ("?nmae=x", "nmae"),
    ] {
        api.get(&format!("/jobs/list{query}")).refuses(field);
    }

    let read = api.get(&format!("/jobs/read?id={id}")).is(200).data();
    assert_eq!(read["name"], "数据备份任务");
    assert_eq!(
        read["command"],
        "【command】./backup.sh\n【workdir】/opt/scripts"
    );
    api.get("/jobs/read?id=form").is(200);
    api.get("/jobs/read?id=99").is(404);
    api.get("/jobs/read").refuses("id");

    // A client may send the whole of a job back.
    api.post(
        "/jobs/edit",
        json!({
            "id": id, "name": "backup", "desc": "", "cron_expr": "0 0 3 * * *", "mode": "command", "command": "true",
            "state": 2, "allow_mode": 0, "max_run_count": 0, "run_count": 3, "created_at": "x", "updated_at": "x",
        }),
    )
    .is(200);
    let read = api.get("/jobs/read?id=backup").is(200).data();
    assert_eq!(
        (&read["cron_expr"], &read["state"], &read["run_count"]),
        (&json!("0 0 3 * * *"), &json!(2), &json!(0))
    );
    api.post("/jobs/edit", json!({"id": id, "cron_expr": "0 0 25 * * *"}))
        .refuses("cron_expr");
    api.post("/jobs/edit", json!({"id": id})).refuses("edit");
    api.post("/jobs/edit", json!({"id": 99, "desc": "x"}))
        .is(404);
    api.post("/jobs/edit", json!({"desc": "x"})).refuses("id");
    for (job, field) in [
        (json!({"cron_expr": "@daily", "command": "true"}), "name"),
        (
            json!({"name": "backup", "cron_expr": "@daily", "command": "true"}),
            "name",
        ),
        (
            json!({"name": "12", "cron_expr": "@daily", "command": "true"}),
            "name",
        ),
        (json!({"name": "x", "command": "true"}), "schedule"),
        (
            json!({"name": "x", "cron_expr": "@daily", "mode": "x", "command": "true"}),
            "mode",
        ),
        (
            json!({"name": "x", "cron_expr": "@daily", "command": "true", "allow_mode": 9}),
            "allow_mode",
        ),
        (
            json!({"name": "x", "cron_expr": "@daily", "command": "true", "state": 5}),
            "state",
        ),
        (
            json!({"name": "x", "cron_expr": "@daily", "command": "true", "colour": "red"}),
            "colour",
        ),
        (
            json!({"name": ["x"], "cron_expr": "@daily", "command": "true"}),
            "name",
        ),
    ] {
        let reply = api.post("/jobs/add", job.clone());
        let status = reply.status;
        assert!(status == 400 || status == 409, "{job}: {}", reply.text());
        assert!(reply.text().contains(field), "{job}: {}", reply.text());
    }

    api.post("/jobs/del", json!({"id": id})).is(200);
    api.post("/jobs/del", json!({"id": id})).is(404);
    api.post("/jobs/del", json!({})).refuses("id");
    api.form("/jobs/del?id=form", "").is(200);
    assert_eq!(api.get("/jobs/list").is(200).json()["total"], 0);
}

#[test]
fn jobs_are_run_stopped_and_restarted() {
    let home = opened("");
    let api = Api::logged_in(&home, "oli");
    let job = json!({"name": "a", "cron_expr": "0 0 1 1 *", "command": "echo out; echo err >&2; exit 3", "allow_mode": 1});
    let id = api.post("/jobs/add", job).is(200).data()["job"]["id"].clone();
    let ran = api.post("/jobs/run", json!({"id": id})).is(200).data();
    assert_eq!(ran["skipped"], false);
    let exec_id = ran["exec_id"].as_i64().unwrap();
    let entry = until("the entry is final", || {
        let entry = api
            .get(&format!("/jobs/execs?id={id}&exec_id={exec_id}"))
            .is(200)
            .data();
        (entry["status"] != "running").then_some(entry)
    });
    for (name, value) in [
        ("job_id", id.clone()),
        ("job_name", json!("a")),
        ("mode", json!("command")),
        ("exec_id", json!(exec_id)),
        ("source", json!("manual")),
        ("exit_code", json!(3)),
        ("stdout", json!("out\n")),
        ("stderr", json!("err\n")),
        ("status", json!("failed")),
    ] {
        assert_eq!(entry[name], value, "{name} in {entry}");
    }
    for name in ["time", "end_time", "command", "duration_ms", "error_msg"] {
        assert!(entry.get(name).is_some(), "{name} in {entry}");
    }
    api.get("/jobs/execs?exec_id=999").is(404);
    api.get("/jobs/execs?exec_id=x").refuses("exec_id");
    api.get("/jobs/execs").refuses("exec_id");
    api.post(
        "/jobs/add",
        json!({"name": "b", "cron_expr": "@daily", "command": "true"}),
    )
    .is(200);
    api.get(&format!("/jobs/execs?id=b&exec_id={exec_id}"))
        .is(404);

    let logs = api.post("/jobs/logs", json!({"id": id})).is(200).json();
    assert_eq!(
        (&logs["total"], &logs["data"][0]["exec_id"]),
        (&json!(1), &json!(exec_id))
    );
    let today = entry["time"].as_str().unwrap()[..10].to_string();
    for (ask, total) in [
        (json!({"id": id, "date": today}), 1),
        (json!({"id": id, "date": "2001-02-03"}), 0),
        (json!({"id": "b"}), 0),
        (json!({"limit": 1, "page": 1, "size": 5, "order": "asc"}), 1),
    ] {
        let logs = api.post("/jobs/logs", ask.clone()).is(200).json();
        assert_eq!(logs["total"], total, "{ask}");
    }
    api.post("/jobs/logs", json!({"id": id, "date": "2026-13-01"}))
        .refuses("date");
    api.post("/jobs/logs", json!({"id": id, "order": "up"}))
        .refuses("order");
    api.post("/jobs/logs", json!({"id": 77})).is(404);
    let cleared = api
        .post("/jobs/logs/clear", json!({"type": "job", "id": id}))
        .is(200);
    assert_eq!(cleared.data()["cleared"], true);
    assert_eq!(
        api.post("/jobs/logs", json!({"id": id})).is(200).json()["total"],
        0
    );
    api.post("/jobs/logs/clear", json!({"type": "job"}))
        .refuses("id");
    api.post("/jobs/logs/clear", json!({"type": "all"}))
        .refuses("type");
    api.post("/jobs/logs/clear", json!({"id": id}))
        .refuses("type");

    // Serial: the second one is skipped.
    api.post("/jobs/edit", json!({"id": id, "command": "sleep 600"}))
        .is(200);
    api.post("/jobs/run", json!({"id": id})).is(200);
    let skipped = api.post("/jobs/run", json!({"id": id})).is(200).data();
    assert_eq!(skipped["skipped"], true);
    assert!(skipped["reason"].is_string(), "{skipped}");
    assert_eq!(
        api.get(&format!("/jobs/read?id={id}")).is(200).data()["state"],
        1
    );
    api.post("/jobs/stop", json!({"id": id, "running": true}))
        .is(200);
    until("it is stopped", || {
        let state = &api.get(&format!("/jobs/read?id={id}")).is(200).data()["state"];
        (*state == 2).then_some(())
    });
    api.post("/jobs/restart", json!({"id": id})).is(200);
    assert_eq!(
        api.get(&format!("/jobs/read?id={id}")).is(200).data()["state"],
        0
    );
    for path in ["/jobs/run", "/jobs/stop", "/jobs/restart"] {
        api.post(path, json!({"id": 99})).is(404);
        api.post(path, json!({})).refuses("id");
        api.post(path, json!({"id": {}})).is(400);
    }
}

#[test]
fn the_scheduler_and_the_daemon_are_shown() {
    let home = opened("app:\n  name: herb\n");
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

    let health = Api::nobody(&home).get("/jobs/health").is(200).data();
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
fn addresses_and_the_configuration_are_managed() {
    let home = opened("");
    let api = Api::logged_in(&home, "ann");
    let lists = api.get("/jobs/ip-control/status").is(200).data();
    assert_eq!(
        lists,
        json!({"enabled": true, "whitelist": ["127.0.0.1", "::1"], "blacklist": []})
    );
    api.post(
        "/jobs/ip-control/whitelist/add",
        json!({"ip": "10.0.0.0/8"}),
    )
    .is(200);
    api.form("/jobs/ip-control/blacklist/add", "ip=10.1.2.3")
        .is(200);
    let lists = api.get("/jobs/ip-control/status").is(200).data();
    assert_eq!(lists["whitelist"][2], "10.0.0.0/8");
    assert_eq!(lists["blacklist"], json!(["10.1.2.3"]));
    api.post(
        "/jobs/ip-control/whitelist/remove",
        json!({"ip": "10.0.0.0/8"}),
    )
    .is(200);
    api.post(
        "/jobs/ip-control/whitelist/remove",
        json!({"ip": "10.0.0.0/8"}),
    )
    .is(404);
    api.post(
        "/jobs/ip-control/blacklist/remove",
        json!({"ip": "10.1.2.3"}),
    )
    .is(200);
    for path in [
        "whitelist/add",
        "whitelist/remove",
        "blacklist/add",
        "blacklist/remove",
    ] {
        let path = format!("/jobs/ip-control/{path}");
        api.post(&path, json!({"ip": "10.0.0.256"})).refuses("ip");
        api.post(&path, json!({})).refuses("ip");
        api.post(&path, json!({"ip": "10.0.0.1", "list": "whitelist"}))
            .refuses("list");
    }
    let reloaded = api.post("/jobs/reload-config", json!({})).is(200).data();
    assert_eq!(reloaded["warnings"], json!([]));
    let config = home.read("config.yaml");
    home.write("config.yaml", "jobs:\n  kill_grace: soon\n");
    api.post("/jobs/reload-config", json!({}))
        .refuses("jobs.kill_grace");
    home.write("config.yaml", &format!("{config}jobs:\n  kill_grace: 7\n"));
    api.post("/jobs/reload-config", json!({})).is(200);
    assert_eq!(api.get("/jobs/config").is(200).data()["kill_grace"], 7);
}

#[test]
fn accounts_are_managed() {
    let home = opened("");
    let ann = Api::logged_in(&home, "ann");
    let nobody = Api::nobody(&home);
    let login = |name: &str, password: &str| {
        nobody.post(
            "/admin/login",
            json!({"username": name, "password": password}),
        )
    };
    let data = login("ann", PASSWORD).is(200).data();
    assert_eq!(data["user"]["username"], "ann");
    assert_eq!(data["user"]["role"], "admin");
    assert!(data["user"]["id"].is_i64() && data["user"]["email"].is_string());
    nobody
        .form(
            "/admin/login",
            &format!("username=ann&password={}", PASSWORD.replace(' ', "+")),
        )
        .is(200);
    let wrong = login("ann", "wrong").is(401).json();
    assert_eq!(login("nemo", "wrong").is(401).json(), wrong);
    nobody
        .post("/admin/login", json!({"username": "ann"}))
        .refuses("password");

    let bob = json!({"username": "bob", "password": PASSWORD, "email": "bob@example.com", "role": "operator"});
    let added = ann.post("/admin/register", bob.clone()).is(200).data();
    ann.post("/admin/register", bob.clone()).is(409);
    nobody.post("/admin/register", bob).is(401);
    for (account, field) in [
        (json!({"username": "x", "password": "short"}), "password"),
        (json!({"username": "a b", "password": PASSWORD}), "username"),
        (
            json!({"username": "x", "password": PASSWORD, "role": "god"}),
            "role",
        ),
        (
            json!({"username": "x", "password": PASSWORD, "email": "nobody"}),
            "email",
        ),
        (json!({"username": "x"}), "password"),
    ] {
        ann.post("/admin/register", account).refuses(field);
    }
    let list = ann.get("/admin/list?page=1&size=10").is(200).json();
    assert_eq!(list["total"], 4);
    let bob = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|account| account["username"] == "bob")
        .unwrap()
        .clone();
    for name in [
        "id",
        "username",
        "email",
        "role",
        "status",
        "last_login",
        "created_at",
        "updated_at",
    ] {
        assert!(bob.get(name).is_some(), "{name} in {bob}");
    }
    assert!(!list.to_string().contains("argon2"), "{list}");

    let as_bob = nobody.with_token(
        login("bob", PASSWORD).is(200).data()["token"]
            .as_str()
            .unwrap(),
    );
    let profile = as_bob.get("/admin/profile").is(200).data();
    assert_eq!(profile["username"], "bob");
    assert!(profile["last_login"].is_string());
    as_bob
        .post("/admin/profile", json!({"email": "b@example.org"}))
        .is(200);
    assert_eq!(
        as_bob.get("/admin/profile").is(200).data()["email"],
        "b@example.org"
    );
    as_bob
        .post("/admin/profile", json!({"role": "admin"}))
        .is(400);
    as_bob
        .post("/admin/profile", json!({"password": "another horse"}))
        .is(200);
    as_bob.get("/admin/profile").is(401);
    login("bob", PASSWORD).is(401);
    let as_bob = nobody.with_token(
        login("bob", "another horse").is(200).data()["token"]
            .as_str()
            .unwrap(),
    );

    let id = added["id"].clone();
    ann.post("/admin/status", json!({"id": id, "status": 0}))
        .is(200);
    as_bob.get("/admin/profile").is(401);
    login("bob", "another horse").is(401);
    ann.post("/admin/status", json!({"id": id, "status": 1}))
        .is(200);
    login("bob", "another horse").is(200);
    as_bob.get("/admin/profile").is(401);
    ann.post("/admin/status", json!({"id": id, "status": 3}))
        .refuses("status");
    ann.post("/admin/status", json!({"id": 99, "status": 1}))
        .is(404);
    // The original reads the number from the query.
    ann.form(&format!("/admin/delete?id={id}"), "").is(200);
    ann.post("/admin/delete", json!({"id": id})).is(404);
    ann.post("/admin/delete", json!({"id": "ann"})).is(409);
}

#[test]
fn what_is_no_call_is_told_so() {
    let home = opened("");
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
    // Every operation of the socket is here as well.
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
