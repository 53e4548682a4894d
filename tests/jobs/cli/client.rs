//! The cost of a client call: one request, and no thread.

use std::process::Command;

use crate::support::{Home, leave_out};

/// The system calls of `jobs ARGS`, a line each; `None` without `strace`.
fn system_calls(home: &Home, args: &[&str]) -> Option<Vec<String>> {
    let trace = home.path("trace");
    let jobs = home.command();
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-s", "200", "-o"])
        .arg(&trace)
        .arg(jobs.get_program())
        .args(args)
        .env_clear()
        .envs(
            jobs.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output();
    let Ok(traced) = traced else {
        leave_out("there is no `strace` here");
        return None;
    };
    let errors = String::from_utf8_lossy(&traced.stderr).into_owned();
    assert!(traced.status.success(), "jobs {}: {errors}", args.join(" "));
    let text = std::fs::read_to_string(&trace).unwrap();
    Some(text.lines().map(str::to_string).collect())
}

#[test]
fn client_call_starts_no_thread_and_sends_one_request() {
    let mut home = Home::started();
    home.add(&["a", "--cron", "@daily", "--tz", "Asia/Tokyo", "--", "true"]);
    home.jobs(&["run", "a", "--wait"]).ok();
    for zone in ["UTC", "America/New_York"] {
        home.set_env("TZ", zone);
        for args in [
            &["status"][..],
            &["list"],
            &["show", "a"],
            &["history", "a"],
            &["next", "a"],
            &["status", "--json"],
        ] {
            let Some(calls) = system_calls(&home, args) else {
                return;
            };
            let count = |parts: &[&str]| {
                let is_one = |call: &&String| parts.iter().any(|part| call.contains(part));
                calls.iter().filter(is_one).count()
            };
            let what = format!("jobs {} in {zone}: {}", args.join(" "), calls.join("\n"));
            assert_eq!(
                count(&[" clone(", " clone3(", " fork(", " vfork("]),
                0,
                "{what}"
            );
            assert_eq!(count(&[" connect("]), 1, "{what}");
            assert_eq!(count(&[r#"{\"jsonrpc\":\"2.0\",\"method\""#]), 1, "{what}");
            // The client reads neither the names of all zones nor the release of the zone database.
            assert_eq!(count(&[" getdents", "tzdata.zi"]), 0, "{what}");
        }
    }
}

#[test]
fn version_with_daemon_shows_both_and_whether_they_differ() {
    let home = Home::started();
    let version = env!("CARGO_PKG_VERSION");
    home.jobs(&["version"])
        .ok()
        .shows(&[&format!("client  {version}"), &format!("daemon  {version}")]);
    let versions = home.jobs(&["version", "--json"]).ok().json();
    assert_eq!(versions["client"]["version"], version);
    assert_eq!(versions["daemon"], versions["client"]);
    assert_eq!(versions["differ"], false);
}

#[test]
fn version_without_daemon_shows_client_and_fails_with_3() {
    let home = Home::new();
    let version = env!("CARGO_PKG_VERSION");
    home.jobs(&["version"])
        .fails(3)
        .shows(&[&format!("client  {version}")])
        .says(&["no daemon answers"]);
    let versions = home.jobs(&["version", "--json"]).fails(3).json();
    assert_eq!(versions["client"]["version"], version);
    assert!(versions["daemon"].is_null() && versions["differ"].is_null());
}
