//! Conditions: each opens an alert once, and closes when it is over.

use serde_json::json;

use super::{UNLESS_FIXED, World};
use crate::support::until;

fn conditions(world: &World) -> Vec<String> {
    let open = world.open();
    open.iter()
        .map(|alert| alert["condition"].as_str().unwrap().to_string())
        .collect()
}

#[test]
fn another_failure_is_told_at_once_and_the_same_one_is_counted() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops"],
        "cat $JOBS_HOME/why >&2; test -e $JOBS_HOME/fixed",
    );
    for (why, told) in [
        ("refused 10.0.0.1:5432", 1),
        ("refused 10.0.0.2:5433", 1),
        ("disk full", 2),
    ] {
        world.home.write("why", why);
        world.run("a");
        world.until_messages(told);
        assert_eq!(world.log().len(), told, "{why}");
    }
    world.fix();
    world.run("a");
    // Both are over; the channel is told of each of its alerts.
    until("nothing is open", || world.open().is_empty().then_some(()));
}

#[test]
fn retries_are_told_after_the_last_one() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops", "--retries", "2", "--retry-delay", "0"],
        "exit 3",
    );
    world.run("a");
    let messages = world.until_messages(1);
    assert_eq!(messages[0]["execution"], 3);
    assert_eq!(world.log().len(), 1);
}

#[test]
fn threshold_in_a_row_says_why_nothing_is_told_yet() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops", "--alert-after", "3"],
        UNLESS_FIXED,
    );
    world.run("a");
    world.run("a");
    let log = world.log();
    assert_eq!(log[0]["state"], "untold");
    assert!(
        log[0]["reason"]
            .as_str()
            .unwrap()
            .contains("2 of 3 failures in a row")
    );
    // A success begins anew, and is not told: its opening was not.
    world.fix();
    world.run("a");
    world.unfix();
    for _ in 0..3 {
        world.run("a");
    }
    assert_eq!(world.until_messages(1)[0]["count"], 3);
    assert_eq!(world.messages().len(), 1);
}

#[test]
fn threshold_within_a_time_counts_over_successes() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops", "--alert-after", "2 in 1h"],
        UNLESS_FIXED,
    );
    world.run("a");
    world.fix();
    world.run("a");
    world.unfix();
    assert!(world.messages().is_empty());
    world.run("a");
    assert_eq!(world.until_messages(1)[0]["event"], "opened");
}

#[test]
fn timeout_is_told_with_its_condition() {
    let world = World::new();
    world.add("a", &["--notify", "ops", "--timeout", "1"], "sleep 60");
    world.run("a");
    assert_eq!(world.until_messages(1)[0]["condition"], "timeout");
}

#[test]
fn job_without_success_in_time_is_stale_until_it_succeeds() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops", "--expect-success-every", "1"],
        "true",
    );
    let message = &world.until_messages(1)[0];
    assert_eq!(message["condition"], "stale");
    assert!(
        message["text"]
            .as_str()
            .unwrap()
            .contains("there was none before")
    );
    world.run("a");
    let recovered =
        |messages: &[serde_json::Value]| messages.iter().any(|it| it["event"] == "recovered");
    until("it has recovered", || {
        recovered(&world.messages()).then_some(())
    });
}

#[test]
fn execution_that_runs_for_long_is_told_and_goes_on() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops", "--warn-after", "1", "--timeout", "0"],
        "while ! test -e $JOBS_HOME/fixed; do sleep 0.1; done",
    );
    let exec_id = world.home.run("a");
    assert_eq!(world.until_messages(1)[0]["condition"], "too-long");
    assert_eq!(world.home.execution(exec_id).unwrap()["status"], "running");
    world.fix();
    world.home.ended(exec_id);
    assert_eq!(world.until_messages(2)[1]["event"], "recovered");
    assert!(world.open().is_empty());
}

#[test]
fn success_that_came_too_soon_is_told() {
    let world = World::new();
    world.add("a", &["--notify", "ops", "--warn-under", "1h"], "true");
    world.run("a");
    assert_eq!(world.until_messages(1)[0]["condition"], "too-short");
    world.run("a");
    assert_eq!(world.open()[0]["count"], 2);
    assert_eq!(world.log().len(), 1);
}

#[test]
fn execution_that_waits_for_long_is_late() {
    let world = World::with("alerts:\n  group: 0\njobs:\n  max_concurrent: 1\n");
    world.add(
        "first",
        &["--timeout", "0"],
        "while ! test -e $JOBS_HOME/fixed; do sleep 0.1; done",
    );
    world.add(
        "second",
        &["--notify", "ops", "--start-within", "1"],
        "true",
    );
    world.home.run("first");
    let second = world.home.run("second");
    assert_eq!(world.until_messages(1)[0]["condition"], "late");
    world.fix();
    world.home.ended(second);
    assert_eq!(world.until_messages(2)[1]["event"], "recovered");
}

#[test]
fn occurrences_missed_while_the_daemon_was_down_are_told_when_it_is_back() {
    let mut world = World::new();
    world.home.add(&[
        "a",
        "--cron",
        "* * * * * *",
        "--notify",
        "ops",
        "--",
        "true",
    ]);
    until("it has run", || {
        (!world.home.history("a").is_empty()).then_some(())
    });
    world.home.terminate();
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    world.home.start();
    let message = &world.until_messages(1)[0];
    assert_eq!(
        (&message["condition"], &message["job"]),
        (&json!("missed"), &json!("a"))
    );
}

#[test]
fn occurrences_skipped_in_a_row_are_told() {
    let world = World::new();
    world.home.add(&[
        "a",
        "--cron",
        "* * * * * *",
        "--overlap",
        "skip",
        "--notify",
        "ops",
        "--timeout",
        "0",
        "--",
        "while ! test -e $JOBS_HOME/fixed; do sleep 0.1; done",
    ]);
    assert_eq!(world.until_messages(1)[0]["condition"], "skipped");
    world.fix();
}

#[test]
fn job_that_fails_too_often_is_stopped_and_says_so() {
    let world = World::new();
    world.add(
        "a",
        &["--notify", "ops", "--stop-after-failures", "2"],
        "exit 3",
    );
    world.run("a");
    world.run("a");
    world.until_messages(2);
    assert_eq!(conditions(&world), ["auto-stopped", "failed"]);
    assert_eq!(world.home.show("a")["stopped"], true);
    world.home.jobs(&["restart", "a"]).ok();
    until("the alert about the stop is closed", || {
        (conditions(&world) == ["failed"]).then_some(())
    });
}

#[test]
fn interrupted_execution_is_told_after_a_crash() {
    let mut world = World::new();
    world.add("a", &["--notify", "ops", "--timeout", "0"], "sleep 600");
    let exec_id = world.home.run("a");
    until("it runs", || {
        (world.home.execution(exec_id)?["status"] == "running").then_some(())
    });
    world.home.kill();
    world.home.start();
    // The end of the daemon and that of the execution may be one message or two.
    until("the execution is told", || {
        let log = world.log();
        let is_told = |condition: &str| {
            let told =
                |row: &&serde_json::Value| row["condition"] == condition && row["state"] == "sent";
            log.iter().any(|row| told(&row))
        };
        (is_told("interrupted") && is_told("crashed")).then_some(())
    });
}

#[test]
fn removed_job_closes_its_alerts_silently() {
    let world = World::new();
    world.add("a", &["--notify", "ops"], "exit 3");
    world.run("a");
    world.until_messages(1);
    world.home.jobs(&["rm", "a"]).ok();
    until("nothing is open", || world.open().is_empty().then_some(()));
    assert_eq!(world.messages().len(), 1);
}
