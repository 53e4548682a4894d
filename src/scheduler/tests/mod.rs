//! The loop on a clock of the test: the real store, the real runner, and time that goes by as fast as it can.

mod plan;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use super::clock::{BoxFuture, Clock, Reading, Sleep};
use super::{Scheduler, Settings};
use crate::error::Result;
use crate::model::{Execution, Job, Overlap, Source, Status};
use crate::output::Outputs;
use crate::schedule::{Time, Zone};
use crate::store::{HistoryFilter, Limits, Store};

/// A clock that leaps from sleep to sleep, and that somebody sets at given times.
struct TestClock(Mutex<Hands>);

struct Hands {
    reading: Reading,
    /// When somebody sets it, by what it shows then, and to what.
    set: VecDeque<(Time, Time)>,
    /// Where it stands still.
    end: Time,
    ended: Arc<Notify>,
}

struct Leap(Arc<TestClock>);

impl Clock for Arc<TestClock> {
    fn read(&self) -> Reading {
        self.0.lock().unwrap().reading
    }

    fn boot_id(&self) -> String {
        "the only boot".to_string()
    }

    fn alarm(&self) -> Result<Box<dyn Sleep>> {
        Ok(Box::new(Leap(self.clone())))
    }
}

impl Sleep for Leap {
    fn sleep(&mut self, until: Option<Time>) -> BoxFuture<'_> {
        let ended = {
            let mut hands = self.0.0.lock().unwrap();
            let until = until.unwrap_or(hands.end).max(hands.reading.wall);
            let set = hands.set.front().copied().filter(|(at, _)| *at <= until);
            let to = set.map_or(until.min(hands.end), |(at, _)| at);
            let passed = to.since(hands.reading.wall);
            hands.reading.machine += passed;
            hands.reading.wall = to;
            if let Some((_, shown)) = set {
                hands.set.pop_front();
                hands.reading.wall = shown;
            }
            (set.is_none() && until > hands.end).then(|| hands.ended.clone())
        };
        Box::pin(async move {
            match ended {
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

/// A daemon's inside on a clock of its own.
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
        let hands = Hands {
            reading: Reading {
                wall: begin,
                machine: Duration::from_secs(1_000),
            },
            set: set.iter().copied().collect(),
            end,
            ended: ended.clone(),
        };
        World {
            store: Store::open(&folder.path().join("jobs.db")).unwrap(),
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
            // It fails before there is a process: what counts here is when it would have begun.
            command: "【command】true\n【workdir】/no/such/folder".to_string(),
            ..Job::named(name.to_string(), now)
        };
        change(&mut job);
        super::rules::set_next(&mut job, &Zone::utc(), now).unwrap();
        self.store
            .write(move |tx| tx.insert_job(&job).map(drop))
            .unwrap();
    }

    /// Lets time go by until the end.
    fn run(&self) {
        let settings = Settings {
            zone: Zone::utc(),
            max_concurrent: 256,
            default_timeout: None,
            default_overlap: Overlap::Parallel,
            manual_runs_overlap: false,
            logs_ends: false,
            kill_grace: Duration::from_secs(1),
            shell: "/bin/sh".into(),
            socket: self.folder.path().join("no.sock"),
            limits: Limits {
                age: Duration::ZERO,
                per_job: 0,
                bytes: 0,
            },
        };
        let outputs = Outputs::open(self.folder.path().join("output"), 1024 * 1024).unwrap();
        let clock = Arc::new(self.clock.clone());
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

    /// When it ran.
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

/// What the rule promises for a job at a fixed time of each day, by the calendar alone: the first instant at which the
/// clock shows it, or else the first instant after the gap.
fn promised_daily(
    zone: &jiff::tz::TimeZone,
    hour: i8,
    minute: i8,
    from: Time,
    to: Time,
) -> Vec<Time> {
    let of = |instant: jiff::Timestamp| Time::from_millis(instant.as_millisecond());
    let at = |time: Time| jiff::Timestamp::from_millisecond(time.millis()).unwrap();
    let mut found = Vec::new();
    let mut date = zone.to_datetime(at(from)).date();
    while date <= zone.to_datetime(at(to)).date() {
        let ambiguous = zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
        let instant = match ambiguous.offset() {
            jiff::tz::AmbiguousOffset::Gap { .. } => {
                let after = ambiguous.later().unwrap();
                zone.preceding(after).next().unwrap().timestamp()
            }
            _ => ambiguous.earlier().unwrap(),
        };
        if of(instant) > from && of(instant) <= to {
            found.push(of(instant));
        }
        date = date.tomorrow().unwrap();
    }
    found
}

/// The same for one that follows elapsed time: whenever the clock shows one of the minutes in one of the hours.
fn promised_interval(
    zone: &jiff::tz::TimeZone,
    hours: std::ops::Range<i8>,
    every: i8,
    from: Time,
    to: Time,
) -> Vec<Time> {
    (from.millis() / 60_000 + 1..=to.millis() / 60_000)
        .filter(|minute| {
            let instant = jiff::Timestamp::from_second(minute * 60).unwrap();
            let clock = zone.to_datetime(instant);
            hours.contains(&clock.hour()) && clock.minute() % every == 0 && clock.second() == 0
        })
        .map(|minute| Time::from_millis(minute * 60_000))
        .collect()
}

#[test]
fn a_year_with_both_changes_of_the_clock_is_in_the_history_as_promised() {
    let places = [
        ("America/New_York", 2026),
        ("Europe/London", 2026),
        ("Australia/Sydney", 2026),
        ("Australia/Lord_Howe", 2026),
        ("America/Sao_Paulo", 2017),
        ("Asia/Shanghai", 2026),
    ];
    std::thread::scope(|scope| {
        for (name, year) in places {
            scope.spawn(move || a_year_in(name, year));
        }
    });
}

fn a_year_in(name: &str, year: i32) {
    let begin = time(&format!("{year}-01-01T00:00:00Z"));
    let end = time(&format!("{}-01-01T00:00:00Z", year + 1));
    let world = World::new(begin, end, &[]);
    let in_zone = |job: &mut Job| job.timezone = Some(name.to_string());
    // Between them they meet each kind of change: at midnight (Sao Paulo), at 1 (London), at 2, by half an hour.
    world.add("fixed 0:15", "15 0 * * *", in_zone);
    world.add("fixed 1:30", "30 1 * * *", in_zone);
    world.add("fixed 2:15", "15 2 * * *", in_zone);
    world.add("interval", "*/30 0-2 * * *", in_zone);
    world.run();
    let zone = Zone::find(name).unwrap();
    let rules = jiff::tz::TimeZone::get(name).unwrap();
    for (job, expected) in [
        ("fixed 0:15", promised_daily(&rules, 0, 15, begin, end)),
        ("fixed 1:30", promised_daily(&rules, 1, 30, begin, end)),
        ("fixed 2:15", promised_daily(&rules, 2, 15, begin, end)),
        ("interval", promised_interval(&rules, 0..3, 30, begin, end)),
    ] {
        let found = shown(&world.firings(job), &zone);
        let expected = shown(&expected, &zone);
        assert!(expected.len() >= 364, "{name} {job}: {}", expected.len());
        let differs = found.iter().zip(&expected).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{name} {job}");
        assert_eq!(found.len(), expected.len(), "{name} {job}");
        let rows = world.history(job);
        assert_eq!(rows.len(), found.len(), "{name} {job}: nothing was missed");
    }
}

#[test]
fn a_clock_that_is_set() {
    let begin = time("2026-05-01T00:00:00Z");
    let end = time("2026-05-01T12:00:00Z");
    // At 1:10 it is set forward by two hours, at 4:10 back by two, at 5:10 forward by five.
    let set = [
        ("2026-05-01T01:10:00Z", "2026-05-01T03:10:00Z"),
        ("2026-05-01T04:10:00Z", "2026-05-01T02:10:00Z"),
        ("2026-05-01T05:10:00Z", "2026-05-01T10:10:00Z"),
    ]
    .map(|(at, to)| (time(at), time(to)));
    let world = World::new(begin, end, &set);
    world.add("hourly", "0 * * * *", |_| {});
    world.add("at 2:30", "30 2 * * *", |_| {});
    world.add("often", "20,40 1-5 * * *", |_| {});
    world.add("at 4:30", "30 4 * * *", |_| {});
    world.add("both", "30 2 * * *; 0 */2 * * *", |_| {});
    world.add("at 7", "0 7 * * *", |_| {});
    world.run();
    let clock = |job: &str| -> Vec<String> {
        let firings = world.firings(job);
        firings
            .iter()
            .map(|at| at.local(&Zone::utc())[11..16].to_string())
            .collect()
    };
    let missed = |job: &str| -> Vec<(String, i64)> {
        let rows = world.history(job);
        rows.iter()
            .filter(|row| row.status == Status::Missed)
            .map(|row| {
                (
                    row.scheduled_at.local(&Zone::utc())[11..16].to_string(),
                    row.count,
                )
            })
            .collect()
    };
    // It follows elapsed time: no 2:00 and 3:00 while it was set forward, both while it goes on after being set back.
    assert_eq!(
        clock("hourly"),
        [
            "01:00", "04:00", "03:00", "04:00", "05:00", "11:00", "12:00"
        ]
    );
    assert_eq!(missed("hourly"), [("06:00".to_string(), 5)]);
    // Skipped, so it runs once, at once; and it is not repeated.
    assert_eq!(clock("at 2:30"), ["02:30"]);
    // 1:20 to 3:00 are skipped: once, for the last of them. What has run by 4:10 is not repeated.
    assert_eq!(
        clock("often"),
        ["02:40", "03:20", "03:40", "04:20", "04:40"]
    );
    assert_eq!(
        missed("often"),
        [("01:20".to_string(), 3), ("05:20".to_string(), 2)]
    );
    assert_eq!(clock("at 4:30"), ["04:30"]);
    // A fixed line is not repeated, an interval line of the same job is.
    assert_eq!(clock("both"), ["02:30", "04:00", "04:00", "12:00"]);
    // Five hours are a new time: nothing is made up, and it is told.
    assert!(clock("at 7").is_empty());
    assert_eq!(missed("at 7"), [("07:00".to_string(), 1)]);
}

#[test]
fn a_clock_that_is_set_far_back_is_a_new_time() {
    let begin = time("2026-05-01T06:00:00Z");
    let end = time("2026-05-01T06:30:00Z");
    let set = [(time("2026-05-01T06:45:00Z"), time("2026-05-01T01:00:00Z"))];
    let mut world = World::new(begin, end, &[]);
    world.clock = Arc::new(TestClock(Mutex::new(Hands {
        reading: Reading {
            wall: begin,
            machine: Duration::ZERO,
        },
        set: set.into_iter().collect(),
        end: time("2026-05-01T06:50:00Z"),
        ended: world.ended.clone(),
    })));
    world.add("fixed", "40 6 * * *", |_| {});
    world.run();
    assert_eq!(
        shown(&world.firings("fixed"), &Zone::utc()),
        ["2026-05-01T06:40:00+00:00", "2026-05-01T06:40:00+00:00"]
    );
}

#[test]
fn limits_pauses_and_skips_are_in_the_history() {
    let begin = time("2026-05-01T00:00:30Z");
    let end = time("2026-05-01T00:20:30Z");
    let world = World::new(begin, end, &[]);
    world.add("limits", "* * * * *", |job| {
        job.start_at = Some(time("2026-05-01T00:05:00Z"));
        job.end_at = Some(time("2026-05-01T00:08:00Z"));
    });
    world.add("pause", "* * * * *", |job| {
        job.stopped_from = Some(time("2026-05-01T00:01:00Z"));
        job.stopped_until = Some(time("2026-05-01T00:10:00Z"));
    });
    world.add("skip", "* * * * *", |job| job.skip_next = 3);
    world.add("once", "@at 2026-05-01T00:03:00", |_| {});
    world.add("jitter", "* * * * *", |job| job.jitter = 50);
    world.run();
    let minutes = |times: &[Time]| -> Vec<i64> {
        times
            .iter()
            .map(|at| (at.millis() - begin.millis() + 30_000) / 60_000)
            .collect()
    };
    let job = |name: &str| {
        let name = name.to_string();
        world
            .store
            .read(|reader| reader.job_named(&name))
            .unwrap()
            .unwrap()
    };
    assert_eq!(minutes(&world.firings("limits")), [5, 6, 7, 8]);
    assert!(job("limits").stopped, "past its end it is stopped");
    assert_eq!(
        minutes(&world.firings("pause")),
        (10..=20).collect::<Vec<_>>()
    );
    let paused = &world.history("pause")[0];
    assert_eq!((paused.status, paused.count), (Status::Skipped, 9));
    assert_eq!(
        minutes(&world.firings("skip")),
        (4..=20).collect::<Vec<_>>()
    );
    let skipped = &world.history("skip")[0];
    assert_eq!((skipped.status, skipped.count), (Status::Skipped, 3));
    assert_eq!(job("skip").skip_next, 0);
    assert_eq!(minutes(&world.firings("once")), [3]);
    assert!(job("once").stopped);
    let rows = world.history("jitter");
    let runs: Vec<&Execution> = rows
        .iter()
        .filter(|row| row.source == Source::Cron)
        .collect();
    // The last one may still be delayed when time stands still.
    assert!(runs.len() >= 19, "{}", runs.len());
    let mut delays = std::collections::BTreeSet::new();
    for row in &runs {
        delays.insert(row.jitter_ms.unwrap_or(0));
    }
    assert!(
        delays.len() > 10 && *delays.last().unwrap() <= 50_000,
        "{delays:?}"
    );
}
