//! How times, durations, sizes and names look to a person.

use std::time::Duration;

use crate::model::Status;
use crate::schedule::{Time, Zone};

use super::out::Tone;

/// `in 4 min`, `3 h ago`, `now`.
pub fn relative(time: Time, now: Time) -> String {
    let distance = if time >= now {
        time.since(now)
    } else {
        now.since(time)
    };
    match (distance.as_secs(), time >= now) {
        (0, _) => "now".to_string(),
        (_, true) => format!("in {}", rough(distance)),
        (_, false) => format!("{} ago", rough(distance)),
    }
}

/// What a clock shows, without what goes without saying: the time if it is today, else the day and the time, in another
/// year the date.
pub fn short_clock(at: Time, now: Time, zone: &Zone) -> String {
    let (then, today) = (at.local(zone), now.local(zone));
    // Both are `2026-12-01 10:00:00`.
    let shown = if then[..10] == today[..10] {
        &then[11..]
    } else if then[..4] == today[..4] {
        &then[5..16]
    } else {
        &then[..10]
    };
    shown.to_string()
}

/// A duration in its largest unit, cut.
fn rough(duration: Duration) -> String {
    const UNITS: [(u64, &str); 5] = [
        (31_536_000, "y"),
        (86_400, "d"),
        (3_600, "h"),
        (60, "min"),
        (1, "s"),
    ];
    let seconds = duration.as_secs();
    let (size, unit) = UNITS
        .into_iter()
        .find(|(size, _)| seconds >= *size)
        .unwrap_or((1, "s"));
    format!("{} {unit}", seconds / size)
}

/// `850 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(millis: i64) -> String {
    let millis = millis.max(0);
    let seconds = millis / 1_000;
    match seconds {
        _ if millis < 1_000 => format!("{millis} ms"),
        0..60 => format!("{}.{} s", seconds, millis % 1_000 / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// `512 B`, `1.2 MB`.
pub fn size(bytes: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes.max(0) as f64;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// A text that can't rewrite the terminal: control characters are shown, not sent.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push('⏎'),
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                shown.extend(c.escape_default());
            }
            c => shown.push(c),
        }
    }
    shown
}

/// A text of at most `most` characters, the rest as `…`.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// How a status is coloured.
pub fn tone(status: Status) -> Option<Tone> {
    match status {
        Status::Success => Some(Tone::Good),
        Status::Failed | Status::Timeout | Status::Interrupted => Some(Tone::Bad),
        Status::Missed | Status::Skipped | Status::Cancelled => Some(Tone::Warn),
        Status::Queued | Status::Running => None,
    }
}

/// What was typed after `--`: one word is the command as it is, several are quoted so that each stays one word.
pub fn join_words(words: &[String]) -> Option<String> {
    match words {
        [] => None,
        [command] => Some(command.clone()),
        words => Some(
            words
                .iter()
                .map(|word| quote(word))
                .collect::<Vec<_>>()
                .join(" "),
        ),
    }
}

fn quote(word: &str) -> String {
    let is_plain = !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&byte));
    if is_plain {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_told_in_one_unit() {
        let now = Time::from_millis(1_000_000_000_000);
        for (seconds, expected) in [
            (0, "now"),
            (5, "in 5 s"),
            (-5, "5 s ago"),
            (250, "in 4 min"),
            (-3 * 3_600 - 1, "3 h ago"),
            (90_000, "in 1 d"),
            (-40_000_000, "1 y ago"),
        ] {
            assert_eq!(
                relative(Time::from_millis(now.millis() + seconds * 1_000), now),
                expected
            );
        }
    }

    #[test]
    fn a_clock_leaves_out_what_goes_without_saying() {
        let utc = Zone::utc();
        let time = |text: &str| Time::parse_rfc3339(text).unwrap();
        let now = time("2026-11-24T23:59:58Z");
        for (at, expected) in [
            ("2026-11-24T23:59:59Z", "23:59:59"),
            ("2026-11-25T00:00:00Z", "11-25 00:00"),
            ("2027-01-01T00:00:00Z", "2027-01-01"),
        ] {
            assert_eq!(short_clock(time(at), now, &utc), expected);
        }
    }

    #[test]
    fn durations_and_sizes() {
        for (millis, expected) in [
            (0, "0 ms"),
            (850, "850 ms"),
            (1_250, "1.2 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(millis), expected);
        }
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_234_567, "1.2 MB"),
            (2_147_483_648, "2.1 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn words_reach_the_command_as_they_were_typed() {
        for words in [
            vec![
                "echo", "a b", "it's", "", "$HOME", "*", "备份", "-n", "a\nb", "\"", "\\",
            ],
            vec!["/bin/x", "--y=z"],
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_string).collect();
            let line = join_words(&words).unwrap();
            let script = format!("set -- {line}\nfor word; do printf '%s\\0' \"$word\"; done");
            let printed = std::process::Command::new("/bin/sh")
                .arg("-c")
                .arg(script)
                .output()
                .unwrap()
                .stdout;
            let heard: Vec<String> = printed
                .split(|byte| *byte == 0)
                .map(|word| String::from_utf8(word.to_vec()).unwrap())
                .collect();
            assert_eq!(heard[..words.len()], words);
        }
        assert_eq!(join_words(&["a | b".to_string()]).unwrap(), "a | b");
    }

    #[test]
    fn a_name_can_not_rewrite_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\r\n备"), "a\\u{1b}[2Jb\\r⏎备");
    }
}
