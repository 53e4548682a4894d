//! When an attempt is a success: `--ok-exit`, `--expect`, `--fail-on`.

use crate::support::{Home, until};

/// Adds a job, runs it, and returns the status and the error of its execution.
fn outcome(home: &Home, name: &str, flags: &[&str], command: &str) -> (String, String) {
    let mut args = vec![name, "--every", "24h"];
    args.extend(flags);
    args.extend(["--", command]);
    home.add(&args);
    let ended = home.ended(home.run(name));
    let text = |field: &str| ended[field].as_str().unwrap_or_default().to_string();
    (text("status"), text("error"))
}

#[test]
fn exit_codes_of_a_success_are_those_of_the_job() {
    let home = Home::started();
    let rows = [
        ("listed", "0,3", "exit 3", "success", ""),
        ("zero", "0,3", "exit 0", "success", ""),
        ("range", "0-5", "exit 5", "success", ""),
        ("not-listed", "0,3", "exit 4", "failed", "exit status 4"),
        (
            "zero-not-listed",
            "3",
            "exit 0",
            "failed",
            "exit status 0 is none of `ok_exit`",
        ),
        (
            "not-found",
            "0,3",
            "/nonexistent/program",
            "failed",
            "exit status 127: command not found",
        ),
    ];
    for (name, codes, command, status, error) in rows {
        let found = outcome(&home, name, &["--ok-exit", codes], command);
        assert_eq!(found, (status.into(), error.into()), "{name}");
    }
    assert_eq!(
        outcome(
            &home,
            "killed",
            &["--ok-exit", "0,3", "--timeout", "1"],
            "sleep 60"
        )
        .0,
        "timeout"
    );
}

#[test]
fn output_decides_with_expect_and_fail_on() {
    let home = Home::started();
    // Longer than a pipe, and with a last line without an end.
    let long = "yes | head -c 3000000; printf 'all done'";
    let rows: [(&str, &[&str], &str, Option<&str>); 12] = [
        ("last-line", &["--expect", "^all done$"], long, None),
        (
            "absent",
            &["--expect", "^all wrong$"],
            long,
            Some("no line of the output matches `expect`: ^all wrong$"),
        ),
        ("silent", &["--expect", "."], "true", Some("no line")),
        ("on-stderr", &["--expect", "^ok$"], "echo ok >&2", None),
        (
            "failing-line",
            &["--fail-on", "(?i)error"],
            "echo 'An Error: 7'; echo fine",
            Some("a line of the output matches `fail_on`: (?i)error"),
        ),
        (
            "no-failing-line",
            &["--fail-on", "^ERROR"],
            "echo no ERROR",
            None,
        ),
        (
            "both",
            &["--fail-on", "bad", "--expect", "good"],
            "echo good; echo bad",
            Some("`fail_on`"),
        ),
        (
            "within-one-line",
            &["--expect", "good.*bad"],
            "echo good; echo bad",
            Some("`expect`"),
        ),
        (
            "cut-line",
            &["--expect", "^whole line$"],
            "printf 'whole '; sleep 0.1; echo line",
            None,
        ),
        (
            "exit-code-first",
            &["--expect", "good"],
            "echo good; exit 2",
            Some("exit status 2"),
        ),
        (
            "with-ok-exit",
            &["--ok-exit", "2", "--expect", "good"],
            "echo good; exit 2",
            None,
        ),
        (
            "beside-a-background-program",
            &["--expect", "^done$"],
            "(while :; do echo noise; sleep 0.01; done) & echo $! > noise; echo done",
            None,
        ),
    ];
    for (name, flags, command, fault) in rows {
        let command = format!("cd {}; {command}", home.path("").display());
        let (status, error) = outcome(&home, name, flags, &command);
        match fault {
            None => assert_eq!((status.as_str(), error.as_str()), ("success", ""), "{name}"),
            Some(fault) => {
                assert_eq!(status, "failed", "{name}");
                assert!(error.contains(fault), "{name}: {error}");
            }
        }
    }
    let noise = home.read("noise").trim().parse().unwrap();
    crate::support::signal(noise, "KILL");
    home.jobs(&["history", "failing-line"])
        .ok()
        .shows(&["a line of the output matches"]);
}

#[test]
fn each_attempt_is_judged_by_its_own_output() {
    let home = Home::started();
    let counter = home.path("counter").display().to_string();
    let command = format!(
        "echo x >> {counter}; test $(wc -l < {counter}) = 3 && echo ready || echo 'not yet'"
    );
    home.add(&[
        "third", "--every", "24h", "--times", "5", "--expect", "^ready$", "--", &command,
    ]);
    let ended = home.ended(home.run("third"));
    assert_eq!(ended["status"], "success", "{ended}");
    assert_eq!(home.read("counter").lines().count(), 3);
    // The line of the first attempt does not count for the second one, nor does the note between them.
    std::fs::remove_file(home.path("counter")).unwrap();
    let once = format!(
        "echo x >> {counter}; test $(wc -l < {counter}) = 1 && echo ready && exit 1; echo attempt"
    );
    home.add(&[
        "first",
        "--every",
        "24h",
        "--times",
        "2",
        "--expect",
        "ready|of 2",
        "--",
        &once,
    ]);
    let ended = home.ended(home.run("first"));
    assert_eq!(ended["status"], "failed", "{ended}");
    assert!(ended["error"].as_str().unwrap().contains("`expect`"));
}

#[test]
fn rules_are_kept_edited_and_refused() {
    let home = Home::started();
    home.add(&[
        "a",
        "--every",
        "24h",
        "--expect",
        "^ok$",
        "--fail-on",
        "bad",
        "--ok-exit",
        "3,0",
        "--",
        "echo ok",
    ]);
    let shown = home.show("a");
    let command = shown["command"].as_str().unwrap();
    for part in ["【expect】^ok$", "【fail_on】bad", "【ok_exit】0,3"] {
        assert!(command.contains(part), "{command}");
    }
    home.jobs(&["export", "a"])
        .ok()
        .shows(&["【expect】^ok$", "【fail_on】bad", "【ok_exit】0,3"]);
    home.jobs(&["edit", "a", "--fail-on", "", "--ok-exit", ""])
        .ok();
    let command = home.show("a")["command"].as_str().unwrap().to_string();
    assert!(command.contains("【expect】^ok$"), "{command}");
    assert!(
        !command.contains("fail_on") && !command.contains("ok_exit"),
        "{command}"
    );
    let refused: [(&[&str], &[&str]); 4] = [
        (
            &["--expect", "("],
            &["expect", "`(` is not a regular expression"],
        ),
        (
            &["--fail-on", "[z-a]"],
            &["fail_on", "`[z-a]`", "regular expression"],
        ),
        (&["--ok-exit", "256"], &["ok_exit", "`256`", "0 to 255"]),
        (&["--ok-exit", "0;3"], &["ok_exit", "`0;3`", "0,3"]),
    ];
    for (flags, parts) in refused {
        let mut args = vec!["edit", "a"];
        args.extend(flags);
        home.jobs(&args).fails(2).says(parts);
    }
    home.jobs(&[
        "add",
        "f",
        "--every",
        "24h",
        "--func",
        "Echo",
        "--ok-exit",
        "3",
    ])
    .fails(2)
    .says(&["ok_exit", "not a field of mode"]);
}

#[test]
fn functions_are_judged_by_their_output() {
    let home = Home::started();
    for (name, expect, status) in [("yes", "ready", "success"), ("no", "^it was ", "failed")] {
        home.add(&[
            name, "--every", "24h", "--func", "Echo", "--arg", "ready", "--expect", expect,
        ]);
        let ended = home.ended(home.run(name));
        assert_eq!(ended["status"], status, "{ended}");
    }
}

/// The library needs half a minute for a line of 60,000 of these letters.
const COSTLY: &str = "[ab]*a[ab]{5000}c";
const COSTLY_LINE: &str = "head -c 30000 /dev/urandom | od -An -v -tu1 | tr -dc 0-9 | tr 0-9 ababababab | head -c 60000; echo";

#[test]
fn costly_expression_delays_neither_timeout_nor_cancel_nor_end() {
    let mut home = Home::started();
    let add = |name: &str, flags: &[&str], command: &str| {
        let mut args = vec![name, "--every", "24h", "--fail-on", COSTLY];
        args.extend(flags);
        args.extend(["--", command]);
        home.add(&args);
    };
    let long = format!("{COSTLY_LINE}; sleep 60");
    add("late", &["--timeout", "1"], &long);
    add("stopped", &[], &long);
    let marker = home.path("marker");
    add(
        "judged",
        &[],
        &format!("{COSTLY_LINE}; touch {}", marker.display()),
    );
    add("unjudged", &[], COSTLY_LINE);
    add("running", &[], &long);
    let took = |ended: &serde_json::Value| ended["duration_ms"].as_i64().unwrap();
    let late = home.ended(home.run("late"));
    assert_eq!(late["status"], "timeout", "{late}");
    assert!(took(&late) < 9_000, "{late}");
    // The match of the first one still runs.
    let unjudged = home.run("unjudged");
    for name in ["stopped", "judged"] {
        let id = home.run(name);
        until("the command has printed", || {
            (name == "stopped" || marker.exists()).then_some(())
        });
        home.jobs(&["cancel", &id.to_string()]).ok();
        let ended = home.ended(id);
        assert_eq!(ended["status"], "cancelled", "{name}: {ended}");
        assert!(took(&ended) < 9_000, "{name}: {ended}");
    }
    let unjudged = home.ended(unjudged);
    assert_eq!(unjudged["status"], "failed", "{unjudged}");
    let error = unjudged["error"].as_str().unwrap();
    assert!(error.contains("could not be judged in time"), "{error}");
    home.run("running");
    let start = std::time::Instant::now();
    home.terminate();
    assert!(start.elapsed().as_secs() < 15);
}

#[test]
fn expression_with_a_secret_of_the_job_is_masked_and_kept() {
    let home = Home::started();
    home.add(&[
        "a",
        "--every",
        "24h",
        "--env",
        "TOKEN=Zq81secret",
        "--expect",
        "Zq81secret",
        "--fail-on",
        "bad Zq81secret",
        "--",
        "echo ok $TOKEN",
    ]);
    for args in [
        &["show", "a"][..],
        &["list"],
        &["export", "a"],
        &["history"],
    ] {
        let done = home.jobs(args).ok();
        assert!(!done.stdout.contains("Zq81"), "{args:?}: {}", done.stdout);
    }
    let shown = home.show("a")["command"].as_str().unwrap().to_string();
    assert!(shown.contains("【expect】***"), "{shown}");
    let changed = shown.replace("echo ok", "echo yes");
    home.call("edit", serde_json::json!({"job": "a", "command": changed}));
    let ended = home.ended(home.run("a"));
    assert_eq!(ended["status"], "success", "{ended}");
    let unknown = shown.replace("【expect】***", "【expect】x ***");
    let answer = home.call("edit", serde_json::json!({"job": "a", "command": unknown}));
    assert!(
        answer.to_string().contains("stands for a secret"),
        "{answer}"
    );
    home.jobs(&["edit", "a", "--expect", "***"]).ok();
    assert_eq!(home.ended(home.run("a"))["status"], "success");
}
