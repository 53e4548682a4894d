//! The words of `jobs add` that are no flags: a name, a schedule and a command, or one line of a crontab.

use super::job_input::AddArgs;
use super::text;
use jobs_api::Add;
use jobs_crontab as crontab;
use jobs_error::{Error, Result};
use jobs_schedule::Schedule;

/// The request that the words and the flags make.
///
/// # Errors
///
/// [`Error::Invalid`] when the name, the schedule or the command is missing or is given twice.
pub fn read(args: AddArgs) -> Result<Add> {
    let mut request = args.request;
    let mut words = args.words;
    if words.is_empty() && args.command.is_empty() && args.name.is_none() {
        return Err(no_name());
    }
    let has_schedule =
        request.cron_expr.is_some() || request.every.is_some() || request.at.is_some();
    // A line of a crontab as one word: `* * * * * echo hi`.
    let whole_line = match words.as_slice() {
        [line] if !has_schedule && args.command.is_empty() && !is_schedule(line) => {
            line_of_crontab(line)
        }
        _ => None,
    };
    if let Some(entry) = whole_line {
        request.cron_expr = Some(vec![entry.schedule]);
        request.stdin = request.stdin.or(entry.stdin);
        request.name = args
            .name
            .unwrap_or_else(|| crontab::name_for(&entry.command, None));
        request.command = Some(entry.command);
        return Ok(request);
    }
    let begins_with_schedule = !has_schedule && take_schedule(&mut words.clone()).is_some();
    let name = match args.name {
        Some(name) => Some(name),
        None if begins_with_schedule || words.is_empty() => None,
        None => Some(words.remove(0)),
    };
    if !has_schedule {
        let schedule = take_schedule(&mut words).ok_or_else(|| no_schedule(&words))?;
        request.cron_expr = Some(vec![schedule]);
    }
    request.command = match (words.is_empty(), args.command.is_empty()) {
        (false, false) => {
            return Err(Error::invalid(
                "command",
                format!(
                    "`{}` stands before `--`, and `{}` after it",
                    text::visible(&words.join(" ")),
                    text::visible(&args.command.join(" "))
                ),
            )
            .hint("the whole command follows `--`"));
        }
        (false, true) => text::join_words(&words),
        (true, _) => text::join_words(&args.command),
    };
    request.name = match (name, &request.command) {
        (Some(name), _) => name,
        (None, Some(command)) => crontab::name_for(command, None),
        (None, None) => {
            return Err(
                Error::invalid("name", "is missing").hint("`jobs add NAME --cron EXPR -- COMMAND`")
            );
        }
    };
    Ok(request)
}

/// Takes a schedule from the front of the words: one word, or the five or six fields that a shell has split.
fn take_schedule(words: &mut Vec<String>) -> Option<String> {
    if words.first().is_some_and(|word| is_schedule(word)) {
        return Some(words.remove(0));
    }
    [6, 5].into_iter().find_map(|fields| {
        let line = words.get(..fields)?.join(" ");
        let has_single_fields = words[..fields]
            .iter()
            .all(|word| !word.contains(char::is_whitespace));
        let is_line = has_single_fields && is_schedule(&line);
        is_line.then(|| {
            words.drain(..fields);
            line
        })
    })
}

/// Whether a text is a schedule, and can't be a name or a command: it has several fields or begins with `@`.
fn is_schedule(text: &str) -> bool {
    (text.contains(char::is_whitespace) || text.starts_with('@')) && Schedule::parse(text).is_ok()
}

/// The schedule and the command of a line of a crontab, whose schedule is acceptable.
fn line_of_crontab(line: &str) -> Option<crontab::Entry> {
    let entry = crontab::parse(line, false).into_iter().next()?.ok()?;
    Schedule::parse(&entry.schedule).is_ok().then_some(entry)
}

fn no_name() -> Error {
    Error::invalid("name", "is missing")
        .hint("`jobs add NAME --cron EXPR -- COMMAND`, or `jobs add NAME EXPR COMMAND`")
}

fn no_schedule(words: &[String]) -> Error {
    // A text that was meant as a schedule is refused with the reason.
    if let Some(word) = words
        .first()
        .filter(|word| word.contains(char::is_whitespace) || word.starts_with('@'))
        && word.split_whitespace().take(5).all(looks_like_a_field)
        && let Err(error) = Schedule::parse(word)
    {
        return error.into();
    }
    Error::invalid("schedule", "is missing").hint(
        "give one of --cron (`--cron '0 3 * * *'`), --every (`--every 10m`) or --at (`--at 'tomorrow 9:00'`)",
    )
}

fn looks_like_a_field(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || c == '*' || c == '@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser, Debug)]
    struct Line {
        #[command(flatten)]
        add: AddArgs,
    }

    fn read_line(words: &[&str]) -> Result<Add> {
        let words = std::iter::once("add").chain(words.iter().copied());
        read(Line::try_parse_from(words).unwrap().add)
    }

    #[test]
    fn words_become_name_schedule_and_command() {
        for (words, name, schedule, command) in [
            (
                &["hi", "--cron", "@daily", "--", "echo hi"][..],
                "hi",
                "@daily",
                "echo hi",
            ),
            (
                &["hi", "--cron", "@daily", "echo hi"],
                "hi",
                "@daily",
                "echo hi",
            ),
            (
                &["hi", "echo", "a b", "--cron", "@daily"],
                "hi",
                "@daily",
                "echo 'a b'",
            ),
            (
                &["hi", "--schedule", "@daily", "echo hi"],
                "hi",
                "@daily",
                "echo hi",
            ),
            (
                &["--name", "hi", "--cron", "@daily", "echo hi"],
                "hi",
                "@daily",
                "echo hi",
            ),
            (
                &["--name", "hi", "* * * * *", "echo hi"],
                "hi",
                "* * * * *",
                "echo hi",
            ),
            (
                &["hi", "* * * * *", "echo hi"],
                "hi",
                "* * * * *",
                "echo hi",
            ),
            (
                &["hi", "* * * * *", "--", "echo", "hi"],
                "hi",
                "* * * * *",
                "echo hi",
            ),
            (&["hi", "@hourly", "true"], "hi", "@hourly", "true"),
            (
                &["hi", "0", "3", "*", "*", "*", "echo", "hi"],
                "hi",
                "0 3 * * *",
                "echo hi",
            ),
            (
                &["hi", "0", "0", "3", "*", "*", "*", "echo"],
                "hi",
                "0 0 3 * * *",
                "echo",
            ),
            (
                &["* * * * * /opt/hello.sh"],
                "hello",
                "* * * * *",
                "/opt/hello.sh",
            ),
            (
                &["@daily /opt/backup.sh --full"],
                "backup",
                "@daily",
                "/opt/backup.sh --full",
            ),
            (
                &["* * * * * echo hi", "--name", "x"],
                "x",
                "* * * * *",
                "echo hi",
            ),
            (
                &["0 3 * * *", "/opt/backup.sh"],
                "backup",
                "0 3 * * *",
                "/opt/backup.sh",
            ),
        ] {
            let request = read_line(words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
            assert_eq!(request.name, name, "{words:?}");
            assert_eq!(request.cron_expr.unwrap().join(";"), schedule, "{words:?}");
            assert_eq!(request.command.unwrap(), command, "{words:?}");
        }
    }

    #[test]
    fn words_that_lack_something_are_refused() {
        for (words, problem) in [
            (&["hi"][..], "schedule: is missing"),
            (&["hi", "--", "true"], "--every"),
            (&["hi", "echo hi"], "schedule: is missing"),
            (&["hi", "* 25 * * *", "true"], "hour"),
            (&["--cron", "@daily"], "name: is missing"),
            (&["hi", "@daily", "true", "--", "false"], "before `--`"),
        ] {
            let error = read_line(words).unwrap_err().to_string();
            assert!(error.contains(problem), "{words:?}: {error}");
        }
    }
}
