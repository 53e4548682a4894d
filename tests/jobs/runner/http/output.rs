//! Output of a request: the body on stdout, the heads on stderr, and no secrets.

use super::{add, all_output, run, succeeds, text};
use crate::servers::http::Server;
use crate::servers::proxy::Proxy;
use crate::support::{Home, until};

#[test]
fn stderr_shows_request_and_answer_heads() {
    let (home, server) = (Home::started(), Server::http());
    let row = succeeds(
        &home,
        &[
            "--url",
            &server.url("/echo?a=1#part"),
            "--method",
            "POST",
            "--data",
            "line one\nline two",
            "--header",
            "X-A: b:c",
        ],
    );
    let stdout = text(&row, "stdout");
    assert!(
        stdout.starts_with("POST /echo?a=1 HTTP/1.1\n")
            && stdout.ends_with("\n\nline one\nline two"),
        "{stdout}"
    );
    let stderr = text(&row, "stderr");
    let lines: Vec<&str> = stderr.lines().collect();
    let sent = format!("> POST {}", server.url("/echo?a=1"));
    assert_eq!(lines[0], sent);
    // The lines are exactly the headers that the server received.
    let request = super::last(&server);
    let told: Vec<String> = lines[1..]
        .iter()
        .take_while(|line| **line != ">")
        .map(|line| line.to_ascii_lowercase())
        .collect();
    let got: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| format!("> {name}: {value}").to_ascii_lowercase())
        .collect();
    let (mut told_sorted, mut got_sorted) = (told.clone(), got.clone());
    told_sorted.sort();
    got_sorted.sort();
    assert_eq!(told_sorted, got_sorted);
    for line in [
        ">",
        "> line one",
        "> line two",
        "< 200 OK",
        "< content-type: text/plain; charset=utf-8",
    ] {
        assert!(lines.contains(&line), "no {line:?} in\n{stderr}");
    }
    let times = lines.last().unwrap();
    let names: Vec<&str> = times
        .trim_start_matches("* ")
        .split(", ")
        .map(|part| {
            part.trim_end_matches(|c: char| !c.is_alphabetic())
                .split(|c: char| c.is_ascii_digit())
                .next()
                .unwrap()
                .trim()
        })
        .collect();
    assert_eq!(
        names,
        ["name", "connect", "first byte", "total", ""],
        "{times}"
    );
    assert!(
        times.ends_with(&format!("{} bytes of body", stdout.len())),
        "{times}"
    );
}

#[test]
fn stderr_shows_the_time_of_each_step() {
    let home = Home::started();
    let slow = super::raw::Raw::slow(std::time::Duration::from_millis(300));
    let row = succeeds(&home, &["--url", &slow.url("/")]);
    let millis = |name: &str| -> f64 {
        let after = text(&row, "stderr")
            .split(&format!("{name} "))
            .nth(1)
            .unwrap_or_else(|| panic!("no {name} in {row:#}"));
        after.split(' ').next().unwrap().parse().unwrap()
    };
    assert!(millis("connect") < millis("first byte"), "{row:#}");
    assert!(
        millis("first byte") >= 300.0 && millis("total") >= millis("first byte"),
        "{row:#}"
    );
}

#[test]
fn request_with_secrets_shows_none() {
    let home = Home::started();
    let server = Server::http();
    let proxy = Proxy::http().with_login("u", "hunter2");
    let back = "/headers?token=hunter2";
    let url = server
        .url(&format!("/redirect-to?302&{back}"))
        .replace("://", "://me:hunter2@");
    let args = [
        "--url",
        &url,
        "--header",
        "Authorization: Bearer hunter2",
        "--header",
        "X-Api-Key: hunter2",
        "--header",
        "Proxy-Authorization: Basic hunter2",
        "--cookies",
        "sid=hunter2; a=hunter2",
        "--proxy",
        &proxy.url_as("u", "hunter2"),
        "--method",
        "PUT",
        "--data",
        "{\"password\": \"hunter2\", \"user\": \"me\"}",
    ];
    let name = add(&home, &args);
    let exec_id = home.run(&name);
    let row = home.ended(exec_id);
    assert_eq!(row["status"], "success", "{row:#}");
    let stderr = text(&row, "stderr");
    for line in [
        "> authorization: Bearer ***",
        "> x-api-key: ***",
        "> cookie: ***",
        "> {\"password\": \"***\", \"user\": \"me\"}",
        "< location: /headers?token=***",
        "< set-cookie: ***",
    ] {
        assert!(
            stderr.lines().any(|shown| shown == line),
            "no {line:?} in\n{stderr}"
        );
    }
    assert!(
        stderr.contains(&format!(
            "* through the proxy `http://u:***@{}`",
            proxy.address()
        )),
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("> PUT {}", server.url("/headers?token=***"))),
        "{stderr}"
    );
    let shown = [
        all_output(&row),
        home.jobs(&["logs", &name]).ok().stdout,
        home.system_log(),
    ]
    .concat();
    for secret in ["hunter2", "first=1", "second=two"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    // The real secret was sent.
    let request = super::last(&server);
    assert_eq!(request.target, "/headers?token=hunter2");
    assert_eq!(request.header("cookie"), Some("sid=hunter2; a=hunter2"));
}

#[test]
fn long_body_is_cut_between_characters() {
    let server = Server::http();
    for (most, shown) in [("8", "GET /ech"), ("64KiB", "")] {
        let home = Home::with_config(&format!("jobs:\n  http_response_max_bytes: {most}\n"));
        let row = succeeds(&home, &["--url", &server.url("/echo")]);
        let stdout = text(&row, "stdout");
        if shown.is_empty() {
            assert!(stdout.ends_with("\n\n"), "{stdout:?}");
            assert!(!text(&row, "stderr").contains("are shown"));
        } else {
            assert_eq!(stdout, shown);
            assert!(
                text(&row, "stderr")
                    .contains("* 8 bytes of the body are shown (`jobs.http_response_max_bytes`)"),
                "{row:#}"
            );
        }
        let row = succeeds(&home, &["--url", &server.url("/big/70000")]);
        let most: usize = if shown.is_empty() { 65_536 } else { 8 };
        assert_eq!(
            text(&row, "stdout").len(),
            most.min(row["stdout"].as_str().unwrap().len())
        );
        assert!(
            text(&row, "stderr").contains(&format!("* {most} bytes of the body are shown")),
            "{row:#}"
        );
        assert!(text(&row, "stderr").contains("70000 bytes of body"));
        // 你 has three bytes: eight bytes hold two of them.
        let row = succeeds(&home, &["--url", &server.url("/charset/gbk")]);
        assert_eq!(
            text(&row, "stdout"),
            if shown.is_empty() {
                "你好，世界\n"
            } else {
                "你好"
            }
        );
    }
}

#[test]
fn body_is_shown_while_it_arrives() {
    let (home, server) = (Home::started(), Server::http());
    let name = add(&home, &["--url", &server.url("/endless"), "--timeout", "0"]);
    let exec_id = home.run(&name);
    until("some of it is shown", || {
        let logs = home.jobs(&["logs", "--exec", &exec_id.to_string()]);
        let is_shown = logs.stdout.contains("xyzabc") && logs.stderr.contains("< 200 OK");
        is_shown.then_some(())
    });
    home.jobs(&["cancel", &exec_id.to_string()]).ok();
    let row = run(&home, &["--url", &server.url("/ok")]);
    assert_eq!(row["status"], "success");
}

#[test]
fn long_request_body_is_shown_shortened() {
    let (home, server) = (Home::started(), Server::http());
    // The secret begins inside the part that is shown.
    for filler in [4_080, 8_000, 100_000] {
        let data = format!(
            "{} token=hunter2{} the end",
            "f".repeat(filler),
            "2".repeat(9_000)
        );
        let url = server.url("/ok");
        let row = succeeds(&home, &["--url", &url, "--method", "POST", "--data", &data]);
        let stderr = text(&row, "stderr");
        assert!(
            !stderr.contains("hunter") && !stderr.contains("the end"),
            "{stderr}"
        );
        let length = format!("> ... ({} bytes in all)", data.len());
        assert!(stderr.contains(&length) && stderr.len() < 6_000, "{stderr}");
        assert_eq!(super::last(&server).text(), data);
    }
}
