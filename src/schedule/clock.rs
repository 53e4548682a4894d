//! From the wall clock time that a cron line matches to the instant, across the clock changes of a zone.

use super::cron::{Cron, Wall};
use super::tally::Tally;
use super::time::Time;
use super::zone::{NEW_TIME, Zone};

/// Search horizon for the next run, in seconds: 50 years.
const HORIZON: i64 = 50 * 366 * 86_400;

/// Upper bound on the distance of any zone from UTC, in seconds.
const DAY: i64 = 86_400;

/// The first instant strictly after `after` at which the line runs in the zone.
///
/// An interval job follows elapsed time: it runs at every instant at which the clock shows a matching second, so it
/// runs again in a repeated hour. A fixed job runs once for each matching second of the calendar: at the first
/// instant after a gap that skips the second, and only the first time when the clock shows it twice.
pub(super) fn next_after(cron: &Cron, after: Time, zone: &Zone) -> Option<Time> {
    let after = after.second().max(jiff::Timestamp::MIN.as_second());
    if after >= jiff::Timestamp::MAX.as_second() {
        return None;
    }
    let until = after + HORIZON;
    let fixed = !cron.is_interval();
    let mut search = Search::new(cron, until + DAY);
    let mut offset = zone.offset(after);
    let mut from = after + 1;
    let mut not_before = if fixed {
        repeats_until(zone, after, offset)
    } else {
        Wall::MIN
    };

    for change in zone.changes_after(after) {
        if let Some(wall) = search.next(not_before.max(from + offset))
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
            && let Some(wall) = search.next(not_before.max(change.at + offset))
            && wall < change.at + change.offset
        {
            return Some(instant(change.at));
        }
        if moved <= -NEW_TIME {
            not_before = Wall::MIN;
        } else if fixed && moved < 0 {
            not_before = not_before.max(change.at + offset);
        }
        (from, offset) = (change.at, change.offset);
    }
    let wall = search.next(not_before.max(from + offset))?;
    (wall - offset <= until).then(|| instant(wall - offset))
}

/// The number of instants after `after` and up to `until` at which the line runs in the zone, and the number of clock changes on
/// the way. The rules are those of [`next_after`].
pub(super) fn count(cron: &Cron, after: Time, until: Time, zone: &Zone) -> (u64, u64) {
    let after = after.second().max(jiff::Timestamp::MIN.as_second());
    // Excluded, as the ends of all ranges here.
    let end = until.second().min(jiff::Timestamp::MAX.as_second() - 1) + 1;
    if after + 1 >= end {
        return (0, 0);
    }
    let tally = Tally::of(cron);
    let fixed = !cron.is_interval();
    let mut offset = zone.offset(after);
    let mut from = after + 1;
    let mut not_before = if fixed {
        repeats_until(zone, after, offset)
    } else {
        Wall::MIN
    };
    let (mut number, mut changes) = (0, 1);
    for change in zone.changes_after(after) {
        changes += 1;
        number += tally.between(not_before.max(from + offset), change.at.min(end) + offset);
        if change.at >= end {
            return (number, changes);
        }
        let moved = change.offset - offset;
        from = change.at;
        if fixed
            && (1..NEW_TIME).contains(&moved)
            && tally.between(
                not_before.max(change.at + offset),
                change.at + change.offset,
            ) > 0
        {
            // One run stands for all skipped times, and for the first second after the gap.
            number += 1;
            from += 1;
        }
        if moved <= -NEW_TIME {
            not_before = Wall::MIN;
        } else if fixed && moved < 0 {
            not_before = not_before.max(change.at + offset);
        }
        offset = change.offset;
    }
    number += tally.between(not_before.max(from + offset), end + offset);
    (number, changes)
}

/// The skipped time, such as `02:30:00`, in place of which a fixed line runs at `at`, the first instant after a gap.
pub(super) fn skipped(cron: &Cron, at: Time, zone: &Zone) -> Option<String> {
    if cron.is_interval() {
        return None;
    }
    in_gap(cron, at, zone)
}

/// The first matching time within the gap that ends at `at`, for interval and fixed lines alike.
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

/// When the clock at the instant `second` repeats times that it has shown before: the end of the repeated times. Else
/// [`Wall::MIN`].
fn repeats_until(zone: &Zone, second: i64, offset: i64) -> Wall {
    // A clock that is set back by less than NEW_TIME repeats less than NEW_TIME, so one comparison is usually enough.
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

/// Caches the last result: for a schedule that rarely matches, the same search is repeated at each clock change.
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
        if let Some((searched_from, found)) = self.last
            && from >= searched_from
            && found.is_none_or(|wall| wall >= from)
        {
            return found;
        }
        let found = self.cron.next(from, self.until);
        self.last = Some((from, found));
        found
    }
}
