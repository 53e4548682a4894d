//! Converts the outcome of an execution into the end that is recorded, and into its event.

use std::time::Duration;

use jobs_error::Result;
use jobs_events::{self as events, Event};
use jobs_model::{Admitted, Execution, Status};
use jobs_output::{Settled, SettledStream};
use jobs_runner::{self as runner, Ended, Outcome};
use jobs_schedule::Time;
use jobs_store::Finished;
use jobs_work::Work;

/// Why an execution was stopped by the end of the daemon.
pub(super) const SHUT_DOWN: &str = "the daemon was shut down while it ran";

/// Bytes that an execution takes in the database in addition to its command and its output: the row and its index entries.
const ROW_BYTES: u64 = 400;

/// The end of an execution that ended while the daemon ran. `why` is the reason of the stop, if there was one.
pub(super) fn finished(
    command: &str,
    ended: Ended,
    settled: &Result<Settled>,
    why: Option<&'static str>,
    began: Time,
    took: Duration,
) -> Finished {
    let (status, error) = match (ended.outcome, why) {
        (Outcome::Success, _) => (Status::Success, ended.error),
        (Outcome::Failed, _) => (Status::Failed, ended.error),
        (Outcome::Timeout, _) => (Status::Timeout, ended.error),
        (Outcome::Cancelled, Some(SHUT_DOWN)) => (Status::Interrupted, Some(SHUT_DOWN.to_string())),
        (Outcome::Cancelled, Some(why)) => (Status::Cancelled, Some(why.to_string())),
        (Outcome::Cancelled, None) => (Status::Cancelled, ended.error),
    };
    Finished {
        exit_code: ended.exit_code,
        started_at: Some(began),
        duration_ms: i64::try_from(took.as_millis()).ok(),
        attempts: i32::try_from(ended.attempts).unwrap_or(i32::MAX),
        cpu_ms: Some(ended.cpu_ms),
        max_rss_bytes: Some(ended.max_rss_bytes),
        ..with_output(status, error, command, settled, began.plus(took))
    }
}

/// The end of an execution that the end of the daemon has interrupted, with the output from its files.
pub(super) fn interrupted(execution: &Execution, settled: &Result<Settled>, now: Time) -> Finished {
    Finished {
        started_at: execution.started_at,
        attempts: execution.attempts,
        ..with_output(
            Status::Interrupted,
            Some("the daemon ended while it ran".to_string()),
            &execution.command,
            settled,
            now,
        )
    }
}

/// The event that an execution has ended. The secrets of its work are masked in it.
pub(super) fn event(admitted: &Admitted, end: &Finished, work: Option<&Work>) -> Event {
    let error = end.error.as_deref().map(|error| {
        let secrets = work.map(runner::secrets).unwrap_or_default();
        secrets.error(error)
    });
    let finished = events::Finished {
        exec_id: admitted.exec_id,
        job_id: admitted.job_id,
        job_name: admitted.job_name.clone(),
        mode: admitted.mode,
        status: end.status,
        exit_code: end.exit_code,
        duration_ms: end.duration_ms,
        error,
        count: 1,
    };
    Event::Finished(finished.shortened())
}

fn with_output(
    status: Status,
    error: Option<String>,
    command: &str,
    settled: &Result<Settled>,
    ended_at: Time,
) -> Finished {
    let nothing = SettledStream::default();
    let (out, err, lost) = match settled {
        Ok(settled) => {
            let unflushed = settled.unflushed.as_ref();
            let why =
                unflushed.map(|error| format!("its output may be lost in a power cut: {error}"));
            (&settled.out, &settled.err, why)
        }
        Err(error) => (
            &nothing,
            &nothing,
            Some(format!("its output is lost: {error}")),
        ),
    };
    Finished {
        status,
        exit_code: None,
        started_at: None,
        ended_at,
        duration_ms: None,
        stdout: out.data.clone(),
        stderr: err.data.clone(),
        stdout_bytes: signed(out.total_bytes),
        stderr_bytes: signed(err.total_bytes),
        kept_bytes: signed(ROW_BYTES + command.len() as u64 + out.kept_bytes + err.kept_bytes),
        in_file: out.in_file || err.in_file,
        error: match (error, lost) {
            (Some(error), Some(lost)) => Some(format!("{error}; {lost}")),
            (error, lost) => error.or(lost),
        },
        attempts: 0,
        cpu_ms: None,
        max_rss_bytes: None,
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
