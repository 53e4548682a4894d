//! Query plans, and steps of SQLite's virtual machine in a short and in a long history, for the queries that a long history must
//! not slow down.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::super::open::store_error;
use crate::{Clearing, Cursor, EntryFilter, HistoryFilter, Limits, Store, Tx};
use jobs_model::Status;
use jobs_schedule::Time;

const NOW: Time = Time::from_millis(1_000_000_000);

/// A name, and a query or change of the store.
type Question = (&'static str, fn(&mut Tx<'_>));

/// Queries and changes whose cost must not depend on the length of the history.
const QUESTIONS: &[Question] = &[
    ("the latest of a job", |tx| {
        tx.history(&of_job(), 20).unwrap();
    }),
    ("the latest of all", |tx| {
        tx.history(&HistoryFilter::default(), 20).unwrap();
    }),
    ("the latest failures", |tx| {
        let filter = HistoryFilter {
            statuses: vec![Status::Failed],
            ..HistoryFilter::default()
        };
        tx.history(&filter, 20).unwrap();
    }),
    ("the failures of a time", |tx| {
        let filter = HistoryFilter {
            statuses: vec![Status::Failed, Status::Timeout],
            since: Some(Time::from_millis(i64::MAX / 2)),
            ..HistoryFilter::default()
        };
        tx.history(&filter, 20).unwrap();
    }),
    ("the latest failures and timeouts without output", |tx| {
        let filter = HistoryFilter {
            statuses: vec![Status::Failed, Status::Timeout],
            without_output: true,
            ..HistoryFilter::default()
        };
        tx.history(&filter, 20).unwrap();
    }),
    ("the latest that took long", |tx| {
        let mut filter = HistoryFilter {
            longer_than: Some((std::time::Duration::from_secs(3_600), NOW)),
            ..HistoryFilter::default()
        };
        tx.history(&filter, 20).unwrap();
        filter.since = Some(Time::from_millis(0));
        tx.history(&filter, 20).unwrap();
    }),
    ("a time without executions", |tx| {
        let filter = HistoryFilter {
            since: Some(Time::from_millis(i64::MAX / 2)),
            ..HistoryFilter::default()
        };
        tx.history(&filter, 20).unwrap();
    }),
    ("a page of entries", |tx| {
        tx.entries(&EntryFilter::default(), 0, 20).unwrap();
    }),
    ("the latest end", |tx| {
        tx.last_ended(1).unwrap();
    }),
    ("the latest output", |tx| {
        tx.last_with_output(1, 0, (NOW, NOW)).unwrap();
    }),
    ("the latest number", |tx| {
        tx.last_execution(1).unwrap();
    }),
    ("the latest due time", |tx| {
        tx.last_due(1).unwrap();
    }),
    ("the clock", |tx| {
        tx.clock_last_seen().unwrap();
    }),
    ("live executions of a job", |tx| {
        tx.live_of(1).unwrap();
    }),
    ("live counts of a job", |tx| {
        tx.live_counts_of(1).unwrap();
    }),
    ("live counts of each job", |tx| {
        tx.live_counts().unwrap();
    }),
    ("live total", |tx| {
        tx.live_total().unwrap();
        tx.running_total().unwrap();
    }),
    ("running executions", |tx| {
        tx.live(Status::Running).unwrap();
    }),
    ("startable executions", |tx| {
        tx.startable(crate::Startable {
            limit: 10,
            now: NOW,
            by_hand_only: false,
            fewer_than: Some(5),
        })
        .unwrap();
        tx.running_counts().unwrap();
        tx.waiting(NOW).unwrap();
    }),
    ("the next retry", |tx| {
        tx.next_retry(NOW).unwrap();
    }),
    ("due jobs", |tx| {
        tx.due(NOW, 100).unwrap();
        tx.newest_due(NOW, 100).unwrap();
        tx.next_due().unwrap();
    }),
    ("pruning by number", |tx| {
        prune(tx, |limits| limits.per_job = 5);
    }),
    ("pruning by age", |tx| {
        prune(tx, |limits| limits.age = std::time::Duration::from_secs(1));
    }),
    ("pruning by size", |tx| {
        tx.sqlite_session()
            .set_fact("kept_bytes", "1000000000")
            .unwrap();
        prune(tx, |limits| limits.bytes = 1);
    }),
    ("pruning of a removed job", |tx| {
        tx.delete_job(1).unwrap();
        prune(tx, |_| {});
    }),
    ("clearing a job's history", |tx| {
        let mut what = Clearing {
            job_id: 1,
            due: None,
            up_to: i64::MAX,
        };
        tx.clear(&mut what).unwrap();
    }),
];

fn of_job() -> HistoryFilter {
    HistoryFilter {
        job_id: Some(1),
        ..HistoryFilter::default()
    }
}

/// One step of pruning that deletes at least one execution.
fn prune(tx: &mut Tx<'_>, limit: fn(&mut Limits)) {
    let mut limits = Limits {
        age: std::time::Duration::ZERO,
        per_job: 0,
        bytes: 0,
        audit_age: std::time::Duration::ZERO,
        audit_rows: 0,
    };
    limit(&mut limits);
    let mut cursor = Cursor::default();
    cursor.look_at(BTreeSet::from([1, 2, 3]));
    let pruned = tx.prune(&mut cursor, &limits, NOW).unwrap();
    assert!(pruned.executions > 0);
}

/// A store with ten jobs and `executions` executions of them, of which one in ten failed.
fn store(executions: i64) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("jobs.db")).unwrap();
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
         INSERT INTO jobs (name, desc, cron_expr, mode, command, allow_mode, max_run_count, run_count, stopped, catch_up,
             catch_up_window, jitter, skip_next, next_at, anchor_at, created_at, updated_at)
         SELECT 'j' || i, '', '* * * * *', 'command', '', 0, 0, 0, 0, 'skip', 0, 0, 0, 2000000000 + i, 0, 0, 0 FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {executions})
         INSERT INTO executions (job_id, job_name, mode, source, status, scheduled_at, started_at, ended_at, command, stdout,
             stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, attempts, count)
         SELECT 1 + i % 10, 'j', 'command', 'cron', iif(i / 10 % 10 = 0, 'failed', 'success'), i, i, i, '', x'', x'', 0, 0, 0, 0,
             1, 1
         FROM n;"
    );
    store
        .write(move |tx| tx.sqlite().batch_execute(&sql).map_err(store_error))
        .unwrap();
    (folder, store)
}

/// The statements of a question, each with its bound values. The transaction is rolled back.
fn statements(store: &Store, question: fn(&mut Tx<'_>)) -> Vec<(String, Vec<String>)> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorded = seen.clone();
    let undone = store
        .write(move |tx| {
            tx.sqlite()
                .set_instrumentation(move |event: InstrumentationEvent<'_>| {
                    if let InstrumentationEvent::StartQuery { query, .. } = event {
                        recorded.lock().unwrap().push(query.to_string());
                    }
                });
            question(tx);
            tx.sqlite()
                .set_instrumentation(|_: InstrumentationEvent<'_>| {});
            Err::<(), _>(jobs_error::Error::ShuttingDown)
        })
        .unwrap_err();
    assert!(
        matches!(undone, jobs_error::Error::ShuttingDown),
        "{undone}"
    );
    let seen = seen.lock().unwrap();
    let statements = seen.iter().filter_map(|text| {
        let (sql, binds) = text.split_once(" -- binds: ")?;
        let binds = binds.trim_matches(['[', ']']);
        let values = binds.split(", ").filter(|value| !value.is_empty());
        Some((sql.to_string(), values.map(str::to_string).collect()))
    });
    let statements: Vec<_> = statements.collect();
    assert!(!statements.is_empty());
    statements
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

fn plan(store: &Store, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let steps: Vec<Step> = store
        .read(|reader| sql_query(&sql).load(reader.sqlite()).map_err(store_error))
        .unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

#[test]
fn query_with_or_without_statistics_does_not_scan_the_history() {
    let mut faults = Vec::new();
    for statistics in ["", "ANALYZE"] {
        let (_folder, store) = store(100);
        let sql = statistics.to_string();
        store
            .write(move |tx| tx.sqlite().batch_execute(&sql).map_err(store_error))
            .unwrap();
        for (name, question) in QUESTIONS {
            for (sql, _) in statements(&store, *question) {
                let plan = plan(&store, &sql);
                for step in plan.iter().filter(|step| step.contains("executions")) {
                    // A scan of a partial index is fine: executions that have not ended are few.
                    let is_of_few = ["executions_live", "executions_retries", "executions_long"]
                        .iter()
                        .any(|index| step.contains(index));
                    let is_search = step.starts_with("SEARCH") || is_first(&sql, step);
                    if !is_search && !is_of_few {
                        faults.push(format!("{name} ({statistics}): {sql}\n{plan:#?}"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Whether a scan ends after its first rows, because it is in the order of the numbers and has a limit.
fn is_first(sql: &str, step: &str) -> bool {
    step == "SCAN executions"
        && sql.contains("ORDER BY `executions`.`exec_id` DESC")
        && sql.contains("LIMIT")
}

/// Number of steps of SQLite's virtual machine for a question.
fn steps(folder: &tempfile::TempDir, store: &Store, question: fn(&mut Tx<'_>)) -> i32 {
    let database = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    database.execute_batch("BEGIN").unwrap();
    let mut steps = 0;
    for (sql, binds) in statements(store, question) {
        let mut statement = database.prepare(&sql).unwrap();
        for (index, bind) in binds.iter().enumerate() {
            let digits: String = bind
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '-')
                .collect();
            match digits.parse::<i64>() {
                Ok(number) => statement.raw_bind_parameter(index + 1, number).unwrap(),
                Err(_) => statement
                    .raw_bind_parameter(index + 1, bind.trim_matches('"'))
                    .unwrap(),
            }
        }
        let mut rows = statement.raw_query();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        steps += statement.get_status(rusqlite::StatementStatus::VmStep);
    }
    steps
}

#[test]
fn query_on_a_long_history_takes_as_many_steps_as_on_a_short_one() {
    let (short_folder, short) = store(10_000);
    let (long_folder, long) = store(100_000);
    let mut faults = Vec::new();
    for (name, question) in QUESTIONS {
        let few = steps(&short_folder, &short, *question);
        let many = steps(&long_folder, &long, *question);
        if many > few + few / 5 + 20 {
            faults.push(format!("{name}: {few} and {many}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn open_after_analyze_drops_the_statistics() {
    let (folder, store) = store(10);
    store
        .write(|tx| tx.sqlite().batch_execute("ANALYZE").map_err(store_error))
        .unwrap();
    store.close();
    drop(store);
    let store = Store::open(&folder.path().join("jobs.db")).unwrap();
    let tables = "SELECT name AS detail FROM sqlite_master WHERE name LIKE 'sqlite_stat%'";
    let left: Vec<Step> = store
        .read(|reader| sql_query(tables).load(reader.sqlite()).map_err(store_error))
        .unwrap();
    assert!(left.is_empty());
}
