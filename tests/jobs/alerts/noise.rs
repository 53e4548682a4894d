//! Noise: messages that share one, quiet hours, limits, snoozes, acknowledgements, reminders, escalation.

use serde_json::json;

use super::{UNLESS_FIXED, World};
use crate::support::until;

#[test]
fn alerts_that_open_soon_after_a_message_share_the_next_one() {
    let world = World::with("alerts:\n  group: 3s\n");
    world.home.jobs(&["rule", "add", "all", "--to", "ops"]).ok();
    for name in ["a", "b", "c", "d"] {
        world.add(name, &[], "echo connection refused >&2; exit 3");
    }
    world.run("a");
    world.until_messages(1);
    for name in ["b", "c", "d"] {
        world.run(name);
    }
    let second = &world.until_messages(2)[1];
    assert_eq!(
        (&second["event"], &second["count"]),
        (&json!("digest"), &json!(3))
    );
    let title = second["title"].as_str().unwrap();
    assert!(title.starts_with("3 jobs failed since "), "{title}");
    assert!(title.ends_with(": connection refused"), "{title}");
    let text = second["text"].as_str().unwrap();
    assert!(
        ["b failed", "c failed", "d failed"]
            .iter()
            .all(|part| text.contains(part)),
        "{text}"
    );
}

#[test]
fn quiet_hours_hold_what_is_not_critical() {
    let world = World::new();
    let home = &world.home;
    home.jobs(&["alerts", "hours", "ops", "mon-sun 00:00-24:00"])
        .ok();
    home.jobs(&["alerts", "hours", "ops", "22-7"])
        .fails(2)
        .says(&["quiet: `22-7` are no quiet hours"]);
    home.jobs(&[
        "rule",
        "add",
        "c",
        "--match",
        "c",
        "--to",
        "ops",
        "--severity",
        "critical",
    ])
    .ok();
    home.jobs(&["rule", "add", "w", "--match", "w", "--to", "ops"])
        .ok();
    world.add("w", &[], UNLESS_FIXED);
    world.add("c", &[], UNLESS_FIXED);
    world.run("w");
    world.run("c");
    assert_eq!(world.until_messages(1)[0]["job"], "c");
    let held = |job: &str| {
        let log = world.log();
        log.into_iter().find(|row| row["job_name"] == job).unwrap()
    };
    until("the other is held", || {
        held("w")["reason"]
            .as_str()?
            .contains("quiet hours until")
            .then_some(())
    });
    home.jobs(&["alerts", "preview", "w"])
        .ok()
        .shows(&["tells:    ops, quiet hours until"]);
    // Evaluation goes on.
    assert_eq!(world.open().len(), 2);
    assert_eq!(world.messages().len(), 1);
}

#[test]
fn limit_of_messages_holds_the_rest() {
    let world = World::new();
    world
        .home
        .jobs(&["alerts", "hours", "ops", "--max-per-hour", "2"])
        .ok();
    for name in ["a", "b", "c"] {
        world.add(name, &["--notify", "ops"], "exit 3");
        world.run(name);
        until("it was sent or held", || {
            let row = world.log().into_iter().next()?;
            (row["state"] == "sent" || row["reason"].is_string()).then_some(())
        });
    }
    assert_eq!(world.messages().len(), 2);
    assert_eq!(world.log()[0]["reason"], "at most 2 messages in an hour");
}

#[test]
fn snoozed_job_is_told_at_the_end_of_the_snooze() {
    let world = World::new();
    world.add("a", &["--notify", "ops"], "exit 3");
    world
        .home
        .jobs(&["snooze", "a", "2h"])
        .ok()
        .shows(&["nobody is told of alerts of `a` until"]);
    world.run("a");
    let row = &world.log()[0];
    assert_eq!(row["state"], "untold");
    assert!(row["reason"].as_str().unwrap().starts_with("snoozed until"));
    assert_eq!(world.open().len(), 1);
    world.home.jobs(&["snooze", "a", "0"]).ok();
    assert_eq!(world.until_messages(1)[0]["job"], "a");
}

#[test]
fn open_alert_is_told_again_unless_it_is_acknowledged() {
    let world = World::with("alerts:\n  group: 0\n  remind: 1s\n");
    world.add("a", &["--notify", "ops"], "exit 3");
    world.run("a");
    assert_eq!(world.until_messages(2)[1]["event"], "reminder");
    world
        .home
        .jobs(&["ack", "a"])
        .ok()
        .shows(&["acknowledged by"]);
    assert!(world.open()[0]["acked_by"].is_string());
    world.home.jobs(&["ack", "99"]).fails(4);
}

#[test]
fn alert_that_nobody_acknowledges_goes_to_one_more_channel() {
    let world = World::new();
    world.add_channel("boss", "/status/201");
    let flags = ["--to", "ops", "--escalate", "boss", "--after", "1"];
    world
        .home
        .jobs(&[&["rule", "add", "all"][..], &flags].concat())
        .ok();
    world.add("a", &[], UNLESS_FIXED);
    world.run("a");
    until("it was escalated", || {
        (!world.messages_at("/status/201").is_empty()).then_some(())
    });
    // The recovery goes to all that were told.
    world.fix();
    world.run("a");
    until("it has recovered", || {
        (world.messages_at("/status/201").len() == 2).then_some(())
    });
    world.until_messages(2);
}

#[test]
fn messages_are_in_the_language_of_the_configuration() {
    let world = World::with("alerts:\n  group: 0\n  language: zh\n");
    world.add("备份", &["--notify", "ops"], "exit 3");
    world.run("备份");
    let message = &world.until_messages(1)[0];
    assert!(
        message["title"]
            .as_str()
            .unwrap()
            .starts_with("备份 失败：")
    );
    assert!(
        message["text"]
            .as_str()
            .unwrap()
            .contains("详情：jobs logs --exec 1")
    );
}

#[test]
fn storm_of_more_alerts_than_a_message_reads_is_told_whole() {
    let world = World::with(
        "jobs:\n  max_concurrent: 40\n  max_concurrent_per_job: 40\nalerts:\n  group: 3s\n",
    );
    world.home.jobs(&["rule", "add", "all", "--to", "ops"]).ok();
    let crontab: String = (0..260)
        .map(|number| format!("0 0 1 1 * sh -c 'echo no route >&2; exit 3' # j{number}\n"))
        .collect();
    let crontab = world.home.write("tab", &crontab);
    world
        .home
        .jobs(&["import", "crontab", crontab.to_str().unwrap()])
        .ok();
    let names = world.home.jobs(&["list", "-q"]).ok().stdout;
    let ids: Vec<i64> = names.lines().map(|name| world.home.run(name)).collect();
    assert_eq!(ids.len(), 260);
    for id in ids {
        world.home.ended(id);
    }
    until("all of them are told", || {
        let messages = world.messages();
        let told: u64 = messages
            .iter()
            .map(|it| it["count"].as_u64().unwrap())
            .sum();
        assert!(told <= 260, "{told}");
        (told == 260).then_some(())
    });
    assert!(world.messages().len() < 30, "{}", world.messages().len());
    let log = world
        .home
        .jobs(&["alerts", "log", "-n", "1000", "--json"])
        .ok()
        .json();
    let rows = log["notices"].as_array().unwrap().clone();
    assert_eq!(
        rows.iter().filter(|row| row["state"] == "sent").count(),
        260
    );
}

#[test]
fn snooze_holds_recoveries_too() {
    let world = World::new();
    world.add("a", &["--notify", "ops"], UNLESS_FIXED);
    world.run("a");
    world.until_messages(1);
    world.home.jobs(&["snooze", "a", "2h"]).ok();
    world.fix();
    world.run("a");
    let row = until("the recovery says why it is not told", || {
        let log = world.log();
        log.into_iter().find(|row| row["event"] == "recovered")
    });
    assert_eq!(row["state"], "untold");
    assert!(
        row["reason"].as_str().unwrap().starts_with("snoozed until"),
        "{row}"
    );
    assert_eq!(world.messages().len(), 1);
}
