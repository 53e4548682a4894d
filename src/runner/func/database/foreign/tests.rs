//! Real files and, where there is one, a real server.

mod hostile;
mod maria;
mod maria_writes;
mod server;
mod writes;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::*;

/// A folder with the database `shop` in it, and what knows it by that name.
struct Shop {
    folder: tempfile::TempDir,
    foreign: Foreign,
}

const SCHEMA: &str = "
    CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
    INSERT INTO t VALUES (1, 'one'), (2, NULL), (3, '三');
    CREATE TABLE values_ (v);
    INSERT INTO values_ VALUES (1.0), (0.1), (1e100), (-1.5e-9), (x'00ff'), (9223372036854775807), (1e999), ('a' || char(10));
    CREATE VIEW v AS SELECT b FROM t;
    CREATE VIRTUAL TABLE words USING fts5(w);
    INSERT INTO words VALUES ('hello world');
    CREATE VIRTUAL TABLE old_words USING fts4(w);
    INSERT INTO old_words VALUES ('hello world');
    CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
    INSERT INTO boxes VALUES (1, 0, 10);";

impl Shop {
    fn new() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        Connection::open(folder.path().join("shop.db"))
            .unwrap()
            .execute_batch(SCHEMA)
            .unwrap();
        let named = [
            ("shop".to_string(), Secret::new("shop.db")),
            ("none".to_string(), Secret::new("none.db")),
            ("own".to_string(), Secret::new("./jobs.db")),
            ("pg".to_string(), Secret::new("postgres://u:geheim@h/db")),
        ];
        let foreign = Foreign::new(&folder.path().join("jobs.db"), folder.path(), named);
        Shop { folder, foreign }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn query(&self, sql: &str) -> Rows {
        self.foreign
            .query(Some("shop"), sql, 100)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    #[track_caller]
    fn query_error(&self, sql: &str) -> String {
        match self.foreign.query(Some("shop"), sql, 100) {
            Err(error) => error.to_string(),
            Ok(rows) => panic!("{sql}: {rows:?}"),
        }
    }

    #[track_caller]
    fn execute(&self, sql: &str) -> u64 {
        self.foreign
            .execute("shop", sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    #[track_caller]
    fn execute_error(&self, sql: &str) -> String {
        self.foreign
            .execute("shop", sql)
            .expect_err(sql)
            .to_string()
    }

    /// Everything that is in the folder.
    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        content(self.folder.path())
    }
}

fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn texts(rows: &Rows) -> Vec<Vec<&str>> {
    rows.rows
        .iter()
        .map(|row| row.iter().map(|v| v.as_deref().unwrap_or("NULL")).collect())
        .collect()
}

#[test]
fn query_shows_values_like_sqlite() {
    let shop = Shop::new();
    let rows = shop.query("SELECT a, b FROM t ORDER BY a; -- all of it");
    assert_eq!(rows.columns, ["a", "b"]);
    assert_eq!(texts(&rows), [["1", "one"], ["2", "NULL"], ["3", "三"]]);
    assert!(!rows.more);
    let rows = shop.query("SELECT v FROM values_");
    let texts: Vec<_> = texts(&rows).concat();
    assert_eq!(
        texts,
        [
            "1.0",
            "0.1",
            "1.0e+100",
            "-1.5e-09",
            "x'00ff'",
            "9223372036854775807",
            "Inf",
            "a\\n"
        ]
    );
}

#[test]
fn query_returns_at_most_given_rows() {
    let shop = Shop::new();
    for (most, rows, more) in [(0, 0, true), (2, 2, true), (3, 3, false), (4, 3, false)] {
        let found = shop
            .foreign
            .query(Some("shop"), "SELECT * FROM t", most)
            .unwrap();
        assert_eq!((found.rows.len(), found.more), (rows, more), "{most}");
    }
    // The query never ends by itself.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    assert!(shop.query(endless).more);
    let wide = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT printf('%.5000c', 'x') FROM n";
    let rows = shop.foreign.query(Some("shop"), wide, usize::MAX).unwrap();
    assert!(rows.more && rows.rows.len() < 10_000, "{}", rows.rows.len());
}

#[test]
fn execute_counts_changed_rows() {
    let shop = Shop::new();
    for (sql, changed) in [
        ("UPDATE t SET b = 'x' WHERE a > 1;", 2),
        ("UPDATE t SET b = 'x' WHERE a > 99", 0),
        ("INSERT INTO t VALUES (4, ';'), (5, '--')", 2),
        ("INSERT INTO t VALUES (6, ''), (7, '') RETURNING a", 2),
        (
            "WITH x AS (SELECT 7 AS a) DELETE FROM t WHERE a IN (SELECT a FROM x) RETURNING a",
            1,
        ),
        ("DELETE FROM t", 6),
        ("CREATE TABLE u (a)", 0),
        (
            "CREATE TRIGGER g AFTER INSERT ON u BEGIN DELETE FROM u; END",
            0,
        ),
        ("ANALYZE", 0),
        ("VACUUM", 0),
        ("PRAGMA user_version = 7", 0),
        ("PRAGMA journal_mode = WAL", 0),
        ("SELECT 1", 0),
    ] {
        assert_eq!(shop.execute(sql), changed, "{sql}");
    }
    assert_eq!(texts(&shop.query("SELECT count(*) FROM t")), [["0"]]);
    assert_eq!(texts(&shop.query("PRAGMA user_version")), [["7"]]);
}

#[test]
fn execute_changes_own_file_by_one_statement() {
    let shop = Shop::new();
    let elsewhere = shop.path("else.db");
    let elsewhere = elsewhere.display();
    let before = shop.content();
    for (sql, why) in [
        (
            &*format!("ATTACH '{elsewhere}' AS e"),
            "its own database only",
        ),
        (
            &format!("VACUUM INTO '{elsewhere}'"),
            "its own database only",
        ),
        (
            "UPDATE t SET b = load_extension('/tmp/x.so')",
            "`load_extension`",
        ),
        (
            "UPDATE t SET b = ''; DELETE FROM t",
            "more than one statement",
        ),
        ("BEGIN", "nothing was changed"),
        ("SAVEPOINT s", "nothing was changed"),
        ("COMMIT", "no transaction is active"),
        (
            "INSERT INTO t VALUES (9, 'x'), (1, 'twice')",
            "UNIQUE constraint failed",
        ),
        ("", "no SQL"),
        ("-- x", "no statement"),
    ] {
        let problem = shop.execute_error(sql);
        assert!(problem.contains(why), "{sql}: {problem}");
        assert!(before == shop.content(), "{sql} has written");
    }
}

#[test]
fn query_of_missing_database_creates_nothing() {
    let shop = Shop::new();
    std::fs::create_dir(shop.path("folder")).unwrap();
    std::fs::write(
        shop.path("text"),
        "no database at all, but longer than its header is".repeat(20),
    )
    .unwrap();
    let foreign = Foreign::new(
        &shop.path("jobs.db"),
        shop.folder.path(),
        ["none", "folder", "text"].map(|name| (name.to_string(), Secret::new(name))),
    );
    for (name, why) in [
        ("none", "/none` can't be opened: No such file or directory"),
        ("folder", "is not a file"),
        ("text", "file is not a database"),
        (
            "shop",
            "databases.shop: is not configured\nhint: the names under `databases` are `folder`, `none`, `text`",
        ),
    ] {
        let query = foreign.query(Some(name), "SELECT 1 FROM t", 1).unwrap_err();
        assert!(query.to_string().contains(why), "{name}: {query}");
        let execute = foreign.execute(name, "CREATE TABLE t (a)").unwrap_err();
        assert!(execute.to_string().contains(why), "{name}: {execute}");
    }
    assert!(!shop.path("none").exists());
    let error = shop
        .foreign
        .query(Some("pg"), "SELECT 1", 1)
        .unwrap_err()
        .to_string();
    assert!(error.contains("databases.pg: `postgres://`"), "{error}");
    assert!(!error.contains("geheim"), "{error}");
    assert_eq!(shop.foreign.names(), ["none", "own", "pg", "shop"]);
    assert!(!format!("{:?}", shop.foreign).contains("geheim"));
}

#[test]
fn query_limits_size_of_values() {
    let shop = Shop::new();
    let rows = shop.query("SELECT printf('%.20000c', 'x'), zeroblob(1000000)");
    let lengths: Vec<_> = texts(&rows)
        .concat()
        .iter()
        .map(|text| text.len())
        .collect();
    assert_eq!(lengths, [1_024, 157]);
    let problem = shop.query_error("SELECT zeroblob(900000000)");
    assert!(problem.contains("too big"), "{problem}");
    assert!(problem.contains("substr"), "{problem}");
    let problem = shop.query_error(&format!("SELECT 1{}", ";".repeat(200_000) + "SELECT 2"));
    assert!(problem.contains("more than one"), "{problem}");
    let problem = shop.query_error(&format!("SELECT \"{}\" FROM nothing", "三".repeat(100_000)));
    assert!(problem.chars().count() < 2_010, "{}", problem.len());
    let problem = shop.query_error(&format!("SELECT 1 {} {}", "三".repeat(100_000), "x y"));
    assert!(problem.chars().count() < 2_010, "{}", problem.len());
}

#[test]
fn execute_waits_for_locked_database() {
    let shop = Shop::new();
    let connection = Connection::open(shop.path("shop.db")).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let started = std::time::Instant::now();
    let problem = shop.query_error("SELECT * FROM t");
    assert!(
        problem.contains("database is locked: another process holds `"),
        "{problem}"
    );
    assert!(started.elapsed().as_secs() >= 4);
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(shop.query("SELECT * FROM t").rows.len(), 3);
}
