//! What the daemon costs the machine, counted: system calls of an execution, and wake-ups of a daemon that has nothing to do.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{Home, leave_out, until};

/// What is seen of the system calls of a daemon.
struct Trace {
    home: Home,
    strace: Child,
}

impl Trace {
    /// Nothing where they can't be seen.
    fn of(home: Home) -> Option<Trace> {
        let mut strace = Command::new("strace");
        strace
            .args(["-qq", "-s", "0", "-o"])
            .arg(home.path("trace"));
        // Its threads one by one, not what it starts: children that are traced are so slow that nothing ends together.
        for thread in threads(&home) {
            strace.args(["-p", &thread]);
        }
        let strace = strace.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(strace) = strace else {
            leave_out("there is no `strace` here");
            return None;
        };
        let trace = Trace { home, strace };
        until("it is traced", || {
            let is_traced = |thread: &String| {
                let file = format!("/proc/{}/task/{thread}/status", trace.home.pid());
                // A thread that has ended meanwhile needs none.
                let status = std::fs::read_to_string(file).unwrap_or_default();
                !status.contains("TracerPid:\t0\n")
            };
            threads(&trace.home).iter().all(is_traced).then_some(())
        });
        Some(trace)
    }

    /// Ends it; how often the daemon called what. Its children are not counted.
    fn end(mut self) -> (Home, BTreeMap<String, usize>) {
        // Asked politely it sees to each process first, and there are always new ones.
        self.strace.kill().unwrap();
        self.strace.wait().unwrap();
        let mut calls = BTreeMap::new();
        for line in self.home.read("trace").lines() {
            let (_, what) = line.split_once(' ').unwrap();
            let name = what.trim_start().split('(').next().unwrap();
            if !what.contains("resumed>") && !what.contains("---") {
                *calls.entry(name.to_string()).or_default() += 1;
            }
        }
        (self.home, calls)
    }
}

/// The threads of a daemon.
fn threads(home: &Home) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", home.pid())).unwrap();
    tasks
        .map(|task| task.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn execution_stays_below_the_ceiling_of_system_calls() {
    const JOBS: usize = 25;
    let home = Home::started();
    let crontab = home.write("crontab", &"* * * * * * /bin/true\n".repeat(JOBS));
    home.jobs(&["import", "crontab", crontab.to_str().unwrap()])
        .ok();
    until("it has got going", || {
        let history = home.jobs(&["history", "--json", "-n", "500"]).ok().json();
        (history.as_array().unwrap().len() > JOBS).then_some(())
    });
    let Some(trace) = Trace::of(home) else {
        return;
    };
    until("enough have run", || {
        let started = trace.home.read("trace").matches(" clone3(").count();
        (started >= 4 * JOBS).then_some(())
    });
    let (_home, calls) = trace.end();
    let executions = calls["clone3"];
    let per = |name: &str| calls.get(name).copied().unwrap_or(0) as f64 / executions as f64;
    for (name, most) in [
        ("wait4", 1.05),
        ("pipe2", 2.1),
        ("pidfd_open", 1.05),
        // One for each pipe and for the process, and back.
        ("epoll_ctl", 6.2),
        // What prints nothing has no file; /dev/null is its stdin.
        ("openat", 1.2),
        ("unlink", 0.1),
        ("mkdir", 0.0),
        // A transaction writes together what ended together.
        ("fsync", 0.5),
        ("fdatasync", 0.5),
    ] {
        assert!(per(name) <= most, "{name}: {} of {calls:#?}", per(name));
    }
    let all: usize = calls.values().sum();
    let all = all as f64 / executions as f64;
    assert!(all <= 65.0, "{all}: {calls:#?}");
}

#[test]
fn idle_daemon_makes_no_system_calls() {
    let home = Home::started();
    home.add(&["a", "--cron", "0 0 1 1 *", "--", "true"]);
    home.ended(home.run("a"));
    let Some(trace) = Trace::of(home) else {
        return;
    };
    let quiet = Duration::from_secs(5);
    // What the end of an execution leaves to be done is done some seconds later.
    let trace_of = |trace: &Trace| trace.home.read("trace").lines().count();
    until("nothing is left to be done", || {
        let before = trace_of(&trace);
        std::thread::sleep(quiet);
        (trace_of(&trace) == before).then_some(())
    });
    trace.end();
}
