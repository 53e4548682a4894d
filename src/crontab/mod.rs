//! Reads crontabs by the rules of Debian's cron, and derives job names from commands.

mod job_name;

pub use job_name::{name_for, numbered};

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
    /// The variables set above the line, without SHELL, MAILTO and CRON_TZ, in the order of their first assignment.
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
        if line.is_empty() || line.starts_with('#') || table.assign(line) {
            continue;
        }
        entries.push(
            table
                .entry(line)
                .map(|entry| Entry {
                    line: index + 1,
                    ..entry
                })
                .map_err(|reason| Refused {
                    line: index + 1,
                    text: raw.to_string(),
                    reason,
                }),
        );
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
}

impl Table {
    /// Applies a line that sets a variable. Returns whether the line does.
    fn assign(&mut self, line: &str) -> bool {
        let Some((name, value)) = assignment(line) else {
            return false;
        };
        match name.as_str() {
            "SHELL" => self.shell = Some(value).filter(|shell| !shell.is_empty()),
            "MAILTO" => self.mailto = Some(value),
            "CRON_TZ" => self.zone = Some(value).filter(|zone| !zone.is_empty()),
            _ => match self.env.iter_mut().find(|(known, _)| *known == name) {
                Some((_, old)) => *old = value,
                None => self.env.push((name, value)),
            },
        }
        true
    }

    fn entry(&self, line: &str) -> Result<Entry, String> {
        if line.contains('\0') {
            return Err("contains a NUL byte".to_string());
        }
        let (schedule, mut rest) = schedule(line)?;
        let mut user = None;
        if self.system {
            let (name, after) = word(rest).ok_or("the user column is missing")?;
            user = Some(name.to_string());
            rest = after;
        }
        let (command, stdin) = split_stdin(rest.trim_matches([' ', '\t']));
        if command.trim().is_empty() {
            return Err("the command is missing".to_string());
        }
        Ok(Entry {
            line: 0,
            text: line.to_string(),
            schedule,
            zone: self.zone.clone(),
            command,
            stdin,
            env: self.env.clone(),
            shell: self.shell.clone(),
            mailto: self.mailto.clone(),
            user,
        })
    }
}

/// Parses `NAME = value`; each side may be quoted.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, rest) = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].split_once(quote)?,
        _ => {
            let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
            line.split_at(end)
        }
    };
    let value = rest
        .trim_start_matches([' ', '\t'])
        .strip_prefix('=')?
        .trim_matches([' ', '\t']);
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !begins_well || name.contains('\0') || value.contains('\0') {
        return None;
    }
    let inner = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value);
    Some((name.to_string(), inner.to_string()))
}

/// Splits a line into its schedule and the rest.
fn schedule(line: &str) -> Result<(String, &str), String> {
    // In cron, a `-` before the minute turns the syslog entry off. We write none, so ignore it.
    let line = line
        .strip_prefix('-')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '*'))
        .unwrap_or(line);
    if line.starts_with('@') {
        let (name, mut rest) = word(line).ok_or("the schedule is missing")?;
        // `@every 5m` and `@at TIME` have two words.
        let takes_an_argument =
            name.eq_ignore_ascii_case("@every") || name.eq_ignore_ascii_case("@at");
        if !takes_an_argument {
            return Ok((name.to_string(), rest));
        }
        let argument;
        (argument, rest) =
            word(rest).ok_or_else(|| format!("the argument of `{name}` is missing"))?;
        return Ok((format!("{name} {argument}"), rest));
    }
    let mut fields = Vec::new();
    let mut rest = line;
    while fields.len() < 5 {
        let (field, after) = word(rest).ok_or_else(|| {
            format!(
                "found {} of the 5 fields `minute hour day month weekday` and no command",
                fields.len()
            )
        })?;
        fields.push(field);
        rest = after;
    }
    // A sixth field: no program is called `*` or `5`, so the first field is the seconds.
    if let Some((field, after)) = word(rest)
        && is_plain_field(field)
        && word(after).is_some()
    {
        fields.push(field);
        rest = after;
    }
    Ok((fields.join(" "), rest))
}

fn is_plain_field(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_digit() || b"*?,-/".contains(&byte))
        && !word.starts_with(['/', '-'])
}

/// Splits off the first word.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    if text.is_empty() {
        return None;
    }
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    Some(text.split_at(end))
}

/// Splits a command at the first unescaped `%`: the text after it is stdin, in which each further `%` is a line
/// break. `\%` is a plain `%`.
fn split_stdin(text: &str) -> (String, Option<String>) {
    let mut command = String::new();
    let mut stdin: Option<String> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' if chars.peek() == Some(&'%') => {
                chars.next();
                '%'
            }
            '%' if stdin.is_none() => {
                stdin = Some(String::new());
                continue;
            }
            '%' => '\n',
            c => c,
        };
        stdin.as_mut().unwrap_or(&mut command).push(c);
    }
    if let Some(text) = &mut stdin
        && !text.is_empty()
        && !text.ends_with('\n')
    {
        text.push('\n');
    }
    let stdin = stdin.filter(|text| !text.is_empty());
    (command.trim_end_matches([' ', '\t']).to_string(), stdin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn single_entry(text: &str) -> Entry {
        match parse(text, false).as_slice() {
            [Ok(entry)] => entry.clone(),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn parse_splits_schedule_and_command() {
        for (line, schedule, command) in [
            ("*/5 * * * * /bin/true", "*/5 * * * *", "/bin/true"),
            ("  0\t3 * *\tmon  a  b ", "0 3 * * mon", "a  b"),
            ("@daily /usr/bin/x", "@daily", "/usr/bin/x"),
            ("@Reboot x", "@Reboot", "x"),
            ("@every 90s echo hi", "@every 90s", "echo hi"),
            ("-0 3 * * * quiet", "0 3 * * *", "quiet"),
            ("*/10 0 3 * * * x", "*/10 0 3 * * *", "x"),
            ("0 3 * * * 7z a x", "0 3 * * *", "7z a x"),
            ("0 3 * * * 5", "0 3 * * *", "5"),
            ("0 3 * * * /bin/x 1", "0 3 * * *", "/bin/x 1"),
            (
                "0 22 * * 1-5 echo a # not a comment",
                "0 22 * * 1-5",
                "echo a # not a comment",
            ),
            ("0 3 * * * FOO=1 x", "0 3 * * *", "FOO=1 x"),
            ("0 0 1 jan * x\r", "0 0 1 jan *", "x"),
        ] {
            let entry = single_entry(line);
            assert_eq!(
                (entry.schedule.as_str(), entry.command.as_str()),
                (schedule, command),
                "{line:?}"
            );
        }
    }

    #[test]
    fn parse_percent_sign_begins_stdin() {
        for (line, command, stdin) in [
            (
                "* * * * * mail a%Hello%%World",
                "mail a",
                Some("Hello\n\nWorld\n"),
            ),
            (r"* * * * * date +\%F", "date +%F", None),
            (r"* * * * * date +\%F % a\%b", "date +%F", Some(" a%b\n")),
            (r"* * * * * echo a\\b", r"echo a\\b", None),
            ("* * * * * cat%", "cat", None),
        ] {
            let entry = single_entry(line);
            assert_eq!(
                (entry.command.as_str(), entry.stdin.as_deref()),
                (command, stdin),
                "{line:?}"
            );
        }
    }

    #[test]
    fn parse_variables_apply_to_lines_below() {
        let text = "\u{feff}# a comment\n* * * * * first\nSHELL=/bin/bash\nMAILTO=\"a@example.com\"\n PATH = /a:/b \n\
                    'ODD NAME'='x y'\nEMPTY=\nCRON_TZ=Asia/Tokyo\n* * * * * second\nMAILTO=\"\"\nPATH=/c\nCRON_TZ=\n* * * * * third\n";
        let entries: Vec<Entry> = parse(text, false)
            .into_iter()
            .map(|entry| entry.unwrap())
            .collect();
        assert_eq!(
            entries.iter().map(|entry| entry.line).collect::<Vec<_>>(),
            [2, 9, 13]
        );
        assert_eq!((&entries[0].env, &entries[0].mailto), (&vec![], &None));
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        assert_eq!(
            entries[1].env,
            [
                pair("PATH", "/a:/b"),
                pair("ODD NAME", "x y"),
                pair("EMPTY", "")
            ]
        );
        assert_eq!(entries[1].shell.as_deref(), Some("/bin/bash"));
        assert_eq!(entries[1].mailto.as_deref(), Some("a@example.com"));
        assert_eq!(entries[1].zone.as_deref(), Some("Asia/Tokyo"));
        assert_eq!(
            (entries[2].mailto.as_deref(), &entries[2].zone),
            (Some(""), &None)
        );
        assert_eq!(entries[2].env[0], pair("PATH", "/c"));
    }

    #[test]
    fn parse_of_other_line_gives_reason() {
        for (line, reason) in [
            ("hello", "1 of the 5 fields"),
            ("* * * * *", "command is missing"),
            ("@daily", "command is missing"),
            ("@every", "`@every` is missing"),
            ("* * * * * %x", "command is missing"),
            ("* * * * * a\0b", "NUL"),
        ] {
            match parse(line, false).as_slice() {
                [Err(refused)] => assert!(
                    refused.reason.contains(reason),
                    "{line:?}: {}",
                    refused.reason
                ),
                other => panic!("{line:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn parse_system_crontab_reads_user_column() {
        let text = "SHELL=/bin/sh\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n\
                    25 6\t* * *\troot\ttest -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )\n* * * * * root\n";
        let entries = parse(text, true);
        let first = entries[0].as_ref().unwrap();
        assert_eq!(first.user.as_deref(), Some("root"));
        assert_eq!(first.command, "cd / && run-parts --report /etc/cron.hourly");
        assert!(entries[1].is_ok() && entries[2].is_err());
    }
}
