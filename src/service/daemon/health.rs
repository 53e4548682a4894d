//! The operation `health`: whether store and scheduler work, and what the daemon uses.

use std::time::Duration;

use super::super::{Cx, Service};
use super::usage::usage;
use super::waits::waits;
use jobs_api::{DatabaseHealth, Health, HealthReport, JobWait, SchedulerHealth};
use jobs_error::Result;
use jobs_model::Pause;
use jobs_schedule::Time;

/// A job that is later than this makes the daemon unhealthy.
const LATE: Duration = Duration::from_secs(60);

impl Service {
    pub(crate) fn health(&self, cx: &Cx, _: Health) -> Result<HealthReport> {
        let now = cx.now;
        let facts = self.host.facts();
        let probe = self.store.probe();
        let limits = self.scheduler.settings().concurrency;
        let read = self.store.read(|reader| {
            let waits = waits(reader, limits, now)?;
            Ok((reader.pause()?, reader.next_due()?, waits))
        });
        let (pause, next, waits, unreadable) = match read {
            Ok((pause, next, waits)) => (pause, next, waits, None),
            Err(error) => (Pause::Off, None, Vec::new(), Some(error)),
        };
        let error = probe.error.or(unreadable);
        let database = DatabaseHealth {
            ok: error.is_none(),
            error: error.map(|error| error.to_string()),
            latency_ms: probe.took.as_secs_f64() * 1_000.0,
            size_bytes: std::fs::metadata(&facts.database).map_or(0, |file| file.len()),
        };
        let lag = lag(pause, next.as_ref().map(|(_, at)| *at), now);
        let scheduler = SchedulerHealth {
            running: self.scheduler.is_running(),
            paused: pause.is_on(),
            lag_ms: u64::try_from(lag.as_millis()).unwrap_or(u64::MAX),
            trouble: self.scheduler.trouble(),
        };
        let usage = usage();
        let mut problems = problems(&database, &scheduler, lag);
        problems.extend(jobs_runner::shortage());
        let may_see_names = cx.caller.role.is_some();
        problems.extend(long_waits(&waits, now, may_see_names));
        Ok(HealthReport {
            healthy: problems.is_empty(),
            problems,
            app_name: self.host.app_name(),
            app_version: env!("CARGO_PKG_VERSION").to_string(),
            server_port: self.host.http_address().map(|address| address.port()),
            timestamp: now.millis().div_euclid(1_000),
            uptime: now.since(facts.started_at).as_secs(),
            memory: usage.memory,
            threads: usage.threads,
            lost_log_lines: self.host.lost_log_lines(),
            database,
            scheduler,
            waits: if may_see_names { waits } else { Vec::new() },
        })
    }
}

/// The lateness of the job that is due first.
fn lag(pause: Pause, next: Option<Time>, now: Time) -> Duration {
    match next.filter(|_| !pause.is_on()) {
        Some(at) => now.since(at),
        None => Duration::ZERO,
    }
}

/// The problems, a sentence each.
fn problems(database: &DatabaseHealth, scheduler: &SchedulerHealth, lag: Duration) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(error) = &database.error {
        problems.push(format!("the database can't be used: {error}"));
    }
    if !scheduler.running {
        problems.push("the scheduler has stopped: the daemon is shutting down".to_string());
    }
    if let Some(trouble) = &scheduler.trouble {
        problems.push(format!("the scheduler can't work: {trouble}"));
    }
    if lag > LATE {
        problems.push(format!(
            "the scheduler is late: a job should have run {} s ago",
            lag.as_secs()
        ));
    }
    problems
}

/// A sentence for each job whose executions wait for long. A caller who may not see names gets their number.
fn long_waits(waits: &[JobWait], now: Time, may_see_names: bool) -> Vec<String> {
    let long: Vec<&JobWait> = waits
        .iter()
        .filter(|wait| now.since(wait.since) > LATE)
        .collect();
    if !may_see_names && !long.is_empty() {
        return vec![format!(
            "executions of {} jobs have waited for a place for more than {} s",
            long.len(),
            LATE.as_secs()
        )];
    }
    let in_words = |wait: &&JobWait| {
        format!(
            "`{}` has waited for a place for {} s ({} executions): {}",
            wait.job,
            now.since(wait.since).as_secs(),
            wait.executions,
            wait.reason
        )
    };
    long.iter().map(in_words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overdue_job_is_late_unless_paused() {
        let at = Time::from_millis;
        let paused = Pause::On { since: at(0) };
        let over = Pause::Over { at: at(0) };
        for (pause, next, late) in [
            (Pause::Off, None, 0),
            (Pause::Off, Some(at(9_000)), 0),
            (Pause::Off, Some(at(1_000)), 4_000),
            (over, Some(at(1_000)), 4_000),
            (paused, Some(at(1_000)), 0),
        ] {
            let seen = lag(pause, next, at(5_000));
            assert_eq!(seen, Duration::from_millis(late), "{pause:?} {next:?}");
        }
    }

    #[test]
    fn long_waits_are_problems_and_name_jobs_only_to_callers_with_a_role() {
        let wait = |since| JobWait {
            job: "secret-job".into(),
            executions: 2,
            since: Time::from_millis(since),
            reason: "all 2 places are taken, by `other` (2)".into(),
        };
        let now = Time::from_millis(100_000);
        assert_eq!(long_waits(&[wait(40_000)], now, true), [""; 0]);
        let named = long_waits(&[wait(0), wait(90_000)], now, true);
        assert!(
            named.len() == 1 && named[0].contains("`secret-job`"),
            "{named:?}"
        );
        let unnamed = long_waits(&[wait(0), wait(1)], now, false);
        assert_eq!(
            unnamed,
            ["executions of 2 jobs have waited for a place for more than 60 s"]
        );
    }

    #[test]
    fn problem_is_shown_as_a_sentence() {
        let database = |error: Option<&str>| DatabaseHealth {
            ok: error.is_none(),
            error: error.map(str::to_string),
            latency_ms: 1.0,
            size_bytes: 1,
        };
        let scheduler = |running, paused, trouble: Option<&str>| SchedulerHealth {
            running,
            paused,
            lag_ms: 0,
            trouble: trouble.map(str::to_string),
        };
        for (database, scheduler, lag, said) in [
            (database(None), scheduler(true, false, None), 0, vec![]),
            (database(None), scheduler(true, true, None), 60, vec![]),
            (
                database(Some("disk full")),
                scheduler(true, false, None),
                0,
                vec!["disk full"],
            ),
            (
                database(None),
                scheduler(false, false, None),
                0,
                vec!["stopped"],
            ),
            (
                database(None),
                scheduler(true, false, Some("stuck")),
                61,
                vec!["stuck", "61 s"],
            ),
        ] {
            let problems = problems(&database, &scheduler, Duration::from_secs(lag));
            assert_eq!(problems.len(), said.len(), "{problems:?}");
            for (problem, part) in problems.iter().zip(said) {
                assert!(problem.contains(part), "{problem}");
            }
        }
    }
}
