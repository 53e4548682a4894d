//! Lines that people type by habit from cron, systemctl, kubectl, docker and pueue. [`rewrite`] turns those whose meaning is
//! certain into a line of this program before it is parsed; [`explain`] answers a line that was not understood with the
//! commands that do it.

mod answers;
mod foreign;

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use super::text;
use answers::{Answer, MISSING, VALUE, WORD};

/// Nouns that kubectl wants before a name.
const NOUNS: [&str; 7] = [
    "job", "jobs", "cronjob", "cronjobs", "cj", "timer", "timers",
];

/// A line that was not understood, and the commands that do what it may have meant.
#[derive(Debug)]
pub struct UsageError {
    pub message: String,
    /// Each command, and what it does.
    pub commands: Vec<(String, String)>,
    /// A hint when no command is named.
    pub hint: Option<String>,
}

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        for (index, (command, does)) in self.commands.iter().enumerate() {
            let before = if index == 0 { "\nhint: " } else { "\n      " };
            write!(f, "{before}`{}` {does}", text::visible(command))?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UsageError {}

impl UsageError {
    /// The answer of the table to a command that was given something it does not take.
    pub fn of(verb: &str, rest: &[String], problem: String) -> UsageError {
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        match answers::find(verb, &rest) {
            Some(answer) => with_answer(&answer, problem, &rest),
            None => UsageError {
                hint: Some(format!("`jobs {verb} --help` describes the command")),
                message: problem,
                commands: Vec::new(),
            },
        }
    }
}

/// The line in the words of this program, when its meaning is certain. Any other line stays as it is.
pub fn rewrite(mut typed: Vec<OsString>) -> Vec<OsString> {
    let Some(at) = verb_at(&typed) else {
        return typed;
    };
    let verb = word(&typed, at).to_string();
    let rest: Vec<String> = (at + 1..typed.len())
        .map(|index| word(&typed, index).to_string())
        .collect();
    let operands = operands(&rest);
    let has_noun = rest
        .first()
        .is_some_and(|first| NOUNS.contains(&first.as_str()));
    match verb.as_str() {
        "-v" if rest.is_empty() => typed[at] = "--version".into(),
        "-l" => typed[at] = "list".into(),
        "crontab" if rest == ["-l"] => {
            typed.truncate(at);
            typed.push("list".into());
        }
        "help" => {
            typed.remove(at);
            typed.push("--help".into());
        }
        // Without a further word, the noun may be the name of a job.
        "get" | "describe" | "inspect" | "delete"
            if has_noun && (operands > 1 || verb == "get") =>
        {
            typed.remove(at + 1);
            if verb == "get" {
                typed[at] = get(operands - 1).into();
            }
        }
        "get" => typed[at] = get(operands).into(),
        "follow" => {
            typed[at] = "logs".into();
            typed.insert(at + 1, "--follow".into());
        }
        "journal" | "journalctl" => {
            typed[at] = "logs".into();
            if let Some(unit) = rest
                .iter()
                .position(|word| word == "-u" || word == "--unit")
            {
                typed.remove(at + 1 + unit);
            }
        }
        _ => {}
    }
    typed
}

/// The number of words that are neither flags nor the values of the flags of `list`.
fn operands(words: &[String]) -> usize {
    const WITH_VALUE: [&str; 7] = [
        "-o", "--output", "--name", "--state", "--mode", "--home", "--config",
    ];
    let mut number = 0;
    let mut is_value = false;
    for word in words {
        let is_flag = word.starts_with('-');
        number += usize::from(!is_flag && !is_value);
        is_value = WITH_VALUE.contains(&word.as_str());
    }
    number
}

/// The command for `get` with so many names.
fn get(names: usize) -> &'static str {
    if names == 1 { "show" } else { "list" }
}

/// Where the command stands: after the global flags.
fn verb_at(typed: &[OsString]) -> Option<usize> {
    let mut at = 1;
    while at < typed.len() {
        match word(typed, at) {
            "--json" => at += 1,
            "--home" | "--config" | "-o" | "--output" => at += 2,
            flag if ["--home=", "--config=", "--output="]
                .iter()
                .any(|global| flag.starts_with(global))
                || (flag.starts_with("-o") && flag.len() > 2) =>
            {
                at += 1;
            }
            _ => return Some(at),
        }
    }
    None
}

/// A word of the line; empty when it is not UTF-8.
fn word(typed: &[OsString], at: usize) -> &str {
    typed
        .get(at)
        .and_then(|word| word.to_str())
        .unwrap_or_default()
}

/// Whether the line asks for JSON, also when it can't be parsed.
pub fn wants_json(typed: &[OsString]) -> bool {
    let words: Vec<&str> = (1..typed.len())
        .map(|at| word(typed, at))
        .take_while(|word| *word != "--")
        .collect();
    words
        .iter()
        .any(|word| matches!(*word, "--json" | "-ojson" | "-o=json" | "--output=json"))
        || words
            .windows(2)
            .any(|pair| matches!(pair, ["-o" | "--output", "json"]))
}

/// The answer to a line that clap refuses; absent when clap's own words are enough.
pub fn explain(error: &clap::Error, typed: &[OsString]) -> Option<UsageError> {
    let at = verb_at(typed).unwrap_or(typed.len());
    let verb = word(typed, at);
    let rest: Vec<&str> = (at + 1..typed.len()).map(|at| word(typed, at)).collect();
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let given = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            Some(unknown_command(verb, &rest, &given))
        }
        ErrorKind::UnknownArgument => {
            let given = context(ContextKind::InvalidArg).unwrap_or_default();
            let nearest = context(ContextKind::SuggestedArg);
            Some(unknown_argument(verb, &rest, &given, nearest))
        }
        ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => {
            let answer = answers::find_marked(verb, MISSING)?;
            let problem = format!("`jobs {verb}` needs more than this");
            Some(with_answer(&answer, problem, &rest))
        }
        ErrorKind::ValueValidation => {
            let answer = answers::find_marked(verb, VALUE)?;
            let given = context(ContextKind::InvalidValue).unwrap_or_default();
            let problem = format!("`jobs {verb}` does not take `{}`", text::visible(&given));
            Some(with_answer(&answer, problem, &rest))
        }
        _ => None,
    }
}

fn unknown_command(verb: &str, rest: &[&str], given: &str) -> UsageError {
    if given != verb {
        let problem = format!("`jobs {verb}` has no `{}`", text::visible(given));
        return match answers::find(verb, &[given]) {
            Some(answer) => with_answer(&answer, problem, rest),
            None => UsageError {
                message: problem,
                commands: Vec::new(),
                hint: Some(format!("`jobs {verb} --help` lists what it has")),
            },
        };
    }
    let problem = format!("there is no command `{}`", text::visible(verb));
    if let Some(answer) = answers::find(verb, rest) {
        return with_answer(&answer, problem, rest);
    }
    let command = Cli::command();
    let names: Vec<&str> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(clap::Command::get_name)
        .collect();
    let nearest = jobs_text::nearest(verb, names)
        .map(|name| format!("did you mean `jobs {name}`? "))
        .unwrap_or_default();
    UsageError {
        message: problem,
        commands: Vec::new(),
        hint: Some(format!("{nearest}`jobs --help` lists the commands")),
    }
}

fn unknown_argument(verb: &str, rest: &[&str], given: &str, nearest: Option<String>) -> UsageError {
    let shown = text::visible(given);
    if verb.starts_with('-') {
        // No command was given: the flag stands in its place.
        let problem = format!("`jobs` has no flag `{shown}`");
        return match answers::find(given, rest) {
            Some(answer) => with_answer(&answer, problem, rest),
            None => UsageError {
                message: problem,
                commands: Vec::new(),
                hint: Some("`jobs --help` lists the commands and flags".into()),
            },
        };
    }
    let problem = format!("`jobs {verb}` takes no `{shown}`");
    let answer = answers::find(verb, &[given]).or_else(|| match given.starts_with('-') {
        true => None,
        false => answers::find(verb, &[WORD]),
    });
    if let Some(answer) = answer {
        return with_answer(&answer, problem, rest);
    }
    let nearest = nearest
        .or_else(|| nearest_flag(verb, given))
        .map(|flag| format!("did you mean `{flag}`? "))
        .unwrap_or_default();
    UsageError {
        message: problem,
        commands: Vec::new(),
        hint: Some(format!("{nearest}`jobs {verb} --help` lists what it takes")),
    }
}

/// The flag of a command whose name is nearest to the one that was typed.
fn nearest_flag(verb: &str, given: &str) -> Option<String> {
    let given = given.strip_prefix("--")?;
    let mut command = Cli::command();
    command.build();
    let flags = command
        .find_subcommand(verb)?
        .get_arguments()
        .filter_map(clap::Arg::get_long);
    jobs_text::nearest(given, flags).map(|flag| format!("--{flag}"))
}

/// The commands of the answer, with the name that was typed instead of JOB, and its number instead of EXEC.
fn with_answer(answer: &Answer, problem: String, rest: &[&str]) -> UsageError {
    let operand = rest
        .iter()
        .take_while(|word| **word != "--")
        .find(|word| !word.starts_with('-') && **word != "restart" && !NOUNS.contains(word));
    let fill = |command: &str| -> String {
        let Some(operand) = operand else {
            return command.to_string();
        };
        let quoted = text::shell_word(operand);
        let is_number = operand.bytes().all(|byte| byte.is_ascii_digit());
        command
            .split(' ')
            .map(|word| match word {
                "JOB" => quoted.as_str(),
                "EXEC" | "N" if is_number => operand,
                word => word,
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    UsageError {
        message: match answer.because {
            "" => problem,
            because => format!("{problem}: {because}"),
        },
        commands: answer
            .commands
            .iter()
            .map(|(command, does)| (fill(&format!("jobs {command}")), (*does).to_string()))
            .collect(),
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(line: &str) -> String {
        let typed = std::iter::once("jobs")
            .chain(line.split_whitespace())
            .map(OsString::from)
            .collect();
        let words: Vec<String> = rewrite(typed)
            .into_iter()
            .skip(1)
            .map(|word| word.into_string().unwrap())
            .collect();
        words.join(" ")
    }

    #[test]
    fn lines_with_a_certain_meaning_are_rewritten() {
        for (line, expected) in [
            ("-v", "--version"),
            ("-v list", "-v list"),
            ("-l", "list"),
            ("crontab -l", "list"),
            ("crontab -r", "crontab -r"),
            ("help", "--help"),
            ("help config show", "config show --help"),
            ("--json help add", "--json add --help"),
            ("get", "list"),
            ("get jobs", "list"),
            ("get jobs -o json", "list -o json"),
            (
                "get -o name --state stopped",
                "list -o name --state stopped",
            ),
            ("get backup -o json", "show backup -o json"),
            ("get job backup", "show backup"),
            ("get backup", "show backup"),
            ("get a b", "list a b"),
            ("describe job backup", "describe backup"),
            ("describe job", "describe job"),
            ("delete job backup", "delete backup"),
            ("delete job", "delete job"),
            ("rm job backup", "rm job backup"),
            ("follow backup", "logs --follow backup"),
            ("journal -u backup -f", "logs backup -f"),
            ("--home /x get jobs", "--home /x list"),
            ("add x --cron @daily -- help", "add x --cron @daily -- help"),
        ] {
            assert_eq!(rewritten(line), expected, "{line}");
        }
    }

    #[test]
    fn json_is_found_before_the_command_of_a_job() {
        for (line, expected) in [
            ("list --json", true),
            ("-o json list", true),
            ("list --output=json", true),
            ("list -o yaml", false),
            ("add x -- tool --json", false),
        ] {
            let typed: Vec<OsString> = std::iter::once("jobs")
                .chain(line.split_whitespace())
                .map(OsString::from)
                .collect();
            assert_eq!(wants_json(&typed), expected, "{line}");
        }
    }
}
