//! A report as JSON. Its keys are stable: new ones may come, none is removed or changed.

use serde::Serialize;

use super::super::Failure;
use super::summary::{Counts, Summary};
use jobs_model::{ExecId, JobFigures, JobId, Status};

#[derive(Serialize)]
struct Report<'a> {
    kind: &'static str,
    job: Option<&'a str>,
    from: String,
    until: String,
    timezone: &'a str,
    totals: Numbers,
    jobs: Vec<Job<'a>>,
    failing: Vec<Named<'a>>,
    flaky: Vec<Named<'a>>,
    slowest: Vec<Named<'a>>,
    never_ran: Vec<Named<'a>>,
    missed_or_skipped: Vec<Named<'a>>,
    next_due: Vec<Named<'a>>,
}

/// How executions ended. `success_rate` is from 0 to 1, cut to three digits, without those that were cancelled.
#[derive(Serialize)]
struct Numbers {
    executions: i64,
    success: i64,
    failed: i64,
    timeout: i64,
    cancelled: i64,
    interrupted: i64,
    skipped: i64,
    missed: i64,
    success_rate: Option<f64>,
    total_ms: i64,
    average_ms: Option<i64>,
}

#[derive(Serialize)]
struct Job<'a> {
    id: JobId,
    name: &'a str,
    stopped: bool,
    next_run: Option<String>,
    #[serde(flatten)]
    numbers: Numbers,
    changes: i64,
    slowest: Option<Slowest>,
    last_failure: Option<LastFailure<'a>>,
}

#[derive(Serialize)]
struct Slowest {
    exec_id: ExecId,
    duration_ms: i64,
}

#[derive(Serialize)]
struct LastFailure<'a> {
    exec_id: ExecId,
    status: Status,
    ended_at: String,
    error: Option<&'a str>,
}

/// A job, in a list that names those under `jobs`.
#[derive(Serialize)]
struct Named<'a> {
    id: JobId,
    name: &'a str,
}

pub(super) fn report(summary: &Summary<'_>) -> Result<String, Failure> {
    let report = Report {
        kind: summary.kind,
        job: summary.job,
        from: summary.from.rfc3339(summary.zone),
        until: summary.until.rfc3339(summary.zone),
        timezone: summary.zone.name(),
        totals: numbers(summary.totals),
        jobs: summary
            .jobs
            .iter()
            .map(|figures| job(figures, summary))
            .collect(),
        failing: named(&summary.failing),
        flaky: named(&summary.flaky),
        slowest: named(&summary.slowest),
        never_ran: named(&summary.never_ran),
        missed_or_skipped: named(&summary.not_run),
        next_due: named(&summary.next_due),
    };
    let json = serde_json::to_string_pretty(&report)
        .map_err(|error| Failure(format!("the report can't be written as JSON: {error}")))?;
    Ok(json + "\n")
}

fn job<'a>(figures: &'a JobFigures, summary: &Summary<'_>) -> Job<'a> {
    Job {
        id: figures.id,
        name: &figures.name,
        stopped: figures.stopped,
        next_run: figures.next_at.map(|at| at.rfc3339(summary.zone)),
        numbers: numbers(Counts::of(figures)),
        changes: figures.changes,
        slowest: figures.slowest.map(|(exec_id, duration_ms)| Slowest {
            exec_id,
            duration_ms,
        }),
        last_failure: figures
            .last_failure
            .as_ref()
            .map(|(exec_id, status, at, error)| LastFailure {
                exec_id: *exec_id,
                status: *status,
                ended_at: at.rfc3339(summary.zone),
                error: error.as_deref(),
            }),
    }
}

fn numbers(counts: Counts) -> Numbers {
    Numbers {
        executions: counts.executions(),
        success: counts.success,
        failed: counts.failed,
        timeout: counts.timeout,
        cancelled: counts.cancelled,
        interrupted: counts.interrupted,
        skipped: counts.skipped,
        missed: counts.missed,
        // At most 1000, which a float holds exactly.
        success_rate: counts.well_per_mille().map(|rate| rate as f64 / 1_000.0),
        total_ms: counts.total_ms,
        average_ms: counts.average_ms(),
    }
}

fn named<'a>(jobs: &[&'a JobFigures]) -> Vec<Named<'a>> {
    jobs.iter()
        .map(|job| Named {
            id: job.id,
            name: &job.name,
        })
        .collect()
}
