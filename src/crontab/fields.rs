//! Splits a line into its schedule and the rest, and refuses lines that another program reads in another way.

/// The schedule of a line, and the text after it.
pub(super) type Split<'t> = (String, &'t str);

/// Splits a line into its schedule and the rest.
pub(super) fn split(line: &str) -> Result<Split<'_>, String> {
    // In cron, a `-` before the schedule turns the syslog entry off. We write none, so ignore it.
    let line = line
        .strip_prefix('-')
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | '@')))
        .unwrap_or(line);
    if line.starts_with('@') {
        return keyword(line);
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
    if let [period, delay, name, ..] = fields.as_slice()
        && is_number(period)
        && is_number(delay)
        && !may_be_field(name)
    {
        return Err(anacrontab(&format!("{period} {delay} {name}")));
    }
    let Some((sixth, after)) = word(rest) else {
        return Ok((fields.join(" "), rest));
    };
    if is_plain_field(sixth) {
        // No program is called `*` or `5`, so the first of six fields is the seconds.
        let Some((seventh, _)) = word(after) else {
            return Err(format!(
                "the command is missing: `{sixth}` is a sixth field (with six fields, the first one is the second)"
            ));
        };
        if is_plain_field(seventh) {
            return Err(format!(
                "has seven fields before the command: a schedule has 5 or 6 and no year\nhint: remove the field of the year (`{seventh}`, if it is the last); with six fields, the first one is the second"
            ));
        }
        fields.push(sixth);
        return Ok((fields.join(" "), after));
    }
    if names_weekdays(sixth) {
        return Err(format!(
            "`{sixth}` may be the weekday of six fields or a command after five\nhint: write the weekday as a number, or the whole path of the command"
        ));
    }
    Ok((fields.join(" "), rest))
}

/// Refuses a command that begins with a text of which another program makes something else.
pub(super) fn check_command(schedule: &str, command: &str) -> Result<(), String> {
    let first = word(command).map_or("", |(first, _)| first);
    if first.starts_with('-') {
        return Err(format!(
            "`{first}` before the command is a flag of the cron of OpenBSD or FreeBSD, which is not read here\nhint: remove it; `jobs edit NAME --overlap skip` does what `-s` does"
        ));
    }
    if schedule.starts_with('@') && is_plain_field(first) {
        return Err(if is_number(first) {
            let line: String = command.chars().take(40).collect();
            anacrontab(&format!("{schedule} {line}"))
        } else {
            format!("`{first}` after `{schedule}` is not a command")
        });
    }
    Ok(())
}

fn anacrontab(line: &str) -> String {
    format!(
        "`{line}` looks like a line of an anacrontab, `period delay name command`, which is not read here\nhint: `jobs add NAME --cron @daily --catch-up once -- COMMAND` runs daily, and after a time without power once"
    )
}

/// Splits a line that begins with a keyword. `@every` and `@at` have an argument, which may have several words.
fn keyword(line: &str) -> Result<Split<'_>, String> {
    let (name, rest) = word(line).ok_or("the schedule is missing")?;
    let takes_another: fn(&[&str], &str) -> bool = match name.to_ascii_lowercase().as_str() {
        "@every" => is_part_of_duration,
        "@at" => is_part_of_time,
        _ => return Ok((name.to_string(), rest)),
    };
    let (first, mut rest) =
        word(rest).ok_or_else(|| format!("the argument of `{name}` is missing"))?;
    let mut argument = vec![first];
    while let Some((next, after)) = word(rest)
        && takes_another(&argument, next)
    {
        argument.push(next);
        rest = after;
    }
    Ok((format!("{name} {}", argument.join(" ")), rest))
}

/// Whether a word goes on with a duration: a unit after a number, or a number with a unit.
fn is_part_of_duration(before: &[&str], word: &str) -> bool {
    const UNITS: [&str; 19] = [
        "w", "week", "weeks", "d", "day", "days", "h", "hr", "hrs", "hour", "hours", "m", "min",
        "mins", "minute", "minutes", "s", "sec", "seconds",
    ];
    let is_number = |word: &str| {
        word.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_unit = UNITS.contains(&unit) || unit == "secs" || unit == "second";
    match before.last() {
        Some(last) if is_number(last) => is_unit && unit == word,
        Some(_) | None => (is_unit && unit != word) || is_number(word),
    }
}

/// Whether a word goes on with a date and time: a time after a date, then an offset or `am`. The schedule decides whether
/// the whole is a time.
fn is_part_of_time(before: &[&str], word: &str) -> bool {
    let is_offset =
        word.starts_with(['+', '-']) && word[1..].starts_with(|c: char| c.is_ascii_digit());
    let is_zone = ["z", "utc", "gmt", "am", "pm"]
        .iter()
        .any(|zone| word.eq_ignore_ascii_case(zone));
    let has_time = before.iter().any(|word| word.contains(':'));
    let is_time =
        !has_time && word.starts_with(|c: char| c.is_ascii_digit()) && !word.contains('/');
    is_offset || is_zone || is_time
}

/// Whether the word has only characters that fields without names have.
fn is_plain_field(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"*?,-/~".contains(&byte))
        && !word.starts_with(['/', '-', '~'])
}

/// Whether the word may be a field for a day: digits, operators, `L`, `W` and `H`.
fn may_be_field(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_digit() || b"*?,-/~#()lLwWhH".contains(&byte))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the word is a field of weekdays with a name in it: `mon`, `MON-FRI`, `sat,sun`, `FRI#3`, `friL`.
fn names_weekdays(word: &str) -> bool {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let lower = word.to_ascii_lowercase();
    let is_day = |part: &str| DAYS.contains(&part.strip_suffix('l').unwrap_or(part));
    let mut parts = lower.split([',', '-', '/', '#']);
    parts.clone().any(is_day) && parts.all(|part| is_day(part) || is_number(part))
}

/// Splits off the first word.
pub(super) fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    if text.is_empty() {
        return None;
    }
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    Some(text.split_at(end))
}
