//! Retries: executions that follow a failed one.

use serde_json::Value;

use crate::support::{Home, is_over, until};

/// Waits until a job has this many executions and all are over, and returns them, the oldest first.
#[track_caller]
fn all_over(home: &Home, job: &str, number: usize) -> Vec<Value> {
    until("the retries are over", || {
        let mut executions = home.history(job);
        executions.reverse();
        (executions.len() >= number && executions.iter().all(is_over)).then_some(executions)
    })
}

fn statuses(executions: &[Value]) -> Vec<&str> {
    executions
        .iter()
        .map(|execution| execution["status"].as_str().unwrap())
        .collect()
}

#[test]
fn retries_end_with_the_first_success() {
    let home = Home::started();
    let count = home.path("count");
    let command = format!(
        "echo $JOBS_SOURCE $JOBS_SCHEDULED_AT >> {0}; test $(wc -l < {0}) -ge 3",
        count.display()
    );
    home.add(&[
        "r",
        "--every",
        "1h",
        "--retries",
        "5",
        "--retry-delay",
        "1",
        "--timeout",
        "0",
        "--",
        &command,
    ]);
    let first = home.run("r");
    let executions = all_over(&home, "r", 3);
    assert_eq!(statuses(&executions), ["failed", "failed", "success"]);
    for (number, execution) in executions.iter().enumerate() {
        let is_retry = number > 0;
        assert_eq!(execution["retry_number"], number);
        assert_eq!(
            execution["source"],
            if is_retry { "retry" } else { "manual" }
        );
        assert_eq!(
            execution["retry_of"],
            if is_retry { first.into() } else { Value::Null }
        );
        assert_eq!(execution["retries_left"], 5 - number);
        // A retry has the same scheduled time as the first execution: the command may depend on it.
        assert_eq!(execution["scheduled_at"], executions[0]["scheduled_at"]);
        assert_eq!(execution["waits_until"], Value::Null);
    }
    let told = home.read("count");
    let sources: Vec<&str> = told
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(sources, ["manual", "retry", "retry"]);
    let instants: std::collections::BTreeSet<&str> = told
        .lines()
        .map(|line| line.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(instants.len(), 1, "{told}");
    // Retries do not count as runs.
    assert_eq!(home.show("r")["run_count"], 1);
    home.jobs(&["history", "r"])
        .ok()
        .shows(&[&format!("retry 2 of #{first}")]);
}

#[test]
fn retries_follow_a_timeout_up_to_their_number() {
    let home = Home::started();
    home.add(&[
        "t",
        "--every",
        "1h",
        "--retries",
        "2",
        "--retry-delay",
        "0",
        "--timeout",
        "1",
        "--",
        "sleep 60",
    ]);
    home.run("t");
    let executions = all_over(&home, "t", 3);
    assert_eq!(statuses(&executions), ["timeout", "timeout", "timeout"]);
    assert_eq!(executions[2]["retries_left"], 0);
    // A success is not retried.
    home.add(&[
        "s",
        "--every",
        "1h",
        "--retries",
        "2",
        "--retry-delay",
        "0",
        "--",
        "true",
    ]);
    home.run("s");
    assert_eq!(statuses(&all_over(&home, "s", 1)), ["success"]);
    // A one-off job is retried although its time is past.
    home.add(&[
        "once",
        "--at",
        "in 1s",
        "--retries",
        "1",
        "--retry-delay",
        "0",
        "--timeout",
        "0",
        "--",
        "false",
    ]);
    assert_eq!(statuses(&all_over(&home, "once", 2)), ["failed", "failed"]);
}

#[test]
fn retries_survive_a_restart() {
    let mut home = Home::started();
    home.add(&[
        "r",
        "--every",
        "1h",
        "--retries",
        "1",
        "--retry-delay",
        "2",
        "--timeout",
        "0",
        "--",
        "false",
    ]);
    home.run("r");
    until("the retry waits", || {
        home.history("r")
            .iter()
            .any(|execution| execution["status"] == "queued")
            .then_some(())
    });
    home.kill();
    home.start();
    let executions = all_over(&home, "r", 2);
    assert_eq!(statuses(&executions), ["failed", "failed"]);
    assert_eq!(executions[1]["source"], "retry");
    // The retry has waited for its delay.
    let ended = executions[0]["ended_at"].as_str().unwrap();
    let started = executions[1]["started_at"].as_str().unwrap();
    let seconds = |text: &str| {
        let clock = &text[11..23];
        clock
            .split(':')
            .fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap())
    };
    let waited = (seconds(started) - seconds(ended)).rem_euclid(86_400.0);
    assert!(waited >= 1.9, "{waited}");
}

#[test]
fn retries_are_cancelled_by_a_stop() {
    let home = Home::started();
    let add = |name: &str, command: &str| {
        home.add(&[
            name,
            "--every",
            "1h",
            "--retries",
            "3",
            "--retry-delay",
            "1h",
            "--timeout",
            "0",
            "--",
            command,
        ]);
        home.run(name)
    };
    // A retry that waits.
    add("waits", "false");
    let waiting = until("the retry waits", || {
        home.history("waits")
            .into_iter()
            .find(|execution| execution["status"] == "queued")
    });
    assert_eq!(waiting["source"], "retry");
    // A waiting retry does not prevent another run, with any overlap policy.
    home.jobs(&["edit", "waits", "--overlap", "skip"]).ok();
    home.jobs(&["run", "waits", "--wait"]).fails(1);
    home.jobs(&["stop", "waits"]).ok();
    let executions = home.history("waits");
    assert!(executions.iter().all(is_over), "{executions:?}");
    assert_eq!(
        executions
            .iter()
            .filter(|execution| execution["status"] == "cancelled")
            .count(),
        2
    );
    // A retry that would follow an execution that still runs.
    let go = home.path("go");
    let exec = add(
        "runs",
        &format!(
            "while [ ! -e {} ]; do sleep 0.05; done; exit 1",
            go.display()
        ),
    );
    home.jobs(&["stop", "runs"]).ok();
    home.write("go", "");
    assert_eq!(home.ended(exec)["status"], "failed");
    assert_eq!(home.history("runs").len(), 1);
    // A retry that is cancelled by its number.
    add("one", "false");
    let waiting = until("the retry waits", || {
        home.history("one")
            .into_iter()
            .find(|execution| execution["status"] == "queued")
    });
    home.jobs(&["cancel", &waiting["exec_id"].to_string()])
        .ok()
        .shows(&["cancelled"]);
    // A cancelled execution is not retried.
    let exec = add("cancelled", "sleep 60");
    home.jobs(&["cancel", &exec.to_string()]).ok();
    assert_eq!(statuses(&all_over(&home, "cancelled", 1)), ["cancelled"]);
}

#[test]
fn retries_with_bad_values_name_the_field() {
    let home = Home::started();
    for (flag, value, parts) in [
        ("--retries", "1001", &["retries", "`1001`", "1000"][..]),
        (
            "--retry-backoff",
            "0.5",
            &["retry_backoff", "`0.5`", "1 to 100"],
        ),
        (
            "--retry-backoff",
            "NaN",
            &["--retry-backoff", "NaN", "not a number"],
        ),
        ("--retry-delay", "31536001", &["retry_delay", "31536000"]),
        ("--retry-max", "-1", &["--retry-max"]),
        ("--retries", "many", &["--retries", "many"]),
    ] {
        home.jobs(&["add", "x", "--every", "1h", flag, value, "--", "true"])
            .fails(2)
            .says(parts);
    }
    home.add(&["x", "--every", "1h", "--", "true"]);
    home.jobs(&[
        "edit",
        "x",
        "--retries",
        "3",
        "--retry-delay",
        "5m",
        "--retry-backoff",
        "1.5",
        "--retry-max",
        "1h",
    ])
    .ok();
    let job = home.show("x");
    assert_eq!(job["retries"], 3);
    assert_eq!(job["retry_delay"], 300);
    assert_eq!(job["retry_backoff"], 1.5);
    assert_eq!(job["retry_max"], 3600);
    home.jobs(&["show", "x"])
        .ok()
        .shows(&["3, the first after 5 min"]);
}

#[test]
fn retries_that_wait_follow_an_edit() {
    let home = Home::started();
    home.add(&[
        "m",
        "--every",
        "1h",
        "--retries",
        "3",
        "--retry-delay",
        "2",
        "--timeout",
        "0",
        "--",
        "exit 9",
    ]);
    home.run("m");
    until("the retry waits", || {
        home.history("m")
            .iter()
            .any(|execution| execution["status"] == "queued")
            .then_some(())
    });
    home.jobs(&["edit", "m", "--name", "mended", "--", "echo mended"])
        .ok();
    let executions = all_over(&home, "mended", 2);
    assert_eq!(statuses(&executions), ["failed", "success"]);
    assert_eq!(executions[1]["stdout"], "mended\n");
    assert_eq!(executions[1]["job_name"], "mended");
    // Setting the number to 0 cancels the waiting retry too.
    home.jobs(&["edit", "mended", "--retry-delay", "1h", "--", "exit 9"])
        .ok();
    home.run("mended");
    until("the retry waits", || {
        home.history("mended")
            .iter()
            .any(|execution| execution["status"] == "queued")
            .then_some(())
    });
    home.jobs(&["edit", "mended", "--retries", "0"]).ok();
    let executions = all_over(&home, "mended", 4);
    assert_eq!(statuses(&executions)[2..], ["failed", "cancelled"]);
}

#[test]
fn retries_follow_a_crash() {
    let mut home = Home::started();
    let go = home.path("go");
    let command = format!("while [ ! -e {} ]; do sleep 0.05; done", go.display());
    home.add(&[
        "c",
        "--every",
        "1h",
        "--retries",
        "2",
        "--retry-delay",
        "0",
        "--timeout",
        "0",
        "--",
        &command,
    ]);
    home.run("c");
    until("it runs", || {
        home.history("c")
            .iter()
            .any(|execution| execution["status"] == "running")
            .then_some(())
    });
    home.kill();
    home.write("go", "");
    home.start();
    let executions = all_over(&home, "c", 2);
    assert_eq!(statuses(&executions), ["interrupted", "success"]);
    assert_eq!(executions[1]["retries_left"], 1);
}

#[test]
fn retries_are_shown_to_a_follower() {
    let home = Home::started();
    home.add(&[
        "f",
        "--every",
        "1h",
        "--retries",
        "1",
        "--retry-delay",
        "2",
        "--timeout",
        "0",
        "--",
        "test $JOBS_SOURCE = retry && echo it is the retry",
    ]);
    home.run("f");
    until("the retry waits", || {
        home.history("f")
            .iter()
            .any(|execution| execution["status"] == "queued")
            .then_some(())
    });
    home.jobs(&["logs", "f", "-f"])
        .ok()
        .shows(&["it is the retry"]);
}
