//! `summary`: what has happened in a time, such as last night.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::executions::{past, time_range};
use super::{Cx, Service, masked, why};
use jobs_api::{DaemonGap, DaySummary, FailingJob, MissedRuns, SlowerJob, Summary};
use jobs_error::{Error, Result};
use jobs_model::{JobId, Quarter, Status, StatusCounts};
use jobs_schedule::Time;
use jobs_store::{FailedRuns, JobName, MissedOccurrences, Reader, SlowRun, Troubles};

/// The time from which a summary is made when the caller names none.
const DEFAULT_SINCE: &str = "yesterday 18:00";

/// Upper bound on the jobs of each list.
const MOST: usize = 10;

/// Upper bound on the jobs whose failures in a row are compared: those that failed most often.
const MOST_COMPARED: usize = 500;

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
        let quarters_since = past(
            "quarters_since",
            &request.quarters_since,
            &zone,
            cx.now,
            |_| true,
        )?;
        let quarters_since = quarters_since
            .unwrap_or(since)
            .max(until.minus(QUARTERS_FOR));
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
            let counts = reader.counts_by_quarter(since, until)?;
            let mut runs = StatusCounts::default();
            for (_, status, number) in &counts {
                runs.add(*status, *number);
            }
            let of_quarters = reader.counts_by_quarter(quarters_since, until)?;
            let mut gaps = reader.gaps()?;
            gaps.retain(|(down, up)| *up >= since && *down < until);
            let troubles = reader.troubles(since, until, &gaps)?;
            let slow = reader.slow_runs(since, until)?;
            let live = reader.live_total()?;
            Ok(DaySummary {
                since,
                until,
                runs,
                total: runs.ran(),
                failing_total: troubles.failed.len() as u64,
                failing: failing(reader, &troubles, cx.now)?,
                slower_total: slow.len() as u64,
                slower: slower(reader, &slow, cx.now)?,
                missed_total: runs.missed,
                missed: missed(reader, &troubles, cx.now)?,
                gaps: gaps
                    .into_iter()
                    .zip(troubles.missed_in_gaps)
                    .map(|((from, until), missed)| DaemonGap {
                        from,
                        until,
                        missed,
                    })
                    .collect(),
                quarters: quarters(quarters_since, until, &of_quarters),
                running: live.running.into(),
                queued: live.queued.into(),
                open_alerts: open_alerts(reader)?,
                trouble,
                paused: reader.pause()?.is_on(),
            })
        })
    }
}

/// The worst of the jobs that failed.
fn failing(reader: &mut Reader<'_>, troubles: &Troubles, now: Time) -> Result<Vec<FailingJob>> {
    let mut failed: Vec<(JobId, FailedRuns)> = troubles
        .failed
        .iter()
        .map(|(id, runs)| (*id, *runs))
        .collect();
    let by_number = |(id, runs): &(JobId, FailedRuns)| (Reverse(runs.number), *id);
    if failed.len() > MOST_COMPARED {
        failed.select_nth_unstable_by_key(MOST_COMPARED, by_number);
        failed.truncate(MOST_COMPARED);
    }
    let ids: Vec<JobId> = failed.iter().map(|(id, _)| *id).collect();
    let streaks = reader.job_runs(&ids)?;
    let of_job = |id: &JobId| streaks.get(id).copied().unwrap_or_default();
    failed.sort_by_key(|(id, runs)| (Reverse((of_job(id).streak, runs.ended_at)), *id));
    failed.truncate(MOST);
    let ids: Vec<JobId> = failed.iter().map(|(id, _)| *id).collect();
    let mut names = reader.job_names(&ids, now)?;
    let mut found = Vec::new();
    for (job_id, runs) in failed {
        let Some(execution) = reader.execution(runs.last)? else {
            continue;
        };
        let mut shown = masked::execution(execution);
        why::of_output(&mut shown);
        let of_job = of_job(&job_id);
        found.push(FailingJob {
            job_id,
            job_name: name(&mut names, job_id, shown.job_name),
            exec_id: runs.last,
            status: runs.status,
            exit_code: shown.exit_code,
            error: shown.error,
            why: shown.why,
            streak: of_job.streak.unsigned_abs(),
            failing_since: of_job.failing_since,
            ended_at: runs.ended_at,
        });
    }
    Ok(found)
}

/// The number of open alerts.
pub(super) fn open_alerts(reader: &mut Reader<'_>) -> Result<u64> {
    let counts = reader.open_alert_counts()?;
    Ok(counts.iter().map(|(_, number)| number).sum())
}

/// The jobs with the longest executions of those that took more than twice as long as usual, and 1 s more.
fn slower(reader: &mut Reader<'_>, slow: &[SlowRun], now: Time) -> Result<Vec<SlowerJob>> {
    let longest = &slow[..slow.len().min(MOST)];
    let ids: Vec<JobId> = longest.iter().map(|run| run.job_id).collect();
    let mut names = reader.job_names(&ids, now)?;
    let mut found = Vec::new();
    for run in longest {
        let Some(execution) = reader.execution(run.exec_id)? else {
            continue;
        };
        found.push(SlowerJob {
            job_id: run.job_id,
            job_name: name(&mut names, run.job_id, execution.job_name),
            exec_id: run.exec_id,
            duration_ms: run.took_ms,
            usual_ms: run.usual_ms,
        });
    }
    Ok(found)
}

/// The jobs with most missed occurrences.
fn missed(reader: &mut Reader<'_>, troubles: &Troubles, now: Time) -> Result<Vec<MissedRuns>> {
    let mut most: Vec<_> = troubles.missed.iter().collect();
    let by_number = |(id, missed): &(&JobId, &MissedOccurrences)| (Reverse(missed.number), **id);
    if most.len() > MOST {
        most.select_nth_unstable_by_key(MOST, by_number);
        most.truncate(MOST);
    }
    most.sort_by_key(by_number);
    let ids: Vec<JobId> = most.iter().map(|(id, _)| **id).collect();
    let mut names = reader.job_names(&ids, now)?;
    let mut found = Vec::new();
    for (job_id, missed) in most {
        let Some(execution) = reader.execution(missed.last)? else {
            continue;
        };
        found.push(MissedRuns {
            job_id: *job_id,
            job_name: name(&mut names, *job_id, execution.job_name),
            count: missed.number,
            from: missed.from,
            until: missed.until,
            reason: execution.error,
        });
    }
    Ok(found)
}

/// The name of a job now; of a removed job the name that its execution has.
fn name(names: &mut HashMap<JobId, JobName>, id: JobId, of_execution: String) -> String {
    names.remove(&id).map_or(of_execution, |job| job.name)
}

/// A row for each quarter of an hour.
fn quarters(since: Time, until: Time, counts: &[(Time, Status, u64)]) -> Vec<Quarter> {
    let mut by_quarter: BTreeMap<i64, StatusCounts> = BTreeMap::new();
    for (at, status, number) in counts {
        let of_quarter = by_quarter.entry(at.millis()).or_default();
        of_quarter.add(*status, *number);
    }
    let length = QUARTER.as_millis() as i64;
    let first = since.millis().div_euclid(length);
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
