//! The configuration: file + environment + defaults, and every path in one place.
//!
//! Each layer overrides those before it: the defaults, the YAML file, the original system's variables
//! (`DATABASE_TYPE`, `DATABASE_MYSQL_HOST`, ...), and ours (`JOBS_` and the path of the key in
//! capitals, `JOBS_JOBS_KILL_GRACE`). All layers go through one table of keys, so that each refuses
//! the same values with the same words.

mod alerts;
mod env;
mod file;
mod folders;
mod keys;
mod kinds;
mod paths;
mod reading;
mod sections;
mod sending;
mod server;
#[cfg(test)]
mod tests;
mod units;
mod web;
mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use alerts::Alerts;
pub use env::Env;
pub use keys::{KEYS, Key};
pub use kinds::Kind;
pub use paths::Paths;
pub use sections::{App, Daemon, Database, IpControl, Jobs, Logs, Mysql, Service, Sqlite};
pub use sending::{Sms, Smtp, Webhook};
pub use server::{Audit, Server, Tls};
pub use units::{Bytes, Seconds, Secret};
pub use words::{
    AlertLanguage, CgroupUse, DatabaseKind, HttpMethod, LogLevel, MetricsAccess, SmtpTls,
};

use jobs_error::{Error, Result};
use jobs_text::json_for_terminal;

/// All settings. `config/config.yaml` documents each one with its default and unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The name of this installation.
    pub app: App,
    /// The database with jobs and their history.
    pub database: Database,
    /// The system log.
    pub logs: Logs,
    /// The HTTP server.
    pub server: Server,
    /// Which addresses may use the HTTP server.
    pub ip_control: IpControl,
    /// The record of all changes and of who made them.
    pub audit: Audit,
    /// The daemon in the operating system's list of services.
    pub service: Service,
    /// Stopping and restarting.
    pub daemon: Daemon,
    /// How many executions of one job are kept; 0 is no limit.
    pub job_log_keep_count: u64,
    /// How jobs run, and which of their output is kept.
    pub jobs: Jobs,
    /// The settings about what is told of failures, and how often.
    pub alerts: Alerts,
    /// The mail server of the function `Email`.
    pub smtp: Smtp,
    /// The gateway of the function `SMS`.
    pub sms: Sms,
    /// The function `Webhook`.
    pub webhook: Webhook,
    /// The databases of the function `Database`, by name: a SQLite file or a MySQL URL.
    pub databases: BTreeMap<String, Secret>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            app: App::default(),
            database: Database::default(),
            logs: Logs::default(),
            server: Server::default(),
            ip_control: IpControl::default(),
            audit: Audit::default(),
            service: Service::default(),
            daemon: Daemon::default(),
            job_log_keep_count: 1000,
            jobs: Jobs::default(),
            alerts: Alerts::default(),
            smtp: Smtp::default(),
            sms: Sms::default(),
            webhook: Webhook::default(),
            databases: BTreeMap::new(),
        }
    }
}

/// A configuration and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The effective settings.
    pub config: Config,
    /// The paths with `database.path` and `logs.dir` applied.
    pub paths: Paths,
    /// The file that was read; None when there is none and the defaults hold.
    pub file: Option<PathBuf>,
    /// Warnings for the operator, a sentence each. The caller prints them.
    pub warnings: Vec<String>,
}

/// One value of a file or a variable: the name and the place of the key, the setting, and its new value.
#[derive(Debug)]
struct Setting {
    name: String,
    place: String,
    sets: &'static str,
    value: Value,
    holds_secret: bool,
}

impl Config {
    /// Reads the file at `paths.config_file`, if there is one, and lays the variables in `env` over it.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when the file cannot be read, or was asked for and is missing;
    /// [`Error::Conflict`] when another account could change the file;
    /// [`Error::Invalid`] when a key or a variable has a value that it does not take; the error names
    /// the key or variable, the line, the value, and which values it takes.
    pub fn load(paths: &Paths, env: &Env) -> Result<Loaded> {
        let mut warnings = env::warnings(env);
        let name = paths.config_file.display().to_string();
        let read = reading::read(&paths.config_file, paths.config_is_required)?;
        let from_file = match &read {
            Some((text, _)) => file::settings(text, &name)?,
            None => Vec::new(),
        };
        let is_exposed = read.as_ref().is_some_and(|(_, is_public)| *is_public);
        if is_exposed && from_file.iter().any(|setting| setting.holds_secret) {
            warnings.push(format!(
                "`{name}` holds a password and everyone may read it; `chmod 600 {name}` mends that"
            ));
        }
        let config = merge([from_file, env::original_settings(env)?, env::settings(env)?])?;
        Ok(Loaded {
            paths: paths.clone().with_config(&config),
            file: read.map(|_| paths.config_file.clone()),
            config,
            warnings,
        })
    }

    /// The settings that the YAML in `text` gives, without any environment. `name` is what
    /// messages call the file.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] as for [`Config::load`].
    pub fn from_yaml(text: &str, name: &str) -> Result<Config> {
        merge([file::settings(text, name)?])
    }

    /// All keys with their effective values; sizes with units, secrets as `***`.
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        write_yaml(&self.to_json(), "", 0, &mut text);
        text
    }

    /// All keys with their effective values; sizes in bytes, durations in seconds, secrets as
    /// `***`.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("every key is text and every value plain")
    }
}

/// The defaults, with each layer laid over those before it.
fn merge<const N: usize>(layers: [Vec<Setting>; N]) -> Result<Config> {
    let mut tree = Config::default().to_json();
    for layer in layers {
        for (index, setting) in layer.iter().enumerate() {
            // Two names of one setting, ours and the original's: it is not clear which value is meant.
            if let Some(other) = layer[..index]
                .iter()
                .find(|other| other.sets == setting.sets)
            {
                return Err(Error::invalid(
                    setting.name.as_str(),
                    format!(
                        "`{}` ({}) sets the same ({})",
                        other.name, other.place, setting.place
                    ),
                )
                .hint("keep one of the two"));
            }
        }
        for setting in layer {
            let slot = tree
                .pointer_mut(&format!("/{}", setting.sets.replace('.', "/")))
                .ok_or_else(|| Error::invalid(setting.sets, "no such setting"))?;
            *slot = setting.value;
        }
    }
    let config = serde_json::from_value(tree)
        .map_err(|error| Error::invalid("config", error.to_string()))?;
    server::check(&config)?;
    Ok(config)
}

fn write_yaml(value: &Value, path: &str, depth: usize, text: &mut String) {
    let Value::Object(entries) = value else {
        return;
    };
    for (name, value) in entries {
        let path = match path {
            "" => name.clone(),
            _ => format!("{path}.{name}"),
        };
        text.push_str(&"  ".repeat(depth));
        text.push_str(name);
        text.push(':');
        match value {
            Value::Object(entries) if entries.is_empty() => text.push_str(" {}\n"),
            Value::Object(_) => {
                text.push('\n');
                write_yaml(value, &path, depth + 1, text);
            }
            _ => {
                text.push(' ');
                text.push_str(&shown(value, &path));
                text.push('\n');
            }
        }
    }
}

/// A value on one line. YAML reads a line of JSON as JSON does, and its escapes too.
fn shown(value: &Value, path: &str) -> String {
    match (keys::find(path).map(|key| key.kind), value.as_u64()) {
        (Some(Kind::Size(..)), Some(size)) => Bytes(size).to_string(),
        _ => json_for_terminal(&value.to_string()).into_owned(),
    }
}
