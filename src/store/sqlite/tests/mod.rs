//! Query plans of the commands that are typed most: a statement is planned once, and reads no row that it does not return.

mod counting;
mod plans;
mod pruning;

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};
use rusqlite::StatementStatus;

use super::{Session, open};
use crate::reader::Link;
use crate::{HistoryFilter, JobFilter, Reader};
use jobs_error::Result;
use jobs_model::JobId;
use jobs_schedule::Time;

/// Runs `work` on a new database. Returns its statements and the database.
fn asked(
    work: impl FnOnce(&mut Reader<'_>) -> Result<()>,
) -> (Vec<String>, rusqlite::Connection, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.db");
    open::writing(&path).unwrap();
    let statements: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut connection = open::reading(&path).unwrap();
    let seen = statements.clone();
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let query = query.to_string();
            let text = query.split(" -- binds:").next().unwrap_or_default();
            seen.lock().unwrap().push(text.to_string());
        }
    });
    work(&mut Reader {
        link: Link::Sqlite(Session::of(&mut connection)),
    })
    .unwrap();
    let statements = statements.lock().unwrap().clone();
    (
        statements,
        rusqlite::Connection::open(&path).unwrap(),
        folder,
    )
}

/// The name of a query, the number of its statements, and the query.
type Row = (
    &'static str,
    usize,
    fn(&mut Reader<'_>, JobId, Time) -> Result<()>,
);

/// The queries of `status`, `show`, `list` and `history`.
const QUESTIONS: [Row; 10] = [
    ("job_counts", 2, |reader, _, now| {
        reader.job_counts(now).map(drop)
    }),
    ("live_total", 1, |reader, _, _| {
        reader.live_total().map(drop)
    }),
    ("next_due", 1, |reader, _, _| reader.next_due().map(drop)),
    ("fact", 1, |reader, _, _| reader.pause().map(drop)),
    ("job_named", 1, |reader, _, _| {
        reader.job_named("a").map(drop)
    }),
    ("live_counts_of", 1, |reader, job, _| {
        reader.live_counts_of(job).map(drop)
    }),
    ("live_counts", 1, |reader, _, _| {
        reader.live_counts().map(drop)
    }),
    ("last_ended", 1, |reader, job, _| {
        reader.last_ended(job).map(drop)
    }),
    // Ids and number of both parts of the order, then the rows.
    ("page_of_jobs", 5, |reader, _, _| {
        reader.page_of_jobs(&JobFilter::default(), 10, 10).map(drop)
    }),
    ("history", 1, |reader, job, _| {
        let filter = HistoryFilter {
            job_id: Some(job),
            ..HistoryFilter::default()
        };
        reader.history(&filter, 20).map(drop)
    }),
];

#[test]
fn query_with_other_values_is_not_planned_again() {
    for (what, number, ask) in QUESTIONS {
        let (statements, database, _folder) = asked(|reader| ask(reader, 1, Time::from_millis(1)));
        assert_eq!(statements.len(), number, "{what}: {statements:?}");
        for text in statements {
            let mut statement = database.prepare(&text).unwrap();
            for value in 1..=3 {
                for parameter in 1..=statement.parameter_count() {
                    statement.raw_bind_parameter(parameter, value).unwrap();
                }
                let mut rows = statement.raw_query();
                while rows.next().unwrap().is_some() {}
            }
            let again = statement.get_status(StatementStatus::RePrepare);
            assert_eq!(again, 0, "{what}: planned anew {again} times: {text}");
        }
    }
}

#[test]
fn query_scans_and_sorts_no_history() {
    for (what, _, ask) in QUESTIONS {
        let (statements, database, _folder) = asked(|reader| ask(reader, 1, Time::from_millis(1)));
        for text in statements {
            for line in plan(&database, &text) {
                // Executions that have not ended are few and have an index of their own.
                let walks =
                    line.contains("SCAN executions") && !line.contains("INDEX executions_live");
                let sorts = line.contains("TEMP B-TREE FOR ORDER BY");
                assert!(!walks && !sorts, "{what}: {line}: {text}");
            }
        }
    }
}

#[test]
fn job_counts_read_only_indexes() {
    let (statements, database, _folder) =
        asked(|reader| reader.job_counts(Time::from_millis(1)).map(drop));
    let plans: Vec<String> = statements
        .iter()
        .flat_map(|text| plan(&database, text))
        .collect();
    assert!(
        plans.iter().all(|line| line.contains("COVERING INDEX")),
        "{plans:?}"
    );
    assert!(plans[1].contains("INDEX jobs_stopped"), "{plans:?}");
}

/// SQLite's query plan of a statement, a line for each step.
fn plan(database: &rusqlite::Connection, text: &str) -> Vec<String> {
    let mut statement = database
        .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
        .unwrap();
    for parameter in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(parameter, 1).unwrap();
    }
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        lines.push(row.get(3).unwrap());
    }
    lines
}
