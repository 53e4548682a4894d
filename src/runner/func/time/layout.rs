//! Go's time layouts: a layout shows how 2006-01-02 15:04:05 -0700 (MST), a Monday, would be written.
//!
//! The rules are those of `nextStdChunk` and `Time.AppendFormat` in Go's `src/time/format.go`.

use jiff::ZonedDateTime;
use jiff::civil::Weekday;

/// The named layouts of Go's package `time`.
const NAMED: [(&str, &str); 19] = [
    ("Layout", "01/02 03:04:05PM '06 -0700"),
    ("ANSIC", "Mon Jan _2 15:04:05 2006"),
    ("UnixDate", "Mon Jan _2 15:04:05 MST 2006"),
    ("RubyDate", "Mon Jan 02 15:04:05 -0700 2006"),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("RFC3339", "2006-01-02T15:04:05Z07:00"),
    ("RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"),
    ("Kitchen", "3:04PM"),
    ("Stamp", "Jan _2 15:04:05"),
    ("StampMilli", "Jan _2 15:04:05.000"),
    ("StampMicro", "Jan _2 15:04:05.000000"),
    ("StampNano", "Jan _2 15:04:05.000000000"),
    ("DateTime", "2006-01-02 15:04:05"),
    ("DateOnly", "2006-01-02"),
    ("TimeOnly", "15:04:05"),
];

/// A part of a layout that is replaced with a part of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    Abbreviation,
    Offset(Offset),
    Fraction {
        separator: char,
        digits: usize,
        is_trimmed: bool,
    },
}

/// The form of a UTC offset; sign and hours are always written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offset {
    /// Whether UTC is written as `Z`.
    has_z: bool,
    colon: &'static str,
    has_minutes: bool,
    has_seconds: bool,
}

const fn offset(has_z: bool, colon: &'static str, numbers: u8) -> Part {
    Part::Offset(Offset {
        has_z,
        colon,
        has_minutes: numbers > 1,
        has_seconds: numbers > 2,
    })
}

/// The parts and their texts. Of two texts with the same beginning, the one that Go prefers comes first.
const PARTS: [(&str, Part); 33] = [
    ("January", Part::LongMonth),
    ("Jan", Part::Month),
    ("Monday", Part::LongWeekday),
    ("Mon", Part::Weekday),
    ("MST", Part::Abbreviation),
    ("01", Part::ZeroMonth),
    ("02", Part::ZeroDay),
    ("03", Part::ZeroHour12),
    ("04", Part::ZeroMinute),
    ("05", Part::ZeroSecond),
    ("06", Part::Year),
    ("002", Part::ZeroYearDay),
    ("15", Part::Hour),
    ("1", Part::NumMonth),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("_2", Part::SpaceDay),
    ("__2", Part::SpaceYearDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperHalf),
    ("pm", Part::LowerHalf),
    ("-070000", offset(false, "", 3)),
    ("-07:00:00", offset(false, ":", 3)),
    ("-0700", offset(false, "", 2)),
    ("-07:00", offset(false, ":", 2)),
    ("-07", offset(false, "", 1)),
    ("Z070000", offset(true, "", 3)),
    ("Z07:00:00", offset(true, ":", 3)),
    ("Z0700", offset(true, "", 2)),
    ("Z07:00", offset(true, ":", 2)),
    ("Z07", offset(true, "", 1)),
];

/// Formats the time by a layout or by the name of one (in any case). `None` when the layout contains no part of a
/// time.
pub(super) fn format(layout: &str, moment: &ZonedDateTime) -> Option<String> {
    let named = NAMED
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(layout));
    let mut rest = named.map_or(layout, |(_, layout)| layout);
    let mut text = String::new();
    let mut has_part = false;
    while let Some(c) = rest.chars().next() {
        let length = match part(rest) {
            Some((part, length)) => {
                has_part = true;
                text.push_str(&part.write(moment));
                length
            }
            None => {
                text.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    has_part.then_some(text)
}

/// The part at the beginning of `text`, and its length in bytes.
fn part(text: &str) -> Option<(Part, usize)> {
    let (start, part) = PARTS
        .into_iter()
        .find(|(start, _)| text.starts_with(start))
        .or_else(|| fraction(text))?;
    let after = text.get(start.len()..).unwrap_or_default();
    let is_other_word = match part {
        // `Month` is not `Mon` followed by `th`.
        Part::Month | Part::Weekday => after.starts_with(|c: char| c.is_ascii_lowercase()),
        // `_2006` is `_` followed by the year.
        Part::SpaceDay => text.starts_with("_2006"),
        _ => false,
    };
    (!is_other_word).then_some((part, start.len()))
}

/// A point or comma followed by zeros or nines, with no other digit after them.
fn fraction(text: &str) -> Option<(&str, Part)> {
    let mut chars = text.chars();
    let separator = chars.next().filter(|c| matches!(c, '.' | ','))?;
    let digit = chars.next().filter(|c| matches!(c, '0' | '9'))?;
    let after = chars.as_str().trim_start_matches(digit);
    if after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let start = text.strip_suffix(after)?;
    let part = Part::Fraction {
        separator,
        digits: start.len() - 1,
        is_trimmed: digit == '9',
    };
    Some((start, part))
}

impl Part {
    fn write(self, moment: &ZonedDateTime) -> String {
        let hour = moment.hour();
        let hour12 = match hour % 12 {
            0 => 12,
            hour => hour,
        };
        match self {
            Part::LongMonth => month(moment).to_owned(),
            Part::Month => month(moment).chars().take(3).collect(),
            Part::NumMonth => moment.month().to_string(),
            Part::ZeroMonth => format!("{:02}", moment.month()),
            Part::LongWeekday => weekday(moment).to_owned(),
            Part::Weekday => weekday(moment).chars().take(3).collect(),
            Part::Day => moment.day().to_string(),
            Part::SpaceDay => format!("{:2}", moment.day()),
            Part::ZeroDay => format!("{:02}", moment.day()),
            Part::SpaceYearDay => format!("{:3}", moment.day_of_year()),
            Part::ZeroYearDay => format!("{:03}", moment.day_of_year()),
            Part::Hour => format!("{hour:02}"),
            Part::Hour12 => hour12.to_string(),
            Part::ZeroHour12 => format!("{hour12:02}"),
            Part::Minute => moment.minute().to_string(),
            Part::ZeroMinute => format!("{:02}", moment.minute()),
            Part::Second => moment.second().to_string(),
            Part::ZeroSecond => format!("{:02}", moment.second()),
            Part::LongYear => format!("{:04}", moment.year()),
            Part::Year => format!("{:02}", moment.year().rem_euclid(100)),
            Part::UpperHalf => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Part::LowerHalf => if hour < 12 { "am" } else { "pm" }.to_owned(),
            Part::Abbreviation => abbreviation(moment),
            Part::Offset(offset) => offset.write(moment.offset().seconds()),
            Part::Fraction {
                separator,
                digits,
                is_trimmed,
            } => write_fraction(moment, separator, digits, is_trimmed),
        }
    }
}

impl Offset {
    fn write(self, seconds: i32) -> String {
        if self.has_z && seconds == 0 {
            return "Z".to_owned();
        }
        // The sign is that of the whole minutes, as in Go.
        let sign = if seconds / 60 < 0 { '-' } else { '+' };
        let (minutes, colon) = (seconds.abs() / 60, self.colon);
        let mut text = format!("{sign}{:02}", minutes / 60);
        if self.has_minutes {
            text.push_str(&format!("{colon}{:02}", minutes % 60));
        }
        if self.has_seconds {
            text.push_str(&format!("{colon}{:02}", seconds.abs() % 60));
        }
        text
    }
}

/// Writes the fraction of the second. With nines, trailing zeros are omitted, and the whole fraction if it is zero.
fn write_fraction(
    moment: &ZonedDateTime,
    separator: char,
    digits: usize,
    is_trimmed: bool,
) -> String {
    let all = format!("{:09}", moment.subsec_nanosecond());
    let cut = all.get(..digits.min(all.len())).unwrap_or(&all);
    let shown = if is_trimmed {
        cut.trim_end_matches('0')
    } else {
        cut
    };
    if shown.is_empty() {
        String::new()
    } else {
        format!("{separator}{shown}")
    }
}

fn abbreviation(moment: &ZonedDateTime) -> String {
    moment
        .time_zone()
        .to_offset_info(moment.timestamp())
        .abbreviation()
        .to_owned()
}

fn month(moment: &ZonedDateTime) -> &'static str {
    match moment.month() {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

fn weekday(moment: &ZonedDateTime) -> &'static str {
    match moment.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
