//! One line of a crontab: what it asks for, or why it can't be had.

use super::accounts;
use crate::api::{ImportLine, Imported};
use crate::crontab::{self, Entry, Refused};
use crate::error::{Error, Result};
use crate::model::Mode;
use crate::runner::Account;
use crate::schedule::{Schedule, Time, Zone};
use crate::work::{Command, Work};

/// What a line asks for, before it has a job.
pub(super) struct Wanted {
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) cron_expr: String,
    pub(super) timezone: Option<String>,
    pub(super) work: Command,
    pub(super) base_name: String,
    pub(super) mailto: Option<String>,
    /// Whether it says as which account it runs.
    pub(super) says_user: bool,
    pub(super) warnings: Vec<String>,
}

impl Wanted {
    pub(super) fn report(
        self,
        result: Imported,
        job: Option<String>,
        reason: Option<String>,
    ) -> ImportLine {
        ImportLine {
            line: self.line,
            text: self.text,
            result,
            job,
            reason,
            warnings: self.warnings,
        }
    }
}

/// Refuses a line that was not UTF-8: its bytes are lost, and nobody knows what the command would do without them.
pub(super) fn refuse_damaged(entry: Entry) -> Result<Entry, Refused> {
    if !entry.text.contains(char::REPLACEMENT_CHARACTER) {
        return Ok(entry);
    }
    Err(Refused {
        line: entry.line,
        text: entry.text,
        reason: "it is not UTF-8, and would not be the same command without the bytes that are not"
            .into(),
    })
}

/// A word before the command that is an account: the line of a table of the system, in which it is a column.
fn user_column(command: &str) -> Option<String> {
    let (first, rest) = command.split_once(char::is_whitespace)?;
    let is_word = first
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    (is_word && !rest.trim().is_empty() && accounts::exists(first)).then(|| {
        format!(
            "the command begins with `{first}`, which is an account: in /etc/crontab that is a column, in this file it is a program"
        )
    })
}

pub(super) fn refused(line: Refused) -> ImportLine {
    ImportLine {
        line: line.line,
        text: line.text,
        result: Imported::Refused,
        job: None,
        reason: Some(line.reason),
        warnings: Vec::new(),
    }
}

/// The account of a line; nothing when it is the daemon's own.
fn other_account(name: &str) -> Result<Option<String>> {
    match Account::other(name) {
        Ok(account) => Ok(account.map(|account| account.name)),
        Err(problem) => Err(Error::Conflict(problem)),
    }
}

/// What an entry asks for, or why it can't be had.
pub(super) fn read(
    entry: Entry,
    user: Option<&str>,
    daemon: &Zone,
    now: Time,
) -> Result<Wanted, ImportLine> {
    let line = entry.line;
    let text = entry.text.clone();
    wanted(entry, user, daemon, now).map_err(|error| {
        refused(Refused {
            line,
            text,
            reason: error.to_string(),
        })
    })
}

fn wanted(entry: Entry, user: Option<&str>, daemon: &Zone, now: Time) -> Result<Wanted> {
    let user = entry.user.as_deref().or(user);
    let says_user = user.is_some();
    let base_name = crontab::name_for(&entry.command);
    let schedule = Schedule::parse_for(&entry.schedule, &base_name)?;
    let zone = match &entry.zone {
        Some(name) => Zone::find(name)?,
        None => daemon.clone(),
    };
    let work = Work::Command(Command {
        command: entry.command,
        workdir: None,
        env: entry.env,
        // cron kills nothing.
        timeout: Some(0),
        times: 0,
        interval: 0,
        stdin: entry.stdin,
        shell: entry.shell,
        user: user.map(other_account).transpose()?.flatten(),
        ..Command::default()
    });
    if let Work::Command(Command { env, .. }) = &work
        && let Some((name, _)) = env.iter().find(|(_, value)| value.contains("|||"))
    {
        return Err(Error::invalid(
            "env",
            format!("the value of `{name}` holds `|||`, which separates variables"),
        ));
    }
    // What can't be read back must not be stored.
    if Work::parse(Mode::Command, &work.text())? != work {
        return Err(Error::invalid(
            "command",
            "it can't be kept in the bracket format (a line of it begins with `【`)",
        ));
    }
    let Work::Command(work) = work else {
        return Err(Error::invalid("command", "it is no command"));
    };
    let mut warnings: Vec<String> = schedule
        .doubts(&zone, now)
        .iter()
        .map(ToString::to_string)
        .collect();
    if !says_user {
        warnings.extend(user_column(&work.command));
    }
    Ok(Wanted {
        line: entry.line,
        text: entry.text,
        warnings,
        timezone: entry.zone.is_some().then(|| zone.name().to_string()),
        cron_expr: entry.schedule,
        work,
        base_name,
        mailto: entry.mailto,
        says_user,
    })
}
