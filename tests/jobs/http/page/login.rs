//! Login and logout with name and password, and what a session may do.

use serde_json::{Value, json};

use super::super::client::{Api, PASSWORD, home_with_http};
use super::{Browser, login, number};
use crate::support::until;

#[test]
fn login_gives_a_cookie_and_a_key_that_open_the_api() {
    let home = home_with_http("");
    let nobody = Api::anonymous(&home).with_header("user-agent", "Mozilla/5.0 (test)");
    let reply = login(&nobody, "oli", PASSWORD).is(200);
    let cookie = reply.header("set-cookie").unwrap().to_string();
    let port = nobody.address().rsplit(':').next().unwrap().to_string();
    let (value, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "HttpOnly; SameSite=Strict; Path=/");
    let secret = value.strip_prefix(&format!("jobs-{port}=")).unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let data = reply.data();
    let members: Vec<&String> = data.as_object().unwrap().keys().collect();
    assert_eq!(members, ["user", "role", "until", "key"]);
    assert_eq!(data["user"], json!({"name": "oli", "kind": "account"}));
    assert_eq!(data["role"], "operator");
    assert!(!reply.text().contains(secret), "the cookie alone has it");
    let key = data["key"].as_str().unwrap();
    assert_eq!(key.len(), 43);
    let page = nobody
        .with_header("cookie", value)
        .with_header("x-jobs-page", key);
    let job = json!({"name": "a", "every": "1h", "command": "true"});
    page.post("/api/add", job).is(200);
    assert_eq!(page.post("/api/list", json!({})).is(200).data()["total"], 1);
    page.get("/jobs/list").is(200);
    assert_eq!(page.get("/admin/profile").is(200).data()["username"], "oli");
    page.post("/api/audit", json!({})).is(403);
    let session = page.get("/page/session").is(200).data();
    assert_eq!(session["user"], data["user"]);
    assert_eq!(session["until"], data["until"]);
    assert_eq!(session["key"], Value::Null);
    let daemon = &session["daemon"];
    assert_eq!(daemon["version"], env!("CARGO_PKG_VERSION"));
    for member in ["name", "host", "timezone", "now"] {
        assert!(daemon[member].is_string(), "{member}: {daemon}");
    }
    let own = page.post("/api/session_list", json!({})).is(200).data();
    assert_eq!(own[0]["agent"], "Mozilla/5.0 (test)");
    assert_eq!(own[0]["address"], "127.0.0.1");
    let audit = home
        .jobs(&["audit", "--operation", "add", "--json"])
        .ok()
        .json();
    assert_eq!(audit[0]["who"], "account oli");
}

#[test]
fn wrong_logins_get_no_cookie_and_are_limited() {
    let home = home_with_http("");
    let nobody = Api::anonymous(&home);
    for (name, password) in [("vic", "wrong"), ("none", PASSWORD), ("VIC", "")] {
        let reply = login(&nobody, name, password).status_is_one_of(&[400, 401]);
        assert_eq!(reply.header("set-cookie"), None);
    }
    nobody
        .post("/page/login", json!({"username": "vic"}))
        .refuses("password");
    nobody.post("/page/login", json!({"user": "vic"})).is(400);
    let in_query = format!("/page/login?username=vic&password={PASSWORD}").replace(' ', "+");
    nobody.post(&in_query, json!({})).refuses("password");
    let limited = until("too many failures", || {
        let reply = login(&nobody, "vic", "wrong");
        (reply.status == 429).then_some(reply)
    });
    assert!(limited.header("retry-after").is_some());
    let right = login(&nobody, "vic", PASSWORD).is(429);
    assert_eq!(right.header("set-cookie"), None);
    // The limit is shared with that of the login of programs.
    let programs = json!({"username": "vic", "password": PASSWORD});
    nobody.post("/admin/login", programs).is(429);
}

#[test]
fn cookie_alone_and_key_alone_are_nobody() {
    let home = home_with_http("");
    let (one, two) = (
        Browser::logged_in(&home, "ann"),
        Browser::logged_in(&home, "ann"),
    );
    assert_ne!((&one.cookie, &one.key), (&two.cookie, &two.key));
    let (cookie, key) = (Some(one.cookie.as_str()), Some(one.key.as_str()));
    let as_bearer = Api::anonymous(&home).with_token(one.secret());
    as_bearer.post("/api/list", json!({})).is(401);
    let other_name = one.cookie.replacen("jobs-", "jobs", 1);
    for (cookie, key) in [
        (cookie, None),
        (None, key),
        (cookie, Some("")),
        (Some(""), key),
        (cookie, Some(two.key.as_str())),
        (Some(two.cookie.as_str()), key),
        (cookie, Some(one.secret())),
        (Some(other_name.as_str()), key),
    ] {
        let api = one.with(cookie, key);
        for path in ["/api/list", "/api/session_list", "/api/shutdown"] {
            api.post(path, json!({})).is(401);
        }
        for path in [
            "/jobs/list",
            "/jobs/events",
            "/page/session",
            "/jobs/logs/download",
        ] {
            api.get(path).is(401);
        }
        // Anyone may see whether the daemon works.
        assert_eq!(api.get("/jobs/health").status, 200);
    }
    let both = format!("{}; {}", two.cookie, one.cookie);
    one.with(Some(&both), key)
        .post("/api/list", json!({}))
        .is(200);
    one.api().post("/api/list", json!({})).is(200);
}

#[test]
fn viewer_may_not_change_anything() {
    let home = home_with_http("");
    let viewer = Browser::logged_in(&home, "vic").api();
    let job = json!({"name": "a", "every": "1h", "command": "true"});
    viewer.post("/api/add", job).is(403);
    viewer.post("/api/page_link", json!({})).is(403);
    viewer
        .post("/api/session_list", json!({"all": true}))
        .is(403);
    viewer.post("/api/list", json!({})).is(200);
}

#[test]
fn sessions_are_listed_and_ended_by_their_owner_or_an_admin() {
    let home = home_with_http("");
    let ann = Browser::logged_in(&home, "ann");
    let (vic, other) = (
        Browser::logged_in(&home, "vic"),
        Browser::logged_in(&home, "vic"),
    );
    let count = |api: &Api, all| {
        let asked = if all { json!({"all": true}) } else { json!({}) };
        let sessions = api.post("/api/session_list", asked).is(200).data();
        assert!(!sessions.to_string().contains(ann.secret()));
        sessions.as_array().unwrap().len()
    };
    assert_eq!(count(&vic.api(), false), 2);
    assert_eq!(count(&ann.api(), false), 1);
    assert_eq!(count(&ann.api(), true), 3);
    // A session of another account is not there, for one who is no admin.
    let of_ann = json!({"session": number(&ann)});
    vic.api().post("/api/session_rm", of_ann).is(404);
    vic.api()
        .post("/api/session_rm", json!({}))
        .refuses("session");
    let both = json!({"session": number(&vic), "all_mine": true});
    vic.api().post("/api/session_rm", both).refuses("session");
    let ended = vic
        .api()
        .post("/api/session_rm", json!({"session": number(&other)}));
    assert_eq!(ended.is(200).data().as_array().unwrap().len(), 1);
    assert_eq!((vic.status(), other.status()), (200, 401));
    let vics = number(&vic).to_string();
    home.jobs(&["session", "rm", &vics]).ok();
    assert_eq!((vic.status(), ann.status()), (401, 200));
    let again = home.jobs(&["session", "rm", &vics]);
    assert_eq!(again.code, 1, "{}", again.stderr);
    ann.api()
        .post("/api/session_rm", json!({"all_mine": true}))
        .is(200);
    assert_eq!(ann.status(), 401);
    let left = home
        .jobs(&["session", "list", "--all", "--json"])
        .ok()
        .json();
    assert_eq!(left, json!([]));
    // A program has none.
    let token = home
        .jobs(&["token", "add", "t", "--role", "viewer"])
        .ok()
        .stdout;
    let program = Api::anonymous(&home).with_token(token.trim());
    assert_eq!(count(&program, false), 0);
    program.get("/page/session").is(401);
    program.post("/page/leave", json!({})).is(401);
}

#[test]
fn nothing_that_is_kept_has_a_secret() {
    let home = home_with_http("logs:\n  gin_log_methods: [GET, POST]\n");
    let ann = Browser::logged_in(&home, "ann");
    let link = super::link(&home, &[]);
    let entered = Browser::entered(&home, &link);
    super::enter(&Api::anonymous(&home), &link).is(401);
    ann.api().get("/page/session").is(200);
    entered.api().post("/api/session_list", json!({})).is(200);
    let audit = home.jobs(&["audit", "-n", "100", "--json"]).ok().stdout;
    let mut kept = vec![audit, home.system_log()];
    for name in ["jobs.db", "jobs.db-wal", "data/jobs.db", "data/jobs.db-wal"] {
        let bytes = std::fs::read(home.path(name)).unwrap_or_default();
        kept.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let all = kept.concat();
    assert!(
        all.contains("/page/enter") && all.contains("CREATE TABLE sessions"),
        "something is read"
    );
    for secret in [
        ann.secret(),
        &ann.key,
        entered.secret(),
        &entered.key,
        &link,
    ] {
        assert!(!all.contains(secret), "{secret}");
    }
}
