//! `diagnose`: jobs with a fault that the test causes, so that the cause is known.

use serde_json::{Value, json};

use super::result_of;
use crate::support::{Home, until};

/// A fault and the class of its first cause. Each needs only a shell and the usual tools.
const FAULTS: &[(&str, &str, &str)] = &[
    ("typo", "pg_dumpp --all", "command-not-found"),
    (
        "typo-in-script",
        "true && no_such_tool x",
        "command-not-found",
    ),
    ("no-file", "cat /nope/data.csv", "file-missing"),
    ("no-folder", "cd /nope/folder", "file-missing"),
    ("no-script", "./nope.sh", "file-or-interpreter-missing"),
    (
        "not-executable",
        "cp /etc/hostname x && chmod -x x && ./x",
        "not-executable",
    ),
    ("bashism", "[[ a == a ]]", "bashism"),
    ("redirect", "sh -c 'cat <(echo a)'", "bashism"),
    ("full", "cat /dev/zero > /dev/full", "disk-full"),
    ("syntax", "if true; then", "syntax"),
    ("flock", "exec 9> l; flock 9; flock -n l true", "lock-held"),
    ("timeout", "timeout 0.1 sleep 9", "program-timeout"),
    ("killed", "kill -9 $$", "killed"),
    ("terminated", "kill -15 $$", "killed"),
    ("crash", "kill -SEGV $$", "crash"),
    ("abort", "kill -ABRT $$", "crash"),
    (
        "unset",
        "set -u; echo $NO_SUCH_VARIABLE",
        "variable-missing",
    ),
    ("is-folder", "cat /", "is-a-directory"),
    ("exists", "mkdir /tmp", "file-exists"),
    (
        "many-files",
        "ulimit -n 6; exec 3< / 4< / 5< /; cat /etc/hostname",
        "too-many-files",
    ),
    ("bad-option", "ls --no-such-option", "usage"),
    ("grep", "echo a | grep b", "nothing-found"),
    ("not-gzip", "echo a | gzip -dc", "corrupt-data"),
];

/// Executions that succeed, some of which print what looks like a failure.
const HEALTHY: &[&str] = &[
    "true",
    "echo 'Permission denied' >&2",
    "cat /nope || true",
    "echo 'No space left on device'",
    "no_such_tool; exit 0",
];

fn add(home: &Home, name: &str, command: &str, more: &[&str]) -> i64 {
    let words = [&[name, "--cron", "@yearly"], more, &["--", command]].concat();
    home.add(&words);
    home.run(name)
}

fn diagnosis(home: &Home, exec_id: i64) -> Value {
    let shown = home.jobs(&["diagnose", &exec_id.to_string(), "--lang", "en", "--json"]);
    shown.ok().json()
}

#[test]
fn first_cause_of_faults_is_right_and_healthy_runs_have_none() {
    let home = Home::started();
    let run = |(name, command): (String, &'static str)| (add(&home, &name, command, &[]), command);
    let faults: Vec<_> = FAULTS
        .iter()
        .map(|(name, command, class)| (run((name.to_string(), command)), *class))
        .collect();
    let healthy: Vec<_> = HEALTHY
        .iter()
        .enumerate()
        .map(|(number, command)| run((format!("healthy-{number}"), command)))
        .collect();
    let mut wrong = Vec::new();
    for ((exec_id, command), class) in faults {
        home.ended(exec_id);
        let found = diagnosis(&home, exec_id);
        if found["causes"][0]["class"] != *class {
            wrong.push(format!("`{command}` is {class}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (exec_id, command) in healthy {
        home.ended(exec_id);
        let found = diagnosis(&home, exec_id);
        assert_eq!(found["causes"], json!([]), "{command}: {found}");
        assert_eq!(found["unknown"], Value::Null, "{command}");
    }
}

#[test]
fn diagnose_of_a_job_shows_its_last_failure_with_an_edit() {
    let home = Home::started();
    let exec_id = add(&home, "slow", "sleep 60", &["--timeout", "1"]);
    home.ended(exec_id);
    home.jobs(&["diagnose", "slow", "--lang", "en"]).shows(&[
        "reached the time limit of the job, and the daemon ended it (sure)",
        "jobs edit slow --timeout 2s",
    ]);
    home.jobs(&["edit", "slow", "--timeout", "2s"]).ok();
    home.jobs(&["diagnose", "slow", "--lang", "zh"])
        .shows(&["执行达到作业的时限", "确定"]);
    home.jobs(&["diagnose", "999"]).fails(4);
    home.jobs(&["diagnose", "nope"]).fails(4);
    let refused = home.call("diagnose", json!({"job": "slow", "exec_id": exec_id}));
    assert!(refused.to_string().contains("give either"), "{refused}");
}

#[test]
fn unknown_failure_has_its_template_and_when_it_was_first_seen() {
    let home = Home::started();
    let first = add(
        &home,
        "odd",
        "echo \"the frobnicator is sad: $$\" >&2; exit 3",
        &[],
    );
    home.ended(first);
    let second = home.run("odd");
    home.ended(second);
    let found = until("both failures", || {
        let found = result_of(&home, "diagnose", json!({"job": "odd"}));
        (found["unknown"]["count"] == 2).then_some(found)
    });
    assert_eq!(found["exec_id"], second);
    assert_eq!(found["causes"], json!([]));
    assert_eq!(found["unknown"]["first_exec_id"], first);
    assert_eq!(
        found["unknown"]["template"],
        "failed 3: the frobnicator is sad: #"
    );
}

#[test]
fn evidence_has_secrets_masked() {
    let home = Home::started();
    let command = "echo 'psql: password=hunter2horse: Connection refused' >&2; exit 2";
    let exec_id = add(&home, "secret", command, &[]);
    home.ended(exec_id);
    let found = diagnosis(&home, exec_id);
    assert_eq!(found["causes"][0]["class"], "refused", "{found}");
    assert!(!found.to_string().contains("hunter2horse"), "{found}");
}
