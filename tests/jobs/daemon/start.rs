//! Starting and stopping: one daemon per home, in the foreground and in the background.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::Stdio;

use super::Background;
use crate::support::{Home, SOON, is_alive, signal, until};

#[test]
fn detached_daemon_answers_after_start_and_ends_on_shutdown() {
    let home = Home::new();
    let started = home
        .jobs(&["start", "-d"])
        .ok()
        .says(&["the daemon is up: pid"]);
    let _background = Background(&home);
    let status = home.jobs(&["status", "--json"]).ok().json();
    assert!(started.stderr.contains(&format!("pid {}", status["pid"])));
    let pid = status["pid"].to_string();
    assert_eq!(home.read("runtime/jobs.pid").trim(), pid);
    let socket = std::fs::metadata(home.path("jobs.sock")).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    for folder in ["data", "runtime", "data/output"] {
        let mode = std::fs::metadata(home.path(folder))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
    assert_eq!(
        std::fs::metadata(home.path("data/jobs.db"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    home.jobs(&["shutdown"]).ok();
    // The daemon releases its lock last; its process still exists for a moment.
    until("the daemon is gone", || (!is_alive(&pid)).then_some(()));
    assert!(!home.path("jobs.sock").exists() && !home.path("runtime/jobs.pid").exists());
    home.jobs(&["status"])
        .fails(3)
        .says(&["no daemon answers", "jobs start -d"]);
}

#[test]
fn second_daemon_is_refused_and_the_first_continues() {
    let home = Home::started();
    let pid = home.pid().to_string();
    for args in [&["start"][..], &["start", "-d"], &["start", "-d", "-f"]] {
        home.jobs(args).fails(1).says(&["another daemon", &pid]);
    }
    home.jobs(&["status"]).ok();
}

#[test]
fn start_with_bad_config_or_folder_says_why() {
    let home = Home::new();
    home.write("config.yaml", "daemon:\n  stop_grase: 5\n");
    for args in [&["start"][..], &["start", "-d"], &["start", "-d", "-f"]] {
        home.jobs(args)
            .fails(2)
            .says(&["daemon.stop_grase", "2", "stop_grace"]);
    }
    home.write("config.yaml", "");
    std::fs::write(home.path("data"), "in the way").unwrap();
    for args in [&["start"][..], &["start", "-d"], &["start", "-d", "-f"]] {
        home.jobs(args).fails(1).says(&["data"]);
    }
}

#[test]
fn start_replaces_a_dead_socket_and_refuses_a_live_one() {
    let mut home = Home::started();
    home.kill();
    assert!(home.path("jobs.sock").exists() && home.path("runtime/jobs.pid").exists());
    home.start();
    assert_eq!(home.terminate(), Some(0));
    // A socket on which another process answers is never removed.
    let listener = UnixListener::bind(home.path("jobs.sock")).unwrap();
    home.jobs(&["start", "-d"])
        .fails(1)
        .says(&["another program answers"]);
    assert!(home.path("jobs.sock").exists());
    drop(listener);
    std::fs::remove_file(home.path("jobs.sock")).unwrap();
    home.write("jobs.sock", "no socket");
    home.jobs(&["start", "-d"])
        .fails(1)
        .says(&["is not a socket"]);
    assert_eq!(home.read("jobs.sock"), "no socket");
}

#[test]
fn shutdown_waits_for_executions_up_to_stop_grace() {
    for (command, grace, status) in [
        (
            "trap 'sleep 0.2; echo saved; exit 0' TERM; touch ready; while :; do sleep 0.05; done",
            "1",
            "interrupted",
        ),
        ("touch ready; sleep 1; echo saved", "20", "success"),
    ] {
        let mut home = Home::with_config(&format!(
            "daemon:\n  stop_grace: {grace}\njobs:\n  kill_grace: 5\n"
        ));
        home.add(&["long", "--every", "1h", "--timeout", "0", "--", command]);
        home.run("long");
        until("it runs", || home.path("ready").exists().then_some(()));
        assert_eq!(home.terminate(), Some(0));
        home.start();
        let last = &home.history("long")[0];
        assert_eq!(
            (last["status"].as_str(), last["stdout"].as_str()),
            (Some(status), Some("saved\n")),
            "{last}"
        );
    }
}

#[test]
fn service_manager_receives_ready_watchdog_and_stopping() {
    let mut home = Home::new();
    let address = home.path("notify");
    let manager = UnixDatagram::bind(&address).unwrap();
    manager.set_read_timeout(Some(SOON)).unwrap();
    home.set_env("NOTIFY_SOCKET", address.to_str().unwrap());
    home.set_env("WATCHDOG_USEC", "200000");
    home.start();
    let hear = |word: &str| {
        until(word, || {
            let mut buffer = [0; 256];
            let length = manager.recv(&mut buffer).unwrap();
            String::from_utf8_lossy(&buffer[..length])
                .contains(word)
                .then_some(())
        });
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    home.add(&["env", "--every", "1h", "--", "env"]);
    let execution = home.ended(home.run("env"));
    assert!(
        !execution["stdout"]
            .as_str()
            .unwrap()
            .contains("NOTIFY_SOCKET"),
        "a command may not speak for the daemon"
    );
    assert_eq!(home.terminate(), Some(0));
    hear("STOPPING=1");
}

#[test]
fn shutdown_without_socket_ends_the_daemon() {
    let home = Home::new();
    home.jobs(&["start", "-d"]).ok();
    let pid = home.read("runtime/jobs.pid");
    let number: u32 = pid.trim().parse().unwrap();
    // Stopped, so that the daemon does not make the socket again.
    signal(number, "STOP");
    std::fs::remove_file(home.path("jobs.sock")).unwrap();
    home.jobs(&["status"]).fails(3).says(&[
        &format!("a daemon runs, pid {}", pid.trim()),
        "jobs shutdown",
    ]);
    let mut shutdown = home.command().arg("shutdown").spawn().unwrap();
    until("the daemon is told to end", || {
        let status = std::fs::read_to_string(format!("/proc/{number}/status")).unwrap();
        let pending = status
            .lines()
            .find_map(|line| line.strip_prefix("ShdPnd:"))
            .unwrap();
        (u64::from_str_radix(pending.trim(), 16).unwrap() != 0).then_some(())
    });
    signal(number, "CONT");
    assert!(shutdown.wait().unwrap().success());
    until("it is gone", || (!is_alive(&pid)).then_some(()));
    home.jobs(&["start", "-d"]).ok();
    home.jobs(&["shutdown"]).ok();
}

#[test]
fn detached_daemon_inherits_no_descriptors() {
    let home = Home::new();
    let program = env!("CARGO_BIN_EXE_jobs");
    let lock = home.path("lock");
    let script = format!(
        "exec 9>{0}; flock -n 9 || exit 1; {program} start -d || exit 2; exec 9>&-; flock -n {0} true",
        lock.display()
    );
    let mut shell = home.command();
    let (path, folder) = (std::env::var_os("PATH").unwrap(), home.path(""));
    let done = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .env("PATH", path)
        .env("JOBS_HOME", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let _background = Background(&home);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    shell.arg("status");
    assert!(shell.output().unwrap().status.success());
}
