//! `summary`: figures of real executions, compared with the history.

use serde_json::{Value, json};

use super::{refused, result_of};
use crate::support::{Home, until};

fn sum(quarters: &Value, field: &str) -> u64 {
    let rows = quarters.as_array().unwrap();
    rows.iter().map(|row| row[field].as_u64().unwrap()).sum()
}

#[test]
fn summary_of_executions_equals_the_history() {
    let mut home = Home::started();
    home.add(&["good", "--cron", "@yearly", "echo", "printed"]);
    home.add(&["bad", "--cron", "@yearly", "sh -c 'exit 3'"]);
    home.add(&["slow", "--cron", "@yearly", "--timeout", "1", "sleep 60"]);
    for job in ["good", "bad", "bad", "slow", "good"] {
        home.ended(home.run(job));
    }
    let compare = |home: &Home| {
        let seen = result_of(home, "summary", json!({"since": "1h ago"}));
        let rows = result_of(home, "history", json!({"limit": 500}));
        for (status, count) in seen["runs"].as_object().unwrap() {
            let rows = rows.as_array().unwrap().iter();
            let expected: i64 = rows
                .filter(|row| row["status"] == status.as_str())
                .map(|row| row["count"].as_i64().unwrap())
                .sum();
            assert_eq!(count.as_i64(), Some(expected), "{status}");
        }
        let runs = &seen["runs"];
        let number = |field: &str| runs[field].as_u64().unwrap();
        assert_eq!(sum(&seen["quarters"], "success"), number("success"));
        assert_eq!(sum(&seen["quarters"], "missed"), number("missed"));
        assert_eq!(
            sum(&seen["quarters"], "failed"),
            number("failed") + number("timeout") + number("interrupted")
        );
        seen
    };
    let seen = compare(&home);
    assert_eq!(seen["total"], 5);
    assert_eq!(seen["failing_total"], 2);
    assert_eq!(seen["failing"][0]["job_name"], "bad");
    assert_eq!(seen["failing"][0]["streak"], 2);
    assert_eq!(seen["failing"][0]["exit_code"], 3);
    assert_eq!(seen["failing"][1]["status"], "timeout");
    assert_eq!(seen["gaps"], json!([]));
    home.jobs(&["summary"])
        .ok()
        .shows(&["5 runs: 3 failed in 2 jobs", "bad"]);
    // A daemon that is killed misses occurrences, and the next one says so.
    home.add(&["often", "--every", "1s", "true"]);
    until("it has run", || {
        (!home.history("often").is_empty()).then_some(())
    });
    home.kill();
    std::thread::sleep(std::time::Duration::from_secs(3));
    home.start();
    home.jobs(&["stop", "often"]).ok();
    until("nothing runs", || {
        let rows = home.history("often");
        rows.iter().all(crate::support::is_over).then_some(())
    });
    let seen = compare(&home);
    let gap = &seen["gaps"][0];
    assert!(gap["missed"].as_u64().unwrap() > 0, "{seen}");
    assert_eq!(seen["missed_total"], gap["missed"]);
    assert_eq!(seen["missed"][0]["job_name"], "often");
    home.jobs(&["summary"])
        .ok()
        .shows(&["missed while the daemon was down from "]);
}

#[test]
fn summary_with_a_bad_time_names_the_field() {
    let home = Home::started();
    let field = |params: Value| refused(&home, "summary", params).1;
    assert_eq!(field(json!({"since": "six"})), "since");
    assert_eq!(field(json!({"since": "in 1h"})), "since");
    assert_eq!(
        field(json!({"since": "1h ago", "until": "2h ago"})),
        "until"
    );
}
