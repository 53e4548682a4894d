//! What runs, when, beside what, how long and how often.

use std::time::{Duration, Instant};

use crate::support::{Home, is_alive, is_over, signal, until};

#[test]
fn a_job_runs_each_second_on_time_and_is_remembered() {
    let home = Home::started();
    home.add(&[
        "tick",
        "--cron",
        "* * * * * *",
        "--timeout",
        "5",
        "--",
        "echo hi; echo oh >&2; exit 3",
    ]);
    let rows = until("three runs", || {
        Some(home.history("tick"))
            .filter(|rows| rows.iter().filter(|row| is_over(row)).count() >= 3)
    });
    let mut instants: Vec<&str> = rows
        .iter()
        .map(|row| row["scheduled_at"].as_str().unwrap())
        .collect();
    instants.sort_unstable();
    let before = instants.len();
    instants.dedup();
    assert_eq!(instants.len(), before, "an instant fired twice");
    let row = rows.iter().find(|row| is_over(row)).unwrap();
    for (key, value) in [
        ("status", "failed"),
        ("source", "cron"),
        ("stdout", "hi\n"),
        ("stderr", "oh\n"),
        ("error", "exit status 3"),
    ] {
        assert_eq!(row[key], value, "{row}");
    }
    assert_eq!(row["exit_code"], 3);
    assert!(
        row["duration_ms"].is_i64()
            && row["cpu_ms"].is_i64()
            && row["max_rss_bytes"].as_i64() > Some(0)
    );
}

#[test]
fn the_originals_five_command_examples_run() {
    let home = Home::started();
    std::fs::write(home.path("backup.sh"), "#!/bin/sh\npwd\n").unwrap();
    let folder = home.path("").canonicalize().unwrap().display().to_string();
    let script = format!("【command】sh ./backup.sh\n【workdir】{folder}");
    for (name, command, printed) in [
        ("简单命令", "echo 你好", "你好\n".to_string()),
        ("工作目录", script.as_str(), format!("{folder}\n")),
        (
            "环境变量",
            "【command】echo $CUSTOM_VAR $DEBUG\n【env】CUSTOM_VAR=test_value|||DEBUG=true",
            "test_value true\n".into(),
        ),
        (
            "超时",
            "【command】echo quick\n【timeout】60",
            "quick\n".into(),
        ),
    ] {
        home.add(&[
            name,
            "--desc",
            "执行命令的任务",
            "--cron",
            "0 0 2 * * *",
            "--",
            command,
        ]);
        let done = home.jobs(&["run", name, "--wait"]).ok();
        assert_eq!(done.stdout, printed, "{name}");
        assert_eq!(home.show(name)["command"], command);
        assert_eq!(home.show(name)["desc"], "执行命令的任务");
    }
    home.jobs(&["list"]).ok().shows(&["简单命令", "环境变量"]);
}

#[test]
fn the_overlap_policies_hold_for_runs_by_hand() {
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
fn the_overlap_policies_hold_for_the_schedule() {
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
        // Never two at once.
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
fn a_job_stops_after_exactly_so_many_runs() {
    let home = Home::started();
    home.add(&[
        "thrice",
        "--cron",
        "* * * * * *",
        "--max-runs",
        "3",
        "--timeout",
        "0",
        "--",
        "true",
    ]);
    until("it stops", || {
        (home.show("thrice")["stopped"] == true).then_some(())
    });
    assert_eq!(home.history("thrice").len(), 3);
    home.jobs(&["run", "thrice"])
        .fails(1)
        .says(&["3 runs", "jobs restart thrice"]);
    assert_eq!(home.show("thrice")["next_run"], serde_json::Value::Null);
    home.jobs(&["restart", "thrice"]).ok();
    until("it stops again", || {
        (home.show("thrice")["stopped"] == true).then_some(())
    });
    assert_eq!(home.history("thrice").len(), 6);
}

#[test]
fn past_the_limit_executions_wait_in_order() {
    let home = Home::with_config("jobs:\n  max_concurrent: 2\n");
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
    assert_eq!(order[2], ids[2], "the queue has an order");
}

#[test]
fn a_timeout_and_a_cancel_end_the_whole_group() {
    let home = Home::with_config("jobs:\n  kill_grace: 1\n");
    let command =
        "trap '' TERM; setsid sleep 600 & echo $! > left; sleep 600 & echo $! > child; wait; wait";
    home.add(&["late", "--every", "1h", "--timeout", "1", "--", command]);
    let row = home.ended(home.run("late"));
    assert_eq!(
        (row["status"].as_str(), row["error"].as_str()),
        (Some("timeout"), Some("timed out after 1 s"))
    );
    assert!(!is_alive(&home.read("left")) && !is_alive(&home.read("child")));
    home.jobs(&["edit", "late", "--timeout", "0"]).ok();
    std::fs::remove_file(home.path("child")).unwrap();
    let exec_id = home.run("late");
    until("it runs", || {
        home.read("child").ends_with('\n').then_some(())
    });
    let began = Instant::now();
    let row = home
        .jobs(&["cancel", &exec_id.to_string(), "--json"])
        .ok()
        .json();
    assert_eq!(row["status"], "cancelled");
    assert!(began.elapsed() < Duration::from_secs(8));
    assert!(!is_alive(&home.read("left")) && !is_alive(&home.read("child")));
    home.jobs(&["cancel", &exec_id.to_string()])
        .fails(1)
        .says(&["over already"]);
    home.jobs(&["cancel", "4711"]).fails(4);
}

#[test]
fn a_removed_job_is_gone_with_its_history_and_what_runs_of_it() {
    let home = Home::started();
    home.add(&[
        "gone",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo $$ > pid; exec sleep 600",
    ]);
    let exec_id = home.run("gone");
    let pid = until("it runs", || {
        Some(home.read("pid")).filter(|pid| pid.ends_with('\n'))
    });
    home.jobs(&["rm", "gone", "nope"]).fails(4);
    home.jobs(&["show", "gone"]).ok();
    home.jobs(&["rm", "gone"]).ok();
    home.jobs(&["show", "gone"]).fails(4);
    until("it is stopped", || (!is_alive(&pid)).then_some(()));
    until("its history goes", || {
        home.execution(exec_id).is_none().then_some(())
    });
    home.add(&["gone", "--every", "1h", "--", "true"]);
    assert!(
        home.history("gone").is_empty(),
        "a new job of the same name inherits nothing"
    );
}

#[test]
fn a_job_that_runs_once_is_stopped_afterwards() {
    let home = Home::started();
    home.add(&["once", "--at", "in 1s", "--timeout", "0", "--", "echo done"]);
    let rows = until("it runs", || {
        Some(home.history("once")).filter(|rows| rows.iter().any(is_over))
    });
    assert_eq!(
        (rows.len(), rows[0]["stdout"].as_str()),
        (1, Some("done\n"))
    );
    assert_eq!(home.show("once")["stopped"], true);
    home.jobs(&["restart", "once"])
        .fails(1)
        .says(&["once", "past"]);
    home.jobs(&["add", "never", "--at", "2020-01-01 00:00", "--", "true"])
        .fails(2)
        .says(&["at", "past"]);
}

#[test]
fn the_history_keeps_to_its_limits_but_never_loses_the_last_failure() {
    let home = Home::with_config("job_log_keep_count: 5\n");
    home.add(&[
        "some",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "test -e ok",
    ]);
    let failed = home.run("some");
    home.ended(failed);
    home.write("ok", "");
    let runs: Vec<i64> = (0..12).map(|_| home.run("some")).collect();
    home.ended(runs[11]);
    let rows = until("it is pruned", || {
        Some(home.history("some")).filter(|rows| rows.len() == 6)
    });
    assert_eq!(rows[5]["exec_id"].as_i64(), Some(failed));
    assert_eq!(rows[0]["exec_id"].as_i64(), Some(runs[11]));
}

#[test]
fn attempts_are_made_until_one_succeeds() {
    let home = Home::started();
    home.add(&[
        "flaky",
        "--every",
        "1h",
        "--times",
        "4",
        "--timeout",
        "5",
        "--",
        "echo x >> n; test $(wc -l < n) -ge 3",
    ]);
    let row = home.ended(home.run("flaky"));
    assert_eq!(
        (row["status"].as_str(), row["attempts"].as_i64()),
        (Some("success"), Some(3))
    );
}

#[test]
fn a_script_may_open_its_output_anew() {
    let home = Home::started();
    home.add(&[
        "log", "--every", "1h", "--",
        "echo one; echo two > /dev/stdout; echo e1 >&2; echo e2 > /dev/stderr; echo three; echo e3 | tee /dev/stderr > /dev/null",
    ]);
    let execution = home.ended(home.run("log"));
    assert_eq!(execution["stdout"], "one\ntwo\nthree\n");
    assert_eq!(execution["stderr"], "e1\ne2\ne3\n");
}

#[test]
fn what_is_left_in_the_background_holds_up_nothing() {
    let home = Home::started();
    home.add(&[
        "left",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "yes & echo $! > pid; echo done >&2",
    ]);
    let execution = home.ended(home.run("left"));
    assert_eq!(
        (execution["status"].as_str(), execution["stderr"].as_str()),
        (Some("success"), Some("done\n"))
    );
    let pid = home.read("pid");
    assert!(
        is_alive(&pid),
        "what a job leaves behind on purpose goes on"
    );
    signal(pid.trim().parse().unwrap(), "KILL");
}

#[test]
fn nobody_escapes_a_stop() {
    let mut home = Home::new();
    home.write("config.yaml", "jobs:\n  kill_grace: 1\n");
    home.start();
    home.add(&[
        "escape",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "(env -i /usr/bin/setsid /bin/sh -c 'echo $$ > pid; exec /bin/sleep 600' &); sleep 600",
    ]);
    let exec_id = home.run("escape");
    let pid = until(
        "it has left its parent, its group and its environment",
        || Some(home.read("pid")).filter(|pid| pid.ends_with('\n') && is_alive(pid)),
    );
    home.jobs(&["cancel", &exec_id.to_string()]).ok();
    assert!(!is_alive(&pid));
}

#[test]
fn a_stop_that_comes_at_once_is_not_lost() {
    let home = Home::started();
    home.add(&["long", "--every", "1h", "--timeout", "0", "--", "sleep 5"]);
    home.add(&[
        "newest",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--overlap",
        "replace",
        "--",
        "sleep 5",
    ]);
    for _ in 0..40 {
        // In one batch: the second call comes as soon as the first is answered.
        let next = home.jobs(&["history", "--json", "-n", "1"]).ok().json();
        let exec_id = next[0]["exec_id"].as_i64().unwrap_or(0) + 1;
        let mut stream = home.socket();
        let batch = serde_json::json!([
            {"jsonrpc": "2.0", "method": "run", "params": {"job": "long"}, "id": 1},
            {"jsonrpc": "2.0", "method": "cancel", "params": {"exec_id": exec_id}, "id": 2},
        ]);
        use std::io::{BufRead, Write};
        writeln!(stream, "{batch}").unwrap();
        let mut line = String::new();
        std::io::BufReader::new(stream)
            .read_line(&mut line)
            .unwrap();
        assert_eq!(home.ended(exec_id)["status"], "cancelled", "{line}");
    }
    let runs: Vec<i64> = (0..10).map(|_| home.run("newest")).collect();
    let last = *runs.last().unwrap();
    for exec_id in &runs[..9] {
        assert_eq!(home.ended(*exec_id)["status"], "cancelled");
    }
    until("the newest runs", || {
        home.execution(last)
            .filter(|row| row["status"] == "running")
    });
}
