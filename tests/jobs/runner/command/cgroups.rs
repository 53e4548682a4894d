//! Cgroups of executions: no process leaves one, and empty ones are removed.

use std::path::{Path, PathBuf};

use super::{BINARY, pid_in, printed, run, set_mode, with_accounts};
use crate::support::{Home, is_alive, leave_out, until};

/// A command whose child leaves the parent, session, environment and output, and writes its pid into a file.
fn runaway_command(by: &str, file: &Path) -> String {
    format!(
        "(env -i PATH=$PATH setsid {by} /bin/sh -c 'echo $$ > {}; exec /bin/sleep 600' </dev/null >/dev/null 2>&1 &); sleep 600",
        file.display()
    )
}

/// The cgroup of a process, if a daemon has made it for an execution.
fn group_of(pid: &str) -> Option<PathBuf> {
    let text = std::fs::read_to_string(format!("/proc/{}/cgroup", pid.trim())).ok()?;
    let own = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let point = mounts
        .lines()
        .find(|line| line.split(' ').nth(2) == Some("cgroup2"))?
        .split(' ')
        .nth(1)?;
    let path = Path::new(point).join(own);
    let name = path.file_name()?.to_str()?;
    name.starts_with("jobs-").then_some(path)
}

/// Ends an execution by cancel, timeout and crash, and asserts each time that its runaway child is killed and the cgroup removed.
fn assert_no_process_escapes(home: &mut Home, flags: &[&str], by: &str) {
    let file = home.path("people/pid");
    let command = runaway_command(by, &file);
    let mut all = vec!["escape", "--every", "1h", "--timeout", "0"];
    all.extend(flags);
    all.extend(["--", &command]);
    home.add(&all);
    let start = |home: &Home| {
        let _ = std::fs::remove_file(&file);
        let exec_id = home.run("escape");
        (exec_id, pid_in(&file))
    };

    let (exec_id, pid) = start(home);
    let Some(group) = group_of(&pid) else {
        leave_out("the daemon may make no cgroup here");
        return;
    };
    home.jobs(&["cancel", &exec_id.to_string()]).ok();
    assert!(!is_alive(&pid), "after a cancel");
    until("its group goes", || (!group.exists()).then_some(()));

    home.jobs(&["edit", "escape", "--timeout", "2"]).ok();
    let (exec_id, pid) = start(home);
    let group = group_of(&pid).unwrap();
    assert_eq!(home.ended(exec_id)["status"], "timeout");
    assert!(!is_alive(&pid), "after a timeout");
    until("its group goes", || (!group.exists()).then_some(()));

    home.jobs(&["edit", "escape", "--timeout", "0"]).ok();
    let (exec_id, pid) = start(home);
    let group = group_of(&pid).unwrap();
    home.kill();
    assert!(is_alive(&pid) && group.exists());
    home.start();
    assert_eq!(home.execution(exec_id).unwrap()["status"], "interrupted");
    assert!(!is_alive(&pid), "after a crash");
    until("its group goes", || (!group.exists()).then_some(()));
}

#[test]
fn cgroup_of_another_account_is_killed_whole() {
    let Some(mut home) = with_accounts(&[]) else {
        return;
    };
    assert_no_process_escapes(&mut home, &["--user", "worker"], "");
}

#[test]
fn cgroup_of_plain_command_with_cgroup_always_is_killed_whole() {
    let Some(mut home) = with_accounts(&[]) else {
        return;
    };
    set_mode(&home.path("people"), 0o777);
    // By default only commands with limits and the like have a cgroup.
    let printed = printed(&home, "plain", &[], "cat /proc/self/cgroup");
    assert!(!printed.contains("/jobs-"), "{printed}");
    home.write("config.yaml", "jobs: {cgroup: always}\n");
    home.jobs(&["reload"]).ok();
    let by = "setpriv --reuid=54322 --regid=54322 --clear-groups";
    assert_no_process_escapes(&mut home, &[], by);
    let printed = self::printed(&home, "nice", &["--nice", "1"], "cat /proc/self/cgroup");
    assert!(printed.contains("/jobs-"), "{printed}");
}

#[test]
fn cgroup_with_changed_account_is_killed_whole() {
    let Some(mut home) = with_accounts(&[]) else {
        return;
    };
    set_mode(&home.path("people"), 0o777);
    let by = "setpriv --reuid=54322 --regid=54322 --clear-groups";
    assert_no_process_escapes(&mut home, &["--limit", "nofile=100"], by);
}

#[test]
fn cgroup_that_is_empty_is_removed() {
    let mut home = Home::started();
    // A process in the background goes on, so its cgroup stays, also after a restart of the daemon.
    let left = "sleep 600 & echo $! > left; cat /proc/self/cgroup";
    let out = printed(&home, "left", &["--nice", "1"], left);
    let left = home.read("left");
    let Some(group) = group_of(&left) else {
        leave_out("the daemon may make no cgroup here");
        return;
    };
    let name = group.file_name().unwrap().to_str().unwrap().to_string();
    assert!(out.contains(&name), "{out}");
    home.kill();
    home.start();
    assert!(is_alive(&left) && group.exists());
    crate::support::signal(left.trim().parse().unwrap(), "KILL");
    home.add(&["again", "--every", "1h", "--nice", "1", "--", "true"]);
    until("the group goes, when the next is made", || {
        home.ended(home.run("again"));
        (!group.exists()).then_some(())
    });
}

#[test]
fn cgroup_is_shared_by_attempts_and_removed_after_them() {
    let home = Home::started();
    let row = run(
        &home,
        "thrice",
        &["--nice", "1", "--times", "3"],
        "cat /proc/self/cgroup >> groups; exit 1",
    );
    assert_eq!(
        (row["status"].as_str(), row["attempts"].as_i64()),
        (Some("failed"), Some(3))
    );
    let groups = home.read("groups");
    let names: Vec<&str> = groups
        .lines()
        .filter_map(|line| line.strip_prefix("0::"))
        .collect();
    assert_eq!(names.len(), 3, "{groups}");
    if !names[0].contains("/jobs-") {
        leave_out("the daemon may make no cgroup here");
        return;
    }
    assert!(names.iter().all(|name| *name == names[0]), "{groups}");
    let name = Path::new(names[0]).file_name().unwrap();
    let own = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let point = own.lines().find(|line| line.contains(" cgroup2 ")).unwrap();
    let root = Path::new(point.split(' ').nth(1).unwrap());
    assert!(!root.join(name).exists());
}

/// A cgroup that a service manager has delegated to the daemon.
struct Delegated(PathBuf);

impl Delegated {
    fn new() -> Option<Delegated> {
        let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
        let line = mounts.lines().find(|line| line.contains(" cgroup2 "))?;
        let root = Path::new(line.split(' ').nth(1)?);
        let path = root.join(format!("test-of-jobs-{}", std::process::id()));
        std::fs::create_dir(&path).ok()?;
        let made = Delegated(path);
        rustix::fs::setxattr(
            &made.0,
            "trusted.delegate",
            b"1",
            rustix::fs::XattrFlags::empty(),
        )
        .ok()?;
        Some(made)
    }
}

impl Drop for Delegated {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(self.0.join("daemon"));
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn daemon_in_delegated_cgroup_moves_to_a_child_group() {
    let Some(place) = Delegated::new() else {
        leave_out("only root can do this, on a system with cgroups");
        return;
    };
    let mut home = Home::new();
    let enter = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
    home.launched_by(&["sh", "-c", enter, &place.0.display().to_string(), BINARY]);
    home.start();
    let name = place.0.file_name().unwrap().to_str().unwrap().to_string();
    let group = |pid: &str| -> String {
        let text = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
        text.lines()
            .find_map(|line| line.strip_prefix("0::"))
            .unwrap()
            .to_string()
    };
    assert!(group(&home.pid().to_string()).ends_with(&format!("/{name}/daemon")));
    let out = printed(
        &home,
        "set-up",
        &["--nice", "1"],
        "grep ^0:: /proc/self/cgroup",
    );
    assert!(out.contains(&format!("/{name}/jobs-")), "{out}");
    let out = printed(&home, "plain", &[], "grep ^0:: /proc/self/cgroup");
    assert!(out.contains(&format!("/{name}/daemon")), "{out}");
    home.kill();
    home.start();
    home.terminate();
}
