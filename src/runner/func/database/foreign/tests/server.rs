//! A real MariaDB server, started in a folder of its own, where one is installed.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ::mysql::prelude::Queryable;
use ::mysql::{Conn, OptsBuilder};

use std::path::{Path, PathBuf};

use super::super::Foreign;
use jobs_config::Secret;

/// The password of the account; no error may say it.
const PASSWORD: &str = "ge/h@eim?#:%";

/// Statements that make the databases of the server, with every kind of table and every kind of routine.
const SHOP: &[&str] = &[
    "CREATE DATABASE shop CHARACTER SET utf8mb4",
    "USE shop",
    "CREATE TABLE inno (a INT PRIMARY KEY, b VARCHAR(20)) ENGINE=InnoDB",
    "CREATE TABLE isam (a INT PRIMARY KEY, b VARCHAR(20)) ENGINE=MyISAM",
    "CREATE TABLE aria (a INT PRIMARY KEY, b VARCHAR(20)) ENGINE=Aria TRANSACTIONAL=0",
    "CREATE TABLE memo (a INT PRIMARY KEY, b VARCHAR(20)) ENGINE=MEMORY",
    "INSERT INTO inno VALUES (1, 'one'), (2, NULL), (3, '三😀')",
    "INSERT INTO isam VALUES (1, 'one')",
    "INSERT INTO aria VALUES (1, 'one')",
    "INSERT INTO memo VALUES (1, 'one')",
    "CREATE SEQUENCE numbers",
    "CREATE PROCEDURE adds() INSERT INTO inno VALUES (9, 'p')",
    "CREATE PROCEDURE looks() SELECT * FROM inno",
    "CREATE FUNCTION adds_inno() RETURNS INT BEGIN INSERT INTO inno VALUES (9, 'f'); RETURN 1; END",
    "CREATE FUNCTION adds_isam() RETURNS INT BEGIN INSERT INTO isam VALUES (9, 'f'); RETURN 1; END",
    "CREATE FUNCTION adds_aria() RETURNS INT BEGIN INSERT INTO aria VALUES (9, 'f'); RETURN 1; END",
    "CREATE FUNCTION adds_memo() RETURNS INT BEGIN DELETE FROM memo; RETURN 1; END",
    "CREATE FUNCTION calls() RETURNS INT BEGIN CALL adds(); RETURN 1; END",
    "CREATE FUNCTION counts() RETURNS INT BEGIN RETURN NEXTVAL(numbers); END",
    "CREATE FUNCTION fills() RETURNS INT BEGIN CREATE TEMPORARY TABLE tmp (a INT); INSERT INTO tmp VALUES (1); RETURN (SELECT count(*) FROM tmp); END",
    "CREATE SQL SECURITY DEFINER VIEW through AS SELECT adds_inno() AS a",
    "CREATE TABLE kinds (i BIGINT UNSIGNED, d DECIMAL(10,3), f DOUBLE, g FLOAT, t DATETIME(3), y DATE, m TIME, bits BIT(9), \
     bin VARBINARY(20), blb BLOB, txt TEXT, e ENUM('a','b'), j JSON, p POINT)",
    "INSERT INTO kinds VALUES (18446744073709551615, -1.5, 1e100, 0.1, '2026-01-02 03:04:05.678', '2026-01-02', '-26:00:01', b'100000001', \
     x'00ff', 'blob', 'tab\\there', 'b', '{\"k\": 1}', POINT(1, 2))",
    "INSERT INTO kinds (txt) VALUES (NULL)",
    "CREATE TABLE large (l LONGBLOB)",
];

pub(super) struct Maria {
    server: Child,
    pub(super) folder: tempfile::TempDir,
    pub(super) port: u16,
}

impl Drop for Maria {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Maria {
    /// None where there is no server to start; with `JOBS_TEST_ALL` set that is a failure.
    pub(super) fn start() -> Option<Maria> {
        let programs = ["mariadbd", "mariadb-install-db", "openssl"].map(installed);
        let [Some(program), Some(installer), Some(_)] = programs else {
            assert!(
                std::env::var_os("JOBS_TEST_ALL").is_none(),
                "mariadbd or openssl is not installed"
            );
            eprintln!("left out: mariadbd or openssl is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("out")).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let command = |program: &Path| {
            let mut command = Command::new(program);
            command
                .arg("--no-defaults")
                .arg(format!(
                    "--datadir={}",
                    folder.path().join("data").display()
                ))
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log.try_clone().unwrap());
            if rustix::process::geteuid().is_root() {
                // The server does not start as root by accident.
                command.arg("--user=root");
            }
            command
        };
        let installed = command(&installer)
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .status()
            .unwrap();
        assert!(installed.success(), "{}", log_in(folder.path()));
        let port = free_port();
        certify(folder.path());
        let server = command(&program)
            .args([
                "--skip-log-bin",
                "--innodb-buffer-pool-size=16M",
                "--max-allowed-packet=256M",
            ])
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve"])
            .arg(format!("--port={port}"))
            .arg(format!(
                "--ssl-cert={}",
                folder.path().join("cert.pem").display()
            ))
            .arg(format!(
                "--ssl-key={}",
                folder.path().join("key.pem").display()
            ))
            .arg(format!("--socket={}", folder.path().join("s").display()))
            .arg(format!(
                "--pid-file={}",
                folder.path().join("pid").display()
            ))
            .arg(format!(
                "--secure-file-priv={}",
                folder.path().join("out").display()
            ))
            .spawn()
            .unwrap();
        let maria = Maria {
            server,
            folder,
            port,
        };
        maria.set_up();
        Some(maria)
    }

    fn set_up(&self) {
        let mut root = self.root();
        for sql in SHOP {
            root.query_drop(sql)
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        // All rights: nothing of what follows is owed to the lack of one.
        root.query_drop("CREATE USER tester").unwrap();
        root.query_drop(format!("SET PASSWORD FOR tester = PASSWORD('{PASSWORD}')"))
            .unwrap();
        root.query_drop("GRANT ALL ON *.* TO tester").unwrap();
    }

    /// As root, without us.
    pub(super) fn root(&self) -> Conn {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let socket = self.folder.path().join("s");
            let options = OptsBuilder::new()
                .socket(Some(socket.to_string_lossy()))
                .user(Some("root"));
            match Conn::new(options) {
                Ok(connection) => return connection,
                Err(error) => assert!(
                    Instant::now() < deadline,
                    "{error}\n{}",
                    log_in(self.folder.path())
                ),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    pub(super) fn at(&self, place: &str) -> Foreign {
        let password = PASSWORD.replace('%', "%25");
        let url = format!("mysql://tester:{password}@{place}");
        let named = [("m".to_string(), Secret::new(url))];
        Foreign::new(Path::new("/none"), Path::new("/"), named)
    }

    pub(super) fn foreign(&self) -> Foreign {
        self.at(&format!("127.0.0.1:{}/shop", self.port))
    }

    /// Whatever could have been changed.
    pub(super) fn content(&self) -> String {
        let mut root = self.root();
        root.query_drop("USE shop").unwrap();
        let mut content = String::new();
        for sql in [
            "SELECT * FROM inno",
            "SELECT * FROM isam",
            "SELECT * FROM aria",
            "SELECT * FROM memo",
            "SELECT next_not_cached_value FROM numbers",
            "SELECT table_schema, table_name FROM information_schema.tables",
            "SELECT @@global.max_connections, @@global.general_log, @@global.read_only",
            "SELECT user, host FROM mysql.user",
        ] {
            let rows: Vec<::mysql::Row> = root.query(sql).unwrap();
            content += &format!("{rows:?}\n");
        }
        for (path, _) in super::content(&self.folder.path().join("out")) {
            content += &path.to_string_lossy();
        }
        content
    }
}

/// A certificate for 127.0.0.1 that nobody but itself vouches for.
fn certify(folder: &Path) {
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
        ])
        .args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=CA:FALSE",
        ])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

fn log_in(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

pub(super) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/usr/local/sbin"])
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.is_file())
}
