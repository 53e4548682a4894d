//! Hostile clients: disconnects, wrong logins, huge requests, revoked access.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Api, home_with_http};
use crate::support::{Home, signal, until};

fn status(home: &Home, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    line.trim_start_matches(':')
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// Sends a request and does not wait for the answer.
fn send_and_leave(api: &Api, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(api.address()).unwrap();
    let token = api.token();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

#[test]
fn client_that_disconnects_frees_its_thread() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "vic");
    home.add(&[
        "slow",
        "--cron",
        "0 0 1 1 *",
        "--timeout",
        "0",
        "--",
        "sleep 600",
    ]);
    let exec_id = home.run("slow");
    let ask = json!({"exec_id": exec_id, "wait": 30}).to_string();
    // Twice as many requests as may wait at once; each client disconnects right after its request.
    for _ in 0..400 {
        drop(send_and_leave(&api, "/api/logs", &ask));
    }
    let threads = status(&home, "Threads");
    assert!(threads < 300, "{threads} threads");
    // Other clients are answered without delay.
    let began = Instant::now();
    home.jobs(&["status"]).ok();
    api.get("/jobs/list").is(200);
    Api::logged_in(&home, "oli")
        .post("/api/cancel", json!({"exec_id": exec_id}))
        .is(200);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn wrong_logins_leave_no_memory_allocated() {
    let home = home_with_http("");
    let api = Api::anonymous(&home);
    let wave = || {
        std::thread::scope(|scope| {
            for number in 0..60 {
                let api = &api;
                scope.spawn(move || {
                    let name = format!("nemo{number}");
                    api.post(
                        "/admin/login",
                        json!({"username": name, "password": "wrong horse"}),
                    )
                });
            }
        });
    };
    wave();
    let before = status(&home, "VmRSS");
    for _ in 0..3 {
        wave();
    }
    let after = status(&home, "VmRSS");
    assert!(after < before + 48 * 1024, "{before} KiB, then {after} KiB");
}

#[test]
fn refused_requests_write_small_audit_rows() {
    let home = home_with_http("");
    let viewer = Api::logged_in(&home, "vic");
    let long = "A".repeat(500_000);
    viewer.post("/jobs/run", json!({"id": long})).is(403);
    viewer.post("/jobs/del", json!({"id": [long, "b"]})).is(403);
    for _ in 0..5 {
        Api::anonymous(&home)
            .post("/admin/login", json!({"username": "x", "password": ""}))
            .is(400);
    }
    let rows = home
        .jobs(&["audit", "--json", "--outcome", "denied"])
        .ok()
        .json();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert!(
        rows.to_string().len() < 4_000,
        "{} bytes",
        rows.to_string().len()
    );
    let logins = home
        .jobs(&["audit", "--json", "--operation", "login"])
        .ok()
        .json();
    assert_eq!(logins.as_array().unwrap().len(), 1, "{logins}");

    let operator = Api::logged_in(&home, "oli");
    operator
        .post(
            "/jobs/add",
            json!({"name": "x", "every": "1h", "command": "true"}),
        )
        .is(200);
    let many = vec![1; 50_000];
    operator.post("/jobs/stop", json!({"id": many})).is(400);
    operator
        .post("/jobs/stop", json!({"id": vec![1; 9_000]}))
        .is(200);
    operator
        .send("POST", "/admin/login?username=oli&password=x", None, b"")
        .refuses("password");
}

#[test]
fn stream_of_disabled_account_is_closed() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "vic");
    let mut stream = TcpStream::connect(api.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        stream,
        "GET /jobs/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
        api.token()
    )
    .unwrap();
    let mut heard = String::new();
    let mut part = [0; 4096];
    while !heard.contains("\nid:") {
        let length = stream.read(&mut part).unwrap();
        heard.push_str(&String::from_utf8_lossy(&part[..length]));
    }
    home.jobs(&["admin", "disable", "vic"]).ok();
    home.add(&["secret-job", "--cron", "0 0 1 1 *", "--", "true"]);
    loop {
        match stream.read(&mut part).unwrap() {
            0 => break,
            length => heard.push_str(&String::from_utf8_lossy(&part[..length])),
        }
        if heard.contains("event: bye") {
            break;
        }
    }
    assert!(heard.contains("the token is void"), "{heard}");
    assert!(!heard.contains("secret-job"), "{heard}");
}

#[test]
fn reload_by_signal_is_audited() {
    let home = home_with_http("");
    let config = home.read("config.yaml");
    home.write("config.yaml", &format!("{config}jobs:\n  kill_grace: 9\n"));
    signal(home.pid(), "HUP");
    let row = until("the reload is audited", || {
        let rows = home
            .jobs(&["audit", "--json", "--operation", "reload"])
            .ok()
            .json();
        rows.as_array().unwrap().first().cloned()
    });
    assert_eq!(
        (&row["who"], &row["transport"]),
        (&json!("daemon"), &json!("inside")),
        "{row}"
    );
    assert_eq!(row["before"], json!({"jobs": {"kill_grace": 5}}));
    assert_eq!(row["after"], json!({"jobs": {"kill_grace": 9}}));
    home.jobs(&["pause"]).ok();
    let rows = home
        .jobs(&["audit", "--json", "--operation", "pause"])
        .ok()
        .json();
    assert_eq!(
        rows[0]["after"],
        json!({"scheduler": {"scheduler_running": false}})
    );
    // The row says that a secret has changed, without showing it.
    home.add(&[
        "s",
        "--cron",
        "0 0 1 1 *",
        "--env",
        "API_TOKEN=realsecret9",
        "--",
        "true",
    ]);
    home.jobs(&["edit", "s", "--env", "API_TOKEN=othersecret9"])
        .ok();
    let rows = home
        .jobs(&["audit", "--json", "--operation", "edit"])
        .ok()
        .json();
    let after = rows[0]["after"]["s"]["command"].as_str().unwrap();
    assert!(after.contains("a secret in it is another one"), "{rows}");
    assert!(!rows.to_string().contains("secret9"), "{rows}");
    let id = home.show("s")["id"].to_string();
    home.jobs(&["rm", &id]).ok();
    let rows = home
        .jobs(&["audit", "--json", "--target", "s", "--operation", "rm"])
        .ok()
        .json();
    assert_eq!(rows.as_array().unwrap().len(), 1, "by its name: {rows}");
}

#[test]
fn execution_started_over_http_survives_closing_the_server() {
    let home = home_with_http("");
    let api = Api::logged_in(&home, "oli");
    home.add(&[
        "long",
        "--cron",
        "0 0 1 1 *",
        "--",
        "while [ ! -e go ]; do sleep 0.1; done; echo done",
    ]);
    home.jobs(&[
        "edit",
        "long",
        "--workdir",
        &home.path("").display().to_string(),
    ])
    .ok();
    let ran = api.post("/jobs/run", json!({"id": "long"})).is(200).data();
    let config = home
        .read("config.yaml")
        .replace("enabled: true", "enabled: false");
    home.write("config.yaml", &config);
    home.jobs(&["reload"]).ok();
    until("the HTTP server is closed", || {
        TcpStream::connect(api.address()).err().map(|_| ())
    });
    home.write("go", "");
    let execution = home.ended(ran["exec_id"].as_i64().unwrap());
    assert_eq!(
        (&execution["status"], &execution["stdout"]),
        (&json!("success"), &json!("done\n"))
    );
}
