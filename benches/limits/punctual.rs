//! Jobs that are due each second: how late they begin, and whether any is missed.

use std::collections::HashMap;
use std::time::Duration;

use super::Plan;
use super::home::{Home, percentiles};
use super::spawning;
use super::table::{Goal, Table};

/// The same command in a form that needs a shell.
const BY_SHELL: &str = "exec date +%s%N";

pub fn measure(plan: &Plan, table: &mut Table) {
    let seconds = if plan.is_quick { 8 } else { 30 };
    for number in [10, 100, 500, 1_000] {
        // Measure the limit before and after, because the speed of a shared machine changes.
        let mut limit = spawning::lateness(number, seconds / 2);
        let kinds = [("", spawning::STAMP), (" that need a shell", BY_SHELL)];
        let seen = kinds.map(|(kind, command)| (kind, ours(number, seconds, command)));
        limit.extend(spawning::lateness(number, seconds / 2));
        let (limit_p50, limit_p99) = percentiles(&mut limit);
        for (kind, seen) in seen {
            let mut late = seen.late;
            let (p50, p99) = percentiles(&mut late);
            let what = format!("{number} jobs a second{kind}");
            eprintln!(
                "  {what}: limit p50 {limit_p50:.1} p99 {limit_p99:.1}, ours p50 {p50:.1} p99 {p99:.1} ms"
            );
            if number < 100 {
                table.figure(
                    &format!("{what}: p99 of lateness, past the limit's {limit_p99:.1} ms"),
                    "ms",
                    p99 - limit_p99,
                    Goal::AtMost(3.0),
                );
            } else {
                table.ratio(
                    &format!("{what}: p99 of lateness"),
                    "ms",
                    limit_p99,
                    p99,
                    Goal::AtMost(1.15),
                );
            }
            table.figure(
                &format!("{what}: missed or twice"),
                "",
                (seen.missed + seen.twice) as f64,
                Goal::AtMost(0.0),
            );
        }
    }
}

struct Outcome {
    /// The lateness of each execution, in milliseconds.
    late: Vec<f64>,
    missed: usize,
    twice: usize,
}

fn ours(number: usize, seconds: u64, command: &str) -> Outcome {
    let mut home = Home::new("");
    home.start();
    let crontab = home.path("crontab");
    // In a crontab `%` is a line break.
    let line = format!("* * * * * * {}\n", command.replace('%', "\\%"));
    std::fs::write(&crontab, line.repeat(number)).expect("a crontab");
    home.jobs(&["import", "crontab", &crontab.display().to_string()]);
    // The jobs may start during the first second, so it is not counted.
    let first = spawning::since_1970().as_secs() + 2;
    let last = first + seconds;
    std::thread::sleep(Duration::from_secs(last).saturating_sub(spawning::since_1970()));
    // Stopped jobs are not due any more; queued executions still run.
    std::fs::write(&crontab, "# nothing\n").expect("a crontab");
    home.jobs(&[
        "import",
        "crontab",
        &crontab.display().to_string(),
        "--stop-missing",
    ]);
    let began = std::time::Instant::now();
    loop {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it has fallen behind"
        );
        let status: serde_json::Value =
            serde_json::from_str(&home.jobs(&["status", "--json"])).expect("JSON");
        if status["running"] == 0 && status["queued"] == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    home.stop();
    let database = home.database();
    let mut rows = database
        .prepare(
            "SELECT job_id, scheduled_at, stdout FROM executions
             WHERE status = 'success' AND scheduled_at >= ?1 AND scheduled_at < ?2",
        )
        .expect("a question");
    let rows = rows
        .query_map([first as i64 * 1000, last as i64 * 1000], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, Vec<u8>>(2)?,
            ))
        })
        .expect("an answer");
    let mut runs: HashMap<(i64, i64), usize> = HashMap::new();
    let mut late = Vec::new();
    for row in rows {
        let (job, scheduled, stdout) = row.expect("a row");
        *runs.entry((job, scheduled)).or_default() += 1;
        late.push(spawning::millis(&String::from_utf8_lossy(&stdout)) - scheduled as f64);
    }
    Outcome {
        missed: (number * seconds as usize).saturating_sub(runs.len()),
        twice: runs.values().filter(|count| **count > 1).count(),
        late,
    }
}
