//! Counters of executions since the daemon started, for the metrics. They count events of the store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use prometheus::{Histogram, HistogramOpts, IntCounter};

use jobs_events::{Change, Event, Events, Finished, Started};
use jobs_model::{JobId, Mode, Source, Status};

/// Upper bound on jobs with counters of their own. All others share the counters of [`OTHERS`].
pub(super) const JOBS: usize = 1_000;

/// The id for the shared counters. No job has it.
pub(super) const OTHERS: JobId = 0;

/// Upper bounds of the buckets for durations, in seconds.
pub(super) const DURATION_SECONDS: [f64; 16] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0,
];

/// Upper bounds of the buckets for lateness, in seconds.
const LATENESS_SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0,
];

/// The counters.
pub(crate) struct ExecutionCounts {
    jobs: Mutex<BTreeMap<JobId, ByMode>>,
    pub(super) lateness: Histogram,
    pub(super) missed: IntCounter,
    pub(super) skipped: IntCounter,
    /// Changes of jobs: added, edited, removed, stopped, started again.
    job_changes: AtomicU64,
}

/// The counters of a job by kind of work. A job has several kinds only after an edit of its mode.
type ByMode = Vec<(Mode, Counts)>;

/// The counters of the executions of one job.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) ended: u64,
    pub(super) failed: u64,
    /// Executions per bucket of [`DURATION_SECONDS`]: no longer than its bound, and longer than the bound before.
    pub(super) within: [u64; DURATION_SECONDS.len()],
    /// Executions with a known duration.
    pub(super) timed: u64,
    /// The sum of the known durations, in seconds.
    pub(super) seconds: f64,
}

impl ExecutionCounts {
    /// Counters that count the events of the store from now on.
    pub(crate) fn of(events: &Events) -> Arc<ExecutionCounts> {
        let counter = |name: &str, help: &str| {
            IntCounter::new(name, help).expect("the name of a figure is one")
        };
        let lateness = HistogramOpts::new(
            "jobs_firing_lateness_seconds",
            "How long after its time, with its random delay, the work of a scheduled execution began.",
        );
        let counts = Arc::new(ExecutionCounts {
            jobs: Mutex::default(),
            job_changes: AtomicU64::new(0),
            lateness: Histogram::with_opts(lateness.buckets(LATENESS_SECONDS.to_vec()))
                .expect("the name is one and the bounds rise"),
            missed: counter(
                "jobs_missed_total",
                "Occurrences at whose time nobody was there to run them.",
            ),
            skipped: counter(
                "jobs_skipped_total",
                "Occurrences that were left out: the job ran still, or somebody wanted it so.",
            ),
        });
        let observer = counts.clone();
        events.set_observer(Box::new(move |event| observer.count(event)));
        counts
    }

    /// The counters by job and kind of work, in the order of job ids.
    pub(super) fn by_job(&self) -> Vec<(JobId, Mode, Counts)> {
        let jobs = self.lock();
        let all = jobs.iter().flat_map(|(id, modes)| {
            let of_job = modes.iter();
            of_job.map(|(mode, counts)| (*id, *mode, counts.clone()))
        });
        all.collect()
    }

    /// The number of changes of jobs so far. An execution is no change of its job.
    pub(crate) fn job_changes(&self) -> u64 {
        self.job_changes.load(Ordering::Relaxed)
    }

    /// Drops the counters of removed jobs.
    pub(super) fn forget(&self, gone: &[JobId]) {
        let mut jobs = self.lock();
        for id in gone {
            jobs.remove(id);
        }
    }

    fn count(&self, event: &Event) {
        match event {
            Event::Started(started) => self.count_start(started),
            Event::Finished(finished) => self.count_end(finished),
            Event::Pause(_) => {}
            Event::Job(job) => {
                self.job_changes.fetch_add(1, Ordering::Relaxed);
                if let (Change::Removed, Some(id)) = (job.change, job.job_id) {
                    self.forget(&[id]);
                }
            }
        }
    }

    fn count_start(&self, started: &Started) {
        if started.source == Source::Cron {
            let delay = started.jitter_ms.unwrap_or(0).unsigned_abs();
            let due = started.scheduled_at.plus(Duration::from_millis(delay));
            self.lateness
                .observe(started.started_at.since(due).as_secs_f64());
        }
    }

    fn count_end(&self, finished: &Finished) {
        match finished.status {
            Status::Missed => self.missed.inc_by(finished.count.unsigned_abs()),
            Status::Skipped => self.skipped.inc_by(finished.count.unsigned_abs()),
            Status::Success
            | Status::Failed
            | Status::Timeout
            | Status::Cancelled
            | Status::Interrupted => self.count_execution(finished),
            Status::Queued | Status::Running => {}
        }
    }

    fn count_execution(&self, finished: &Finished) {
        let mut jobs = self.lock();
        let has_room = jobs.len() - usize::from(jobs.contains_key(&OTHERS)) < JOBS;
        let id = if has_room || jobs.contains_key(&finished.job_id) {
            finished.job_id
        } else {
            OTHERS
        };
        let modes = jobs.entry(id).or_default();
        let index = match modes.iter().position(|(mode, _)| *mode == finished.mode) {
            Some(index) => index,
            None => {
                modes.push((finished.mode, Counts::default()));
                modes.len() - 1
            }
        };
        modes[index].1.add(finished);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JobId, ByMode>> {
        self.jobs.lock()
    }
}

impl Counts {
    fn add(&mut self, finished: &Finished) {
        self.ended += 1;
        self.failed += u64::from(finished.status.is_failure());
        if let Some(ms) = finished.duration_ms {
            let seconds = Duration::from_millis(ms.unsigned_abs()).as_secs_f64();
            self.timed += 1;
            self.seconds += seconds;
            // A duration over the largest bound is in no bucket.
            if let Some(bucket) = DURATION_SECONDS.iter().position(|most| seconds <= *most) {
                self.within[bucket] += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_schedule::Time;

    fn finished(job_id: JobId, status: Status, duration_ms: Option<i64>) -> Event {
        Event::Finished(Finished {
            exec_id: 1,
            job_id,
            job_name: "job".into(),
            mode: Mode::Command,
            status,
            exit_code: None,
            duration_ms,
            error: None,
            count: 3,
        })
    }

    #[test]
    fn counters_each_ended_execution_is_counted_by_outcome() {
        let events = Events::new();
        events.publish(finished(7, Status::Interrupted, None));
        let counters = ExecutionCounts::of(&events);
        for (status, ms) in [
            (Status::Success, Some(5)),
            (Status::Failed, Some(6)),
            (Status::Timeout, Some(30_000)),
            (Status::Cancelled, Some(4_000_000)),
            (Status::Cancelled, None),
            (Status::Missed, None),
            (Status::Skipped, None),
        ] {
            events.publish(finished(7, status, ms));
        }
        let all = counters.by_job();
        let [(7, Mode::Command, counts)] = &all[..] else {
            panic!("{all:?}")
        };
        assert_eq!((counts.ended, counts.failed, counts.timed), (6, 3, 4));
        assert!((counts.seconds - 4_030.011).abs() < 1e-6);
        let mut within = [0; DURATION_SECONDS.len()];
        (within[0], within[1], within[11]) = (1, 1, 1);
        assert_eq!(counts.within, within);
        assert_eq!((counters.missed.get(), counters.skipped.get()), (3, 3));
    }

    #[test]
    fn counters_over_the_bound_are_shared() {
        let events = Events::new();
        let counters = ExecutionCounts::of(&events);
        for id in 1..=1_500 {
            events.publish(finished(id, Status::Success, Some(1)));
            events.publish(finished(id, Status::Success, Some(1)));
        }
        let all = counters.by_job();
        assert_eq!(all.len(), 1_001);
        let ended = |wanted: JobId| {
            all.iter()
                .find(|(id, ..)| *id == wanted)
                .map(|(.., counts)| counts.ended)
        };
        assert_eq!(
            (ended(OTHERS), ended(1_000), ended(1_001)),
            (Some(1_000), Some(2), None)
        );
        counters.forget(&[5]);
        events.publish(finished(1_400, Status::Success, Some(1)));
        assert_eq!(counters.by_job().len(), 1_001);
    }

    #[test]
    fn start_delay_is_counted_in_its_bucket() {
        let events = Events::new();
        let counters = ExecutionCounts::of(&events);
        for (source, jitter_ms) in [
            (Source::Cron, Some(1_000)),
            (Source::Cron, None),
            (Source::Manual, None),
            (Source::Catchup, None),
        ] {
            events.publish(Event::Started(Started {
                exec_id: 1,
                job_id: 1,
                job_name: "job".into(),
                mode: Mode::Command,
                source,
                scheduled_at: Time::from_millis(0),
                started_at: Time::from_millis(1_250),
                jitter_ms,
            }));
        }
        assert_eq!(counters.lateness.get_sample_count(), 2);
        assert!((counters.lateness.get_sample_sum() - 1.5).abs() < 1e-6);
    }
}
