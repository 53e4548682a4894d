//! Counts the seconds of a wall clock that a cron line matches, month by month instead of one by one.

use std::cell::Cell;

use chrono::{DateTime, Datelike};

use super::cron::{Cron, Wall};
use super::day_rule::DayRule;

const DAY: i64 = 86_400;

/// A cron line as bit masks, prepared for counting.
pub(super) struct Tally {
    seconds: u64,
    minutes: u64,
    hours: u64,
    months: u64,
    days: DayRule,
    /// The matching days of a month, by its length (28 to 31) and the weekday of its first day; computed at their first use.
    cached: [[Cell<Option<u32>>; 7]; 4],
}

impl Tally {
    pub(super) fn of(cron: &Cron) -> Tally {
        Tally {
            seconds: cron.second().mask(),
            minutes: cron.minute().mask(),
            hours: cron.hour().mask(),
            months: cron.month().mask(),
            days: DayRule::new(cron.day_of_month(), cron.day_of_week()),
            cached: Default::default(),
        }
    }

    /// The number of matching seconds from `from` (included) to `to` (excluded).
    pub(super) fn between(&self, from: Wall, to: Wall) -> u64 {
        if from >= to {
            return 0;
        }
        let (first, last) = (from.div_euclid(DAY), to.div_euclid(DAY));
        let (before, within) = (
            self.below(from.rem_euclid(DAY)),
            self.below(to.rem_euclid(DAY)),
        );
        // The whole days from the first on, without the part before `from`, with the part of the last day before `to`.
        let mut count = self.days_between(first, last) * self.below(DAY);
        if self.has_day(last) {
            count += within;
        }
        if self.has_day(first) {
            count -= before;
        }
        count
    }

    /// The number of matching seconds of a matching day before its second `end`.
    fn below(&self, end: i64) -> u64 {
        let (hour, minute, second) = (end / 3600, end / 60 % 60, end % 60);
        let is_in = |mask: u64, value: i64| u64::from(mask >> value & 1 == 1);
        let of_hours = bits_below(self.hours, hour) * ones(self.minutes) * ones(self.seconds);
        let of_minutes = bits_below(self.minutes, minute) * ones(self.seconds);
        let of_seconds = bits_below(self.seconds, second);
        of_hours + is_in(self.hours, hour) * (of_minutes + is_in(self.minutes, minute) * of_seconds)
    }

    fn has_day(&self, day: i64) -> bool {
        self.days_between(day, day + 1) == 1
    }

    /// The number of matching days from the day `first` (included) to the day `end` (excluded), as days since 1970.
    fn days_between(&self, first: i64, end: i64) -> u64 {
        let Some(date) = DateTime::from_timestamp(first * DAY, 0).map(|time| time.date_naive())
        else {
            return 0;
        };
        let (mut year, mut month) = (date.year(), date.month());
        let mut weekday = (date.weekday().num_days_from_sunday() + 35 - (date.day() - 1)) % 7;
        let mut begin = first - i64::from(date.day() - 1);
        let mut count = 0;
        while begin < end {
            let length = month_length(year, month);
            if self.months >> month & 1 == 1 {
                // Days of the month before `first` and from `end` on are left out.
                let skipped = (first - begin).max(0);
                let taken = (end - begin).min(i64::from(length));
                let mask = self.days_of(length, weekday) >> 1;
                count += bits_below(mask, taken) - bits_below(mask, skipped);
            }
            weekday = (weekday + length) % 7;
            begin += i64::from(length);
            (year, month) = if month == 12 {
                (year + 1, 1)
            } else {
                (year, month + 1)
            };
        }
        count
    }
}

impl Tally {
    /// The matching days of a month as a bit mask; bit 1 is the first day.
    fn days_of(&self, length: u32, weekday: u32) -> u64 {
        let cached = &self.cached[length as usize - 28][weekday as usize];
        let days = cached.get().unwrap_or_else(|| {
            let days = self.days.days_of_shape(length, weekday);
            cached.set(Some(days));
            days
        });
        u64::from(days)
    }
}

fn ones(mask: u64) -> u64 {
    u64::from(mask.count_ones())
}

/// The number of bits of the mask below the bit `end`, which is less than 64.
fn bits_below(mask: u64, end: i64) -> u64 {
    ones(mask & ((1 << end) - 1))
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
