//! Parses the whole text of a schedule: the zone prefix, then a keyword with `@` or the fields.

use super::cron::Cron;
use super::duration;
use super::error::SyntaxError;
use super::moment::Moment;
use super::zone::{Zone, nearest};
use super::{Line, LineKind, Schedule};
use jobs_text::quoted;

/// The keywords that stand for six fields.
const KEYWORDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 0 1 1 *"),
    ("@annually", "0 0 0 1 1 *"),
    ("@monthly", "0 0 0 1 * *"),
    ("@weekly", "0 0 0 * * 0"),
    ("@daily", "0 0 0 * * *"),
    ("@midnight", "0 0 0 * * *"),
    ("@hourly", "0 0 * * * *"),
];

/// Parses a schedule: one line, or several separated by `;`. `seed` is the hash of the job's name, for `H`.
pub(super) fn parse(text: &str, seed: Option<u64>) -> Result<Schedule, SyntaxError> {
    let mut lines = Vec::new();
    let mut from = 0;
    for part in text.split(';') {
        let line = line(part, seed).map_err(|error| {
            let error = match part.trim().is_empty() && text.contains(';') {
                true => error.hint("remove the extra `;`"),
                false => error,
            };
            error.shifted(from)
        })?;
        lines.push(line);
        from += part.len() + 1;
    }
    Ok(Schedule { lines })
}

/// Parses one line.
fn line(text: &str, seed: Option<u64>) -> Result<Line, SyntaxError> {
    let words = words(text);
    let (zone, words) = zone_prefix(&words)?;
    let Some((at, first)) = words.first().copied() else {
        let end = text.trim_end().len();
        let error = SyntaxError::new(end..end, "the schedule is empty");
        return Err(error.hint("for example `*/15 * * * *`, `@daily` or `@every 90s`"));
    };
    let kind = if first.starts_with('@') {
        // The argument is the text from the keyword to the end.
        let after = at + first.len();
        let argument = text[after..].trim();
        let argument_at = words.get(1).map_or(after, |(at, _)| *at);
        keyword(first, at, argument, argument_at)?
    } else {
        LineKind::Cron(Box::new(Cron::parse(fields(words)?, seed)?))
    };
    Ok(Line { kind, zone })
}

/// Parses the period of `@every` into seconds. `at` is the byte offset of `text` in the whole schedule.
pub(super) fn period(text: &str, at: usize) -> Result<u64, SyntaxError> {
    match duration::seconds(text, at)? {
        0 => Err(
            SyntaxError::new(at..at + text.len(), "the period is less than a second")
                .hint("it is at least `1s`"),
        ),
        seconds => Ok(seconds),
    }
}

/// The words, each with the byte offset at which it begins.
fn words(text: &str) -> Vec<(usize, &str)> {
    let start = text.as_ptr().addr();
    text.split_whitespace()
        .map(|word| (word.as_ptr().addr() - start, word))
        .collect()
}

/// A word of a text, and the byte offset at which it begins.
type Word<'t> = (usize, &'t str);

/// Removes `TZ=...` or `CRON_TZ=...` from the front.
fn zone_prefix<'w, 't>(
    words: &'w [Word<'t>],
) -> Result<(Option<Zone>, &'w [Word<'t>]), SyntaxError> {
    let Some(((at, word), rest)) = words.split_first() else {
        return Ok((None, words));
    };
    let Some(name) = word
        .strip_prefix("TZ=")
        .or_else(|| word.strip_prefix("CRON_TZ="))
    else {
        return Ok((None, words));
    };
    let end = at + word.len();
    let zone = Zone::find(name).map_err(|_| {
        let error = SyntaxError::new(
            end - name.len()..end,
            format!("{} is not a known time zone", quoted(name)),
        );
        match nearest(name) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("for example `TZ=Asia/Shanghai`"),
        }
    })?;
    Ok((Some(zone), rest))
}

/// Checks that there are five or six fields.
fn fields<'w, 't>(words: &'w [Word<'t>]) -> Result<&'w [Word<'t>], SyntaxError> {
    let end = words.last().map_or(0, |(at, word)| at + word.len());
    let count = words.len();
    match words.get(6) {
        None if count >= 5 => Ok(words),
        None => {
            let counted = if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
            Err(SyntaxError::new(end..end, format!("{counted}, a schedule has 5 or 6"))
                .hint("5 fields are `min hour day-of-month month day-of-week`; with 6 fields, `sec` comes first"))
        }
        Some((at, _)) if count == 7 => Err(SyntaxError::new(
            *at..end,
            "7 fields: is the last a year? remove it",
        )
        .hint("a schedule has 5 or 6 fields and no year; for a single time use `@at 2026-12-01T10:00:00`")),
        Some((at, _)) => Err(SyntaxError::new(*at..end, format!("{count} fields, a schedule has 5 or 6"))
            .hint("the command does not belong to the schedule")),
    }
}

/// Parses a keyword that begins with `@`, with its argument.
fn keyword(
    word: &str,
    at: usize,
    argument: &str,
    argument_at: usize,
) -> Result<LineKind, SyntaxError> {
    let lower = word.to_ascii_lowercase();
    let argument_end = argument_at + argument.len();
    let alone = |kind: LineKind| {
        if argument.is_empty() {
            return Ok(kind);
        }
        Err(SyntaxError::new(
            argument_at..argument_end,
            format!("{} is not allowed after `{lower}`", quoted(argument)),
        ))
    };
    if let Some((_, line)) = KEYWORDS.iter().find(|(name, _)| *name == lower) {
        return alone(LineKind::Cron(Box::new(Cron::parse(&words(line), None)?)));
    }
    match lower.as_str() {
        "@reboot" => alone(LineKind::Reboot),
        "@every" => Ok(LineKind::Every(
            period(argument, argument_at).map_err(|error| error.within("@every"))?,
        )),
        "@at" => match Moment::parse(argument) {
            Ok(moment) => Ok(LineKind::At(moment)),
            Err(problem) => Err(SyntaxError::new(argument_at..argument_end, format!("@at: {problem}"))
                .hint("for example `@at 2026-12-01T10:00:00` or `@at 2026-12-01T10:00:00+08:00`")),
        },
        _ => Err(SyntaxError::new(
            at..at + word.len(),
            format!("{} is not a schedule keyword", quoted(word)),
        )
        .hint(
            "the keywords are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every, @at and @reboot",
        )),
    }
}
