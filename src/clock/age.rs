//! The time by which things are deleted for their age. A wall clock that has jumped far is not believed until it was steady for a
//! day; meanwhile this time goes on by what the machine counts.
//!
//! A clock that is wrong by years for a moment (a dead battery, a wrong time server) would otherwise make the whole history old at
//! once.

use std::time::Duration;

use jobs_schedule::Time;

use super::Reading;

/// A jump of the wall clock beyond this is not believed at once.
const FAR: Duration = Duration::from_secs(3 * 3_600);

/// The longest time without a daemon that is believed at once when the wall clock says so: a machine that is off at night or over a
/// long weekend.
const OFF: Duration = Duration::from_secs(4 * 86_400);

/// How long a wall clock must go on without a far jump, as the machine counts, before it is believed.
const STEADY: Duration = Duration::from_secs(86_400);

/// The times that are stored for the next daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aged {
    /// The time that was believed.
    pub believed: Time,
    /// The time of the wall clock at that moment.
    pub wall: Time,
    /// How long the wall clock had been steady.
    pub steady: Duration,
}

/// The time that is believed, and what is known about the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct AgeClock {
    aged: Aged,
    last: Reading,
}

impl AgeClock {
    /// Begins at the start of a daemon. `before` is what the previous one stored. Without it, `newest` is the newest time in the
    /// history: the wall clock was there, so a much later time now must prove itself as well.
    pub fn start(before: Option<Aged>, newest: Option<Time>, now: Reading) -> AgeClock {
        let before = before.unwrap_or_else(|| {
            let seen = newest.unwrap_or(now.wall);
            Aged {
                believed: seen,
                wall: seen,
                steady: STEADY,
            }
        });
        // How long the machine was off is known only from the wall clock.
        let off = now.wall.since(before.wall);
        let is_believed = off <= OFF && before.wall.since(now.wall) <= FAR;
        let aged = Aged {
            believed: if is_believed {
                before.believed.plus(off)
            } else {
                before.believed
            },
            wall: now.wall,
            steady: if is_believed {
                before.steady
            } else {
                Duration::ZERO
            },
        };
        AgeClock { aged, last: now }.settled()
    }

    /// Goes on to a reading, and returns the time by which things are old now.
    pub fn advance(&mut self, now: Reading) -> Time {
        let elapsed = now.machine.saturating_sub(self.last.machine);
        let expected = self.last.wall.plus(elapsed);
        let is_far = now.wall.since(expected).max(expected.since(now.wall)) > FAR;
        let moved = if is_far {
            elapsed
        } else {
            now.wall.since(self.last.wall)
        };
        self.aged = Aged {
            believed: self.aged.believed.plus(moved),
            wall: now.wall,
            steady: if is_far {
                Duration::ZERO
            } else {
                self.aged.steady.saturating_add(elapsed)
            },
        };
        self.last = now;
        *self = self.settled();
        // The earlier one: nothing is deleted that either of them calls new.
        self.aged.believed.min(now.wall)
    }

    /// Whether the wall clock is not believed at present.
    pub fn is_doubted(&self) -> bool {
        self.aged.steady < STEADY && self.aged.wall.since(self.aged.believed) > FAR
    }

    /// The times that the next daemon needs.
    pub fn aged(&self) -> Aged {
        self.aged
    }

    /// Believes the wall clock once it was steady.
    fn settled(mut self) -> AgeClock {
        if self.aged.steady >= STEADY {
            self.aged.believed = self.aged.wall;
            self.aged.steady = STEADY;
        }
        self
    }
}

impl Aged {
    /// As a text, for the store.
    pub fn text(&self) -> String {
        format!(
            "{} {} {}",
            self.believed.millis(),
            self.wall.millis(),
            self.steady.as_secs()
        )
    }

    /// Reads what [`Aged::text`] wrote.
    pub fn parse(text: &str) -> Option<Aged> {
        let mut words = text.split(' ');
        let aged = Aged {
            believed: Time::from_millis(words.next()?.parse().ok()?),
            wall: Time::from_millis(words.next()?.parse().ok()?),
            steady: Duration::from_secs(words.next()?.parse().ok()?),
        };
        words.next().is_none().then_some(aged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;
    const DAY: i64 = 24;
    const YEARS: i64 = 3_650 * DAY;

    /// A time in hours.
    fn at(hours: i64) -> Time {
        Time::from_millis(hours * HOUR as i64 * 1_000)
    }

    /// A reading: the wall clock and the machine, in hours.
    fn reading(wall: i64, machine: u64) -> Reading {
        Reading {
            wall: at(wall),
            machine: Duration::from_secs(machine * HOUR),
        }
    }

    #[test]
    fn time_after_each_course_of_the_clock_is_the_one_that_is_believed() {
        let now = 20_000 * DAY;
        for (what, course, expected) in [
            ("steady", &[(1, 1), (2, 2)][..], now + 2),
            ("suspended for a month", &[(720, 720)], now + 720),
            ("a small jump", &[(2, 1)], now + 2),
            ("years ahead", &[(YEARS + 1, 1)], now + 1),
            (
                "years ahead, for hours",
                &[(YEARS + 1, 1), (YEARS + 20, 20)],
                now + 20,
            ),
            ("years ahead and back", &[(YEARS + 1, 1), (2, 2)], now + 2),
            (
                "years ahead, steady",
                &[(YEARS + 1, 1), (YEARS + 26, 26)],
                now + YEARS + 26,
            ),
            ("years back", &[(1 - YEARS, 1)], now + 1 - YEARS),
            (
                "years back and right again",
                &[(1 - YEARS, 1), (2, 2)],
                now + 2,
            ),
        ] {
            let mut clock = AgeClock::start(None, None, reading(now, 0));
            let times = course
                .iter()
                .map(|(wall, machine)| clock.advance(reading(now + wall, *machine)));
            assert_eq!(times.last(), Some(at(expected)), "{what}");
        }
    }

    #[test]
    fn start_believes_the_wall_clock_only_after_a_short_time_off() {
        let now = 20_000 * DAY;
        let stored = |believed: i64, wall: i64, steady: u64| {
            Some(Aged {
                believed: at(believed),
                wall: at(wall),
                steady: Duration::from_secs(steady * HOUR),
            })
        };
        for (what, before, newest, wall, expected) in [
            ("the first start", None, None, now, now),
            (
                "off for a night",
                stored(now - 9, now - 9, 24),
                None,
                now,
                now,
            ),
            (
                "off for a year",
                stored(now - 8_760, now - 8_760, 24),
                None,
                now,
                now - 8_760,
            ),
            (
                "ten years ahead at boot",
                stored(now, now, 24),
                None,
                now + YEARS,
                now,
            ),
            // The daemon before had written rows with the wrong time.
            (
                "again ahead",
                stored(now, now + YEARS, 2),
                Some(at(now + YEARS)),
                now + YEARS + 1,
                now + 1,
            ),
            (
                "steady in parts",
                stored(now, now + YEARS, 24),
                None,
                now + YEARS,
                now + YEARS,
            ),
            ("1970 at boot", stored(now, now, 24), None, 0, 0),
            ("right after 1970", stored(now, 1, 1), None, now, now),
            ("an older daemon", None, Some(at(now - 5)), now, now),
            (
                "an older daemon, ahead",
                None,
                Some(at(now - 5)),
                now + YEARS,
                now - 5,
            ),
        ] {
            let mut clock = AgeClock::start(before, newest, reading(wall, 0));
            assert_eq!(clock.advance(reading(wall, 0)), at(expected), "{what}");
        }
    }

    #[test]
    fn stored_text_is_read_back() {
        let aged = Aged {
            believed: at(5),
            wall: at(-7),
            steady: Duration::from_secs(9),
        };
        assert_eq!(Aged::parse(&aged.text()), Some(aged));
        for text in ["", "1 2", "1 2 x", "1 2 3 4"] {
            assert_eq!(Aged::parse(text), None, "{text:?}");
        }
    }
}
