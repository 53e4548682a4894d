//! Commands that look at executions as a whole: `top` (those that run), `stats` (how they went), `wait` (until they end).

use clap::Args;
use serde_json::json;

use super::executions::exit_code;
use super::list::expanded;
use super::logs::{Shown, follow, is_execution};
use super::out::{Highlight, Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, text};
use jobs_api::{History, JobRef, List, Show};
use jobs_clock::now;
use jobs_model::{ExecId, Execution, Status};
use jobs_rpc::Client;

/// Executions of a job that `stats` reads by default.
const READ: u32 = 100;

/// The most executions that one call answers with.
const PAGE: u32 = 500;

#[derive(Args, Debug)]
pub struct WaitArgs {
    /// The jobs, by name, id or tag (@TAG), whose executions are awaited; without it those of all jobs. A number that is no id of a job
    /// is an execution
    #[arg(value_name = "JOB")]
    pub jobs: Vec<JobRef>,
    /// Wait for the end of this execution
    #[arg(long = "exec", value_name = "EXEC", conflicts_with = "jobs")]
    pub exec_id: Option<ExecId>,
}

#[derive(Args, Debug)]
pub struct StatsArgs {
    /// Only these jobs, by name, id or tag (@TAG)
    #[arg(value_name = "JOB")]
    pub jobs: Vec<JobRef>,
    /// The number of executions of a job that are counted, the newest, 1 to 500
    #[arg(short = 'n', long, value_name = "N", default_value_t = READ, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub number: u32,
}

/// Waits until the executions that run or are queued now have ended. Ends with the exit status of the first that failed.
pub fn wait(context: &Context, args: &WaitArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = context.client()?;
    let waited = match (args.exec_id, args.jobs.as_slice()) {
        (Some(exec_id), _) => vec![exec_id],
        (None, []) => live(&mut client, None)?,
        (None, jobs) => {
            let mut waited = Vec::new();
            for job in &expanded(&mut client, jobs)? {
                match job.id() {
                    Some(number) if is_execution(&mut client, number)? => waited.push(number),
                    Some(_) | None => waited.extend(live(&mut client, Some(job))?),
                }
            }
            waited
        }
    };
    if waited.is_empty() {
        print_message("no execution runs or is queued");
    }
    let mut code = DONE;
    let mut ended = Vec::new();
    for exec_id in waited {
        let execution = follow(&mut client, exec_id, Shown::Nothing, out)?;
        let status = exit_code(&execution);
        if code == DONE {
            code = status;
        }
        if !out.wants_json() {
            out.line(&end_of(&execution, out))?;
            out.flush()?;
        }
        ended.push(execution);
    }
    if out.wants_json() {
        out.data(&ended)?;
    }
    Ok(code)
}

fn end_of(execution: &Execution, out: &Out) -> String {
    let took = execution
        .duration_ms
        .map(|millis| format!(" in {}", text::duration(millis)))
        .unwrap_or_default();
    let error = execution
        .error
        .as_deref()
        .map(|error| format!(": {}", text::visible(error)))
        .unwrap_or_default();
    let line = format!(
        "execution {} of `{}`: {}{took}{error}",
        execution.exec_id,
        text::visible(&execution.job_name),
        execution.status
    );
    match text::highlight(execution.status) {
        Some(highlight) => out.paint(highlight, &line),
        None => line,
    }
}

/// The executions that run or are queued, the oldest first.
fn live(client: &mut Client, job: Option<&JobRef>) -> anyhow::Result<Vec<ExecId>> {
    let mut executions: Vec<ExecId> = live_executions(client, job)?
        .iter()
        .map(|execution| execution.exec_id)
        .collect();
    executions.sort_unstable();
    Ok(executions)
}

fn live_executions(client: &mut Client, job: Option<&JobRef>) -> anyhow::Result<Vec<Execution>> {
    let mut found = Vec::new();
    for status in [Status::Running, Status::Queued] {
        let mut before = None;
        loop {
            let page = client.call(&History {
                job: job.cloned(),
                status: Some(status),
                limit: Some(PAGE),
                before,
                ..History::default()
            })?;
            before = page.last().map(|execution| execution.exec_id);
            let is_last = page.len() < PAGE as usize;
            found.extend(page);
            if is_last {
                break;
            }
        }
    }
    Ok(found)
}

/// The executions that run or are queued; the one that has run longest comes first.
pub fn running(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let mut executions = live_executions(&mut context.client()?, None)?;
    executions.sort_by_key(|execution| {
        (
            execution.started_at.is_none(),
            execution.started_at,
            execution.exec_id,
        )
    });
    if out.wants_json() {
        out.data(&executions)?;
        return Ok(DONE);
    }
    if executions.is_empty() {
        print_message("no execution runs or is queued; `jobs stats` shows how the last ones went");
        return Ok(DONE);
    }
    let now = now();
    let mut table = Table::new(&[
        Column::number("EXEC"),
        Column::new("JOB"),
        Column::new("STATUS").rank(1),
        Column::new("SOURCE").rank(3),
        Column::number("RUNS FOR").rank(2),
    ]);
    for execution in &executions {
        let runs_for = execution.started_at.map_or_else(
            || "-".to_string(),
            |at| text::duration(i64::try_from(now.since(at).as_millis()).unwrap_or(i64::MAX)),
        );
        table.push(vec![
            Cell::number(execution.exec_id),
            Cell::new(text::visible(&execution.job_name)),
            Cell::new(execution.status.to_string()),
            Cell::new(execution.source.as_str()),
            Cell::number(runs_for),
        ]);
    }
    table.print(out)?;
    Ok(DONE)
}

/// The figures of the last executions of a job.
#[derive(Default)]
struct Figures {
    ran: usize,
    failed: usize,
    not_run: i64,
    durations: Vec<i64>,
    cpu_ms: i64,
    memory: Option<i64>,
}

/// How the last executions of each job went.
pub fn stats(context: &Context, args: &StatsArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = context.client()?;
    let mut jobs = Vec::new();
    if args.jobs.is_empty() {
        for view in client.call(&List::default())?.items {
            jobs.push(view.job);
        }
        jobs.sort_by(|a, b| a.name.cmp(&b.name));
    } else {
        for job in &expanded(&mut client, &args.jobs)? {
            jobs.push(
                client
                    .call(&Show {
                        job: job.clone(),
                        ..Show::default()
                    })?
                    .job,
            );
        }
    }
    let mut data = Vec::new();
    let mut table = Table::new(&[
        Column::new("JOB"),
        Column::number("RAN").rank(2),
        Column::number("FAILED").rank(1),
        Column::number("NOT RUN").rank(5),
        Column::number("MEDIAN").rank(3),
        Column::number("LONGEST").rank(4),
        Column::number("CPU").rank(6),
        Column::number("MEMORY").rank(7),
    ]);
    for job in &jobs {
        let executions = client.call(&History {
            job: Some(JobRef::from(job.id)),
            limit: Some(args.number),
            ..History::default()
        })?;
        let figures = Figures::of(&executions);
        let median = figures.durations.get(figures.durations.len() / 2).copied();
        let longest = figures.durations.last().copied();
        let duration = |millis: Option<i64>| millis.map_or_else(|| "-".to_string(), text::duration);
        table.push(vec![
            Cell::new(text::visible(&job.name)),
            Cell::number(figures.ran),
            Cell::number(figures.failed).highlight((figures.failed > 0).then_some(Highlight::Bad)),
            Cell::number(figures.not_run),
            Cell::number(duration(median)),
            Cell::number(duration(longest)),
            Cell::number(text::duration(figures.cpu_ms)),
            Cell::number(figures.memory.map_or_else(|| "-".to_string(), text::size)),
        ]);
        data.push(json!({
            "job": job.name,
            "ran": figures.ran,
            "failed": figures.failed,
            "not_run": figures.not_run,
            "median_ms": median,
            "longest_ms": longest,
            "cpu_ms": figures.cpu_ms,
            "max_memory_bytes": figures.memory,
        }));
    }
    if out.wants_json() {
        out.data(&data)?;
    } else if jobs.is_empty() {
        print_message("no jobs");
    } else {
        table.print(out)?;
    }
    Ok(DONE)
}

impl Figures {
    fn of(executions: &[Execution]) -> Figures {
        let mut figures = Figures::default();
        for execution in executions {
            match execution.status {
                Status::Success => figures.ran += 1,
                Status::Failed | Status::Timeout | Status::Interrupted | Status::Cancelled => {
                    figures.ran += 1;
                    figures.failed += 1;
                }
                Status::Skipped | Status::Missed => figures.not_run += execution.count,
                Status::Running | Status::Queued => continue,
            }
            if execution.started_at.is_some() {
                figures.durations.extend(execution.duration_ms);
            }
            figures.cpu_ms += execution.cpu_ms.unwrap_or(0);
            figures.memory = figures.memory.max(execution.max_rss_bytes);
        }
        figures.durations.sort_unstable();
        figures
    }
}
