//! Lines that people type by habit, from cron, systemctl, kubectl, docker, pueue and at: each does what it says, or is answered
//! with the commands that do it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::habit_lines::{ANSWERED, DONE};
use crate::support::{Done, Home, until};

/// The words of a line; single quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

fn type_line(home: &Home, line: &str) -> Done {
    let words = words(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = home.jobs(&words);
    for bad in ["unrecognized", "unexpected argument", "tip: to pass"] {
        assert!(!done.stderr.contains(bad), "jobs {line}\n{}", done.stderr);
    }
    done
}

fn home() -> Home {
    let home = Home::started();
    home.add(&["backup", "--cron", "0 0 3 * * *", "--", "echo saved"]);
    home.add(&["report", "--every", "1h", "--", "echo report"]);
    home.add(&["a1", "--every", "1h", "--", "echo one"]);
    home.add(&["a2", "--every", "1h", "--", "echo two"]);
    let exec_id = home.run("backup");
    home.ended(exec_id);
    home
}

#[test]
fn lines_of_habit_are_done_or_answered() {
    assert!(DONE.len() + ANSWERED.len() >= 150);
    let home = home();
    for line in DONE {
        type_line(&home, line).ok();
    }
    for (line, commands) in ANSWERED {
        type_line(&home, line).fails(2).says(commands);
    }
    // No answered line has changed anything.
    let names = home.jobs(&["list", "-q"]).ok().stdout;
    for name in ["backup", "report", "a1", "a2"] {
        assert!(names.lines().any(|line| line == name), "{name}: {names}");
    }
}

#[test]
fn answer_with_json_is_one_object() {
    let home = Home::new();
    let done = home.jobs(&["kill", "backup", "--json"]).fails(2);
    assert_eq!(done.stdout, "");
    let error: serde_json::Value = serde_json::from_str(&done.stderr).unwrap();
    assert_eq!(error["exit_status"], 2);
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("`jobs cancel EXEC`")
    );
    let done = home.jobs(&["list", "-o", "json"]).fails(3);
    let error: serde_json::Value = serde_json::from_str(&done.stderr).unwrap();
    assert_eq!(error["exit_status"], 3);
}

#[test]
fn number_that_is_no_job_is_an_execution() {
    let home = home();
    for _ in 0..5 {
        let exec_id = home.run("report");
        home.ended(exec_id);
    }
    home.jobs(&["logs", "6"]).ok().shows(&["report"]);
    // Job 2 is `report`, execution 2 is of `report`, execution 1 is of job 1.
    home.jobs(&["logs", "2"]).ok().shows(&["==> report #2"]);
    let exec_id = home.run("backup");
    assert_eq!(exec_id, 7);
    home.jobs(&["logs", "99"]).fails(4).says(&["no such job"]);
    home.jobs(&["logs", "3"])
        .ok()
        .says(&["`jobs logs --exec 3` shows the execution 3"]);
}

#[test]
fn resume_of_a_job_keeps_its_run_count() {
    let home = Home::started();
    home.add(&["two", "--every", "1h", "--max-runs", "2", "--", "true"]);
    let exec_id = home.run("two");
    home.ended(exec_id);
    home.jobs(&["stop", "two"]).ok();
    home.jobs(&["resume", "two"])
        .ok()
        .shows(&["restarted `two`"]);
    assert_eq!(home.show("two")["run_count"], 1);
    let exec_id = home.run("two");
    home.ended(exec_id);
    home.jobs(&["stop", "two"]).ok();
    home.jobs(&["resume", "two"])
        .fails(1)
        .says(&["has run 2 of 2 times", "`jobs restart two`"]);
    home.jobs(&["restart", "two"]).ok();
    assert_eq!(home.show("two")["run_count"], 0);
}

#[test]
fn next_of_all_jobs_is_in_the_order_of_time() {
    let home = Home::started();
    home.add(&["often", "--cron", "*/10 * * * * *", "--", "true"]);
    home.add(&["yearly", "--cron", "0 0 0 1 1 *", "--", "true"]);
    home.add(&["minute", "--cron", "5 * * * * *", "--", "true"]);
    home.jobs(&["pause"]).ok();
    let runs = home.jobs(&["next", "-n", "9", "--json"]).ok().json();
    let runs = runs.as_array().unwrap().clone();
    assert_eq!(runs.len(), 9);
    let times: Vec<&str> = runs.iter().map(|run| run["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    // In nine runs there is a whole minute, so each of the two jobs is there, and the yearly one is not.
    let of = |name: &str| runs.iter().filter(|run| run["job"] == name).count();
    assert!(of("often") >= 7 && (1..=2).contains(&of("minute")) && of("yearly") == 0);
    home.jobs(&["next"])
        .ok()
        .says(&["the scheduler is paused"])
        .shows(&["often"]);
}

#[test]
fn run_of_several_jobs_starts_all_or_none() {
    let home = Home::started();
    home.add(&["good", "--every", "1h", "--", "true"]);
    home.add(&["bad", "--every", "1h", "--", "exit 3"]);
    home.jobs(&["run", "good", "nope"]).fails(4);
    assert!(home.history("good").is_empty());
    home.jobs(&["run", "good", "bad", "-w"]).fails(3);
    let ran = home.jobs(&["run", "good", "bad", "--json"]).ok().json();
    assert_eq!(ran.as_array().unwrap().len(), 2);
}

/// Starts a client that runs without end, and returns the lines that it prints until one contains each of these.
fn lines_until(home: &Home, args: &[&str], act: impl FnOnce(), parts: &[&str]) {
    let mut child = home
        .command()
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    act();
    let mut missing: Vec<&str> = parts.to_vec();
    let mut printed = Vec::new();
    until("the client prints what happens", || {
        for line in receiver.try_iter() {
            missing.retain(|part| !line.contains(part));
            printed.push(line);
        }
        missing.is_empty().then_some(())
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn logs_and_events_of_all_jobs_are_followed() {
    let home = Home::started();
    home.add(&["one", "--every", "1s", "--", "echo from one"]);
    home.add(&["two", "--every", "1s", "--", "echo from two; exit 4"]);
    lines_until(
        &home,
        &["logs", "-f"],
        || {},
        &[
            "one              | from one",
            "two              | from two",
            "exit",
        ],
    );
    lines_until(&home, &["follow"], || {}, &["from one"]);
    lines_until(&home, &["logs", "-f", "--json"], || {}, &["\"stdout\""]);
    lines_until(
        &home,
        &["events"],
        || {},
        &["started    one", "success    one", "failed     two"],
    );
    lines_until(
        &home,
        &["events", "two", "--json"],
        || {},
        &["\"event\":\"finished\""],
    );
}
