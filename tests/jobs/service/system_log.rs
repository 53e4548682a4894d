//! The system log: its format, reading and clearing it.

use serde_json::json;

use super::result_of;
use crate::support::{Home, until};

#[test]
fn system_log_is_paged_downloaded_and_cleared() {
    let home = Home::started();
    let folder = home.path("runtime/logs");
    let day = folder.join("jobs.2020-01-02.log");
    let mut text = String::new();
    for number in 0..1_205 {
        let level = if number % 5 == 0 { "WARN" } else { "INFO" };
        text.push_str(&format!(
            "{{\"timestamp\":\"2020-01-02T00:00:00Z\",\"level\":\"{level}\",\"message\":\"line {number}\",\"target\":\"jobs::here\",\"job\":\"j\"}}\n"
        ));
    }
    text.push_str("this is no JSON, but has a password=hunter22\n");
    std::fs::write(&day, &text).unwrap();
    let page = result_of(
        &home,
        "system_log",
        json!({"date": "2020-01-02", "size": 2}),
    );
    assert_eq!(
        (page["total"].as_u64(), page["pages_total"].as_u64()),
        (Some(1_206), Some(603))
    );
    assert_eq!(
        page["items"],
        json!([
            {"level": "", "time": "", "caller": "", "msg": "this is no JSON, but has a password=***"},
            {"level": "INFO", "time": "2020-01-02T00:00:00Z", "caller": "jobs::here", "msg": "line 1204", "job": "j"},
        ])
    );
    let page = result_of(
        &home,
        "system_log",
        json!({"date": "2020-01-02", "size": 100, "page": 3, "level": "warn"}),
    );
    assert_eq!(
        (
            page["total"].as_u64(),
            page["items"].as_array().map(Vec::len)
        ),
        (Some(241), Some(41))
    );
    assert_eq!(page["items"][40]["msg"], "line 0");
    let missing = result_of(&home, "system_log", json!({"date": "2020-01-03"}));
    assert_eq!(
        (missing["total"].as_u64(), missing["items"].clone()),
        (Some(0), json!([]))
    );
    let today = result_of(&home, "system_log", json!({}));
    assert!(today["total"].as_u64() > Some(0), "{today}");
    let part = result_of(&home, "system_log_file", json!({"date": "2020-01-02"}));
    assert_eq!(part["done"], true, "{}", part["next"]);
    assert_eq!(part["next"].as_u64(), Some(text.len() as u64));
    assert_eq!(part["text"], text.replace("hunter22", "********"));
    let nothing = json!({"text": "", "next": 0, "done": true});
    assert_eq!(
        result_of(&home, "system_log_file", json!({"date": "2020-01-03"})),
        nothing
    );

    std::fs::write(folder.join("jobs.2020-01-04.log"), "one\n").unwrap();
    std::fs::write(folder.join("other.log"), "kept\n").unwrap();
    std::fs::write(folder.join("jobs.config.log"), "kept\n").unwrap();
    let cleared = result_of(
        &home,
        "clear_logs",
        json!({"type": "zap", "date": "2020-01-02"}),
    );
    assert_eq!(cleared, json!({"cleared": true, "count": 1_206}));
    assert_eq!(std::fs::read_to_string(&day).unwrap(), "");
    let again = result_of(
        &home,
        "clear_logs",
        json!({"type": "zap", "date": "2020-01-02"}),
    );
    assert_eq!(again, json!({"cleared": false, "count": 0}));
    let all = result_of(&home, "clear_logs", json!({"type": "zap"}));
    assert!(all["count"].as_u64() > Some(1), "{all}");
    for name in ["other.log", "jobs.config.log"] {
        assert_eq!(
            std::fs::read_to_string(folder.join(name)).unwrap(),
            "kept\n"
        );
    }
    // The daemon writes the log from its beginning.
    home.jobs(&["reload"]).ok();
    home.jobs(&["pause"]).ok();
    let lines = until("the log goes on", || {
        let page = result_of(&home, "system_log", json!({"level": "WARN"}));
        (page["total"].as_u64() > Some(0)).then_some(page)
    });
    assert!(
        lines["items"][0]["msg"]
            .as_str()
            .unwrap()
            .contains("paused"),
        "{lines}"
    );
    assert!(!home.system_log().contains('\0'));
}

#[test]
fn system_log_is_json_on_disk_and_text_for_people() {
    let mut home = Home::started();
    home.add(&["noted", "--every", "1h", "--timeout", "0", "--", "true"]);
    home.ended(home.run("noted"));
    assert_eq!(home.terminate(), Some(0));
    for line in home.system_log().lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            entry["timestamp"].is_string()
                && entry["level"].is_string()
                && entry["message"].is_string()
        );
    }
    // Reading the log needs no daemon.
    home.jobs(&["logs", "--system"]).ok().shows(&[
        "INFO the daemon is up",
        "execution ended",
        "job=noted",
        "the daemon has ended",
    ]);
    let last = home.jobs(&["logs", "--system", "-n", "1"]).ok().stdout;
    assert_eq!(last.lines().count(), 1);
    assert!(
        home.jobs(&["logs", "--system", "--json", "-n", "1"])
            .ok()
            .json()["level"]
            .is_string()
    );
}
