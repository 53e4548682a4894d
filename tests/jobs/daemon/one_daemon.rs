//! One daemon per database: whatever home, runtime folder or container a second one comes from.

use std::process::Output;

use super::Background;
use crate::support::{Home, until};

/// The folders of a user who has no `JOBS_HOME`, in a temporary home.
fn start_as_user(home: &Home, runtime: Option<&str>) -> Output {
    let mut command = home.command();
    command.env_remove("JOBS_HOME");
    for (name, folder) in [
        ("XDG_DATA_HOME", "share"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CONFIG_HOME", "config"),
    ] {
        command.env(name, home.path(folder));
    }
    if let Some(runtime) = runtime {
        command.env("XDG_RUNTIME_DIR", home.path(runtime));
    }
    command.args(["start", "-d"]).output().unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, parts: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn second_home_with_the_same_database_is_refused() {
    let home = Home::started();
    let mut other = Home::new();
    let database = home.path("data/jobs.db").display().to_string();
    other.set_env("JOBS_DATABASE_PATH", &database);
    for args in [&["start"][..], &["start", "-d"], &["start", "-d", "-f"]] {
        other.jobs(args).fails(1).says(&[
            "another daemon",
            &format!("pid {} on `", home.pid()),
            &home.path("jobs.sock").display().to_string(),
            &format!("works on the database `{database}`"),
            "jobs.db.lock",
            "hint: ",
        ]);
    }
    // Another way to write the path is the same database.
    let roundabout = home.path("runtime/../data/jobs.db").display().to_string();
    other.set_env("JOBS_DATABASE_PATH", &roundabout);
    other
        .jobs(&["start", "-d"])
        .fails(1)
        .says(&["another daemon"]);
    home.jobs(&["status"]).ok();
}

#[test]
fn second_runtime_folder_does_not_lead_around_the_lock() {
    // Only root has other folders than these.
    let home = Home::new();
    let database = home.path("share/jobs.db").display().to_string();
    let (first, second) = (home.path("first"), home.path("second"));
    let start = |folder: &std::path::Path| {
        let mut command = home.command();
        command
            .env("JOBS_HOME", folder)
            .env("JOBS_DATABASE_PATH", &database);
        command.args(["start", "-d"]).output().unwrap()
    };
    assert!(start(&first).status.success());
    assert_refused(&start(&second), &["another daemon", "jobs.db.lock"]);
    // The runtime folder of the first goes, as at a logout: its lock lies elsewhere.
    std::fs::remove_dir_all(first.join("runtime")).unwrap();
    assert_refused(&start(&first), &["another daemon"]);
    let mut command = home.command();
    command.env("JOBS_HOME", &first);
    assert!(command.arg("shutdown").status().unwrap().success());
    let started = start(&second);
    assert!(
        started.status.success(),
        "{}",
        String::from_utf8_lossy(&started.stderr)
    );
    let mut command = home.command();
    command.env("JOBS_HOME", &second);
    assert!(command.arg("shutdown").status().unwrap().success());
}

#[test]
fn user_with_and_without_a_runtime_folder_has_one_daemon() {
    if crate::support::is_root() {
        // Root has the folders of the system. Another account does the same in a user namespace of its own.
        return;
    }
    let home = Home::new();
    assert!(start_as_user(&home, None).status.success());
    assert_refused(&start_as_user(&home, Some("run")), &["another daemon"]);
    let mut command = home.command();
    command.env_remove("JOBS_HOME");
    for (name, folder) in [("XDG_DATA_HOME", "share"), ("XDG_STATE_HOME", "state")] {
        command.env(name, home.path(folder));
    }
    assert!(command.arg("shutdown").status().unwrap().success());
}

#[test]
fn lock_file_that_is_removed_is_taken_again() {
    let home = Home::started();
    let lock = home.path("data/jobs.db.lock");
    std::fs::remove_file(&lock).unwrap();
    until("the lock is there again", || lock.exists().then_some(()));
    let mut other = Home::new();
    other.set_env(
        "JOBS_DATABASE_PATH",
        &home.path("data/jobs.db").display().to_string(),
    );
    other
        .jobs(&["start", "-d"])
        .fails(1)
        .says(&["another daemon"]);
    let _background = Background(&other);
}
