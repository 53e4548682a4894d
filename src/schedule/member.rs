//! Reads one member of a cron field, such as `5`, `MON-FRI`, `*/15` or `L-3`.

use super::error::Flaw;
use super::field::{Member, Place};
use crate::text::quoted;

/// A piece of the text and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// What `H` is made of; none where there is no name.
    pub(super) seed: Option<u64>,
}

impl<'t> Part<'t> {
    pub(super) fn end(self) -> usize {
        self.at + self.text.len()
    }

    fn flaw(self, problem: impl Into<String>) -> Flaw {
        Flaw::new(self.at..self.end(), problem)
    }

    /// The pieces before and after the first `mark`.
    fn split(self, mark: char) -> Option<(Part<'t>, Part<'t>)> {
        let (before, after) = self.text.split_once(mark)?;
        let rest = Part {
            text: after,
            at: self.end() - after.len(),
            seed: self.seed,
        };
        Some((
            Part {
                text: before,
                at: self.at,
                seed: self.seed,
            },
            rest,
        ))
    }

    pub(super) fn member(self, place: Place) -> Result<Member, Flaw> {
        if self.text.is_empty() {
            return Err(self
                .flaw("a member of the list is empty")
                .hint("is there a comma too many?"));
        }
        if let Some(special) = self.special(place)? {
            return Ok(special);
        }
        if let Some(hashed) = self.hashed(place)? {
            return Ok(hashed);
        }
        let (base, step) = match self.split('/') {
            Some((base, step)) => (base, Some(step.step()?)),
            None => (self, None),
        };
        if base.text == "*" || base.text == "?" {
            if base.text == "?" && !place.is_day() {
                return Err(base
                    .flaw("`?` may stand only in the two day fields")
                    .hint("write `*`"));
            }
            return Ok(Member::Star {
                step: step.unwrap_or(1),
            });
        }
        if let Some((from, to)) = base.split('-') {
            return base.range(place, from, to, step.unwrap_or(1));
        }
        let value = base.value(place)?;
        let value = if place == Place::DayOfWeek {
            value % 7
        } else {
            value
        };
        Ok(match step {
            Some(step) => Member::Onward { from: value, step },
            None => Member::Span {
                from: value,
                to: value,
                step: 1,
            },
        })
    }

    fn range(self, place: Place, from: Part, to: Part, step: u32) -> Result<Member, Flaw> {
        let (first, mut last) = (from.value(place)?, to.value(place)?);
        // `SUN` at the end of a range is the Sunday that ends the week.
        if place == Place::DayOfWeek && last == 0 && first > 0 && to.number().is_none() {
            last = 7;
        }
        if first <= last {
            return Ok(Member::Span {
                from: first,
                to: last,
                step,
            });
        }
        let named = !place.names().is_empty() && from.text.starts_with(|c: char| c.is_alphabetic());
        let shown = |value: u8| match place.names().get(usize::from(value - place.first())) {
            Some(name) if named => (*name).to_owned(),
            _ => value.to_string(),
        };
        let span = |a: u8, b: u8| {
            if a >= b {
                shown(b)
            } else {
                format!("{}-{}", shown(a), shown(b))
            }
        };
        let sunday = if named { "SUN" } else { "7" };
        let instead = match (place, first) {
            (Place::DayOfWeek, 7) => span(0, last),
            // A week ends with its Sunday: `FRI-MON` is `FRI-SUN,MON`.
            (Place::DayOfWeek, _) if last > 0 => {
                format!("{}-{sunday},{}", shown(first), span(1, last))
            }
            (Place::DayOfWeek, _) => format!("{}-{sunday}", shown(first)),
            _ => format!(
                "{},{}",
                span(first, place.last()),
                span(place.first(), last)
            ),
        };
        Err(self
            .flaw(format!("the range {} is reversed", quoted(self.text)))
            .hint(format!("did you mean {instead}?")))
    }

    /// `H`, `H(1-5)`, `H/15`, `H(0-29)/10`; none when it is nothing of the sort.
    fn hashed(self, place: Place) -> Result<Option<Member>, Flaw> {
        let Some(rest) = self.text.strip_prefix(['H', 'h']) else {
            return Ok(None);
        };
        let rest = Part {
            text: rest,
            at: self.end() - rest.len(),
            seed: self.seed,
        };
        let (range, step) = match rest.split('/') {
            Some((range, step)) => (range, Some(step.step()?)),
            None => (rest, None),
        };
        let (from, to) = match range.text {
            // Every month has these days.
            "" if place == Place::DayOfMonth => (1, 28),
            "" => (place.first(), place.last()),
            _ => range.between_parentheses(place)?,
        };
        let Some(seed) = self.seed else {
            return Err(self
                .flaw("`H` stands for a value that the name of a job fixes, and here is no name")
                .hint("give the name with --name"));
        };
        let size = u32::from(to - from) + 1;
        let within = step.unwrap_or(size).min(size);
        let offset = super::hash::below(within, seed, place as u64);
        let from = from + u8::try_from(offset).expect("it is less than the size of a field");
        let (to, step) = match step {
            Some(step) => (to, step),
            None => (from, 1),
        };
        Ok(Some(Member::Span { from, to, step }))
    }

    /// The range in `(1-5)`.
    fn between_parentheses(self, place: Place) -> Result<(u8, u8), Flaw> {
        let inner = self
            .text
            .strip_prefix('(')
            .and_then(|text| text.strip_suffix(')'))
            .map(|text| Part {
                text,
                at: self.at + 1,
                seed: self.seed,
            });
        let Some((from, to)) = inner.and_then(|inner| inner.split('-')) else {
            return Err(self
                .flaw(format!("{} does not belong after `H`", quoted(self.text)))
                .hint("`H`, `H(1-5)`, `H/15` or `H(0-29)/10`"));
        };
        let (first, last) = (from.value(place)?, to.value(place)?);
        if first > last {
            return Err(self.flaw(format!("the range {} is reversed", quoted(self.text))));
        }
        Ok((first, last))
    }

    fn step(self) -> Result<u32, Flaw> {
        match self.number() {
            Some(0) => Err(self
                .flaw("a step of 0 never moves on")
                .hint("the step is at least 1")),
            Some(step) => Ok(step),
            None if self.text.is_empty() => Err(self.flaw("the step after `/` is missing")),
            None => Err(self.flaw(format!("the step {} is not a number", quoted(self.text)))),
        }
    }

    /// A value of the field, as a number or a name; the day of the week may be 7.
    fn value(self, place: Place) -> Result<u8, Flaw> {
        let (first, largest) = (place.first(), place.largest());
        if let Some(number) = self.number() {
            return match u8::try_from(number) {
                Ok(value) if (first..=largest).contains(&value) => Ok(value),
                _ => Err(self
                    .flaw(format!(
                        "{} is out of range {first}-{largest}",
                        quoted(self.text)
                    ))
                    .hint(match place {
                        Place::Second => "the full minute is `0`",
                        Place::Minute => "the full hour is `0`",
                        Place::Hour => "midnight is `0`",
                        Place::DayOfMonth => "the first day is `1`, the last of any month is `L`",
                        Place::Month => "January is `1` or JAN, December `12` or DEC",
                        Place::DayOfWeek => "Sunday is `0` or `7`, Saturday `6`",
                    })),
            };
        }
        let named = |name: &&str| name.eq_ignore_ascii_case(self.text);
        if let Some(index) = place.names().iter().position(named) {
            return Ok(first + u8::try_from(index).expect("there are at most 12 names"));
        }
        Err(self.unreadable(place))
    }

    fn unreadable(self, place: Place) -> Flaw {
        if self.text.is_empty() {
            return self.flaw("a value is missing here");
        }
        let upper = self.text.to_ascii_uppercase();
        let flaw = |kind: &str| self.flaw(format!("{} is not {kind}", quoted(self.text)));
        let near = place.names().iter().find(|name| upper.starts_with(**name));
        match (place, near) {
            (_, Some(name)) => flaw("a number or a name").hint(format!("write `{name}`")),
            (Place::Month, None) => flaw("a month").hint("a month is 1-12 or JAN, FEB, ... DEC"),
            (Place::DayOfWeek, None) => flaw("a day of the week").hint(
                "a day is 0-7 (0 and 7 are Sunday) or SUN, MON, ... SAT, also `FRI#3` or `FRIL`",
            ),
            (Place::DayOfMonth, None) => {
                flaw("a day of the month").hint("a day is 1-31, `L`, `L-3`, `LW` or `15W`")
            }
            (Place::Second | Place::Minute | Place::Hour, None) => flaw("a number").hint(format!(
                "it is {}-{}, for example `5`, `1-5`, `*/5` or `1,5`",
                place.first(),
                place.last()
            )),
        }
    }

    /// `L`, `L-3`, `LW`, `15W`, `FRI#3`, `FRIL`; none when it is nothing of the sort.
    fn special(self, place: Place) -> Result<Option<Member>, Flaw> {
        match place {
            Place::DayOfMonth => self.special_day_of_month(),
            Place::DayOfWeek => self.special_day_of_week(),
            Place::Second | Place::Minute | Place::Hour | Place::Month => Ok(None),
        }
    }

    fn special_day_of_month(self) -> Result<Option<Member>, Flaw> {
        if self.text.eq_ignore_ascii_case("L") {
            return Ok(Some(Member::LastDay { before: 0 }));
        }
        if self.text.eq_ignore_ascii_case("LW") {
            return Ok(Some(Member::LastWeekday));
        }
        if let Some((last, before)) = self.split('-')
            && last.text.eq_ignore_ascii_case("L")
        {
            return match before.number() {
                Some(number @ 0..=30) => Ok(Some(Member::LastDay {
                    before: u8::try_from(number).expect("it is at most 30"),
                })),
                Some(_) => Err(before.flaw(format!(
                    "{} days before the last is out of range 0-30",
                    quoted(before.text)
                ))),
                None => Err(before.flaw(format!(
                    "{} is not a number of days before the last",
                    quoted(before.text)
                ))),
            };
        }
        let Some(day) = self
            .without_last(['W', 'w'])
            .filter(|day| day.number().is_some())
        else {
            return Ok(None);
        };
        Ok(Some(Member::Nearest {
            day: day.value(Place::DayOfMonth)?,
        }))
    }

    fn special_day_of_week(self) -> Result<Option<Member>, Flaw> {
        let weekday = |part: Part| part.value(Place::DayOfWeek).map(|day| day % 7);
        if let Some((day, nth)) = self.split('#') {
            let weekday = weekday(day)?;
            return match nth.number() {
                Some(number @ 1..=5) => Ok(Some(Member::Nth {
                    weekday,
                    nth: u8::try_from(number).expect("it is at most 5"),
                })),
                _ => Err(nth
                    .flaw(format!(
                        "{} after `#` is out of range 1-5",
                        quoted(nth.text)
                    ))
                    .hint("`FRI#3` is the third Friday of the month")),
            };
        }
        if self.text.eq_ignore_ascii_case("L") {
            return Err(self.flaw("`L` alone names no day").hint(
                "`FRIL` is the last Friday of the month; for its last day, put `L` into the day-of-month field",
            ));
        }
        match self.without_last(['L', 'l']) {
            Some(day) => Ok(Some(Member::LastOf {
                weekday: weekday(day)?,
            })),
            None => Ok(None),
        }
    }

    fn without_last(self, letters: [char; 2]) -> Option<Part<'t>> {
        self.text
            .strip_suffix(letters)
            .map(|text| Part { text, ..self })
    }

    /// A number in plain digits; one that is too large for the type is its largest value.
    pub(super) fn number(self) -> Option<u32> {
        let digits = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| self.text.parse().unwrap_or(u32::MAX))
    }
}
