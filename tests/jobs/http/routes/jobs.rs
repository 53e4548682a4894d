//! The routes of jobs and executions.

use serde_json::{Value, json};

use crate::http::client::{Api, home_with_http};
use crate::support::until;

#[test]
fn routes_of_jobs_add_list_read_edit_and_delete() {
    let home = home_with_http("");
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

    // A client may send all fields of a job, also those that cannot be changed.
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
fn routes_of_executions_run_log_stop_and_restart() {
    let home = home_with_http("");
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

    // `allow_mode` 1: the second execution is skipped.
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
fn body_with_a_key_twice_or_not_utf8_is_refused() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "oli");
    let json = Some("application/json");
    let form = Some("application/x-www-form-urlencoded");
    for (kind, body, part) in [
        (
            json,
            br#"{"name":"a","every":"1d","command":"true","command":"false"}"#.as_slice(),
            "the key `command` stands twice",
        ),
        (
            json,
            b"{\"name\":\"a\",\"every\":\"1d\",\"command\":\"caf\xe9\"}".as_slice(),
            "unicode",
        ),
        (
            form,
            b"name=a&every=1d&command=caf%E9".as_slice(),
            "command: the value is not UTF-8",
        ),
        (
            form,
            b"name=a&every=1d&command=caf\xe9".as_slice(),
            "the form is not UTF-8",
        ),
    ] {
        let reply = api.send("POST", "/jobs/add", kind, body).is(400);
        assert!(reply.text().contains(part), "{}", reply.text());
    }
    api.get("/jobs/list?search=caf%E9").is(400);
    assert_eq!(home.jobs(&["list", "--json"]).ok().json(), json!([]));
    let body = "name=a&every=1d&command=echo+caf%C3%A9";
    api.send("POST", "/jobs/add", form, body.as_bytes()).is(200);
    assert_eq!(home.show("a")["command"], "echo café");
}
