//! Rules and `--notify`: whom a condition concerns.

use serde_json::json;

use super::{UNLESS_FIXED, World};

#[test]
fn failed_job_is_told_at_once_and_its_recovery_once() {
    let world = World::new();
    world
        .home
        .jobs(&["rule", "add", "all", "--to", "ops"])
        .ok()
        .shows(&["added the rule `all`"]);
    world.add("backup", &[], UNLESS_FIXED);
    world.run("backup");
    let first = &world.until_messages(1)[0];
    assert_eq!(first["event"], "opened");
    assert_eq!(
        (&first["job"], &first["exit"]),
        (&json!("backup"), &json!(1))
    );
    assert_eq!(first["lines"], json!(["disk full at /var/x/12"]));
    assert!(
        first["title"]
            .as_str()
            .unwrap()
            .starts_with("backup failed: ")
    );
    // A repeat is counted and not told.
    world.run("backup");
    assert_eq!(world.open()[0]["count"], 2);
    world.fix();
    world.run("backup");
    let last = &world.until_messages(2)[1];
    assert_eq!(
        (&last["event"], &last["alert"]),
        (&json!("recovered"), &first["alert"])
    );
    assert!(world.open().is_empty());
    assert_eq!(world.messages().len(), 2);
    world.run("backup");
    let states: Vec<_> = world.log().iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["sent", "sent"]);
}

#[test]
fn channel_that_a_job_and_rules_name_is_told_once() {
    let world = World::new();
    world.add_channel("web", "/status/200");
    for (name, flags) in [
        ("etl", &["--match", "etl-*", "--to", "ops"][..]),
        (
            "db",
            &["--tag", "db", "--to", "ops,web", "--severity", "critical"],
        ),
        ("other", &["--match", "x*", "--to", "ops"]),
        ("missed", &["--on", "missed", "--to", "ops"]),
    ] {
        world
            .home
            .jobs(&[&["rule", "add", name][..], flags].concat())
            .ok();
    }
    world.add("etl-1", &["--notify", "ops", "--tag", "db"], "exit 3");
    let preview = world.home.jobs(&["alerts", "preview", "etl-1"]).ok();
    preview.shows(&[
        "by:       --notify, db, etl",
        "tells:    ops, at once",
        "tells:    web, at once",
        "(critical)",
    ]);
    world.run("etl-1");
    assert_eq!(world.until_messages(1)[0]["severity"], "critical");
    // One for each channel.
    assert_eq!(world.log().len(), 2);
    world.add("quiet", &[], "exit 3");
    world.run("quiet");
    assert_eq!(world.log().len(), 2);
    let log = world.home.jobs(&["alerts", "log", "quiet", "--json"]).ok();
    assert!(
        log.json()["notes"][0]
            .as_str()
            .unwrap()
            .contains("nobody would be told")
    );
}

#[test]
fn job_and_rule_with_bad_values_name_the_field() {
    let world = World::new();
    let home = &world.home;
    for (args, parts) in [
        (
            &["rule", "add", "r", "--to", "nowhere"][..],
            &[
                "to: there is no channel `nowhere`",
                "jobs channel add nowhere",
            ][..],
        ),
        (
            &["rule", "add", "r", "--to", "ops", "--on", "disk"],
            &["on: `disk` concerns the daemon"],
        ),
        (
            &["rule", "add", "r", "--to", "ops", "--match", "a["],
            &["match: `a[`"],
        ),
        (
            &["rule", "add", "7", "--to", "ops"],
            &["name: `7` is no name of a rule"],
        ),
        (
            &[
                "add", "a", "--cron", "@daily", "--notify", "nowhere", "--", "true",
            ],
            &["notify: there is no channel `nowhere`"],
        ),
        (
            &[
                "add",
                "a",
                "--cron",
                "@daily",
                "--alert-after",
                "x",
                "--",
                "true",
            ],
            &["alert_after: `x`: it is a number"],
        ),
    ] {
        let done = home.jobs(args);
        assert_ne!(done.code, 0, "{args:?}");
        done.says(parts);
    }
    home.jobs(&["rule", "add", "r", "--to", "ops"]).ok();
    home.jobs(&["rule", "add", "r", "--to", "ops"])
        .says(&["name: `r` is taken"]);
    home.jobs(&["rule", "rm", "x"]).says(&["no such rule: `x`"]);
    home.jobs(&["rule", "rm", "r"]).ok();
}

#[test]
fn channel_that_is_used_is_neither_removed_nor_renamed() {
    let world = World::new();
    let home = &world.home;
    home.jobs(&["rule", "add", "r", "--to", "ops"]).ok();
    home.jobs(&["channel", "rm", "ops"])
        .fails(1)
        .says(&["the rule `r` tells `ops`"]);
    home.jobs(&["channel", "edit", "ops", "--rename", "o"])
        .fails(1);
    home.jobs(&["rule", "rm", "r"]).ok();
    world.add("a", &["--notify", "ops"], "true");
    home.jobs(&["channel", "rm", "ops"])
        .fails(1)
        .says(&["jobs notify `ops`: a"]);
    home.jobs(&["edit", "a", "--notify", ""]).ok();
    home.jobs(&["channel", "rm", "ops"]).ok();
}

#[test]
fn settings_about_alerts_go_through_every_command() {
    let world = World::new();
    let home = &world.home;
    world.add(
        "a",
        &[
            "--notify",
            "ops",
            "--alert-after",
            "2 in 1h",
            "--expect-success-every",
            "26h",
            "--warn-after",
            "2h",
        ],
        "true",
    );
    let shown = home.show("a");
    assert_eq!(shown["notify"], json!(["ops"]));
    assert_eq!(
        (&shown["alert_after"], &shown["warn_after"]),
        (&json!("2 in 1h"), &json!(7200))
    );
    home.jobs(&["show", "a"])
        .ok()
        .shows(&["notify", "ops", "2 in 1h failures", "1 d 2 h"]);
    let exported = home.jobs(&["export", "a"]).ok().stdout;
    home.jobs(&["copy", "a", "b"]).ok();
    assert_eq!(home.show("b")["expect_success_every"], 93_600);
    home.jobs(&["edit", "a", "--notify", "", "--warn-after", "0"])
        .ok();
    assert!(home.show("a").get("notify").is_none());
    assert!(home.show("a").get("warn_after").is_none());
    let change = home.jobs(&["changes", "a", "--json"]).ok().json();
    let rows = change.as_array().or_else(|| change["items"].as_array());
    let id = rows.unwrap()[0]["id"].to_string();
    home.jobs(&["put-back", "a", &id]).ok();
    assert_eq!(home.show("a")["notify"], json!(["ops"]));
    home.jobs(&["edit", "a", "--notify", ""]).ok();
    let file = home.write("jobs.yaml", &exported);
    home.jobs(&["import", file.to_str().unwrap()]).ok();
    assert_eq!(home.show("a")["notify"], json!(["ops"]));
}

#[test]
fn messages_have_a_link_when_others_reach_the_page() {
    let world = World::with("alerts:\n  group: 0\n  page: https://jobs.example.com/ops\n");
    world.add("a b", &["--notify", "ops"], "exit 3");
    world.run("a b");
    let message = &world.until_messages(1)[0];
    let link = "https://jobs.example.com/ops/#/runs/1";
    assert_eq!(message["link"], link);
    let text = message["text"].as_str().unwrap();
    assert!(text.ends_with(&format!("Page: {link}")), "{text}");
    let preview = world
        .home
        .jobs(&["alerts", "preview", "a b", "--on", "stale"])
        .ok();
    assert!(
        preview
            .stdout
            .contains("https://jobs.example.com/ops/#/jobs/a%20b"),
        "{}",
        preview.stdout
    );
    for page in [
        "jobs.example.com",
        "https://",
        "https://u@h/",
        "https://h/?q",
        "ftp://h/",
    ] {
        world
            .home
            .jobs(&["config", "set", "alerts.page", page])
            .fails(2)
            .says(&["alerts.page", "https://jobs.example.com/"]);
    }
    // Nobody else reaches a server on the loopback, so a message has no link to it.
    let alone = World::with("alerts:\n  group: 0\nserver:\n  enabled: true\n  port: 0\n");
    alone.add("a", &["--notify", "ops"], "exit 3");
    alone.run("a");
    assert!(alone.until_messages(1)[0]["link"].is_null());
}
