//! Large amounts: import of a large crontab, and the cost of a long history against a short one.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Plan;
use super::home::{Home, percentiles};
use super::prompt::fill;
use super::table::{Goal, Table};

/// The number of jobs that the executions belong to.
const JOBS: usize = 20;

pub fn measure(plan: &Plan, table: &mut Table) {
    import(table);
    growth(plan, table);
    let executions = if plan.is_quick { 200_000 } else { 5_000_000 };
    let [young, old] = [1_000, executions].map(|number| History::of(number).costs(plan));
    for ((what, unit, young), (_, _, old)) in young.iter().zip(&old) {
        table.ratio(
            &format!("{what}, of 1,000 executions and of {executions}"),
            unit,
            *young,
            *old,
            Goal::AtMost(2.0),
        );
    }
}

/// Imports 100,000 lines, the same lines again, and then with some lines changed.
fn import(table: &mut Table) {
    let mut home = Home::new("");
    home.start();
    let crontab = home.path("crontab");
    let line = |number: usize, more: &str| {
        format!(
            "{} {} {} * * /usr/local/bin/report --customer {number}{more} >/dev/null 2>&1\n",
            number % 60,
            number / 60 % 24,
            1 + number / 1_440 % 28
        )
    };
    for (what, changed) in [
        ("import of 100,000 lines", usize::MAX),
        ("the same again", usize::MAX),
        ("with each hundredth line changed", 100),
    ] {
        let text: String = (1..=100_000)
            .map(|number| {
                let is_another = number % changed == 0;
                line(number, if is_another { " --force" } else { "" })
            })
            .collect();
        std::fs::write(&crontab, text).expect("a crontab");
        let began = Instant::now();
        let report = home.jobs(&["import", "crontab", &crontab.display().to_string()]);
        let took = began.elapsed().as_secs_f64();
        assert!(report.contains(", 0 refused"), "it is not taken over");
        table.figure(what, "s", took, Goal::AtMost(5.0));
    }
    home.stop();
}

/// The growth of the database file while jobs add executions to a history that is at its limit.
fn growth(plan: &Plan, table: &mut Table) {
    let mut home = Home::new("job_log_keep_count: 5\n");
    home.start();
    let crontab = home.path("crontab");
    std::fs::write(&crontab, "* * * * * * echo a word or two\n".repeat(100)).expect("a crontab");
    home.jobs(&["import", "crontab", &crontab.display().to_string()]);
    let seconds = if plan.is_quick { 15 } else { 60 };
    let size = |home: &Home| {
        let database = home.database();
        let pages: i64 = database
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .expect("a count");
        pages as f64 * 4.0
    };
    std::thread::sleep(Duration::from_secs(15));
    let full = size(&home);
    std::thread::sleep(Duration::from_secs(seconds));
    table.ratio(
        &format!("a history that is full, after {seconds} s more of 100 jobs a second: the file"),
        "KiB",
        full,
        size(&home),
        Goal::AtMost(1.1),
    );
    home.stop();
}

struct History {
    home: Home,
    executions: usize,
}

/// The name of a measurement, its unit and its value.
type Cost = (&'static str, &'static str, f64);

impl History {
    fn of(executions: usize) -> History {
        let mut home = Home::new("");
        home.start();
        fill(&mut home, JOBS, executions);
        History { home, executions }
    }

    fn costs(mut self, plan: &Plan) -> Vec<Cost> {
        let calls = if plan.is_quick { 300 } else { 2_000 };
        let socket = self.home.path("jobs.sock");
        let mut costs = Vec::new();
        for (what, call) in [
            ("`history` of a job", r#""history","params":{"job":"j5"}"#),
            ("`history` of all", r#""history","params":{}"#),
            ("`show`", r#""show","params":{"job":"j5"}"#),
            ("`logs`", r#""logs","params":{"job":"j5"}"#),
            (
                "`list` of 20 jobs",
                r#""list","params":{"page":1,"size":100}"#,
            ),
        ] {
            costs.push((what, "ms", median(&socket, call, calls)));
        }
        costs.push(("a second of 10 jobs, CPU", "ms", self.ticks(plan)));
        costs.push(("an execution that is pruned, CPU", "us", self.prune()));
        self.home.stop();
        costs
    }

    /// The CPU time of the daemon in milliseconds for a second in which ten jobs are due: claiming, starting and
    /// closing them, with a history that is pruned to its limit.
    fn ticks(&mut self, plan: &Plan) -> f64 {
        let seconds = if plan.is_quick { 10 } else { 40 };
        let crontab = self.home.path("ticking");
        std::fs::write(&crontab, "* * * * * * true\n".repeat(10)).expect("a crontab");
        self.limit(self.executions / JOBS + 1_000);
        self.import(&crontab, &[]);
        std::thread::sleep(Duration::from_secs(3));
        let before = cpu(self.home.pid());
        std::thread::sleep(Duration::from_secs(seconds));
        let used = cpu(self.home.pid()) - before;
        std::fs::write(&crontab, "# nothing\n").expect("a crontab");
        self.import(&crontab, &["--stop-missing"]);
        used.as_secs_f64() * 1e3 / seconds as f64
    }

    /// The CPU time of the writing thread in microseconds for each execution that is deleted when the limit is
    /// lowered to half of the history.
    fn prune(&mut self) -> f64 {
        let before = self.count();
        let used = cpu_of_writer(self.home.pid());
        self.limit(self.executions / JOBS / 2);
        let mut last = 0;
        let began = Instant::now();
        loop {
            std::thread::sleep(Duration::from_secs(2));
            let left = self.count();
            if left == last && left < before {
                let used = cpu_of_writer(self.home.pid()) - used;
                return used.as_secs_f64() * 1e6 / (before - left) as f64;
            }
            last = left;
            assert!(
                began.elapsed() < Duration::from_secs(600),
                "{left} are left"
            );
        }
    }

    fn import(&self, crontab: &Path, more: &[&str]) {
        let path = crontab.display().to_string();
        let mut args = vec!["import", "crontab", &path];
        args.extend(more);
        self.home.jobs(&args);
    }

    /// Sets the number of executions that each job keeps.
    fn limit(&self, each: usize) {
        std::fs::write(
            self.home.path("config.yaml"),
            format!(
                "job_log_keep_count: {each}\njobs:\n  history_days: 0\n  history_max_bytes: 0\n"
            ),
        )
        .expect("a configuration");
        self.home.jobs(&["reload"]);
    }

    fn count(&self) -> i64 {
        let database = self.home.database();
        database
            .query_row("SELECT count(*) FROM executions", [], |row| row.get(0))
            .expect("a count")
    }
}

/// The median time of a request over one connection, in milliseconds.
fn median(socket: &Path, call: &str, calls: usize) -> f64 {
    let mut stream = BufReader::new(UnixStream::connect(socket).expect("it answers"));
    let mut times: Vec<f64> = (0..calls)
        .map(|_| {
            let began = Instant::now();
            writeln!(
                stream.get_mut(),
                r#"{{"jsonrpc":"2.0","method":{call},"id":1}}"#
            )
            .expect("it is sent");
            let mut answer = String::new();
            stream.read_line(&mut answer).expect("an answer");
            assert!(answer.contains(r#""result""#), "{answer}");
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    percentiles(&mut times).0
}

/// The CPU time of a process without its children.
fn cpu(pid: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let (_, after) = text.rsplit_once(')').expect("its name");
    let figures: Vec<&str> = after.split_whitespace().collect();
    let of = |at: usize| figures[at].parse::<u64>().expect("a figure");
    Duration::from_millis(10 * (of(11) + of(12)))
}

/// The CPU time of the thread of the store.
fn cpu_of_writer(pid: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    threads
        .map(|thread| thread.expect("it is there").path())
        .find(|thread| {
            std::fs::read_to_string(thread.join("comm")).is_ok_and(|name| name.trim() == "store")
        })
        .and_then(|thread| {
            let text = std::fs::read_to_string(thread.join("schedstat")).ok()?;
            text.split(' ').next()?.parse().ok()
        })
        .map(Duration::from_nanos)
        .expect("it runs")
}
