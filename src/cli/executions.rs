//! Commands on executions: run, cancel, history.

use clap::Args;

use super::list::expanded;
use super::logs::{Shown, follow};
use super::out::{Out, print_message};
use super::table::{Cell, Column, Table};
use super::{Context, DONE, FAILED, text};
use jobs_api::{Cancel, History, JobRef, Ran, Run, Show};
use jobs_clock::now;
use jobs_model::{Execution, LastExecution, Status};
use jobs_rpc::Client;
use jobs_schedule::{Time, Zone};

/// The exit status of `run --wait` for an execution that timed out, as `timeout(1)` has it.
const TIMED_OUT: i32 = 124;

#[derive(Args, Debug)]
pub struct RunArgs {
    /// The jobs, by name, id or tag (@TAG)
    #[arg(required = true, value_name = "JOB")]
    pub jobs: Vec<JobRef>,
    /// Show the output as it comes, and end with the exit status of the command; of several jobs with that of the first
    /// that failed
    #[arg(short = 'w', long)]
    pub wait: bool,
    /// With --wait on a terminal, show all that the job prints: also what moves the cursor, sets titles or rewrites lines
    #[arg(long, requires = "wait")]
    pub raw: bool,
}

pub fn run(context: &Context, run: &RunArgs, out: &mut Out) -> anyhow::Result<i32> {
    out.set_raw(run.raw);
    let mut client = context.client()?;
    let jobs = expanded(&mut client, &run.jobs)?;
    let [job] = jobs.as_slice() else {
        return run_all(&mut client, run, &jobs, out);
    };
    let ran = client.call(&Run { job: job.clone() })?;
    if ran.skipped {
        if out.wants_json() {
            out.data(&ran)?;
        }
        print_message(&format!(
            "skipped: {}",
            ran.reason.as_deref().unwrap_or("no reason was given")
        ));
        return Ok(FAILED);
    }
    if !run.wait {
        if out.wants_json() {
            out.data(&ran)?;
        } else {
            out.line(&admitted(&ran))?;
        }
        return Ok(DONE);
    }
    if out.wants_json() {
        let (execution, code) = await_end(&mut client, &ran, out)?;
        out.data(&execution)?;
        return Ok(code);
    }
    Ok(await_end(&mut client, &ran, out)?.1)
}

/// Runs several jobs. All are known before the first is started, and all are started before the end of one is awaited.
fn run_all(
    client: &mut Client,
    run: &RunArgs,
    jobs: &[JobRef],
    out: &mut Out,
) -> anyhow::Result<i32> {
    for job in jobs {
        client.call(&Show {
            job: job.clone(),
            ..Show::default()
        })?;
    }
    let mut code = DONE;
    let mut started = Vec::new();
    for job in jobs {
        let ran = client.call(&Run { job: job.clone() })?;
        let name = text::visible(job.as_str());
        if ran.skipped {
            let reason = ran.reason.as_deref().unwrap_or("no reason was given");
            print_message(&format!("`{name}` was skipped: {reason}"));
            code = FAILED;
        } else if !run.wait && !out.wants_json() {
            out.line(&format!("`{name}`: {}", admitted(&ran)))?;
        }
        started.push(ran);
    }
    if !run.wait {
        if out.wants_json() {
            out.data(&started)?;
        }
        return Ok(code);
    }
    let mut ended = Vec::new();
    for ran in started.iter().filter(|ran| !ran.skipped) {
        let (execution, status) = await_end(client, ran, out)?;
        ended.extend(execution);
        if code == DONE {
            code = status;
        }
    }
    if out.wants_json() {
        out.data(&ended)?;
    }
    Ok(code)
}

/// Shows the output of an execution until it ends, and returns its exit status; for JSON also the execution.
fn await_end(
    client: &mut Client,
    ran: &Ran,
    out: &mut Out,
) -> anyhow::Result<(Option<Execution>, i32)> {
    if let Some(reason) = &ran.reason {
        print_message(&format!("execution {} is queued: {reason}", ran.exec_id));
    }
    let shown = if out.wants_json() {
        Shown::Nothing
    } else {
        Shown::Apart
    };
    let execution = follow(client, ran.exec_id, shown, out)?;
    let code = exit_code(&execution);
    if out.wants_json() {
        let request = History {
            exec_id: Some(ran.exec_id),
            ..History::default()
        };
        return Ok((client.call(&request)?.into_iter().next(), code));
    }
    if let Some(error) = execution
        .error
        .as_deref()
        .filter(|_| execution.status != Status::Success)
    {
        print_message(&format!("{}: {}", execution.status, text::visible(error)));
    }
    Ok((None, code))
}

/// A line about an execution that was started by hand.
pub fn admitted(ran: &Ran) -> String {
    match (&ran.reason, ran.status) {
        (Some(reason), status) => format!("execution {} is {status}: {reason}", ran.exec_id),
        (None, _) => format!(
            "execution {} is running; `jobs logs --exec {}` shows it",
            ran.exec_id, ran.exec_id
        ),
    }
}

pub fn exit_code(execution: &Execution) -> i32 {
    match (execution.status, execution.exit_code) {
        (Status::Success, _) => DONE,
        (Status::Timeout, _) => TIMED_OUT,
        (_, Some(code)) if code != 0 => code,
        _ => FAILED,
    }
}

pub fn cancel(context: &Context, request: &Cancel, out: &mut Out) -> anyhow::Result<i32> {
    let execution = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&execution)?;
    } else if execution.status.is_final() {
        out.line(&format!(
            "execution {} of `{}`: {}",
            execution.exec_id,
            text::visible(&execution.job_name),
            execution.status
        ))?;
    } else {
        out.line(&format!("execution {} is being stopped", execution.exec_id))?;
    }
    Ok(DONE)
}

pub fn history(context: &Context, request: &History, out: &mut Out) -> anyhow::Result<i32> {
    let executions = context.client()?.call(request)?;
    if out.wants_json() {
        out.data(&executions)?;
        return Ok(DONE);
    }
    if executions.is_empty() {
        print_message("no executions");
        return Ok(DONE);
    }
    let mut table = Table::new(&[
        Column::number("EXEC").rank(1),
        Column::new("JOB"),
        Column::new("STATUS").rank(2),
        Column::new("SOURCE").rank(6),
        Column::new("SCHEDULED").rank(4),
        Column::number("TOOK").rank(5),
        Column::number("CPU").rank(9),
        Column::number("MEMORY").rank(8),
        Column::number("EXIT").rank(7),
        Column::new("WHY").rank(3).shortest(24),
    ]);
    let (now, zone) = (now(), Zone::system());
    for execution in &executions {
        table.push(row(execution, now, &zone));
    }
    table.print(out)?;
    Ok(DONE)
}

fn row(execution: &Execution, now: Time, zone: &Zone) -> Vec<Cell> {
    let delay = execution
        .jitter_ms
        .map(|delay| format!(" +{}", text::duration(delay)))
        .unwrap_or_default();
    let scheduled = [
        execution.scheduled_at.local(zone),
        text::short_clock(execution.scheduled_at, now, zone),
    ];
    let status = match execution.count {
        ..=1 => execution.status.to_string(),
        count => format!("{} x {count}", execution.status),
    };
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_string());
    vec![
        Cell::number(execution.exec_id),
        Cell::new(&execution.job_name),
        Cell::new(status).highlight(text::highlight(execution.status)),
        Cell::new(execution.source.as_str()),
        Cell::with_forms(scheduled.map(|form| format!("{form}{delay}"))),
        Cell::new(or_dash(execution.duration_ms.map(text::duration))),
        Cell::new(or_dash(execution.cpu_ms.map(text::duration))),
        Cell::new(or_dash(execution.max_rss_bytes.map(text::size))),
        Cell::new(or_dash(execution.exit_code.map(|code| code.to_string()))),
        Cell::new(why(execution, zone)),
    ]
}

/// An execution on one line: how it ended, when, what it took and why it failed.
pub fn summary(execution: &LastExecution, now: Time) -> String {
    let mut words = format!(
        "#{} {} {}",
        execution.exec_id,
        execution.status,
        text::relative(execution.scheduled_at, now)
    );
    let used = [
        execution
            .duration_ms
            .map(|millis| format!("took {}", text::duration(millis))),
        execution
            .cpu_ms
            .map(|millis| format!("cpu {}", text::duration(millis))),
        execution
            .max_rss_bytes
            .map(|bytes| format!("memory {}", text::size(bytes))),
    ];
    for part in used.into_iter().flatten() {
        words.push_str(&format!(", {part}"));
    }
    match (&execution.error, &execution.why) {
        (Some(error), Some(line)) => words.push_str(&format!(": {error}: {line}")),
        (Some(error), None) => words.push_str(&format!(": {error}")),
        (None, _) => {}
    }
    words
}

/// The error of an execution, and which retry it is.
fn why(execution: &Execution, zone: &Zone) -> String {
    let retry = match (execution.retry_of, execution.waits_until) {
        (Some(first), Some(until)) => {
            let number = execution.retry_number;
            format!("retry {number} of #{first}, at {}", until.local(zone))
        }
        (Some(first), None) => format!("retry {} of #{first}", execution.retry_number),
        (None, _) => String::new(),
    };
    // The exit code has a column of its own.
    match execution.why.as_ref().or(execution.error.as_ref()) {
        Some(error) if retry.is_empty() => error.to_string(),
        Some(error) => format!("{error} ({retry})"),
        None => retry,
    }
}
