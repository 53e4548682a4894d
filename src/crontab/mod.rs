//! Reads crontabs by the rules of Debian's cron, and derives job names from commands.
//!
//! A line is understood or refused. A line that another program reads in another way, such as one with seven fields, an
//! anacrontab's, or the first half of a command, is refused.

mod fields;
mod job_name;
mod needs;
mod percent;
mod shell_words;
mod simple_commands;
#[cfg(test)]
mod tests;
mod variable;

pub use job_name::{file_stem, name_for, numbered};
pub use needs::{Need, needs};
pub use shell_words::has_pipe;
use variable::{Assignment, assignment};

/// One job of a crontab, with the variables that apply to its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line number, from 1.
    pub line: usize,
    /// The line, without leading blanks.
    pub text: String,
    /// Five fields, six fields with seconds first, or a keyword with `@`.
    pub schedule: String,
    /// The value of CRON_TZ.
    pub zone: Option<String>,
    /// The command for the shell; `\%` is already replaced with `%`.
    pub command: String,
    /// The text after the first `%`, which the command reads on stdin.
    pub stdin: Option<String>,
    /// The variables set above the line, without SHELL, in the order of their first assignment. As in cron, MAILTO and
    /// CRON_TZ are among them.
    pub env: Vec<(String, String)>,
    /// The value of SHELL.
    pub shell: Option<String>,
    /// The value of MAILTO; empty means no mail.
    pub mailto: Option<String>,
    /// The account, in a system crontab.
    pub user: Option<String>,
}

/// A line that is neither a job nor a variable, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line number, from 1.
    pub line: usize,
    /// The whole line.
    pub text: String,
    /// Why it is not a job.
    pub reason: String,
}

/// Parses a crontab. `system` is for one with a user column, such as /etc/crontab. Comments, empty lines and
/// variables give no entry of their own. The meaning of a schedule is not checked.
///
/// The text may come from bytes that are not UTF-8: a line with U+FFFD, which stands for such bytes, is refused.
pub fn parse(text: &str, system: bool) -> Vec<Result<Entry, Refused>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut table = Table {
        system,
        ..Table::default()
    };
    let mut entries = Vec::new();
    for (index, raw) in text.split('\n').enumerate() {
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        let line = raw.trim_start_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            table.is_continued = false;
            continue;
        }
        match table.read(line, index + 1) {
            Ok(None) => {}
            Ok(Some(entry)) => entries.push(Ok(entry)),
            Err(reason) => entries.push(Err(Refused {
                line: index + 1,
                text: raw.to_string(),
                reason,
            })),
        }
    }
    entries
}

/// The variables that the lines so far have set.
#[derive(Default)]
struct Table {
    system: bool,
    env: Vec<(String, String)>,
    shell: Option<String>,
    mailto: Option<String>,
    zone: Option<String>,
    /// The variables whose last line was refused, with the number of that line. A job below would run without them.
    broken: Vec<(String, usize)>,
    /// Whether the line before ends with `\`.
    is_continued: bool,
}

impl Table {
    /// Reads a line. `None` when it sets a variable.
    fn read(&mut self, line: &str, number: usize) -> Result<Option<Entry>, String> {
        let is_continuation = std::mem::replace(&mut self.is_continued, false);
        let assignment = assignment(line);
        if is_continuation {
            self.is_continued = ends_with_backslash(line);
            if let Some(Assignment::Set { name, .. } | Assignment::Broken { name, .. }) = assignment
            {
                self.broken(name, number);
            }
            return Err("the line before ends with `\\`, so this may be the rest of a command\nhint: write the command on one line".to_string());
        }
        match assignment {
            None => {
                // The next line may be the rest of this one.
                let entry = self.entry(line, number);
                self.is_continued = entry.is_err() && ends_with_backslash(line);
                entry.map(Some)
            }
            Some(Assignment::Broken { name, reason }) => {
                self.broken(name, number);
                Err(reason.to_string())
            }
            Some(Assignment::Set { name, .. }) if line.contains(char::REPLACEMENT_CHARACTER) => {
                self.broken(name, number);
                Err(NOT_UTF8.to_string())
            }
            Some(Assignment::Set { name, value }) => {
                if matches!(name.as_str(), "TZ" | "CRON_TZ") && value.contains([' ', '\t']) {
                    return Err(format!(
                        "cron reads the whole rest of the line as the value of `{name}`\nhint: write `CRON_TZ=` and the zone on a line of its own, above the job"
                    ));
                }
                self.set(name, value);
                Ok(None)
            }
        }
    }

    fn set(&mut self, name: String, value: String) {
        self.broken.retain(|(broken, _)| *broken != name);
        match name.as_str() {
            "SHELL" => {
                self.shell = Some(value).filter(|shell| !shell.is_empty());
                return;
            }
            "MAILTO" => self.mailto = Some(value.clone()),
            "CRON_TZ" => self.zone = Some(value.clone()).filter(|zone| !zone.is_empty()),
            _ => {}
        }
        match self.env.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.env.push((name, value)),
        }
    }

    fn broken(&mut self, name: String, line: usize) {
        self.broken.retain(|(broken, _)| *broken != name);
        self.broken.push((name, line));
    }

    fn entry(&self, line: &str, number: usize) -> Result<Entry, String> {
        if line.contains('\0') {
            return Err("contains a NUL byte".to_string());
        }
        if line.contains(char::REPLACEMENT_CHARACTER) {
            return Err(NOT_UTF8.to_string());
        }
        let (schedule, mut rest) = fields::split(line)?;
        let mut user = None;
        if self.system {
            let (name, after) = fields::word(rest).ok_or("the user column is missing")?;
            user = Some(name.to_string());
            rest = after;
        }
        let (command, stdin) = percent::split(rest.trim_start_matches([' ', '\t']));
        let command = without_end_blanks(&command);
        if command.trim().is_empty() {
            return Err("the command is missing".to_string());
        }
        fields::check_command(&schedule, command)?;
        // In the input a backslash at the end is data.
        if stdin.is_none() && ends_with_backslash(line) {
            return Err("ends with `\\`: cron does not join lines, so only the first half of the command would run\nhint: write the command on one line".to_string());
        }
        if let Some((name, line)) = self.broken.first() {
            return Err(format!(
                "line {line}, which sets `{name}`, was refused: the command would run without the variable"
            ));
        }
        Ok(Entry {
            line: number,
            text: line.to_string(),
            schedule,
            zone: self.zone.clone(),
            command: command.to_string(),
            stdin,
            env: self.env.clone(),
            shell: self.shell.clone(),
            mailto: self.mailto.clone(),
            user,
        })
    }
}

/// Why a line with U+FFFD is refused.
const NOT_UTF8: &str = "the line is not UTF-8: without the invalid bytes it would be another line";

/// Whether a text ends with a backslash that no other backslash escapes.
fn ends_with_backslash(text: &str) -> bool {
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    backslashes % 2 == 1
}

/// The command without blanks at its end, apart from a blank that a backslash escapes.
fn without_end_blanks(command: &str) -> &str {
    let trimmed = command.trim_end_matches([' ', '\t']);
    match ends_with_backslash(trimmed) && trimmed.len() < command.len() {
        true => &command[..=trimmed.len()],
        false => trimmed,
    }
}
