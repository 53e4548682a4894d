//! The same keys as typed fields, as the doors give them.

use super::format::{Pairs, check_member, read};
use super::keys::{BETWEEN, Key};
use crate::error::{Error, Result};
use crate::model::Mode;

/// Typed fields of the work, each optional: what is absent leaves what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// A plain command, or a whole text in the bracket format.
    pub command: Option<String>,
    pub workdir: Option<String>,
    /// `K=V` each.
    pub env: Option<Vec<String>>,
    pub stdin: Option<String>,
    pub shell: Option<String>,
    pub user: Option<String>,
    pub env_file: Option<String>,
    pub clean_env: Option<bool>,
    /// Octal.
    pub umask: Option<String>,
    pub nice: Option<i32>,
    pub ionice: Option<String>,
    pub limit: Option<String>,
    pub url: Option<String>,
    pub method: Option<String>,
    /// `K:V` each.
    pub headers: Option<Vec<String>>,
    pub data: Option<String>,
    pub cookies: Option<String>,
    pub proxy: Option<String>,
    pub result: Option<String>,
    pub func: Option<String>,
    pub args: Option<Vec<String>>,
    /// Seconds.
    pub timeout: Option<u64>,
    pub times: Option<u32>,
    /// Seconds.
    pub interval: Option<u64>,
}

impl Fields {
    /// Whether something of them is what a line of a crontab says too.
    pub fn touches_a_crontab(&self) -> bool {
        self.command.is_some() || self.env.is_some() || self.stdin.is_some() || self.shell.is_some()
    }

    /// The pairs of `base` with these fields over them.
    pub(super) fn over(&self, mode: Mode, base: Pairs) -> Result<Pairs> {
        let mut pairs = match &self.command {
            Some(text) => {
                let given = read(mode, text)?;
                match given.as_slice() {
                    // A plain command takes the place of the command alone.
                    [(Key::Command, _)] if !text.trim_start().starts_with('【') => {
                        let mut pairs = base;
                        given
                            .into_iter()
                            .for_each(|(key, value)| put(&mut pairs, key, value));
                        pairs
                    }
                    _ => given,
                }
            }
            None => base,
        };
        for (key, field, value) in self.typed()? {
            key.check_mode(mode, field)?;
            let before = pairs.iter().find(|(other, _)| *other == key);
            let value = match (key, before) {
                (Key::Env, Some((_, before))) => merged(before, &value),
                (Key::Headers, Some((_, before))) => merged_headers(before, &value),
                _ => value,
            };
            put(&mut pairs, key, value);
        }
        Ok(pairs)
    }

    fn typed(&self) -> Result<Vec<(Key, &'static str, String)>> {
        let text =
            |key, field, value: &Option<String>| value.clone().map(|value| (key, field, value));
        let args = self.args.as_ref().map(|args| {
            let quoted: Vec<String> = args
                .iter()
                .map(|arg| format!("\"{}\"", arg.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            (Key::Arg, "args", quoted.join(","))
        });
        let mut typed: Vec<_> = [
            text(Key::Workdir, "workdir", &self.workdir),
            text(Key::Stdin, "stdin", &self.stdin),
            text(Key::Shell, "shell", &self.shell),
            text(Key::User, "user", &self.user),
            text(Key::EnvFile, "env_file", &self.env_file),
            text(Key::Umask, "umask", &self.umask),
            text(Key::Ionice, "ionice", &self.ionice),
            text(Key::Limit, "limit", &self.limit),
            self.clean_env
                .map(|value| (Key::CleanEnv, "clean_env", value.to_string())),
            self.nice
                .map(|value| (Key::Nice, "nice", value.to_string())),
            text(Key::Url, "url", &self.url),
            text(Key::Method, "method", &self.method),
            text(Key::Data, "data", &self.data),
            text(Key::Cookies, "cookies", &self.cookies),
            text(Key::Proxy, "proxy", &self.proxy),
            text(Key::Result, "result", &self.result),
            text(Key::Name, "func", &self.func),
            args,
            self.timeout
                .map(|value| (Key::Timeout, "timeout", value.to_string())),
            self.times
                .map(|value| (Key::Times, "times", value.to_string())),
            self.interval
                .map(|value| (Key::Interval, "interval", value.to_string())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(members) = &self.env {
            members
                .iter()
                .filter(|member| !member.is_empty())
                .try_for_each(|member| env_pair(member).map(drop))?;
            typed.push((Key::Env, "env", joined("env", members)?));
        }
        if let Some(members) = &self.headers {
            typed.push((Key::Headers, "headers", joined("headers", members)?));
        }
        Ok(typed)
    }
}

fn put(pairs: &mut Pairs, key: Key, value: String) {
    match pairs.iter_mut().find(|(other, _)| *other == key) {
        Some((_, old)) => *old = value,
        None => pairs.push((key, value)),
    }
}

/// Variables over others: a name that is there gets the new value, an empty member takes away all that came before it.
fn merged(before: &str, new: &str) -> String {
    let mut members: Vec<&str> = Vec::new();
    let name = |member: &str| {
        member
            .split('=')
            .next()
            .unwrap_or_default()
            .trim()
            .to_string()
    };
    for member in before.split(BETWEEN).chain(new.split(BETWEEN)) {
        if member.trim().is_empty() {
            members.clear();
            continue;
        }
        match members.iter_mut().find(|known| name(known) == name(member)) {
            Some(known) => *known = member,
            None => members.push(member),
        }
    }
    members.join(BETWEEN)
}

/// Headers over others: those of a name that is given take the place of all of that name, an empty member takes away all
/// that came before it.
fn merged_headers(before: &str, new: &str) -> String {
    let name = |member: &str| {
        let name = member.split(':').next().unwrap_or_default();
        name.trim().to_ascii_lowercase()
    };
    let given: Vec<&str> = new.split(BETWEEN).collect();
    let from = given
        .iter()
        .rposition(|member| member.trim().is_empty())
        .map(|at| at + 1);
    let kept = before
        .split(BETWEEN)
        .filter(|_| from.is_none())
        .filter(|member| given.iter().all(|new| name(new) != name(member)));
    let members: Vec<&str> = kept
        .chain(given[from.unwrap_or(0)..].iter().copied())
        .collect();
    members.join(BETWEEN)
}

fn joined(field: &str, members: &[String]) -> Result<String> {
    for member in members {
        check_member(field, member)?;
    }
    Ok(members.join(BETWEEN))
}

/// Reads `K=V`.
///
/// # Errors
///
/// [`Error::Invalid`] when there is no `=` or no name before it.
pub fn env_pair(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !text.contains('\0') => {
            Ok((name.trim().to_string(), value.to_string()))
        }
        _ => Err(Error::invalid(
            "env",
            format!("`{}` is not K=V", super::format::shorten(text)),
        )
        .hint("such as `PATH=/usr/bin`")),
    }
}
