//! A command leads a session of its own, and has the umask of cron.

use super::{printed, run};
use crate::support::{Home, until};

#[test]
fn command_leads_a_session_without_a_terminal() {
    let home = Home::started();
    let fields = "read -r line < /proc/self/stat; echo ${line##*) }";
    for (name, flags) in [("plain", [].as_slice()), ("nice", &["--nice", "1"])] {
        let stat = printed(&home, name, flags, &format!("echo $$; {fields}"));
        let mut lines = stat.lines();
        let pid = lines.next().unwrap();
        let fields: Vec<&str> = lines.next().unwrap().split(' ').collect();
        // The state, the parent, the group, the session and the terminal.
        assert_eq!(fields[2..5], [pid, pid, "0"], "{name}: {stat}");
        let row = run(&home, &format!("tty-{name}"), flags, "read x < /dev/tty");
        assert_eq!(row["status"], "failed", "{row}");
    }
}

#[test]
fn command_gets_the_umask_of_cron() {
    let mut home = Home::new();
    home.launched_by(&[
        "sh",
        "-c",
        "umask 077; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_jobs"),
    ]);
    home.start();
    assert_eq!(printed(&home, "plain", &[], "umask").trim(), "0022");
    assert_eq!(
        printed(&home, "nice", &["--nice", "1"], "umask").trim(),
        "0022"
    );
    assert_eq!(
        printed(&home, "told", &["--umask", "027"], "umask").trim(),
        "0027"
    );
}

#[test]
fn command_in_a_closed_folder_names_the_folder() {
    let mut home = Home::new();
    if !crate::support::is_root() {
        crate::support::leave_out("only root can become another account");
        return;
    }
    // Without capabilities root may not enter a folder that is closed to it.
    home.launched_by(&[
        "setpriv",
        "--bounding-set=-all",
        "--inh-caps=-all",
        env!("CARGO_BIN_EXE_jobs"),
    ]);
    home.start();
    std::fs::create_dir(home.path("closed")).unwrap();
    super::set_mode(&home.path("closed"), 0);
    let folder = home.path("closed").display().to_string();
    let row = run(&home, "closed", &["--workdir", &folder], "true");
    super::assert_failed(
        &row,
        "error",
        &["closed", "can't be entered", "Permission denied"],
    );
    super::set_mode(&home.path("closed"), 0o700);
}

#[test]
fn start_without_free_processes_is_tried_again() {
    let mut home = Home::new();
    if !crate::support::is_root() {
        crate::support::leave_out("only root can lower the limits of its daemon");
        return;
    }
    home.start();
    home.add(&[
        "wait",
        "--every",
        "1h",
        "--timeout",
        "60",
        "--",
        "echo",
        "ran",
    ]);
    let limit = |number: &str| {
        let pid = home.pid().to_string();
        let set = std::process::Command::new("prlimit")
            .args(["--pid", &pid, &format!("--nofile={number}:")])
            .status();
        assert!(set.unwrap().success());
    };
    // The client's connection needs the last descriptors.
    let mut socket = home.socket();
    let used = std::fs::read_dir(format!("/proc/{}/fd", home.pid()))
        .unwrap()
        .count();
    limit(&(used + 1).to_string());
    use std::io::{BufRead, Write};
    let mut call = |method: &str, params: serde_json::Value| -> serde_json::Value {
        let request =
            serde_json::json!({"jsonrpc": "2.0", "method": method, "params": params, "id": 1});
        writeln!(socket, "{request}").unwrap();
        let mut line = String::new();
        std::io::BufReader::new(&socket)
            .read_line(&mut line)
            .unwrap();
        serde_json::from_str(&line).unwrap()
    };
    let run = call("run", serde_json::json!({"job": "wait"}));
    let exec_id = run["result"]["exec_id"].as_i64().unwrap();
    until("health tells that a start waits", || {
        let health = call("health", serde_json::json!({}));
        health["result"]["problems"]
            .to_string()
            .contains("can't be started at present")
            .then_some(())
    });
    limit("1024");
    let row = home.ended(exec_id);
    assert_eq!(
        (row["status"].as_str(), row["stdout"].as_str()),
        (Some("success"), Some("ran\n"))
    );
    assert_eq!(
        home.jobs(&["health", "--json"]).ok().json()["problems"],
        serde_json::json!([])
    );
}
