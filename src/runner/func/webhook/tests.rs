//! Tests against a real web server on loopback.

use std::time::{Duration, Instant};

use super::super::sending::testing::{Web, call, settings};
use super::*;
use jobs_config::Secret;

#[test]
fn webhook_derives_media_type_from_data() {
    let table: [(&[&str], Option<&str>, &str); 7] = [
        (
            &["{\"a\":1", "\"b\":[2", "3]}"],
            Some("application/json"),
            "{\"a\":1,\"b\":[2,3]}",
        ),
        (&["42"], Some("application/json"), "42"),
        (&["{\"a\":1"], Some("text/plain; charset=utf-8"), "{\"a\":1"),
        (
            &["备份", "done\n"],
            Some("text/plain; charset=utf-8"),
            "备份,done\n",
        ),
        (&["", ""], Some("text/plain; charset=utf-8"), ","),
        (&[""], None, ""),
        (&[], None, ""),
    ];
    for (data, media_type, body) in table {
        let web = Web::start("204 No Content", "");
        let url = format!("http://{}/hook", web.host());
        let args: Vec<&str> = [url.as_str()]
            .into_iter()
            .chain(data.iter().copied())
            .collect();
        assert_eq!(call("Webhook", &args, &settings()).1, Ok(()));
        let requests = web.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].line, "POST /hook HTTP/1.1");
        assert_eq!(requests[0].header("content-type"), media_type);
        assert_eq!(requests[0].body, body);
        assert_eq!(requests[0].header("x-hub-signature-256"), None);
    }
}

#[test]
fn webhook_signature_equals_github() {
    // The example in GitHub's documentation of webhooks.
    let known = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let mut settings = settings();
    settings.webhook.secret = Secret::new("It's a Secret to Everybody");
    for (header, name) in [
        ("X-Hub-Signature-256", "x-hub-signature-256"),
        (" X-Mine ", "x-mine"),
    ] {
        let web = Web::start("200 OK", "thanks");
        settings.webhook.header = header.into();
        let url = format!("http://{}/", web.host());
        let (out, ended) = call("Webhook", &[&url, "Hello", "World!"], &settings);
        assert_eq!(ended, Ok(()), "{out}");
        assert!(!out.contains("Everybody"), "{out}");
        let request = &web.requests()[0];
        assert_eq!(
            request.header(name),
            Some(
                signature("It's a Secret to Everybody", "Hello,World!")
                    .unwrap()
                    .as_str()
            )
        );
        assert_eq!(
            signature("It's a Secret to Everybody", "Hello, World!").unwrap(),
            known
        );
    }
    settings.webhook.header = "X-\r\nEvil".into();
    let failure = call("Webhook", &["http://127.0.0.1:1/"], &settings)
        .1
        .unwrap_err();
    assert!(failure.starts_with("`webhook.header`: "), "{failure}");
}

#[test]
fn webhook_never_shows_secrets_of_address() {
    let web = Web::start("403 Forbidden", "no t0ps3cret for you");
    let url = format!(
        "http://bob:pa%24%24word@{}/x?id=7&access_token=t0ps3cret",
        web.host()
    );
    let (out, ended) = call("Webhook", &[&url, "x"], &settings());
    let failure = ended.unwrap_err();
    assert_eq!(
        failure,
        format!("`{}` answered with status 403: no *** for you", web.host())
    );
    assert!(out.contains("/x?id=7&access_token=***"), "{out}");
    let refused = call(
        "Webhook",
        &["http://bob:pa%24%24word@127.0.0.1:1/?sign=t0ps3cret"],
        &settings(),
    );
    let bad = call(
        "Webhook",
        &["ftp://bob:pa%24%24word@x/?key=t0ps3cret"],
        &settings(),
    );
    for (out, ended) in [(out, Err(failure)), refused, bad] {
        let shown = format!("{out}{}", ended.unwrap_err());
        assert!(
            !shown.contains("t0ps3cret") && !shown.contains("pa%24") && !shown.contains("pa$$"),
            "{shown}"
        );
    }
}

#[test]
fn webhook_of_error_status_fails() {
    for status in [
        "301 Moved Permanently",
        "400 Bad Request",
        "500 Internal Server Error",
    ] {
        let web = Web::start(status, "");
        let url = format!("http://{}/", web.host());
        let failure = call("Webhook", &[&url, "x"], &settings()).1.unwrap_err();
        assert!(
            failure.contains(&format!("answered with status {}", &status[..3])),
            "{failure}"
        );
        assert_eq!(web.requests().len(), 1, "sent twice");
    }
    let web = Web::start("", "");
    let url = format!("http://{}/", web.host());
    let start = Instant::now();
    let failure = call("Webhook", &[&url, "x"], &settings()).1.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(4));
    assert!(
        failure.contains("it may or may not have arrived"),
        "{failure}"
    );
}

#[test]
fn webhook_of_bad_arguments_names_problem() {
    let table: [(&[&str], &str); 8] = [
        (&[], "usage: Webhook URL[,DATA]"),
        (&["", "x"], "url: `` is not an address"),
        (
            &["example.com", "x"],
            "url: `example.com` is not an address",
        ),
        (&["ftp://example.com", "x"], "is not an address such as"),
        (&["https:///hook", "x"], "is not an address such as"),
        (&["https://exa mple.com/", "x"], "is not an address such as"),
        (
            &["https://example.com/a\r\nX: y", "x"],
            "is not an address such as",
        ),
        (&["file:///etc/passwd", "x"], "is not an address such as"),
    ];
    for (args, expected) in table {
        let failure = call("Webhook", args, &settings()).1.unwrap_err();
        assert!(failure.contains(expected), "{failure}");
    }
}
