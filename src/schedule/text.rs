//! Reads the whole text of a schedule: the zone prefix, then the words with `@` or the fields.

use super::cron::Cron;
use super::duration;
use super::error::Flaw;
use super::moment::Moment;
use super::zone::{Zone, nearest};
use super::{Kind, Line, Schedule};
use crate::text::quoted;

/// The words that stand for six fields.
const WORDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 0 1 1 *"),
    ("@annually", "0 0 0 1 1 *"),
    ("@monthly", "0 0 0 1 * *"),
    ("@weekly", "0 0 0 * * 0"),
    ("@daily", "0 0 0 * * *"),
    ("@midnight", "0 0 0 * * *"),
    ("@hourly", "0 0 * * * *"),
];

/// Reads a schedule, one line or several with `;` between. `seed` is what `H` is made of.
pub(super) fn parse(text: &str, seed: Option<u64>) -> Result<Schedule, Flaw> {
    let mut lines = Vec::new();
    let mut from = 0;
    for part in text.split(';') {
        let line = line(part, seed).map_err(|flaw| {
            let flaw = match part.trim().is_empty() && text.contains(';') {
                true => flaw.hint("is there a `;` too many?"),
                false => flaw,
            };
            flaw.shifted(from)
        })?;
        lines.push(line);
        from += part.len() + 1;
    }
    Ok(Schedule { lines })
}

/// Reads one line.
fn line(text: &str, seed: Option<u64>) -> Result<Line, Flaw> {
    let words = words(text);
    let (zone, words) = zone_prefix(&words)?;
    let Some((at, first)) = words.first().copied() else {
        let end = text.trim_end().len();
        let flaw = Flaw::new(end..end, "the schedule is empty");
        return Err(flaw.hint("for example `*/15 * * * *`, `@daily` or `@every 90s`"));
    };
    let kind = if first.starts_with('@') {
        // What follows the word, up to the end of the text.
        let after = at + first.len();
        let argument = text[after..].trim();
        let argument_at = words.get(1).map_or(after, |(at, _)| *at);
        at_word(first, at, argument, argument_at)?
    } else {
        Kind::Cron(Box::new(Cron::parse(fields(words)?, seed)?))
    };
    Ok(Line { kind, zone })
}

/// The period of `@every` in seconds, from a text that begins at byte `at` of the whole.
pub(super) fn period(text: &str, at: usize) -> Result<u64, Flaw> {
    match duration::seconds(text, at)? {
        0 => Err(
            Flaw::new(at..at + text.len(), "the period is less than a second")
                .hint("it is at least `1s`"),
        ),
        seconds => Ok(seconds),
    }
}

/// The words with the byte at which each begins.
fn words(text: &str) -> Vec<(usize, &str)> {
    let start = text.as_ptr().addr();
    text.split_whitespace()
        .map(|word| (word.as_ptr().addr() - start, word))
        .collect()
}

/// One word of a text and the byte at which it begins.
type Word<'t> = (usize, &'t str);

/// Takes `TZ=...` or `CRON_TZ=...` off the front.
fn zone_prefix<'w, 't>(words: &'w [Word<'t>]) -> Result<(Option<Zone>, &'w [Word<'t>]), Flaw> {
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
        let flaw = Flaw::new(
            end - name.len()..end,
            format!("{} is not a known time zone", quoted(name)),
        );
        match nearest(name) {
            Some(near) => flaw.hint(format!("did you mean `{near}`?")),
            None => flaw.hint("for example `TZ=Asia/Shanghai`"),
        }
    })?;
    Ok((Some(zone), rest))
}

/// Holds that there are five or six fields.
fn fields<'w, 't>(words: &'w [Word<'t>]) -> Result<&'w [Word<'t>], Flaw> {
    let end = words.last().map_or(0, |(at, word)| at + word.len());
    let count = words.len();
    match words.get(6) {
        None if count >= 5 => Ok(words),
        None => {
            let counted = if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
            Err(Flaw::new(end..end, format!("{counted}, a schedule has 5 or 6"))
                .hint("5 are `min hour day-of-month month day-of-week`, 6 have `sec` before them"))
        }
        Some((at, _)) if count == 7 => Err(Flaw::new(
            *at..end,
            "7 fields: is the last a year? remove it",
        )
        .hint("a schedule has 5 or 6 fields and no year; for a single time use `@at 2026-12-01T10:00:00`")),
        Some((at, _)) => Err(Flaw::new(*at..end, format!("{count} fields, a schedule has 5 or 6"))
            .hint("the command does not belong to the schedule")),
    }
}

/// A word that begins with `@`, and what follows it.
fn at_word(word: &str, at: usize, argument: &str, argument_at: usize) -> Result<Kind, Flaw> {
    let lower = word.to_ascii_lowercase();
    let argument_end = argument_at + argument.len();
    let alone = |kind: Kind| {
        if argument.is_empty() {
            return Ok(kind);
        }
        Err(Flaw::new(
            argument_at..argument_end,
            format!(
                "{} stands after `{lower}`, which stands alone",
                quoted(argument)
            ),
        ))
    };
    if let Some((_, line)) = WORDS.iter().find(|(name, _)| *name == lower) {
        return alone(Kind::Cron(Box::new(Cron::parse(&words(line), None)?)));
    }
    match lower.as_str() {
        "@reboot" => alone(Kind::Reboot),
        "@every" => Ok(Kind::Every(
            period(argument, argument_at).map_err(|flaw| flaw.within("@every"))?,
        )),
        "@at" => match Moment::parse(argument) {
            Ok(moment) => Ok(Kind::At(moment)),
            Err(problem) => Err(Flaw::new(argument_at..argument_end, format!("@at: {problem}"))
                .hint("for example `@at 2026-12-01T10:00:00` or `@at 2026-12-01T10:00:00+08:00`")),
        },
        _ => Err(Flaw::new(
            at..at + word.len(),
            format!("{} is not a word for a schedule", quoted(word)),
        )
        .hint(
            "the words are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every, @at and @reboot",
        )),
    }
}
