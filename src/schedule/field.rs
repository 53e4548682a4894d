//! One field of a cron line: its members as they were written, and the values they stand for.

use std::fmt;

use super::error::Flaw;
use super::member::Part;

/// Which of the six fields it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Place {
    pub(super) const ALL: [Place; 6] = [
        Place::Second,
        Place::Minute,
        Place::Hour,
        Place::DayOfMonth,
        Place::Month,
        Place::DayOfWeek,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Place::Second => "second",
            Place::Minute => "minute",
            Place::Hour => "hour",
            Place::DayOfMonth => "day-of-month",
            Place::Month => "month",
            Place::DayOfWeek => "day-of-week",
        }
    }

    /// The first value.
    pub(super) fn first(self) -> u8 {
        match self {
            Place::Second | Place::Minute | Place::Hour | Place::DayOfWeek => 0,
            Place::DayOfMonth | Place::Month => 1,
        }
    }

    /// The last value; in the day of the week 6, for the 7 that may be written is Sunday again.
    pub(super) fn last(self) -> u8 {
        match self {
            Place::Second | Place::Minute => 59,
            Place::Hour => 23,
            Place::DayOfMonth => 31,
            Place::Month => 12,
            Place::DayOfWeek => 6,
        }
    }

    /// The largest number that may be written.
    pub(super) fn largest(self) -> u8 {
        if self == Place::DayOfWeek {
            7
        } else {
            self.last()
        }
    }

    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Place::Month => &MONTHS,
            Place::DayOfWeek => &DAYS,
            Place::Second | Place::Minute | Place::Hour | Place::DayOfMonth => &[],
        }
    }

    pub(super) fn is_day(self) -> bool {
        matches!(self, Place::DayOfMonth | Place::DayOfWeek)
    }

    /// The mask with every value of this field set.
    pub(super) fn all(self) -> u64 {
        (self.first()..=self.last()).fold(0, |mask, value| mask | 1 << value)
    }
}

/// One member of a field's comma-separated list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// `*` or `?`, with a step of 1, or `*/step`.
    Star { step: u32 },
    /// `5`, `1-5` or `1-30/5`; in the day of the week `to` may be 7.
    Span { from: u8, to: u8, step: u32 },
    /// `5/15`: to the end of the field.
    Onward { from: u8, step: u32 },
    /// `L` or `L-3`: so many days before the last of the month.
    LastDay { before: u8 },
    /// `LW`: the last day of the month from Monday to Friday.
    LastWeekday,
    /// `15W`: the day from Monday to Friday that is nearest to this one, within the month.
    Nearest { day: u8 },
    /// `FRI#3`: the third Friday of the month.
    Nth { weekday: u8, nth: u8 },
    /// `FRIL` or `5L`: the last Friday of the month.
    LastOf { weekday: u8 },
}

impl Member {
    /// The step of a member that goes through all of its field from the first value on, however it is written.
    pub(super) fn step_through(&self, place: Place) -> Option<u32> {
        let (first, last) = (place.first(), place.last());
        match *self {
            Member::Star { step } => Some(step),
            Member::Onward { from, step } if from == first => Some(step),
            Member::Span { from, to, step } if from == first && to >= last => Some(step),
            Member::Span { .. }
            | Member::Onward { .. }
            | Member::LastDay { .. }
            | Member::LastWeekday
            | Member::Nearest { .. }
            | Member::Nth { .. }
            | Member::LastOf { .. } => None,
        }
    }
}

/// A field: which one, and its members in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) place: Place,
    pub(super) members: Vec<Member>,
}

impl Field {
    /// Reads the text of a field, which begins at byte `at` of the whole.
    pub(super) fn parse(
        place: Place,
        text: &str,
        at: usize,
        seed: Option<u64>,
    ) -> Result<Field, Flaw> {
        let mut members = Vec::new();
        let mut from = at;
        for part in text.split(',') {
            let part = Part {
                text: part,
                at: from,
                seed,
            };
            let member = part
                .member(place)
                .map_err(|flaw| flaw.within(&format!("{} field", place.name())))?;
            members.push(member);
            from = part.end() + 1;
        }
        Ok(Field { place, members })
    }

    /// A field of one value.
    pub(super) fn single(place: Place, value: u8) -> Field {
        let one = Member::Span {
            from: value,
            to: value,
            step: 1,
        };
        Field {
            place,
            members: vec![one],
        }
    }

    /// The plain values, one bit each (Sunday is bit 0); members that depend on the month have none.
    pub(super) fn mask(&self) -> u64 {
        let place = self.place;
        let spread = |from: u8, to: u8, step: u32| {
            let step = usize::try_from(step).unwrap_or(usize::MAX);
            (from..=to).step_by(step).fold(0u64, |mask, value| {
                let bit = if place == Place::DayOfWeek {
                    value % 7
                } else {
                    value
                };
                mask | 1 << bit
            })
        };
        self.members
            .iter()
            .map(|member| match *member {
                Member::Star { step } => spread(place.first(), place.last(), step),
                Member::Span { from, to, step } => spread(from, to, step),
                Member::Onward { from, step } => spread(from, place.last(), step),
                Member::LastDay { .. }
                | Member::LastWeekday
                | Member::Nearest { .. }
                | Member::Nth { .. }
                | Member::LastOf { .. } => 0,
            })
            .fold(0, |all, one| all | one)
    }

    /// Begins with `*` or `?`, which is what the crontab rules ask, whatever follows.
    pub(super) fn begins_with_star(&self) -> bool {
        matches!(self.members.first(), Some(Member::Star { .. }))
    }

    /// Every value matches.
    pub(super) fn is_full(&self) -> bool {
        self.mask() == self.place.all()
    }

    /// The members that depend on the month.
    pub(super) fn specials(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| {
            !matches!(
                member,
                Member::Star { .. } | Member::Span { .. } | Member::Onward { .. }
            )
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, member) in self.members.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{member}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Member::Star { step: 1 } => f.write_str("*"),
            Member::Star { step } => write!(f, "*/{step}"),
            Member::Span { from, to, step: 1 } if from == to => write!(f, "{from}"),
            Member::Span { from, to, step: 1 } => write!(f, "{from}-{to}"),
            Member::Span { from, to, step } => write!(f, "{from}-{to}/{step}"),
            Member::Onward { from, step } => write!(f, "{from}/{step}"),
            Member::LastDay { before: 0 } => f.write_str("L"),
            Member::LastDay { before } => write!(f, "L-{before}"),
            Member::LastWeekday => f.write_str("LW"),
            Member::Nearest { day } => write!(f, "{day}W"),
            Member::Nth { weekday, nth } => write!(f, "{weekday}#{nth}"),
            Member::LastOf { weekday } => write!(f, "{weekday}L"),
        }
    }
}
