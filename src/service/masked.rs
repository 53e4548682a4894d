//! Masking of secrets in everything that leaves the service: they read as `***`. The store keeps them.

use jobs_mask as mask;
pub(super) use jobs_mask::hide;
use jobs_model::{Execution, Job, LastExecution};
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
pub(super) fn execution_without(mut execution: Execution, secrets: &[String]) -> Execution {
    hide(&mut execution.stdout.0, secrets);
    hide(&mut execution.stderr.0, secrets);
    execution.command = work::masked_text(execution.mode, &execution.command);
    execution.error = execution.error.map(|error| mask::error(&error, secrets));
    execution
}

/// The latest execution of a job with secrets masked.
pub(super) fn last(mut last: LastExecution) -> LastExecution {
    last.error = last.error.map(|error| mask::text(&error).into_owned());
    last
}

/// The secrets in the work of an execution, which the execution may print.
pub(super) fn secrets(execution: &Execution) -> Vec<String> {
    let work = Work::parse(execution.mode, &execution.command);
    work.map(|work| runner::secrets(&work)).unwrap_or_default()
}

/// The number of bytes at the end that may be the beginning of a secret. They are left for the next part of the output.
pub(super) fn held_back(bytes: &[u8], secrets: &[String]) -> usize {
    /// A longer line is not checked.
    const LONGEST_LINE: usize = 4096;
    let known = secrets.iter().filter_map(|secret| {
        let longest = secret.len().saturating_sub(1).min(bytes.len());
        (1..=longest)
            .rev()
            .find(|length| bytes.ends_with(&secret.as_bytes()[..*length]))
    });
    let line = bytes
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = Some(line)
        .filter(|line| line.len() <= LONGEST_LINE)
        .filter(|line| mask::may_begin_secret(&String::from_utf8_lossy(line)))
        .map(<[u8]>::len);
    known.chain(line).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_job_hides_secrets_in_place() {
        let mut bytes =
            b"a token=abc b\nkey: 5\n\xff password=x\nAuthorization: Bearer abc\n".to_vec();
        hide(&mut bytes, &[]);
        assert_eq!(
            bytes,
            b"a token=*** b\nkey: 5\n\xff password=x\nAuthorization: **********\n"
        );
        for (end, held) in [
            ("a\nthe tok", 7),
            ("a\nthe end", 0),
            ("a\nthe token", 9),
            ("the token=ab", 12),
            ("token\n", 0),
        ] {
            assert_eq!(held_back(end.as_bytes(), &[]), held, "{end}");
        }
        let secrets = ["hunter2".to_string(), "unter".to_string()];
        let mut bytes = b"a hunter2 b hunter2hunter2 unter".to_vec();
        hide(&mut bytes, &secrets);
        assert_eq!(bytes, b"a ******* b ************** *****");
        for (end, held) in [
            ("x hunt", 4),
            ("x", 0),
            ("hunter2", 0),
            ("h", 1),
            ("xu", 1),
            ("", 0),
        ] {
            assert_eq!(held_back(end.as_bytes(), &secrets), held, "{end}");
        }
    }
}
