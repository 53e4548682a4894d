//! A cron line: six fields, and the next second of a wall clock that they match.

use std::fmt;

use chrono::{DateTime, NaiveTime, Utc};

use super::days::{DayRule, both_must_match};
use super::error::Flaw;
use super::field::{Field, Member, Place};

/// What a wall clock shows, as seconds since it showed 1970-01-01 00:00:00.
pub(super) type Wall = i64;

/// Six fields, ready to be evaluated on a wall clock. Zones are not its business.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cron {
    /// In the order of [`Place::ALL`].
    fields: [Field; 6],
    seconds: u64,
    /// Evaluates minute, hour and month, and the days too unless there is a rule.
    saffron: saffron::Cron,
    /// Days that saffron cannot tell; it is then given `*` for both day fields.
    rule: Option<DayRule>,
}

impl Cron {
    /// Reads five or six fields, each with the byte at which it begins; five have the second 0. `seed` is what `H` is
    /// made of.
    pub(super) fn parse(parts: &[(usize, &str)], seed: Option<u64>) -> Result<Cron, Flaw> {
        let mut texts = parts.iter();
        let mut fields = Vec::with_capacity(Place::ALL.len());
        for place in Place::ALL {
            if place == Place::Second && parts.len() < Place::ALL.len() {
                fields.push(Field::single(Place::Second, 0));
            } else if let Some((at, text)) = texts.next() {
                fields.push(Field::parse(place, text, *at, seed)?);
            }
        }
        let fields = <[Field; 6]>::try_from(fields)
            .map_err(|_| Flaw::new(0..0, "a schedule has 5 or 6 fields"))?;
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

    /// The first matching second at or after `from`; none when there is none until `until`.
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

    /// Debian's cron calls a job that moves with the clock's hands a wildcard job: its minute or hour begins with `*`.
    pub(super) fn is_interval(&self) -> bool {
        self.minute().begins_with_star() || self.hour().begins_with_star()
    }

    /// Both day fields are restricted, so that either one will do.
    pub(super) fn either_day_matches(&self) -> bool {
        !both_must_match(self.day_of_month(), self.day_of_week())
    }

    /// The line at another minute, which `seed` chooses; none unless it has one minute and the second 0.
    pub(super) fn at_other_minute(&self, seed: u64) -> Option<String> {
        let is_one = |field: &Field| field.mask().count_ones() == 1;
        if !is_one(self.minute()) || self.second().mask() != 1 {
            return None;
        }
        let minute = 1 + super::hash::below(59, seed, Place::Minute as u64);
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

/// Both day fields in saffron's words, or none where it has no words for the rule or reads them wrongly.
///
/// saffron takes a lone `*` as unrestricted and lets either of two restricted fields match. That is our rule
/// except for a field that begins with `*` and yet leaves days out: then the other one must be unrestricted.
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
        // A restricted field that happens to name every day still lets every day through.
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
        // From 29 on, saffron finds a day in months that have no such day.
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

/// The values as a list of single numbers; saffron's Sunday is 1.
fn values(field: &Field) -> String {
    let shift = u32::from(field.place == Place::DayOfWeek);
    let mask = field.mask();
    let numbers: Vec<String> = (0..64)
        .filter(|value| mask & (1 << value) != 0)
        .map(|value: u32| (value + shift).to_string())
        .collect();
    numbers.join(",")
}
