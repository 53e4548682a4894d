//! Parses one line of a crontab into the fields of a job, or refuses it with a reason.

use super::super::work::{check_length, command_doubts};
use super::accounts::Accounts;
use jobs_api::{Import, ImportLine, Imported};
use jobs_crontab::{self as crontab, Entry, Refused};
use jobs_error::{Error, Result};
use jobs_model::Mode;
use jobs_runner as runner;
use jobs_schedule::{Schedule, Time, Zone};
use jobs_scheduler::Settings;
use jobs_work::{Command, Work};

/// The fields of a job, parsed from one line. No job has been matched or added yet.
pub(super) struct ParsedLine {
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) cron_expr: String,
    pub(super) timezone: Option<String>,
    pub(super) work: Command,
    pub(super) base_name: String,
    pub(super) mailto: Option<String>,
    pub(super) warnings: Vec<String>,
}

impl ParsedLine {
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

/// Parses the lines of one crontab.
pub(super) struct LineParser<'a> {
    /// The account whose crontab it is.
    user: Option<&'a str>,
    /// The name of the crontab. Lines whose commands say nothing get it as their name.
    file: &'a str,
    settings: &'a Settings,
    now: Time,
    accounts: Accounts,
}

impl<'a> LineParser<'a> {
    pub(super) fn new(request: &'a Import, settings: &'a Settings, now: Time) -> Self {
        LineParser {
            user: request.user.as_deref(),
            file: &request.origin,
            settings,
            now,
            accounts: Accounts::default(),
        }
    }

    /// Parses an entry. A refused entry is returned as a line of the report.
    pub(super) fn read(&mut self, entry: Entry) -> Result<ParsedLine, ImportLine> {
        let line = entry.line;
        let text = entry.text.clone();
        self.parse(entry).map_err(|error| {
            refused(Refused {
                line,
                text,
                reason: error.to_string(),
            })
        })
    }

    fn parse(&mut self, entry: Entry) -> Result<ParsedLine> {
        let user = entry.user.as_deref().or(self.user);
        let says_user = user.is_some();
        let base_name = crontab::name_for(&entry.command, Some(self.file));
        let schedule = Schedule::parse_for(&entry.schedule, &base_name)?;
        let zone = match &entry.zone {
            Some(name) => Zone::find(name)?,
            None => self.settings.zone.clone(),
        };
        let has_logname = entry.env.iter().any(|(name, _)| name == "LOGNAME");
        let mut env = entry.env;
        env.retain(|(name, _)| name != "LOGNAME");
        let work = Work::Command(Command {
            command: entry.command,
            workdir: None,
            env,
            // cron kills nothing.
            timeout: Some(0),
            times: 0,
            interval: 0,
            stdin: entry.stdin,
            shell: entry.shell,
            user: user
                .map(|name| self.accounts.other(name))
                .transpose()?
                .flatten(),
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
        // A command whose stored text parses differently must not be stored.
        if Work::parse(Mode::Command, &work.text())? != work {
            return Err(Error::invalid(
                "command",
                "it cannot be stored in the bracket format: a line of it begins with `【`, or a variable has a name with a blank at its end or a value that ends with `|`",
            ));
        }
        let Work::Command(work) = work else {
            return Err(Error::invalid("command", "it is not a command"));
        };
        let mut warnings: Vec<String> = schedule
            .warnings(&zone, self.now)
            .iter()
            .map(ToString::to_string)
            .collect();
        check_length(&work)?;
        warnings.extend(command_doubts(&work, &self.settings.tools));
        warnings.extend(work.env.iter().filter_map(|(name, _)| ignored(name)));
        if has_logname {
            warnings.push("as in cron, LOGNAME is the account of the job: the value of the crontab is not used".to_string());
        }
        if work.command.contains(r"\\") {
            warnings.push(r"both backslashes of `\\` are passed to the shell, as by cronie; Debian's cron passes one".to_string());
        }
        let words = entry.schedule.split_ascii_whitespace();
        if let [keyword, _, part, ..] = words.collect::<Vec<_>>().as_slice()
            && keyword.eq_ignore_ascii_case("@at")
        {
            warnings.push(format!(
                "`{part}` is read as a part of the time, not of the command"
            ));
        }
        if !says_user {
            warnings.extend(self.user_column(&work.command));
        }
        Ok(ParsedLine {
            line: entry.line,
            text: entry.text,
            warnings,
            timezone: entry.zone.is_some().then(|| zone.name().to_string()),
            cron_expr: entry.schedule,
            work,
            base_name,
            mailto: entry.mailto,
        })
    }

    /// The warning about a line whose command begins with the name of an account: the line may come from a system crontab,
    /// which has a column for the account.
    fn user_column(&mut self, command: &str) -> Option<String> {
        let (first, rest) = command.split_once(char::is_whitespace)?;
        let is_word = first
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        // After the column of the account comes a command, and no command begins with `-`.
        let may_be_command = !rest.trim().is_empty() && !rest.trim_start().starts_with('-');
        let is_account = is_word && may_be_command && self.accounts.has(first);
        (is_account && !runner::is_program(first)).then(|| {
            format!(
                "the command begins with `{first}`, which is an account: /etc/crontab has a column for the account, but here the word is part of the command"
            )
        })
    }
}

/// The warning about a variable that means something to another cron and nothing here.
fn ignored(name: &str) -> Option<String> {
    let instead = match name {
        "RANDOM_DELAY" => "`jobs edit NAME --jitter 10m` delays a job by a random time",
        "START_HOURS_RANGE" => "give the hours in the schedule",
        _ => return None,
    };
    Some(format!(
        "`{name}` is only a variable of the command here: {instead}"
    ))
}
