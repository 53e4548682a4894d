//! Parses one member of a cron field, such as `5`, `MON-FRI`, `*/15` or `L-3`.

use super::error::SyntaxError;
use super::field::{FieldKind, Member};
use jobs_text::quoted;

/// A part of the text, with its position.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) text: &'t str,
    /// The byte offset in the whole schedule.
    pub(super) at: usize,
    /// The hash of the job's name, for `H`; `None` where no name is known.
    pub(super) seed: Option<u64>,
}

impl<'t> Part<'t> {
    pub(super) fn end(self) -> usize {
        self.at + self.text.len()
    }

    fn error(self, problem: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.at..self.end(), problem)
    }

    /// The parts before and after the first `mark`.
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

    pub(super) fn member(self, kind: FieldKind) -> Result<Member, SyntaxError> {
        if self.text.is_empty() {
            return Err(self
                .error("a member of the list is empty")
                .hint("remove the extra comma"));
        }
        if let Some(special) = self.special(kind)? {
            return Ok(special);
        }
        if let Some(hashed) = self.hashed(kind)? {
            return Ok(hashed);
        }
        let (base, step) = match self.split('/') {
            Some((base, step)) => (base, Some(step.step()?)),
            None => (self, None),
        };
        if base.text == "*" || base.text == "?" {
            if base.text == "?" && !kind.is_day() {
                return Err(base
                    .error("`?` may stand only in the two day fields")
                    .hint("write `*`"));
            }
            return Ok(Member::Star {
                step: step.unwrap_or(1),
            });
        }
        if let Some((from, to)) = base.split('-') {
            return base.range(kind, from, to, step.unwrap_or(1));
        }
        let value = base.value(kind)?;
        let value = if kind == FieldKind::DayOfWeek {
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

    fn range(
        self,
        kind: FieldKind,
        from: Part,
        to: Part,
        step: u32,
    ) -> Result<Member, SyntaxError> {
        let (first, mut last) = (from.value(kind)?, to.value(kind)?);
        // `SUN` at the end of a range is the Sunday at the end of the week.
        if kind == FieldKind::DayOfWeek && last == 0 && first > 0 && to.number().is_none() {
            last = 7;
        }
        if first <= last {
            return Ok(Member::Span {
                from: first,
                to: last,
                step,
            });
        }
        let named = !kind.names().is_empty() && from.text.starts_with(|c: char| c.is_alphabetic());
        let shown = |value: u8| match kind.names().get(usize::from(value - kind.first())) {
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
        let instead = match (kind, first) {
            (FieldKind::DayOfWeek, 7) => span(0, last),
            // The week ends with Sunday: `FRI-MON` is `FRI-SUN,MON`.
            (FieldKind::DayOfWeek, _) if last > 0 => {
                format!("{}-{sunday},{}", shown(first), span(1, last))
            }
            (FieldKind::DayOfWeek, _) => format!("{}-{sunday}", shown(first)),
            _ => format!("{},{}", span(first, kind.last()), span(kind.first(), last)),
        };
        Err(self
            .error(format!("the range {} is reversed", quoted(self.text)))
            .hint(format!("did you mean {instead}?")))
    }

    /// Parses `H`, `H(1-5)`, `H/15` or `H(0-29)/10`; `None` for any other text.
    fn hashed(self, kind: FieldKind) -> Result<Option<Member>, SyntaxError> {
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
            // These days exist in every month.
            "" if kind == FieldKind::DayOfMonth => (1, 28),
            "" => (kind.first(), kind.last()),
            _ => range.between_parentheses(kind)?,
        };
        let Some(seed) = self.seed else {
            return Err(self
                .error("`H` needs the name of the job, because its value is derived from the name")
                .hint("give the name with --name"));
        };
        let size = u32::from(to - from) + 1;
        let within = step.unwrap_or(size).min(size);
        let offset = super::hash::below(within, seed, kind as u64);
        let from = from + u8::try_from(offset).expect("it is less than the size of a field");
        let (to, step) = match step {
            Some(step) => (to, step),
            None => (from, 1),
        };
        Ok(Some(Member::Span { from, to, step }))
    }

    /// Parses the range in `(1-5)`.
    fn between_parentheses(self, kind: FieldKind) -> Result<(u8, u8), SyntaxError> {
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
                .error(format!("{} is not allowed after `H`", quoted(self.text)))
                .hint("use `H`, `H(1-5)`, `H/15` or `H(0-29)/10`"));
        };
        let (first, last) = (from.value(kind)?, to.value(kind)?);
        if first > last {
            return Err(self.error(format!("the range {} is reversed", quoted(self.text))));
        }
        Ok((first, last))
    }

    fn step(self) -> Result<u32, SyntaxError> {
        match self.number() {
            Some(0) => Err(self
                .error("a step of 0 is not allowed")
                .hint("the step is at least 1")),
            Some(step) => Ok(step),
            None if self.text.is_empty() => Err(self.error("the step after `/` is missing")),
            None => Err(self.error(format!("the step {} is not a number", quoted(self.text)))),
        }
    }

    /// Parses a value of the field: a number or a name. The day of the week may be 7.
    fn value(self, kind: FieldKind) -> Result<u8, SyntaxError> {
        let (first, largest) = (kind.first(), kind.largest());
        if let Some(number) = self.number() {
            return match u8::try_from(number) {
                Ok(value) if (first..=largest).contains(&value) => Ok(value),
                _ => Err(self
                    .error(format!(
                        "{} is out of range {first}-{largest}",
                        quoted(self.text)
                    ))
                    .hint(match kind {
                        FieldKind::Second => "the full minute is `0`",
                        FieldKind::Minute => "the full hour is `0`",
                        FieldKind::Hour => "midnight is `0`",
                        FieldKind::DayOfMonth => {
                            "the first day is `1`, the last of any month is `L`"
                        }
                        FieldKind::Month => "January is `1` or JAN, December `12` or DEC",
                        FieldKind::DayOfWeek => "Sunday is `0` or `7`, Saturday `6`",
                    })),
            };
        }
        let named = |name: &&str| name.eq_ignore_ascii_case(self.text);
        if let Some(index) = kind.names().iter().position(named) {
            return Ok(first + u8::try_from(index).expect("there are at most 12 names"));
        }
        Err(self.unreadable(kind))
    }

    fn unreadable(self, kind: FieldKind) -> SyntaxError {
        if self.text.is_empty() {
            return self.error("a value is missing here");
        }
        let upper = self.text.to_ascii_uppercase();
        let error = |kind: &str| self.error(format!("{} is not {kind}", quoted(self.text)));
        let near = kind.names().iter().find(|name| upper.starts_with(**name));
        match (kind, near) {
            (_, Some(name)) => error("a number or a name").hint(format!("write `{name}`")),
            (FieldKind::Month, None) => {
                error("a month").hint("a month is 1-12 or JAN, FEB, ... DEC")
            }
            (FieldKind::DayOfWeek, None) => error("a day of the week").hint(
                "a day is 0-7 (0 and 7 are Sunday) or SUN, MON, ... SAT, also `FRI#3` or `FRIL`",
            ),
            (FieldKind::DayOfMonth, None) => {
                error("a day of the month").hint("a day is 1-31, `L`, `L-3`, `LW` or `15W`")
            }
            (FieldKind::Second | FieldKind::Minute | FieldKind::Hour, None) => error("a number")
                .hint(format!(
                    "it is {}-{}, for example `5`, `1-5`, `*/5` or `1,5`",
                    kind.first(),
                    kind.last()
                )),
        }
    }

    /// Parses `L`, `L-3`, `LW`, `15W`, `FRI#3` or `FRIL`; `None` for any other text.
    fn special(self, kind: FieldKind) -> Result<Option<Member>, SyntaxError> {
        match kind {
            FieldKind::DayOfMonth => self.special_day_of_month(),
            FieldKind::DayOfWeek => self.special_day_of_week(),
            FieldKind::Second | FieldKind::Minute | FieldKind::Hour | FieldKind::Month => Ok(None),
        }
    }

    fn special_day_of_month(self) -> Result<Option<Member>, SyntaxError> {
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
                Some(_) => Err(before.error(format!(
                    "{} days before the last is out of range 0-30",
                    quoted(before.text)
                ))),
                None => Err(before.error(format!(
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
            day: day.value(FieldKind::DayOfMonth)?,
        }))
    }

    fn special_day_of_week(self) -> Result<Option<Member>, SyntaxError> {
        let weekday = |part: Part| part.value(FieldKind::DayOfWeek).map(|day| day % 7);
        if let Some((day, nth)) = self.split('#') {
            let weekday = weekday(day)?;
            return match nth.number() {
                Some(number @ 1..=5) => Ok(Some(Member::Nth {
                    weekday,
                    nth: u8::try_from(number).expect("it is at most 5"),
                })),
                _ => Err(nth
                    .error(format!(
                        "{} after `#` is out of range 1-5",
                        quoted(nth.text)
                    ))
                    .hint("`FRI#3` is the third Friday of the month")),
            };
        }
        if self.text.eq_ignore_ascii_case("L") {
            return Err(self.error("`L` alone is not a day of the week").hint(
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

    /// Parses plain digits. A number that is too large for the type becomes its largest value.
    pub(super) fn number(self) -> Option<u32> {
        let digits = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| self.text.parse().unwrap_or(u32::MAX))
    }
}
