//! Shells with arguments, and pipes whose failure is seen.

use crate::support::Home;

#[test]
fn pipe_fails_with_pipefail_and_add_warns_without() {
    let home = Home::started();
    let pipe = "false | cat";
    home.jobs(&[
        "add",
        "plain",
        "--every",
        "1d",
        "--shell",
        "/bin/bash",
        "--",
        pipe,
    ])
    .ok()
    .says(&["it has a pipe", "--shell '/bin/bash -o pipefail'"]);
    let set = home
        .jobs(&[
            "add",
            "set",
            "--every",
            "1d",
            "--shell",
            "bash -o pipefail",
            "--timeout",
            "9",
            "--",
            pipe,
        ])
        .ok();
    assert!(!set.stderr.contains("pipe"), "{}", set.stderr);
    assert_eq!(home.ended(home.run("plain"))["status"], "success");
    let row = home.ended(home.run("set"));
    assert_eq!(
        (row["status"].as_str(), row["exit_code"].as_i64()),
        (Some("failed"), Some(1))
    );
    // A login shell is a shell with an argument.
    home.add(&[
        "login",
        "--every",
        "1d",
        "--shell",
        "/bin/bash -l",
        "--",
        "shopt -q login_shell && echo \"$SHELL\"",
    ]);
    let row = home.ended(home.run("login"));
    assert_eq!(row["stdout"], "/bin/bash\n", "{row}");
}

#[test]
fn pipefail_of_the_configuration_is_for_shells_that_know_it() {
    let home = Home::with_config("jobs: {shell: /bin/bash, pipefail: true}\n");
    home.jobs(&[
        "add",
        "pipe",
        "--every",
        "1d",
        "--timeout",
        "9",
        "--",
        "false | cat",
    ])
    .ok();
    assert_eq!(home.ended(home.run("pipe"))["status"], "failed");
    home.add(&[
        "python",
        "--every",
        "1d",
        "--shell",
        "python3",
        "--",
        "print('x | y')",
    ]);
    let row = home.ended(home.run("python"));
    assert_eq!(
        (row["status"].as_str(), row["stdout"].as_str()),
        (Some("success"), Some("x | y\n"))
    );
}

#[cfg(target_os = "linux")]
#[test]
fn command_that_is_too_long_is_refused() {
    let home = Home::started();
    let mut add = serde_json::json!({"name": "long", "every": "1d", "command": format!(": {}", "x".repeat(131_069))});
    let added = home.call("add", add.clone());
    assert!(added["error"].is_null(), "{added}");
    assert_eq!(home.ended(home.run("long"))["status"], "success");
    add["command"] = format!(": {}", "x".repeat(131_070)).into();
    add["name"] = "longer".into();
    let refused = home.call("add", add);
    let message = refused["error"]["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("command: it has 131072 bytes"),
        "{refused}"
    );
}
