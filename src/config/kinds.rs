//! The forms of values: how each is read, and how it is described in an error.

use std::net::IpAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::units::{Bytes, Seconds};
use super::web::{host, origin, page};
use super::words::{DatabaseKind, LogLevel};
use jobs_model::{Network, NetworkError};
use jobs_schedule::Zone;
use jobs_text::listed;

/// Upper bound on a list of folders.
const FOLDERS_MAX: usize = 200;

/// A value as it was written, before its key says how to read it.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// A single text; the value of an environment variable is always this.
    Text(String),
    /// A list in YAML.
    List(Vec<String>),
    /// Names with a value each.
    Named(Vec<(String, String)>),
}

/// Why a key does not take a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The value and what is wrong with it.
    pub(super) problem: String,
    /// The value that was probably meant; when absent, the message lists the accepted values instead.
    pub(super) hint: Option<String>,
}

impl From<String> for Refusal {
    fn from(problem: String) -> Refusal {
        Refusal {
            problem,
            hint: None,
        }
    }
}

impl From<&str> for Refusal {
    fn from(problem: &str) -> Refusal {
        problem.to_owned().into()
    }
}

impl Refusal {
    /// The hint of the message, for a key of that kind.
    pub(super) fn hint(self, kind: Kind) -> String {
        self.hint
            .unwrap_or_else(|| format!("allowed: {}", kind.allowed()))
    }
}

/// The form of the values that a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// Any text; it is never shown.
    Secret,
    /// Any text but the empty one.
    Word,
    /// `true` or `false`.
    Switch,
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// A duration from the first to the second, in seconds.
    Time(u64, u64),
    /// A size from the first to the second, in bytes.
    Size(u64, u64),
    /// The kind of database.
    Database,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list of some of these words.
    SomeOf(&'static [&'static str]),
    /// A list of log levels, as the original system had it; the least severe one counts.
    Levels,
    /// A list of addresses and networks.
    Networks,
    /// The address of this machine on which something listens.
    Address,
    /// A list of the origins of web pages.
    Origins,
    /// The address of a web page, or nothing.
    Page,
    /// A list of host names.
    Hosts,
    /// A path, relative or absolute, or nothing.
    Path,
    /// The absolute path of a file, or nothing.
    File,
    /// A list of absolute paths.
    Folders,
    /// A time zone, or nothing.
    Zone,
    /// Any HTTP method.
    Method,
    /// Databases by name.
    Databases,
}

impl Kind {
    /// The value in the form that the sections deserialise.
    pub(super) fn read(self, given: &Given) -> Result<Value, Refusal> {
        match self {
            Kind::Text | Kind::Secret => one(given).map(|text| json!(text)),
            Kind::Word => match one(given)? {
                text if text.trim().is_empty() => Err("it is empty".into()),
                text => Ok(json!(text)),
            },
            Kind::Switch => switch(word(given)?),
            Kind::Number(least, most) => {
                let word = word(given)?;
                in_range(whole_number(word)?, least, most, word)
            }
            Kind::Time(least, most) => {
                let word = word(given)?;
                let Seconds(time) = Seconds::parse(word)
                    .ok_or_else(|| not_a(word, "a duration of whole seconds"))?;
                in_range(time, least, most, word)
            }
            Kind::Size(least, most) => {
                let word = word(given)?;
                let Bytes(size) = Bytes::parse(word).ok_or_else(|| not_a(word, "a size"))?;
                in_range(size, least, most, word)
            }
            Kind::Database => database(word(given)?),
            Kind::OneOf(words) => member_of(words, word(given)?),
            Kind::SomeOf(words) => each(given, |word| member_of(words, word)),
            Kind::Levels => least_severe(&members(given)),
            Kind::Networks => each(given, network),
            Kind::Address => {
                let word = word(given)?;
                let address = word.parse::<IpAddr>();
                address
                    .map(|address| json!(address))
                    .map_err(|_| not_a(word, "an IP address"))
            }
            Kind::Origins => each(given, origin),
            Kind::Page => match word(given)? {
                "" => Ok(json!("")),
                word => page(word),
            },
            Kind::Hosts => each(given, host),
            Kind::Path => path(one(given)?),
            Kind::File => match word(given)? {
                "" => Ok(json!("")),
                word => absolute(word),
            },
            Kind::Folders => match members(given).len() {
                number if number > FOLDERS_MAX => {
                    Err(format!("these are {number}, the daemon holds each of them open").into())
                }
                _ => each(given, absolute),
            },
            Kind::Zone => match word(given)? {
                "" => Ok(json!("")),
                word => zone(word),
            },
            Kind::Method => method(word(given)?),
            Kind::Databases => databases(given),
        }
    }

    /// The values that are accepted, as a phrase that follows `allowed:`.
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
            Kind::OneOf(words) => listed(words),
            Kind::SomeOf(words) => format!("a list of {}", listed(words)),
            Kind::Levels => format!("a list of {}", listed(LogLevel::WORDS)),
            Kind::Networks => {
                "a list of addresses or networks such as `10.0.0.7`, `10.0.0.0/8` or `::1`".into()
            }
            Kind::Address => {
                "an IP address of this machine such as `127.0.0.1`, or `0.0.0.0` or `::` for all of them".into()
            }
            Kind::Origins => {
                "a list of origins such as `https://example.com` or `http://localhost:8080`".into()
            }
            Kind::Page => "the address of a web page such as `https://jobs.example.com/`, or empty".into(),
            Kind::Hosts => "a list of host names such as `jobs.example.com`, without a port".into(),
            Kind::Path => "a path, or empty".into(),
            Kind::File => "the absolute path of a file, or empty".into(),
            Kind::Folders => format!("a list of at most {FOLDERS_MAX} absolute paths such as `/srv/data`"),
            Kind::Zone => {
                "a time zone such as `Asia/Shanghai` or `UTC`, or empty for the system's".into()
            }
            Kind::Method => "an HTTP method such as `POST`".into(),
            Kind::Databases => {
                "names with a SQLite file or a MySQL URL each, such as `shop: mysql://user:password@host/shop` (in the environment `shop=mysql://...|||other=/srv/x.db`)".into()
            }
        }
    }
}

/// The text of a key that takes one value.
fn one(given: &Given) -> Result<&str, Refusal> {
    match given {
        Given::Text(text) => Ok(text),
        Given::List(_) => Err("a list is given where one value is wanted".into()),
        Given::Named(_) => Err("a section is given where a value is wanted".into()),
    }
}

/// The same without the blanks around it.
fn word(given: &Given) -> Result<&str, Refusal> {
    one(given).map(str::trim)
}

/// A list with each member read.
fn each(given: &Given, read: impl Fn(&str) -> Result<Value, Refusal>) -> Result<Value, Refusal> {
    members(given).iter().map(|word| read(word)).collect()
}

/// The members of a list; a text is a list with commas, as the environment needs it.
fn members(given: &Given) -> Vec<String> {
    match given {
        Given::List(list) => list.iter().map(|word| word.trim().to_owned()).collect(),
        Given::Named(named) => named.iter().map(|(name, _)| name.clone()).collect(),
        Given::Text(text) => text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

/// `name: place` each; in the environment `name=place|||name=place`.
fn databases(given: &Given) -> Result<Value, Refusal> {
    let named: Vec<(String, String)> = match given {
        Given::Named(named) => named.clone(),
        Given::List(_) => return Err("a list is given where names are wanted".into()),
        Given::Text(text) => text
            .split("|||")
            .map(str::trim)
            .filter(|member| !member.is_empty())
            .map(|member| match member.split_once('=') {
                Some((name, place)) => Ok((name.trim().to_owned(), place.trim().to_owned())),
                None => Err(Refusal::from("a member has no `=`")),
            })
            .collect::<Result<_, _>>()?,
    };
    let mut databases = serde_json::Map::new();
    for (name, place) in named {
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if name.is_empty() || !is_name {
            return Err(format!("`{name}` is no name (letters, digits, `_`, `-`)").into());
        }
        // The place may hold a password: it is not shown.
        let is_place = place.starts_with('/')
            || ["mysql://", "mariadb://", "sqlite:///"]
                .iter()
                .any(|scheme| place.starts_with(scheme));
        if !is_place {
            return Err(format!(
                "the place of `{name}` is neither an absolute path nor a URL with mysql:// or sqlite:///"
            )
            .into());
        }
        databases.insert(name, json!(place));
    }
    Ok(Value::Object(databases))
}

fn whole_number(word: &str) -> Result<u64, Refusal> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_a(word, "a whole number"));
    }
    word.parse()
        .map_err(|_| Refusal::from(format!("`{word}` is out of range")))
}

fn in_range(number: u64, least: u64, most: u64, word: &str) -> Result<Value, Refusal> {
    if (least..=most).contains(&number) {
        Ok(json!(number))
    } else {
        Err(format!("`{word}` is out of range").into())
    }
}

fn switch(word: &str) -> Result<Value, Refusal> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(json!(true)),
        "false" | "no" | "off" | "0" => Ok(json!(false)),
        _ => Err(format!("`{word}` is neither true nor false").into()),
    }
}

fn database(word: &str) -> Result<Value, Refusal> {
    match word.to_ascii_lowercase().as_str() {
        "mysql" => Err("`mysql` is not available: only sqlite in this version".into()),
        _ => member_of(DatabaseKind::WORDS, word)
            .map_err(|_| format!("`{word}` is not a known database").into()),
    }
}

/// The word as it is spelled in the configuration, whatever its case.
fn member_of(known: &[&str], word: &str) -> Result<Value, Refusal> {
    known
        .iter()
        .find(|name| name.eq_ignore_ascii_case(word))
        .map(|name| json!(name))
        .ok_or_else(|| format!("`{word}` is unknown").into())
}

/// The level that lets all levels of the list through.
fn least_severe(members: &[String]) -> Result<Value, Refusal> {
    let mut ranks = Vec::new();
    for word in members {
        let rank = LogLevel::WORDS
            .iter()
            .position(|level| level.eq_ignore_ascii_case(word));
        ranks.push(rank.ok_or_else(|| Refusal::from(format!("`{word}` is unknown")))?);
    }
    let lowest = ranks.into_iter().min().ok_or("the list is empty")?;
    Ok(json!(LogLevel::WORDS[lowest]))
}

fn path(text: &str) -> Result<Value, Refusal> {
    match text.contains('\0') {
        true => Err("a path cannot have a zero byte in it".into()),
        false => Ok(json!(text)),
    }
}

fn absolute(word: &str) -> Result<Value, Refusal> {
    match Path::new(word).is_absolute() {
        true => path(word),
        false => Err(not_a(word, "an absolute path")),
    }
}

/// A time zone by the name that the tz database gives it.
fn zone(word: &str) -> Result<Value, Refusal> {
    match Zone::find(word) {
        Ok(zone) => Ok(json!(zone.name())),
        Err(_) => Err(format!("`{word}` is not a known time zone").into()),
    }
}

fn method(word: &str) -> Result<Value, Refusal> {
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(json!(word.to_ascii_uppercase()))
    } else {
        Err(not_a(word, "an HTTP method"))
    }
}

fn network(word: &str) -> Result<Value, Refusal> {
    word.parse()
        .map(|network: Network| json!(network))
        .map_err(|error: NetworkError| Refusal {
            problem: error.to_string(),
            hint: error.hint(),
        })
}

pub(super) fn not_a(word: &str, wanted: &str) -> Refusal {
    format!("`{word}` is not {wanted}").into()
}
