//! `jobs config`: shows, checks and changes the configuration file. A change is checked before it is written, and read by a daemon
//! that runs.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::editor::{self, Verdict};
use super::out::{Out, print_message, warn};
use super::{Checker, Context, DONE, config_text, text, yaml};
use jobs_api::Reload;
use jobs_config::{Config, Env, Paths};
use jobs_error::{Error, Result};
use jobs_text::nearest;

#[derive(Args, Debug)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub verb: ConfigVerb,
}

#[derive(Subcommand, Clone, Debug)]
pub enum ConfigVerb {
    /// Print every key with its value
    Show,
    /// Print the value of a key, or the keys of a section
    Get {
        /// The key, such as jobs.max_concurrent
        key: String,
    },
    /// Set a key in the configuration file; a daemon that runs reads it at once
    #[command(
        after_help = "Examples:\n  jobs config set jobs.max_concurrent 8\n  jobs config set jobs.func_roots /srv /var/backups"
    )]
    Set {
        /// The key, such as jobs.max_concurrent
        key: String,
        /// The value; of a list several
        #[arg(required = true, allow_hyphen_values = true)]
        value: Vec<String>,
    },
    /// Open the configuration file in $VISUAL or $EDITOR; a daemon that runs reads it when it is acceptable
    Edit,
    /// Check whether the configuration is valid
    Check,
    /// Print where the configuration file is looked for
    Path,
}

pub fn config(
    context: &Context,
    verb: &ConfigVerb,
    out: &mut Out,
    checker: Checker<'_>,
) -> anyhow::Result<i32> {
    match verb {
        ConfigVerb::Get { key } => return get(context, key, out),
        ConfigVerb::Set { key, value } => {
            return set(context, key, value, out, checker);
        }
        ConfigVerb::Edit => return edit(context, out, checker),
        ConfigVerb::Show | ConfigVerb::Check | ConfigVerb::Path => {}
    }
    let is_check = matches!(verb, ConfigVerb::Check);
    let paths = context.paths()?;
    if let ConfigVerb::Path = verb {
        let path = paths.config_file.display().to_string();
        if out.wants_json() {
            out.data(&path)?;
        } else {
            out.line(&path)?;
        }
        return Ok(DONE);
    }
    let loaded = Config::load(&paths, &Env::process())?;
    for warning in &loaded.warnings {
        warn(warning);
    }
    if is_check {
        checker(&loaded.config)?;
    }
    match (is_check, out.wants_json()) {
        (false, true) => out.data(&loaded.config.to_json())?,
        (false, false) => out.raw(loaded.config.to_yaml().as_bytes())?,
        (true, true) => {
            out.data(&serde_json::json!({ "file": loaded.file, "warnings": loaded.warnings }))?;
        }
        (true, false) => match &loaded.file {
            Some(file) => out.line(&format!("`{}` is valid", file.display()))?,
            None => out.line(&format!(
                "`{}` does not exist: the defaults are used",
                paths.config_file.display()
            ))?,
        },
    }
    Ok(DONE)
}

fn get(context: &Context, key: &str, out: &mut Out) -> anyhow::Result<i32> {
    let loaded = Config::load(&context.paths()?, &Env::process())?;
    for warning in &loaded.warnings {
        warn(warning);
    }
    let all = loaded.config.to_json();
    let value = find(&all, key)?;
    if out.wants_json() {
        out.data(value)?;
        return Ok(DONE);
    }
    match value {
        Value::String(text) => out.line(text)?,
        Value::Array(members) => {
            for member in members {
                let shown = member.as_str().map_or(member.to_string(), str::to_string);
                out.line(&shown)?;
            }
        }
        Value::Object(_) => {
            for (key, value) in flat(value, key) {
                out.raw(yaml::entry(&key, &value, 0).as_bytes())?;
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => out.line(&value.to_string())?,
    }
    Ok(DONE)
}

fn set(
    context: &Context,
    key: &str,
    values: &[String],
    out: &mut Out,
    checker: Checker<'_>,
) -> anyhow::Result<i32> {
    let paths = context.paths()?;
    let old = read(&paths)?;
    let name = paths.config_file.display().to_string();
    let before = Config::from_yaml(&old, &name)?;
    let all = before.to_json();
    let present = find(&all, key)?;
    let written = match (values, present) {
        (_, Value::Object(members)) if !members.is_empty() => {
            return Err(Error::invalid(key, "it is a section, not a key")
                .hint(format!("`jobs config get {key}` lists its keys"))
                .into());
        }
        ([value], Value::Array(_)) if !value.starts_with('[') => format!("[{}]", scalar(value)),
        ([value], _) if value.starts_with('[') => value.clone(),
        ([value], _) => scalar(value),
        (values, Value::Array(_)) => {
            let members: Vec<String> = values.iter().map(|value| scalar(value)).collect();
            format!("[{}]", members.join(", "))
        }
        (values, _) => {
            return Err(Error::invalid(
                key,
                format!("{} values are given, and it takes one", values.len()),
            )
            .hint("put a value with blanks in quotes")
            .into());
        }
    };
    let new = config_text::set(&old, key, &written)?;
    let config = check(&new, &name, checker)?;
    let stray = differences(&all, &config.to_json())
        .into_iter()
        .find(|(changed, _, _)| changed != key && !changed.starts_with(&format!("{key}.")));
    if let Some((stray, _, _)) = stray {
        return Err(
            Error::invalid(key, format!("setting it here would change `{stray}` too"))
                .hint("`jobs config edit` opens the file")
                .into(),
        );
    }
    write(&paths.config_file, &new)?;
    let shown = config.to_json();
    let shown = find(&shown, key)?;
    if !out.wants_json() {
        let shown = shown.as_str().map_or(shown.to_string(), str::to_string);
        out.line(&format!(
            "`{key}` is `{}` now, in `{name}`",
            text::visible(&shown)
        ))?;
    } else {
        out.data(&serde_json::json!({ "key": key, "value": shown, "file": name }))?;
    }
    reload(context)
}

fn edit(context: &Context, out: &mut Out, checker: Checker<'_>) -> anyhow::Result<i32> {
    editor::require("config edit")?;
    let paths = context.paths()?;
    let name = paths.config_file.display().to_string();
    let old = read(&paths)?;
    let begin = match old.as_str() {
        "" => "# The keys and their defaults: `jobs config show`, and docs/configuration.md.\n",
        old => old,
    };
    // A file that is refused now can be mended here.
    let before = Config::from_yaml(&old, &name).ok();
    let new = editor::edit(begin, ".yaml", |edited| {
        if edited == begin {
            return Ok(Some(None));
        }
        let config = check(edited, &name, checker)?;
        if let Some(before) = &before {
            for (key, old, new) in differences(&before.to_json(), &config.to_json()) {
                print_message(&format!("- {key}: {old}\n+ {key}: {new}"));
            }
        }
        match editor::ask()? {
            Verdict::Store => Ok(Some(Some(edited.to_string()))),
            Verdict::EditAgain => Ok(None),
            Verdict::Abandon => Ok(Some(None)),
        }
    })?;
    let Some(new) = new else {
        print_message("nothing was changed");
        return Ok(DONE);
    };
    write(&paths.config_file, &new)?;
    if out.wants_json() {
        out.data(&serde_json::json!({ "file": name }))?;
    } else {
        out.line(&format!("`{name}` was written"))?;
    }
    reload(context)
}

/// The value of a key or a section.
fn find<'a>(all: &'a Value, key: &str) -> Result<&'a Value> {
    let mut value = all;
    for part in key.split('.') {
        value = value
            .as_object()
            .and_then(|members| members.get(part))
            .ok_or_else(|| unknown(all, key))?;
    }
    Ok(value)
}

fn unknown(all: &Value, key: &str) -> Error {
    let known = flat(all, "");
    let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
    // The last part alone names one key, or the whole is nearly one.
    let meant = names
        .iter()
        .find(|name| name.rsplit('.').next() == Some(key))
        .copied()
        .or_else(|| nearest(key, names.iter().copied()))
        .or_else(|| {
            let part = nearest(key, names.iter().filter_map(|name| name.rsplit('.').next()))?;
            names
                .iter()
                .find(|name| name.rsplit('.').next() == Some(part))
                .copied()
        });
    let meant = meant
        .map(|name| format!("did you mean `{name}`? "))
        .unwrap_or_default();
    Error::invalid("key", format!("there is no key `{key}`"))
        .hint(format!("{meant}`jobs config show` prints all keys"))
}

/// The keys with their whole path, and their values.
fn flat(value: &Value, path: &str) -> Vec<(String, Value)> {
    match value {
        Value::Object(members) if !members.is_empty() => members
            .iter()
            .flat_map(|(key, value)| match path {
                "" => flat(value, key),
                path => flat(value, &format!("{path}.{key}")),
            })
            .collect(),
        value => vec![(path.to_string(), value.clone())],
    }
}

/// The keys whose values differ, with both values.
fn differences(old: &Value, new: &Value) -> Vec<(String, Value, Value)> {
    let before: std::collections::BTreeMap<String, Value> = flat(old, "").into_iter().collect();
    flat(new, "")
        .into_iter()
        .filter_map(|(key, new)| {
            let old = before.get(&key).cloned().unwrap_or(Value::Null);
            (old != new).then_some((key, old, new))
        })
        .collect()
}

/// A value as YAML: numbers and truth values as they were typed.
fn scalar(value: &str) -> String {
    let is_number = value.parse::<f64>().is_ok() && value.bytes().all(|byte| byte != b'_');
    if is_number || value == "true" || value == "false" {
        return value.to_string();
    }
    let entry = yaml::entry("x", &Value::from(value), 0);
    let written = entry.trim_start_matches("x: ").trim_end();
    // A block of lines or a comma has another meaning in a list.
    if written.contains(['\n', ',', '[', ']']) {
        return Value::from(value).to_string();
    }
    written.to_string()
}

/// The text of the file; empty when there is none.
fn read(paths: &Paths) -> anyhow::Result<String> {
    let read = jobs_fs::read_file(&paths.config_file, u64::MAX)
        .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    match read {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => {
            Err(error).with_context(|| format!("`{}` can't be read", paths.config_file.display()))
        }
    }
}

/// The configuration that a text makes, if `start` would take it.
fn check(text: &str, name: &str, checker: Checker<'_>) -> Result<Config> {
    let config = Config::from_yaml(text, name)?;
    checker(&config)?;
    Ok(config)
}

/// Writes the file as a whole or not at all. A link stays a link, and the rights of the file stay.
fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let target = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let failed = || format!("`{}` can't be written", file.display());
    let folder = target.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).with_context(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    new.write_all(text.as_bytes()).with_context(failed)?;
    if let Ok(metadata) = std::fs::metadata(&target) {
        std::fs::set_permissions(new.path(), metadata.permissions()).with_context(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            std::os::unix::fs::chown(new.path(), Some(metadata.uid()), Some(metadata.gid()))
                .with_context(failed)?;
        }
    }
    new.as_file().sync_all().with_context(failed)?;
    new.persist(&target).with_context(failed)?;
    jobs_fs::sync_folder_of(&target).with_context(failed)?;
    Ok(())
}

/// Has a daemon that runs read the file.
fn reload(context: &Context) -> anyhow::Result<i32> {
    let called = context
        .client()
        .and_then(|mut client| Ok(client.call(&Reload {})?));
    match called {
        Ok(reloaded) => {
            for warning in &reloaded.warnings {
                warn(warning);
            }
            print_message("the daemon has read the configuration again");
        }
        Err(error) if super::is_unreachable(&error) => {
            print_message("no daemon runs; the next start reads it");
        }
        Err(error) => {
            return Err(error.context("the file is written, but the daemon did not read it"));
        }
    }
    Ok(DONE)
}
