//! A cron line: its six fields, and the next second of a wall clock that they match.

use std::fmt;

use chrono::{DateTime, NaiveTime, Utc};

use super::day_rule::{DayRule, both_must_match};
use super::error::SyntaxError;
use super::field::{Field, FieldKind, Member};

/// A wall clock time, as seconds since the clock showed 1970-01-01 00:00:00.
pub(super) type Wall = i64;

/// Six parsed fields, evaluated on a wall clock. They know nothing of time zones.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cron {
    /// In the order of [`FieldKind::ALL`].
    fields: [Field; 6],
    seconds: u64,
    /// Evaluates minute, hour and month, and the days too when `rule` is `None`.
    saffron: saffron::Cron,
    /// Set when saffron cannot evaluate the day fields. saffron then gets `*` for both of them.
    rule: Option<DayRule>,
}

impl Cron {
    /// Parses five or six fields, each with the byte offset at which it begins. With five fields the second is 0.
    /// `seed` is the hash of the job's name, for `H`.
    pub(super) fn parse(parts: &[(usize, &str)], seed: Option<u64>) -> Result<Cron, SyntaxError> {
        let mut texts = parts.iter();
        let mut fields = Vec::with_capacity(FieldKind::ALL.len());
        for kind in FieldKind::ALL {
            if kind == FieldKind::Second && parts.len() < FieldKind::ALL.len() {
                fields.push(Field::single(FieldKind::Second, 0));
            } else if let Some((at, text)) = texts.next() {
                fields.push(Field::parse(kind, text, *at, seed)?);
            }
        }
        let fields = <[Field; 6]>::try_from(fields)
            .map_err(|_| SyntaxError::new(0..0, "a schedule has 5 or 6 fields"))?;
        Ok(Cron::new(fields))
    }

    fn new(fields: [Field; 6]) -> Cron {
        let [second, minute, hour, day_of_month, month, day_of_week] = &fields;
        let days = saffron_days(day_of_month, day_of_week);
        let rule = match days {
            Some(_) => None,
            None => Some(DayRule::new(day_of_month, day_of_week)),
        };
        let (date, weekday) = days.unwrap_or(("*".to_owned(), "*".to_owned()));
        let line = format!(
            "{} {} {date} {} {weekday}",
            saffron_list(minute),
            saffron_list(hour),
            saffron_list(month)
        );
        Cron {
            seconds: second.mask(),
            saffron: line
                .parse()
                .expect("saffron reads plain lists of values in range"),
            rule,
            fields,
        }
    }

    /// The first matching second at or after `from`; `None` when there is none up to `until`.
    pub(super) fn next(&self, from: Wall, until: Wall) -> Option<Wall> {
        let begun = from.div_euclid(60) * 60;
        let mut minute = DateTime::from_timestamp(begun, 0)?;
        loop {
            minute = self.saffron.next_from(minute)?;
            let wall = minute.timestamp();
            if wall > until {
                return None;
            }
            if let Some(rule) = &self.rule {
                let date = minute.date_naive();
                let next = rule.next_in_month(date)?;
                if next != date {
                    minute = next.and_time(NaiveTime::MIN).and_utc();
                    continue;
                }
            }
            let passed = if wall == begun { from - begun } else { 0 };
            let left = (self.seconds >> passed) << passed;
            if left != 0 {
                return Some(wall + i64::from(left.trailing_zeros()));
            }
            minute = DateTime::<Utc>::from_timestamp(wall + 60, 0)?;
        }
    }

    /// Whether the line is an interval job: its minute or hour field begins with `*`. Debian's cron calls this a
    /// wildcard job.
    pub(super) fn is_interval(&self) -> bool {
        self.minute().begins_with_star() || self.hour().begins_with_star()
    }

    /// Whether both day fields are restricted, so that a day needs to match only one of them.
    pub(super) fn either_day_matches(&self) -> bool {
        !both_must_match(self.day_of_month(), self.day_of_week())
    }

    /// The same line at another minute, which is derived from `seed`. `None` unless the line has a single minute and
    /// the second 0.
    pub(super) fn at_other_minute(&self, seed: u64) -> Option<String> {
        let is_single = |field: &Field| field.mask().count_ones() == 1;
        if !is_single(self.minute()) || self.second().mask() != 1 {
            return None;
        }
        let minute = 1 + super::hash::below(59, seed, FieldKind::Minute as u64);
        let rest: Vec<String> = self.fields[2..].iter().map(Field::to_string).collect();
        Some(format!("{minute} {}", rest.join(" ")))
    }

    pub(super) fn fields(&self) -> &[Field; 6] {
        &self.fields
    }

    pub(super) fn second(&self) -> &Field {
        &self.fields[0]
    }

    pub(super) fn minute(&self) -> &Field {
        &self.fields[1]
    }

    pub(super) fn hour(&self) -> &Field {
        &self.fields[2]
    }

    pub(super) fn day_of_month(&self) -> &Field {
        &self.fields[3]
    }

    pub(super) fn month(&self) -> &Field {
        &self.fields[4]
    }

    pub(super) fn day_of_week(&self) -> &Field {
        &self.fields[5]
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, field) in self.fields.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{field}")?;
        }
        Ok(())
    }
}

/// The day fields in saffron's syntax, or `None` where saffron cannot express the rule or reads it differently.
///
/// saffron treats a lone `*` as unrestricted, and a day matches when either of two restricted fields does. This is
/// our rule too, except for a field that begins with `*` and still excludes days: for such a field, the other one
/// must be unrestricted.
fn saffron_days(day_of_month: &Field, day_of_week: &Field) -> Option<(String, String)> {
    let date = saffron_day(day_of_month)?;
    let weekday = saffron_day(day_of_week)?;
    let either = date != "*" && weekday != "*";
    if either && both_must_match(day_of_month, day_of_week) {
        return None;
    }
    Some((date, weekday))
}

fn saffron_day(field: &Field) -> Option<String> {
    if field.specials().next().is_none() {
        // A restricted field that names every day still matches every day.
        let unrestricted = field.begins_with_star() && field.is_full();
        return Some(if unrestricted {
            "*".to_owned()
        } else {
            values(field)
        });
    }
    let [member] = field.members.as_slice() else {
        return None;
    };
    match *member {
        Member::LastDay { before: 0 } => Some("L".to_owned()),
        Member::LastWeekday => Some("LW".to_owned()),
        // From 29 on, saffron matches a day in months that do not have the day.
        Member::Nearest { day: day @ 1..=28 } => Some(format!("{day}W")),
        Member::Nth { weekday, nth } => Some(format!("{}#{nth}", weekday + 1)),
        Member::LastOf { weekday } => Some(format!("{}L", weekday + 1)),
        Member::LastDay { .. }
        | Member::Nearest { .. }
        | Member::Star { .. }
        | Member::Span { .. }
        | Member::Onward { .. } => None,
    }
}

fn saffron_list(field: &Field) -> String {
    if field.is_full() {
        "*".to_owned()
    } else {
        values(field)
    }
}

/// The values as a list of single numbers. saffron counts Sunday as 1.
fn values(field: &Field) -> String {
    let shift = u32::from(field.kind == FieldKind::DayOfWeek);
    let mask = field.mask();
    let numbers: Vec<String> = (0..64)
        .filter(|value| mask & (1 << value) != 0)
        .map(|value: u32| (value + shift).to_string())
        .collect();
    numbers.join(",")
}
