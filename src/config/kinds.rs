//! What a key takes: the kinds of values, how each is read, and what would do.

use std::net::IpAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::units::{Bytes, Seconds};
use crate::model::{Network, NetworkError};

const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error"];
const TLS: &[&str] = &["none", "starttls", "tls"];
const CGROUPS: &[&str] = &["always", "limits", "never"];
const METRICS: &[&str] = &["token", "open", "off"];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// A value as somebody wrote it, before anyone knows what it ought to be.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// One word or text; an environment variable is always this.
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
    /// What was probably meant; when absent, what the key takes is told instead.
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
    /// What would do instead, for a key of that kind.
    pub(super) fn hint(self, kind: Kind) -> String {
        self.hint
            .unwrap_or_else(|| format!("allowed: {}", kind.allowed()))
    }
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
    /// The address of this machine on which something listens.
    Address,
    /// The origins of web pages.
    Origins,
    /// The absolute path of a file, or nothing.
    File,
    /// Who may read the metrics.
    Metrics,
    /// A time zone or nothing.
    Zone,
    /// Absolute paths.
    Folders,
    /// How a connection is kept from being read.
    Tls,
    /// Which commands get a cgroup.
    Cgroups,
    /// An HTTP method.
    Method,
    /// Databases by name.
    Databases,
}

impl Kind {
    /// The value in the form that the sections deserialise, or what is wrong with it.
    pub(super) fn read(self, given: &Given) -> Result<Value, Refusal> {
        match self {
            Kind::Levels | Kind::Methods | Kind::Networks | Kind::Folders | Kind::Origins => {
                self.read_list(&members(given))
            }
            Kind::Databases => databases(given),
            _ => match given {
                Given::Text(text) => self.read_text(text),
                Given::List(_) => Err("a list is given where one value is wanted".into()),
                Given::Named(_) => Err("a section is given where a value is wanted".into()),
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
            Kind::Folders => "a list of absolute paths such as `/srv/data`".into(),
            Kind::Address => {
                "an IP address of this machine such as `127.0.0.1`, or `0.0.0.0` or `::` for all of them".into()
            }
            Kind::Origins => {
                "a list of origins such as `https://example.com` or `http://localhost:8080`".into()
            }
            Kind::File => "the absolute path of a file, or empty".into(),
            Kind::Metrics => one_of(METRICS),
            Kind::Tls => one_of(TLS),
            Kind::Cgroups => one_of(CGROUPS),
            Kind::Method => "an HTTP method such as `POST`".into(),
            Kind::Databases => {
                "names with a SQLite file or a MySQL URL each, such as `shop: mysql://user:password@host/shop` (in the environment `shop=mysql://...|||other=/srv/x.db`)".into()
            }
            Kind::Zone => {
                "a time zone such as `Asia/Shanghai` or `UTC`, or empty for the system's".into()
            }
        }
    }

    fn read_text(self, text: &str) -> Result<Value, Refusal> {
        let word = text.trim();
        match self {
            Kind::Text | Kind::Secret => Ok(json!(text)),
            Kind::Word if word.is_empty() => Err("it is empty".into()),
            Kind::Word => Ok(json!(text)),
            Kind::Switch => match word.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Ok(json!(true)),
                "false" | "no" | "off" | "0" => Ok(json!(false)),
                _ => Err(format!("`{word}` is neither true nor false").into()),
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
                _ => Err(format!("`{word}` is no known database").into()),
            },
            Kind::Level => member_of(LEVELS, word).map(|level| json!(level)),
            Kind::Zone if word.is_empty() || jiff::tz::db().get(word).is_ok() => Ok(json!(word)),
            Kind::Zone => Err(format!("`{word}` is no known time zone").into()),
            Kind::Tls => member_of(TLS, word).map(|word| json!(word)),
            Kind::Cgroups => member_of(CGROUPS, word).map(|word| json!(word)),
            Kind::Method
                if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
            {
                Ok(json!(word.to_ascii_uppercase()))
            }
            Kind::Method => Err(not_a(word, "an HTTP method")),
            Kind::Address => word
                .parse::<IpAddr>()
                .map(|address| json!(address.to_string()))
                .map_err(|_| not_a(word, "an IP address")),
            Kind::File if word.is_empty() || Path::new(word).is_absolute() => Ok(json!(word)),
            Kind::File => Err(not_a(word, "an absolute path")),
            Kind::Metrics => member_of(METRICS, word).map(|word| json!(word)),
            Kind::Levels
            | Kind::Methods
            | Kind::Networks
            | Kind::Folders
            | Kind::Origins
            | Kind::Databases => self.read_list(&[text.to_owned()]),
        }
    }

    fn read_list(self, members: &[String]) -> Result<Value, Refusal> {
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
            Kind::Folders => members
                .iter()
                .map(|word| {
                    Path::new(word)
                        .is_absolute()
                        .then(|| json!(word))
                        .ok_or_else(|| not_a(word, "an absolute path"))
                })
                .collect(),
            Kind::Origins => members.iter().map(|word| origin(word)).collect(),
            _ => members.iter().map(|word| network(word)).collect(),
        }
    }
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

fn in_range(number: u64, least: u64, most: u64, word: &str) -> Result<u64, Refusal> {
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(format!("`{word}` is out of range").into())
    }
}

fn member_of(known: &[&'static str], word: &str) -> Result<&'static str, Refusal> {
    known
        .iter()
        .find(|name| name.eq_ignore_ascii_case(word))
        .copied()
        .ok_or_else(|| format!("`{word}` is unknown").into())
}

/// An origin as browsers send it: `https://example.com`, without the port that is the usual one.
fn origin(word: &str) -> Result<Value, Refusal> {
    if word == "*" {
        return Err(
            "`*` would let the scripts of every web page in; name the pages that need it".into(),
        );
    }
    let url = url::Url::parse(word).map_err(|_| not_a(word, "an origin"))?;
    let is_web = ["http", "https"].contains(&url.scheme());
    let has_account = !url.username().is_empty() || url.password().is_some();
    let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
    if !is_web || has_account {
        return Err(not_a(word, "an origin"));
    }
    if has_more {
        return Err(format!(
            "`{word}` has more than scheme, host and port, and browsers send no more"
        )
        .into());
    }
    Ok(json!(url.origin().ascii_serialization()))
}

fn network(word: &str) -> Result<Value, Refusal> {
    word.parse()
        .map(|network: Network| json!(network))
        .map_err(|error: NetworkError| Refusal {
            problem: error.to_string(),
            hint: error.hint(),
        })
}

fn not_a(word: &str, wanted: &str) -> Refusal {
    format!("`{word}` is not {wanted}").into()
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
