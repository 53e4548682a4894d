//! Masking of secrets in everything that leaves the service: they read as `***`. The store keeps them.

use std::sync::Arc;

use jobs_mask::{Edges, Secrets};
use jobs_model::{Execution, Job, LastExecution, Mode};
use jobs_runner as runner;
use jobs_work::{self as work, Work};

/// A job with secrets masked.
pub(super) fn job(mut job: Job) -> Job {
    job.command = work::masked_text(job.mode, &job.command);
    job
}

/// An execution with secrets masked.
pub(super) fn execution(execution: Execution) -> Execution {
    let secrets = secrets(&execution);
    execution_without(execution, &secrets)
}

/// An execution with these secrets masked, which the caller has parsed already.
pub(super) fn execution_without(mut execution: Execution, secrets: &Secrets) -> Execution {
    for (bytes, total) in [
        (&mut execution.stdout.0, execution.stdout_bytes),
        (&mut execution.stderr.0, execution.stderr_bytes),
    ] {
        row(bytes, total.unsigned_abs(), secrets);
    }
    execution.command = work::masked_text(execution.mode, &execution.command);
    execution.error = execution.error.map(|error| secrets.error(&error));
    execution
}

/// Masks the secrets in output from a row, which holds all of the output or its end.
pub(super) fn row(bytes: &mut [u8], total: u64, secrets: &Secrets) {
    let edges = Edges {
        is_begin_lost: (bytes.len() as u64) < total && !bytes.is_empty(),
        is_end_lost: false,
    };
    secrets.hide_part(bytes, edges);
}

/// The latest execution of a job with secrets masked.
pub(super) fn last(mut last: LastExecution, job: &Job) -> LastExecution {
    if let Some(error) = &mut last.error {
        *error = secrets_of(job.mode, &job.command).error(error);
    }
    last
}

/// The secrets in the work of an execution, which the execution may print.
pub(super) fn secrets(execution: &Execution) -> Arc<Secrets> {
    secrets_of(execution.mode, &execution.command)
}

fn secrets_of(mode: Mode, command: &str) -> Arc<Secrets> {
    let work = Work::parse(mode, command);
    work.map(|work| runner::secrets(&work)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_output_hides_secrets_in_place() {
        let mut bytes =
            b"a token=abc b\nkey: 5\n\xff password=x\nAuthorization: Bearer abc\n".to_vec();
        Secrets::default().hide(&mut bytes);
        assert_eq!(
            bytes,
            b"a token=*** b\nkey: 5\n\xff password=*\nAuthorization: **********\n"
        );
    }
}
