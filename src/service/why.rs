//! Why an execution failed: the last line that its command printed, where that says more than the exit code.

use std::collections::HashMap;

use super::masked;
use jobs_api::JobView;
use jobs_error::Result;
use jobs_model::{ExecId, Execution, Status};
use jobs_store::Reader;

/// The longest line that is shown, in characters.
const LONGEST: usize = 300;

/// Upper bound on executions whose output is read for one answer.
const MOST: usize = 1_000;

/// Whether the output may say why an execution failed: the command itself decided to fail. A signal, a timeout and a command
/// that was not found have an error that says more.
const fn may_explain(status: Status, exit_code: Option<i32>) -> bool {
    matches!(status, Status::Failed) && matches!(exit_code, Some(1..=125))
}

/// Sets `why` of masked executions whose output was read with them.
pub(super) fn of_output(execution: &mut Execution) {
    if may_explain(execution.status, execution.exit_code) {
        execution.why = last_line(execution);
    }
}

/// Sets `why` of executions whose output was not read.
pub(super) fn of_rows(reader: &mut Reader<'_>, executions: &mut [Execution]) -> Result<()> {
    let wanted = executions
        .iter()
        .filter(|execution| may_explain(execution.status, execution.exit_code));
    let numbers: Vec<ExecId> = wanted.map(|execution| execution.exec_id).collect();
    let mut lines = lines(reader, &numbers)?;
    for execution in executions {
        execution.why = lines.remove(&execution.exec_id);
    }
    Ok(())
}

/// Sets `why` of the last executions of jobs.
pub(super) fn of_jobs(reader: &mut Reader<'_>, jobs: &mut [JobView]) -> Result<()> {
    let last = jobs.iter().filter_map(|job| job.last.as_ref());
    let numbers: Vec<ExecId> = last
        .filter(|last| may_explain(last.status, last.exit_code))
        .map(|last| last.exec_id)
        .collect();
    let mut lines = lines(reader, &numbers)?;
    for last in jobs.iter_mut().filter_map(|job| job.last.as_mut()) {
        last.why = lines.remove(&last.exec_id);
    }
    Ok(())
}

fn lines(reader: &mut Reader<'_>, numbers: &[ExecId]) -> Result<HashMap<ExecId, String>> {
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let found = reader.executions(&numbers[..numbers.len().min(MOST)])?;
    let line = |execution| {
        let shown = masked::execution(execution);
        last_line(&shown).map(|line| (shown.exec_id, line))
    };
    Ok(found.into_iter().filter_map(line).collect())
}

/// The last line of stderr that says something, else that of stdout.
fn last_line(execution: &Execution) -> Option<String> {
    [&execution.stderr, &execution.stdout]
        .into_iter()
        .find_map(|stream| {
            let text = String::from_utf8_lossy(&stream.0);
            let mut lines = text.lines().rev().map(jobs_text::unstyled);
            let line = lines.find(|line| !line.trim().is_empty())?;
            Some(jobs_text::ellipsis(line.trim(), LONGEST))
        })
}
