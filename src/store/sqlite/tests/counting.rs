//! A history that is older than the kept counts: it is counted in steps while executions end and are deleted.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::super::open::store_error;
use crate::tests::conformance::finished;
use crate::{Clearing, Store, Tx};
use jobs_model::{ExecId, Status};
use jobs_schedule::Time;

const OLD: i64 = 9_000;

#[derive(Debug, PartialEq, QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Compares all counts, and those of a part of the time, with the history.
fn check(store: &Store, step: &str) {
    for (from, until) in [(0, i64::MAX / 2), (1_300_000, 5_000_000)] {
        let kept = store
            .read(|reader| {
                reader.counts_by_quarter(Time::from_millis(from), Time::from_millis(until))
            })
            .unwrap();
        let kept: Vec<Count> = kept
            .into_iter()
            .map(|(at, status, number)| Count {
                at: at.millis(),
                status: status.as_str().to_string(),
                number: i64::try_from(number).unwrap(),
            })
            .collect();
        let counted: Vec<Count> = store
            .read(|reader| {
                sql_query(format!(
                    "SELECT ended_at / 900000 * 900000 AS at, status, sum(count) AS number FROM executions
                     WHERE ended_at >= {from} AND ended_at < {until} GROUP BY 1, 2 ORDER BY 1, 2"
                ))
                .load(reader.sqlite())
                .map_err(store_error)
            })
            .unwrap();
        assert_eq!(kept, counted, "{step}, from {from}");
    }
}

fn end(tx: &mut Tx<'_>, exec_id: ExecId) -> jobs_error::Result<()> {
    let end = finished(Status::Failed, Time::from_millis(2_000_000));
    assert_eq!(tx.finish(&[(exec_id, &end)])?, [exec_id]);
    Ok(())
}

#[test]
fn history_that_is_counted_in_steps_is_counted_right_at_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("jobs.db")).unwrap();
    // Every tenth execution is missed and stands for three; one in a hundred still runs.
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OLD})
         INSERT INTO executions (exec_id, job_id, job_name, mode, source, status, scheduled_at, ended_at, duration_ms, command,
             stdout, stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, attempts, count)
         SELECT i, 1 + i % 10, 'j', 'command', 'cron', CASE WHEN i % 100 = 7 THEN 'running' WHEN i % 10 = 0 THEN 'missed' ELSE 'success' END,
             i, iif(i % 100 = 7, NULL, i * 1000), 1, '', x'', x'', 0, 0, 0, 0, 1, iif(i % 10 = 0, 3, 1)
         FROM n;
         INSERT INTO facts (key, value) VALUES ('uncounted', '{OLD}');"
    );
    store
        .write(move |tx| tx.sqlite().batch_execute(&sql).map_err(store_error))
        .unwrap();
    check(&store, "before the first step");
    let mut runs = (0..OLD / 100).map(|index| index * 100 + 7);
    for step in 0..20 {
        // Old and new executions end, before and after the step, alone and in the same transaction.
        let (first, second) = (runs.next().unwrap(), runs.next_back().unwrap());
        store.write(move |tx| end(tx, first)).unwrap();
        check(&store, "after an end");
        let has_more = store
            .write(move |tx| {
                end(tx, second)?;
                tx.count_history()
            })
            .unwrap();
        check(&store, "after a step");
        let mut what = Clearing {
            job_id: 1 + step % 10,
            due: Some(Time::from_millis(step * 400)..Time::from_millis(step * 400 + 200)),
            up_to: OLD,
        };
        store.write(move |tx| tx.clear(&mut what)).unwrap();
        check(&store, "after a deletion");
        if !has_more {
            assert!(!store.read(|reader| reader.has_uncounted()).unwrap());
            assert_eq!(step, OLD / 2_000);
            return;
        }
    }
    panic!("it does not come to an end");
}

#[test]
fn history_that_is_older_than_the_table_is_counted_after_the_migration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.db");
    let store = Store::open(&path).unwrap();
    assert!(
        !store.read(|reader| reader.has_uncounted()).unwrap(),
        "a new one has nothing to count"
    );
    store.close();
    drop(store);
    // As the version before left it.
    let database = rusqlite::Connection::open(&path).unwrap();
    let down = include_str!("../migrations/2026-12-01-053000_kept_counts/down.sql");
    database.execute_batch(down).unwrap();
    database
        .execute_batch(
            "DELETE FROM __diesel_schema_migrations WHERE version = '20261201053000';
             INSERT INTO executions (exec_id, job_id, job_name, mode, source, status, scheduled_at, ended_at, duration_ms, command, stdout,
                 stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, attempts, count)
             VALUES (5, 1, 'j', 'command', 'cron', 'success', 1, 1000, 1, '', x'', x'', 0, 0, 0, 0, 1, 1)",
        )
        .unwrap();
    drop(database);
    let store = Store::open(&path).unwrap();
    assert!(store.read(|reader| reader.has_uncounted()).unwrap());
    check(&store, "after the migration");
    assert!(!store.write(|tx| tx.count_history()).unwrap());
    check(&store, "when it is counted");
    assert!(!store.read(|reader| reader.has_uncounted()).unwrap());
}
