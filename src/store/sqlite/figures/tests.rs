use diesel::connection::SimpleConnection;

use super::*;
use crate::Store;

/// A store with the jobs 1 `backup`, 2 `mail`, 3 `idle`, and what `sql` adds.
fn store(sql: &str) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("jobs.db")).unwrap();
    let sql = format!(
        "INSERT INTO jobs (id, name, desc, cron_expr, mode, command, allow_mode, max_run_count, run_count, stopped, catch_up,
             catch_up_window, jitter, stopped_until, skip_next, next_at, anchor_at, created_at, updated_at)
         VALUES (1, 'backup', '', '', 'command', '', 0, 0, 0, 0, 'skip', 0, 0, NULL, 0, 5000, 0, 0, 0),
                (2, 'mail', '', '', 'command', '', 0, 0, 0, 1, 'skip', 0, 0, NULL, 0, NULL, 0, 0, 0),
                (3, 'idle', '', '', 'command', '', 0, 0, 0, 0, 'skip', 0, 0, 9000, 0, 9000, 0, 0, 0);
         {sql}"
    );
    store
        .write(move |tx| tx.sqlite().batch_execute(&sql).map_err(store_error))
        .unwrap();
    (folder, store)
}

/// Number, job, name, status, end, how long, how many, error.
type Execution<'a> = (i64, i64, &'a str, &'a str, &'a str, &'a str, i64, &'a str);

/// Executions as SQL.
fn executions(rows: &[Execution<'_>]) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|(id, job, name, status, ended, ms, count, error)| {
            format!("({id}, {job}, '{name}', 'command', 'cron', '{status}', 0, {ended}, {ms}, '', zeroblob(9000), x'', 0, 0, 0, 0, {error}, 1, {count})")
        })
        .collect();
    format!(
        "INSERT INTO executions (exec_id, job_id, job_name, mode, source, status, scheduled_at, ended_at, duration_ms, command,
             stdout, stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, error, attempts, count) VALUES {};",
        rows.join(", ")
    )
}

fn figures(store: &Store, from: i64, until: i64, job: Option<&str>) -> Result<Vec<JobFigures>> {
    let (from, until) = (Time::from_millis(from), Time::from_millis(until));
    store.read(|reader| reader.figures(from, until, job))
}

fn some() -> String {
    executions(&[
        (1, 1, "backup", "failed", "99", "7", 1, "'before'"),
        (2, 1, "backup", "success", "100", "10", 1, "NULL"),
        (3, 1, "backup", "success", "110", "30", 1, "NULL"),
        (4, 1, "backup", "failed", "120", "20", 1, "'exit status 1'"),
        (5, 2, "mail", "success", "121", "5", 1, "NULL"),
        (6, 1, "backup", "skipped", "130", "NULL", 7, "'busy'"),
        (7, 1, "backup", "cancelled", "135", "1", 1, "'stop'"),
        (8, 1, "backup", "timeout", "140", "40", 1, "'too long'"),
        (9, 1, "backup", "success", "150", "2", 1, "NULL"),
        (10, 1, "backup", "missed", "160", "NULL", 11, "NULL"),
        (11, 1, "backup", "missed", "161", "NULL", 2, "NULL"),
        (12, 1, "backup", "interrupted", "199", "NULL", 1, "NULL"),
        (13, 1, "backup", "success", "200", "99", 1, "NULL"),
        (14, 1, "backup", "running", "NULL", "NULL", 1, "NULL"),
        (15, 8, "gone once", "failed", "150", "3", 1, "'x'"),
        (16, 8, "gone", "success", "151", "4", 1, "NULL"),
        (17, 9, "gone before", "success", "90", "4", 1, "NULL"),
        (18, 2, "backup", "success", "152", "6", 1, "NULL"),
    ])
}

#[test]
fn figures_of_all_jobs_count_the_range() {
    let (_folder, store) = store(&some());
    let found = figures(&store, 100, 200, None).unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|job| (job.id, job.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [(1, "backup"), (8, "gone"), (3, "idle"), (2, "mail")]
    );
    let blank = |id, name: &str| blank((id, name.into(), None, false, None)).1;
    assert_eq!(
        found[0],
        JobFigures {
            next_at: Some(Time::from_millis(5000)),
            success: 3,
            failed: 1,
            timeout: 1,
            cancelled: 1,
            interrupted: 1,
            skipped: 7,
            missed: 13,
            changes: 3,
            total_ms: 103,
            slowest: Some((8, 40)),
            last_failure: Some((12, Status::Interrupted, Time::from_millis(199), None)),
            ..blank(1, "backup")
        }
    );
    assert_eq!(
        found[1],
        JobFigures {
            success: 1,
            failed: 1,
            changes: 1,
            total_ms: 7,
            slowest: Some((16, 4)),
            last_failure: Some((15, Status::Failed, Time::from_millis(150), Some("x".into()))),
            ..blank(8, "gone")
        }
    );
    assert_eq!(
        found[2],
        JobFigures {
            next_at: Some(Time::from_millis(9000)),
            stopped: true,
            ..blank(3, "idle")
        }
    );
    assert_eq!((found[3].success, found[3].stopped), (2, true));
}

#[test]
fn figures_of_one_job_find_it_by_name_or_number() {
    let (_folder, store) = store(&some());
    let all = figures(&store, 100, 200, None).unwrap();
    for (job, id) in [
        ("backup", 1),
        ("1", 1),
        ("001", 1),
        ("mail", 2),
        ("idle", 3),
        ("3", 3),
        ("8", 8),
        ("gone", 8),
        ("gone once", 8),
    ] {
        let found = figures(&store, 100, 200, Some(job)).unwrap();
        let expected: Vec<_> = all.iter().filter(|job| job.id == id).cloned().collect();
        assert_eq!(found, expected, "{job}");
    }
    for job in [
        "",
        "gone before",
        "9",
        "7",
        "99999999999999999999",
        "Backup",
        "back%",
        "' OR 1=1",
    ] {
        match figures(&store, 100, 200, Some(job)) {
            Err(Error::NoSuchJob(name)) => assert_eq!(name, job),
            other => panic!("{job}: {other:?}"),
        }
    }
}

#[test]
fn figures_of_an_empty_range_are_zero() {
    let (_folder, store) = store(&some());
    for (from, until) in [(201, 300), (150, 150), (200, 100), (i64::MAX, i64::MIN)] {
        let found = figures(&store, from, until, None).unwrap();
        assert_eq!(found.len(), 3);
        assert!(
            found
                .iter()
                .all(|job| job.slowest.is_none() && job.success == 0)
        );
    }
    assert_eq!(figures(&store, i64::MIN, i64::MAX, None).unwrap().len(), 5);
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

fn plan(store: &Store, sql: &str, job: Option<JobId>) -> String {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let (from, until) = (Time::from_millis(0), Time::from_millis(1));
    let steps: Vec<Step> = store
        .read(|reader| {
            in_time(&sql, from, until, job)
                .load(reader.sqlite())
                .map_err(store_error)
        })
        .unwrap();
    let steps: Vec<String> = steps.into_iter().map(|step| step.detail).collect();
    steps.join("\n")
}

#[test]
fn figures_query_uses_an_index() {
    let (_folder, store) = store(&some());
    for sql in [ENDED, NOT_RUN, LAST_FAILURES] {
        let all = plan(&store, sql, None);
        let of_time = match sql {
            LAST_FAILURES => "COVERING INDEX executions_trouble (ended_at>? AND ended_at<?)",
            _ => "INDEX executions_ended (ended_at>? AND ended_at<?)",
        };
        assert!(all.contains(of_time), "{sql}\n{all}");
        let one = plan(&store, sql, Some(1));
        let of_job = match sql {
            LAST_FAILURES => "executions_failed (job_id=?)",
            _ => "executions_job (job_id=?)",
        };
        assert!(one.contains(of_job), "{sql}\n{one}");
        assert!(
            !all.contains("SCAN executions") && !one.contains("SCAN executions"),
            "{all}\n{one}"
        );
    }
}

#[test]
fn figures_of_many_executions_are_counted() {
    let number: i64 = 20_000;
    let (_folder, store) = store(&format!(
        "INSERT INTO executions (exec_id, job_id, job_name, mode, source, status, scheduled_at, ended_at, duration_ms, command,
             stdout, stderr, stdout_bytes, stderr_bytes, kept_bytes, in_file, error, attempts, count)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})
         SELECT i, i % 200 + 1, 'job', 'command', 'cron',
             CASE i / 200 % 4 WHEN 0 THEN 'failed' WHEN 3 THEN 'skipped' ELSE 'success' END,
             i, i, i % 1000, '', zeroblob(CASE i % 50 WHEN 0 THEN 6000 ELSE 100 END), x'', 0, 0, 0, 0, NULL, 1, 2 FROM n;"
    ));
    let found = figures(&store, 1, number + 1, None).unwrap();
    assert!(
        !figures(&store, number - 999, number + 1, None)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        figures(&store, 1, number + 1, Some("mail")).unwrap().len(),
        1
    );
    let sum = |of: fn(&JobFigures) -> i64| found.iter().map(of).sum::<i64>();
    assert_eq!(found.len(), 200);
    assert_eq!(
        sum(|job| job.success) + sum(|job| job.failed) + sum(|job| job.skipped) / 2,
        number
    );
    let rounds = number / 800;
    assert!((sum(|job| job.changes) - rounds * 400).abs() <= 400);
}
