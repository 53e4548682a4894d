//! Pipes, devices and sockets in the places of files: nothing waits for them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Background;
use crate::support::{Done, Home, until};

fn make_pipe(path: &Path) {
    let _ = fs::remove_file(path);
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

/// Runs a client that must not hang.
#[track_caller]
fn soon(home: &Home, args: &[&str]) -> Done {
    let child = home
        .command()
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Some(child);
    let ended = until("the client ends", || {
        let ended = child.as_mut().and_then(|child| child.try_wait().unwrap());
        ended.and_then(|_| child.take())
    });
    Done::of(args, ended.wait_with_output().unwrap())
}

#[test]
fn pipe_in_the_place_of_a_file_of_the_daemon_is_not_waited_for() {
    let mut home = Home::started();
    home.add(&["a", "--every", "1h", "--timeout", "5", "--", "echo done"]);
    home.terminate();
    make_pipe(&home.path("data/login.key"));
    soon(&home, &["start", "-d"])
        .fails(1)
        .says(&["login.key", "it is not a file", "remove it"]);
    fs::remove_file(home.path("data/login.key")).unwrap();
    // Without the records of processes the daemon does its work, and says so.
    make_pipe(&home.path("data/output/running"));
    soon(&home, &["start", "-d"]).ok();
    let _background = Background(&home);
    let log = home.system_log();
    assert!(
        log.contains("output/running") && log.contains("it is not a file"),
        "{log}"
    );
    // Nor in those of an execution.
    for name in ["1.in", "1.out", "1.err"] {
        make_pipe(&home.path(&format!("data/output/{name}")));
    }
    soon(&home, &["logs", "--exec", "1"]);
    assert_eq!(home.ended(home.run("a"))["status"], "success");
    soon(&home, &["logs", "a"]).ok().shows(&["done"]);
}

#[test]
fn pipe_that_the_configuration_names_is_not_waited_for() {
    let home = Home::new();
    let pipe = home.path("pipe");
    make_pipe(&pipe);
    let pipe = pipe.display();
    for (config, field) in [
        (
            format!("server: {{enabled: true, port: 0, tls: {{cert: {pipe}, key: {pipe}}}}}"),
            "server.tls.cert",
        ),
        (
            "server: {enabled: true, port: 0, tls: {cert: /dev/zero, key: /dev/zero}}".into(),
            "server.tls.cert",
        ),
    ] {
        home.write("config.yaml", &config);
        soon(&home, &["start", "-d"])
            .fails(2)
            .says(&[field, "it is not a file"]);
    }
    home.write("config.yaml", &format!("jobs: {{http_ca_file: {pipe}}}"));
    soon(&home, &["start", "-d"]).ok();
    let _background = Background(&home);
    home.add(&[
        "web",
        "--every",
        "1h",
        "--timeout",
        "20",
        "--url",
        "https://127.0.0.1:9/",
    ]);
    let ended = home.ended(home.run("web"));
    assert!(
        ended["error"]
            .as_str()
            .unwrap()
            .contains("it is not a file"),
        "{ended}"
    );
    let env = format!("--env-file={pipe}");
    home.add(&[
        "file",
        "--every",
        "1h",
        "--timeout",
        "20",
        &env,
        "--",
        "true",
    ]);
    let ended = home.ended(home.run("file"));
    assert!(
        ended["error"].as_str().unwrap().contains("not a file"),
        "{ended}"
    );
    // A program that is a pipe is looked at by `check`.
    let command = pipe.to_string();
    home.add(&[
        "program",
        "--every",
        "1h",
        "--timeout",
        "20",
        "--",
        &command,
    ]);
    soon(&home, &["check"]);
}

#[test]
fn crontab_that_is_a_pipe_is_refused_and_one_of_the_shell_is_read() {
    let home = Home::started();
    let pipe = home.path("pipe");
    make_pipe(&pipe);
    let pipe = pipe.to_str().unwrap();
    for args in [
        vec!["import", pipe],
        vec!["import", "crontab", pipe],
        vec!["import", "crontab", "--system", "/dev/zero"],
    ] {
        soon(&home, &args).fails(1).says(&["it is not a file"]);
    }
    let other = Home::new();
    soon(&other, &["start", "-d", "--crontab", pipe])
        .fails(1)
        .says(&[pipe, "it is not a file"]);
    // `<(crontab -l)` of a shell is a pipe that the client has open.
    let script = format!(
        "'{}' import crontab --dry-run <(echo '* * * * * echo by-pipe')",
        env!("CARGO_BIN_EXE_jobs")
    );
    let output = home.call_of("bash").args(["-c", &script]).output().unwrap();
    Done::of(&["import"], output)
        .ok()
        .shows(&["echo by-pipe", "1 imported"]);
}
