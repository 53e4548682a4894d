//! The guard (`start -d -f`): it restarts a daemon that dies.

use super::Background;
use crate::support::{Home, is_alive, signal, until};

#[test]
fn guard_restarts_a_killed_daemon_and_ends_on_shutdown() {
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
fn guard_during_restart_delay_ends_on_shutdown() {
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
fn guard_imports_the_crontab_at_each_start() {
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
fn guard_gives_up_after_max_restarts() {
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
fn guard_waits_for_a_program_that_is_away() {
    let home = Home::new();
    home.write(
        "config.yaml",
        "daemon:\n  restart_delay: 0\n  max_restarts: 1\n",
    );
    let program = home.path("program");
    // A link: a file that another process has just written may be busy.
    if std::fs::hard_link(env!("CARGO_BIN_EXE_jobs"), &program).is_err() {
        std::fs::copy(env!("CARGO_BIN_EXE_jobs"), &program).unwrap();
    }
    let started = home
        .call_of(program.to_str().unwrap())
        .args(["start", "-d", "-f"])
        .status();
    assert!(started.unwrap().success());
    let _background = Background(&home);
    let pid = || {
        let done = home.jobs(&["status", "--json"]);
        (done.code == 0).then(|| done.json()["pid"].as_u64().unwrap() as u32)
    };
    let first = pid().unwrap();
    std::fs::rename(&program, home.path("away")).unwrap();
    signal(first, "KILL");
    until(
        "the guard has tried in vain more often than it may restart",
        || (home.system_log().matches("the guard tries again").count() >= 2).then_some(()),
    );
    std::fs::rename(home.path("away"), &program).unwrap();
    until("the guard has started it", || {
        pid().filter(|pid| *pid != first)
    });
}

#[cfg(target_os = "linux")]
#[test]
fn guard_whose_lock_is_removed_takes_it_again() {
    let home = Home::new();
    home.write("config.yaml", "daemon:\n  restart_delay: 1h\n");
    home.jobs(&["start", "-d", "-f"]).ok();
    let guard = home.read("runtime/guard.pid");
    let daemon = home.jobs(&["status", "--json"]).ok().json()["pid"].to_string();
    // From here on only the guard runs, and nothing else makes its files again.
    signal(daemon.parse().unwrap(), "KILL");
    until("the daemon is gone", || {
        (home.jobs(&["status"]).code == 3).then_some(())
    });
    for removed in [&["guard.lock", "guard.pid"][..], &["guard.pid"], &[""]] {
        for file in removed {
            let path = home.path("runtime").join(file);
            match file.is_empty() {
                true => std::fs::remove_dir_all(path).unwrap(),
                false => std::fs::remove_file(path).unwrap(),
            }
        }
        until("the guard makes its files again", || {
            let files = ["guard.lock", "guard.pid"].map(|file| home.path("runtime").join(file));
            let pid = std::fs::read_to_string(&files[1]).unwrap_or_default();
            (files[0].exists() && pid == guard).then_some(())
        });
        home.jobs(&["start", "-d", "-f"])
            .fails(1)
            .says(&["another guard", guard.trim()]);
    }
    home.jobs(&["shutdown"])
        .ok()
        .shows(&["the guard has ended"]);
    until("the guard is gone", || (!is_alive(&guard)).then_some(()));
    assert!(!home.path("runtime/guard.pid").exists());
}
