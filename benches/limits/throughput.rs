//! Ten thousand executions at once: rate, memory, and the gain of a second core.

use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::Plan;
use super::home::{Home, medians, status_of};
use super::spawning;
use super::table::{Goal, Table};

/// The number of measurements for each median.
const ROUNDS: usize = 3;

pub fn measure(plan: &Plan, table: &mut Table) {
    let number = number(plan);
    let mut grown = Vec::new();
    let (limit, ours) = medians(ROUNDS, || {
        let limit = spawning::rate(number);
        let (ours, more) = ours(number);
        grown.push(more);
        (limit, ours)
    });
    table.ratio(
        &format!("{number} executions at once"),
        "/s",
        limit,
        ours,
        Goal::AtLeast(0.8),
    );
    let most = grown.into_iter().fold(0.0, f64::max);
    table.figure("memory that they take", "MiB", most, Goal::AtMost(32.0));
}

/// The same on one core and on two: our program should gain as much as the limit.
pub fn measure_cores(plan: &Plan, table: &mut Table) {
    let all = sched_getaffinity(None).expect("the cores");
    if all.count() < 2 {
        return table.left_out("a second core", "a machine that has one");
    }
    let number = number(plan) / 2;
    let on_cores = |cores: usize| {
        let mut some = CpuSet::new();
        (0..CpuSet::MAX_CPU)
            .filter(|core| all.is_set(*core))
            .take(cores)
            .for_each(|core| some.set(core));
        // Child processes inherit the cores.
        sched_setaffinity(None, &some).expect("it is allowed");
        let rates = (spawning::rate(number), ours(number).0);
        sched_setaffinity(None, &all).expect("it is allowed");
        rates
    };
    let mut alone = Vec::new();
    let (limit, ours) = medians(ROUNDS, || {
        let (one, two) = (on_cores(1), on_cores(2));
        alone.push(one);
        (two.0 / one.0, two.1 / one.1)
    });
    let mut alone = alone.into_iter();
    let (limit_alone, ours_alone) = medians(ROUNDS, || alone.next().expect("as many as before"));
    table.ratio(
        &format!("{number} executions at once, on one core"),
        "/s",
        limit_alone,
        ours_alone,
        Goal::AtLeast(0.8),
    );
    table.ratio(
        "the rate on two cores to that on one",
        "times",
        limit,
        ours,
        Goal::AtLeast(0.9),
    );
}

const fn number(plan: &Plan) -> usize {
    if plan.is_quick { 2_000 } else { 10_000 }
}

/// The number of executions that end in a second, and the growth of the memory of the daemon in MiB.
fn ours(number: usize) -> (f64, f64) {
    let mut home = Home::new("");
    home.start();
    // All jobs are due once, at the same second, late enough for the import to finish.
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
    let mut ended = database
        .prepare("SELECT count(*) FROM executions WHERE ended_at IS NOT NULL")
        .expect("a question");
    loop {
        let ended: i64 = ended.query_row([], |row| row.get(0)).expect("a count");
        if ended as usize >= number {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "only {ended} have ended"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let rate = number as f64 / began.elapsed().as_secs_f64();
    let failed: i64 = database
        .query_row(
            "SELECT count(*) FROM executions WHERE status <> 'success'",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert_eq!(failed, 0, "some have failed");
    let grown = (status_of(home.pid(), "VmHWM") - before) / 1024.0;
    home.stop();
    (rate, grown)
}
