//! The sections of the configuration as the rest of the program reads them, with their defaults.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::units::{Bytes, Seconds, Secret, empty_is_none};
use super::words::{CgroupUse, DatabaseKind, HttpMethod, LogLevel};
use jobs_model::{Network, Overlap};
use jobs_schedule::Zone;

/// `app`: the name of this installation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct App {
    /// The name of the installation.
    pub name: String,
    /// Accepted for files of the original system and ignored: the program knows its own version.
    pub version: String,
}

impl Default for App {
    fn default() -> Self {
        App {
            name: "jobs".into(),
            version: String::new(),
        }
    }
}

/// `database`: where jobs and their history are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The kind of database; this version has `sqlite` only.
    #[serde(rename = "type")]
    pub kind: DatabaseKind,
    /// The SQLite file as it was written, perhaps relative; none is `jobs.db` in the data folder.
    /// [`super::Paths::database`] has the absolute path.
    #[serde(with = "empty_is_none")]
    pub path: Option<PathBuf>,
    /// Settings of SQLite from the original system.
    pub sqlite: Sqlite,
    /// Settings of MySQL from the original system.
    pub mysql: Mysql,
}

impl Default for Database {
    fn default() -> Self {
        Database {
            kind: DatabaseKind::Sqlite,
            path: None,
            sqlite: Sqlite::default(),
            mysql: Mysql::default(),
        }
    }
}

/// `database.sqlite`: accepted and checked, without effect: one thread writes, over one connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sqlite {
    /// A prefix for the names of tables.
    pub tableprefix: String,
    /// The most connections that are open at once.
    pub maxopenconns: u64,
    /// The most connections that are kept while idle.
    pub maxidleconns: u64,
    /// How long a connection is used, in seconds.
    pub connmaxlifetime: Seconds,
}

impl Default for Sqlite {
    fn default() -> Self {
        Sqlite {
            tableprefix: String::new(),
            maxopenconns: 1,
            maxidleconns: 1,
            connmaxlifetime: Seconds(60),
        }
    }
}

/// `database.mysql`: accepted and checked, without effect in this version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mysql {
    /// The name or address of the server.
    pub host: String,
    /// The TCP port of the server.
    pub port: u16,
    /// The account.
    pub username: String,
    /// The password of the account.
    pub password: Secret,
    /// The name of the database.
    pub dbname: String,
    /// The character set of the connection.
    pub charset: String,
    /// A prefix for the names of tables.
    pub tableprefix: String,
    /// The most connections that are open at once; 0 is no limit.
    pub maxopenconns: u64,
    /// The most connections that are kept while idle.
    pub maxidleconns: u64,
    /// How long a connection is used, in seconds; 0 is no limit.
    pub connmaxlifetime: Seconds,
}

impl Default for Mysql {
    fn default() -> Self {
        Mysql {
            host: "127.0.0.1".into(),
            port: 3306,
            username: "root".into(),
            password: Secret::default(),
            dbname: "jobs".into(),
            charset: "utf8mb4".into(),
            tableprefix: String::new(),
            maxopenconns: 100,
            maxidleconns: 20,
            connmaxlifetime: Seconds(60),
        }
    }
}

/// `logs`: the system log, not the output of jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Logs {
    /// Whether the system log is written to files.
    pub enabled: bool,
    /// The least severe level that is written: `trace`, `debug`, `info`, `warn` or `error`.
    pub level: LogLevel,
    /// Days that log files are kept; 0 keeps all.
    pub keep_days: u64,
    /// The folder as it was written, perhaps relative; none is the usual one.
    /// [`super::Paths::logs`] has the absolute path.
    #[serde(with = "empty_is_none")]
    pub dir: Option<PathBuf>,
    /// Requests with these HTTP methods are written to the system log.
    pub gin_log_methods: Vec<HttpMethod>,
}

impl Default for Logs {
    fn default() -> Self {
        Logs {
            enabled: true,
            level: LogLevel::Info,
            keep_days: 14,
            dir: None,
            gin_log_methods: Vec::new(),
        }
    }
}

/// `ip_control`: which addresses may use the HTTP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IpControl {
    /// Whether the two lists hold; otherwise every address may use the server.
    pub enabled: bool,
    /// Addresses or networks that may use the server; this list beats the blacklist.
    pub whitelist: Vec<Network>,
    /// Addresses or networks that may not use it.
    pub blacklist: Vec<Network>,
}

impl Default for IpControl {
    fn default() -> Self {
        IpControl {
            enabled: true,
            whitelist: vec![
                IpAddr::V4(Ipv4Addr::LOCALHOST).into(),
                IpAddr::V6(Ipv6Addr::LOCALHOST).into(),
            ],
            blacklist: Vec::new(),
        }
    }
}

/// `service`: the daemon in the operating system's list of services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// The name of the service.
    pub name: String,
    /// The name in a list for people.
    pub display_name: String,
    /// A sentence about the service.
    pub description: String,
}

impl Default for Service {
    fn default() -> Self {
        Service {
            name: "jobs".into(),
            display_name: "jobs".into(),
            description: "Schedules, runs and remembers jobs".into(),
        }
    }
}

/// `daemon`: stopping, and the guard that restarts the daemon (`jobs start -d -f`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Daemon {
    /// How long the guard waits before it restarts the daemon, in seconds.
    pub restart_delay: Seconds,
    /// How often the guard restarts the daemon; 0 is no limit.
    pub max_restarts: u64,
    /// How long running executions get to end when the daemon stops, in seconds.
    pub stop_grace: Seconds,
}

impl Default for Daemon {
    fn default() -> Self {
        Daemon {
            restart_delay: Seconds(5),
            max_restarts: 10,
            stop_grace: Seconds(8),
        }
    }
}

/// `jobs`: how jobs run, and which of their output is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// The `allow_mode` of a new job that names none: what it does when it is due while it still runs.
    pub default_allow_mode: Overlap,
    /// Whether a run by hand starts while the job is running, whatever its `allow_mode`.
    pub manual_allow_concurrent: bool,
    /// The timeout of a job that names none, in seconds; 0 is none.
    pub default_timeout_seconds: Seconds,
    /// How much of the body of an HTTP response is kept, in bytes; 0 is no limit of its own.
    pub http_response_max_bytes: Bytes,
    /// A PEM file of certificates that are trusted besides those of the system.
    #[serde(with = "empty_is_none")]
    pub http_ca_file: Option<PathBuf>,
    /// How many HTTP requests of jobs are open at once.
    pub http_max_concurrent: u32,
    /// The folders to which functions that read or write files are confined; empty is no limit.
    pub func_roots: Vec<PathBuf>,
    /// How many rows of a query the function `Database` shows.
    pub query_max_rows: u64,
    /// Whether each execution leaves a line in the system log when it ends.
    pub log_summary_enabled: bool,
    /// The most characters of job output in one line of the system log; 0 is no limit.
    pub log_line_truncate: u64,
    /// Days that executions are kept; 0 is no limit.
    pub history_days: u64,
    /// The disk space for all captured output, in bytes; 0 is no limit.
    pub history_max_bytes: Bytes,
    /// How much of stdout and of stderr is kept of one execution, in bytes; of more output the middle is left out.
    pub output_max_bytes: Bytes,
    /// How many executions run at once.
    pub max_concurrent: u32,
    /// How many executions of one job run at once; 0 is a quarter of `max_concurrent`, and of few
    /// places up to 4 but not all.
    pub max_concurrent_per_job: u32,
    /// The time between SIGTERM and SIGKILL for a job that is stopped, in seconds.
    pub kill_grace: Seconds,
    /// The shell that runs `command` jobs.
    pub shell: PathBuf,
    /// Whether a shell that knows the option `pipefail` gets it: a pipe then fails when one of its programs fails.
    pub pipefail: bool,
    /// Which commands get a cgroup of their own.
    pub cgroup: CgroupUse,
    /// The zone of jobs that name none; none is the zone of the system.
    #[serde(with = "empty_is_none")]
    pub timezone: Option<Zone>,
}

impl Default for Jobs {
    fn default() -> Self {
        Jobs {
            default_allow_mode: Overlap::Parallel,
            manual_allow_concurrent: false,
            default_timeout_seconds: Seconds(30),
            http_response_max_bytes: Bytes(64 * 1024),
            http_ca_file: None,
            http_max_concurrent: 64,
            func_roots: Vec::new(),
            query_max_rows: 1000,
            log_summary_enabled: true,
            log_line_truncate: 1000,
            history_days: 90,
            history_max_bytes: Bytes(2 * 1024 * 1024 * 1024),
            output_max_bytes: Bytes(10 * 1024 * 1024),
            max_concurrent: 256,
            max_concurrent_per_job: 0,
            kill_grace: Seconds(5),
            shell: if cfg!(windows) { "cmd.exe" } else { "/bin/sh" }.into(),
            pipefail: false,
            cgroup: CgroupUse::Limits,
            timezone: None,
        }
    }
}
