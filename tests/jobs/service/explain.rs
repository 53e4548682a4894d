//! `explain`: schedules in words, over the socket and over HTTP.

use serde_json::{Value, json};

use super::{refused, result_of};
use crate::http::client::{Api, home_with_http};
use crate::support::Home;

#[test]
fn explain_answers_as_the_command_does_in_english_and_chinese() {
    let home = Home::started();
    for expr in [
        "*/7 9-17 * * MON-FRI",
        "30 2 * * *",
        "0 2 13 * FRI",
        "@every 90m",
        "@reboot",
        "0 0 30 2 *",
        "TZ=Asia/Shanghai 0 9 * * *; 0 30 9 * * *",
        "H H(1-5) * * *",
        "@at 2001-01-01",
    ] {
        for lang in ["en", "zh"] {
            for zone in ["America/New_York", "UTC"] {
                let asked = json!({"expr": expr, "timezone": zone, "name": "backup", "lang": lang});
                let seen = result_of(&home, "explain", asked);
                let command = [
                    "explain", expr, "--tz", zone, "--name", "backup", "--lang", lang, "--json",
                ];
                let shown = home.jobs(&command).ok().json();
                assert_eq!(seen["canonical"], shown["canonical"], "{expr}");
                assert_eq!(seen["words"], shown["description"], "{expr} {lang}");
                assert_eq!(seen["warnings"], shown["warnings"], "{expr} {lang}");
                assert_eq!(seen["timezone"], zone);
                let count = |value: &Value| value.as_array().unwrap().len();
                assert_eq!(count(&seen["next"]), count(&shown["next"]), "{expr}");
                assert_eq!(count(&seen["notes"]), count(&seen["next"]), "{expr}");
            }
        }
    }
}

#[test]
fn explain_tells_doubts_collisions_and_moved_runs() {
    let home = Home::started();
    let ask = |more: Value| {
        let mut asked = json!({"expr": "30 2 * * *", "timezone": "America/New_York", "runs": 50});
        for (name, value) in more.as_object().unwrap() {
            asked[name] = value.clone();
        }
        result_of(&home, "explain", asked)
    };
    let seen = ask(json!({}));
    assert_eq!(seen["words"], "at 02:30 every day");
    assert!(
        seen["warnings"].to_string().contains("skips 02:30:00"),
        "{seen}"
    );
    let seen = ask(json!({"lang": "zh"}));
    assert_eq!(seen["words"], "每天 02:30");
    assert!(seen["warnings"].to_string().contains("02:30:00"), "{seen}");
    // A run that the clock moves has a note: within 50 weeks there is a week of a change.
    let weekly = ask(json!({"expr": "30 2 * * SUN", "lang": "en"}));
    let notes = weekly["notes"].as_array().unwrap();
    assert_eq!(notes.len(), 50);
    let moved = notes.iter().filter(|note| note != &&json!("")).count();
    assert!((1..=2).contains(&moved), "{weekly}");

    for number in 0..12 {
        home.add(&[&format!("j{number}"), "0 30 4 1 1 *", "true"]);
    }
    let new_year = json!({"expr": "0 30 4 1 1 *", "timezone": "UTC", "name": "new", "runs": 1});
    let seen = ask(new_year.clone());
    assert!(
        seen["warnings"].to_string().contains("12 other jobs"),
        "{seen}"
    );
    let mut own = new_year;
    own["name"] = "j3".into();
    assert!(
        ask(own)["warnings"].to_string().contains("11 other jobs"),
        "its own run is no other"
    );
}

#[test]
fn explain_refuses_with_the_field() {
    let home = home_with_http("");
    for (asked, field) in [
        (json!({"expr": "0 25 * * *"}), "expr"),
        (json!({"expr": ""}), "expr"),
        (json!({}), "expr"),
        (json!({"expr": "H 3 * * *"}), "expr"),
        (
            json!({"expr": "@daily", "timezone": "Mars/Base"}),
            "timezone",
        ),
        (json!({"expr": "@daily", "lang": "fr"}), "lang"),
        (json!({"expr": "@daily", "runs": 0}), "runs"),
        (json!({"expr": "@daily", "runs": 51}), "runs"),
    ] {
        assert_eq!(
            refused(&home, "explain", asked.clone()),
            (-32602, field.to_string()),
            "{asked}"
        );
    }
    let viewer = Api::logged_in(&home, "vic");
    let seen = viewer
        .post("/api/explain", json!({"expr": "0 25 * * *"}))
        .refuses("expr");
    assert!(seen.json()["data"]["hint"].is_string(), "{:?}", seen.json());
    viewer
        .post("/api/explain", json!({"expr": "@daily"}))
        .is(200);
}
