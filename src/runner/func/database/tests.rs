//!
//! Tests of `Database` with a fake that records its queries.
use std::cell::RefCell;

use super::*;
use crate::func::Settings;
use jobs_error::{Error, Result};
use jobs_model::JobFigures;
use jobs_schedule::{Time, Zone};

/// Answers every query with the same rows, and records it.
#[derive(Default)]
struct Fake {
    rows: Rows,
    error: Option<Error>,
    queries: RefCell<Vec<(Option<String>, String)>>,
}

impl Databases for Fake {
    fn names(&self) -> Vec<String> {
        vec!["shop".into(), "店".into()]
    }

    fn query(&self, database: Option<&str>, sql: &str, max_rows: usize) -> Result<Rows> {
        assert_eq!(max_rows, 3);
        self.queries
            .borrow_mut()
            .push((database.map(str::to_string), sql.to_string()));
        match &self.error {
            Some(error) => Err(error.clone()),
            None => Ok(self.rows.clone()),
        }
    }

    fn execute(&self, database: &str, sql: &str) -> Result<u64> {
        self.query(Some(database), sql, 3)
            .map(|rows| rows.rows.len() as u64)
    }

    fn figures(&self, _: Time, _: Time, _: Option<&str>) -> Result<Vec<JobFigures>> {
        unreachable!("nobody asks for figures")
    }
}

fn call(fake: &Fake, args: &[&str]) -> std::result::Result<String, String> {
    let args: Vec<String> = args.iter().map(|arg| arg.to_string()).collect();
    let settings = Settings {
        query_max_rows: 3,
        ..Settings::default()
    };
    let mut out = Vec::new();
    let trimmed: Vec<String> = args.iter().map(|arg| arg.trim().to_string()).collect();
    let done = run(&mut Call {
        args: &trimmed,
        raw: &args,
        job_name: "job",
        now: Time::from_millis(0),
        zone: &Zone::utc(),
        timeout: None,
        settings: &settings,
        databases: fake,
        note: &mut None,
        out: &mut out,
    });
    done.map(|()| String::from_utf8(out).unwrap())
        .map_err(|failure| failure.0)
}

fn rows(columns: &[&str], rows: &[&[Option<&str>]], more: bool) -> Rows {
    Rows {
        columns: columns.iter().map(|name| name.to_string()).collect(),
        rows: rows
            .iter()
            .map(|row| row.iter().map(|value| value.map(str::to_string)).collect())
            .collect(),
        more,
    }
}

#[test]
fn database_separates_name_from_sql() {
    for (args, database, sql) in [
        (&["query", "SELECT 1"][..], None, "SELECT 1"),
        (&["QUERY", " SELECT 1 ", "shop"], Some("shop"), "SELECT 1"),
        (
            &["query", "SELECT a", "b FROM t"],
            None,
            "SELECT a,b FROM t",
        ),
        (
            &["query", "SELECT a", "b FROM t", " shop "],
            Some("shop"),
            "SELECT a,b FROM t",
        ),
        (&["query", "SELECT a, b", "店"], Some("店"), "SELECT a, b"),
        (&["query", "SELECT 1", "2"], None, "SELECT 1,2"),
        (&["query", "SELECT a", "b"], None, "SELECT a,b"),
        (&["query", "SELECT a", "Shop"], None, "SELECT a,Shop"),
        (
            &["query", " SELECT * FROM t WHERE a = 'x", " y'", " shop"],
            Some("shop"),
            "SELECT * FROM t WHERE a = 'x, y'",
        ),
        // With two arguments, the second is always the SQL.
        (&["query", "shop"], None, "shop"),
        (
            &["execute", "DELETE FROM t", "shop"],
            Some("shop"),
            "DELETE FROM t",
        ),
        (
            &["execute", "INSERT INTO t VALUES (1", "2)", "shop"],
            Some("shop"),
            "INSERT INTO t VALUES (1,2)",
        ),
    ] {
        let fake = Fake::default();
        call(&fake, args).unwrap_or_else(|error| panic!("{args:?}: {error}"));
        let queries = fake.queries.borrow();
        assert_eq!(
            *queries,
            [(database.map(str::to_string), sql.to_string())],
            "{args:?}"
        );
    }
}

#[test]
fn database_of_bad_arguments_names_problem() {
    for (args, why) in [
        (&[][..], "usage: Database query|execute,SQL[,NAME]"),
        (&["query"], "usage: "),
        (&["query", ""], "SQL: is empty"),
        (&["query", " ", "shop"], "SQL: is empty"),
        (
            &["delete", "SELECT 1"],
            "action: `delete` is not `query` or `execute`",
        ),
        (
            &["execute", "DELETE FROM jobs"],
            "the daemon's own database is changed by the commands of jobs only",
        ),
        (
            &["execute", "DELETE FROM t", "shup"],
            "`databases.shup` is not configured; the names under `databases` are `shop`, `店`",
        ),
    ] {
        let fake = Fake::default();
        let problem = call(&fake, args).unwrap_err();
        assert!(problem.contains(why), "{args:?}: {problem}");
        assert!(fake.queries.borrow().is_empty(), "{args:?}");
    }
}

#[test]
fn query_error_mentions_possible_unknown_name() {
    let fake = Fake {
        error: Some(Error::Io("no such column: shup".into())),
        ..Fake::default()
    };
    assert_eq!(
        call(&fake, &["query", "SELECT 1", "shup"]).unwrap_err(),
        "no such column: shup\n\
         hint: if `shup` is meant as the name of a database: `databases.shup` is not configured; \
         the names under `databases` are `shop`, `店`"
    );
    for args in [
        &["query", "SELECT 1", "shop"][..],
        &["query", "SELECT 1", "2"],
        &["query", "SELECT 1", "b FROM t"],
        &["query", "SELECT shup"],
    ] {
        assert_eq!(
            call(&fake, args).unwrap_err(),
            "no such column: shup",
            "{args:?}"
        );
    }
}

#[test]
fn query_prints_table() {
    let fake = Fake {
        rows: rows(
            &["id", "名前"],
            &[&[Some("1"), Some("备份 数据库")], &[Some("22"), None]],
            false,
        ),
        ..Fake::default()
    };
    assert_eq!(
        call(&fake, &["query", "SELECT 1"]).unwrap(),
        "\
+----+-------------+
| id | 名前        |
+==================+
| 1  | 备份 数据库 |
| 22 | NULL        |
+----+-------------+
2 rows
"
    );
}

#[test]
fn query_prints_number_of_rows() {
    for (number, more, line) in [
        (0, false, "0 rows"),
        (1, false, "1 row"),
        (3, false, "3 rows"),
        (3, true, "3 rows, there are more (jobs.query_max_rows)"),
        (
            2,
            true,
            "2 rows, there are more, but the result has reached its size limit",
        ),
    ] {
        let fake = Fake {
            rows: rows(&["a"], &vec![&[Some("x")][..]; number], more),
            ..Fake::default()
        };
        let shown = call(&fake, &["query", "SELECT 1"]).unwrap();
        assert_eq!(shown.lines().last(), Some(line));
        if !more {
            let changed = call(&fake, &["execute", "DELETE FROM t", "shop"]).unwrap();
            assert_eq!(changed, format!("{line} changed\n"));
        }
    }
}

#[test]
fn query_of_wide_rows_prints_records() {
    let long = "x".repeat(MAX_TABLE_CHARS);
    let fake = Fake {
        rows: rows(
            &["a", "b"],
            &[&[Some(&long), None], &[Some("1"), Some("2")]],
            false,
        ),
        ..Fake::default()
    };
    assert_eq!(
        call(&fake, &["query", "SELECT 1"]).unwrap(),
        format!("-- row 1\na: {long}\nb: NULL\n-- row 2\na: 1\nb: 2\n2 rows\n")
    );
}
