//! Tests against a real web server on loopback.

use std::time::{Duration, Instant};

use super::super::sending::testing::{Web, call, settings};
use super::*;
use crate::func::Settings;
use jobs_config::Secret;

const KEY: &str = "sk-0123456789abcdef";

fn configured(web: &Web, headers: &str, body: &str) -> Settings {
    let mut settings = settings();
    settings.sms = config::Sms {
        url: Secret::new(format!(
            "http://{}/send?api_key={KEY}&to={{phone}}&text={{text}}",
            web.host()
        )),
        headers: Secret::new(headers),
        body: Secret::new(body),
        ..config::Sms::default()
    };
    settings
}

#[test]
fn sms_escapes_per_place() {
    let table = [
        (
            "",
            "p={phone}&t={text}",
            "application/x-www-form-urlencoded",
            "p=%2B4915&t=a%26b+%22%E4%BD%A0%22%2C%0Ac",
        ),
        (
            "content-type: application/json",
            "{\"p\":\"{phone}\",\"t\":\"{text}\"}",
            "application/json",
            "{\"p\":\"+4915\",\"t\":\"a&b \\\"你\\\",\\nc\"}",
        ),
        (
            "Content-Type:text/plain|||",
            "{phone} {text}",
            "text/plain",
            "+4915 a&b \"你\",\nc",
        ),
    ];
    for (headers, body, media_type, expected) in table {
        let web = Web::start("200 OK", "{\"status\": \"0\"}");
        let mut settings = configured(&web, headers, body);
        settings.sms.success = "\"status\":\"0\"".into();
        let (out, ended) = call("SMS", &["+49 1-5", "a&b \"你\"", "\nc"], &settings);
        assert_eq!(ended, Ok(()), "{out}");
        let requests = web.requests();
        assert_eq!(requests.len(), 1);
        let request = &requests[0];
        assert_eq!(
            request.line,
            format!(
                "POST /send?api_key={KEY}&to=%2B4915&text=a%26b%20%22%E4%BD%A0%22%2C%0Ac HTTP/1.1"
            )
        );
        assert_eq!(request.header("content-type"), Some(media_type));
        assert_eq!(request.body, expected);
        assert!(
            out.contains(&format!("to +4915, 10 characters, by {}", web.host())),
            "{out}"
        );
        assert!(
            out.contains("status 200 after ") && out.contains("{\"status\": \"0\"}"),
            "{out}"
        );
        assert!(!out.contains(KEY), "{out}");
    }
}

#[test]
fn sms_by_get_sends_no_body() {
    let web = Web::start("202 Accepted", "");
    let mut settings = configured(&web, "X-To:{phone}|||X-Text: {text} |||X-Time: 10:00", "");
    settings.sms.method = "get".into();
    let (out, ended) = call("SMS", &["0049", "hello {phone}"], &settings);
    assert_eq!(ended, Ok(()), "{out}");
    let request = &web.requests()[0];
    assert!(request.line.starts_with("GET /send?"));
    assert_eq!(request.header("x-to"), Some("0049"));
    assert_eq!(request.header("x-text"), Some("hello {phone}"));
    assert_eq!(request.header("x-time"), Some("10:00"));
    assert_eq!(request.body, "");
}

#[test]
fn sms_never_shows_keys() {
    let body = "{\"error\":\"bad token Zm9vOmJhcg== for sk-0123456789abcdef and s3cr3ts3cr3t\"}";
    for status in ["200 OK", "401 Unauthorized"] {
        let web = Web::start(status, body);
        let mut settings = configured(
            &web,
            "Authorization: Basic Zm9vOmJhcg==",
            "api_secret=s3cr3ts3cr3t&to={phone}",
        );
        settings.sms.success = "queued".into();
        let (out, ended) = call("SMS", &["+4915", "x"], &settings);
        let failure = ended.unwrap_err();
        for text in [&out, &failure] {
            assert!(text.contains("bad token *** for *** and ***"), "{text}");
        }
    }
    let (out, ended) = call("SMS", &["+4915", "x"], &{
        let mut settings = settings();
        settings.sms.url = Secret::new(format!("http://127.0.0.1:1/{KEY}?x={KEY}"));
        settings
    });
    let failure = ended.unwrap_err();
    assert!(
        failure.starts_with("the gateway `127.0.0.1:1`: "),
        "{failure}"
    );
    assert!(
        !out.contains(KEY) && !failure.contains(KEY),
        "{out}{failure}"
    );
}

#[test]
fn sms_result_depends_on_response() {
    let table = [
        (
            "500 Internal Server Error",
            "oops",
            "",
            "answered with status 500: oops",
        ),
        ("302 Found", "", "", "answered with status 302"),
        (
            "200 OK",
            "{\"status\":\"4\"}",
            "\"status\": \"0\"",
            "has no `\\\"status\\\": \\\"0\\\"` (`sms.success`): {\"status\":\"4\"}",
        ),
    ];
    for (status, body, success, expected) in table {
        let web = Web::start(status, body);
        let mut settings = configured(&web, "", "t={text}");
        settings.sms.success = success.into();
        let failure = call("SMS", &["+4915", "x"], &settings).1.unwrap_err();
        assert!(failure.contains(expected), "{failure}");
        assert_eq!(web.requests().len(), 1, "sent twice");
    }
    let web = Web::start("200 OK", "0123456789 ok");
    let mut settings = configured(&web, "", "t={text}");
    settings.sms.success = "ok".into();
    settings.response_max_bytes = 5;
    let failure = call("SMS", &["+4915", "x"], &settings).1.unwrap_err();
    assert!(
        failure.contains("in the part that was read (`jobs.http_response_max_bytes`)"),
        "{failure}"
    );
}

#[test]
fn sms_to_silent_gateway_ends_in_time() {
    let web = Web::start("", "");
    let start = Instant::now();
    let failure = call("SMS", &["+4915", "x"], &configured(&web, "", "t={text}"))
        .1
        .unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(4));
    assert!(
        failure.contains("it may or may not have taken the message"),
        "{failure}"
    );
}

#[test]
fn sms_of_bad_arguments_or_settings_names_problem() {
    let web = Web::start("200 OK", "");
    let good = configured(&web, "X-Text:{text}", "");
    let arguments: [(&[&str], &str); 12] = [
        (&[], "usage: SMS PHONE,TEXT"),
        (&["+4915"], "usage: SMS PHONE,TEXT"),
        (&["", "x"], "phone: `` is not a phone number"),
        (&["12", "x"], "phone: `12` is not"),
        (
            &["123456789012345678901", "x"],
            "is not a phone number: 3 to 20 digits",
        ),
        (&["++123", "x"], "is not a phone number"),
        (&["12+34", "x"], "is not a phone number"),
        (&["(030) 123", "x"], "is not a phone number"),
        (&["１２３", "x"], "is not a phone number"),
        (&["123\r\nX: y", "x"], "phone: `123\\r\\nX: y` is not"),
        (&["+4915", ""], "text: it is empty"),
        (
            &["+4915", "a\r\nX-Evil: 1"],
            "text: it goes into the header `X-Text`, which can't contain a line break",
        ),
    ];
    for (args, expected) in arguments {
        let failure = call("SMS", args, &good).1.unwrap_err();
        assert!(failure.contains(expected), "{failure}");
    }
    let sms = |url: &str, headers: &str| config::Sms {
        url: Secret::new(url),
        headers: Secret::new(headers),
        ..config::Sms::default()
    };
    for (sms, expected) in [
        (
            config::Sms::default(),
            "no gateway is configured: `sms.url` must be set",
        ),
        (sms("ftp://x/", ""), "`sms.url` is not an address"),
        (sms("https:///x", ""), "`sms.url` is not an address"),
        (
            sms("http://x/", "A:b|||NoColon-secret"),
            "`sms.headers`: header 2 has no `:`",
        ),
    ] {
        let mut settings = settings();
        settings.sms = sms;
        let failure = call("SMS", &["+4915", "x"], &settings).1.unwrap_err();
        assert!(
            failure.contains(expected) && !failure.contains("secret"),
            "{failure}"
        );
    }
    assert!(web.requests().is_empty());
}
