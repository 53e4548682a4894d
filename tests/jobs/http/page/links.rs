//! Links to the page: good once and for two minutes.

use serde_json::{Value, json};

use super::super::client::{Api, home_with_http};
use super::{Browser, enter, link};
use crate::support::{Home, until};

fn last_audit(home: &Home, operation: &str) -> Value {
    let rows = home
        .jobs(&["audit", "--operation", operation, "--json"])
        .ok();
    rows.json()[0].clone()
}

fn me() -> String {
    let uid = rustix::process::geteuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = passwd
        .lines()
        .find(|line| line.split(':').nth(2) == Some(&uid.to_string()));
    line.unwrap().split(':').next().unwrap().to_string()
}

#[test]
fn link_is_good_once_and_enters_as_the_user_of_the_machine() {
    let home = home_with_http("");
    let nobody = Api::anonymous(&home);
    let secret = link(&home, &[]);
    assert_eq!(
        last_audit(&home, "page_link")["who"],
        format!("user {}", me())
    );
    // A GET, as of a program that looks at links before a person does, does not use it up.
    for path in ["/", "/page/enter", &format!("/page/enter?link={secret}")] {
        nobody.get(path);
    }
    nobody
        .post(&format!("/page/enter?link={secret}"), json!({}))
        .refuses("link");
    let entered = Browser::entered(&home, &secret);
    assert_eq!(entered.begun["user"], json!({"name": me(), "kind": "uid"}));
    assert_eq!(entered.begun["role"], "admin");
    let row = last_audit(&home, "page_enter");
    assert_eq!(row["who"], format!("user {} by link", me()));
    assert_eq!(
        (&row["outcome"], &row["address"]),
        (&json!("done"), &json!("127.0.0.1"))
    );
    let again = enter(&nobody, &secret).is(401);
    assert_eq!(again.header("set-cookie"), None);
    assert_eq!(entered.status(), 200);
    let job = json!({"name": "a", "every": "1h", "command": "true"});
    entered.api().post("/api/add", job).is(200);
    assert_eq!(
        last_audit(&home, "add")["who"],
        format!("user {} by link", me())
    );
    // The session has no account of its own.
    entered.api().get("/admin/profile").is(409);
}

#[test]
fn link_gives_no_more_than_its_role() {
    let home = home_with_http("");
    let viewer = Browser::entered(&home, &link(&home, &["--role", "viewer"]));
    assert_eq!(viewer.begun["role"], "viewer");
    let job = json!({"name": "a", "every": "1h", "command": "true"});
    viewer.api().post("/api/add", job).is(403);
    viewer.api().post("/api/page_link", json!({})).is(403);
    // A link for another person does not show or end the sessions of the one who made it.
    let own = Browser::entered(&home, &link(&home, &[]));
    let seen = viewer
        .api()
        .post("/api/session_list", json!({}))
        .is(200)
        .data();
    assert_eq!(seen.as_array().unwrap().len(), 1);
    viewer
        .api()
        .post("/api/session_rm", json!({"session": super::number(&own)}))
        .is(404);
    viewer
        .api()
        .post("/api/session_rm", json!({"all_mine": true}))
        .is(200);
    assert_eq!((viewer.status(), own.status()), (401, 200));
}

#[test]
fn link_enters_as_an_account() {
    let home = home_with_http("");
    let oli = Browser::entered(&home, &link(&home, &["--as", "oli"]));
    assert_eq!(oli.begun["user"], json!({"name": "oli", "kind": "account"}));
    assert_eq!(oli.begun["role"], "operator");
    assert_eq!(last_audit(&home, "page_link")["target"], "link as oli");
    assert_eq!(last_audit(&home, "page_enter")["who"], "account oli");
    let smaller = Browser::entered(&home, &link(&home, &["--as", "oli", "--role", "viewer"]));
    assert_eq!(smaller.begun["role"], "viewer");
    let refused = home.jobs(&["page", "--as", "oli", "--role", "admin"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("role: `admin` is more than `oli` has"),
        "{}",
        refused.stderr
    );
    let unknown = home.jobs(&["page", "--as", "nobody-here"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("nobody-here"), "{}", unknown.stderr);
    let late = link(&home, &["--as", "oli"]);
    home.jobs(&["admin", "disable", "oli"]).ok();
    enter(&Api::anonymous(&home), &late).is(401);
    let disabled = home.jobs(&["page", "--as", "oli"]);
    assert!(disabled.stderr.contains("disabled"), "{}", disabled.stderr);
    assert_eq!((oli.status(), smaller.status()), (401, 401));
}

#[test]
fn link_says_how_long_the_session_may_last() {
    let home = home_with_http("  session_max: 2h\n");
    let length = |browser: &Browser| {
        let sessions = browser
            .api()
            .post("/api/session_list", json!({}))
            .is(200)
            .data();
        let second = |member: &str| {
            let text = sessions[0][member].as_str().unwrap();
            text.parse::<jiff::Timestamp>().unwrap().as_second()
        };
        second("until") - second("made_at")
    };
    assert_eq!(length(&Browser::entered(&home, &link(&home, &[]))), 7_200);
    assert_eq!(
        length(&Browser::entered(&home, &link(&home, &["--for", "90m"]))),
        5_400
    );
    for bad in ["3h", "59s", "0"] {
        let refused = home.jobs(&["page", "--for", bad]);
        assert_eq!(refused.code, 2, "{bad}");
        assert!(refused.stderr.contains("for: "), "{}", refused.stderr);
    }
    assert_eq!(home.jobs(&["page", "--for", "soon"]).code, 2);
    let ann = Browser::logged_in(&home, "ann");
    let made = ann
        .api()
        .post("/api/page_link", json!({"for": 120}))
        .is(200)
        .data();
    assert_eq!(made["user"], json!({"name": "ann", "kind": "account"}));
    let entered = Browser::entered(&home, made["secret"].as_str().unwrap());
    assert_eq!(entered.begun["user"]["name"], "ann");
    ann.api()
        .post("/api/page_link", json!({"for": "x"}))
        .refuses("for");
}

#[test]
fn program_with_a_token_must_name_an_account() {
    let home = home_with_http("");
    let token = home
        .jobs(&["token", "add", "t", "--role", "admin"])
        .ok()
        .stdout;
    let program = Api::anonymous(&home).with_token(token.trim());
    program.post("/api/page_link", json!({})).refuses("as");
    program
        .post("/api/page_link", json!({"as": ""}))
        .refuses("as");
    let made = program
        .post("/api/page_link", json!({"as": "vic"}))
        .is(200)
        .data();
    assert_eq!(made["urls"], json!([program.url("/")]));
    let entered = Browser::entered(&home, made["secret"].as_str().unwrap());
    assert_eq!(entered.begun["role"], "viewer");
}

#[test]
fn wrong_links_are_limited_and_good_ones_are_not() {
    let home = home_with_http("");
    let nobody = Api::anonymous(&home);
    nobody.post("/page/enter", json!({})).refuses("link");
    nobody.post("/page/enter", json!({"link": 1})).is(400);
    let limited = until("too many wrong links", || {
        let reply = enter(&nobody, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        match reply.status {
            401 => None,
            429 => Some(reply),
            other => panic!("{other}"),
        }
    });
    assert!(limited.header("retry-after").is_some());
    Browser::entered(&home, &link(&home, &[]));
}

#[test]
fn restart_makes_a_link_void() {
    let mut home = home_with_http("");
    let secret = link(&home, &[]);
    home.terminate();
    home.start();
    let reply = enter(&Api::anonymous(&home), &secret).is(401);
    assert!(reply.text().contains("jobs page"), "{}", reply.text());
}
