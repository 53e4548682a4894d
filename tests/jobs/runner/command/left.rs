//! Processes that commands leave behind: those of a daemon that was killed, and background programs of commands that have ended.

use std::time::Duration;

use super::pid_in;
use crate::support::{Home, is_alive, signal, until};

/// Starts a long command for each line, kills the daemon, starts it again, and asserts that no process of them is left.
#[track_caller]
fn assert_found_after_a_crash(commands: &[(&str, &[&str], &str)]) {
    let mut home = Home::with_config("jobs:\n  kill_grace: 1\n");
    let mut pids = Vec::new();
    for (name, flags, command) in commands {
        let mut all = vec![*name, "--every", "1h", "--timeout", "0"];
        all.extend(*flags);
        all.extend(["--", command]);
        home.add(&all);
        home.run(name);
        pids.push((name, pid_in(&home.path(name))));
    }
    home.kill();
    home.start();
    for (name, pid) in pids {
        assert!(!is_alive(&pid), "`{name}` runs on");
        assert_eq!(home.history(name)[0]["status"], "interrupted");
    }
}

#[test]
fn processes_without_marks_are_found_after_a_crash() {
    assert_found_after_a_crash(&[
        ("cleared", &[], "echo $$ > cleared; exec env -i sleep 600"),
        (
            "child",
            &[],
            "env -i sh -c 'echo $$ > child; exec sleep 600'; true",
        ),
        (
            "limited",
            &["--nice", "1"],
            "echo $$ > limited; exec env -i sleep 600",
        ),
        // Only its output tells whose it is: it has left the session, the parent and the environment.
        (
            "session",
            &[],
            "(env -i setsid sh -c 'echo $$ > session; exec sleep 600' &); sleep 600",
        ),
        // Only the session tells whose it is.
        (
            "silent",
            &[],
            "(env -i sh -c 'echo $$ > silent; exec sleep 600' > /dev/null 2>&1 &); sleep 600",
        ),
    ]);
}

#[test]
fn process_with_the_pid_of_an_old_record_is_left_alone() {
    let mut home = Home::with_config("jobs:\n  kill_grace: 1\n");
    home.add(&[
        "a",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "echo $$ > pid; exec sleep 600",
    ]);
    home.run("a");
    let pid = pid_in(&home.path("pid"));
    home.kill();
    signal(pid.trim().parse().unwrap(), "KILL");
    // A record covers a few ticks of 10 ms around a start; a process that begins among them would count as the recorded one.
    let after = uptime() + 0.1;
    until("the ticks of the record are over", || {
        (uptime() > after).then_some(())
    });
    // Another process in a session of its own, to which the record is changed to point.
    let mut other = std::process::Command::new("setsid")
        .args(["sleep", "600"])
        .spawn()
        .unwrap();
    let path = home.path("data/output/running");
    let mut bytes = std::fs::read(&path).unwrap();
    let old = u64::from(pid.trim().parse::<u32>().unwrap()).to_le_bytes();
    let at = bytes
        .chunks_exact(8)
        .position(|field| field == old)
        .unwrap()
        * 8;
    bytes[at..at + 8].copy_from_slice(&u64::from(other.id()).to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    home.start();
    assert!(
        is_alive(&other.id().to_string()),
        "a process of another's was ended"
    );
    other.kill().unwrap();
    other.wait().unwrap();
}

/// Seconds since the boot, in steps of 10 ms.
fn uptime() -> f64 {
    let text = std::fs::read_to_string("/proc/uptime").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn background_program_survives_the_end_of_the_daemon() {
    let mut home = Home::started();
    let command = "sh -c 'while :; do echo alive; sleep 0.05; done' & echo $! > pid";
    let (mut pids, mut drains) = (Vec::new(), Vec::new());
    for is_killed in [false, true] {
        std::fs::remove_file(home.path("pid")).ok();
        let name = if is_killed { "killed" } else { "ended" };
        home.add(&[name, "--every", "1h", "--timeout", "0", "--", command]);
        home.ended(home.run(name));
        let pid = pid_in(&home.path("pid"));
        until("its pipe is taken over", || {
            (readers_of_pipe(&pid) == ["__drain"]).then_some(())
        });
        drains.extend(drains_of(&home));
        if is_killed {
            home.kill();
        } else {
            assert_eq!(home.terminate(), Some(0));
        }
        // Long enough for several lines: the first one after the end of the reader would end it.
        std::thread::sleep(Duration::from_millis(300));
        home.start();
        assert!(is_alive(&pid), "{name}");
        pids.push(pid);
    }
    for pid in pids {
        signal(pid.trim().parse().unwrap(), "KILL");
    }
    until(
        "the process that reads the pipes of dead daemons has ended",
        || drains.iter().all(|drain| !is_alive(drain)).then_some(()),
    );
}

#[test]
fn background_program_survives_a_crash_right_after_its_execution() {
    let mut home = Home::started();
    for name in ["first", "second"] {
        std::fs::remove_file(home.path("pid")).ok();
        let command = "sh -c 'while :; do echo alive; sleep 0.01; done' & echo $! > pid";
        home.add(&[name, "--every", "1h", "--timeout", "0", "--", command]);
        home.jobs(&["run", "--wait", name]).ok();
        home.kill();
        let pid = pid_in(&home.path("pid"));
        // Long enough for several lines: the first one without a reader would end it.
        std::thread::sleep(Duration::from_millis(300));
        assert!(is_alive(&pid), "{name}");
        signal(pid.trim().parse().unwrap(), "KILL");
        home.start();
    }
}

#[test]
fn background_program_that_floods_its_pipe_costs_little() {
    let home = Home::started();
    home.add(&[
        "flood",
        "--every",
        "1h",
        "--timeout",
        "0",
        "--",
        "yes & echo $! > pid",
    ]);
    home.ended(home.run("flood"));
    let pid = pid_in(&home.path("pid"));
    until("its pipe is taken over", || {
        (readers_of_pipe(&pid) == ["__drain"]).then_some(())
    });
    let drain = drains_of(&home).pop().unwrap();
    let before = cpu_ticks(&drain) + cpu_ticks(&home.pid().to_string());
    std::thread::sleep(Duration::from_secs(2));
    let used = cpu_ticks(&drain) + cpu_ticks(&home.pid().to_string()) - before;
    assert!(used < 50, "{used} of 200 ticks");
    signal(pid.trim().parse().unwrap(), "KILL");
}

/// The first arguments of the processes that read the pipe to which a process prints, without the process itself.
fn readers_of_pipe(pid: &str) -> Vec<String> {
    let pipe = std::fs::read_link(format!("/proc/{}/fd/1", pid.trim())).unwrap_or_default();
    let mut readers = Vec::new();
    for process in processes() {
        let fds = std::fs::read_dir(format!("/proc/{process}/fd"))
            .into_iter()
            .flatten()
            .flatten();
        let reads = fds.filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|link| link == pipe));
        let is_reader = reads.into_iter().any(|fd| {
            let info = format!(
                "/proc/{process}/fdinfo/{}",
                fd.file_name().to_string_lossy()
            );
            let info = std::fs::read_to_string(info).unwrap_or_default();
            // The last digit of the flags is 0 for a descriptor that can only be read.
            info.lines()
                .any(|line| line.starts_with("flags:") && line.ends_with('0'))
        });
        if is_reader {
            readers.push(arguments(&process).into_iter().nth(1).unwrap_or_default());
        }
    }
    readers
}

fn processes() -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

fn arguments(pid: &str) -> Vec<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    text.split('\0').map(str::to_string).collect()
}

/// The processes that read pipes in place of the daemon of this home.
fn drains_of(home: &Home) -> Vec<String> {
    let daemon = home.pid().to_string();
    let parent = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let rest = stat.rsplit(") ").next().unwrap_or_default().to_string();
        rest.split(' ').nth(1).unwrap_or_default().to_string()
    };
    processes()
        .into_iter()
        .filter(|pid| {
            arguments(pid)
                .get(1)
                .is_some_and(|first| first == "__drain")
        })
        .filter(|pid| parent(pid) == daemon)
        .collect()
}

/// User and system time, in ticks of 10 ms.
fn cpu_ticks(pid: &str) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let rest = stat.rsplit(") ").next().unwrap();
    let fields: Vec<&str> = rest.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}
