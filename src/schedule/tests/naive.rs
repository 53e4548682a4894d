//! Random schedules together with their meaning, evaluated with lists and loops instead of bit masks.

use jiff::civil::{Date, DateTime, Weekday};

use super::Random;

/// A schedule and its meaning.
pub(super) struct Naive {
    pub(super) text: String,
    pub(super) second: Vec<i8>,
    pub(super) minute: Vec<i8>,
    pub(super) hour: Vec<i8>,
    month: Vec<i8>,
    date: Day,
    weekday: Day,
    pub(super) interval: bool,
}

type Test = Box<dyn Fn(Date) -> bool>;

struct Day {
    star: bool,
    tests: Vec<Test>,
}

impl Naive {
    /// A random schedule of six fields. With `dense` it matches often enough to hit a clock change.
    pub(super) fn new(random: &mut Random, dense: bool) -> Naive {
        let (second, seconds) = if dense {
            ("0".to_owned(), vec![0])
        } else {
            list(random, 0, 59, 59)
        };
        let (minute, minutes) = list(random, 0, 59, 59);
        let (hour, hours) = if dense && random.chance(60) {
            list(random, 0, 4, 23)
        } else {
            list(random, 0, 23, 23)
        };
        let (month, months) = if dense || random.chance(50) {
            ("*".to_owned(), (1..=12).collect())
        } else {
            list(random, 1, 12, 12)
        };
        let stars = if dense { 80 } else { 30 };
        let (date, dates) = if random.chance(stars) {
            any()
        } else {
            dates(random)
        };
        let (weekday, weekdays) = if random.chance(stars) {
            any()
        } else {
            weekdays(random)
        };
        Naive {
            interval: minute.starts_with('*') || hour.starts_with('*'),
            text: format!("{second} {minute} {hour} {date} {month} {weekday}"),
            second: seconds,
            minute: minutes,
            hour: hours,
            month: months,
            date: dates,
            weekday: weekdays,
        }
    }

    pub(super) fn has_day(&self, date: Date) -> bool {
        let by_date = self.date.tests.iter().any(|test| test(date));
        let by_weekday = self.weekday.tests.iter().any(|test| test(date));
        let day = if self.date.star || self.weekday.star {
            by_date && by_weekday
        } else {
            by_date || by_weekday
        };
        day && self.month.contains(&date.month())
    }

    pub(super) fn has(&self, wall: DateTime) -> bool {
        self.minute.contains(&wall.minute())
            && self.hour.contains(&wall.hour())
            && self.second.contains(&wall.second())
            && self.has_day(wall.date())
    }
}

/// A random list of values from `first` to `last`, in a field that ends at `end`.
fn list(random: &mut Random, first: i8, last: i8, end: i8) -> (String, Vec<i8>) {
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for _ in 0..=random.below(3) {
        let size = u32::try_from(last - first + 1).unwrap();
        let from = first + i8::try_from(random.below(size)).unwrap();
        let to =
            from + i8::try_from(random.below(u32::try_from(last - from + 1).unwrap())).unwrap();
        let step = i8::try_from(1 + random.below(size + 3)).unwrap();
        let (text, from, to, step) = match random.below(8) {
            0 => ("*".to_owned(), first, end, 1),
            1 => (format!("*/{step}"), first, end, step),
            2 => (format!("{from}-{to}"), from, to, 1),
            3 => (format!("{from}-{to}/{step}"), from, to, step),
            4 => (format!("{from}/{step}"), from, end, step),
            _ => (from.to_string(), from, from, 1),
        };
        texts.push(text);
        let mut value = i32::from(from);
        while value <= i32::from(to) {
            values.push(i8::try_from(value).unwrap());
            value += i32::from(step);
        }
    }
    values.sort_unstable();
    values.dedup();
    (texts.join(","), values)
}

fn any() -> (String, Day) {
    let always: Test = Box::new(|_| true);
    (
        "*".to_owned(),
        Day {
            star: true,
            tests: vec![always],
        },
    )
}

fn dates(random: &mut Random) -> (String, Day) {
    let (mut texts, mut tests): (Vec<String>, Vec<Test>) = (Vec::new(), Vec::new());
    if random.chance(70) {
        let (text, values) = list(random, 1, 31, 31);
        texts.push(text);
        tests.push(Box::new(move |date| values.contains(&date.day())));
    }
    while tests.is_empty() || random.chance(25) {
        let day = 1 + i8::try_from(random.below(31)).unwrap();
        match random.below(4) {
            0 => {
                texts.push("L".to_owned());
                tests.push(Box::new(|date| date == date.last_of_month()));
            }
            1 => {
                texts.push(format!("L-{}", day - 1));
                tests.push(Box::new(move |date| {
                    date.days_in_month() - date.day() == day - 1
                }));
            }
            2 => {
                texts.push("LW".to_owned());
                tests.push(Box::new(|date| nearest(date.last_of_month()) == date));
            }
            _ => {
                texts.push(format!("{day}w"));
                tests.push(Box::new(move |date| {
                    Date::new(date.year(), date.month(), day).is_ok_and(|day| nearest(day) == date)
                }));
            }
        }
    }
    let text = texts.join(",");
    (
        text.clone(),
        Day {
            star: text.starts_with('*'),
            tests,
        },
    )
}

/// The nearest day from Monday to Friday in the same month. Of two equally near days, the earlier one.
fn nearest(day: Date) -> Date {
    let candidates =
        [0, -1, 1, -2, 2].map(|days| day.checked_add(jiff::Span::new().days(days)).unwrap());
    let workday = |date: &Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    candidates
        .into_iter()
        .find(|date| workday(date) && date.month() == day.month())
        .unwrap()
}

fn weekdays(random: &mut Random) -> (String, Day) {
    const NAMES: [&str; 7] = ["Sun", "mon", "TUE", "wed", "Thu", "FRI", "sat"];
    let (mut texts, mut tests): (Vec<String>, Vec<Test>) = (Vec::new(), Vec::new());
    if random.chance(70) {
        let (text, values) = list(random, 0, 6, 6);
        texts.push(text);
        tests.push(Box::new(move |date| {
            values.contains(&date.weekday().to_sunday_zero_offset())
        }));
    }
    while tests.is_empty() || random.chance(25) {
        let day = i8::try_from(random.below(7)).unwrap();
        let weekday = Weekday::from_sunday_zero_offset(day).unwrap();
        let name = NAMES[usize::try_from(day).unwrap()];
        match random.below(3) {
            0 => {
                texts.push(format!("{name}L"));
                tests.push(Box::new(move |date| {
                    date.nth_weekday_of_month(-1, weekday)
                        .is_ok_and(|day| day == date)
                }));
            }
            1 => {
                let nth = 1 + i8::try_from(random.below(5)).unwrap();
                texts.push(format!("{name}#{nth}"));
                tests.push(Box::new(move |date| {
                    date.nth_weekday_of_month(nth, weekday)
                        .is_ok_and(|day| day == date)
                }));
            }
            _ => {
                texts.push(name.to_owned());
                tests.push(Box::new(move |date| date.weekday() == weekday));
            }
        }
    }
    let text = texts.join(",");
    (
        text.clone(),
        Day {
            star: text.starts_with('*'),
            tests,
        },
    )
}
