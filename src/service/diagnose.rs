//! The operation `diagnose`: why an execution failed.

use super::{Cx, Service, find, masked};
use jobs_alerts::{last_line, signature};
use jobs_api::{Diagnose, Diagnosis, UnknownFailure};
use jobs_diagnosis::{Facts, Line, causes, lines};
use jobs_error::{Error, Result};
use jobs_model::{Execution, JobId, Status};
use jobs_store::{HistoryFilter, Reader};

/// Upper bound on the failures of a job among which the same failure is looked for.
const FAILURES: i64 = 100;

const FAILED: [Status; 3] = [Status::Failed, Status::Timeout, Status::Interrupted];

impl Service {
    pub(super) fn diagnose(&self, _: &Cx, request: Diagnose) -> Result<Diagnosis> {
        self.store.read(|reader| {
            let execution = match (&request.job, request.exec_id) {
                (None, Some(exec_id)) => reader
                    .execution(exec_id)?
                    .ok_or(Error::NoSuchExecution(exec_id))?,
                (Some(job), None) => {
                    let job = find(reader, job)?;
                    match failures(reader, job.id, 1)?.pop() {
                        Some(failure) => failure,
                        None => last_ended(reader, job.id)?.ok_or_else(|| {
                            Error::invalid(
                                "job",
                                format!("no execution of `{}` has ended", job.name),
                            )
                        })?,
                    }
                }
                (None, None) | (Some(_), Some(_)) => {
                    return Err(Error::invalid("exec_id", "give either `exec_id` or `job`"));
                }
            };
            if !execution.status.is_final() {
                return Err(Error::invalid(
                    "exec_id",
                    format!("execution {} has not ended", execution.exec_id),
                )
                .hint("`jobs logs` shows its output"));
            }
            let facts = facts(&execution);
            let causes = causes(&facts, request.lang.unwrap_or_default());
            let unknown = match causes.is_empty() && FAILED.contains(&execution.status) {
                true => Some(unknown(reader, &execution)?),
                false => None,
            };
            Ok(Diagnosis {
                exec_id: execution.exec_id,
                job_id: execution.job_id,
                job_name: execution.job_name,
                status: execution.status,
                exit_code: execution.exit_code,
                ended_at: execution.ended_at,
                causes,
                unknown,
            })
        })
    }
}

/// The facts about an execution. The lines are there twice: as they were printed, and with secrets masked.
fn facts(execution: &Execution) -> Facts {
    let shown = masked::execution(execution.clone());
    let error = execution.error.as_ref().zip(shown.error.as_ref());
    Facts {
        status: execution.status,
        exit: execution.exit_code,
        command: execution.command.clone(),
        error: error.map(|(raw, shown)| Line {
            raw: raw.clone(),
            shown: jobs_text::unstyled(shown),
        }),
        printed: [
            printed(&execution.stderr.0, &shown.stderr.0),
            printed(&execution.stdout.0, &shown.stdout.0),
        ],
        job: execution.job_name.clone(),
        took_ms: execution.duration_ms,
    }
}

/// The last lines of a stream, without characters that control a terminal.
fn printed(raw: &[u8], shown: &[u8]) -> Vec<Line> {
    let plain = |line: Line| Line {
        raw: jobs_text::unstyled(&line.raw),
        shown: jobs_text::unstyled(&line.shown),
    };
    lines(raw, shown).into_iter().map(plain).collect()
}

/// The newest failures of a job, the newest first.
fn failures(reader: &mut Reader<'_>, job_id: JobId, most: i64) -> Result<Vec<Execution>> {
    let filter = HistoryFilter {
        job_id: Some(job_id),
        statuses: FAILED.to_vec(),
        ..HistoryFilter::default()
    };
    reader.history(&filter, most)
}

fn last_ended(reader: &mut Reader<'_>, job_id: JobId) -> Result<Option<Execution>> {
    match reader.last_ended(job_id)? {
        Some(last) => reader.execution(last.exec_id),
        None => Ok(None),
    }
}

/// A failure of which no cause is known, and since when the job has it.
fn unknown(reader: &mut Reader<'_>, execution: &Execution) -> Result<UnknownFailure> {
    let template = template(execution);
    let mut unknown = UnknownFailure {
        first_exec_id: execution.exec_id,
        first_seen: execution.scheduled_at,
        count: 0,
        template,
    };
    for failure in failures(reader, execution.job_id, FAILURES)? {
        if self::template(&failure) == unknown.template {
            unknown.count += 1;
            if failure.exec_id < unknown.first_exec_id {
                unknown.first_exec_id = failure.exec_id;
                unknown.first_seen = failure.scheduled_at;
            }
        }
    }
    Ok(unknown)
}

/// The signature of a failure, of its output with secrets masked.
fn template(execution: &Execution) -> String {
    let facts = facts(execution);
    let lines: Vec<String> = facts
        .printed
        .iter()
        .find_map(|stream| stream.first())
        .or(facts.error.as_ref())
        .map(|line| line.shown.clone())
        .into_iter()
        .collect();
    let line = last_line(&lines).unwrap_or_default();
    signature(execution.status.as_str(), execution.exit_code, line)
}
