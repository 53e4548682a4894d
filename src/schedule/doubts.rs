//! What a schedule says that is accepted, but may not be what was meant.

use std::fmt;

use super::clock;
use super::cron::Cron;
use super::field::{Field, Member, Place};
use super::moment::Moment;
use super::time::Time;
use super::zone::Zone;
use super::{Kind, Language, Line, Schedule};

/// Something that may not have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Which line of several it is about.
    line: Option<String>,
    about: About,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    /// The moment of `@at` is past.
    Past { moment: String },
    /// The moment of `@at` lies in a day that the zone never had.
    NoSuchTime { moment: String, zone: String },
    /// Nothing matches within 50 years.
    NoDate,
    /// A star in the seconds under a restricted minute: a line of five fields that got a star too many.
    EachSecond { minute: String },
    /// Both day fields are given.
    EitherDay { date: String, weekday: String },
    /// A step past the end of its field.
    LongStep { member: String, place: Place },
    /// A step that does not divide its field.
    UnevenStep { member: String, place: Place },
    /// A time that a change of the clock skips.
    InGap {
        clock: String,
        date: String,
        zone: String,
        instead: String,
    },
    /// Times of an interval line that a change of the clock skips, and that are not made up.
    LostInGap {
        clock: String,
        date: String,
        zone: String,
    },
    /// Many jobs are due at the same second.
    Crowded {
        others: u64,
        clock: String,
        instead: Option<String>,
    },
}

/// How many other jobs at the same second are many.
const CROWD: u64 = 10;

impl Doubt {
    /// Whether so many other jobs at the same second are many.
    pub fn is_crowd(others: u64) -> bool {
        others >= CROWD
    }

    /// `others` other jobs are due at the same second as the next run of the schedule of `name`; nothing when they are few.
    pub fn crowded(
        schedule: &Schedule,
        name: &str,
        others: u64,
        next: Time,
        zone: &Zone,
    ) -> Option<Doubt> {
        if !Doubt::is_crowd(others) {
            return None;
        }
        let clock = next.local(zone).split_off("2026-12-01 ".len());
        let instead = match schedule.lines.as_slice() {
            [
                Line {
                    kind: Kind::Cron(cron),
                    zone,
                },
            ] => cron.at_other_minute(super::hash::of(name)).map(|line| {
                let zone = zone.as_ref().map(|zone| format!("TZ={} ", zone.name()));
                format!("{}{line}", zone.unwrap_or_default())
            }),
            _ => None,
        };
        Some(Doubt {
            line: None,
            about: About::Crowded {
                others,
                clock,
                instead,
            },
        })
    }

    /// The doubt as a sentence.
    pub fn in_words(&self, language: Language) -> String {
        let said = match language {
            Language::English => self.about.in_english(),
            Language::Chinese => self.about.in_chinese(),
        };
        match &self.line {
            Some(line) => format!("`{line}`: {said}"),
            None => said,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words(Language::English))
    }
}

/// The doubts, the gravest of each line first.
pub(super) fn doubts(schedule: &Schedule, zone: &Zone, now: Time) -> Vec<Doubt> {
    let is_one = schedule.lines.len() == 1;
    schedule
        .lines
        .iter()
        .flat_map(|line| {
            let name = (!is_one).then(|| line.to_string());
            of_line(line, zone, now)
                .into_iter()
                .map(move |about| Doubt {
                    line: name.clone(),
                    about,
                })
        })
        .collect()
}

fn of_line(line: &Line, zone: &Zone, now: Time) -> Vec<About> {
    let zone = line.zone.as_ref().unwrap_or(zone);
    let ends = line.next_after(now, zone, now).is_none();
    let mut found = Vec::new();
    match &line.kind {
        Kind::Reboot | Kind::Every(_) => {}
        Kind::At(moment) if ends => found.push(match moment.time(zone) {
            Some(_) => About::Past {
                moment: moment.in_words(),
            },
            None => About::NoSuchTime {
                moment: moment.in_words(),
                zone: zone.name().to_owned(),
            },
        }),
        Kind::At(moment) => found.extend(at_in_gap(*moment, zone)),
        Kind::Cron(cron) => {
            if ends {
                found.push(About::NoDate);
            }
            found.extend(each_second(cron));
            found.extend(either_day(cron));
            found.extend(cron.fields().iter().flat_map(steps));
            found.extend(in_gap(cron, zone, now));
        }
    }
    found
}

fn each_second(cron: &Cron) -> Option<About> {
    let doubtful = cron.second().is_full() && !cron.minute().is_full();
    doubtful.then(|| About::EachSecond {
        minute: cron.minute().to_string(),
    })
}

fn either_day(cron: &Cron) -> Option<About> {
    cron.either_day_matches().then(|| About::EitherDay {
        date: cron.day_of_month().to_string(),
        weekday: cron.day_of_week().to_string(),
    })
}

/// Steps that do not divide their field, or that leave it at once.
fn steps(field: &Field) -> Vec<About> {
    let place = field.place;
    let size = u32::from(place.last() - place.first()) + 1;
    let doubt = |member: &Member| match member.step_through(place) {
        Some(step) if step >= size && step > 1 => Some(About::LongStep {
            member: member.to_string(),
            place,
        }),
        Some(step) if size % step != 0 || (place == Place::DayOfMonth && step > 1) => {
            Some(About::UnevenStep {
                member: member.to_string(),
                place,
            })
        }
        Some(_) | None => None,
    };
    if field.is_full() {
        return Vec::new();
    }
    field.members.iter().filter_map(doubt).collect()
}

/// A line of which a run within a year is skipped by a change of the clock: a fixed one is made up for, an interval one is
/// not, which matters when it is to run in some hours only.
fn in_gap(cron: &Cron, zone: &Zone, now: Time) -> Option<About> {
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
                About::LostInGap { clock, date, zone }
            } else {
                About::InGap {
                    clock,
                    date,
                    zone,
                    instead: instead.to_owned(),
                }
            })
        })
}

/// A single time that a change of the clock skips.
fn at_in_gap(moment: Moment, zone: &Zone) -> Option<About> {
    let at = moment.time(zone)?;
    let clock = moment.skipped(at, zone)?;
    let shown = at.local(zone);
    let (date, instead) = shown.split_once(' ')?;
    Some(About::InGap {
        clock,
        date: date.to_owned(),
        zone: zone.name().to_owned(),
        instead: instead.to_owned(),
    })
}

impl About {
    fn in_english(&self) -> String {
        match self {
            About::Past { moment } => format!("never runs: {moment} is past"),
            About::NoSuchTime { moment, zone } => {
                format!("never runs: {moment} does not exist in {zone}")
            }
            About::NoDate => "never runs: no date in the next 50 years matches".to_owned(),
            About::EachSecond { minute } => format!(
                "runs 60 times in each minute that matches, for the second field is `*`: write `0 {minute} ...` to run once"
            ),
            About::EitherDay { date, weekday } => format!(
                "both day fields are given: it runs on a day that either `{date}` or `{weekday}` matches"
            ),
            About::LongStep { member, place } => format!(
                "`{member}` in the {} field is {} only: the step is past the field's end",
                place.name(),
                place.first()
            ),
            About::UnevenStep { member, place } => format!(
                "`{member}` in the {} field is uneven: it starts over at {} each {}",
                place.name(),
                place.first(),
                match place {
                    Place::Second => "minute",
                    Place::Minute => "hour",
                    Place::Hour => "day",
                    Place::DayOfMonth => "month",
                    Place::Month => "year",
                    Place::DayOfWeek => "week",
                }
            ),
            About::InGap {
                clock,
                date,
                zone,
                instead,
            } => format!(
                "{clock} does not exist on {date} in {zone}, where the clock skips it: it runs at {instead} on that day"
            ),
            About::LostInGap { clock, date, zone } => format!(
                "{clock} does not exist on {date} in {zone}, where the clock skips it: it does not run then, for it follows elapsed time"
            ),
            About::Crowded {
                others,
                clock,
                instead,
            } => {
                let advice = match instead {
                    Some(line) => format!(
                        "`{line}` is less crowded, or let the name choose the minute with `H`"
                    ),
                    None => "another time is less crowded".to_owned(),
                };
                format!("{others} other jobs are due at {clock} too: {advice}")
            }
        }
    }

    fn in_chinese(&self) -> String {
        match self {
            About::Past { moment } => format!("永远不会执行：{moment} 已经过去"),
            About::NoSuchTime { moment, zone } => {
                format!("永远不会执行：{zone} 没有 {moment} 这个时刻")
            }
            About::NoDate => "永远不会执行：今后 50 年内没有匹配的日期".to_owned(),
            About::EachSecond { minute } => format!(
                "秒字段是 `*`，所以在每个匹配的分钟里执行 60 次；只执行一次请写 `0 {minute} ...`"
            ),
            About::EitherDay { date, weekday } => {
                format!("日和周两个字段都有限制：`{date}` 或 `{weekday}` 任一匹配的日子都会执行")
            }
            About::LongStep { member, place } => format!(
                "{}字段里的 `{member}` 只有 {}：步长超出了字段范围",
                in_chinese(*place),
                place.first()
            ),
            About::UnevenStep { member, place } => format!(
                "{}字段里的 `{member}` 间隔不均匀：每{}都从 {} 重新开始",
                in_chinese(*place),
                match place {
                    Place::Second => "分钟",
                    Place::Minute => "小时",
                    Place::Hour => "天",
                    Place::DayOfMonth => "月",
                    Place::Month => "年",
                    Place::DayOfWeek => "周",
                },
                place.first()
            ),
            About::InGap {
                clock,
                date,
                zone,
                instead,
            } => {
                format!("{zone} 的时钟在 {date} 跳过 {clock}：当天改在 {instead} 执行")
            }
            About::LostInGap { clock, date, zone } => {
                format!("{zone} 的时钟在 {date} 跳过 {clock}：它按经过的时间执行，当天那时不执行")
            }
            About::Crowded {
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

fn in_chinese(place: Place) -> &'static str {
    match place {
        Place::Second => "秒",
        Place::Minute => "分",
        Place::Hour => "时",
        Place::DayOfMonth => "日",
        Place::Month => "月",
        Place::DayOfWeek => "周",
    }
}
