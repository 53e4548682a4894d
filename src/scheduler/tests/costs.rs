//! Cost of a tick and of the end of an execution: number of statements, statements that SQLite plans anew, and allocations.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use parking_lot::Mutex;

use super::*;

/// Counts the allocations of the tests.
#[global_allocator]
static COUNTED: &stats_alloc::StatsAlloc<std::alloc::System> = &stats_alloc::INSTRUMENTED_SYSTEM;

/// The statements that diesel ran, and those that it caches.
static SEEN: Mutex<Seen> = Mutex::new(Seen {
    asked: BTreeMap::new(),
    kept: BTreeSet::new(),
});

#[derive(Default)]
struct Seen {
    asked: BTreeMap<String, usize>,
    kept: BTreeSet<String>,
}

fn record(event: InstrumentationEvent<'_>) {
    let mut seen = SEEN.lock();
    match event {
        InstrumentationEvent::StartQuery { query, .. } => {
            let text = query.to_string();
            let text = text.split(" -- binds").next().unwrap_or_default();
            *seen.asked.entry(text.to_string()).or_default() += 1;
        }
        InstrumentationEvent::CacheQuery { sql, .. } => {
            seen.kept.insert(sql.to_string());
        }
        _ => {}
    }
}

/// Runs `jobs` jobs that are due each second for `seconds` seconds. Returns their statements.
fn seen(jobs: usize, seconds: u64, change: fn(&mut Job)) -> (World, Seen) {
    let begin = time("2026-03-01T00:00:00Z");
    let world = World::new(begin, begin.plus(Duration::from_secs(seconds)), &[]);
    for job in 0..jobs {
        world.add(&format!("j{job}"), "* * * * * *", |job| {
            job.allow_mode = Overlap::Parallel;
            change(job);
        });
    }
    let mut seen = SEEN.lock();
    seen.asked.clear();
    drop(seen);
    world.run();
    let seen = std::mem::take(&mut *SEEN.lock());
    (world, seen)
}

/// Whether this process runs that test alone. If not, runs it in a process of its own: the counters are global and would count
/// other tests too.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "JOBS_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let done = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("tests::costs::{test}")])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    false
}

/// How often SQLite plans a statement anew after other values were bound.
fn planned_anew(database: &rusqlite::Connection, sql: &str) -> i32 {
    let mut statement = database.prepare(sql).unwrap();
    for value in 1..=4 {
        for place in 1..=statement.parameter_count() {
            statement
                .raw_bind_parameter(place, (value + place) as i64)
                .unwrap();
        }
        let mut rows = statement.raw_query();
        // The result for such values does not matter.
        while let Ok(Some(_)) = rows.next() {}
    }
    statement.get_status(rusqlite::StatementStatus::RePrepare)
}

/// Whether SQLite scans a whole table that may be large.
fn walks_through(database: &rusqlite::Connection, sql: &str) -> bool {
    let mut statement = database
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let mut rows = statement.raw_query();
    let mut walks = false;
    while let Some(row) = rows.next().unwrap() {
        let step: String = row.get("detail").unwrap();
        walks |= ["SCAN executions", "SCAN jobs", "USE TEMP B-TREE FOR ORDER"]
            .iter()
            .any(|walk| step.starts_with(walk) && !step.contains("INDEX"));
    }
    walks
}

/// Whether SQLite makes a temporary table for a statement, as for a list of three values, and for RETURNING.
fn makes_a_table(database: &rusqlite::Connection, text: &str) -> bool {
    let mut statement = database.prepare(&format!("EXPLAIN {text}")).unwrap();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().unwrap() {
        let step: String = row.get("opcode").unwrap();
        if step == "OpenEphemeral" {
            return true;
        }
    }
    false
}

#[test]
fn execution_takes_a_bounded_number_of_allocations() {
    if !is_alone("execution_takes_a_bounded_number_of_allocations") {
        return;
    }
    const SECONDS: usize = 10;
    let allocated = |jobs: usize| {
        let region = stats_alloc::Region::new(COUNTED);
        drop(seen(jobs, SECONDS as u64, |job| {
            // A command that starts, with the whole environment of the test process: the variables must not cost allocations
            // for each execution.
            job.command = "/bin/true".to_string();
        }));
        region.change().allocations
    };
    // A first run without counting, which makes the values that are made at their first use.
    allocated(1);
    let (few, many) = (allocated(5), allocated(25));
    let per_execution = (many - few) as f64 / (20 * SECONDS) as f64;
    assert!(per_execution <= 320.0, "{per_execution}: {few} {many}");
}

#[test]
fn execution_costs_seven_statements_that_are_planned_once() {
    if !is_alone("execution_costs_seven_statements_that_are_planned_once") {
        return;
    }
    const JOBS: usize = 20;
    const SECONDS: usize = 10;
    set_default_instrumentation(|| Some(Box::new(record))).unwrap();
    let (world, seen) = seen(JOBS, SECONDS as u64, |_| {});
    let executions: usize = (0..JOBS)
        .map(|job| world.firings(&format!("j{job}")).len())
        .sum();
    assert!(executions >= JOBS * SECONDS);

    let begins = "BEGIN IMMEDIATE";
    let transactions = seen.asked[begins];
    let (of_each, of_all): (Vec<_>, Vec<_>) = seen
        .asked
        .iter()
        .partition(|(_, count)| **count >= executions);
    // Per execution: insert it, read its number, advance its job, record its end, and, because it fails, read its retries left; read
    // the figures of its job for the list, and write them.
    let asked: usize = of_each.iter().map(|(_, count)| **count).sum();
    assert_eq!(asked, 7 * executions, "{of_each:#?}");
    // Statements that a transaction needs once, for one or more executions.
    let asked: usize = of_all.iter().map(|(_, count)| **count).sum();
    assert!(asked <= 25 * transactions, "{transactions}: {of_all:#?}");

    let database = rusqlite::Connection::open(world.folder.path().join("jobs.db")).unwrap();
    for (text, _) in &of_each {
        assert!(!makes_a_table(&database, text), "{text}");
    }
    database.execute_batch("BEGIN").unwrap();
    for (text, count) in &seen.asked {
        if [
            "ROLLBACK",
            "BEGIN",
            "COMMIT",
            "SAVEPOINT",
            "RELEASE",
            "PRAGMA",
        ]
        .iter()
        .any(|word| text.starts_with(word))
        {
            continue;
        }
        assert!(seen.kept.contains(text), "it is prepared each time: {text}");
        // Statements of the start run once or twice, and may be planned anew or scan.
        if *count > 2 {
            assert_eq!(planned_anew(&database, text), 0, "{text}");
            assert!(!walks_through(&database, text), "{text}");
        }
    }
}
