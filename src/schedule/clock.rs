//! From a wall clock that a cron line matches to the instant: across the changes of a zone's clock.

use super::cron::{Cron, Wall};
use super::time::Time;
use super::zone::{NEW_TIME, Zone};

/// Seconds: how far ahead a next run is looked for, 50 years.
const AHEAD: i64 = 50 * 366 * 86_400;

/// Seconds: more than any zone is away from UTC.
const DAY: i64 = 86_400;

/// The first instant strictly after `after` at which the line runs on a clock of that zone.
///
/// An interval job follows elapsed time: it runs whenever the clock shows a matching second, again in a repeated hour.
/// A fixed job runs once for each matching second of the calendar: at the first instant after a gap that skipped it, and
/// only the first time when the clock shows it twice.
pub(super) fn next_after(cron: &Cron, after: Time, zone: &Zone) -> Option<Time> {
    let after = after.second().max(jiff::Timestamp::MIN.as_second());
    if after >= jiff::Timestamp::MAX.as_second() {
        return None;
    }
    let until = after + AHEAD;
    let fixed = !cron.is_interval();
    let mut search = Search::new(cron, until + DAY);
    let mut offset = zone.offset(after);
    let mut from = after + 1;
    let mut had = if fixed {
        shown_until(zone, after, offset)
    } else {
        Wall::MIN
    };

    for change in zone.changes_after(after) {
        if let Some(wall) = search.next(had.max(from + offset))
            && wall - offset < change.at.min(until)
        {
            return Some(instant(wall - offset));
        }
        if change.at > until {
            return None;
        }
        let moved = change.offset - offset;
        if fixed
            && (1..NEW_TIME).contains(&moved)
            && let Some(wall) = search.next(had.max(change.at + offset))
            && wall < change.at + change.offset
        {
            return Some(instant(change.at));
        }
        if moved <= -NEW_TIME {
            had = Wall::MIN;
        } else if fixed && moved < 0 {
            had = had.max(change.at + offset);
        }
        (from, offset) = (change.at, change.offset);
    }
    let wall = search.next(had.max(from + offset))?;
    (wall - offset <= until).then(|| instant(wall - offset))
}

/// The skipped time, `02:30:00`, for which a fixed line runs at `at`, the first instant after a gap.
pub(super) fn skipped(cron: &Cron, at: Time, zone: &Zone) -> Option<String> {
    if cron.is_interval() {
        return None;
    }
    in_gap(cron, at, zone)
}

/// The first time of a line of either nature in the gap that ends at `at`.
pub(super) fn in_gap(cron: &Cron, at: Time, zone: &Zone) -> Option<String> {
    let second = at.second();
    let (before, after) = (zone.offset(second - 1), zone.offset(second));
    if !(1..NEW_TIME).contains(&(after - before)) {
        return None;
    }
    let wall = cron.next(second + before, second + after - 1)?;
    let wall = Time::from_millis(wall.saturating_mul(1_000)).local(&Zone::utc());
    Some(wall.split_once(' ')?.1.to_owned())
}

fn instant(second: i64) -> Time {
    Time::from_millis(second.saturating_mul(1000))
}

/// Where the clock of the instant `second` repeats what it has shown before: the end of that. Else the distant past.
fn shown_until(zone: &Zone, second: i64, offset: i64) -> Wall {
    // A clock set back by less than NEW_TIME repeats for less than NEW_TIME, so most often one look is enough.
    if zone.offset(second - NEW_TIME) <= offset {
        return Wall::MIN;
    }
    let Some(change) = zone.last_change(second) else {
        return Wall::MIN;
    };
    let before = zone.offset(change - 1);
    if (1..NEW_TIME).contains(&(before - offset)) {
        change + before
    } else {
        Wall::MIN
    }
}

/// Remembers the last answer, for a schedule that matches rarely is asked the same for each change of the clock.
struct Search<'c> {
    cron: &'c Cron,
    until: Wall,
    last: Option<(Wall, Option<Wall>)>,
}

impl<'c> Search<'c> {
    fn new(cron: &'c Cron, until: Wall) -> Search<'c> {
        Search {
            cron,
            until,
            last: None,
        }
    }

    /// The first matching second of the wall clock at or after `from`.
    fn next(&mut self, from: Wall) -> Option<Wall> {
        if let Some((asked, answer)) = self.last
            && from >= asked
            && answer.is_none_or(|wall| wall >= from)
        {
            return answer;
        }
        let answer = self.cron.next(from, self.until);
        self.last = Some((from, answer));
        answer
    }
}
