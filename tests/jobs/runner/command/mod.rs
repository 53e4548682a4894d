//! Commands: accounts, cgroups, environment, limits, processes, and starting them without a shell.

mod accounts;
mod cgroups;
mod direct;
mod environment;
mod left;
mod limits;
mod processes;
mod sessions;
mod shells;
mod success;

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use serde_json::Value;

use crate::support::{Home, is_alive, is_root, leave_out, until};

const BINARY: &str = env!("CARGO_BIN_EXE_jobs");

/// Accounts that exist only for the daemon of a test.
const WORKER: u32 = 54_321;

const HOMELESS: u32 = 54_322;

/// A script that mounts the account files of a home over those of the machine, and then runs the program.
const WITH_ACCOUNTS: &str =
    "mount --bind \"$0/passwd\" /etc/passwd && mount --bind \"$0/group\" /etc/group && exec \"$@\"";

/// A daemon of root that sees the accounts `worker` and `homeless`; `None` without root or mount namespaces.
fn with_accounts(env: &[(&str, &str)]) -> Option<Home> {
    let probe = std::process::Command::new("unshare")
        .args(["--mount", "true"])
        .status();
    if !is_root() || !probe.is_ok_and(|status| status.success()) {
        leave_out("only root can do this");
        return None;
    }
    let mut home = Home::new();
    home.write("config.yaml", "jobs:\n  kill_grace: 1\n");
    let folder = folder_of(&home);
    // Other accounts may enter, as with / and /var.
    set_mode(&home.path(""), 0o711);
    for name in ["people", "locked"] {
        std::fs::create_dir(home.path(name)).unwrap();
    }
    chown(home.path("people"), Some(WORKER), Some(WORKER)).unwrap();
    set_mode(&home.path("people"), 0o755);
    set_mode(&home.path("locked"), 0o700);
    let passwd = format!(
        "worker:x:{WORKER}:{WORKER}::{folder}/people:/bin/bash\n\
         homeless:x:{HOMELESS}:{HOMELESS}::/nonexistent:/bin/sh\n\
         locked:x:54323:{HOMELESS}::{folder}/locked:/bin/sh\n"
    );
    let group = format!(
        "worker:x:{WORKER}:\nhomeless:x:{HOMELESS}:\nextra:x:54400:worker\nmore:x:54401:homeless,worker\n"
    );
    home.write("passwd", &(machine_file("passwd") + &passwd));
    home.write("group", &(machine_file("group") + &group));
    home.launched_by(&[
        "unshare",
        "--mount",
        "sh",
        "-c",
        WITH_ACCOUNTS,
        &folder,
        BINARY,
    ]);
    for (name, value) in env {
        home.set_env(name, value);
    }
    home.start();
    Some(home)
}

fn folder_of(home: &Home) -> String {
    let folder = home.path("").display().to_string();
    folder.trim_end_matches('/').to_string()
}

fn machine_file(name: &str) -> String {
    std::fs::read_to_string(Path::new("/etc").join(name)).unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Adds a job, runs it, and returns its execution.
#[track_caller]
fn run(home: &Home, name: &str, flags: &[&str], command: &str) -> Value {
    let mut all = vec![name, "--every", "1h", "--timeout", "60"];
    all.extend(flags);
    all.extend(["--", command]);
    home.add(&all);
    home.ended(home.run(name))
}

/// Runs a job that succeeds, and returns its standard output.
#[track_caller]
fn printed(home: &Home, name: &str, flags: &[&str], command: &str) -> String {
    let row = run(home, name, flags, command);
    assert_eq!(row["status"], "success", "{row}");
    row["stdout"].as_str().unwrap().to_string()
}

#[track_caller]
fn assert_failed(row: &Value, key: &str, parts: &[&str]) {
    assert_eq!(row["status"], "failed", "{row}");
    let text = row[key].as_str().unwrap();
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {row}");
    }
}

/// Prints the environment with which the shell was started, without the variables that the shell adds.
const PRINT_ENVIRONMENT: &str = "tr '\\0' '\\n' < /proc/$$/environ";

fn variables(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .map(|line| line.split_once('=').unwrap())
        .collect()
}

/// The variables that `jobs` sets for each command.
const JOB_VARIABLES: [&str; 7] = [
    "JOBS_DAEMON_ID",
    "JOBS_EXEC_ID",
    "JOBS_JOB_ID",
    "JOBS_JOB_NAME",
    "JOBS_SCHEDULED_AT",
    "JOBS_SOCKET",
    "JOBS_SOURCE",
];

#[track_caller]
fn pid_in(path: &Path) -> String {
    until("a process writes its pid", || {
        let pid = std::fs::read_to_string(path).ok()?;
        (pid.ends_with('\n') && is_alive(&pid)).then_some(pid)
    })
}

/// A copy of the program that other accounts may run and the test may remove.
fn copy_of_program(home: &Home) -> String {
    let path = home.path("program");
    if std::fs::hard_link(BINARY, &path).is_err() {
        std::fs::copy(BINARY, &path).unwrap();
    }
    path.display().to_string()
}
