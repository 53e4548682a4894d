//! Changes that MariaDB must not make for a query.

use ::mysql::prelude::Queryable;

use super::server::Maria;
use super::*;

pub(super) fn cannot_write(maria: &Maria) {
    let foreign = maria.foreign();
    let out = maria.folder.path().join("out/x");
    let out = out.display();
    let before = maria.content();
    // By the server: a transaction that only reads.
    let by_server = [
        "SELECT adds_inno()",
        "SELECT adds_isam()",
        "SELECT adds_aria()",
        "SELECT adds_memo()",
        "SELECT calls()",
        "SELECT counts()",
        "SELECT NEXTVAL(numbers)",
        "SELECT NEXT VALUE FOR numbers",
        "SELECT SETVAL(numbers, 100)",
        "SELECT * FROM through",
        "SELECT * FROM inno WHERE adds_isam() = 1",
        "WITH x AS (SELECT adds_inno() AS a) SELECT * FROM x",
        "SHOW TABLES WHERE adds_isam() = 1",
        "VALUES (adds_inno())",
        "EXPLAIN UPDATE inno SET a = 1",
        "SELECT fills()",
        "SELECT * FROM inno FOR UPDATE",
    ];
    for sql in by_server {
        let problem = foreign
            .query(Some("m"), sql, 10)
            .expect_err(sql)
            .to_string();
        assert!(
            problem.contains("READ ONLY transaction"),
            "{sql}: {problem}"
        );
        assert!(problem.contains("`query` only reads"), "{sql}: {problem}");
    }
    // By us: what such a transaction does not hinder, and the rest in plainer words.
    let by_us = [
        "INSERT INTO isam VALUES (2, 'x')".to_string(),
        "REPLACE INTO aria VALUES (1, 'x')".into(),
        "DELETE FROM memo RETURNING a".into(),
        "UPDATE inno SET b = 'x'".into(),
        "WITH x AS (SELECT 1 AS a) DELETE FROM inno WHERE a IN (SELECT a FROM x)".into(),
        "CREATE TABLE u (a INT)".into(),
        "CREATE TEMPORARY TABLE u AS SELECT * FROM inno".into(),
        "DROP TABLE isam".into(),
        "TRUNCATE isam".into(),
        "ALTER TABLE isam ADD c INT".into(),
        "CALL adds()".into(),
        "CALL looks()".into(),
        "DO adds_isam()".into(),
        "SET GLOBAL max_connections = 17".into(),
        "SET STATEMENT max_statement_time = 1 FOR DELETE FROM isam".into(),
        "SET PASSWORD = ''".into(),
        "LOCK TABLES isam WRITE".into(),
        "FLUSH TABLES".into(),
        "ANALYZE TABLE isam".into(),
        "ANALYZE UPDATE isam SET b = 'x'".into(),
        "ANALYZE FORMAT=JSON DELETE FROM isam".into(),
        "EXPLAIN FORMAT=JSON ANALYZE DELETE FROM isam".into(),
        "OPTIMIZE TABLE isam".into(),
        "START TRANSACTION READ WRITE".into(),
        "COMMIT".into(),
        "BEGIN NOT ATOMIC DELETE FROM isam; END".into(),
        "PREPARE s FROM 'DELETE FROM isam'".into(),
        "EXECUTE IMMEDIATE 'DELETE FROM isam'".into(),
        "HANDLER isam OPEN".into(),
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE isam".into(),
        "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE isam".into(),
        "GRANT ALL ON *.* TO other".into(),
        "KILL 1".into(),
        "SHUTDOWN".into(),
        "SELECT 1; DELETE FROM isam".into(),
        "SELECT 1;;;DELETE FROM isam".into(),
        "SELECT 1 /*! ; DELETE FROM isam */".into(),
        "/*! DELETE FROM isam */".into(),
        "/*M! DELETE FROM isam */".into(),
        "SELECT 1 /*!99999 */".into(),
        format!("SELECT * FROM inno INTO OUTFILE '{out}1'"),
        format!("SELECT * INTO/**/DUMPFILE '{out}2' FROM inno LIMIT 1"),
        format!("SELECT 1.5INTO OUTFILE '{out}3'"),
        format!("SELECT 1e1INTO OUTFILE '{out}4'"),
        format!("SELECT 1.INTO OUTFILE '{out}5'"),
        format!("(SELECT 1 INTO OUTFILE '{out}6')"),
        format!("SELECT '\\\\' INTO OUTFILE '{out}7'"),
        format!("SELECT `a` FROM inno -- \n INTO OUTFILE '{out}8'"),
        format!("VALUES (1) INTO OUTFILE '{out}9'"),
        format!("WITH x AS (SELECT 1) SELECT * FROM x INTO OUTFILE '{out}10'"),
    ];
    for sql in &by_us {
        let problem = foreign
            .query(Some("m"), sql, 10)
            .expect_err(sql)
            .to_string();
        assert!(problem.starts_with("database `m`: "), "{sql}: {problem}");
    }
    // As somebody may have set the server up: quotes are read as it reads them.
    let mut root = maria.root();
    for (mode, sql) in [
        (
            "NO_BACKSLASH_ESCAPES",
            format!("SELECT '\\' INTO OUTFILE '{out}11' -- '"),
        ),
        (
            "ANSI_QUOTES",
            format!("SELECT 1 AS \"\\\" INTO OUTFILE '{out}12' -- \""),
        ),
        (
            "ORACLE",
            format!("SELECT 1 AS \"\\\" INTO OUTFILE '{out}13' -- \""),
        ),
    ] {
        root.query_drop(format!("SET GLOBAL sql_mode = '{mode}'"))
            .unwrap();
        let problem = foreign
            .query(Some("m"), &sql, 10)
            .expect_err(&sql)
            .to_string();
        assert!(problem.contains("write a file"), "{sql}: {problem}");
    }
    root.query_drop("SET GLOBAL sql_mode = DEFAULT").unwrap();
    assert_eq!(before, maria.content());
}

/// The server's lock by itself, on what the first lock keeps from it.
pub(super) fn cannot_write_in_a_transaction_that_only_reads(maria: &Maria) {
    let before = maria.content();
    let mut root = maria.root();
    root.query_drop("USE shop").unwrap();
    for sql in [
        "INSERT INTO inno VALUES (9, 'x')",
        "INSERT INTO isam VALUES (9, 'x')",
        "REPLACE INTO aria VALUES (9, 'x')",
        "DELETE FROM memo",
        "CALL adds()",
        "DO adds_isam()",
        "ANALYZE UPDATE isam SET b = 'x'",
        "TRUNCATE isam",
        "DROP TABLE aria",
        "CREATE TABLE u (a INT)",
        "ALTER TABLE isam ADD c INT",
        "LOCK TABLES isam WRITE",
    ] {
        root.query_drop("SET SESSION TRANSACTION READ ONLY")
            .unwrap();
        root.query_drop("START TRANSACTION READ ONLY").unwrap();
        root.query_drop(sql).expect_err(sql);
        root.query_drop("UNLOCK TABLES").unwrap();
        assert_eq!(before, maria.content(), "{sql}");
    }
}

/// A transaction does not keep a stored function from writing files and setting settings; the rights of the account do.
pub(super) fn stored_functions_need_a_right(maria: &Maria) {
    let out = maria.folder.path().join("out/function");
    let mut root = maria.root();
    for sql in [
        format!("CREATE FUNCTION shop.outs() RETURNS INT BEGIN SELECT 1 INTO OUTFILE '{}'; RETURN 1; END", out.display()),
        "CREATE FUNCTION shop.sets() RETURNS INT BEGIN SET GLOBAL max_connections = 77; RETURN 1; END".into(),
        "CREATE USER reader IDENTIFIED BY 'read-only'".into(),
        "GRANT SELECT ON shop.* TO reader".into(),
    ] {
        root.query_drop(sql).unwrap();
    }
    let before = maria.content();
    let url = format!("mysql://reader:read-only@127.0.0.1:{}/shop", maria.port);
    let named = [("m".to_string(), Secret::new(url))];
    let foreign = Foreign::new(Path::new("/none"), Path::new("/"), named);
    assert!(foreign.query(Some("m"), "SELECT * FROM inno", 9).is_ok());
    for sql in ["SELECT outs()", "SELECT sets()"] {
        let problem = foreign.query(Some("m"), sql, 9).expect_err(sql).to_string();
        assert!(
            problem.contains("execute command denied"),
            "{sql}: {problem}"
        );
    }
    assert_eq!(before, maria.content());
}
