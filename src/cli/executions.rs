//! Verbs on executions: run, cancel, history, logs.

use super::args::{LogsArgs, RunArgs};
use super::out::{Out, Tone, raw_to_stderr, say};
use super::{DONE, FAILED, Here, system_log, table, text};
use crate::api::{Cancel, History, JobRef, Logs, Ran};
use crate::clock::now;
use crate::model::{ExecId, Execution, Status};
use crate::rpc::Client;
use crate::schedule::Zone;

/// What `timeout(1)` ends with, and `run --wait` too.
const TIMED_OUT: i32 = 124;

/// The longest that one call waits for output, in seconds; then it is asked again.
const WAIT: u64 = 30;

pub fn run(here: &Here, run: &RunArgs, out: &mut Out) -> anyhow::Result<i32> {
    let mut client = here.client()?;
    let ran = client.call(&run.ask)?;
    if ran.skipped {
        if out.wants_json() {
            out.data(&ran)?;
        }
        say(&format!(
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
        say(&format!("execution {} is queued: {reason}", ran.exec_id));
    }
    let shown = if out.wants_json() {
        Shown::Nothing
    } else {
        Shown::Apart
    };
    let execution = follow(&mut client, ran.exec_id, shown, out)?;
    if out.wants_json() {
        let ask = History {
            exec_id: Some(ran.exec_id),
            ..History::default()
        };
        out.data(&client.call(&ask)?.into_iter().next())?;
    } else if let Some(error) = execution
        .error
        .as_deref()
        .filter(|_| execution.status != Status::Success)
    {
        say(&format!("{}: {}", execution.status, text::visible(error)));
    }
    Ok(exit_code(&execution))
}

/// A line about an execution that was asked for.
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

pub fn cancel(here: &Here, ask: &Cancel, out: &mut Out) -> anyhow::Result<i32> {
    let execution = here.client()?.call(ask)?;
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

pub fn history(here: &Here, ask: &History, out: &mut Out) -> anyhow::Result<i32> {
    let executions = here.client()?.call(ask)?;
    if out.wants_json() {
        out.data(&executions)?;
        return Ok(DONE);
    }
    if executions.is_empty() {
        say("no executions");
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
    let (now, here) = (now(), Zone::system());
    for execution in &executions {
        let scheduled = if is_narrow {
            text::short_clock(execution.scheduled_at, now, &here)
        } else {
            execution.scheduled_at.local(&here)
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
            table::cell(out, &status, text::tone(execution.status)),
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
            table::cell(out, &text::visible(&why(execution, &here)), None),
        ]);
    }
    if is_narrow {
        table::narrow(&mut table);
    }
    out.line(&table.trim_fmt())?;
    Ok(DONE)
}

/// Why an execution ended as it did, or what it waits for.
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

pub fn logs(here: &Here, logs: &LogsArgs, out: &mut Out) -> anyhow::Result<i32> {
    if logs.system {
        return system_log::show(here, logs, out);
    }
    let mut client = here.client()?;
    if let Some(exec_id) = logs.exec_id {
        if out.wants_json() {
            let ask = History {
                exec_id: Some(exec_id),
                ..History::default()
            };
            out.data(&client.call(&ask)?.into_iter().next())?;
            return Ok(DONE);
        }
        if logs.follow {
            follow(&mut client, exec_id, Shown::Apart, out)?;
        } else {
            print(&mut client, exec_id, 0, Shown::Apart, out)?;
        }
        return Ok(DONE);
    }
    let job = logs.job.clone().unwrap_or_default();
    if logs.follow {
        return follow_job(&mut client, &job, out);
    }
    let executions = client.call(&History {
        job: Some(job),
        limit: Some(logs.number.unwrap_or(10)),
        ..History::default()
    })?;
    if out.wants_json() {
        out.data(&executions)?;
        return Ok(DONE);
    }
    if executions.is_empty() {
        say("no executions yet");
    }
    for execution in executions.iter().rev() {
        header(execution, out)?;
        if execution.status != Status::Skipped && execution.status != Status::Missed {
            print(&mut client, execution.exec_id, 0, Shown::Together, out)?;
        }
    }
    Ok(DONE)
}

/// Follows the execution of a job that runs, or else the next one.
fn follow_job(client: &mut Client, job: &JobRef, out: &mut Out) -> anyhow::Result<i32> {
    let current = client.call(&Logs {
        job: Some(job.clone()),
        ..Logs::default()
    })?;
    let latest = current
        .execution
        .as_ref()
        .map_or(0, |execution| execution.exec_id);
    let running = current
        .execution
        .filter(|execution| !execution.status.is_final());
    let exec_id = match running {
        Some(execution) => execution.exec_id,
        None => {
            say("nothing of it runs now; waiting for the next execution");
            await_next(client, job, latest)?
        }
    };
    let shown = if out.wants_json() {
        Shown::Data
    } else {
        Shown::Apart
    };
    let execution = follow(client, exec_id, shown, out)?;
    if !out.wants_json() {
        let error = execution
            .error
            .as_deref()
            .map(|error| format!(": {}", text::visible(error)))
            .unwrap_or_default();
        say(&format!(
            "execution {} ended: {}{error}",
            execution.exec_id, execution.status
        ));
    }
    Ok(DONE)
}

fn await_next(client: &mut Client, job: &JobRef, after: ExecId) -> anyhow::Result<ExecId> {
    loop {
        let chunk = client.call(&Logs {
            job: Some(job.clone()),
            after: Some(after),
            wait: WAIT,
            ..Logs::default()
        })?;
        if let Some(execution) = chunk.execution {
            return Ok(execution.exec_id);
        }
    }
}

/// How output is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// stdout to stdout and stderr to stderr, byte for byte.
    Apart,
    /// Both to stdout, with what was cut told.
    Together,
    /// A line of JSON per part.
    Data,
    Nothing,
}

/// Shows an execution from its beginning to its end, and returns it as it ended.
fn follow(
    client: &mut Client,
    exec_id: ExecId,
    shown: Shown,
    out: &mut Out,
) -> anyhow::Result<Execution> {
    loop {
        if let Some(execution) = print(client, exec_id, WAIT, shown, out)?
            && execution.status.is_final()
        {
            return Ok(execution);
        }
    }
}

/// Shows what an execution has printed; with `wait` until its end. Returns it as it is then.
fn print(
    client: &mut Client,
    exec_id: ExecId,
    wait: u64,
    shown: Shown,
    out: &mut Out,
) -> anyhow::Result<Option<Execution>> {
    let mut ask = Logs {
        exec_id: Some(exec_id),
        wait,
        ..Logs::default()
    };
    let mut last_byte = b'\n';
    loop {
        let chunk = client.call(&ask)?;
        let is_at_end = chunk.stdout.0.is_empty() && chunk.stderr.0.is_empty();
        ask.stdout_offset = chunk.stdout_next;
        ask.stderr_offset = chunk.stderr_next;
        if shown == Shown::Data {
            out.data_line(&chunk)?;
        }
        for (bytes, cut, is_stderr) in [
            (&chunk.stdout.0, chunk.stdout_cut, false),
            (&chunk.stderr.0, chunk.stderr_cut, true),
        ] {
            if shown == Shown::Data || shown == Shown::Nothing {
                continue;
            }
            if cut > 0 {
                out.flush()?;
                let note = format!(
                    "[... {} cut ...]",
                    text::size(i64::try_from(cut).unwrap_or(i64::MAX))
                );
                match shown {
                    Shown::Together => out.line(&format!("\n{note}"))?,
                    Shown::Apart | Shown::Data | Shown::Nothing => say(&note),
                }
            }
            if is_stderr && shown == Shown::Apart {
                out.flush()?;
                raw_to_stderr(bytes);
            } else {
                out.raw(bytes)?;
                last_byte = bytes.last().copied().unwrap_or(last_byte);
            }
        }
        out.flush()?;
        if chunk.done || (wait == 0 && is_at_end) {
            if shown == Shown::Together && last_byte != b'\n' {
                out.line("")?;
            }
            return Ok(chunk.execution);
        }
    }
}

fn header(execution: &Execution, out: &mut Out) -> anyhow::Result<()> {
    let took = execution
        .duration_ms
        .map(|millis| format!(", {}", text::duration(millis)))
        .unwrap_or_default();
    let count = if execution.count > 1 {
        format!(" x {}", execution.count)
    } else {
        String::new()
    };
    let error = execution
        .error
        .as_deref()
        .map(|error| format!(", {}", text::visible(error)))
        .unwrap_or_default();
    let line = format!(
        "==> {} #{} {} {}{count}{took}{error} <==",
        text::visible(&execution.job_name),
        execution.exec_id,
        execution.scheduled_at.local(&Zone::system()),
        execution.status,
    );
    let line = out.paint(text::tone(execution.status).unwrap_or(Tone::Dim), &line);
    out.line(&line)?;
    Ok(())
}
