//! The table of keys: what each one takes, and what the original system called it.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::units::{Bytes, Seconds};

/// A day and a year in seconds: the longest that a grace or a timeout can sensibly be.
const DAY: u64 = 86_400;
const YEAR: u64 = 365 * DAY;
/// The largest size: far more than a disk holds, and safe in every signed 64-bit column.
const PIB: u64 = 1 << 50;

const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error"];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// A value as somebody wrote it, before anyone knows what it ought to be.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// One word or text; an environment variable is always this.
    Text(String),
    /// A list in YAML.
    List(Vec<String>),
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// Any text that is never shown.
    Secret,
    /// Any text but the empty one.
    Word,
    /// `true` or `false`.
    Switch,
    /// A whole number in a range.
    Number(u64, u64),
    /// Seconds in a range.
    Time(u64, u64),
    /// Bytes in a range.
    Size(u64, u64),
    /// The kind of database.
    Database,
    /// One severity.
    Level,
    /// Severities as the original listed them; the least severe one counts.
    Levels,
    /// HTTP methods.
    Methods,
    /// Addresses and networks.
    Networks,
    /// A time zone or nothing.
    Zone,
}

/// One key: its path, the path of the setting that it sets (its own, unless the original system
/// called the setting something else), and what it takes.
#[derive(Debug)]
pub(super) struct Key {
    pub path: &'static str,
    pub sets: &'static str,
    pub kind: Kind,
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

pub(super) static KEYS: &[Key] = &[
    key("app.name", Kind::Word),
    key("app.version", Kind::Text),
    key("database.type", Kind::Database),
    key("database.path", Kind::Text),
    original("database.sqlite.path", "database.path", Kind::Text),
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
    key("logs.level", Kind::Level),
    original("logs.zap_log_levels", "logs.level", Kind::Levels),
    key("logs.keep_days", Kind::Number(0, 36_500)),
    original("logs.zaplogdays", "logs.keep_days", Kind::Number(0, 36_500)),
    key("logs.dir", Kind::Text),
    key("logs.gin_log_methods", Kind::Methods),
    key("server.port", Kind::Number(0, 65_535)),
    key("ip_control.enabled", Kind::Switch),
    key("ip_control.whitelist", Kind::Networks),
    key("ip_control.blacklist", Kind::Networks),
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
    key("jobs.log_summary_enabled", Kind::Switch),
    key("jobs.log_line_truncate", Kind::Number(0, 1_000_000)),
    key("jobs.history_days", Kind::Number(0, 36_500)),
    key("jobs.history_max_bytes", Kind::Size(0, PIB)),
    key("jobs.output_max_bytes", Kind::Size(1024, PIB)),
    key("jobs.max_concurrent", Kind::Number(1, 100_000)),
    key("jobs.kill_grace", Kind::Time(0, DAY)),
    key("jobs.shell", Kind::Word),
    key("jobs.timezone", Kind::Zone),
];

/// The section that older files of the original system have in place of `database.mysql`.
const OLD_MYSQL: &str = "db_mysql";

/// The dotted path by which the table knows what was written as `path`.
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

/// The candidate that was probably meant: the one with the fewest typing errors, if they are few.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (typing_errors(word, candidate), candidate))
        .filter(|(errors, _)| *errors <= allowed)
        .min_by_key(|(errors, _)| *errors)
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance: letters put in, left out or mistaken; case does not count.
fn typing_errors(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let best = (diagonal + usize::from(x != *y)).min(row[j].min(row[j + 1]) + 1);
            diagonal = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}

impl Kind {
    /// The value in the form that the sections deserialise, or what is wrong with it.
    pub(super) fn read(self, given: &Given) -> Result<Value, String> {
        match self {
            Kind::Levels | Kind::Methods | Kind::Networks => self.read_list(&members(given)),
            _ => match given {
                Given::Text(text) => self.read_text(text),
                Given::List(_) => Err("a list is given where one value is wanted".into()),
            },
        }
    }

    /// What would do, as a phrase that follows `allowed:`.
    pub(super) fn allowed(self) -> String {
        match self {
            Kind::Text | Kind::Secret => "text".into(),
            Kind::Word => "text that is not empty".into(),
            Kind::Switch => "`true` or `false`".into(),
            Kind::Number(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Time(least, most) => format!(
                "whole seconds or a text such as `90s` or `1h30m`, from {} to {}",
                Seconds(least),
                Seconds(most)
            ),
            Kind::Size(least, most) => format!(
                "bytes or a text such as `64KiB`, `10MiB` or `2GiB`, from {} to {}",
                Bytes(least),
                Bytes(most)
            ),
            Kind::Database => "`sqlite`, the only database of this version".into(),
            Kind::Level => one_of(LEVELS),
            Kind::Levels => format!("a list of {}", one_of(LEVELS)),
            Kind::Methods => format!("a list of {}", one_of(METHODS)),
            Kind::Networks => {
                "a list of addresses or networks such as `10.0.0.7`, `10.0.0.0/8` or `::1`".into()
            }
            Kind::Zone => {
                "a time zone such as `Asia/Shanghai` or `UTC`, or empty for the system's".into()
            }
        }
    }

    fn read_text(self, text: &str) -> Result<Value, String> {
        let word = text.trim();
        match self {
            Kind::Text | Kind::Secret => Ok(json!(text)),
            Kind::Word if word.is_empty() => Err("it is empty".into()),
            Kind::Word => Ok(json!(text)),
            Kind::Switch => match word.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Ok(json!(true)),
                "false" | "no" | "off" | "0" => Ok(json!(false)),
                _ => Err(format!("`{word}` is neither true nor false")),
            },
            Kind::Number(least, most) => {
                let number = whole_number(word)?;
                in_range(number, least, most, word).map(|number| json!(number))
            }
            Kind::Time(least, most) => {
                let Seconds(time) = Seconds::parse(word)
                    .ok_or_else(|| not_a(word, "a duration of whole seconds"))?;
                in_range(time, least, most, word).map(|time| json!(time))
            }
            Kind::Size(least, most) => {
                let Bytes(size) = Bytes::parse(word).ok_or_else(|| not_a(word, "a size"))?;
                in_range(size, least, most, word).map(|size| json!(size))
            }
            Kind::Database => match word.to_ascii_lowercase().as_str() {
                "sqlite" => Ok(json!("sqlite")),
                "mysql" => Err("`mysql` is not available: only sqlite in this version".into()),
                _ => Err(format!("`{word}` is no known database")),
            },
            Kind::Level => member_of(LEVELS, word).map(|level| json!(level)),
            Kind::Zone if word.is_empty() || jiff::tz::db().get(word).is_ok() => Ok(json!(word)),
            Kind::Zone => Err(format!("`{word}` is no known time zone")),
            Kind::Levels | Kind::Methods | Kind::Networks => self.read_list(&[text.to_owned()]),
        }
    }

    fn read_list(self, members: &[String]) -> Result<Value, String> {
        match self {
            Kind::Levels => {
                let mut ranks = Vec::new();
                for word in members {
                    let level = member_of(LEVELS, word)?;
                    ranks.extend(LEVELS.iter().position(|known| *known == level));
                }
                let lowest = ranks.iter().min().ok_or("the list is empty")?;
                Ok(json!(LEVELS[*lowest]))
            }
            Kind::Methods => members
                .iter()
                .map(|word| member_of(METHODS, word).map(|method| json!(method)))
                .collect(),
            _ => members
                .iter()
                .map(|word| {
                    is_network(word)
                        .then(|| json!(word))
                        .ok_or_else(|| not_a(word, "an address or network"))
                })
                .collect(),
        }
    }
}

/// The members of a list; a text is a list with commas, as the environment needs it.
fn members(given: &Given) -> Vec<String> {
    match given {
        Given::List(list) => list.iter().map(|word| word.trim().to_owned()).collect(),
        Given::Text(text) => text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

fn whole_number(word: &str) -> Result<u64, String> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_a(word, "a whole number"));
    }
    word.parse()
        .map_err(|_| format!("`{word}` is out of range"))
}

fn in_range(number: u64, least: u64, most: u64, word: &str) -> Result<u64, String> {
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("`{word}` is out of range"))
    }
}

fn member_of(known: &[&'static str], word: &str) -> Result<&'static str, String> {
    known
        .iter()
        .find(|name| name.eq_ignore_ascii_case(word))
        .copied()
        .ok_or_else(|| format!("`{word}` is unknown"))
}

/// `10.0.0.7`, `::1`, or either with `/bits`.
fn is_network(word: &str) -> bool {
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (word, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| {
        bits.bytes().all(|byte| byte.is_ascii_digit())
            && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
    })
}

fn not_a(word: &str, wanted: &str) -> String {
    format!("`{word}` is not {wanted}")
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
