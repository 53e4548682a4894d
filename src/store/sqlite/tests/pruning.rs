//! Pruning of a history that exceeds its limit per job.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::super::open::store_error;
use super::super::schema::executions;
use crate::{Cursor, Limits, Pruned, Store};
use jobs_model::{ExecId, JobId};
use jobs_schedule::Time;

const JOBS: JobId = 40;

const NOW: Time = Time::from_millis(2_000_000_000_000);

/// A store with 40 jobs and up to 6000 executions. Each job has another number of executions, job 13 has none. One execution in
/// five failed, and some of job 7 still run.
fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("jobs.db")).unwrap();
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {JOBS})
         INSERT INTO jobs (name, desc, cron_expr, mode, command, allow_mode, max_run_count, run_count, stopped, catch_up,
             catch_up_window, jitter, skip_next, next_at, anchor_at, created_at, updated_at)
         SELECT 'j' || i, '', '* * * * *', 'command', '', 0, 0, 0, 0, 'skip', 0, 0, 0, 2000000000 + i, 0, 0, 0 FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
         INSERT INTO executions (job_id, job_name, mode, source, status, scheduled_at, started_at, ended_at, command, stdout,
             stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, attempts, count)
         SELECT job, 'j', 'command', 'cron', iif(job = 7 AND i % 3 = 0, 'running', iif(i % 5 = 0, 'failed', 'success')), i, i,
             iif(job = 7 AND i % 3 = 0, NULL, i), '', x'', x'', 0, 0, 1, 0, 1, 1
         FROM (SELECT i, 1 + min(i % {JOBS}, i * 7 % 61 % {JOBS}) AS job FROM n) WHERE job != 13;"
    );
    store
        .write(move |tx| tx.sqlite().batch_execute(&sql).map_err(store_error))
        .unwrap();
    (folder, store)
}

/// The executions that pruning must keep, by one query over the whole history.
fn expected(store: &Store, keep: u64) -> BTreeSet<ExecId> {
    #[derive(QueryableByName)]
    struct Left {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        exec_id: ExecId,
    }
    let sql = format!(
        "SELECT exec_id FROM (
             SELECT exec_id, status, row_number() OVER (PARTITION BY job_id ORDER BY exec_id DESC) AS place,
                 max(iif(status = 'failed', exec_id, 0)) OVER (PARTITION BY job_id) AS failure
             FROM executions)
         WHERE place <= {keep} OR status = 'running' OR exec_id = failure"
    );
    let left: Vec<Left> = store
        .write(move |tx| {
            diesel::sql_query(sql)
                .load(tx.sqlite())
                .map_err(store_error)
        })
        .unwrap();
    left.into_iter().map(|left| left.exec_id).collect()
}

fn left(store: &Store) -> BTreeSet<ExecId> {
    let left: Vec<ExecId> = store
        .write(|tx| {
            executions::table
                .select(executions::exec_id)
                .load(tx.sqlite())
                .map_err(store_error)
        })
        .unwrap();
    left.into_iter().collect()
}

/// A step of a pass that keeps `per_job` executions of each job.
fn step(store: &Store, cursor: &mut Cursor, per_job: u64) -> Pruned {
    let limits = Limits {
        age: Duration::ZERO,
        per_job,
        bytes: 0,
        audit_age: Duration::ZERO,
        audit_rows: 0,
    };
    let mut moved = cursor.clone();
    let (moved, pruned) = store
        .write(move |tx| {
            let pruned = tx.prune(&mut moved, &limits, NOW)?;
            Ok((moved, pruned))
        })
        .unwrap();
    *cursor = moved;
    pruned
}

#[test]
fn prune_over_limit_keeps_newest_last_failure_and_running() {
    for keep in [1, 3, 14, 60, 10_000] {
        let (_folder, store) = store();
        let expected = expected(&store, keep);
        let before = left(&store).len();
        let mut cursor = Cursor {
            all_from: Some(0),
            ..Cursor::default()
        };
        let mut taken = 0;
        for number in 0.. {
            assert!(number < 1_000, "it does not come to an end");
            let pruned = step(&store, &mut cursor, keep);
            assert!(
                pruned.executions < 300,
                "one step takes {}",
                pruned.executions
            );
            taken += pruned.executions as usize;
            if !pruned.more {
                break;
            }
            if number % 7 == 3 {
                // Executions end between two steps.
                cursor.look_at(BTreeSet::from([number % JOBS, 7]));
            }
        }
        assert_eq!(left(&store), expected, "{keep}");
        assert_eq!(taken, before - expected.len(), "{keep}");
    }
}

#[test]
fn prune_after_limit_is_raised_deletes_no_more() {
    let (_folder, store) = store();
    let before = left(&store).len();
    let mut cursor = Cursor {
        all_from: Some(0),
        ..Cursor::default()
    };
    // The second step begins with jobs that are far over the limit.
    for _ in 0..2 {
        step(&store, &mut cursor, 1);
    }
    let kept = left(&store);
    while step(&store, &mut cursor, 10_000).more {}
    assert!(kept.len() < before, "nothing was taken at all");
    assert_eq!(left(&store), kept);
}
