//! Warnings about a schedule that is valid but may not mean what its author wanted.

use std::fmt;

use super::clock;
use super::cron::Cron;
use super::field::{Field, FieldKind, Member};
use super::moment::Moment;
use super::time::Time;
use super::zone::Zone;
use super::{Language, Line, LineKind, Schedule};

/// A warning about a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line that the warning concerns; `None` when the schedule has one line.
    line: Option<String>,
    kind: WarningKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum WarningKind {
    /// The time of `@at` is in the past.
    Past { moment: String },
    /// The time of `@at` is on a day that does not exist in the zone.
    NoSuchTime { moment: String, zone: String },
    /// No time within 50 years matches.
    NoDate,
    /// The second field is `*` under a restricted minute: probably a line of five fields with one star too many.
    EachSecond { minute: String },
    /// Both day fields are restricted.
    EitherDay { date: String, weekday: String },
    /// A step that is larger than its field.
    LongStep { member: String, field: FieldKind },
    /// A step that does not divide its field.
    UnevenStep { member: String, field: FieldKind },
    /// A run whose time a clock change skips, and which is made up for.
    InGap {
        clock: String,
        date: String,
        zone: String,
        instead: String,
    },
    /// Runs of an interval line whose times a clock change skips. They are not made up for.
    LostInGap {
        clock: String,
        date: String,
        zone: String,
    },
    /// Many jobs are due in the same second.
    Crowded {
        others: u64,
        clock: String,
        instead: Option<String>,
    },
}

/// From this many other jobs in the same second on, a warning is given.
const MANY_OTHERS: u64 = 10;

impl Warning {
    /// Whether this number of other jobs in the same second is worth a warning.
    pub fn is_many(others: u64) -> bool {
        others >= MANY_OTHERS
    }

    /// The warning that `others` other jobs are due in the same second as the next run of this schedule; `None` when
    /// they are few. `name` is the name of the job.
    pub fn crowded(
        schedule: &Schedule,
        name: &str,
        others: u64,
        next: Time,
        zone: &Zone,
    ) -> Option<Warning> {
        if !Warning::is_many(others) {
            return None;
        }
        let clock = next.local(zone).split_off("2026-12-01 ".len());
        let instead = match schedule.lines.as_slice() {
            [
                Line {
                    kind: LineKind::Cron(cron),
                    zone,
                },
            ] => cron.at_other_minute(super::hash::of(name)).map(|line| {
                let zone = zone.as_ref().map(|zone| format!("TZ={} ", zone.name()));
                format!("{}{line}", zone.unwrap_or_default())
            }),
            _ => None,
        };
        Some(Warning {
            line: None,
            kind: WarningKind::Crowded {
                others,
                clock,
                instead,
            },
        })
    }

    /// The warning as a sentence.
    pub fn in_words(&self, language: Language) -> String {
        let text = match language {
            Language::English => self.kind.in_english(),
            Language::Chinese => self.kind.in_chinese(),
        };
        match &self.line {
            Some(line) => format!("`{line}`: {text}"),
            None => text,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words(Language::English))
    }
}

/// All warnings, the most severe of each line first.
pub(super) fn warnings(schedule: &Schedule, zone: &Zone, now: Time) -> Vec<Warning> {
    let has_one_line = schedule.lines.len() == 1;
    schedule
        .lines
        .iter()
        .flat_map(|line| {
            let name = (!has_one_line).then(|| line.to_string());
            of_line(line, zone, now)
                .into_iter()
                .map(move |kind| Warning {
                    line: name.clone(),
                    kind,
                })
        })
        .collect()
}

fn of_line(line: &Line, zone: &Zone, now: Time) -> Vec<WarningKind> {
    let zone = line.zone.as_ref().unwrap_or(zone);
    let never_runs = line.next_after(now, zone, now).is_none();
    let mut found = Vec::new();
    match &line.kind {
        LineKind::Reboot | LineKind::Every(_) => {}
        LineKind::At(moment) if never_runs => found.push(match moment.time(zone) {
            Some(_) => WarningKind::Past {
                moment: moment.in_words(),
            },
            None => WarningKind::NoSuchTime {
                moment: moment.in_words(),
                zone: zone.name().to_owned(),
            },
        }),
        LineKind::At(moment) => found.extend(at_in_gap(*moment, zone)),
        LineKind::Cron(cron) => {
            if never_runs {
                found.push(WarningKind::NoDate);
            }
            found.extend(each_second(cron));
            found.extend(either_day(cron));
            found.extend(cron.fields().iter().flat_map(steps));
            found.extend(in_gap(cron, zone, now));
        }
    }
    found
}

fn each_second(cron: &Cron) -> Option<WarningKind> {
    let is_suspicious = cron.second().is_full() && !cron.minute().is_full();
    is_suspicious.then(|| WarningKind::EachSecond {
        minute: cron.minute().to_string(),
    })
}

fn either_day(cron: &Cron) -> Option<WarningKind> {
    cron.either_day_matches().then(|| WarningKind::EitherDay {
        date: cron.day_of_month().to_string(),
        weekday: cron.day_of_week().to_string(),
    })
}

/// Warnings for steps that do not divide their field or are larger than it.
fn steps(field: &Field) -> Vec<WarningKind> {
    let kind = field.kind;
    let size = u32::from(kind.last() - kind.first()) + 1;
    let warning = |member: &Member| match member.step_through(kind) {
        Some(step) if step >= size && step > 1 => Some(WarningKind::LongStep {
            member: member.to_string(),
            field: kind,
        }),
        Some(step) if size % step != 0 || (kind == FieldKind::DayOfMonth && step > 1) => {
            Some(WarningKind::UnevenStep {
                member: member.to_string(),
                field: kind,
            })
        }
        Some(_) | None => None,
    };
    if field.is_full() {
        return Vec::new();
    }
    field.members.iter().filter_map(warning).collect()
}

/// The warning for a line with a run within a year that a clock change skips. A fixed line makes up for the run. An
/// interval line does not, which matters only when it is restricted to some hours.
fn in_gap(cron: &Cron, zone: &Zone, now: Time) -> Option<WarningKind> {
    const YEAR: i64 = 366 * 86_400;
    if cron.is_interval() && cron.hour().begins_with_star() {
        return None;
    }
    zone.changes_after(now.second())
        .take_while(|change| change.at <= now.second().saturating_add(YEAR))
        .find_map(|change| {
            let at = Time::from_millis(change.at.saturating_mul(1_000));
            let clock = clock::in_gap(cron, at, zone)?;
            let shown = at.local(zone);
            let (date, instead) = shown.split_once(' ')?;
            let (date, zone) = (date.to_owned(), zone.name().to_owned());
            Some(if cron.is_interval() {
                WarningKind::LostInGap { clock, date, zone }
            } else {
                WarningKind::InGap {
                    clock,
                    date,
                    zone,
                    instead: instead.to_owned(),
                }
            })
        })
}

/// The warning for a single time that a clock change skips.
fn at_in_gap(moment: Moment, zone: &Zone) -> Option<WarningKind> {
    let at = moment.time(zone)?;
    let clock = moment.skipped(at, zone)?;
    let shown = at.local(zone);
    let (date, instead) = shown.split_once(' ')?;
    Some(WarningKind::InGap {
        clock,
        date: date.to_owned(),
        zone: zone.name().to_owned(),
        instead: instead.to_owned(),
    })
}

impl WarningKind {
    fn in_english(&self) -> String {
        match self {
            WarningKind::Past { moment } => format!("never runs: {moment} is in the past"),
            WarningKind::NoSuchTime { moment, zone } => {
                format!("never runs: {moment} does not exist in {zone}")
            }
            WarningKind::NoDate => "never runs: no date in the next 50 years matches".to_owned(),
            WarningKind::EachSecond { minute } => format!(
                "runs 60 times in each matching minute, because the second field is `*`: write `0 {minute} ...` to run once"
            ),
            WarningKind::EitherDay { date, weekday } => format!(
                "both day fields are restricted: the job runs on each day that matches `{date}` or `{weekday}`"
            ),
            WarningKind::LongStep { member, field } => format!(
                "`{member}` in the {} field matches only {}: the step is larger than the field",
                field.name(),
                field.first()
            ),
            WarningKind::UnevenStep { member, field } => format!(
                "`{member}` in the {} field makes uneven gaps: it starts again at {} in each {}",
                field.name(),
                field.first(),
                match field {
                    FieldKind::Second => "minute",
                    FieldKind::Minute => "hour",
                    FieldKind::Hour => "day",
                    FieldKind::DayOfMonth => "month",
                    FieldKind::Month => "year",
                    FieldKind::DayOfWeek => "week",
                }
            ),
            WarningKind::InGap {
                clock,
                date,
                zone,
                instead,
            } => format!(
                "on {date} the clock of {zone} skips {clock}: the job runs at {instead} on that day"
            ),
            WarningKind::LostInGap { clock, date, zone } => format!(
                "on {date} the clock of {zone} skips {clock}: the job does not run then, because an interval schedule follows elapsed time"
            ),
            WarningKind::Crowded {
                others,
                clock,
                instead,
            } => {
                let advice = match instead {
                    Some(line) => format!(
                        "`{line}` is less crowded, or write `H` to derive the minute from the job's name"
                    ),
                    None => "another time is less crowded".to_owned(),
                };
                format!("{others} other jobs are also due at {clock}: {advice}")
            }
        }
    }

    fn in_chinese(&self) -> String {
        match self {
            WarningKind::Past { moment } => format!("永远不会执行：{moment} 已经过去"),
            WarningKind::NoSuchTime { moment, zone } => {
                format!("永远不会执行：{zone} 没有 {moment} 这个时刻")
            }
            WarningKind::NoDate => "永远不会执行：今后 50 年内没有匹配的日期".to_owned(),
            WarningKind::EachSecond { minute } => format!(
                "秒字段是 `*`，所以在每个匹配的分钟里执行 60 次；只执行一次请写 `0 {minute} ...`"
            ),
            WarningKind::EitherDay { date, weekday } => {
                format!("日和周两个字段都有限制：`{date}` 或 `{weekday}` 任一匹配的日子都会执行")
            }
            WarningKind::LongStep { member, field } => format!(
                "{}字段里的 `{member}` 只有 {}：步长超出了字段范围",
                in_chinese(*field),
                field.first()
            ),
            WarningKind::UnevenStep { member, field } => format!(
                "{}字段里的 `{member}` 间隔不均匀：每{}都从 {} 重新开始",
                in_chinese(*field),
                match field {
                    FieldKind::Second => "分钟",
                    FieldKind::Minute => "小时",
                    FieldKind::Hour => "天",
                    FieldKind::DayOfMonth => "月",
                    FieldKind::Month => "年",
                    FieldKind::DayOfWeek => "周",
                },
                field.first()
            ),
            WarningKind::InGap {
                clock,
                date,
                zone,
                instead,
            } => {
                format!("{zone} 的时钟在 {date} 跳过 {clock}：当天改在 {instead} 执行")
            }
            WarningKind::LostInGap { clock, date, zone } => {
                format!("{zone} 的时钟在 {date} 跳过 {clock}：它按经过的时间执行，当天那时不执行")
            }
            WarningKind::Crowded {
                others,
                clock,
                instead,
            } => {
                let advice = match instead {
                    Some(line) => format!("`{line}` 更空闲，也可以用 `H` 由任务名决定分钟"),
                    None => "换一个时间更好".to_owned(),
                };
                format!("另有 {others} 个任务也在 {clock} 执行：{advice}")
            }
        }
    }
}

fn in_chinese(field: FieldKind) -> &'static str {
    match field {
        FieldKind::Second => "秒",
        FieldKind::Minute => "分",
        FieldKind::Hour => "时",
        FieldKind::DayOfMonth => "日",
        FieldKind::Month => "月",
        FieldKind::DayOfWeek => "周",
    }
}
