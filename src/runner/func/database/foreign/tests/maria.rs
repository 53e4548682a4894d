//! Queries that a real MariaDB server answers.

use std::time::{Duration, Instant};

use ::mysql::prelude::Queryable;

use super::maria_writes::{
    cannot_write, cannot_write_in_a_transaction_that_only_reads, stored_functions_need_a_right,
};
use super::server::{Maria, free_port};
use super::*;

/// One server for all of it: to start one takes seconds.
#[test]
fn mariadb() {
    let Some(maria) = Maria::start() else {
        return;
    };
    reads(&maria);
    cannot_write(&maria);
    cannot_write_in_a_transaction_that_only_reads(&maria);
    stored_functions_need_a_right(&maria);
    executes(&maria);
    is_bounded(&maria);
    may_be_encrypted(&maria);
    errors_say_where_and_no_password(&maria);
}

fn reads(maria: &Maria) {
    let foreign = maria.foreign();
    let query = |sql: &str| {
        foreign
            .query(Some("m"), sql, 100)
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    };
    let rows = query("SELECT a, b AS `名` FROM inno ORDER BY a; -- all");
    assert_eq!(rows.columns, ["a", "名"]);
    assert_eq!(texts(&rows), [["1", "one"], ["2", "NULL"], ["3", "三😀"]]);
    assert_eq!(
        texts(&query("SELECT '三😀;', ':a', '?'")),
        [["三😀;", ":a", "?"]]
    );
    assert_eq!(
        texts(&query("SELECT * FROM kinds"))[0],
        [
            "18446744073709551615",
            "-1.500",
            "1e100",
            "0.1",
            "2026-01-02 03:04:05.678",
            "2026-01-02",
            "-26:00:01",
            "257",
            "x'00ff'",
            "x'626c6f62'",
            "tab\\there",
            "b",
            "{\"k\": 1}",
            "x'000000000101000000000000000000f03f0000000000000040'",
        ]
    );
    assert_eq!(texts(&query("SELECT * FROM kinds"))[1], ["NULL"; 14]);
    for sql in [
        "(SELECT 1) UNION (SELECT 2)",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "SHOW TABLES",
        "SHOW CREATE TABLE inno",
        "DESC inno",
        "DESCRIBE inno",
        "EXPLAIN SELECT * FROM inno",
        "VALUES (1), (2)",
        "SELECT a INTO @x FROM inno LIMIT 1",
    ] {
        query(sql);
    }
    for (most, rows, more) in [(0, 0, true), (2, 2, true), (3, 3, false), (4, 3, false)] {
        let found = foreign
            .query(Some("m"), "SELECT * FROM inno", most)
            .unwrap();
        assert_eq!((found.rows.len(), found.more), (rows, more), "{most}");
    }
}

fn executes(maria: &Maria) {
    let foreign = maria.foreign();
    maria
        .root()
        .query_drop("SET GLOBAL autocommit = 0")
        .unwrap();
    for (sql, changed) in [
        ("CREATE TABLE changed (a INT PRIMARY KEY, b VARCHAR(20))", 0),
        (
            "INSERT INTO changed VALUES (1, ';'), (2, '--'), (3, '三😀');",
            3,
        ),
        ("UPDATE changed SET b = 'x' WHERE a > 1", 2),
        ("UPDATE changed SET b = 'x' WHERE a > 99", 0),
        ("INSERT INTO changed VALUES (4, ''), (5, '') RETURNING a", 2),
        ("DELETE FROM changed WHERE a > 3 RETURNING a", 2),
        ("DELETE FROM changed WHERE a = 3", 1),
        ("CALL adds()", 1),
        ("DELETE FROM inno WHERE a = 9", 1),
        (
            "CREATE PROCEDURE many() BEGIN DELETE FROM changed; INSERT INTO changed VALUES (7, ''); END",
            0,
        ),
        ("CALL many()", 3),
        ("SELECT 1", 0),
        ("SET @x = 1", 0),
    ] {
        let found = foreign
            .execute("m", sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(found, changed, "{sql}");
    }
    maria
        .root()
        .query_drop("SET GLOBAL autocommit = 1")
        .unwrap();
    let rows = foreign
        .query(Some("m"), "SELECT a FROM changed", 10)
        .unwrap();
    assert_eq!(texts(&rows), [["7"]]);
    for (sql, why) in [
        (
            "DELETE FROM changed; DELETE FROM inno",
            "more than one statement",
        ),
        ("DELETE FROM changed WHERE", "syntax"),
        ("DELETE FROM nothing", "nothing' doesn't exist (error 1146)"),
        (
            "INSERT INTO changed VALUES (8, ''), (7, '')",
            "Duplicate entry",
        ),
        (
            "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE changed (b)",
            "are not sent to the server",
        ),
    ] {
        let problem = foreign.execute("m", sql).expect_err(sql).to_string();
        assert!(problem.contains(why), "{sql}: {problem}");
    }
    let rows = foreign
        .query(Some("m"), "SELECT a FROM changed", 10)
        .unwrap();
    assert_eq!(texts(&rows), [["7"]]);
}

fn is_bounded(maria: &Maria) {
    let foreign = maria.foreign();
    let started = Instant::now();
    let rows = foreign
        .query(Some("m"), "SELECT seq, REPEAT('x', 1000) FROM shop.large RIGHT JOIN (WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < 900) SELECT a.seq FROM n a, n b, n c) s ON 1 = 1", 5)
        .unwrap();
    assert!(rows.more && rows.rows.len() == 5);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "all of it was read"
    );
    maria
        .root()
        .query_drop("INSERT INTO shop.large VALUES (REPEAT('x', 100000000))")
        .unwrap();
    let error = foreign
        .query(Some("m"), "SELECT * FROM large", 5)
        .unwrap_err()
        .to_string();
    assert!(error.contains("a row of more than 64 MiB"), "{error}");
    let rows = foreign
        .query(
            Some("m"),
            "SELECT LENGTH(l), LEFT(l, 2000000) FROM large",
            5,
        )
        .unwrap();
    assert_eq!(texts(&rows)[0][0], "100000000");
    assert!(texts(&rows)[0][1].len() < 200);
}

fn may_be_encrypted(maria: &Maria) {
    let port = maria.port;
    let ca = maria.folder.path().join("cert.pem");
    let ca = ca.display();
    let cipher = |options: &str| {
        let foreign = maria.at(&format!("127.0.0.1:{port}/{options}"));
        foreign
            .query(Some("m"), "SHOW STATUS LIKE 'Ssl_cipher'", 1)
            .map(|rows| texts(&rows)[0][1].to_string())
            .map_err(|error| error.to_string())
    };
    assert_eq!(cipher("").as_deref(), Ok(""));
    assert_eq!(cipher("?tls=off").as_deref(), Ok(""));
    assert!(cipher("?tls=unverified").unwrap().starts_with("TLS_"));
    assert!(
        cipher(&format!("?tls=on&ca={ca}"))
            .unwrap()
            .starts_with("TLS_")
    );
    let error = cipher("?tls=on").unwrap_err();
    assert!(error.contains("invalid peer certificate"), "{error}");
    let error = cipher("?tls=on&ca=/none.pem").unwrap_err();
    assert!(error.contains("`/none.pem`: No such file"), "{error}");
}

fn errors_say_where_and_no_password(maria: &Maria) {
    let socket = maria.folder.path().join("s");
    let port = maria.port;
    let rows = maria
        .at(&format!("/shop?socket={}", socket.display()))
        .query(Some("m"), "SELECT 1", 1)
        .unwrap();
    assert_eq!(texts(&rows), [["1"]]);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    let free = free_port();
    for (place, why) in [
        (
            format!("127.0.0.1:{free}/shop"),
            format!("cannot connect to 127.0.0.1:{free}: "),
        ),
        (
            format!("{silent}/shop"),
            format!("cannot connect to {silent}: "),
        ),
        (
            format!("no-such-host.invalid:{port}/shop"),
            format!("cannot connect to no-such-host.invalid:{port}: "),
        ),
        (
            format!("127.0.0.1:{port}/nothing"),
            "Unknown database 'nothing'".into(),
        ),
        (
            "/shop?socket=/none".into(),
            "cannot connect to `/none`: ".into(),
        ),
    ] {
        let error = maria
            .at(&place)
            .query(Some("m"), "SELECT 1", 1)
            .expect_err(&place)
            .to_string();
        assert!(error.starts_with("database `m`: "), "{place}: {error}");
        assert!(error.contains(&why), "{place}: {error}");
        assert!(!error.contains("heim"), "{place}: {error}");
    }
    let named = [(
        "m".to_string(),
        Secret::new(format!("mysql://tester:geheim2@127.0.0.1:{port}/shop")),
    )];
    let wrong = Foreign::new(Path::new("/none"), Path::new("/"), named);
    let error = wrong
        .query(Some("m"), "SELECT 1", 1)
        .unwrap_err()
        .to_string();
    assert!(error.contains("Access denied for user 'tester'"), "{error}");
    assert!(!error.contains("geheim2"), "{error}");
}
