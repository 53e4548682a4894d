//! Crashes (`kill -9`): acknowledged changes stay, no occurrence runs twice, interrupted executions are marked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Home, is_alive, until};

#[test]
fn crash_loses_and_repeats_nothing() {
    const ROUNDS: u64 = 12;
    let mut home = Home::new();
    let firings = home.path("firings");
    let command = format!(
        "echo $JOBS_JOB_ID $JOBS_SCHEDULED_AT $JOBS_EXEC_ID >> {}",
        firings.display()
    );
    let mut added = 0;
    for round in 0..ROUNDS {
        home.start();
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let enough = Arc::new(AtomicBool::new(false));
        let adder = std::thread::spawn({
            let (acknowledged, enough, command) =
                (acknowledged.clone(), enough.clone(), command.clone());
            let mut client = home.socket();
            move || {
                use std::io::{BufRead, BufReader, Write};
                let mut answers = BufReader::new(client.try_clone().unwrap());
                for number in 0.. {
                    let name = format!("job-{round}-{number}");
                    let request = serde_json::json!({
                        "jsonrpc": "2.0", "method": "add", "id": 1,
                        "params": {"name": name, "cron_expr": "* * * * * *", "command": command, "timeout": 0, "max_run_count": 3},
                    });
                    let mut line = String::new();
                    let asked =
                        writeln!(client, "{request}").and_then(|()| answers.read_line(&mut line));
                    if asked.is_err()
                        || !line.contains("\"result\"")
                        || enough.load(Ordering::Relaxed)
                        || number == 40
                    {
                        return;
                    }
                    acknowledged.lock().unwrap().push(name);
                }
            }
        });
        // Each round is killed at another moment, between 0.1 and 1.6 seconds.
        std::thread::sleep(Duration::from_millis(100 + (round * 487) % 1_500));
        home.kill();
        enough.store(true, Ordering::Relaxed);
        adder.join().unwrap();
        let names = acknowledged.lock().unwrap().clone();
        added += names.len();
        home.start();
        let list = home.jobs(&["list", "--json"]).ok().json();
        let known: Vec<&str> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["name"].as_str().unwrap())
            .collect();
        for name in &names {
            assert!(
                known.contains(&name.as_str()),
                "round {round}: {name} was acknowledged and is lost"
            );
        }
        home.kill();
    }
    assert!(added > 50, "only {added} jobs were added");
    home.start();
    let mut seen: HashMap<(String, String), String> = HashMap::new();
    for line in home.read("firings").lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let key = (words[0].to_string(), words[1].to_string());
        if let Some(other) = seen.insert(key, words[2].to_string()) {
            panic!(
                "job {} fired twice for {}: executions {other} and {}",
                words[0], words[1], words[2]
            );
        }
    }
    assert!(seen.len() > 20, "only {} firings", seen.len());
}

#[test]
fn crash_during_an_execution_marks_it_interrupted() {
    let mut home = Home::started();
    home.add(&[
        "long",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo $$ > pid; echo begun; exec sleep 600",
    ]);
    let exec_id = home.run("long");
    let pid = until("it runs", || {
        Some(home.read("pid")).filter(|pid| pid.ends_with('\n'))
    });
    // Output of the last moments before a crash may be lost.
    until("what it has printed is on disk", || {
        let file = home.read(&format!("data/output/{exec_id}.out"));
        (!file.is_empty()).then_some(())
    });
    home.kill();
    assert!(is_alive(&pid), "a job outlives its daemon's crash");
    home.start();
    let execution = home.execution(exec_id).unwrap();
    assert_eq!(execution["status"], "interrupted");
    assert_eq!(execution["stdout"], "begun\n");
    assert!(
        !is_alive(&pid),
        "an execution that is over in the history works still"
    );
    let outputs = std::fs::read_dir(home.path("data/output")).unwrap();
    let left: Vec<_> = outputs
        .map(|file| file.unwrap().file_name())
        // The record of the processes that run.
        .filter(|name| name != "running")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn crash_keeps_queued_executions() {
    let mut home = Home::started();
    home.add(&[
        "one",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--overlap",
        "queue",
        "--",
        "echo $JOBS_EXEC_ID >> done; test -e go || sleep 600",
    ]);
    let first = home.run("one");
    let second = home.run("one");
    until("the first runs", || {
        Some(()).filter(|()| home.read("done").contains(&first.to_string()))
    });
    home.kill();
    home.write("go", "");
    home.start();
    assert_eq!(home.ended(second)["status"], "success");
    assert_eq!(home.read("done"), format!("{first}\n{second}\n"));
}

#[test]
fn missed_runs_are_recorded_or_caught_up() {
    let mut home = Home::started();
    for policy in ["skip", "once", "all"] {
        home.add(&[
            policy,
            "--cron",
            "* * * * * *",
            "--catch-up",
            policy,
            "--timeout",
            "0",
            "--",
            "true",
        ]);
    }
    home.kill();
    std::thread::sleep(Duration::from_millis(3_100));
    home.start();
    let of = |job: &str, key: &str, value: &str| {
        home.history(job)
            .into_iter()
            .filter(|row| row[key] == value)
            .collect::<Vec<_>>()
    };
    let missed = until("what was missed is recorded", || {
        Some(of("skip", "status", "missed")).filter(|rows| !rows.is_empty())
    });
    assert_eq!(missed.len(), 1, "a range is one row");
    assert!(
        missed[0]["count"].as_i64().unwrap() >= 3
            && missed[0]["error"].as_str().unwrap().contains("not running")
    );
    assert_eq!(of("once", "source", "catchup").len(), 1);
    assert!(of("all", "source", "catchup").len() >= 3);
    assert!(of("all", "status", "missed").is_empty());
}
