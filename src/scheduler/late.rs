//! Late occurrences of a job: how many there are, and which of them are the newest. Their number may be in the millions, so they are
//! counted by arithmetic and never gone through one by one.

use std::time::Duration;

use super::rules::Rules;
use jobs_schedule::{Time, Timing};

/// Upper bound on the occurrences of a schedule of several lines that are counted one by one. A longer count is "at least".
pub(super) const COUNTED_MAX: u64 = 1_000;

/// The shortest time between two instants.
pub(super) const JUST: Duration = Duration::from_millis(1);

/// A range of late occurrences of a job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Late<'r> {
    pub(super) rules: &'r Rules,
    /// The occurrence for which the job was due, if it is late. It counts even when the rules do not name it any more.
    pub(super) due: Option<Time>,
    /// The other occurrences are after this instant.
    pub(super) after: Time,
    /// The last instant of the range.
    pub(super) until: Time,
}

/// A number of late occurrences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) number: u64,
    /// Whether the count was cut off: there are at least so many.
    pub(super) is_cut: bool,
}

impl Number {
    /// The number less `some`.
    pub(super) fn without(self, some: u64) -> Number {
        Number {
            number: self.number.saturating_sub(some),
            ..self
        }
    }

    /// A reason in the history, which says whether the count was cut off.
    pub(super) fn reason(self, why: &str) -> String {
        if self.is_cut {
            format!(
                "{why} (at least {} times: the count was cut off)",
                self.number
            )
        } else {
            why.to_string()
        }
    }
}

impl Late<'_> {
    /// The oldest occurrence.
    pub(super) fn first(&self) -> Option<Time> {
        self.due.or_else(|| {
            self.rules
                .next_after(self.after)
                .filter(|at| *at <= self.until)
        })
    }

    /// The oldest occurrence of a fixed line.
    pub(super) fn first_fixed(&self) -> Option<Time> {
        let due = self.due.filter(|at| self.rules.is_fixed(*at));
        due.or_else(|| {
            self.rules
                .next_of_timing(Timing::Fixed, self.after)
                .filter(|at| *at <= self.until)
        })
    }

    /// The oldest occurrence of an interval line.
    pub(super) fn first_interval(&self) -> Option<Time> {
        let due = self.due.filter(|at| !self.rules.is_fixed(*at));
        due.or_else(|| {
            self.rules
                .next_of_timing(Timing::Interval, self.after)
                .filter(|at| *at <= self.until)
        })
    }

    /// Counts the occurrences of the lines of `timing`; none: of all lines. Adds the work to `steps`.
    pub(super) fn count(&self, timing: Option<Timing>, steps: &mut u64) -> Number {
        let count = self
            .rules
            .count(timing, self.after, self.until, COUNTED_MAX);
        *steps += count.steps;
        Number {
            number: count.number + u64::from(self.has_due(timing)),
            is_cut: count.is_cut,
        }
    }

    /// The newest occurrences of the lines of `timing` from `oldest` on, at most `most`, the oldest first.
    pub(super) fn newest(
        &self,
        timing: Option<Timing>,
        oldest: Time,
        most: usize,
        steps: &mut u64,
    ) -> Vec<Time> {
        let begin = self.begin_of_newest(timing, oldest, most, steps);
        let mut found = Vec::new();
        let mut after = begin;
        while let Some(at) = self.next(timing, after).filter(|at| *at <= self.until) {
            found.push(at);
            *steps += 1;
            after = at;
        }
        if let Some(due) = self.due.filter(|due| *due >= oldest)
            && found.len() < most
            && self.has_due(timing)
        {
            found.insert(0, due);
        }
        found
    }

    /// An instant after which there are at most `most` occurrences, and all of those that are wanted.
    fn begin_of_newest(
        &self,
        timing: Option<Timing>,
        oldest: Time,
        most: usize,
        steps: &mut u64,
    ) -> Time {
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        let mut fits = |begin: Time| {
            let count = self.rules.count(timing, begin, self.until, most + 1);
            *steps += 1 + count.steps;
            count.number <= most
        };
        let first = self.after.max(oldest.minus(JUST));
        // Two occurrences are a second apart or more, so widen the span from `most` seconds until it holds too many.
        let mut width = Duration::from_secs(most);
        let mut good = self.until;
        let mut bad = loop {
            let begin = self.until.minus(width).max(first);
            if !fits(begin) {
                break begin;
            }
            good = begin;
            if begin == first {
                return good;
            }
            width *= 4;
        };
        while good.since(bad) > Duration::from_secs(1) {
            let middle = bad.plus(good.since(bad) / 2);
            if fits(middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        good
    }

    fn next(&self, timing: Option<Timing>, after: Time) -> Option<Time> {
        match timing {
            None => self.rules.next_after(after),
            Some(timing) => self.rules.next_of_timing(timing, after),
        }
    }

    /// Whether the late due occurrence is one of a line of `timing`.
    fn has_due(&self, timing: Option<Timing>) -> bool {
        self.due.is_some_and(|at| match timing {
            None => true,
            Some(Timing::Fixed) => self.rules.is_fixed(at),
            Some(Timing::Interval) => !self.rules.is_fixed(at),
        })
    }
}
