//! Accounts: adding, editing, disabling, removing, and their secrets.

use serde_json::{Value, json};

use super::{OTHER, PASSWORD, add, all_bytes, audit, change, login, refused};
use crate::support::{Done, Home};

#[test]
fn accounts_are_changed_and_audited() {
    let home = Home::started();
    let alice = add(
        &home,
        "alice",
        &["--role", "admin", "--email", "a@example.org"],
    )
    .ok()
    .json();
    for (key, value) in [
        ("username", json!("alice")),
        ("email", json!("a@example.org")),
        ("role", json!("admin")),
        ("status", json!(1)),
        ("last_login", Value::Null),
    ] {
        assert_eq!(alice[key], value, "{alice}");
    }
    let (before, after) = change(&home, "admin_add");
    assert_eq!(before, Value::Null);
    assert_eq!(after["alice"]["role"], "admin");
    assert_eq!(
        add(&home, "bob", &[]).ok().json()["role"],
        "viewer",
        "a viewer if nobody says"
    );
    let names: Vec<Value> = home
        .jobs(&["admin", "list", "--json"])
        .ok()
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["username"].clone())
        .collect();
    assert_eq!(names, ["bob", "alice"], "the newest first");
    home.jobs(&["admin", "list"])
        .ok()
        .shows(&["alice", "a@example.org", "bob", "never"]);

    home.jobs(&[
        "admin", "edit", "ALICE", "--role", "operator", "--email", "",
    ])
    .ok();
    let (before, after) = change(&home, "admin_edit");
    assert_eq!(
        (&before["alice"]["role"], &after["alice"]["role"]),
        (&json!("admin"), &json!("operator"))
    );
    assert_eq!(after["alice"]["email"], "");
    home.jobs(&["admin", "disable", "alice"]).ok();
    let (before, after) = change(&home, "admin_status");
    assert_eq!(
        (&before["alice"]["status"], &after["alice"]["status"]),
        (&json!(1), &json!(0))
    );
    home.jobs(&["admin", "list"]).ok().shows(&["disabled"]);
    // An account can be given by its number too.
    home.jobs(&["admin", "enable", &alice["id"].to_string()])
        .ok();
    home.jobs_reading(&["admin", "passwd", "alice", "--password-stdin"], OTHER)
        .ok();
    home.jobs(&["admin", "rm", "alice"]).ok();
    let (before, after) = change(&home, "admin_rm");
    assert_eq!(
        (before["alice"]["role"].as_str(), after),
        (Some("operator"), Value::Null)
    );
    home.jobs(&["admin", "rm", "alice"])
        .fails(1)
        .says(&["no such account: `alice`"]);
    let failed = &audit(&home, &["--outcome", "failed"])[0];
    assert_eq!(
        (
            &failed["operation"],
            &failed["target"],
            &failed["transport"]
        ),
        (&json!("admin_rm"), &json!("alice"), &json!("socket"))
    );
    assert!(
        failed["who"].as_str().unwrap().starts_with("user "),
        "{failed}"
    );
    let again = add(&home, "alice", &[]).ok().json();
    assert!(
        again["id"].as_i64() > alice["id"].as_i64(),
        "a number is not given out twice"
    );
    home.jobs(&["audit", "--target", "alice"]).ok().shows(&[
        "WHEN",
        "OUTCOME",
        "admin_passwd",
        "failed: no such account: `alice`",
    ]);
}

#[test]
fn accounts_with_bad_values_name_the_field() {
    let home = Home::started();
    add(&home, "alice", &[]).ok();
    add(&home, "ALICE", &[])
        .fails(1)
        .says(&["username: `alice` is taken"]);
    for (name, more, part) in [
        ("42", &[][..], "username: `42` is digits only"),
        ("a b", &[], "username: `a b` has ` ` in it"),
        (
            "bob",
            &["--email", "nowhere"],
            "email: `nowhere` is no mail",
        ),
        ("bob", &["--role", "god"], "god"),
    ] {
        add(&home, name, more).fails(2).says(&[part]);
    }
    home.jobs(&["admin", "add", "bob"])
        .fails(2)
        .says(&["there is no terminal", "--password-stdin"]);
    for password in ["", "\n", "short\nlonger than it was\n", &"x".repeat(1_025)] {
        let done = home.jobs_reading(&["admin", "add", "bob", "--password-stdin"], password);
        done.fails(2).says(&["password: "]);
    }
    home.jobs(&["admin", "edit", "alice"]).fails(2);
    for (method, params, field) in [
        ("admin_status", json!({"admin": "alice"}), "status"),
        (
            "admin_status",
            json!({"admin": "alice", "status": 2}),
            "status",
        ),
        ("admin_edit", json!({"admin": "alice"}), "params"),
        ("admin_rm", json!({}), "admin"),
        ("admin_passwd", json!({"admin": "alice"}), "password"),
        ("token_rm", json!({}), "token"),
        ("token_add", json!({"name": "7"}), "name"),
        ("ip_add", json!({"ip": "::1"}), "list"),
        ("ip_add", json!({"list": "whitelist"}), "ip"),
        ("ip_remove", json!({"ip": "::1"}), "list"),
        ("login", json!({"username": "alice"}), "password"),
        ("login", json!({"password": PASSWORD}), "username"),
        (
            "login",
            json!({"username": "alice", "password": 12345678}),
            "password",
        ),
        ("admin_list", json!({"size": 501}), "size"),
    ] {
        let answer = home.call(method, params.clone());
        assert_eq!(answer["error"]["code"], -32602, "{method} {params}");
        assert_eq!(answer["error"]["data"]["field"], field, "{answer}");
        assert!(!answer.to_string().contains("12345678"), "{answer}");
    }
    // A caller over the socket has no account.
    for (method, params) in [
        ("profile", json!({})),
        ("profile_edit", json!({"email": ""})),
    ] {
        let (code, words) = refused(&home.call(method, params));
        assert_eq!(code, 6, "{words}");
        assert!(words.contains("has no account"), "{words}");
    }
}

#[test]
fn passwords_and_tokens_are_not_stored_or_shown() {
    let mut home = Home::with_config("logs:\n  level: trace\n");
    let mut shown = String::new();
    let mut keep = |done: Done| {
        shown.push_str(&done.stdout);
        shown.push_str(&done.stderr);
    };
    keep(add(&home, "alice", &["--role", "admin"]).ok());
    keep(add(&home, "alice", &[]).fails(1));
    keep(home.jobs_reading(&["admin", "passwd", "alice", "--password-stdin"], OTHER));
    let logged_in = login(&home, "alice", OTHER)["result"].clone();
    let login_token = logged_in["token"].as_str().unwrap().to_string();
    shown.push_str(&login(&home, "alice", PASSWORD).to_string());
    let token = home.jobs(&["token", "add", "ci"]).ok().stdout;
    let token = token.trim_end().to_string();
    let mut keep = |args: &[&str]| {
        let done = home.jobs(args).ok();
        shown.push_str(&done.stdout);
        shown.push_str(&done.stderr);
    };
    keep(&["admin", "edit", "alice", "--role", "viewer"]);
    keep(&["admin", "list", "--json"]);
    keep(&["token", "list", "--json"]);
    keep(&["audit"]);
    keep(&["audit", "--json", "-n", "500"]);
    keep(&["admin", "rm", "alice", "--json"]);
    keep(&["token", "rm", "ci", "--json"]);
    let key = home.read("data/login.key");
    home.terminate();

    let mut written = Vec::new();
    all_bytes(&home.path(""), &mut written);
    let written = String::from_utf8_lossy(&written).into_owned();
    assert!(written.contains("admin_passwd"), "the database is among it");
    let token_secret = token.rsplit_once("jobs_1_").unwrap().1;
    for secret in [PASSWORD, OTHER, &login_token, token_secret] {
        assert!(!written.contains(secret), "`{secret}` was written");
        assert!(!shown.contains(secret), "`{secret}` was shown");
    }
    for secret in [key.trim(), "$argon2id$"] {
        assert!(!shown.contains(secret), "`{secret}` was shown");
    }
    assert_eq!(
        written.matches(key.trim()).count(),
        1,
        "the key stands in its file only"
    );
}
