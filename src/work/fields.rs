//! The keys of the bracket format as typed fields, as requests carry them.

use super::brackets::{Pairs, check_member, read};
use super::keys::{Key, SEPARATOR};
use jobs_error::{Error, Result};
use jobs_model::Mode;

/// Typed fields of the work. `None` keeps the value of the existing work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkFields {
    /// A plain command, or a whole text in the bracket format.
    pub command: Option<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// Environment variables, `K=V` each. They are merged with existing ones; an empty member first removes those.
    pub env: Option<Vec<String>>,
    /// The text on stdin.
    pub stdin: Option<String>,
    /// The shell that runs the command.
    pub shell: Option<String>,
    /// The account that runs the command.
    pub user: Option<String>,
    /// A file with more variables.
    pub env_file: Option<String>,
    /// Whether the command gets no variable of the daemon.
    pub clean_env: Option<bool>,
    /// The umask, in octal.
    pub umask: Option<String>,
    /// The CPU priority, -20 to 19.
    pub nice: Option<i32>,
    /// The disk priority, see [`super::IoPriority::parse`].
    pub ionice: Option<String>,
    /// Resource limits, see [`super::Limits::parse`].
    pub limit: Option<String>,
    /// The address of an HTTP request.
    pub url: Option<String>,
    /// The method of an HTTP request.
    pub method: Option<String>,
    /// Headers, `K:V` each. They replace existing headers of the same name; an empty member first removes all.
    pub headers: Option<Vec<String>>,
    /// The body of an HTTP request.
    pub data: Option<String>,
    /// The cookies, as sent.
    pub cookies: Option<String>,
    /// The proxy of an HTTP request.
    pub proxy: Option<String>,
    /// A text that the response must contain.
    pub result: Option<String>,
    /// The name of a function.
    pub func: Option<String>,
    /// The arguments of a function.
    pub args: Option<Vec<String>>,
    /// A regular expression that a line of the output must match.
    pub expect: Option<String>,
    /// A regular expression that no line of the output may match.
    pub fail_on: Option<String>,
    /// The exit codes of a success, such as `0,3`.
    pub ok_exit: Option<String>,
    /// Timeout of an attempt, in seconds; 0 means none.
    pub timeout: Option<u64>,
    /// Number of attempts.
    pub times: Option<u32>,
    /// Pause between attempts, in seconds.
    pub interval: Option<u64>,
}

impl WorkFields {
    /// Whether a field is set that a crontab line contains too.
    pub fn changes_crontab_line(&self) -> bool {
        self.command.is_some() || self.env.is_some() || self.stdin.is_some() || self.shell.is_some()
    }

    /// The pairs of `base`, overridden by these fields.
    pub(super) fn merge_over(&self, mode: Mode, base: Pairs) -> Result<Pairs> {
        let mut pairs = match &self.command {
            Some(text) => {
                let given = read(mode, text)?;
                match given.as_slice() {
                    // A plain command replaces only the command.
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
            text(Key::Expect, "expect", &self.expect),
            text(Key::FailOn, "fail_on", &self.fail_on),
            text(Key::OkExit, "ok_exit", &self.ok_exit),
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

/// Merges variables: a variable replaces an earlier one of the same name, an empty member removes all before it.
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
    for member in before.split(SEPARATOR).chain(new.split(SEPARATOR)) {
        if member.trim().is_empty() {
            members.clear();
            continue;
        }
        match members.iter_mut().find(|known| name(known) == name(member)) {
            Some(known) => *known = member,
            None => members.push(member),
        }
    }
    members.join(SEPARATOR)
}

/// Merges headers: new ones replace all earlier ones of the same name, an empty member removes all before it.
fn merged_headers(before: &str, new: &str) -> String {
    let name = |member: &str| {
        let name = member.split(':').next().unwrap_or_default();
        name.trim().to_ascii_lowercase()
    };
    let given: Vec<&str> = new.split(SEPARATOR).collect();
    let from = given
        .iter()
        .rposition(|member| member.trim().is_empty())
        .map(|at| at + 1);
    let kept = before
        .split(SEPARATOR)
        .filter(|_| from.is_none())
        .filter(|member| given.iter().all(|new| name(new) != name(member)));
    let members: Vec<&str> = kept
        .chain(given[from.unwrap_or(0)..].iter().copied())
        .collect();
    members.join(SEPARATOR)
}

fn joined(field: &str, members: &[String]) -> Result<String> {
    for member in members {
        check_member(field, member)?;
    }
    Ok(members.join(SEPARATOR))
}

/// Parses `K=V`.
///
/// # Errors
///
/// [`Error::Invalid`] when the text has no `=` or no name before it.
pub fn env_pair(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !text.contains('\0') => {
            Ok((name.trim().to_string(), value.to_string()))
        }
        _ => Err(Error::invalid(
            "env",
            format!("`{}` is not K=V", super::brackets::without_value(text)),
        )
        .hint("for example `PATH=/usr/bin`")),
    }
}
