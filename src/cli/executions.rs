//! Commands on executions: run, cancel, history.

use clap::Args;

use super::logs::{Shown, follow};
use super::out::{Out, print_message};
use super::{Context, DONE, FAILED, table, text};
use jobs_api::{self as api, Cancel, History, Ran};
use jobs_clock::now;
use jobs_model::{Execution, Status};
use jobs_schedule::Zone;

/// The exit status of `run --wait` for an execution that timed out, as `timeout(1)` has it.
const TIMED_OUT: i32 = 124;

#[derive(Args, Debug)]
pub struct RunArgs {
    #[command(flatten)]
    pub request: api::Run,
    /// Show the output as it comes, and end with the exit status of the command
    #[arg(short = 'w', long)]
    pub wait: bool,
}

pub fn run(context: &Context, run: &RunArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = context.client()?;
    let ran = client.call(&run.request)?;
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
    if let Some(reason) = &ran.reason {
        print_message(&format!("execution {} is queued: {reason}", ran.exec_id));
    }
    let shown = if out.wants_json() {
        Shown::Nothing
    } else {
        Shown::Apart
    };
    let execution = follow(&mut client, ran.exec_id, shown, out)?;
    if out.wants_json() {
        let request = History {
            exec_id: Some(ran.exec_id),
            ..History::default()
        };
        out.data(&client.call(&request)?.into_iter().next())?;
    } else if let Some(error) = execution
        .error
        .as_deref()
        .filter(|_| execution.status != Status::Success)
    {
        print_message(&format!("{}: {}", execution.status, text::visible(error)));
    }
    Ok(exit_code(&execution))
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

fn exit_code(execution: &Execution) -> i32 {
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
    let mut table = table::table(
        out,
        &[
            "EXEC",
            "JOB",
            "STATUS",
            "SOURCE",
            "SCHEDULED",
            "TOOK",
            "EXIT",
            "WHY",
        ],
    );
    let is_narrow = table::width(out).is_some_and(|width| width < 100);
    let (now, context) = (now(), Zone::system());
    for execution in &executions {
        let scheduled = if is_narrow {
            text::short_clock(execution.scheduled_at, now, &context)
        } else {
            execution.scheduled_at.local(&context)
        };
        let scheduled = match execution.jitter_ms {
            Some(delay) => format!("{scheduled} +{}", text::duration(delay)),
            None => scheduled,
        };
        let status = match execution.count {
            ..=1 => execution.status.to_string(),
            count => format!("{} x {count}", execution.status),
        };
        table.add_row(vec![
            table::cell(out, &execution.exec_id.to_string(), None),
            table::cell(out, &text::visible(&execution.job_name), None),
            table::cell(out, &status, text::highlight(execution.status)),
            table::cell(out, execution.source.as_str(), None),
            table::cell(out, &scheduled, None),
            table::cell(
                out,
                &execution
                    .duration_ms
                    .map_or_else(|| "-".to_string(), text::duration),
                None,
            ),
            table::cell(
                out,
                &execution
                    .exit_code
                    .map_or_else(|| "-".to_string(), |code| code.to_string()),
                None,
            ),
            table::cell(out, &text::visible(&why(execution, &context)), None),
        ]);
    }
    if is_narrow {
        table::narrow(&mut table);
    }
    out.line(&table.trim_fmt())?;
    Ok(DONE)
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
    match execution.error.as_deref() {
        Some(error) if retry.is_empty() => error.to_string(),
        Some(error) => format!("{error} ({retry})"),
        None => retry,
    }
}
