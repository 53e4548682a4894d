//! Sums over all jobs, and lists of the jobs that need a look.

use std::cmp::Reverse;

use super::Kind;
use jobs_model::JobFigures;
use jobs_schedule::{Time, Zone};

/// The content of a report, before it has a format.
pub(super) struct Summary<'a> {
    pub(super) kind: &'static str,
    pub(super) days: u32,
    pub(super) job: Option<&'a str>,
    pub(super) from: Time,
    pub(super) until: Time,
    pub(super) zone: &'a Zone,
    /// All jobs, by name.
    pub(super) jobs: Vec<&'a JobFigures>,
    pub(super) totals: Counts,
    /// Jobs with executions that did not end well: most of them first, of two with as many the latest one.
    pub(super) failing: Vec<&'a JobFigures>,
    /// Jobs of which some executions ended well and some did not: most changes between the two first.
    pub(super) flaky: Vec<&'a JobFigures>,
    /// Jobs with executions, the longest execution first.
    pub(super) slowest: Vec<&'a JobFigures>,
    /// Jobs without an execution.
    pub(super) never_ran: Vec<&'a JobFigures>,
    /// Jobs with occurrences that were missed or skipped, most of them first.
    pub(super) not_run: Vec<&'a JobFigures>,
    /// Jobs that are due again, the next one first.
    pub(super) next_due: Vec<&'a JobFigures>,
}

impl<'a> Summary<'a> {
    pub(super) fn new(
        kind: &'a Kind,
        from: Time,
        until: Time,
        zone: &'a Zone,
        figures: &'a [JobFigures],
    ) -> Summary<'a> {
        let mut jobs: Vec<&JobFigures> = figures.iter().collect();
        jobs.sort_by(|one, other| one.name.cmp(&other.name));
        let totals = jobs
            .iter()
            .fold(Counts::default(), |sum, job| sum.plus(Counts::of(job)));
        Summary {
            kind: kind.word(),
            days: kind.days(),
            job: kind.job(),
            from,
            until,
            zone,
            totals,
            failing: picked(&jobs, |job| {
                let bad = Counts::of(job).not_well();
                let last = job.last_failure.as_ref().map(|(_, _, at, _)| *at);
                (bad > 0).then_some(Reverse((bad, last)))
            }),
            flaky: picked(&jobs, |job| {
                let is_flaky = job.success > 0 && job.changes > 0 && Counts::of(job).not_well() > 0;
                is_flaky.then_some(Reverse(job.changes))
            }),
            slowest: picked(&jobs, |job| job.slowest.map(|(_, ms)| Reverse(ms))),
            never_ran: picked(&jobs, |job| {
                (Counts::of(job).executions() == 0).then_some(())
            }),
            not_run: picked(&jobs, |job| {
                let count = Counts::of(job).not_run();
                (count > 0).then_some(Reverse(count))
            }),
            next_due: picked(&jobs, |job| job.next_at),
            jobs,
        }
    }
}

/// The jobs that have a place, in the order of their places; those with the same by name.
fn picked<'a, P: Ord>(
    jobs: &[&'a JobFigures],
    place: impl Fn(&JobFigures) -> Option<P>,
) -> Vec<&'a JobFigures> {
    let mut picked: Vec<(P, &JobFigures)> = jobs
        .iter()
        .filter_map(|job| place(job).map(|place| (place, *job)))
        .collect();
    picked.sort_by(|(one, _), (other, _)| one.cmp(other));
    picked.into_iter().map(|(_, job)| job).collect()
}

/// How executions ended, of a job or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) success: i64,
    pub(super) failed: i64,
    pub(super) timeout: i64,
    pub(super) cancelled: i64,
    pub(super) interrupted: i64,
    pub(super) skipped: i64,
    pub(super) missed: i64,
    pub(super) total_ms: i64,
}

impl Counts {
    pub(super) fn of(job: &JobFigures) -> Counts {
        Counts {
            success: job.success.max(0),
            failed: job.failed.max(0),
            timeout: job.timeout.max(0),
            cancelled: job.cancelled.max(0),
            interrupted: job.interrupted.max(0),
            skipped: job.skipped.max(0),
            missed: job.missed.max(0),
            total_ms: job.total_ms.max(0),
        }
    }

    fn plus(self, other: Counts) -> Counts {
        Counts {
            success: self.success.saturating_add(other.success),
            failed: self.failed.saturating_add(other.failed),
            timeout: self.timeout.saturating_add(other.timeout),
            cancelled: self.cancelled.saturating_add(other.cancelled),
            interrupted: self.interrupted.saturating_add(other.interrupted),
            skipped: self.skipped.saturating_add(other.skipped),
            missed: self.missed.saturating_add(other.missed),
            total_ms: self.total_ms.saturating_add(other.total_ms),
        }
    }

    /// Executions that failed, timed out or were interrupted. Those that somebody cancelled do not count: the job is not at fault.
    pub(super) fn not_well(self) -> i64 {
        self.failed
            .saturating_add(self.timeout)
            .saturating_add(self.interrupted)
    }

    /// Executions that ended, in whatever way.
    pub(super) fn executions(self) -> i64 {
        self.success
            .saturating_add(self.not_well())
            .saturating_add(self.cancelled)
    }

    pub(super) fn not_run(self) -> i64 {
        self.missed.saturating_add(self.skipped)
    }

    /// How many of a thousand executions ended well, cut, so that 1000 is all of them; those that somebody cancelled do not
    /// count. None without any.
    pub(super) fn well_per_mille(self) -> Option<i64> {
        let counted = i128::from(self.success) + i128::from(self.not_well());
        let per_mille = (i128::from(self.success) * 1_000).checked_div(counted)?;
        i64::try_from(per_mille).ok()
    }

    /// How long an execution took on average; none without any.
    pub(super) fn average_ms(self) -> Option<i64> {
        self.total_ms.checked_div(self.executions())
    }
}
