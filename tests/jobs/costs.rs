//! Costs of the daemon: system calls per execution, and wake-ups while there is nothing to do.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{Home, leave_out, until};

/// Upper bound on the system calls of the daemon per execution of a command that prints nothing.
///
/// Measured: 38 to 45. Starting a process, waiting for it and reading its pipes takes most of them; the rest is the store
/// and the event loop, shared by the executions that end together. On a busy machine fewer of them end together, and
/// other versions of libraries use other calls: hence the margin. Ten more calls per execution and pipe exceed it.
const MOST_CALLS: f64 = 65.0;

/// `strace` attached to all threads of a daemon.
struct Trace {
    home: Home,
    strace: Child,
}

impl Trace {
    /// Starts `strace`, and returns nothing where it is not installed.
    fn of(home: Home) -> Option<Trace> {
        let mut strace = Command::new("strace");
        strace
            .args(["-qq", "-s", "0", "-o"])
            .arg(home.path("trace"));
        // Attach to each thread instead of following children: traced children are so slow that they do not end together.
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
                // A thread that has ended in the meantime counts as traced.
                let status = std::fs::read_to_string(file).unwrap_or_default();
                !status.contains("TracerPid:\t0\n")
            };
            threads(&trace.home).iter().all(is_traced).then_some(())
        });
        Some(trace)
    }

    /// Ends `strace` and counts the system calls of the daemon by name, without those of its children.
    fn end(mut self) -> (Home, BTreeMap<String, usize>) {
        // SIGTERM would wait for each process in turn, and new ones start all the time.
        self.strace.kill().unwrap();
        self.strace.wait().unwrap();
        let mut calls = BTreeMap::new();
        for line in self.home.read("trace").lines() {
            let (_, call) = line.split_once(' ').unwrap();
            let name = call.trim_start().split('(').next().unwrap();
            if !call.contains("resumed>") && !call.contains("---") {
                *calls.entry(name.to_string()).or_default() += 1;
            }
        }
        (self.home, calls)
    }
}

/// The ids of the threads of a daemon.
fn threads(home: &Home) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", home.pid())).unwrap();
    tasks
        .map(|task| task.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The number of executions that have ended, read from the database: a request would cost the daemon system calls.
fn ended(database: &rusqlite::Connection) -> usize {
    let sql = "SELECT count(*) FROM executions WHERE ended_at IS NOT NULL";
    let count: i64 = database.query_row(sql, [], |row| row.get(0)).unwrap();
    count.try_into().unwrap()
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
    // Opened once, before the trace: the daemon looks at the files of the database when another process opens them.
    let database = rusqlite::Connection::open(home.path("data/jobs.db")).unwrap();
    ended(&database);
    let Some(trace) = Trace::of(home) else {
        return;
    };
    let before = ended(&database);
    let executions = until("enough have run", || {
        let executions = ended(&database) - before;
        (executions >= 4 * JOBS).then_some(executions)
    });
    let (_home, calls) = trace.end();
    let all: usize = calls.values().sum();
    let all = all as f64 / executions as f64;
    assert!(all <= MOST_CALLS, "{all}: {calls:#?}");
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
    // Some work of an ended execution is done seconds later.
    let trace_of = |trace: &Trace| trace.home.read("trace").lines().count();
    until("nothing is left to be done", || {
        let before = trace_of(&trace);
        std::thread::sleep(quiet);
        (trace_of(&trace) == before).then_some(())
    });
    trace.end();
}
