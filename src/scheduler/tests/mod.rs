//! Tests of the loop with the real store, the real runner and a test clock, which advances as fast as the work allows.

mod ahead;
mod clocks;
mod costs;
mod gaps;
mod plan;
mod year;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use super::{Concurrency, Scheduler, Settings};
use jobs_clock::{BoxFuture, Clock, Reading, Sleep};
use jobs_error::Result;
use jobs_model::{Execution, Job, Overlap, Status};
use jobs_output::Outputs;
use jobs_runner::Tools;
use jobs_schedule::{Time, Zone};
use jobs_store::{HistoryFilter, Limits, Store};

/// A clock that jumps to the end of each sleep, and that the test sets at given times.
struct TestClock(Mutex<Hands>);

struct Hands {
    reading: Reading,
    /// The settings of the clock: the reading at which the test sets the clock, and the new reading.
    set: VecDeque<(Time, Time)>,
    /// The reading at which the clock stops.
    end: Time,
    ended: Arc<Notify>,
    store: Store,
}

struct Leap(Arc<TestClock>);

/// The clock of a test as the scheduler gets it.
struct SharedClock(Arc<TestClock>);

impl Clock for SharedClock {
    fn read(&self) -> Reading {
        self.0.read()
    }

    fn boot_id(&self) -> String {
        "the only boot".to_string()
    }

    fn alarm(&self) -> Result<Box<dyn Sleep>> {
        Ok(Box::new(Leap(self.0.clone())))
    }
}

impl Sleep for Leap {
    fn sleep(&mut self, until: Option<Time>) -> BoxFuture<'_> {
        let clock = self.0.clone();
        Box::pin(async move {
            // The clock does not advance during a write, so the daemon of a test is never late.
            let store = clock.0.lock().unwrap().store.clone();
            drop(store.write_async(|_| Ok(())).await);
            match clock.leap(until) {
                None => tokio::task::yield_now().await,
                Some(ended) => {
                    ended.notify_one();
                    std::future::pending::<()>().await;
                }
            }
            Ok(())
        })
    }
}

impl TestClock {
    fn read(&self) -> Reading {
        self.0.lock().unwrap().reading
    }

    /// Advances the clock to `until`, or to the next setting of the clock. If the clock stops, returns the notification of its waiters.
    fn leap(&self, until: Option<Time>) -> Option<Arc<Notify>> {
        let mut hands = self.0.lock().unwrap();
        // The clock does not stop while settings are left: the end may be before the current reading.
        let end = match hands.set.back() {
            Some((at, _)) => hands.end.max(*at),
            None => hands.end,
        };
        let until = until.unwrap_or(end).max(hands.reading.wall);
        let set = hands.set.front().copied().filter(|(at, _)| *at <= until);
        let to = set.map_or(until.min(end), |(at, _)| at);
        let passed = to.since(hands.reading.wall);
        hands.reading.machine += passed;
        hands.reading.wall = to;
        if let Some((_, shown)) = set {
            hands.set.pop_front();
            hands.reading.wall = shown;
        }
        (set.is_none() && until > end).then(|| hands.ended.clone())
    }
}

/// Store, scheduler and runner of a daemon, on a test clock.
struct World {
    folder: tempfile::TempDir,
    clock: Arc<TestClock>,
    store: Store,
    ended: Arc<Notify>,
}

impl World {
    fn new(begin: Time, end: Time, set: &[(Time, Time)]) -> World {
        let folder = tempfile::tempdir().unwrap();
        let ended = Arc::new(Notify::new());
        let store = Store::open(&folder.path().join("jobs.db")).unwrap();
        let hands = Hands {
            reading: Reading {
                wall: begin,
                machine: Duration::from_secs(1_000),
            },
            set: set.iter().copied().collect(),
            end,
            ended: ended.clone(),
            store: store.clone(),
        };
        World {
            store,
            folder,
            clock: Arc::new(TestClock(Mutex::new(hands))),
            ended,
        }
    }

    /// Adds a job as the service does.
    fn add(&self, name: &str, expr: &str, change: impl FnOnce(&mut Job)) {
        let now = self.clock.read().wall;
        let mut job = Job {
            cron_expr: expr.to_string(),
            // The execution fails before it has a process: the tests need only the time of its start.
            command: "【command】true\n【workdir】/no/such/folder".to_string(),
            ..Job::named(name.to_string(), now)
        };
        change(&mut job);
        super::rules::set_next(&mut job, &Zone::utc(), now, None).unwrap();
        self.store
            .write(move |tx| tx.insert_job(&job).map(drop))
            .unwrap();
    }

    /// Runs the loop until the clock stops.
    fn run(&self) {
        let settings = Settings {
            zone: Zone::utc(),
            concurrency: Concurrency::new(256, 256),
            default_timeout: None,
            default_overlap: Overlap::Parallel,
            manual_runs_overlap: false,
            logs_ends: false,
            kill_grace: Duration::from_secs(1),
            tools: Arc::new(Tools::default()),
            socket: self.folder.path().join("no.sock"),
            limits: Limits {
                age: Duration::ZERO,
                per_job: 0,
                bytes: 0,
                audit_age: Duration::ZERO,
                audit_rows: 0,
            },
            alerts: crate::AlertSettings::default(),
        };
        let outputs = Outputs::open(self.folder.path().join("output"), 1024 * 1024).unwrap();
        let clock = Arc::new(SharedClock(self.clock.clone()));
        let scheduler = Scheduler::new(self.store.clone(), outputs, settings, clock);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let looping = tokio::spawn(scheduler.clone().run());
            self.ended.notified().await;
            scheduler.stop(Duration::from_secs(60)).await;
            looping.await.unwrap().unwrap();
        });
        self.store.close();
    }

    fn history(&self, job: &str) -> Vec<Execution> {
        let mut rows = self
            .store
            .read(|reader| {
                let job = reader.job_named(job)?.expect("it was added");
                let filter = HistoryFilter {
                    job_id: Some(job.id),
                    ..HistoryFilter::default()
                };
                reader.history(&filter, i64::MAX)
            })
            .unwrap();
        rows.reverse();
        rows
    }

    /// The occurrences at which the job ran.
    fn firings(&self, job: &str) -> Vec<Time> {
        self.history(job)
            .iter()
            .filter(|row| !matches!(row.status, Status::Missed | Status::Skipped))
            .map(|row| row.scheduled_at)
            .collect()
    }
}

#[track_caller]
fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

fn shown(times: &[Time], zone: &Zone) -> Vec<String> {
    times.iter().map(|time| time.rfc3339(zone)).collect()
}
