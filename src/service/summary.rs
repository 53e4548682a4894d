//! `summary`: what has happened in a time, such as last night.

use std::collections::BTreeMap;
use std::time::Duration;

use super::executions::time_range;
use super::{Cx, Service, masked};
use jobs_api::{DaemonGap, DaySummary, FailingJob, MissedRuns, SlowerJob, Summary};
use jobs_error::{Error, Result};
use jobs_model::{Execution, JobFigures, JobId, Quarter, Status, StatusCounts};
use jobs_schedule::Time;
use jobs_store::{HistoryFilter, Reader};

/// The time from which a summary is made when the caller names none.
const DEFAULT_SINCE: &str = "yesterday 18:00";

/// Upper bound on the jobs of each list.
const MOST: usize = 10;

/// Upper bound on the jobs whose executions are compared with the usual duration.
const MOST_COMPARED: usize = 500;

/// Upper bound on the rows of missed occurrences that are read.
const MOST_MISSED: i64 = 1_000;

const QUARTER: Duration = Duration::from_secs(900);

/// How far back the quarters of an hour reach at most.
const QUARTERS_FOR: Duration = Duration::from_secs(7 * 86_400);

impl Service {
    pub(super) fn summary(&self, cx: &Cx, request: Summary) -> Result<DaySummary> {
        let zone = self.scheduler.settings().zone.clone();
        let since = request.since.filter(|text| !text.is_empty());
        let since = since.or_else(|| Some(DEFAULT_SINCE.to_string()));
        let (since, until) = time_range(&since, &request.until, &zone, cx.now)?;
        // An execution that ends in this millisecond counts.
        let until = until.unwrap_or_else(|| cx.now.plus(Duration::from_millis(1)));
        let since = since.unwrap_or(until);
        if until <= since {
            return Err(Error::invalid(
                "since",
                format!(
                    "{} is not before {}",
                    since.local(&zone),
                    until.local(&zone)
                ),
            ));
        }
        let trouble = self.scheduler.trouble().or_else(|| {
            let error = self.store.probe().error;
            error.map(|error| error.to_string())
        });
        self.store.read(|reader| {
            let figures = reader.figures(since, until, None)?;
            let counts = reader.counts_by_quarter(since, until)?;
            let mut runs = StatusCounts::default();
            for (_, status, number) in &counts {
                runs.add(*status, *number);
            }
            let missed_rows = missed_rows(reader, since, until)?;
            let (failing_total, failing) = failing(reader, &figures)?;
            let (slower_total, slower) = slower(reader, &figures)?;
            let live = reader.live_total()?;
            Ok(DaySummary {
                since,
                until,
                runs,
                total: runs.ran(),
                failing_total,
                failing,
                slower_total,
                slower,
                missed_total: runs.missed,
                missed: missed(&figures, &missed_rows),
                gaps: gaps(reader, since, until, &missed_rows)?,
                quarters: quarters(since, until, &counts),
                running: live.running.into(),
                queued: live.queued.into(),
                trouble,
                paused: reader.pause()?.is_on(),
            })
        })
    }
}

/// The jobs that failed: their number, and the worst of them.
fn failing(reader: &mut Reader<'_>, figures: &[JobFigures]) -> Result<(u64, Vec<FailingJob>)> {
    let mut failed: Vec<&JobFigures> = figures
        .iter()
        .filter(|job| job.last_failure.is_some())
        .collect();
    let total = failed.len() as u64;
    failed.sort_by_key(|job| std::cmp::Reverse(job.failed + job.timeout + job.interrupted));
    failed.truncate(MOST_COMPARED);
    let ids: Vec<JobId> = failed.iter().map(|job| job.id).collect();
    let runs = reader.job_runs(&ids)?;
    let mut found = Vec::new();
    for job in failed {
        let Some((exec_id, status, ended_at, _)) = &job.last_failure else {
            continue;
        };
        let runs = runs.get(&job.id).cloned().unwrap_or_default();
        found.push(FailingJob {
            job_id: job.id,
            job_name: job.name.clone(),
            exec_id: *exec_id,
            status: *status,
            exit_code: None,
            error: None,
            streak: runs.streak.unsigned_abs(),
            failing_since: runs.failing_since,
            ended_at: *ended_at,
        });
    }
    found.sort_by_key(|job| std::cmp::Reverse((job.streak, job.ended_at)));
    found.truncate(MOST);
    for job in &mut found {
        if let Some(execution) = reader.execution(job.exec_id)? {
            let shown = masked::execution(execution);
            job.exit_code = shown.exit_code;
            job.error = shown.error;
        }
    }
    Ok((total, found))
}

/// The jobs whose longest execution took more than twice as long as usual, and 1 s more.
fn slower(reader: &mut Reader<'_>, figures: &[JobFigures]) -> Result<(u64, Vec<SlowerJob>)> {
    let mut longest: Vec<(&JobFigures, i64, i64)> = figures
        .iter()
        .filter_map(|job| job.slowest.map(|(exec_id, took)| (job, exec_id, took)))
        .filter(|(_, _, took)| *took >= 1_000)
        .collect();
    longest.sort_by_key(|(_, _, took)| std::cmp::Reverse(*took));
    longest.truncate(MOST_COMPARED);
    let ids: Vec<JobId> = longest.iter().map(|(job, ..)| job.id).collect();
    let runs = reader.job_runs(&ids)?;
    let mut found = Vec::new();
    for (job, exec_id, took) in longest {
        let usual = runs.get(&job.id).and_then(|runs| runs.usual_ms);
        let Some(usual) = usual.filter(|usual| took > usual * 2 && took >= usual + 1_000) else {
            continue;
        };
        found.push(SlowerJob {
            job_id: job.id,
            job_name: job.name.clone(),
            exec_id,
            duration_ms: took,
            usual_ms: usual,
        });
    }
    let total = found.len() as u64;
    found.truncate(MOST);
    Ok((total, found))
}

/// The rows of missed occurrences that were recorded in the time, the last due first.
fn missed_rows(reader: &mut Reader<'_>, since: Time, until: Time) -> Result<Vec<Execution>> {
    let filter = HistoryFilter {
        statuses: vec![Status::Missed],
        without_output: true,
        ..HistoryFilter::default()
    };
    let mut rows = reader.history(&filter, MOST_MISSED)?;
    rows.retain(|row| row.ended_at.is_some_and(|at| at >= since && at < until));
    Ok(rows)
}

/// The jobs with most missed occurrences.
fn missed(figures: &[JobFigures], rows: &[Execution]) -> Vec<MissedRuns> {
    let mut by_job: BTreeMap<JobId, MissedRuns> = BTreeMap::new();
    for row in rows {
        let recorded = row.ended_at.unwrap_or(row.scheduled_at);
        let of_job = by_job.entry(row.job_id).or_insert_with(|| MissedRuns {
            job_id: row.job_id,
            job_name: row.job_name.clone(),
            count: 0,
            from: row.scheduled_at,
            until: recorded,
            reason: row.error.clone(),
        });
        of_job.count += row.count.unsigned_abs();
        of_job.from = of_job.from.min(row.scheduled_at);
        of_job.until = of_job.until.max(recorded);
    }
    for job in figures {
        if let Some(of_job) = by_job.get_mut(&job.id) {
            of_job.job_name.clone_from(&job.name);
            of_job.count = job.missed.unsigned_abs();
        }
    }
    let mut found: Vec<MissedRuns> = by_job.into_values().collect();
    found.sort_by_key(|of_job| std::cmp::Reverse(of_job.count));
    found.truncate(MOST);
    found
}

/// The times in which the daemon was down, and what was missed then.
fn gaps(
    reader: &mut Reader<'_>,
    since: Time,
    until: Time,
    missed: &[Execution],
) -> Result<Vec<DaemonGap>> {
    let gaps = reader.gaps()?.into_iter();
    Ok(gaps
        .filter(|(down, up)| *up >= since && *down < until)
        .map(|(from, until)| DaemonGap {
            from,
            until,
            missed: missed
                .iter()
                .filter(|row| row.scheduled_at >= from && row.scheduled_at <= until)
                .map(|row| row.count.unsigned_abs())
                .sum(),
        })
        .collect())
}

/// A row for each quarter of an hour.
fn quarters(since: Time, until: Time, counts: &[(Time, Status, u64)]) -> Vec<Quarter> {
    let mut by_quarter: BTreeMap<i64, StatusCounts> = BTreeMap::new();
    for (at, status, number) in counts {
        let of_quarter = by_quarter.entry(at.millis()).or_default();
        of_quarter.add(*status, *number);
    }
    let length = QUARTER.as_millis() as i64;
    let first = since
        .max(until.minus(QUARTERS_FOR))
        .millis()
        .div_euclid(length);
    let last = (until.millis() - 1).div_euclid(length);
    (first..=last)
        .map(|index| {
            let at = index * length;
            let counts = by_quarter.get(&at).copied().unwrap_or_default();
            Quarter {
                at: Time::from_millis(at),
                success: counts.success,
                failed: counts.failures(),
                missed: counts.missed,
                other: counts.cancelled + counts.skipped,
            }
        })
        .collect()
}
