//! One field of a cron line: its members as written, and the values that they match.

use std::fmt;

use super::error::SyntaxError;
use super::member::Part;

/// The six fields of a cron line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
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

impl FieldKind {
    pub(super) const ALL: [FieldKind; 6] = [
        FieldKind::Second,
        FieldKind::Minute,
        FieldKind::Hour,
        FieldKind::DayOfMonth,
        FieldKind::Month,
        FieldKind::DayOfWeek,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            FieldKind::Second => "second",
            FieldKind::Minute => "minute",
            FieldKind::Hour => "hour",
            FieldKind::DayOfMonth => "day-of-month",
            FieldKind::Month => "month",
            FieldKind::DayOfWeek => "day-of-week",
        }
    }

    /// The smallest value.
    pub(super) fn first(self) -> u8 {
        match self {
            FieldKind::Second | FieldKind::Minute | FieldKind::Hour | FieldKind::DayOfWeek => 0,
            FieldKind::DayOfMonth | FieldKind::Month => 1,
        }
    }

    /// The largest value. For the day of the week this is 6: a written 7 means Sunday, which is 0.
    pub(super) fn last(self) -> u8 {
        match self {
            FieldKind::Second | FieldKind::Minute => 59,
            FieldKind::Hour => 23,
            FieldKind::DayOfMonth => 31,
            FieldKind::Month => 12,
            FieldKind::DayOfWeek => 6,
        }
    }

    /// The largest number that may be written.
    pub(super) fn largest(self) -> u8 {
        if self == FieldKind::DayOfWeek {
            7
        } else {
            self.last()
        }
    }

    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            FieldKind::Month => &MONTHS,
            FieldKind::DayOfWeek => &DAYS,
            FieldKind::Second | FieldKind::Minute | FieldKind::Hour | FieldKind::DayOfMonth => &[],
        }
    }

    pub(super) fn is_day(self) -> bool {
        matches!(self, FieldKind::DayOfMonth | FieldKind::DayOfWeek)
    }

    /// The bit mask with every value of this field.
    pub(super) fn all(self) -> u64 {
        (self.first()..=self.last()).fold(0, |mask, value| mask | 1 << value)
    }
}

/// One member of a field's comma-separated list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// `*` or `?` (step 1), or `*/step`.
    Star { step: u32 },
    /// `5`, `1-5` or `1-30/5`. For the day of the week, `to` may be 7.
    Span { from: u8, to: u8, step: u32 },
    /// `5/15`: from 5 to the end of the field.
    Onward { from: u8, step: u32 },
    /// `L` or `L-3`: this many days before the last day of the month.
    LastDay { before: u8 },
    /// `LW`: the last day of the month that is a Monday to Friday.
    LastWeekday,
    /// `15W`: the day from Monday to Friday that is nearest to this day, within the month.
    Nearest { day: u8 },
    /// `FRI#3`: the third Friday of the month.
    Nth { weekday: u8, nth: u8 },
    /// `FRIL` or `5L`: the last Friday of the month.
    LastOf { weekday: u8 },
}

impl Member {
    /// The step of a member that spans its whole field from the first value on, however it is written.
    pub(super) fn step_through(&self, kind: FieldKind) -> Option<u32> {
        let (first, last) = (kind.first(), kind.last());
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

/// A field and its members, in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) kind: FieldKind,
    pub(super) members: Vec<Member>,
}

impl Field {
    /// Parses a field. `at` is the byte offset of `text` in the whole schedule, for the position of an error.
    pub(super) fn parse(
        kind: FieldKind,
        text: &str,
        at: usize,
        seed: Option<u64>,
    ) -> Result<Field, SyntaxError> {
        let mut members = Vec::new();
        let mut from = at;
        for part in text.split(',') {
            let part = Part {
                text: part,
                at: from,
                seed,
            };
            let member = part
                .member(kind)
                .map_err(|error| error.within(&format!("{} field", kind.name())))?;
            members.push(member);
            from = part.end() + 1;
        }
        Ok(Field { kind, members })
    }

    /// A field with one value.
    pub(super) fn single(kind: FieldKind, value: u8) -> Field {
        let one = Member::Span {
            from: value,
            to: value,
            step: 1,
        };
        Field {
            kind,
            members: vec![one],
        }
    }

    /// The plain values as a bit mask (Sunday is bit 0). Members that depend on the month contribute nothing.
    pub(super) fn mask(&self) -> u64 {
        let kind = self.kind;
        let spread = |from: u8, to: u8, step: u32| {
            let step = usize::try_from(step).unwrap_or(usize::MAX);
            (from..=to).step_by(step).fold(0u64, |mask, value| {
                let bit = if kind == FieldKind::DayOfWeek {
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
                Member::Star { step } => spread(kind.first(), kind.last(), step),
                Member::Span { from, to, step } => spread(from, to, step),
                Member::Onward { from, step } => spread(from, kind.last(), step),
                Member::LastDay { .. }
                | Member::LastWeekday
                | Member::Nearest { .. }
                | Member::Nth { .. }
                | Member::LastOf { .. } => 0,
            })
            .fold(0, |all, one| all | one)
    }

    /// Whether the first member begins with `*` or `?`. The crontab rules depend on this, whatever follows.
    pub(super) fn begins_with_star(&self) -> bool {
        matches!(self.members.first(), Some(Member::Star { .. }))
    }

    /// Whether every value matches.
    pub(super) fn is_full(&self) -> bool {
        self.mask() == self.kind.all()
    }

    /// The members whose days depend on the month.
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
