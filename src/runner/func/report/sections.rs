//! The parts of a report for people, as tables, before they become text or HTML.

use super::summary::{Counts, Summary};
use jobs_model::{JobFigures, Status};
use jobs_text::{duration, visible};

/// The most rows of a table.
const MOST_ROWS: usize = 20;

/// The most rows of a table in which nearly every job has a row.
const MOST_OF_ALL: usize = 10;

/// A table with a title.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// The first is the job, which is cut to fit; numbers stand to the right.
    pub(super) columns: &'static [(&'static str, Side)],
    pub(super) rows: Vec<Row>,
    /// How many rows there are besides.
    pub(super) more: usize,
}

/// Where the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

pub(super) struct Row {
    pub(super) cells: Vec<String>,
    /// A line below it.
    pub(super) note: Option<String>,
}

/// The title of the report.
pub(super) fn title(summary: &Summary<'_>) -> String {
    let time = match summary.days {
        1 => "the last 24 hours".to_string(),
        days => format!("the last {days} days"),
    };
    match summary.job {
        Some(name) => format!("Job {}: {time}", visible(name)),
        None => format!("Jobs: {time}"),
    }
}

/// The time that the report covers.
pub(super) fn period(summary: &Summary<'_>) -> String {
    format!(
        "{} to {} ({})",
        summary.from.local(summary.zone),
        summary.until.local(summary.zone),
        summary.zone.name()
    )
}

/// The numbers of all jobs together.
pub(super) fn totals(summary: &Summary<'_>) -> Vec<(&'static str, String)> {
    let totals = summary.totals;
    let mut lines = vec![
        ("Jobs", summary.jobs.len().to_string()),
        ("Executions", totals.executions().to_string()),
        (
            "Ended well",
            format!("{} ({})", totals.success, rate(totals)),
        ),
    ];
    for (name, count) in [
        ("Failed", totals.failed),
        ("Timed out", totals.timeout),
        ("Interrupted", totals.interrupted),
        ("Cancelled", totals.cancelled),
        ("Missed", totals.missed),
        ("Skipped", totals.skipped),
    ] {
        if count > 0 {
            lines.push((name, count.to_string()));
        }
    }
    if let Some(average) = totals.average_ms() {
        let time = format!(
            "{} in all, {} on average",
            duration(totals.total_ms),
            duration(average)
        );
        lines.push(("Took", time));
    }
    lines
}

/// The tables that have rows.
pub(super) fn sections(summary: &Summary<'_>) -> Vec<Section> {
    use Side::{Left, Right};
    let zone = summary.zone;
    let all = [
        section(
            "Failing",
            &[
                ("JOB", Left),
                ("NOT WELL", Right),
                ("OF", Right),
                ("LAST", Left),
                ("HOW", Left),
            ],
            &summary.failing,
            MOST_ROWS,
            |job| {
                let counts = Counts::of(job);
                let last = job.last_failure.as_ref();
                Row {
                    cells: vec![
                        visible(&job.name),
                        counts.not_well().to_string(),
                        counts.executions().to_string(),
                        last.map_or_else(String::new, |(_, _, at, _)| at.local(zone)),
                        last.map_or("", |(_, status, _, _)| how(*status))
                            .to_string(),
                    ],
                    note: last.map(|(id, _, _, error)| match error {
                        Some(error) => format!("#{id}: {}", visible(error)),
                        None => format!("#{id}"),
                    }),
                }
            },
        ),
        section(
            "Flaky",
            &[
                ("JOB", Left),
                ("CHANGES", Right),
                ("WELL", Right),
                ("NOT WELL", Right),
                ("RATE", Right),
            ],
            &summary.flaky,
            MOST_ROWS,
            |job| {
                let counts = Counts::of(job);
                row(
                    job,
                    [
                        job.changes.to_string(),
                        counts.success.to_string(),
                        counts.not_well().to_string(),
                        rate(counts),
                    ],
                )
            },
        ),
        section(
            "Missed or skipped",
            &[("JOB", Left), ("MISSED", Right), ("SKIPPED", Right)],
            &summary.not_run,
            MOST_ROWS,
            |job| row(job, [job.missed.to_string(), job.skipped.to_string()]),
        ),
        section(
            "Never ran",
            &[("JOB", Left), ("NEXT", Left)],
            &summary.never_ran,
            MOST_ROWS,
            |job| row(job, [next(job, summary)]),
        ),
        section(
            "Slowest",
            &[
                ("JOB", Left),
                ("EXECUTION", Right),
                ("TOOK", Right),
                ("AVERAGE", Right),
            ],
            &summary.slowest,
            MOST_OF_ALL,
            |job| {
                let (id, took) = job.slowest.unwrap_or_default();
                let average = Counts::of(job)
                    .average_ms()
                    .map_or_else(String::new, duration);
                row(job, [format!("#{id}"), duration(took), average])
            },
        ),
        section(
            "Next due",
            &[("JOB", Left), ("NEXT", Left)],
            &summary.next_due,
            MOST_OF_ALL,
            |job| row(job, [next(job, summary)]),
        ),
    ];
    all.into_iter()
        .filter(|section| !section.rows.is_empty())
        .collect()
}

fn section(
    title: &'static str,
    columns: &'static [(&'static str, Side)],
    jobs: &[&JobFigures],
    most: usize,
    row: impl Fn(&JobFigures) -> Row,
) -> Section {
    Section {
        title,
        columns,
        rows: jobs.iter().take(most).map(|job| row(job)).collect(),
        more: jobs.len().saturating_sub(most),
    }
}

fn row<const N: usize>(job: &JobFigures, cells: [String; N]) -> Row {
    Row {
        cells: [visible(&job.name)].into_iter().chain(cells).collect(),
        note: None,
    }
}

fn next(job: &JobFigures, summary: &Summary<'_>) -> String {
    match job.next_at {
        _ if job.stopped => "stopped".to_string(),
        Some(at) => at.local(summary.zone),
        None => "never".to_string(),
    }
}

fn how(status: Status) -> &'static str {
    match status {
        Status::Timeout => "timed out",
        other => other.as_str(),
    }
}

/// `98.5 %`; cut, so that `100.0 %` is all of them.
fn rate(counts: Counts) -> String {
    match counts.well_per_mille() {
        Some(rate) => format!("{}.{} %", rate / 10, rate % 10),
        None => "-".to_string(),
    }
}
