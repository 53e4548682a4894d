//! Descriptions in Chinese.

use super::super::cron::Cron;
use super::super::day_rule::both_must_match;
use super::super::duration;
use super::super::field::{Field, Member};
use super::super::{Line, LineKind};
use super::{clock_times, even_step, is_run, name, runs, step_from_first, values};

const WEEKDAYS: [&str; 7] = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

/// The meaning of a line, without a full stop.
pub(super) fn line(line: &Line) -> String {
    let meaning = match &line.kind {
        LineKind::Cron(cron) => cron_line(cron),
        LineKind::Every(period) => format!("每 {} 一次", length(*period)),
        LineKind::Reboot => "机器启动时".to_owned(),
        LineKind::At(moment) => format!("仅一次，在 {}", moment.in_words()),
    };
    match &line.zone {
        Some(zone) => format!("{meaning}（{} 时间）", zone.name()),
        None => meaning,
    }
}

fn length(seconds: u64) -> String {
    let words: Vec<String> = duration::split(seconds)
        .map(|(count, names)| {
            let unit = match names[0] {
                "d" => "天",
                "h" => "小时",
                "m" => "分钟",
                _ => "秒",
            };
            format!("{count} {unit}")
        })
        .collect();
    words.join(" ")
}

fn cron_line(cron: &Cron) -> String {
    let days = days(cron);
    match clock_times(cron) {
        Some(times) if days.is_empty() => format!("每天 {}", times.join("、")),
        Some(times) => format!("{days} {}", times.join("、")),
        None if days.is_empty() => clock(cron),
        None => format!("{days}，{}", clock(cron)),
    }
}

/// The hours, minutes and seconds: `9 点至 17 点，每 5 分钟`.
fn clock(cron: &Cron) -> String {
    let (second, minute, hour) = (cron.second(), cron.minute(), cron.hour());
    let has_seconds = values(second) != [0];
    // A list of values needs a coarser unit that it belongs to.
    let mut parts = Vec::new();
    let minute_says_every = minute.is_full() || even_step(minute).is_some();
    if !hour.is_full() {
        parts.push(hours(hour, values(minute) == [0] && !has_seconds));
    } else if !minute_says_every {
        parts.push("每小时".to_owned());
    }
    // When every minute matches, `每 10 秒` alone is clear.
    let second_says_every = second.is_full() || even_step(second).is_some();
    if !minute.is_full() {
        if values(minute) != [0] || has_seconds {
            parts.push(part(minute, "分钟", "分"));
        }
    } else if !has_seconds || !second_says_every {
        parts.push("每分钟".to_owned());
    }
    if has_seconds {
        parts.push(part(second, "秒", "秒"));
    }
    parts.join("，")
}

/// `每 15 分钟`, `第 5、10 至 15 分`.
fn part(field: &Field, unit: &str, value: &str) -> String {
    if field.is_full() {
        return format!("每{unit}");
    }
    match even_step(field) {
        Some(step) => format!("每 {step} {unit}"),
        None => format!(
            "第 {} {value}",
            list(&values(field), |value| value.to_string())
        ),
    }
}

/// The hours, before a finer part or alone for the full hour.
fn hours(hour: &Field, alone: bool) -> String {
    if let Some(step) = even_step(hour) {
        return if alone {
            format!("每 {step} 小时")
        } else {
            format!("每 {step} 小时的第一个小时内")
        };
    }
    let values = values(hour);
    let clock = |value: u32| format!("{value:02}:00");
    match (values.as_slice(), alone) {
        ([first, .., last], true) if is_run(&values) => {
            format!("{}至 {}每小时整点", clock(*first) + " ", clock(*last) + " ")
        }
        (_, true) => runs(&values, clock, " 至 ").join("、"),
        ([first, .., last], false) if is_run(&values) => {
            format!("{first:02}:00 至 {last:02}:59")
        }
        (_, false) => format!("{} 点", list(&values, |value| value.to_string())),
    }
}

/// The days and months; empty for every day.
fn days(cron: &Cron) -> String {
    let (date, weekday) = (cron.day_of_month(), cron.day_of_week());
    let months = (!cron.month().is_full()).then(|| {
        format!(
            "{} 月",
            list(&values(cron.month()), |value| value.to_string())
        )
    });
    let month = months.as_deref().unwrap_or("每月");
    let open_date = date.begins_with_star() && date.is_full();
    let open_weekday = weekday.begins_with_star() && weekday.is_full();
    match (open_date, open_weekday) {
        (true, true) => months
            .map(|months| format!("{months}每天"))
            .unwrap_or_default(),
        (false, true) => dates(date, month),
        (true, false) => weekdays(weekday, months.as_deref()),
        (false, false) if both_must_match(date, weekday) => {
            format!("{}且为{}", dates(date, month), which_weekday(weekday))
        }
        (false, false) => format!(
            "{}，以及{}",
            dates(date, month),
            weekdays(weekday, months.as_deref())
        ),
    }
}

/// `每月 1、15 日`.
fn dates(field: &Field, month: &str) -> String {
    if let Some(step) = step_from_first(field) {
        return format!("{month}从 1 日起每 {step} 天");
    }
    let plain = values(field);
    if plain.len() == 31 {
        return format!("{month}每天");
    }
    let mut parts = Vec::new();
    if !plain.is_empty() {
        parts.push(format!(" {} 日", list(&plain, |value| value.to_string())));
    }
    parts.extend(field.specials().filter_map(|member| match *member {
        Member::LastDay { before: 0 } => Some("最后一天".to_owned()),
        Member::LastDay { before } => Some(format!("倒数第 {} 天", u32::from(before) + 1)),
        Member::LastWeekday => Some("最后一个工作日（周一至周五）".to_owned()),
        Member::Nearest { day } => Some(format!("离 {day} 日最近的工作日（周一至周五）")),
        Member::Star { .. }
        | Member::Span { .. }
        | Member::Onward { .. }
        | Member::Nth { .. }
        | Member::LastOf { .. } => None,
    }));
    format!("{month}{}", parts.join("、"))
}

/// `每周一`, `周一至周五`, `每月第三个周五`.
fn weekdays(field: &Field, months: Option<&str>) -> String {
    let mut parts = Vec::new();
    let plain = values(field);
    let within = months
        .map(|months| format!("{months}的"))
        .unwrap_or_default();
    if plain.len() == 7 {
        parts.push(format!("{within}每天"));
    } else if !plain.is_empty() {
        parts.push(format!("{within}每{}", weekday_names(&plain)));
    }
    let special = special_weekdays(field);
    if !special.is_empty() {
        parts.push(format!(
            "{}{}",
            months.unwrap_or("每月"),
            special.join("、")
        ));
    }
    parts.join("、")
}

/// The condition on the weekday when a day must match both fields.
fn which_weekday(field: &Field) -> String {
    let plain = values(field);
    let named = (!plain.is_empty()).then(|| weekday_names(&plain));
    let parts: Vec<String> = named.into_iter().chain(special_weekdays(field)).collect();
    parts.join("或")
}

fn weekday_names(values: &[u32]) -> String {
    list(values, |value| name(&WEEKDAYS, value))
}

/// `第三个周五`, `最后一个周一`.
fn special_weekdays(field: &Field) -> Vec<String> {
    const NTH: [&str; 5] = ["一", "二", "三", "四", "五"];
    let weekday_name = |weekday: u8| name(&WEEKDAYS, u32::from(weekday));
    let parts = field.specials().filter_map(|member| match *member {
        Member::Nth { weekday, nth } => Some(format!(
            "第{}个{}",
            name(&NTH, u32::from(nth) - 1),
            weekday_name(weekday)
        )),
        Member::LastOf { weekday } => Some(format!("最后一个{}", weekday_name(weekday))),
        Member::Star { .. }
        | Member::Span { .. }
        | Member::Onward { .. }
        | Member::LastDay { .. }
        | Member::LastWeekday
        | Member::Nearest { .. } => None,
    });
    parts.collect()
}

/// `1、3、5 至 9`.
fn list(values: &[u32], shown: impl Fn(u32) -> String) -> String {
    let is_number = values.first().is_some_and(|value| shown(*value).is_ascii());
    runs(values, shown, if is_number { " 至 " } else { "至" }).join("、")
}
