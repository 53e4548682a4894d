//! Overlap policies, and the limit of executions that run at once.

use crate::support::{Home, is_over, until};

#[test]
fn overlap_policy_applies_to_manual_runs() {
    let home = Home::started();
    let command =
        "echo start >> $JOBS_JOB_NAME; trap 'exit 1' TERM; while ! test -e go; do sleep 0.02; done";
    for policy in ["parallel", "skip", "queue", "replace"] {
        home.add(&[
            policy,
            "--every",
            "1h",
            "--timeout",
            "0",
            "--overlap",
            policy,
            "--",
            command,
        ]);
        let first = home.run(policy);
        until("the first runs", || {
            (home.read(policy).lines().count() == 1).then_some(())
        });
        let second = home.jobs(&["run", policy, "--json"]);
        let (code, second) = (second.code, second.json());
        let status = |exec_id: i64| {
            home.execution(exec_id).unwrap()["status"]
                .as_str()
                .unwrap()
                .to_string()
        };
        let second_id = second["exec_id"].as_i64().unwrap();
        match policy {
            "parallel" => {
                until("both run", || {
                    (home.read(policy).lines().count() == 2).then_some(())
                });
                assert_eq!(
                    (status(first), status(second_id)),
                    ("running".into(), "running".into())
                );
            }
            "skip" => {
                assert_eq!((code, second["skipped"].as_bool()), (1, Some(true)));
                home.jobs(&["run", policy])
                    .fails(1)
                    .says(&["skipped", "still running"]);
                let row = home.execution(second_id).unwrap();
                assert_eq!(
                    (row["status"].as_str(), row["count"].as_i64()),
                    (Some("skipped"), Some(2))
                );
            }
            "queue" => assert_eq!(
                (status(first), status(second_id)),
                ("running".into(), "queued".into())
            ),
            _ => {
                until("the second replaces the first", || {
                    (status(second_id) == "running").then_some(())
                });
                let row = home.ended(first);
                assert_eq!(
                    (row["status"].as_str(), row["error"].as_str()),
                    (Some("cancelled"), Some("replaced by a newer execution"))
                );
            }
        }
    }
    home.write("go", "");
    for policy in ["parallel", "queue", "replace"] {
        let rows = until("all end", || {
            Some(home.history(policy)).filter(|rows| rows.iter().all(is_over))
        });
        assert_eq!(rows[0]["status"], "success", "{policy}");
    }
}

#[test]
fn overlap_policy_applies_to_scheduled_runs() {
    let home = Home::started();
    let command = "echo + >> $JOBS_JOB_NAME; trap 'echo - >> $JOBS_JOB_NAME; exit 1' TERM; sleep 2.5 & wait; echo - >> $JOBS_JOB_NAME";
    for policy in ["skip", "queue", "replace"] {
        home.add(&[
            policy,
            "--cron",
            "* * * * * *",
            "--timeout",
            "0",
            "--overlap",
            policy,
            "--max-runs",
            "3",
            "--",
            command,
        ]);
    }
    for policy in ["skip", "queue", "replace"] {
        let rows = until("three runs", || {
            let rows = home.history(policy);
            let ran = rows
                .iter()
                .filter(|row| is_over(row) && row["started_at"].is_string())
                .count();
            (ran == 3).then_some(rows)
        });
        // Two executions never run at once.
        assert_eq!(home.read(policy), "+\n-\n".repeat(3), "{policy}");
        let has = |status: &str| rows.iter().any(|row| row["status"] == status);
        assert_eq!(
            (has("skipped"), has("cancelled")),
            (policy == "skip", policy == "replace"),
            "{policy}"
        );
    }
}

#[test]
fn executions_over_max_concurrent_wait_in_order() {
    let home = Home::with_config("jobs:\n  max_concurrent: 2\n  max_concurrent_per_job: 2\n");
    home.add(&[
        "many",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo $JOBS_EXEC_ID >> order; while ! test -e go; do sleep 0.02; done",
    ]);
    let ids: Vec<i64> = (0..5).map(|_| home.run("many")).collect();
    until("two run", || {
        (home.read("order").lines().count() == 2).then_some(())
    });
    let status = home.jobs(&["status", "--json"]).ok().json();
    assert_eq!(
        (status["running"].as_i64(), status["queued"].as_i64()),
        (Some(2), Some(3))
    );
    home.write("go", "");
    for exec_id in &ids {
        assert_eq!(home.ended(*exec_id)["status"], "success");
    }
    let order: Vec<i64> = home
        .read("order")
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ids);
    // The file may be out of order: two of them start at once.
    let starts: Vec<String> = ids
        .iter()
        .map(|id| home.ended(*id)["started_at"].as_str().unwrap().to_string())
        .collect();
    let is_first = starts[3..].iter().all(|later| starts[2] <= *later);
    assert!(is_first, "the queue has an order: {starts:?}");
}

#[test]
fn job_that_hangs_leaves_places_to_others() {
    let home = Home::with_config("jobs:\n  max_concurrent: 3\n");
    let hangs = "echo + >> hung; while ! test -e go; do sleep 0.05; done";
    for (name, command) in [("hangs", hangs), ("other", "echo + >> other")] {
        home.add(&[
            name,
            "--cron",
            "* * * * * *",
            "--timeout",
            "0",
            "--",
            command,
        ]);
    }
    // Of three places one stays for others.
    until("the job waits for its own executions", || {
        (home.show("hangs")["queued"].as_i64() >= Some(2)).then_some(())
    });
    assert_eq!(home.show("hangs")["running"], 2);
    let before = home.read("other").lines().count();
    until("the other job goes on", || {
        (home.read("other").lines().count() > before + 2).then_some(())
    });
    assert_eq!(home.read("hung").lines().count(), 2);

    let status = home.jobs(&["status", "--json"]).ok().json();
    let waits = status["waits"].as_array().unwrap();
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert_eq!(waits[0]["job"], "hangs");
    let reason = waits[0]["reason"].as_str().unwrap();
    assert!(reason.contains("all 2 places of its share"), "{reason}");
    let shown = ["`hangs`", "executions wait", "jobs.max_concurrent_per_job"];
    home.jobs(&["status"]).ok().shows(&shown);
    home.jobs(&["list"]).ok().says(&shown);
    until("a line in the system log", || {
        let log = home.system_log();
        (log.contains("an execution can't start yet") && log.contains("hangs")).then_some(())
    });
    // By hand it waits as well, and the answer says for what.
    home.jobs(&["run", "hangs"])
        .ok()
        .shows(&["queued", "all 2 places of its share"]);

    home.write("go", "");
    until("the waiting ones start when others end", || {
        (home.read("hung").lines().count() > 4).then_some(())
    });
}

#[test]
fn executions_that_wait_for_others_name_the_jobs_with_the_places() {
    let home = Home::with_config("jobs:\n  max_concurrent: 2\n");
    let hangs = "while ! test -e go; do sleep 0.05; done";
    for name in ["one", "two", "three"] {
        home.add(&[name, "--every", "1h", "--timeout", "0", "--", hangs]);
        home.run(name);
    }
    let status = home.jobs(&["status", "--json"]).ok().json();
    let waits = status["waits"].as_array().unwrap();
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert_eq!(waits[0]["job"], "three");
    let reason = waits[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("all 2 places are taken, by `one` (1), `two` (1)"),
        "{reason}"
    );
    // The list, the health and the log tell it as well, and at once.
    let list = home.jobs(&["list"]).ok().says(&["`three`", "`one` (1)"]);
    let row = list.stdout.lines().find(|line| line.contains("three"));
    assert!(
        row.is_some_and(|row| row.contains("queued (1)")),
        "{}",
        list.stdout
    );
    home.jobs(&["health"])
        .ok()
        .shows(&["`three`", "`one` (1), `two` (1)"]);
    let health = home.jobs(&["health", "--json"]).ok().json();
    assert_eq!(health["waits"], status["waits"]);
    let told = || {
        let log = home.system_log();
        let lines = log.lines().filter(|line| line.contains("can't start yet"));
        lines.map(str::to_string).collect::<Vec<_>>()
    };
    let lines = until("a line in the system log", || {
        Some(told()).filter(|lines| !lines.is_empty())
    });
    assert!(
        lines[0].contains("three") && lines[0].contains("all 2 are taken, by `one` (1), `two` (1)"),
        "{lines:?}"
    );
    // Once for a job, however many of its executions wait.
    home.jobs(&["run", "three"])
        .ok()
        .shows(&["queued", "`one` (1), `two` (1)"]);
    home.add(&["four", "--every", "1h", "--timeout", "0", "--", "true"]);
    home.run("four");
    until("a line about the next job", || {
        (told().len() == 2).then_some(())
    });
    let list = home.jobs(&["list"]).ok();
    let row = list.stdout.lines().find(|line| line.contains("three"));
    assert!(
        row.is_some_and(|row| row.contains("queued (2)")),
        "{}",
        list.stdout
    );
    home.write("go", "");
}
