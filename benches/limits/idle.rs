//! An idle daemon: memory, CPU time and wake-ups, by the number of jobs.

use std::time::Duration;

use super::Plan;
use super::home::{Home, status_of};
use super::table::{Goal, Table};

pub fn measure(plan: &Plan, table: &mut Table) {
    let watched = Duration::from_secs(if plan.is_quick { 10 } else { 60 });
    for number in [0, 1_000, 100_000, 1_000_000] {
        let mut home = Home::new("");
        home.start();
        home.jobs(&["add", "j0", "--cron", "0 0 1 1 *", "--", "true"]);
        home.stop();
        fill(&home, number);
        let started = home.start_detached();
        // By then the work after the start is done and the threads for blocking calls have ended.
        std::thread::sleep(Duration::from_secs(15));
        let before = wakeups_and_ticks(home.pid());
        std::thread::sleep(watched);
        let after = wakeups_and_ticks(home.pid());
        let minutes = watched.as_secs_f64() / 60.0;
        let what = |figure: &str| format!("idle with {number} jobs: {figure}");
        table.figure(
            &what("start to first answer"),
            "s",
            started.as_secs_f64(),
            Goal::AtMost(0.1),
        );
        table.figure(
            &what("wake-ups a minute"),
            "",
            (after.0 - before.0) / minutes,
            Goal::AtMost(2.0),
        );
        table.figure(
            &what("CPU"),
            "%",
            (after.1 - before.1) / watched.as_secs_f64(),
            Goal::AtMost(0.05),
        );
        table.figure(
            &what("memory (RSS)"),
            "MiB",
            status_of(home.pid(), "VmRSS") / 1024.0,
            Goal::AtMost(16.0),
        );
        home.stop();
    }
}

/// Copies the only job until there are `number` jobs.
fn fill(home: &Home, number: usize) {
    let database = home.database();
    if number == 0 {
        database.execute("DELETE FROM jobs", []).expect("none");
        return;
    }
    let mut columns: Vec<String> = Vec::new();
    {
        let mut rows = database
            .prepare("SELECT name FROM pragma_table_info('jobs') WHERE name NOT IN ('id', 'name')")
            .expect("the columns");
        let names = rows.query_map([], |row| row.get(0)).expect("their names");
        columns.extend(names.map(|name| name.expect("a name")));
    }
    let columns = columns.join(", ");
    database
        .execute(
            &format!(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
                 INSERT INTO jobs (name, {columns}) SELECT 'j' || i, {columns} FROM jobs, n WHERE jobs.name = 'j0'"
            ),
            [number as i64],
        )
        .expect("copies");
}

/// The number of wake-ups of the threads of a process, and its CPU time in hundredths of a second.
fn wakeups_and_ticks(pid: u32) -> (f64, f64) {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let switches = threads
        .map(|thread| {
            let path = thread.expect("a thread").path().join("status");
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            line.and_then(|line| line.trim().parse::<f64>().ok())
                .unwrap_or_default()
        })
        .sum();
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .expect("fields")
        .split_whitespace()
        .collect();
    let ticks: f64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<f64>().expect("a number"))
        .sum();
    (switches, ticks)
}
