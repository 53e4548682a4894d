//! The days of a month that two day fields match, for rules that saffron cannot express.

use chrono::{Datelike, Days as DaySpan, NaiveDate};

use super::field::{Field, Member};

/// The rule that the two day fields make together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DayRule {
    day_of_month: Field,
    day_of_week: Field,
    /// Whether a day must match both fields; else it needs to match one of them.
    both: bool,
}

impl DayRule {
    pub(super) fn new(day_of_month: &Field, day_of_week: &Field) -> DayRule {
        DayRule {
            day_of_month: day_of_month.clone(),
            day_of_week: day_of_week.clone(),
            both: both_must_match(day_of_month, day_of_week),
        }
    }

    /// `date` when it matches, else the next matching day of its month, else the first day of the next month (which
    /// need not match).
    pub(super) fn next_in_month(&self, date: NaiveDate) -> Option<NaiveDate> {
        let month = Month::of(date);
        let left = (self.days(month) >> date.day()) << date.day();
        if left == 0 {
            return date.checked_add_days(DaySpan::new(u64::from(month.length - date.day() + 1)));
        }
        date.with_day(left.trailing_zeros())
    }

    /// The matching days of a month of `length` days whose first day is the weekday `first`, as a bit mask; bit 1 is the first day.
    pub(super) fn days_of_shape(&self, length: u32, first: u32) -> u32 {
        self.days(Month { length, first })
    }

    /// The matching days of a month as a bit mask; bit 1 is the first day.
    fn days(&self, month: Month) -> u32 {
        let by_date = month.days_of_month(&self.day_of_month);
        let by_weekday = month.days_of_week(&self.day_of_week);
        if self.both {
            by_date & by_weekday
        } else {
            by_date | by_weekday
        }
    }
}

/// The crontab rule: when a field begins with `*` (or `?`), a day must match both fields; when both fields are
/// restricted, a day must match one of them.
pub(super) fn both_must_match(day_of_month: &Field, day_of_week: &Field) -> bool {
    day_of_month.begins_with_star() || day_of_week.begins_with_star()
}

/// The shape of a month.
#[derive(Clone, Copy)]
struct Month {
    /// Number of days.
    length: u32,
    /// The weekday of the first day; Sunday is 0.
    first: u32,
}

impl Month {
    fn of(date: NaiveDate) -> Month {
        let weekday = date.weekday().num_days_from_sunday();
        Month {
            length: u32::from(date.num_days_in_month()),
            first: (weekday + 35 - (date.day() - 1)) % 7,
        }
    }

    fn weekday(self, day: u32) -> u32 {
        (self.first + day - 1) % 7
    }

    /// All days of the month as a bit mask; bit 1 is the first day.
    fn all(self) -> u32 {
        (u32::MAX >> (31 - self.length)) & !1
    }

    fn days_of_month(self, field: &Field) -> u32 {
        let plain = u32::try_from(field.mask()).expect("the days of a month end at bit 31");
        let days = field.specials().fold(plain, |days, member| match *member {
            Member::LastDay { before } => days | bit(self.length.checked_sub(u32::from(before))),
            Member::LastWeekday => days | bit(self.nearest_weekday(self.length)),
            Member::Nearest { day } => days | bit(self.nearest_weekday(u32::from(day))),
            Member::Star { .. }
            | Member::Span { .. }
            | Member::Onward { .. }
            | Member::Nth { .. }
            | Member::LastOf { .. } => days,
        });
        days & self.all()
    }

    fn days_of_week(self, field: &Field) -> u32 {
        let plain = field.mask();
        let days = (1..=self.length)
            .filter(|&day| plain & (1 << self.weekday(day)) != 0)
            .fold(0, |days, day| days | bit(Some(day)));
        field.specials().fold(days, |days, member| match *member {
            Member::Nth { weekday, nth } => {
                let nth_day = self.first_of(weekday) + 7 * (u32::from(nth) - 1);
                days | bit((nth_day <= self.length).then_some(nth_day))
            }
            Member::LastOf { weekday } => {
                let first = self.first_of(weekday);
                days | bit(Some(first + (self.length - first) / 7 * 7))
            }
            Member::Star { .. }
            | Member::Span { .. }
            | Member::Onward { .. }
            | Member::LastDay { .. }
            | Member::LastWeekday
            | Member::Nearest { .. } => days,
        })
    }

    /// The day of the month of the first such weekday.
    fn first_of(self, weekday: u8) -> u32 {
        (u32::from(weekday) + 7 - self.first) % 7 + 1
    }

    /// The day from Monday to Friday that is nearest to `day` within the month; `None` when the month does not have
    /// the day.
    fn nearest_weekday(self, day: u32) -> Option<u32> {
        if day > self.length {
            return None;
        }
        Some(match self.weekday(day) {
            6 if day == 1 => 3,
            6 => day - 1,
            0 if day == self.length => day - 2,
            0 => day + 1,
            _ => day,
        })
    }
}

fn bit(day: Option<u32>) -> u32 {
    match day {
        Some(day @ 1..=31) => 1 << day,
        Some(_) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::FieldKind;
    use super::*;

    #[track_caller]
    fn days(day_of_month: &str, day_of_week: &str, year: i32, month: u32) -> Vec<u32> {
        let rule = DayRule::new(
            &Field::parse(FieldKind::DayOfMonth, day_of_month, 0, None).unwrap(),
            &Field::parse(FieldKind::DayOfWeek, day_of_week, 0, None).unwrap(),
        );
        let mask = rule.days(Month::of(NaiveDate::from_ymd_opt(year, month, 17).unwrap()));
        (0..32).filter(|day| mask & (1 << day) != 0).collect()
    }

    #[test]
    fn day_rule_matches_days_of_month() {
        // 2026: February has 28 days and begins on a Sunday, August begins on a Saturday, May 31 is a Sunday.
        let table: [(&str, &str, u32, &[u32]); 24] = [
            ("L", "*", 2, &[28]),
            ("L-3", "*", 2, &[25]),
            ("L-27", "*", 2, &[1]),
            ("L-28", "*", 2, &[]),
            ("L-30", "*", 5, &[1]),
            ("LW", "*", 2, &[27]),
            ("LW", "*", 5, &[29]),
            ("1W", "*", 8, &[3]),
            ("1W", "*", 2, &[2]),
            ("15W", "*", 8, &[14]),
            ("15W", "*", 2, &[16]),
            ("31W", "*", 5, &[29]),
            ("31W", "*", 2, &[]),
            ("29W", "*", 2, &[]),
            ("1,15W,L", "*", 8, &[1, 14, 31]),
            ("*", "FRI#3", 8, &[21]),
            ("*", "SAT#5", 8, &[29]),
            ("*", "TUE#5", 8, &[]),
            ("*", "FRIL,0#1", 8, &[2, 28]),
            ("*", "SATL", 2, &[28]),
            ("13", "FRI", 2, &[6, 13, 20, 27]),
            ("*/7", "SUN", 2, &[1, 8, 15, 22]),
            ("1-7", "*/6", 8, &[1, 2]),
            ("*/2", "5L", 8, &[]),
        ];
        for (day_of_month, day_of_week, month, expected) in table {
            let found = days(day_of_month, day_of_week, 2026, month);
            assert_eq!(found, expected, "{day_of_month} {day_of_week} in {month}");
        }
        assert_eq!(days("29W", "*", 2028, 2), [29]);
    }
}
