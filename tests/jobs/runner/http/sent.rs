//! Requests as the server receives them: method, URL, headers, body.

use serde_json::json;

use super::{fails, last, run, succeeds, text};
use crate::servers::http::{Received, Server};
use crate::servers::proxy::Proxy;
use crate::support::{Home, leave_out};

/// All values of a header, in order.
fn values(request: &Received, name: &str) -> Vec<String> {
    let of_name = request
        .headers
        .iter()
        .filter(|(given, _)| given.eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value.clone()).collect()
}

#[test]
fn request_by_flags_equals_request_by_stored_text() {
    let (home, server) = (Home::started(), Server::http());
    let url = server.url("/echo?a=1&b=%20c");
    let flags = [
        "--url",
        &url,
        "--method",
        "PUT",
        "--header",
        "X-Time: 12:30:45",
        "--header",
        "X-Twice: one",
        "--header",
        "X-Twice: two",
        "--header",
        "X-Empty:",
        "--header",
        "Host: another.test",
        "--header",
        "User-Agent: me/1",
        "--header",
        "Content-Type: text/csv",
        "--header",
        "Accept: text/csv",
        "--header",
        "X-Words: 你好",
        "--data",
        "a;b\nc;d\n",
        "--cookies",
        "sid=1; lang=zh",
        "--times",
        "2",
        "--interval",
        "1",
        "--timeout",
        "20",
        "--result",
        "a;b",
    ];
    succeeds(&home, &flags);
    let by_flags = last(&server);
    let stored = format!(
        "【url】{url}\n【mode】PUT\n【headers】X-Time: 12:30:45|||X-Twice:one|||X-Twice: two|||X-Empty:|||Host:another.test|||User-Agent: me/1|||Content-Type:text/csv|||Accept:text/csv|||X-Words:你好\n【data】a;b\nc;d\n\n【cookies】sid=1; lang=zh\n【times】2\n【interval】1\n【timeout】20\n【result】a;b"
    );
    succeeds(&home, &["--mode", "http", "--", &stored]);
    let by_text = last(&server);
    assert_eq!(
        server.requests().len(),
        2,
        "an attempt that succeeds is the last"
    );
    for request in [by_flags, by_text] {
        assert_eq!(
            (request.method.as_str(), request.target.as_str()),
            ("PUT", "/echo?a=1&b=%20c")
        );
        assert!(request.is_whole);
        assert!(
            request.text().starts_with("a;b\nc;d"),
            "{:?}",
            request.text()
        );
        for (name, expected) in [
            ("x-time", vec!["12:30:45"]),
            ("x-twice", vec!["one", "two"]),
            ("x-empty", vec![""]),
            ("host", vec!["another.test"]),
            ("user-agent", vec!["me/1"]),
            ("content-type", vec!["text/csv"]),
            ("accept", vec!["text/csv"]),
            ("x-words", vec!["你好"]),
            ("cookie", vec!["sid=1; lang=zh"]),
            ("accept-encoding", vec!["gzip"]),
        ] {
            assert_eq!(values(&request, name), expected, "{name}");
        }
        let length = request.body.len().to_string();
        assert_eq!(values(&request, "content-length"), [length]);
    }
}

#[test]
fn method_with_or_without_body_is_sent() {
    let (home, server) = (Home::started(), Server::http());
    let url = server.url("/ok");
    for method in [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PURGE", "PROPFIND",
        "M-SEARCH",
    ] {
        for data in [None, Some("{\"a\": 1}")] {
            let mut args = vec!["--url", &url, "--method", method];
            args.extend(data.iter().flat_map(|data| ["--data", data]));
            let row = succeeds(&home, &args);
            let request = last(&server);
            assert_eq!(
                (request.method.as_str(), request.text().as_str()),
                (method, data.unwrap_or_default())
            );
            let length = data.map(|data| data.len().to_string());
            let length = match method {
                "POST" | "PUT" | "PATCH" => length.or(Some("0".to_string())),
                _ => length,
            };
            assert_eq!(
                request.header("content-length").map(str::to_string),
                length,
                "{method}"
            );
            let kind = data.map(|_| "application/json");
            assert_eq!(request.header("content-type"), kind, "{method}");
            assert_eq!(request.header("transfer-encoding"), None, "{method}");
            let body = if method == "HEAD" { "" } else { "ok\n" };
            assert_eq!(text(&row, "stdout"), body, "{method}");
        }
    }
    succeeds(&home, &["--url", &url, "--data", "a=1&b=2"]);
    let request = last(&server);
    assert_eq!(request.method, "GET", "the default");
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
}

#[test]
fn headers_that_frame_the_body_are_set_by_the_client() {
    let (home, server) = (Home::started(), Server::http());
    for header in ["Content-Length: 3", "Transfer-Encoding: chunked"] {
        succeeds(
            &home,
            &[
                "--url",
                &server.url("/ok"),
                "--data",
                "12345",
                "--header",
                header,
            ],
        );
        let request = last(&server);
        assert_eq!(request.text(), "12345", "{header}");
        assert_eq!(request.header("content-length"), Some("5"), "{header}");
    }
    // Cookies of both flags are sent in one header.
    succeeds(
        &home,
        &[
            "--url",
            &server.url("/ok"),
            "--header",
            "Cookie: a=1",
            "--cookies",
            "b=2",
        ],
    );
    assert_eq!(values(&last(&server), "cookie"), ["a=1; b=2"]);
}

#[test]
fn login_in_url_becomes_a_header() {
    let (home, server) = (Home::started(), Server::http());
    let url = |login: &str| server.url("/basic").replace("://", &format!("://{login}@"));
    succeeds(&home, &["--url", &url("user:secret")]);
    assert_eq!(last(&server).target, "/basic");
    succeeds(&home, &["--url", &url("us%65r:s%65cret")]);
    fails(
        &home,
        &["--url", &server.url("/basic")],
        &["answers 401 Unauthorized"],
    );
    fails(
        &home,
        &["--url", &url("user:wrong")],
        &["answers 401 Unauthorized"],
    );
    run(&home, &["--url", &url("只:p%3Aq%40"), "--method", "POST"]);
    let expected = "Basic 5Y+qOnA6cUA=";
    assert_eq!(last(&server).header("authorization"), Some(expected));
    // The header of the job beats the login of the URL.
    run(
        &home,
        &[
            "--url",
            &url("user:secret"),
            "--header",
            "Authorization: Bearer x:y",
        ],
    );
    assert_eq!(values(&last(&server), "authorization"), ["Bearer x:y"]);
}

#[test]
fn urls_of_all_kinds_are_encoded() {
    let (home, server) = (Home::started(), Server::http());
    for (path, target) in [
        (
            "/备份/é?q=数据&r=a b",
            "/%E5%A4%87%E4%BB%BD/%C3%A9?q=%E6%95%B0%E6%8D%AE&r=a%20b",
        ),
        ("/a#part?b", "/a"),
        ("/a?b#c", "/a?b"),
        ("", "/"),
        ("?q=1", "/?q=1"),
        ("/a/../b/./c", "/b/c"),
        ("/a?b=\"<>`{}|^'\\", "/a?b=%22%3C%3E`{}|^%27\\"),
        ("/a%2Fb%20c", "/a%2Fb%20c"),
    ] {
        let url = server.url(&path.replace(' ', "%20"));
        run(&home, &["--url", &url]);
        assert_eq!(last(&server).target, target, "{path}");
    }
    run(
        &home,
        &["--url", &server.url("/up").replace("http", "HTTP")],
    );
    assert_eq!(last(&server).target, "/up");
    succeeds(&home, &["--url", &server.url_at("LOCALHOST", "/ok")]);
    let host = format!("localhost:{}", server.port());
    assert_eq!(last(&server).header("host"), Some(host.as_str()));
}

#[test]
fn ipv6_address_is_reached() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return leave_out("IPv6");
    }
    let (home, server) = (Home::started(), Server::http_at("[::1]:0"));
    succeeds(&home, &["--url", &server.url("/ok")]);
    let host = format!("[::1]:{}", server.port());
    assert_eq!(last(&server).header("host"), Some(host.as_str()));
}

#[test]
fn large_heads_and_bodies_are_sent() {
    let (home, server, proxy) = (Home::started(), Server::http(), Proxy::http());
    let long = "l".repeat(40_000);
    let url = server.url(&format!("/ok?long={long}"));
    let cookies = format!("c={long}");
    let data = "数据".repeat(80_000);
    for proxy in ["", &proxy.url()] {
        let mut params = json!({
            "name": format!("large{}", proxy.len()), "every": "1h", "mode": "http",
            "url": url, "method": "POST", "headers": [format!("X-Long:{long}")], "cookies": cookies, "data": data,
        });
        if !proxy.is_empty() {
            params["proxy"] = json!(proxy);
        }
        let added = home.call("add", params);
        let id = added["result"]["job"]["id"]
            .as_i64()
            .unwrap_or_else(|| panic!("{added}"));
        let row = home.ended(home.run(&id.to_string()));
        assert_eq!(row["status"], "success", "{}", row["error"]);
        let request = last(&server);
        assert_eq!(request.text(), data);
        assert_eq!(request.header("x-long"), Some(long.as_str()));
        assert_eq!(request.header("cookie"), Some(cookies.as_str()));
        assert!(request.target.ends_with(&long));
    }
}

#[test]
fn request_that_cannot_be_sent_is_refused() {
    let home = Home::started();
    let server = Server::http();
    let url = server.url("/ok");
    for (args, parts) in [
        (
            vec!["--header", "X Y: 1"],
            vec!["headers: `X Y` is not the name of a header"],
        ),
        (
            vec!["--header", "X-Y: hunter2\u{1}"],
            vec!["headers: the value of `X-Y`", "control"],
        ),
        (
            vec!["--cookies", "a=hunter2\nb=2"],
            vec!["cookies: the value of `Cookie`", "line break"],
        ),
        (
            vec!["--header", "Host: a", "--header", "host: b"],
            vec!["headers: `Host`", "twice"],
        ),
        (
            vec!["--header", "Authorization: hunter2 密"],
            vec!["`Authorization`", "beyond ASCII"],
        ),
        (vec!["--method", "CONNECT"], vec!["method: `CONNECT`"]),
        (
            vec!["--proxy", "ftp://u:hunter2@proxy:1"],
            vec!["proxy: `ftp://u:***@proxy:1` is no proxy"],
        ),
        (
            vec!["--proxy", "http://u:hunter2/x@proxy:1"],
            vec!["proxy: `http://u:***@proxy:1` is no proxy"],
        ),
        (
            vec!["--proxy", "proxy:3128"],
            vec!["proxy: `proxy:3128` is no proxy, such as"],
        ),
    ] {
        let all = [
            &["add", "x", "--every", "1h", "--url", &url],
            args.as_slice(),
        ]
        .concat();
        let done = home.jobs(&all).fails(2).says(&parts);
        assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
    }
    for (url, parts) in [
        (
            "http://[::1/",
            vec!["url: `http://[::1/` is not an address: invalid IPv6 address"],
        ),
        (
            "http://h:99999/",
            vec!["url: `http://h:99999/`", "invalid port"],
        ),
        (
            "http://u:hunter2#x@h/",
            vec!["url: `http://u:***@h/`", "invalid port"],
        ),
        (
            "http://bad_%00host/",
            vec!["url: `http://bad_%00host/`", "not an address"],
        ),
    ] {
        let done = home
            .jobs(&["add", "x", "--every", "1h", "--url", url])
            .fails(2)
            .says(&parts);
        assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
    }
    assert_eq!(server.requests().len(), 0);
    home.jobs(&["status"]).ok();
}
