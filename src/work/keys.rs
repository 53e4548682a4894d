//! The keys of each mode, the checks of their values, and the work that they make up.

use super::args;
use super::brackets::{Pairs, check_member, check_value, shorten, without_cr, without_value};
use super::success::{self, SuccessRules};
use super::values::{boolean, nice, umask};
use super::{Command, Func, Http, IoPriority, Limits, NamedValue, SECONDS_MAX, TIMES_MAX, Work};
use jobs_error::{Error, Result};
use jobs_model::Mode;
use jobs_text::{http_host, listed};

/// Separates the members of a list.
pub(super) const SEPARATOR: &str = "|||";

macro_rules! keys {
    ($($key:ident = $name:literal: $($mode:ident)+;)+) => {
        /// A key of the bracket format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Key { $($key,)+ }

        impl Key {
            const ALL: &'static [(Key, &'static str, &'static [Mode])] =
                &[$((Key::$key, $name, &[$(Mode::$mode,)+]),)+];

            /// The name of the key in the text.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Key::$key => $name,)+ }
            }
        }
    };
}

keys! {
    Command = "command": Command;
    Workdir = "workdir": Command;
    Env = "env": Command;
    Stdin = "stdin": Command;
    Shell = "shell": Command;
    User = "user": Command Func;
    EnvFile = "env_file": Command;
    CleanEnv = "clean_env": Command;
    Umask = "umask": Command;
    Nice = "nice": Command;
    Ionice = "ionice": Command;
    Limit = "limit": Command;
    Url = "url": Http;
    Method = "mode": Http;
    Headers = "headers": Http;
    Data = "data": Http;
    Cookies = "cookies": Http;
    Proxy = "proxy": Http;
    Result = "result": Http;
    Name = "name": Func;
    Arg = "arg": Func;
    Expect = "expect": Command Http Func;
    FailOn = "fail_on": Command Http Func;
    OkExit = "ok_exit": Command;
    Timeout = "timeout": Command Http Func;
    Times = "times": Command Http Func;
    Interval = "interval": Command Http Func;
}

impl Key {
    /// Finds the key of a mode by its name.
    pub(super) fn find(mode: Mode, name: &str) -> Result<Key> {
        let of_mode = || {
            Key::ALL
                .iter()
                .filter(|(_, _, modes)| modes.contains(&mode))
        };
        if let Some((key, ..)) = of_mode().find(|(_, known, _)| *known == name) {
            return Ok(*key);
        }
        let known = listed(of_mode().map(|(_, known, _)| known));
        Err(Error::invalid(
            "command",
            format!("`【{}】` is not a key of mode `{mode}`", shorten(name)),
        )
        .hint(format!("its keys are {known}")))
    }

    /// Refuses a key that the mode does not have. `field` is the name that the caller used for it.
    pub(super) fn check_mode(self, mode: Mode, field: &str) -> Result<()> {
        let has = Key::ALL
            .iter()
            .any(|(key, _, modes)| *key == self && modes.contains(&mode));
        if has {
            return Ok(());
        }
        Err(
            Error::invalid(field, format!("is not a field of mode `{mode}`"))
                .hint("`mode` (--mode) sets the kind of work"),
        )
    }
}

/// Builds work from pairs and checks every value.
pub(super) fn build(mode: Mode, pairs: &Pairs) -> Result<Work> {
    for (key, value) in pairs {
        check_value(*key, value)?;
    }
    // A CR at the end of a value belongs to the line end.
    let value = |key: Key| {
        pairs
            .iter()
            .find(|(other, _)| *other == key)
            .map(|(_, value)| value.trim_end_matches('\r'))
    };
    let text = |key: Key| {
        value(key)
            .filter(|value| !value.is_empty())
            .map(str::to_string)
    };
    // A trailing line end matters only for texts that are passed on unchanged: stdin and the body of a request.
    let line = |key: Key| {
        value(key)
            .map(|value| value.trim_end_matches(['\n', '\r']))
            .filter(|value| !value.is_empty())
            .map(str::to_string)
    };
    let trimmed = |key: Key| {
        value(key)
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_string)
    };
    let timeout = seconds(Key::Timeout, value(Key::Timeout))?;
    let times = times(value(Key::Times))?;
    let interval = seconds(Key::Interval, value(Key::Interval))?.unwrap_or(0);
    let success = SuccessRules {
        expect: line(Key::Expect),
        fail_on: line(Key::FailOn),
        ok_exit: trimmed(Key::OkExit)
            .map(|text| success::exit_codes(&text))
            .transpose()?
            .unwrap_or_default(),
    };
    match mode {
        Mode::Command => Ok(Work::Command(Command {
            // A shell does not treat CR as a blank.
            command: without_cr(&required(
                line(Key::Command),
                Key::Command,
                "the command for the shell",
            )?),
            workdir: trimmed(Key::Workdir),
            env: env(value(Key::Env))?,
            timeout,
            times,
            interval,
            stdin: text(Key::Stdin),
            shell: trimmed(Key::Shell),
            user: trimmed(Key::User),
            env_file: trimmed(Key::EnvFile),
            clean_env: trimmed(Key::CleanEnv)
                .map(|word| boolean(&word))
                .transpose()?,
            umask: trimmed(Key::Umask).map(|text| umask(&text)).transpose()?,
            nice: trimmed(Key::Nice)
                .map(|text| nice(&text))
                .transpose()?
                .filter(|nice| *nice != 0),
            ionice: trimmed(Key::Ionice)
                .map(|text| IoPriority::parse(&text))
                .transpose()?,
            limits: Limits::parse(value(Key::Limit).unwrap_or_default())?,
            success,
        })),
        Mode::Http => {
            let url = required(
                trimmed(Key::Url),
                Key::Url,
                "an address such as https://example.com/",
            )?;
            check_url(&url)?;
            Ok(Work::Http(Http {
                url,
                method: method(trimmed(Key::Method))?,
                headers: headers(value(Key::Headers))?,
                data: text(Key::Data),
                cookies: trimmed(Key::Cookies),
                proxy: trimmed(Key::Proxy),
                times,
                interval,
                result: line(Key::Result),
                timeout,
                success,
            }))
        }
        Mode::Func => Ok(Work::Func(Func {
            name: required(trimmed(Key::Name), Key::Name, "the name of a function")?,
            args: value(Key::Arg)
                .map(args::read)
                .transpose()?
                .unwrap_or_default(),
            user: trimmed(Key::User),
            times,
            interval,
            timeout,
            success,
        })),
    }
}

/// The pairs from which [`build`] makes the same work.
pub(super) fn pairs(work: &Work) -> Pairs {
    let mut pairs = Pairs::new();
    let mut put = |key: Key, value: Option<String>| pairs.extend(value.map(|value| (key, value)));
    let list = |members: &[(String, String)], between: &str| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("{name}{between}{value}"))
            .collect();
        (!members.is_empty()).then(|| members.join(SEPARATOR))
    };
    let (timeout, times, interval) = match work {
        Work::Command(work) => {
            put(Key::Command, Some(work.command.clone()));
            put(Key::Workdir, work.workdir.clone());
            put(Key::Env, list(&work.env, "="));
            put(Key::Stdin, work.stdin.clone());
            put(Key::Shell, work.shell.clone());
            put(Key::User, work.user.clone());
            put(Key::EnvFile, work.env_file.clone());
            put(Key::CleanEnv, work.clean_env.map(|clean| clean.to_string()));
            put(Key::Umask, work.umask.map(|mask| format!("{mask:03o}")));
            put(Key::Nice, work.nice.map(|nice| nice.to_string()));
            put(
                Key::Ionice,
                work.ionice.map(|priority| priority.to_string()),
            );
            put(
                Key::Limit,
                (!work.limits.is_none()).then(|| work.limits.to_string()),
            );
            (work.timeout, work.times, work.interval)
        }
        Work::Http(work) => {
            put(Key::Url, Some(work.url.clone()));
            put(Key::Method, work.method.clone());
            put(Key::Headers, list(&work.headers, ":"));
            put(Key::Data, work.data.clone());
            put(Key::Cookies, work.cookies.clone());
            put(Key::Proxy, work.proxy.clone());
            put(Key::Result, work.result.clone());
            (work.timeout, work.times, work.interval)
        }
        Work::Func(work) => {
            put(Key::Name, Some(work.name.clone()));
            put(
                Key::Arg,
                (!work.args.is_empty()).then(|| args::print(&work.args)),
            );
            put(Key::User, work.user.clone());
            (work.timeout, work.times, work.interval)
        }
    };
    let success = work.success();
    put(Key::Expect, success.expect.clone());
    put(Key::FailOn, success.fail_on.clone());
    put(Key::OkExit, success::exit_codes_text(&success.ok_exit));
    put(Key::Timeout, timeout.map(|seconds| seconds.to_string()));
    put(Key::Times, (times > 0).then(|| times.to_string()));
    put(Key::Interval, (interval > 0).then(|| interval.to_string()));
    pairs
}

/// The values of [`pairs`] by the names that requests have for them.
pub(super) fn named_values(work: &Work) -> Vec<(&'static str, NamedValue)> {
    let members = |of: &[(String, String)], between: &str| {
        of.iter()
            .map(|(name, value)| format!("{name}{between}{value}"))
            .collect()
    };
    let named = |(key, text): (Key, String)| {
        let (name, list) = match (key, work) {
            (Key::Env, Work::Command(work)) => ("env", Some(members(&work.env, "="))),
            (Key::Headers, Work::Http(work)) => ("headers", Some(members(&work.headers, ":"))),
            (Key::Arg, Work::Func(work)) => ("args", Some(work.args.clone())),
            (Key::Method, _) => ("method", None),
            (Key::Name, _) => ("func", None),
            (key, _) => (key.name(), None),
        };
        let is_number = matches!(key, Key::Timeout | Key::Times | Key::Interval | Key::Nice);
        let number = text.parse().ok().filter(|_| is_number);
        let value = match (list, number) {
            (Some(list), _) => NamedValue::List(list),
            (None, Some(number)) => NamedValue::Number(number),
            (None, None) => NamedValue::Text(text),
        };
        (name, value)
    };
    pairs(work).into_iter().map(named).collect()
}

fn required(value: Option<String>, key: Key, what: &str) -> Result<String> {
    value
        .filter(|value| !value.trim().is_empty())
        .ok_or_else(|| Error::invalid(key.name(), "is missing").hint(format!("give {what}")))
}

fn seconds(key: Key, value: Option<&str>) -> Result<Option<u64>> {
    let Some(text) = value.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(seconds) if seconds <= SECONDS_MAX => Ok(Some(seconds)),
        _ => Err(Error::invalid(
            key.name(),
            format!(
                "`{}` is not a number of seconds from 0 to {SECONDS_MAX}",
                shorten(text)
            ),
        )),
    }
}

fn times(value: Option<&str>) -> Result<u32> {
    let Some(text) = value.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(0);
    };
    match text.parse() {
        Ok(times) if times <= TIMES_MAX => Ok(times),
        _ => Err(Error::invalid(
            Key::Times.name(),
            format!(
                "`{}` is not a number of attempts from 0 to {TIMES_MAX}",
                shorten(text)
            ),
        )),
    }
}

fn env(value: Option<&str>) -> Result<Vec<(String, String)>> {
    members(value)
        .map(|member| check_member(Key::Env.name(), member).and_then(|()| super::env_pair(member)))
        .collect()
}

fn headers(value: Option<&str>) -> Result<Vec<(String, String)>> {
    members(value)
        .map(|member| match member.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() && !member.contains(['\n', '\r']) => {
                check_member(Key::Headers.name(), member)?;
                Ok((name.trim().to_string(), value.trim().to_string()))
            }
            _ => Err(
                Error::invalid("headers", format!("`{}` is not K:V", without_value(member)))
                    .hint("for example `Content-Type:application/json`"),
            ),
        })
        .collect()
}

fn members(value: Option<&str>) -> impl Iterator<Item = &str> {
    value
        .unwrap_or_default()
        .split(SEPARATOR)
        .filter(|member| !member.trim().is_empty())
}

fn method(value: Option<String>) -> Result<Option<String>> {
    match value {
        Some(word)
            if !word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&byte)) =>
        {
            Err(Error::invalid(
                "method",
                format!("`{}` is not an HTTP method", shorten(&word)),
            ))
        }
        value => Ok(value.map(|word| word.to_ascii_uppercase())),
    }
}

fn check_url(url: &str) -> Result<()> {
    if http_host(url).is_some() {
        return Ok(());
    }
    Err(
        Error::invalid("url", format!("`{}` is not an address", shorten(url)))
            .hint("for example https://example.com/path; write a space as %20"),
    )
}
