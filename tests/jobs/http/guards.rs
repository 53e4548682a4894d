//! Guards of the HTTP server: what a client may cost that has no token, no name of the server, or a small role.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType};
use serde_json::json;

use super::client::{Api, home_with_http};
use super::connect;
use crate::support::{Home, until};

/// The resident memory of the daemon, in MiB.
fn memory(home: &Home) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/status", home.pid())).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse::<u64>().unwrap() / 1024
}

/// Sends the head of a request and a part of its body, and reads the answer although the rest does not come.
fn answer_to_half_a_body(api: &Api, path: &str, headers: &str, part: &[u8]) -> String {
    let mut stream = connect(api.address()).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(part).unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[test]
fn token_and_role_are_checked_before_the_body_is_read() {
    let home = home_with_http("");
    let nobody = Api::anonymous(&home);
    let viewer = Api::logged_in(&home, "vic");
    let bearer = format!("Authorization: Bearer {}\r\n", viewer.token());
    let began = Instant::now();
    for (length, part) in [
        ("Content-Length: 900000\r\n", b"{\"name\":".as_slice()),
        ("Transfer-Encoding: chunked\r\n", b"5\r\n{\"a\":".as_slice()),
        ("Transfer-Encoding: chunked\r\n", b"fffff".as_slice()),
        (
            "Content-Length: 900000\r\nExpect: 100-continue\r\n",
            b"".as_slice(),
        ),
    ] {
        for path in ["/jobs/add", "/api/add", "/admin/register"] {
            let answer = answer_to_half_a_body(&nobody, path, length, part);
            assert_eq!(answer, "HTTP/1.1 401", "{path} {length}");
            let headers = format!("{bearer}{length}");
            let answer = answer_to_half_a_body(&viewer, path, &headers, part);
            assert_eq!(answer, "HTTP/1.1 403", "{path} {length}");
            let headers = format!("Authorization: Bearer jobs_wrong\r\n{length}");
            let answer = answer_to_half_a_body(&nobody, path, &headers, part);
            assert_eq!(answer, "HTTP/1.1 401", "{path} {length}");
        }
    }
    // 36 requests, none of which waits for its body (30 s).
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn bodies_of_callers_with_a_small_role_are_small() {
    let home = home_with_http("");
    let nobody = Api::anonymous(&home);
    let long = "x".repeat(20_000);
    let login = json!({"username": "ann", "password": long});
    nobody.post("/admin/login", login.clone()).is(413);
    nobody.post("/api/login", login).is(413);
    nobody.post("/api/health", json!({"x": long})).is(413);
    let viewer = Api::logged_in(&home, "vic");
    let longer = "x".repeat(70_000);
    viewer.post("/jobs/logs", json!({"id": longer})).is(413);
    let operator = Api::logged_in(&home, "oli");
    let job = json!({"name": "x", "every": "1h", "command": "true", "desc": "d", "stdin": longer});
    operator
        .post("/jobs/add", job)
        .status_is_one_of(&[200, 400]);
}

#[test]
fn clients_without_a_token_hold_little_memory() {
    let home = home_with_http("  request_timeout: 300\n");
    let api = Api::anonymous(&home);
    let before = memory(&home);
    let body = vec![b'x'; 512 * 1024];
    let mut held: Vec<TcpStream> = Vec::new();
    for number in 0..400 {
        let mut stream = connect(api.address()).unwrap();
        let path = if number % 2 == 0 {
            "/jobs/add"
        } else {
            "/admin/login"
        };
        // The server may have answered and closed meanwhile.
        let _ = write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 524289\r\n\r\n"
        );
        let _ = stream.write_all(&body);
        held.push(stream);
    }
    let after = memory(&home);
    assert!(after < before + 100, "{before} MiB, then {after} MiB");
    Api::logged_in(&home, "vic").get("/jobs/list").is(200);
}

#[test]
fn host_is_checked_also_where_no_login_is_needed() {
    let home = home_with_http("  names: [jobs.example.com]\n");
    let address = Api::anonymous(&home).address().to_string();
    let status = |path: &str, host: &str| {
        let mut stream = connect(&address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split(' ').nth(1).unwrap().to_string()
    };
    for path in ["/jobs/health", "/openapi.json", "/swagger/index.html"] {
        for host in ["localhost", "127.0.0.1:36363", "[::1]", "Jobs.Example.com"] {
            assert_eq!(status(path, host), "200", "{path} {host}");
        }
        for host in ["evil.example", "localhost.evil.com", "127.0.0.1:99@evil"] {
            assert_eq!(status(path, host), "421", "{path} {host}");
        }
    }
}

#[test]
fn address_on_no_list_takes_no_place() {
    let home = home_with_http("  max_connections: 50\n  max_connections_per_client: 40\n");
    let api = Api::logged_in(&home, "vic");
    let stranger = |address: u32| {
        let from: SocketAddr = format!("127.0.0.{address}:0").parse().unwrap();
        let to: SocketAddr = api.address().parse().unwrap();
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::bind(&socket, &from).unwrap();
        rustix::net::connect(&socket, &to).unwrap();
        TcpStream::from(socket)
    };
    let mut held = Vec::new();
    for number in 0..300 {
        let mut stream = stranger(2 + number % 3);
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nX: ");
        held.push(stream);
        if number % 30 == 0 {
            api.get("/jobs/list").is(200);
        }
    }
}

#[test]
fn one_viewer_leaves_downloads_to_others() {
    let home = home_with_http("");
    home.add(&["big", "--cron", "0 0 1 1 *", "--", "yes | head -c 9000000"]);
    let exec_id = home.run("big");
    home.ended(exec_id);
    let path = format!("/jobs/logs/download?exec_id={exec_id}");
    let deaf = |api: &Api| {
        let mut stream = connect(api.address()).unwrap();
        let token = api.token();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        .unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        (stream, String::from_utf8(status.to_vec()).unwrap())
    };
    let viewer = Api::logged_in(&home, "vic");
    let held: Vec<(TcpStream, String)> = (0..10).map(|_| deaf(&viewer)).collect();
    let refused = held.iter().filter(|(_, status)| status.ends_with("429"));
    assert_eq!(refused.count(), 2, "8 downloads of one caller run");
    // Another login is the same caller.
    Api::logged_in(&home, "vic").get(&path).is(429);
    let size = |api: &Api| api.get(&path).body.len();
    assert_eq!(size(&Api::logged_in(&home, "oli")), 9_000_000);
    assert_eq!(size(&Api::logged_in(&home, "ann")), 9_000_000);
    drop(held);
    until("the viewer may download again", || {
        (size(&viewer) == 9_000_000).then_some(())
    });
}

#[test]
fn name_is_never_taken_for_an_id() {
    let home = home_with_http("");
    home.add(&["precious", "--cron", "0 0 1 1 *", "--", "echo precious"]);
    home.add(&["+1", "--cron", "0 0 1 1 *", "--", "echo plus"]);
    let api = Api::logged_in(&home, "oli");
    let edit = api.form("/jobs/edit", "id=%2B1&command=changed").is(200);
    assert_eq!(edit.data()["job"]["name"], "+1");
    assert_eq!(home.show("precious")["command"], "echo precious");
    let read = |id: &str| api.get(&format!("/jobs/read?id={id}"));
    assert_eq!(read("1").is(200).data()["name"], "precious");
    assert_eq!(read("%2B1").is(200).data()["name"], "+1");
    for id in [
        "01",
        "%201",
        "1%20",
        "1.0",
        "0x1",
        "%EF%BC%91",
        "1e0",
        "-1",
        "+1",
        "1%00",
    ] {
        read(id).is(404);
        for path in [
            "/jobs/run",
            "/jobs/stop",
            "/jobs/restart",
            "/jobs/del",
            "/api/run",
        ] {
            let name = if path == "/api/run" { "job" } else { "id" };
            api.form(path, &format!("{name}={id}"))
                .status_is_one_of(&[400, 404]);
        }
        api.get(&format!("/jobs/logs/download?id={id}")).is(404);
        api.get(&format!("/jobs/events?job={id}")).is(404);
    }
    for id in [json!(1.0), json!(-1), json!("01"), json!(true), json!([1])] {
        api.post("/jobs/run", json!({"id": id}))
            .status_is_one_of(&[400, 404]);
    }
    let exec_id = home.run("precious");
    home.ended(exec_id);
    for exec_id in ["%2B1", "01", "%201", "1.0", "0x1", "%EF%BC%91"] {
        for path in ["/jobs/execs", "/jobs/logs/download", "/jobs/events"] {
            api.get(&format!("{path}?exec_id={exec_id}"))
                .refuses("exec_id");
        }
        api.form("/api/logs", &format!("exec_id={exec_id}"))
            .refuses("exec_id");
        api.form("/api/cancel", &format!("exec_id={exec_id}"))
            .refuses("exec_id");
    }
    assert_eq!(home.history("+1").len(), 0);
}

#[test]
fn refusals_of_a_viewer_are_merged_in_the_audit() {
    let home = home_with_http("");
    let viewer = Api::logged_in(&home, "vic");
    for number in 0..300 {
        let job = json!({"name": format!("n{number}"), "cron_expr": "@daily", "command": "x"});
        viewer.post("/jobs/add", job).is(403);
        let mail = json!({"email": format!("no mail {number}")});
        viewer.post("/admin/profile", mail).is(400);
    }
    let rows = home.jobs(&["audit", "--json", "--who", "vic"]).ok().json();
    let of = |operation: &str| {
        let rows = rows.as_array().unwrap().iter();
        let rows: Vec<_> = rows.filter(|row| row["operation"] == operation).collect();
        assert_eq!(rows.len(), 1, "{operation}: {rows:?}");
        rows[0].clone()
    };
    let denied = of("add");
    assert_eq!(denied["outcome"], "denied");
    let error = denied["error"].as_str().unwrap();
    assert!(error.contains("needs the role operator"), "{error}");
    assert!(error.contains("(at least 256 times since "), "{error}");
    let failed = of("profile_edit");
    assert_eq!(failed["outcome"], "failed");
    assert!(failed["error"].as_str().unwrap().contains("at least 256"));
}
