//! Kept counts of a real daemon: after each event they are what a count of the history gives.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::support::{Home, until};

type Counts = BTreeMap<(i64, String), i64>;

/// The kept counts and those of the history, of the same version of the database.
fn counts(home: &Home) -> (Counts, Counts) {
    let mut database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    let snapshot = database.transaction().unwrap();
    let read = |sql: &str| -> Counts {
        let mut statement = snapshot.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| {
            Ok(((row.get("at")?, row.get("status")?), row.get("number")?))
        });
        rows.unwrap().map(Result::unwrap).collect()
    };
    let kept = read("SELECT at, status, number FROM quarter_counts");
    let counted = read(
        "SELECT ended_at / 900000 * 900000 AS at, status,
             sum(CASE WHEN status IN ('skipped', 'missed') THEN count ELSE 1 END) AS number
         FROM executions WHERE ended_at IS NOT NULL GROUP BY 1, 2",
    );
    (kept, counted)
}

fn check(home: &Home, after: &str) -> i64 {
    let (kept, counted) = counts(home);
    assert_eq!(kept, counted, "after {after}");
    kept.values().sum()
}

#[test]
fn kept_counts_are_those_of_the_history_after_each_event() {
    let mut home = Home::started();
    for number in 0..8 {
        let name = format!("often{number}");
        home.add(&[&name, "--every", "1s", "sh -c 'exit $(( $$ % 2 ))'"]);
    }
    home.add(&["queued", "--every", "1s", "--overlap", "queue", "sleep 2"]);
    home.add(&["skipped", "--every", "1s", "--overlap", "skip", "sleep 5"]);
    // The daemon is killed at any moment of its work.
    for kill in 0..5_u64 {
        let seen = check(&home, "a start");
        until("some have ended", || {
            (check(&home, "an end") > seen + 8).then_some(())
        });
        std::thread::sleep(Duration::from_millis(kill * 170));
        home.kill();
        check(&home, "kill -9");
        home.start();
    }
    home.ended(home.run("often0"));
    home.jobs(&["skip", "often1"]).ok();
    home.jobs(&["edit", "often2", "--desc", "changed"]).ok();
    let changes = home.call("changes", json!({"job": "often2"}));
    let change = changes["result"]["items"][0]["id"]
        .as_i64()
        .unwrap()
        .to_string();
    home.jobs(&["put-back", "often2", &change]).ok();
    check(&home, "a change that is put back");
    let crontab = home.write("crontab", "* * * * * * true\n* * * * * * false\n");
    home.jobs(&["import", "crontab", crontab.to_str().unwrap()])
        .ok();
    check(&home, "an import");
    home.jobs(&["rm", "often3", "queued"]).ok();
    check(&home, "a removal");
    let cleared = home.call("clear_logs", json!({"type": "job", "job": "often4"}));
    assert!(cleared["result"].is_object(), "{cleared}");
    check(&home, "a history that is cleared");
    // Pruned down to two executions of each job and the last failure.
    home.write("config.yaml", "job_log_keep_count: 2\n");
    home.jobs(&["reload"]).ok();
    home.jobs(&["pause"]).ok();
    until("it is pruned", || {
        check(&home, "pruning");
        (home.call("entries", json!({"page": 1}))["result"]["total"].as_i64()? <= 3 * 10)
            .then_some(())
    });
    home.kill();
    home.start();
    check(&home, "the last start");
}
