//! Requests that a page of another origin sends.

use serde_json::json;

use super::super::client::{Api, PASSWORD, home_with_http};
use super::{Browser, enter, link, login};

#[test]
fn session_is_not_used_by_a_page_of_another_origin() {
    let home = home_with_http("");
    let ann = Browser::logged_in(&home, "ann");
    let own = Api::anonymous(&home).url("");
    let address = own.strip_prefix("http://").unwrap().to_string();
    let (host, port) = address.rsplit_once(':').unwrap();
    for (name, value, expected) in [
        ("origin", own.clone(), 200),
        ("origin", "https://evil.example".into(), 403),
        ("origin", format!("http://{host}:1"), 403),
        ("origin", format!("http://localhost:{port}"), 403),
        ("origin", format!("http://{host}"), 403),
        ("origin", "null".into(), 403),
        ("sec-fetch-site", "same-origin".into(), 200),
        ("sec-fetch-site", "same-site".into(), 403),
        ("sec-fetch-site", "cross-site".into(), 403),
        ("sec-fetch-site", "none".into(), 403),
    ] {
        let api = ann.api().with_header(name, &value);
        api.post("/api/list", json!({})).is(expected);
        api.get("/jobs/list").is(expected);
        api.get("/page/session").is(expected);
        let nobody = Api::anonymous(&home).with_header(name, &value);
        let begun = login(&nobody, "vic", PASSWORD).is(expected);
        assert_eq!(begun.header("set-cookie").is_some(), expected == 200);
        enter(&nobody, &link(&home, &[])).is(expected);
    }
    let foreign = ann.api().with_header("sec-fetch-site", "same-site");
    foreign.post("/page/leave", json!({})).is(403);
    assert_eq!(ann.status(), 200);
    // A bearer is no cookie: it is sent by those only who have it.
    let program = Api::logged_in(&home, "vic").with_header("origin", "https://evil.example");
    program.get("/jobs/list").is(200);
}

/// A form of another page needs no preflight.
#[test]
fn form_of_another_page_begins_no_session() {
    let home = home_with_http("");
    let foreign = Api::anonymous(&home).with_header("origin", "http://127.0.0.1:1");
    let form = format!("username=vic&password={PASSWORD}").replace(' ', "+");
    for path in [
        "/page/login",
        "/page/enter",
        "/api/page_login",
        "/api/page_enter",
        "/api/page_leave",
    ] {
        let reply = foreign.form(path, &form).is(403);
        assert_eq!(reply.header("set-cookie"), None, "{path}");
        assert!(reply.text().contains("is not this page"), "{path}");
    }
    // A program has no origin.
    let program = Api::anonymous(&home);
    program.form("/api/page_login", &form).is(200);
}

#[test]
fn cookie_is_removed_only_for_the_page_itself() {
    let home = home_with_http("");
    let ann = Browser::logged_in(&home, "ann");
    let own = Api::anonymous(&home).url("");
    for (name, value, removes) in [
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "cross-site", false),
        ("origin", &own, true),
        ("sec-fetch-site", "same-origin", true),
    ] {
        // Without a session, and with its cookie alone, as a form of another page sends it.
        for api in [Api::anonymous(&home), ann.with(Some(&ann.cookie), None)] {
            let reply = api.with_header(name, value).form("/page/leave", "");
            reply.status_is_one_of(&[401, 403]);
            let reply = api.with_header(name, value).form("/page/leave", "");
            let is_removed = reply
                .header("set-cookie")
                .is_some_and(|cookie| cookie.contains("Max-Age=0"));
            assert_eq!(is_removed, removes, "{name}: {value}");
        }
    }
    assert_eq!(ann.status(), 200);
}

#[test]
fn session_is_not_used_under_another_host() {
    let home = home_with_http("");
    let ann = Browser::logged_in(&home, "ann");
    ann.api()
        .with_header("host", "evil.example")
        .get("/page/session")
        .is(421);
    let page = Api::anonymous(&home).with_header("host", "evil.example");
    page.with_header("accept", "text/html").get("/").is(421);
    // By another name of this server the browser has other cookies.
    let localhost = ann.api().with_header("host", "localhost:1");
    localhost.get("/page/session").is(401);
}

#[test]
fn origins_of_the_configuration_get_neither_cookies_nor_the_key() {
    let home = home_with_http("  cors_origins: ['https://app.example']\n");
    let ann = Browser::logged_in(&home, "ann");
    let app = Api::anonymous(&home).with_header("origin", "https://app.example");
    let preflight = app
        .with_header("access-control-request-method", "POST")
        .with_header("access-control-request-headers", "x-jobs-page")
        .send("OPTIONS", "/api/list", None, b"");
    let allowed = preflight
        .header("access-control-allow-headers")
        .unwrap_or("");
    assert!(!allowed.to_lowercase().contains("x-jobs-page"), "{allowed}");
    assert_eq!(preflight.header("access-control-allow-credentials"), None);
    let refused = ann.api().with_header("origin", "https://app.example");
    let reply = refused.post("/api/list", json!({})).is(403);
    assert_eq!(reply.header("access-control-allow-credentials"), None);
    login(&app, "vic", PASSWORD).is(403);
}
