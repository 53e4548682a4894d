//! Redirects: their number and targets, and which headers and bodies are sent along.

use super::raw::Raw;
use super::{error, fails, last, run, succeeds, text, trusting};
use crate::servers::http::{Received, Server};
use crate::servers::tls::Ca;
use crate::support::Home;

#[test]
fn redirects_after_the_tenth_fail() {
    let (home, server) = (Home::started(), Server::http());
    let row = succeeds(&home, &["--url", &server.url("/redirect/10")]);
    assert_eq!(text(&row, "stdout"), "ok\n");
    assert_eq!(server.requests().len(), 11);
    // Each redirect is shown.
    assert_eq!(
        text(&row, "stderr").matches("\n< 302 Found\n").count(),
        10,
        "{row:#}"
    );
    fails(
        &home,
        &["--url", &server.url("/redirect/11")],
        &[
            "more than 10 redirects, the last to `http://127.0.0.1:",
            "/ok`",
        ],
    );
    fails(
        &home,
        &["--url", &server.url("/loop")],
        &["more than 10 redirects", "/loop`"],
    );
    assert_eq!(server.requests().len(), 11 + 11 + 11);
}

#[test]
fn redirect_status_decides_method_and_body() {
    let (home, server) = (Home::started(), Server::http());
    for (status, method, then, keeps_body) in [
        ("301", "POST", "GET", false),
        ("302", "POST", "GET", false),
        ("303", "POST", "GET", false),
        ("307", "POST", "POST", true),
        ("308", "POST", "POST", true),
        ("301", "PUT", "PUT", true),
        ("302", "DELETE", "DELETE", true),
        ("303", "PUT", "GET", false),
        ("303", "HEAD", "HEAD", false),
        ("308", "PURGE", "PURGE", true),
        ("301", "GET", "GET", true),
    ] {
        let url = server.url(&format!("/redirect-to?{status}&/echo"));
        let args = [
            "--url",
            &url,
            "--method",
            method,
            "--data",
            "body",
            "--header",
            "X-A: 1",
            "--header",
            "Content-Language: zh",
        ];
        succeeds(&home, &args);
        let request = last(&server);
        let body = if keeps_body { "body" } else { "" };
        assert_eq!(
            (request.method.as_str(), request.text().as_str()),
            (then, body),
            "{status} {method}"
        );
        assert_eq!(request.header("x-a"), Some("1"));
        for name in ["content-type", "content-length", "content-language"] {
            let is_there = request.header(name).is_some();
            assert!(
                is_there == (keeps_body || (then == "HEAD" && is_there)),
                "{status} {method} {name}"
            );
        }
    }
}

#[test]
fn relative_redirect_is_followed() {
    let (home, server) = (Home::started(), Server::http());
    let absolute = server.url("/ok");
    let without_scheme = absolute.trim_start_matches("http:").to_string();
    for location in [
        "/ok",
        "ok",
        "./ok",
        "a/../ok",
        "?302&/ok",
        "/ok#part",
        &absolute,
        &without_scheme,
    ] {
        let row = succeeds(
            &home,
            &[
                "--url",
                &server.url(&format!("/redirect-to?302&{location}")),
            ],
        );
        assert_eq!(
            (text(&row, "stdout"), last(&server).target.as_str()),
            ("ok\n", "/ok"),
            "{location}"
        );
    }
}

/// Flags with credentials in each place that can have them.
const SECRETS: [&str; 16] = [
    "--header",
    "Authorization: Bearer hunter2",
    "--header",
    "X-Api-Key: hunter2",
    "--header",
    "X-Auth-Token: hunter2",
    "--header",
    "X-Callback: http://h/?token=hunter2",
    "--header",
    "X-Plain: plain",
    "--header",
    "PRIVATE-TOKEN: of this server",
    "--header",
    "Accept-Language: zh",
    "--cookies",
    "sid=hunter2",
];

fn holds_secrets(request: &Received) -> bool {
    String::from_utf8_lossy(&request.head).contains("hunter2")
}

#[test]
fn redirect_to_another_server_drops_credentials() {
    let (home, here, there) = (Home::started(), Server::http(), Server::http());
    for status in ["301", "302", "303", "307", "308"] {
        // Redirects to another port of the same host, and to another name of it.
        for target in [there.url("/echo"), here.url_at("localhost", "/echo")] {
            let url = here.url(&format!("/redirect-to?{status}&{target}"));
            let row = succeeds(&home, &[&["--url", &url], SECRETS.as_slice()].concat());
            let stdout = text(&row, "stdout");
            assert!(!stdout.contains("hunter2"), "{stdout}");
            // Only headers that every server may read are passed on.
            assert!(!stdout.contains("x-plain"), "{stdout}");
            assert!(!stdout.contains("private-token"), "{stdout}");
            assert!(stdout.contains("accept-language: zh"), "{stdout}");
            assert!(
                stdout.contains(&format!("host: {}", target.split('/').nth(2).unwrap())),
                "{stdout}"
            );
        }
        // A redirect to the same server sends them.
        let url = here.url(&format!("/redirect-to?{status}&/echo"));
        succeeds(&home, &[&["--url", &url], SECRETS.as_slice()].concat());
        assert_eq!(
            last(&here)
                .headers
                .iter()
                .filter(|(_, value)| value.contains("hunter2"))
                .count(),
            5
        );
    }
    assert!(
        there
            .requests()
            .iter()
            .all(|request| !holds_secrets(request))
    );
}

#[test]
fn redirect_back_from_another_server_sends_no_credentials() {
    let (home, here, there) = (Home::started(), Server::http(), Server::http());
    let back = format!("/redirect-to?302&{}", here.url("/echo"));
    let url = here.url(&format!("/redirect-to?302&{}", there.url(&back)));
    let row = succeeds(&home, &[&["--url", &url], SECRETS.as_slice()].concat());
    // The other server chose the target, so the credentials are not sent.
    assert!(!text(&row, "stdout").contains("hunter2"), "{row:#}");
    assert!(!there.requests().iter().any(holds_secrets));
}

#[test]
fn redirect_to_another_server_drops_login_and_host_header() {
    let (home, here, there) = (Home::started(), Server::http(), Server::http());
    let url = here.url(&format!("/redirect-to?302&{}", there.url("/echo")));
    let url = url.replace("http://127.0.0.1:", "http://user:hunter2@127.0.0.1:");
    // Only the first URL has the login, not the target.
    let url = format!(
        "{}{}",
        &url[..url.find('?').unwrap()],
        url[url.find('?').unwrap()..].replace("user:hunter2@", "")
    );
    succeeds(&home, &["--url", &url, "--header", "Host: inside.test"]);
    assert_eq!(
        here.requests()[0].header("authorization"),
        Some("Basic dXNlcjpodW50ZXIy")
    );
    let request = last(&there);
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        request.header("host"),
        Some(format!("127.0.0.1:{}", there.port()).as_str())
    );
    // A relative redirect keeps the login.
    let url = here
        .url("/redirect-to?302&/basic")
        .replace("://", "://user:secret@");
    succeeds(&home, &["--url", &url]);
    // A login in the target of the redirect is sent to that target.
    let named = there.url("/basic").replace("://", "://user:secret@");
    succeeds(
        &home,
        &["--url", &here.url(&format!("/redirect-to?302&{named}"))],
    );
    assert_eq!(last(&there).target, "/basic");
}

#[test]
fn redirect_to_another_server_drops_a_body_with_a_secret() {
    let (home, here, there) = (Home::started(), Server::http(), Server::http());
    let url = here.url(&format!(
        "/redirect-to?307&{}",
        there.url("/echo?token=hunter2")
    ));
    let data = "{\"password\": \"hunter2\"}";
    let row = fails(
        &home,
        &["--url", &url, "--method", "POST", "--data", data],
        &[
            "redirected to another server",
            "token=***",
            "the body is not sent there",
        ],
    );
    assert!(!error(&row).contains("hunter2"));
    assert_eq!(there.requests().len(), 0);
    succeeds(
        &home,
        &["--url", &url, "--method", "POST", "--data", "plain"],
    );
    assert_eq!(last(&there).text(), "plain");
    succeeds(
        &home,
        &[
            "--url",
            &here.url("/redirect-to?307&/echo"),
            "--method",
            "POST",
            "--data",
            data,
        ],
    );
}

#[test]
fn redirect_between_http_and_https_drops_credentials() {
    let ca = Ca::new();
    let home = trusting(&ca, "");
    let (plain, secure) = (Server::http(), Server::https(&ca));
    for (from, to) in [(&secure, &plain), (&plain, &secure)] {
        let url = from.url(&format!("/redirect-to?302&{}", to.url("/echo")));
        let row = succeeds(&home, &[&["--url", &url], SECRETS.as_slice()].concat());
        assert!(!text(&row, "stdout").contains("hunter2"), "{row:#}");
    }
    assert!(
        !plain
            .requests()
            .iter()
            .filter(|request| request.target == "/echo")
            .any(holds_secrets)
    );
}

#[test]
fn redirect_to_another_scheme_is_refused() {
    let (home, server) = (Home::started(), Server::http());
    for location in [
        "file:///etc/passwd",
        "ftp://h/",
        "gopher://h/",
        "javascript:1",
        "http://",
        "http://[::1/",
        "//",
    ] {
        let row = fails(
            &home,
            &[
                "--url",
                &server.url(&format!("/redirect-to?302&{location}")),
            ],
            &["redirects to `", location, "`, which is no HTTP address"],
        );
        assert_eq!(text(&row, "stdout"), "");
    }
    let row = fails(
        &home,
        &[
            "--url",
            &server.url("/redirect-to?302&ftp://u:hunter2@h/?token=hunter2"),
        ],
        &["ftp://u:***@h/?token=***"],
    );
    assert!(!error(&row).contains("hunter2"));
    // A redirect status without a target is a normal answer.
    let row = run(&home, &["--url", &server.url("/status/302")]);
    assert!(error(&row).ends_with("answers 302 Found"), "{row:#}");
    let server =
        Raw::answering(b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe\r\nContent-Length: 0\r\n\r\n");
    fails(
        &home,
        &["--url", &server.url("/")],
        &["more than 10 redirects"],
    );
}

#[test]
fn timeout_covers_all_redirects() {
    let home = Home::started();
    let slow = Raw::start(|mut stream| {
        use std::io::Write;
        super::raw::read_head(&mut stream);
        std::thread::sleep(std::time::Duration::from_millis(400));
        let _ = stream
            .write_all(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    });
    let row = super::ends(
        &home,
        &["--url", &slow.url("/"), "--timeout", "1"],
        "timeout",
        &["timed out after 1 s"],
    );
    assert!(row["duration_ms"].as_i64() < Some(2_500), "{row:#}");
}
