//! The table of keys: the form of each value, and the names of the original system.

use serde_json::Value;

pub(super) use super::kinds::{Given, Kind, Refusal};
use super::words::{AlertLanguage, CgroupUse, HttpMethod, LogLevel, MetricsAccess, SmtpTls};

/// A day and a year in seconds: the longest useful grace and the longest useful timeout.
const DAY: u64 = 86_400;
const YEAR: u64 = 365 * DAY;
/// The largest size: far more than a disk holds, and it fits into every signed 64-bit column.
const PIB: u64 = 1 << 50;
/// The largest body of a request that can be allowed.
const GIB: u64 = 1 << 30;

/// One key: its path, the path of the setting that it sets (its own, unless the original system
/// called the setting something else), and what it takes.
#[derive(Debug)]
pub struct Key {
    /// The sections and the name, with dots between.
    pub path: &'static str,
    /// The path of the setting that the key sets.
    pub sets: &'static str,
    /// The form of its value.
    pub kind: Kind,
}

impl Key {
    /// Whether the key is a section in which the operator chooses the names.
    pub(super) fn takes_names(&self) -> bool {
        matches!(self.kind, Kind::Databases)
    }

    /// Whether a value must be hidden from other accounts of the system.
    pub(super) fn holds_secret(&self, value: &Value) -> bool {
        match self.kind {
            Kind::Secret => value != "",
            Kind::Databases => value.as_object().is_some_and(|named| {
                named
                    .values()
                    .any(|place| place.as_str().is_some_and(|place| place.contains('@')))
            }),
            _ => false,
        }
    }
}

const fn key(path: &'static str, kind: Kind) -> Key {
    Key {
        path,
        sets: path,
        kind,
    }
}

const fn original(path: &'static str, sets: &'static str, kind: Kind) -> Key {
    Key { path, sets, kind }
}

/// All keys of the configuration.
pub static KEYS: &[Key] = &[
    key("app.name", Kind::Word),
    key("app.version", Kind::Text),
    key("database.type", Kind::Database),
    key("database.path", Kind::Path),
    original("database.sqlite.path", "database.path", Kind::Path),
    key("database.sqlite.tableprefix", Kind::Text),
    key("database.sqlite.maxopenconns", Kind::Number(0, 100_000)),
    key("database.sqlite.maxidleconns", Kind::Number(0, 100_000)),
    key("database.sqlite.connmaxlifetime", Kind::Time(0, YEAR)),
    key("database.mysql.host", Kind::Word),
    key("database.mysql.port", Kind::Number(1, 65_535)),
    key("database.mysql.username", Kind::Text),
    key("database.mysql.password", Kind::Secret),
    key("database.mysql.dbname", Kind::Text),
    key("database.mysql.charset", Kind::Word),
    key("database.mysql.tableprefix", Kind::Text),
    key("database.mysql.maxopenconns", Kind::Number(0, 100_000)),
    key("database.mysql.maxidleconns", Kind::Number(0, 100_000)),
    key("database.mysql.connmaxlifetime", Kind::Time(0, YEAR)),
    key("logs.enabled", Kind::Switch),
    original("logs.zaplogswitch", "logs.enabled", Kind::Switch),
    key("logs.level", Kind::OneOf(LogLevel::WORDS)),
    original("logs.zap_log_levels", "logs.level", Kind::Levels),
    key("logs.keep_days", Kind::Number(0, 36_500)),
    original("logs.zaplogdays", "logs.keep_days", Kind::Number(0, 36_500)),
    key("logs.dir", Kind::Path),
    key("logs.gin_log_methods", Kind::SomeOf(HttpMethod::WORDS)),
    key("server.enabled", Kind::Switch),
    key("server.address", Kind::Address),
    key("server.port", Kind::Number(0, 65_535)),
    key("server.tls.cert", Kind::File),
    key("server.tls.key", Kind::File),
    key("server.names", Kind::Hosts),
    key("server.compatible", Kind::Switch),
    key("server.page", Kind::Switch),
    key("server.cors_origins", Kind::Origins),
    key("server.trusted_proxies", Kind::Networks),
    key("server.rate_limit", Kind::Number(0, 1_000_000)),
    key("server.rate_burst", Kind::Number(1, 1_000_000)),
    key("server.max_body", Kind::Size(1024, GIB)),
    key("server.max_connections", Kind::Number(1, 100_000)),
    key(
        "server.max_connections_per_client",
        Kind::Number(1, 100_000),
    ),
    key("server.header_timeout", Kind::Time(1, DAY)),
    key("server.request_timeout", Kind::Time(1, DAY)),
    key("server.idle_timeout", Kind::Time(1, DAY)),
    key("server.login_lifetime", Kind::Time(60, YEAR)),
    key("server.session_idle", Kind::Time(1, YEAR)),
    key("server.session_max", Kind::Time(1, YEAR)),
    key("server.metrics", Kind::OneOf(MetricsAccess::WORDS)),
    key("server.watch_config", Kind::Switch),
    key("ip_control.enabled", Kind::Switch),
    key("ip_control.whitelist", Kind::Networks),
    key("ip_control.blacklist", Kind::Networks),
    key("audit.keep_days", Kind::Number(0, 36_500)),
    key("audit.max_entries", Kind::Number(0, 1_000_000_000)),
    key("service.name", Kind::Word),
    key("service.display_name", Kind::Text),
    key("service.description", Kind::Text),
    key("daemon.restart_delay", Kind::Time(0, DAY)),
    key("daemon.max_restarts", Kind::Number(0, 1_000_000)),
    key("daemon.stop_grace", Kind::Time(0, DAY)),
    key("job_log_keep_count", Kind::Number(0, 1_000_000_000)),
    key("jobs.default_allow_mode", Kind::Number(0, 3)),
    key("jobs.manual_allow_concurrent", Kind::Switch),
    key("jobs.default_timeout_seconds", Kind::Time(0, YEAR)),
    key("jobs.http_response_max_bytes", Kind::Size(0, PIB)),
    key("jobs.http_ca_file", Kind::Path),
    key("jobs.http_max_concurrent", Kind::Number(1, 1_000)),
    key("jobs.func_roots", Kind::Folders),
    key("jobs.query_max_rows", Kind::Number(1, 1_000_000)),
    key("jobs.log_summary_enabled", Kind::Switch),
    key("jobs.log_line_truncate", Kind::Number(0, 1_000_000)),
    key("jobs.history_days", Kind::Number(0, 36_500)),
    key("jobs.history_max_bytes", Kind::Size(0, PIB)),
    key("jobs.output_max_bytes", Kind::Size(1024, PIB)),
    key("jobs.max_concurrent", Kind::Number(1, 100_000)),
    key("jobs.max_concurrent_per_job", Kind::Number(0, 100_000)),
    key("jobs.kill_grace", Kind::Time(0, DAY)),
    key("jobs.shell", Kind::Word),
    key("jobs.pipefail", Kind::Switch),
    key("jobs.cgroup", Kind::OneOf(CgroupUse::WORDS)),
    key("jobs.timezone", Kind::Zone),
    key("alerts.language", Kind::OneOf(AlertLanguage::WORDS)),
    key("alerts.daemon", Kind::Text),
    key("alerts.heartbeat", Kind::Secret),
    key("alerts.page", Kind::Page),
    key("alerts.remind", Kind::Time(0, YEAR)),
    key("alerts.expires", Kind::Time(1, YEAR)),
    key("alerts.group", Kind::Time(0, DAY)),
    key("alerts.max_per_hour", Kind::Number(0, 1_000_000)),
    key("smtp.host", Kind::Text),
    key("smtp.port", Kind::Number(0, 65_535)),
    key("smtp.tls", Kind::OneOf(SmtpTls::WORDS)),
    key("smtp.username", Kind::Text),
    key("smtp.password", Kind::Secret),
    key("smtp.from", Kind::Text),
    key("sms.url", Kind::Secret),
    key("sms.method", Kind::Method),
    key("sms.headers", Kind::Secret),
    key("sms.body", Kind::Secret),
    key("sms.success", Kind::Text),
    key("webhook.secret", Kind::Secret),
    key("webhook.header", Kind::Word),
    key("databases", Kind::Databases),
];

/// The section that older files of the original system have in place of `database.mysql`.
const OLD_MYSQL: &str = "db_mysql";

/// The path in the table for a key that was written as `path`.
pub(super) fn canonical(path: &str) -> String {
    match path.strip_prefix(OLD_MYSQL) {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => format!("database.mysql{rest}"),
        _ => path.to_owned(),
    }
}

/// The key with that canonical path.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Whether keys live below that canonical path; the empty path is the whole file.
pub(super) fn is_section(path: &str) -> bool {
    !below(path).is_empty()
}

/// The names right below a section, in the order of the table.
pub(super) fn below(section: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for key in KEYS {
        let rest = match section {
            "" => Some(key.path),
            _ => key
                .path
                .strip_prefix(section)
                .and_then(|rest| rest.strip_prefix('.')),
        };
        let name = rest.and_then(|rest| rest.split('.').next());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}
