//! Claims: an occurrence is claimed shortly before its instant, and changes made in between still apply.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::{Home, until};

/// How often a test repeats a change that must fall into the few milliseconds before an instant.
const ROUNDS: usize = 6;

/// The time in milliseconds since 1970.
fn now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since_1970.as_millis().try_into().unwrap()
}

/// Sleeps until shortly before a whole second, when its occurrences have been claimed.
fn sleep_until_just_before_a_second() {
    let left = (2_000 - 30 - now() % 1_000) % 1_000;
    std::thread::sleep(Duration::from_millis(left.unsigned_abs()));
}

/// The number of executions in the database.
fn executions(database: &Path) -> i64 {
    let database = rusqlite::Connection::open(database).unwrap();
    database
        .query_row("SELECT count(*) FROM executions", [], |row| row.get(0))
        .unwrap()
}

/// Waits until there is one more execution.
fn until_one_more(database: &Path) {
    let before = executions(database);
    until("it runs", || (executions(database) > before).then_some(()));
}

#[test]
fn claim_is_stored_before_its_instant() {
    let home = Home::started();
    home.add(&["a", "--cron", "* * * * * *", "--", "true"]);
    let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    let mut last = database
        .prepare("SELECT max(scheduled_at) FROM executions")
        .unwrap();
    until("an execution is recorded whose instant is to come", || {
        let last: Option<i64> = last.query_row([], |row| row.get(0)).unwrap();
        last.filter(|last| *last > now())
    });
    // No execution begins before its instant.
    until("some have ended", || {
        (home.history("a").len() > 3).then_some(())
    });
    drop(last);
    let early: i64 = database
        .query_row(
            "SELECT count(*) FROM executions WHERE started_at < scheduled_at OR ended_at < scheduled_at",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(early, 0);
}

#[test]
fn stop_just_before_an_instant_prevents_the_start() {
    let home = Home::started();
    let database = home.path("data/jobs.db");
    home.add(&["a", "--cron", "* * * * * *", "--", "true"]);
    for round in 0..ROUNDS {
        until_one_more(&database);
        sleep_until_just_before_a_second();
        // Over the socket, not with the client: starting a program takes too long.
        let answer = home.call("stop", serde_json::json!({"jobs": ["a"]}));
        assert!(answer.get("error").is_none(), "{answer}");
        let stopped = now();
        // Another job shows when the next second is over.
        let name = format!("b{round}");
        home.add(&[
            &name,
            "--cron",
            "* * * * * *",
            "--max-runs",
            "2",
            "--",
            "true",
        ]);
        until("another one runs", || {
            (home.history(&name).len() == 2).then_some(())
        });
        let late = home.history("a").into_iter().find(|execution| {
            let at = execution["scheduled_at"].as_str().unwrap();
            let at = at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
            at > stopped
        });
        assert_eq!(late, None, "it was stopped at {stopped}");
        home.jobs(&["restart", "a"]).ok();
    }
}

#[test]
fn edit_just_before_an_instant_runs_once() {
    let home = Home::started();
    home.add(&["a", "--cron", "* * * * * *", "--", "true"]);
    for round in 0..ROUNDS {
        sleep_until_just_before_a_second();
        let cron = ["*/1 * * * * *", "* * * * * *"][round % 2];
        home.jobs(&["edit", "a", "--cron", cron]).ok();
    }
    until("it has run as often", || {
        (home.history("a").len() >= ROUNDS).then_some(())
    });
    let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    let twice: i64 = database
        .query_row(
            "SELECT count(*) - count(DISTINCT scheduled_at) FROM executions",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(twice, 0);
}

#[test]
fn shutdown_just_before_an_instant_leaves_no_claim() {
    let mut home = Home::new();
    for _ in 0..ROUNDS {
        home.start();
        if home.jobs(&["show", "a"]).code != 0 {
            home.add(&["a", "--cron", "* * * * * *", "--", "true"]);
        }
        let database = home.path("data/jobs.db");
        until_one_more(&database);
        sleep_until_just_before_a_second();
        assert_eq!(home.terminate(), Some(0));
    }
    home.start();
    let others: Vec<_> = home
        .history("a")
        .into_iter()
        .filter(|execution| {
            let status = execution["status"].as_str().unwrap();
            !["success", "missed", "running"].contains(&status)
        })
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}
