//! Statements that pass as reading, and statements that do not.

use super::*;

#[test]
fn query_accepts_reading_statements() {
    let shop = Shop::new();
    for sql in [
        "SELECT * FROM v",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "VALUES (1), (2)",
        "EXPLAIN QUERY PLAN SELECT * FROM t",
        "PRAGMA table_info(t)",
        "PRAGMA user_version",
        "PRAGMA integrity_check",
        "SELECT name FROM pragma_table_info('t')",
        "SELECT name FROM sqlite_schema",
        "SELECT value FROM json_each('[1,2]')",
        "SELECT w FROM words WHERE words MATCH 'hello'",
        "SELECT w FROM old_words WHERE old_words MATCH 'hello'",
        "SELECT id FROM boxes WHERE x0 < 5",
        "SELECT count(*) OVER () FROM t",
        "/* a */ SELECT 1 /* b */ ; ; -- c",
    ] {
        assert!(!shop.query(sql).rows.is_empty(), "{sql}");
    }
}

#[test]
fn query_refuses_every_write() {
    let shop = Shop::new();
    let before = shop.content();
    let elsewhere = shop.path("else.db");
    let elsewhere = elsewhere.display();
    let attempts = [
        ("INSERT INTO t VALUES (4, 'x')", "insert into `t`"),
        ("REPLACE INTO t VALUES (1, 'x')", "insert into `t`"),
        (
            "INSERT INTO t VALUES (4, 'x') RETURNING a",
            "insert into `t`",
        ),
        ("UPDATE t SET b = 'x'", "update `t`"),
        ("DELETE FROM t", "delete from `t`"),
        ("/* SELECT */ DELETE FROM t", "delete from `t`"),
        (
            "WITH x AS (SELECT 1 AS a) DELETE FROM t WHERE a IN (SELECT a FROM x) RETURNING a",
            "delete from `t`",
        ),
        (
            "WITH x AS (SELECT 9 AS a) INSERT INTO t SELECT a, 'x' FROM x",
            "insert into `t`",
        ),
        ("EXPLAIN DELETE FROM t", "delete from `t`"),
        ("SELECT 1; DELETE FROM t", "delete from `t`"),
        ("SELECT 1;;/* */; SELECT 2", "more than one statement"),
        ("; DELETE FROM t", "delete from `t`"),
        ("INSERT INTO words VALUES ('x')", "only reads"),
        ("INSERT INTO words(words) VALUES ('rebuild')", "only reads"),
        ("INSERT INTO boxes VALUES (2, 0, 1)", "only reads"),
        ("DELETE FROM boxes_node", "may not be modified"),
        ("UPDATE boxes_rowid SET nodeno = 7", "may not be modified"),
        ("CREATE TABLE u (a)", "only reads"),
        ("CREATE TEMP TABLE u (a)", "only reads"),
        ("CREATE TEMP VIEW u AS SELECT 1", "only reads"),
        (
            "CREATE TEMP TRIGGER u AFTER INSERT ON t BEGIN SELECT 1; END",
            "only reads",
        ),
        ("CREATE TABLE temp.u AS SELECT * FROM t", "only reads"),
        ("CREATE VIRTUAL TABLE u USING fts5(w)", "only reads"),
        ("DROP TABLE t", "only reads"),
        ("ALTER TABLE t RENAME TO u", "alter `t`"),
        ("CREATE INDEX i ON t (b)", "only reads"),
        ("REINDEX", "rebuild an index"),
        ("ANALYZE", "only reads"),
        ("VACUUM", "only reads, and this would write"),
        (&format!("VACUUM INTO '{elsewhere}'"), "this would write"),
        (&format!("ATTACH '{elsewhere}' AS e"), "else.db"),
        (
            &format!("ATTACH 'file:{elsewhere}?mode=rwc' AS e"),
            "else.db",
        ),
        ("DETACH main", "close `main`"),
        ("BEGIN", "a transaction"),
        ("BEGIN IMMEDIATE", "a transaction"),
        ("COMMIT", "a transaction"),
        ("SAVEPOINT s", "a transaction"),
        ("PRAGMA journal_mode=DELETE", "`journal_mode`"),
        ("PRAGMA journal_mode=WAL", "`journal_mode`"),
        ("PRAGMA journal_mode('WAL')", "`journal_mode`"),
        ("PRAGMA user_version=1", "`user_version`"),
        ("PRAGMA application_id=1", "`application_id`"),
        ("PRAGMA query_only=0", "`query_only`"),
        ("PRAGMA writable_schema=1", "`writable_schema`"),
        (
            "PRAGMA temp_store_directory='/tmp'",
            "`temp_store_directory`",
        ),
        ("PRAGMA wal_checkpoint", "`wal_checkpoint`"),
        ("PRAGMA incremental_vacuum", "`incremental_vacuum`"),
        ("PRAGMA optimize", "`optimize`"),
        ("PRAGMA shrink_memory", "`shrink_memory`"),
        ("SELECT * FROM pragma_user_version(5)", ""),
        ("SELECT load_extension('/tmp/x.so')", "`load_extension`"),
        ("SELECT fts3_tokenizer('simple')", "`fts3_tokenizer`"),
        ("SELECT writefile('/tmp/x', 'x')", "no such function"),
        ("SELECT readfile('/etc/passwd')", "no such function"),
        ("SELECT edit('x')", "no such function"),
        ("", "no SQL"),
        (" \n", "no SQL"),
        ("-- nothing", "no statement"),
        (";", "no statement"),
        ("SELECT 1 \0; DELETE FROM t", "NUL"),
        ("SELEC 1", "syntax error"),
        ("SELECT bad", "no such column: bad"),
    ];
    for (sql, why) in attempts {
        let problem = shop.query_error(sql);
        assert!(problem.starts_with("database `shop`: "), "{sql}: {problem}");
        assert!(problem.contains(why), "{sql}: {problem}");
        assert!(before == shop.content(), "{sql} has written");
    }
}

#[test]
fn query_without_authorizer_refuses_writes() {
    // Each of the other locks by itself, on a statement that passes the one before it.
    let shop = Shop::new();
    let connection = Connection::open(shop.path("shop.db")).unwrap();
    connection.pragma_update(None, "query_only", true).unwrap();
    assert!(connection.execute("DELETE FROM t", []).is_err());
    let read_only = Connection::open_with_flags(
        shop.path("shop.db"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    )
    .unwrap();
    assert!(read_only.execute("DELETE FROM t", []).is_err());
    assert!(
        !read_only
            .prepare("DELETE FROM boxes_node")
            .unwrap()
            .readonly()
    );
}
