//! Ten thousand executions at once: how many end in a second, and what memory that takes.

use std::time::{Duration, Instant};

use super::Plan;
use super::home::{Home, status_of};
use super::spawning;
use super::table::{Goal, Table};

pub fn measure(plan: &Plan, table: &mut Table) {
    let number = if plan.is_quick { 2_000 } else { 10_000 };
    let limit = spawning::rate(number);
    let mut home = Home::new("");
    home.start();
    // All due at the same second, once, and far enough away for the import.
    let at = spawning::since_1970().as_secs() + 8 + number as u64 / 500;
    let day = at % 86_400;
    let line = format!(
        "{} {} {} * * * true\n",
        day % 60,
        day / 60 % 60,
        day / 3_600
    );
    let crontab = home.path("crontab");
    std::fs::write(&crontab, line.repeat(number)).expect("a crontab");
    home.jobs(&["import", "crontab", &crontab.display().to_string()]);
    let before = status_of(home.pid(), "VmRSS");
    std::thread::sleep(Duration::from_secs(at).saturating_sub(spawning::since_1970()));
    let began = Instant::now();
    let database = home.database();
    loop {
        let ended: i64 = database
            .query_row(
                "SELECT count(*) FROM executions WHERE status = 'success'",
                [],
                |row| row.get(0),
            )
            .expect("a count");
        if ended as usize >= number {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "only {ended} have ended"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let ours = number as f64 / began.elapsed().as_secs_f64();
    let grown = (status_of(home.pid(), "VmHWM") - before) / 1024.0;
    table.ratio(
        &format!("{number} executions at once"),
        "/s",
        limit,
        ours,
        Goal::AtLeast(0.8),
    );
    table.figure("memory that they take", "MiB", grown, Goal::AtMost(32.0));
    home.stop();
}
