//! Start, stop, one per home, detach, guard, reload.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::process::Stdio;

use crate::support::{Home, SOON, is_alive, signal, until};

/// Ends a daemon in the background when the test is over, however it ends.
struct Background<'a>(&'a Home);

impl Drop for Background<'_> {
    fn drop(&mut self) {
        self.0.jobs(&["shutdown"]);
    }
}

#[test]
fn a_detached_daemon_answers_when_start_returns_and_ends_on_shutdown() {
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
    // The lock goes with the last breath: what follows is the kernel tidying up.
    until("the daemon is gone", || (!is_alive(&pid)).then_some(()));
    assert!(!home.path("jobs.sock").exists() && !home.path("runtime/jobs.pid").exists());
    home.jobs(&["status"])
        .fails(3)
        .says(&["no daemon answers", "jobs start -d"]);
}

#[test]
fn a_second_daemon_is_refused_and_the_first_lives_on() {
    let home = Home::started();
    let pid = home.pid().to_string();
    for args in [&["start"][..], &["start", "-d"], &["start", "-d", "-f"]] {
        home.jobs(args).fails(1).says(&["another daemon", &pid]);
    }
    home.jobs(&["status"]).ok();
}

#[test]
fn a_start_that_can_not_be_says_why() {
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
fn what_a_dead_daemon_left_is_no_obstacle_but_a_living_socket_is() {
    let mut home = Home::started();
    home.kill();
    assert!(home.path("jobs.sock").exists() && home.path("runtime/jobs.pid").exists());
    home.start();
    assert_eq!(home.terminate(), Some(0));
    // Somebody else's living socket in our place is never removed.
    let listener = UnixListener::bind(home.path("jobs.sock")).unwrap();
    home.jobs(&["start", "-d"])
        .fails(1)
        .says(&["somebody answers"]);
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
fn a_stop_gives_what_runs_its_grace_and_no_more() {
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
fn a_guard_restarts_a_daemon_that_dies_and_ends_with_one_that_is_stopped() {
    let home = Home::new();
    home.write("config.yaml", "daemon:\n  restart_delay: 0\n");
    home.jobs(&["start", "-d", "-f"]).ok();
    let _background = Background(&home);
    let pid = || {
        let done = home.jobs(&["status", "--json"]);
        (done.code == 0).then(|| done.json()["pid"].as_u64().unwrap() as u32)
    };
    let guard = home.read("runtime/guard.pid");
    let first = pid().unwrap();
    assert!(is_alive(&guard) && guard.trim() != first.to_string());
    signal(first, "KILL");
    let second = until("the guard restarts it", || {
        pid().filter(|pid| *pid != first)
    });
    home.jobs(&["shutdown"]).ok();
    assert!(!home.path("runtime/guard.pid").exists());
    until("both are gone", || {
        (!is_alive(&guard) && !is_alive(&second.to_string())).then_some(())
    });
}

#[test]
fn a_guard_that_waits_ends_on_shutdown_too() {
    let home = Home::new();
    home.write("config.yaml", "daemon:\n  restart_delay: 1h\n");
    home.jobs(&["start", "-d", "-f"]).ok();
    let guard = home.read("runtime/guard.pid");
    let daemon = home.jobs(&["status", "--json"]).ok().json()["pid"].to_string();
    signal(daemon.parse().unwrap(), "KILL");
    until("the daemon is gone", || {
        (home.jobs(&["status"]).code == 3).then_some(())
    });
    home.jobs(&["start", "-d", "-f"])
        .fails(1)
        .says(&["another guard", guard.trim()]);
    home.jobs(&["shutdown"])
        .ok()
        .shows(&["the guard has ended"]);
    until("the guard is gone", || (!is_alive(&guard)).then_some(()));
    home.jobs(&["shutdown"]).fails(3);
}

#[test]
fn a_guard_takes_the_crontab_over_at_each_start() {
    let home = Home::new();
    home.write("config.yaml", "daemon:\n  restart_delay: 0\n");
    let crontab = home.write("tab", "0 0 1 1 * echo one\n");
    home.jobs(&["start", "-d", "-f", "--crontab", crontab.to_str().unwrap()])
        .ok();
    let _background = Background(&home);
    assert_eq!(home.show("echo-one")["cron_expr"], "0 0 1 1 *");
    let first = home.jobs(&["status", "--json"]).ok().json()["pid"].to_string();
    home.write("tab", "0 0 1 1 * echo two\n");
    signal(first.parse().unwrap(), "KILL");
    until("the next daemon has the new line", || {
        (home.jobs(&["show", "echo-two"]).code == 0).then_some(())
    });
    assert_eq!(home.show("echo-one")["stopped"], true);
}

#[test]
fn a_guard_gives_up_on_a_daemon_that_dies_again_and_again() {
    let home = Home::new();
    home.write(
        "config.yaml",
        "daemon:\n  restart_delay: 0\n  max_restarts: 2\n",
    );
    home.jobs(&["start", "-d", "-f"]).ok();
    let guard = home.read("runtime/guard.pid");
    let mut deaths = 0;
    let mut last = String::new();
    until("the guard gives up", || {
        let pid = home.read("runtime/jobs.pid").trim().to_string();
        if !pid.is_empty() && pid != last && is_alive(&pid) && home.jobs(&["status"]).code == 0 {
            signal(pid.parse().unwrap(), "KILL");
            deaths += 1;
            last = pid;
        }
        (!is_alive(&guard)).then_some(())
    });
    assert_eq!(deaths, 3);
}

#[test]
fn a_reload_takes_over_what_can_change_and_keeps_the_old_when_it_is_wrong() {
    let home = Home::with_config("jobs:\n  default_timeout_seconds: 7\n");
    let note = |name: &str| {
        home.jobs(&["add", name, "--every", "1h", "--", "true"])
            .ok()
            .stderr
    };
    assert!(note("a").contains("after 7 s"));
    home.write("config.yaml", "jobs:\n  default_timeout_seconds: 8\n");
    home.jobs(&["reload"]).ok();
    assert!(note("b").contains("after 8 s"));
    home.write("config.yaml", "jobs:\n  default_timeout_seconds: 9\n");
    signal(home.pid(), "HUP");
    until("SIGHUP is heard", || {
        home.system_log().matches("read again").next().map(drop)
    });
    assert!(note("c").contains("after 9 s"));
    home.write("config.yaml", "jobs:\n  default_timeout_seconds: soon\n");
    home.jobs(&["reload"])
        .fails(2)
        .says(&["default_timeout_seconds", "soon"]);
    assert!(note("d").contains("after 9 s"));
}

#[test]
fn a_service_manager_is_told() {
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
fn a_crontab_in_the_foreground_shows_what_its_jobs_print_and_follows_the_file() {
    use std::io::{BufRead, BufReader};
    let home = Home::new();
    let crontab = home.write(
        "tab",
        "* * * * * * echo one; echo oops >&2\n* * * * * * echo two\nnonsense\n",
    );
    let mut child = home
        .command()
        .args(["start", "--crontab", crontab.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut messages = BufReader::new(child.stderr.take().unwrap());
    let mut heard = String::new();
    while !heard.contains("2 jobs of `") {
        assert!(messages.read_line(&mut heard).unwrap() > 0, "{heard}");
    }
    assert!(heard.contains("nonsense"), "{heard}");
    // Nobody reads on: a full pipe must hold up nothing, so it is closed.
    drop(messages);
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let mut missing = vec![
        "echo-one         | one",
        "echo-one         | oops",
        "echo-two         | two",
    ];
    while !missing.is_empty() {
        let line = lines.next().expect("it goes on");
        missing.retain(|wanted| *wanted != line);
    }
    let one = home.show("echo-one")["id"].clone();
    home.write(
        "tab",
        "* * * * * * echo one; echo oops >&2\n* * * * * * echo three\n",
    );
    signal(child.id(), "HUP");
    for line in lines.by_ref() {
        if line == "echo-three       | three" {
            break;
        }
    }
    assert_eq!(home.show("echo-one")["id"], one);
    assert_eq!(home.show("echo-two")["stopped"], true);
    assert!(
        !home.history("echo-two").is_empty(),
        "what is gone keeps its history"
    );
    signal(child.id(), "INT");
    // The pipe must be read for the view to end.
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reload_reaches_what_runs_and_what_waits() {
    let home = Home::with_config(
        "app:\n  name: one\njobs:\n  max_concurrent: 1\n  kill_grace: 1\njob_log_keep_count: 100\n",
    );
    home.add(&["idle", "--every", "1h", "--timeout", "0", "--", "true"]);
    for _ in 0..12 {
        home.ended(home.run("idle"));
    }
    home.add(&[
        "wait",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo $JOBS_EXEC_ID >> order; test -e go || sleep 600",
    ]);
    let ids: Vec<i64> = (0..4).map(|_| home.run("wait")).collect();
    let running = || {
        let rows = home.history("wait");
        rows.iter().filter(|row| row["status"] == "running").count()
    };
    until("one runs", || (running() == 1).then_some(()));
    home.write("config.yaml", "app:\n  name: two\njobs:\n  max_concurrent: 3\n  kill_grace: 1\njob_log_keep_count: 5\nlogs:\n  keep_days: 3\n");
    home.jobs(&["reload"])
        .ok()
        .says(&["`logs.keep_days`: changes with the next start only"]);
    until("three run", || (running() == 3).then_some(()));
    assert_eq!(home.execution(ids[3]).unwrap()["status"], "queued");
    until("the idle job's history keeps to the new limit", || {
        (home.history("idle").len() == 5).then_some(())
    });
    assert_eq!(home.jobs(&["status", "--json"]).ok().json()["name"], "two");
    home.jobs(&["stop", "wait", "--running"]).ok();
}

#[test]
fn a_daemon_whose_socket_was_removed_can_be_ended() {
    let home = Home::new();
    home.jobs(&["start", "-d"]).ok();
    let pid = home.read("runtime/jobs.pid");
    std::fs::remove_file(home.path("jobs.sock")).unwrap();
    home.jobs(&["status"]).fails(3).says(&[
        &format!("a daemon runs, pid {}", pid.trim()),
        "jobs shutdown",
    ]);
    home.jobs(&["shutdown"]).ok();
    until("it is gone", || (!is_alive(&pid)).then_some(()));
    home.jobs(&["start", "-d"]).ok();
    home.jobs(&["shutdown"]).ok();
}

#[test]
fn a_command_knows_who_and_where_it_is_whatever_the_daemon_was_told() {
    let mut home = Home::new();
    let mut child = home
        .command()
        .env_clear()
        .env("JOBS_HOME", home.path(""))
        .arg("start")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the daemon answers", || {
        (home.jobs(&["status"]).code == 0).then_some(())
    });
    home.add(&[
        "who",
        "--every",
        "1h",
        "--",
        "echo $HOME $LOGNAME $USER $SHELL; pwd; command -v ls; ulimit -n",
    ]);
    let row = home.ended(home.run("who"));
    let text = row["stdout"].as_str().unwrap();
    let me = std::process::Command::new("sh")
        .args(["-c", "id -un; cd ~; pwd; ulimit -n"])
        .output()
        .unwrap()
        .stdout;
    let me = String::from_utf8(me).unwrap();
    let mut me = me.lines();
    let (name, folder, descriptors) = (me.next().unwrap(), me.next().unwrap(), me.next().unwrap());
    assert!(
        text.starts_with(&format!("{folder} {name} {name} /bin/sh\n{folder}\n")),
        "{text}"
    );
    assert!(
        text.contains("/ls\n") && text.trim_end().ends_with(descriptors),
        "{text}"
    );
    signal(child.id(), "TERM");
    until("it ends", || child.try_wait().unwrap());
    home.set_env("unused", "");
}

#[test]
fn a_daemon_takes_no_descriptors_along() {
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
