//! Tokens for programs.

use serde_json::Value;

use super::{audit, change};
use crate::support::Home;

#[test]
fn program_token_is_shown_once() {
    let home = Home::started();
    let made = home
        .jobs(&[
            "token",
            "add",
            "ci",
            "--role",
            "operator",
            "--expires",
            "in 90d",
        ])
        .ok()
        .says(&["`ci`", "operator", "shown only once"]);
    let token = made.stdout.trim_end();
    let secret = token.strip_prefix("jobs_1_").unwrap();
    assert_eq!((secret.len(), made.stdout.lines().count()), (43, 1));
    let made = home.jobs(&["token", "add", "reader", "--json"]).ok().json();
    assert_eq!(made["token"]["role"], "viewer");
    assert_eq!(made["token"]["expires_at"], Value::Null);
    assert!(
        made["token"]["created_by"]
            .as_str()
            .unwrap()
            .starts_with("user ")
    );
    home.jobs(&["token", "add", "ci"])
        .fails(1)
        .says(&["name: `ci` is taken"]);
    home.jobs(&["token", "add", "old", "--expires", "2020-01-01"])
        .fails(2)
        .says(&["expires: `2020-01-01 00:00:00` is past"]);
    home.jobs(&["token", "add", "old", "--expires", "soon"])
        .fails(2)
        .says(&["expires: "]);
    let listed = home.jobs(&["token", "list", "--json"]).ok();
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
    assert!(!listed.stdout.contains(secret) && !listed.stdout.contains("hash"));
    home.jobs(&["token", "list"])
        .ok()
        .shows(&["ci", "operator", "reader", "never"]);
    home.jobs(&["token", "rm", "ci"]).ok();
    home.jobs(&["token", "rm", "2"]).ok();
    home.jobs(&["token", "rm", "2"])
        .fails(1)
        .says(&["no such token: `2`"]);
    let (before, after) = change(&home, "token_add");
    assert_eq!(
        (before, after),
        (Value::Null, Value::Null),
        "the newest was refused"
    );
    let done = audit(&home, &["--operation", "token_add", "--outcome", "done"]);
    assert!(done[1]["after"].to_string().contains("operator"));
    home.jobs(&["token", "list"]).ok().says(&["no tokens"]);
}
