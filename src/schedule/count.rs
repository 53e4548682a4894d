//! Counts the runs of a schedule in a span of time, by arithmetic: a span of decades costs little more than one of a day.

use std::time::Duration;

use super::time::Time;
use super::zone::Zone;
use super::{Line, LineKind, Schedule, Timing, clock};

/// The longest span that is counted, in days: 100 years. A clock that is set to another millennium must not stop the scheduler.
const LONGEST_DAYS: u64 = 36_525;

/// The runs to count.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Runs after this instant are counted.
    pub after: Time,
    /// Runs of fixed lines are counted after the later of this instant and `after`.
    pub fixed_after: Time,
    /// Runs up to this instant are counted; it is included.
    pub until: Time,
    /// Only the lines of this timing are counted; `None`: all.
    pub timing: Option<Timing>,
    /// A count that reaches this number may stop there, as [`Count::is_cut`] says.
    pub enough: u64,
}

/// A number of runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub number: u64,
    /// Whether the count was cut off: there are at least so many.
    pub is_cut: bool,
    /// The work that the count took: clock changes and single runs that it went through.
    pub steps: u64,
}

impl Schedule {
    /// Counts the runs in a span; runs of several lines at the same instant are one. `zone` and `anchor` are as in
    /// [`Schedule::next_after`].
    ///
    /// The runs of one line are counted by arithmetic. Those of several lines are gone through one by one, since two lines may run
    /// at the same instant; beyond [`Span::enough`] the line with the most runs says how many there are at least.
    pub fn count(&self, span: Span, zone: &Zone, anchor: Time) -> Count {
        let longest = Duration::from_secs(LONGEST_DAYS * 86_400);
        let end = span.until.min(span.after.plus(longest));
        let is_short = end == span.until;
        let span = Span { until: end, ..span };
        let mut lines = self.lines_of(span.timing).filter(|line| line.may_repeat());
        let (first, second) = (lines.next(), lines.next());
        let mut count = match (first, second) {
            (None, _) => Count::default(),
            (Some(line), None) => line.count(span, zone, anchor),
            (Some(_), Some(_)) => self.count_merged(span, zone, anchor),
        };
        count.is_cut |= !is_short;
        count
    }

    fn count_merged(&self, span: Span, zone: &Zone, anchor: Time) -> Count {
        let mut count = Count::default();
        let mut after = span.after;
        while let Some(next) = self
            .next_in(Span { after, ..span }, zone, anchor)
            .filter(|next| *next <= span.until)
        {
            count.number += 1;
            count.steps += 1;
            if count.number >= span.enough {
                return self.count_at_least(count, span, zone, anchor);
            }
            after = next;
        }
        count
    }

    fn count_at_least(&self, mut count: Count, span: Span, zone: &Zone, anchor: Time) -> Count {
        count.is_cut = true;
        for line in self.lines_of(span.timing) {
            let of_line = line.count(span, zone, anchor);
            count.number = count.number.max(of_line.number);
            count.steps += of_line.steps;
        }
        count
    }

    /// The first run after the beginning of a span; it may lie behind the end.
    fn next_in(&self, span: Span, zone: &Zone, anchor: Time) -> Option<Time> {
        self.lines_of(span.timing)
            .filter_map(|line| line.next_after(line.begin(span), zone, anchor))
            .min()
    }

    fn lines_of(&self, timing: Option<Timing>) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(move |line| timing.is_none_or(|timing| line.timing() == timing))
    }
}

impl Line {
    /// Whether the line has runs that are computed from the calendar or the clock.
    fn may_repeat(&self) -> bool {
        match self.kind {
            LineKind::Cron(_) | LineKind::Every(_) | LineKind::At(_) => true,
            LineKind::Reboot => false,
        }
    }

    /// The instant after which the runs of this line count.
    fn begin(&self, span: Span) -> Time {
        match self.timing() {
            Timing::Interval => span.after,
            Timing::Fixed => span.after.max(span.fixed_after),
        }
    }

    fn count(&self, span: Span, zone: &Zone, anchor: Time) -> Count {
        let zone = self.zone.as_ref().unwrap_or(zone);
        let (after, until) = (self.begin(span), span.until);
        let (number, steps) = match &self.kind {
            LineKind::Cron(cron) => clock::count(cron, after, until, zone),
            LineKind::Every(period) => (multiples(*period, after, until, anchor), 1),
            LineKind::Reboot => (0, 0),
            LineKind::At(moment) => {
                let is_within = moment
                    .time(zone)
                    .is_some_and(|at| at > after && at <= until);
                (u64::from(is_within), 1)
            }
        };
        Count {
            number,
            is_cut: false,
            steps,
        }
    }
}

/// The number of instants `anchor + k * period`, where `k` is at least 1, after `after` and up to `until`.
fn multiples(period: u64, after: Time, until: Time, anchor: Time) -> u64 {
    let period = i128::from(period) * 1000;
    let start = i128::from(anchor.floor_to_second().millis());
    let up_to = |time: Time| {
        (i128::from(time.millis()) - start)
            .div_euclid(period)
            .max(0)
    };
    u64::try_from(up_to(until) - up_to(after)).unwrap_or(0)
}
