//! `jobs logs`: shows and follows the output of executions.

use std::borrow::Cow;

use clap::Args;

use super::out::{Highlight, Out, print_error_output, print_message};
use super::terminal::Filter;
use super::{Context, DONE, FAILED, logs_of_all, system_log, text};
use jobs_api::{History, JobRef, Logs, Show};
use jobs_model::{ExecId, Execution, Status};
use jobs_rpc::{Client, ClientError, code};
use jobs_schedule::Zone;

/// The longest wait of one call for output, in seconds. Then the client calls again.
const WAIT: u64 = 30;

#[derive(Args, Debug)]
pub struct LogsArgs {
    /// The job, by name or id; without it all jobs. A number that is no id of a job is an execution
    #[arg(conflicts_with_all = ["exec_id", "system"])]
    pub job: Option<JobRef>,
    /// Follow the running execution, or else the next one, until it ends; all jobs, and --system, without end
    #[arg(short = 'f', long)]
    pub follow: bool,
    /// The number of executions [default: 10]; with --system the number of lines [default: 100]
    #[arg(short = 'n', long, value_name = "N")]
    pub number: Option<u32>,
    /// Print only this execution: its stdout on stdout and its stderr on stderr, byte for byte
    #[arg(long = "exec", value_name = "EXEC", conflicts_with = "system")]
    pub exec_id: Option<ExecId>,
    /// Show the system log of the daemon; needs no running daemon
    #[arg(long)]
    pub system: bool,
    /// On a terminal, show all that the job printed: also what moves the cursor, sets titles or rewrites lines
    #[arg(long, conflicts_with = "system")]
    pub raw: bool,
}

pub const LOGS_EXAMPLES: &str = "Examples:
  jobs logs backup              the last 10 executions
  jobs logs                     the last 10 executions of all jobs
  jobs logs backup -f           follow the running execution, or the next one, until it ends
  jobs logs -f                  follow what all jobs print, without end
  jobs logs --exec 42 > file    the output of execution 42, byte for byte
  jobs logs --system            the log of the daemon itself";

pub fn logs(context: &Context, logs: &LogsArgs, out: &mut Out) -> anyhow::Result<i32> {
    out.set_raw(logs.raw);
    if logs.system {
        return system_log::show(context, logs, out);
    }
    let mut client = context.client()?;
    if let Some(exec_id) = logs.exec_id {
        if out.wants_json() {
            let request = History {
                exec_id: Some(exec_id),
                ..History::default()
            };
            out.data(&client.call(&request)?.into_iter().next())?;
            return Ok(DONE);
        }
        if logs.follow {
            follow(&mut client, exec_id, Shown::Apart, out)?;
            return Ok(DONE);
        }
        let printed = print(&mut client, exec_id, 0, Shown::Apart, out)?;
        return Ok(printed.code());
    }
    if let Some(number) = logs.job.as_ref().and_then(JobRef::id)
        && is_execution(&mut client, number)?
    {
        let logs = LogsArgs {
            job: None,
            exec_id: Some(number),
            ..*logs
        };
        return self::logs(context, &logs, out);
    }
    let job = logs.job.clone();
    if logs.follow {
        let Some(job) = job else {
            return logs_of_all::follow(context, &mut client, out);
        };
        return follow_job(&mut client, &job, out);
    }
    let executions = client.call(&History {
        job,
        limit: Some(logs.number.unwrap_or(10)),
        ..History::default()
    })?;
    if out.wants_json() {
        out.data(&executions)?;
        return Ok(DONE);
    }
    if executions.is_empty() {
        print_message("no executions yet");
    }
    let mut code = DONE;
    for execution in executions.iter().rev() {
        header(execution, out)?;
        if execution.status != Status::Skipped && execution.status != Status::Missed {
            let printed = print(&mut client, execution.exec_id, 0, Shown::Together, out)?;
            code = code.max(printed.code());
        }
    }
    Ok(code)
}

/// Whether a number is that of an execution, and of no job. When it is both, the job is meant, and a message says so.
pub fn is_execution(client: &mut Client, number: i64) -> anyhow::Result<bool> {
    let request = History {
        exec_id: Some(number),
        ..History::default()
    };
    let execution = match client.call(&request) {
        Ok(executions) => executions.into_iter().next(),
        Err(ClientError::Remote { code, .. }) if code == code::NO_SUCH_EXECUTION => None,
        Err(error) => return Err(error.into()),
    };
    let Some(execution) = execution else {
        return Ok(false);
    };
    let request = Show {
        job: JobRef::from(number),
        ..Show::default()
    };
    match client.call(&request) {
        Ok(view) => {
            if view.job.id != execution.job_id {
                print_message(&format!(
                    "{number} is the id of the job `{}`; `jobs logs --exec {number}` shows the execution {number}",
                    text::visible(&view.job.name)
                ));
            }
            Ok(false)
        }
        Err(error) if error.is_no_such_job() => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Follows the running execution of a job, or else the next one.
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
            print_message("no execution runs now; waiting for the next one");
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
        print_message(&format!(
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

/// The form in which output is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// stdout to stdout and stderr to stderr; byte for byte unless it is a terminal.
    Apart,
    /// Both to stdout, with a note about each cut.
    Together,
    /// A line of JSON per part.
    Data,
    /// No output.
    Nothing,
}

/// Shows an execution from its beginning to its end, and returns it as it ended.
pub fn follow(
    client: &mut Client,
    exec_id: ExecId,
    shown: Shown,
    out: &mut Out,
) -> anyhow::Result<Execution> {
    loop {
        if let Some(execution) = print(client, exec_id, WAIT, shown, out)?.execution
            && execution.status.is_final()
        {
            return Ok(execution);
        }
    }
}

/// The result of [`print`].
struct Printed {
    execution: Option<Execution>,
    /// Whether output was missing that should be there.
    has_lost: bool,
}

impl Printed {
    /// The exit code of `jobs logs`.
    const fn code(&self) -> i32 {
        if self.has_lost { FAILED } else { DONE }
    }
}

/// Shows the output of an execution: the present output, or with `wait` all of it until the end.
fn print(
    client: &mut Client,
    exec_id: ExecId,
    wait: u64,
    shown: Shown,
    out: &mut Out,
) -> anyhow::Result<Printed> {
    let mut has_lost = false;
    let mut request = Logs {
        exec_id: Some(exec_id),
        wait,
        ..Logs::default()
    };
    let mut last_byte = b'\n';
    let (mut to_stdout, mut also_to_stdout) = (out.filter(), out.filter());
    let mut to_stderr = out.error_filter();
    loop {
        let chunk = client.call(&request)?;
        let is_at_end = chunk.stdout.0.is_empty() && chunk.stderr.0.is_empty();
        request.stdout_offset = chunk.stdout_next;
        request.stderr_offset = chunk.stderr_next;
        if shown == Shown::Data {
            out.data_line(&chunk)?;
        }
        for (bytes, cut, lost, is_stderr) in [
            (&chunk.stdout.0, chunk.stdout_cut, chunk.stdout_lost, false),
            (&chunk.stderr.0, chunk.stderr_cut, chunk.stderr_lost, true),
        ] {
            has_lost |= lost > 0;
            if shown == Shown::Data || shown == Shown::Nothing {
                continue;
            }
            for (bytes, what) in [
                (cut, "cut"),
                (
                    lost,
                    "missing: the file with this output is gone or damaged",
                ),
            ] {
                if bytes == 0 {
                    continue;
                }
                out.flush()?;
                let note = format!(
                    "[... {} {what} ...]",
                    text::size(i64::try_from(bytes).unwrap_or(i64::MAX))
                );
                match shown {
                    Shown::Together => out.line(&format!("\n{note}"))?,
                    Shown::Apart | Shown::Data | Shown::Nothing => print_message(&note),
                }
            }
            if is_stderr && shown == Shown::Apart {
                out.flush()?;
                print_error_output(&shown_on(&mut to_stderr, bytes));
            } else {
                let filter = if is_stderr {
                    &mut also_to_stdout
                } else {
                    &mut to_stdout
                };
                let bytes = shown_on(filter, bytes);
                out.raw(&bytes)?;
                last_byte = bytes.last().copied().unwrap_or(last_byte);
            }
        }
        out.flush()?;
        if chunk.done || (wait == 0 && is_at_end) {
            for filter in [&mut to_stdout, &mut also_to_stdout].into_iter().flatten() {
                out.raw(filter.end().as_bytes())?;
            }
            print_error_output(to_stderr.as_mut().map_or("", Filter::end).as_bytes());
            if shown == Shown::Together && last_byte != b'\n' {
                out.line("")?;
            }
            return Ok(Printed {
                execution: chunk.execution,
                has_lost,
            });
        }
    }
}

/// Output as it is shown: through the filter of a terminal, or unchanged.
fn shown_on<'a>(filter: &mut Option<Filter>, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    match filter {
        Some(filter) => Cow::Owned(filter.pass(bytes).into_bytes()),
        None => Cow::Borrowed(bytes),
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
    let line = out.paint(
        text::highlight(execution.status).unwrap_or(Highlight::Dim),
        &line,
    );
    out.line(&line)?;
    Ok(())
}
