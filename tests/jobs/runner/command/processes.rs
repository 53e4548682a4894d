//! The processes of a command: attempts, output, timeouts, cancelling, and processes left in the background.

use std::time::{Duration, Instant};

use crate::support::{Home, is_alive, signal, until};

#[test]
fn examples_of_the_original_system_run() {
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
fn attempts_end_with_the_first_success() {
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
fn output_reopened_by_a_script_is_captured() {
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
fn timeout_and_cancel_kill_all_processes() {
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
fn background_process_does_not_delay_the_end() {
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
fn cancel_kills_a_process_in_a_new_session() {
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
fn cancel_right_after_start_is_not_lost() {
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
        // In one batch: the second request follows the first at once.
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
