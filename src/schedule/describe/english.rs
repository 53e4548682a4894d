//! Descriptions in English.

use super::super::cron::Cron;
use super::super::day_rule::both_must_match;
use super::super::duration;
use super::super::field::{Field, Member};
use super::super::{Line, LineKind};
use super::{clock_times, even_step, is_run, name, step_from_first, values};

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The meaning of a line, without a full stop.
pub(super) fn line(line: &Line) -> String {
    let meaning = match &line.kind {
        LineKind::Cron(cron) => cron_line(cron),
        LineKind::Every(period) => format!("every {}", duration::in_words(*period)),
        LineKind::Reboot => "when the machine boots".to_owned(),
        LineKind::At(moment) => format!("once at {}", moment.in_words()),
    };
    match &line.zone {
        Some(zone) => format!("{meaning} ({} time)", zone.name()),
        None => meaning,
    }
}

fn cron_line(cron: &Cron) -> String {
    let (clock, at_times) = clock(cron);
    let days = days(cron);
    // `every 15 minutes` already implies every day.
    let every_day = if at_times && (days.is_empty() || days.starts_with("in ")) {
        Some("every day".to_owned())
    } else {
        None
    };
    let parts = [Some(clock), every_day, Some(days)];
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" ")
}

/// The hours, minutes and seconds, and whether they are a list of clock times.
fn clock(cron: &Cron) -> (String, bool) {
    let (second, minute, hour) = (cron.second(), cron.minute(), cron.hour());
    let (seconds, minutes) = (values(second), values(minute));
    if let Some(times) = clock_times(cron) {
        return (format!("at {}", and(&times)), true);
    }
    let mut parts: Vec<String> = Vec::new();
    // After `every ...`, a coarser field that matches everything is left out; after a list of values it is needed,
    // since the list belongs to it.
    let mut every = false;
    if seconds != [0] {
        parts.push(part(second, "second"));
        every = is_every(second);
    }
    if minute.is_full() && !parts.is_empty() {
        if !every {
            parts.push("of every minute".to_owned());
            every = true;
        }
    } else if minutes != [0] || !parts.is_empty() {
        parts.push(match even_step(minute) {
            Some(step) if !parts.is_empty() => format!("of every {} minute", ordinal(step)),
            Some(_) | None => part(minute, "minute"),
        });
        every = is_every(minute);
    }
    if !hour.is_full() || parts.is_empty() {
        parts.push(hours_part(hour, parts.is_empty()));
    } else if !every {
        parts.push("of every hour".to_owned());
    }
    (parts.join(" "), false)
}

/// `every second`, `every 15 minutes`, `at minutes 5, 10 and 15`.
fn part(field: &Field, unit: &str) -> String {
    if field.is_full() {
        return format!("every {unit}");
    }
    if let Some(step) = even_step(field) {
        return format!("every {step} {unit}s");
    }
    let values = values(field);
    let plural = if values.len() == 1 { "" } else { "s" };
    format!(
        "at {unit}{plural} {}",
        runs(&values, |value| value.to_string())
    )
}

/// Whether [`part`] gives `every ...` for the field.
fn is_every(field: &Field) -> bool {
    field.is_full() || even_step(field).is_some()
}

/// The hours, after a finer part or alone for the full hour.
fn hours_part(hour: &Field, alone: bool) -> String {
    if hour.is_full() {
        return "every hour".to_owned();
    }
    if let Some(step) = even_step(hour) {
        return if alone {
            format!("every {step} hours")
        } else {
            format!("of every {} hour", ordinal(step))
        };
    }
    let values = values(hour);
    let clock = |value: u32| format!("{value:02}:00");
    match (values.as_slice(), alone) {
        ([first, .., last], true) if is_run(&values) => {
            format!("every hour from {} to {}", clock(*first), clock(*last))
        }
        (_, true) => format!(
            "at {}",
            and(&values.iter().map(|value| clock(*value)).collect::<Vec<_>>())
        ),
        ([first, .., last], false) if is_run(&values) => {
            format!("from {first:02}:00 to {last:02}:59")
        }
        ([one], false) => format!("from {one:02}:00 to {one:02}:59"),
        (_, false) => format!("of the hours {}", runs(&values, |value| value.to_string())),
    }
}

/// The days and months; empty for every day.
fn days(cron: &Cron) -> String {
    let (date, weekday) = (cron.day_of_month(), cron.day_of_week());
    let months = if cron.month().is_full() {
        None
    } else {
        Some(runs(&values(cron.month()), |value| {
            name(&MONTHS, value - 1)
        }))
    };
    let open_date = date.begins_with_star() && date.is_full();
    let open_weekday = weekday.begins_with_star() && weekday.is_full();
    let of = months.as_ref().map_or("the month".to_owned(), Clone::clone);
    match (open_date, open_weekday) {
        (true, true) => months
            .map(|months| format!("in {months}"))
            .unwrap_or_default(),
        (false, true) => dates(date, &of),
        (true, false) => weekdays(weekday, months.as_deref()),
        (false, false) if both_must_match(date, weekday) => {
            format!("{} if it is {}", dates(date, &of), which_weekday(weekday))
        }
        (false, false) => {
            format!(
                "{} and {}",
                dates(date, &of),
                weekdays(weekday, months.as_deref())
            )
        }
    }
}

/// `on the 1st and 15th of the month`.
fn dates(field: &Field, of: &str) -> String {
    let mut parts = Vec::new();
    if let Some(step) = step_from_first(field) {
        return format!("every {step} days from the 1st of {of}");
    }
    let plain = values(field);
    if plain.len() == 31 {
        return format!("on every day of {of}");
    }
    if !plain.is_empty() {
        parts.push(format!("the {}", runs(&plain, ordinal)));
    }
    parts.extend(field.specials().filter_map(|member| match *member {
        Member::LastDay { before: 0 } => Some("the last day".to_owned()),
        Member::LastDay { before: 1 } => Some("the last day but one".to_owned()),
        Member::LastDay { before } => Some(format!("the day {before} days before the last")),
        Member::LastWeekday => Some("the last weekday (Monday to Friday)".to_owned()),
        Member::Nearest { day } => Some(format!(
            "the weekday (Monday to Friday) nearest the {}",
            ordinal(u32::from(day))
        )),
        Member::Star { .. }
        | Member::Span { .. }
        | Member::Onward { .. }
        | Member::Nth { .. }
        | Member::LastOf { .. } => None,
    }));
    format!("on {} of {of}", and(&parts))
}

/// `every Monday`, `on the third Friday of the month`.
fn weekdays(field: &Field, months: Option<&str>) -> String {
    let mut parts = Vec::new();
    let plain = values(field);
    if !plain.is_empty() {
        let days = match plain.len() {
            7 => "day".to_owned(),
            _ if is_run(&plain) => format!("day from {}", weekday_names(&plain)),
            _ => weekday_names(&plain),
        };
        let within = months
            .map(|months| format!(" in {months}"))
            .unwrap_or_default();
        parts.push(format!("every {days}{within}"));
    }
    let special = special_weekdays(field);
    if !special.is_empty() {
        parts.push(format!(
            "on {} of {}",
            and(&special),
            months.unwrap_or("the month")
        ));
    }
    and(&parts)
}

/// `Monday or Tuesday`, `the third Friday`: the condition on the weekday when a day must match both fields.
fn which_weekday(field: &Field) -> String {
    let plain = values(field);
    let named = (!plain.is_empty()).then(|| weekday_names(&plain));
    let parts: Vec<String> = named.into_iter().chain(special_weekdays(field)).collect();
    parts.join(" or ").replace(" and ", " or ")
}

fn weekday_names(values: &[u32]) -> String {
    runs(values, |value| name(&WEEKDAYS, value))
}

/// `the third Friday`, `the last Monday`.
fn special_weekdays(field: &Field) -> Vec<String> {
    const NTH: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let weekday_name = |weekday: u8| name(&WEEKDAYS, u32::from(weekday));
    let parts = field.specials().filter_map(|member| match *member {
        Member::Nth { weekday, nth } => {
            let nth = name(&NTH, u32::from(nth) - 1);
            Some(format!("the {nth} {}", weekday_name(weekday)))
        }
        Member::LastOf { weekday } => Some(format!("the last {}", weekday_name(weekday))),
        Member::Star { .. }
        | Member::Span { .. }
        | Member::Onward { .. }
        | Member::LastDay { .. }
        | Member::LastWeekday
        | Member::Nearest { .. } => None,
    });
    parts.collect()
}

/// `1, 3 and 5 to 9`: three or more consecutive values are written as a range.
fn runs(values: &[u32], shown: impl Fn(u32) -> String) -> String {
    and(&super::runs(values, shown, " to "))
}

/// `a, b and c`.
fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn ordinal(value: u32) -> String {
    let ending = match (value % 10, value % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{value}{ending}")
}
