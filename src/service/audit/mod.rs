//! The audit: a row per change, with caller, subject, outcome, and the values before and after.

mod repeats;
mod snapshot;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::{Cx, Service, find, job_input};
use jobs_api::{
    Audit, AuditEntry, Call, Caller, Changes, Differences, JobRef, Page, PageAt, Subject, Who,
};
use jobs_error::{Error, Result};
use jobs_mask as mask;
use jobs_model::{AuditFilter, JobId, NewAuditRow, Outcome};
use jobs_runner as runner;
use jobs_schedule::Time;
use jobs_store::{Reader, Tx};
use jobs_text::cut;
pub(super) use repeats::Repeats;
use repeats::{RefusalKey, Repeat};
pub(super) use snapshot::add_networks;
use snapshot::{NamedJobs, Snapshot, jobs_of, name};

/// Longest target and longest error in a row, in characters. Callers without any right choose both texts too.
const LONGEST_TARGET: usize = 200;
const LONGEST_ERROR: usize = 1_000;

/// The audit record of one call that changes something. At most one row is written for it.
pub(super) struct AuditRecord {
    caller: Caller,
    operation: &'static str,
    subject: Subject,
    is_recorded: AtomicBool,
}

/// The subject before the change.
pub(super) struct Before {
    snapshot: Snapshot,
    name: String,
    /// The jobs that the call names.
    jobs: NamedJobs,
}

impl AuditRecord {
    /// The record of a call; nothing for a call that only reads, and for a dry run.
    pub(super) fn of(caller: &Caller, call: &Call) -> Option<AuditRecord> {
        let subject = call.subject()?;
        Some(AuditRecord {
            caller: caller.clone(),
            operation: call.method(),
            subject,
            is_recorded: AtomicBool::new(false),
        })
    }

    /// The record of the same call by another caller.
    pub(super) fn of_caller(&self, caller: &Caller) -> AuditRecord {
        AuditRecord {
            caller: caller.clone(),
            operation: self.operation,
            subject: self.subject.clone(),
            is_recorded: AtomicBool::new(false),
        }
    }

    /// The record of one job that a call changes together with others.
    pub(super) fn of_job(caller: &Caller, operation: &'static str, job: JobId) -> AuditRecord {
        AuditRecord {
            caller: caller.clone(),
            operation,
            subject: Subject::Job(JobRef::from(job)),
            is_recorded: AtomicBool::new(false),
        }
    }

    /// Whether the row is written.
    pub(super) fn is_recorded(&self) -> bool {
        self.is_recorded.load(Ordering::Relaxed)
    }

    pub(super) fn set_recorded(&self) {
        self.is_recorded.store(true, Ordering::Relaxed);
    }

    /// Whether the call changes the configuration.
    pub(super) fn is_of_configuration(&self) -> bool {
        self.subject == Subject::Configuration
    }

    /// The name of the subject.
    pub(super) fn target(&self, reader: &mut Reader<'_>) -> Result<String> {
        Ok(cut(&name(&self.subject, reader)?, LONGEST_TARGET))
    }

    /// Name and values of the subject; to be called before the change.
    pub(super) fn before(&self, reader: &mut Reader<'_>) -> Result<Before> {
        Ok(Before {
            name: self.target(reader)?,
            jobs: jobs_of(&self.subject, reader)?,
            snapshot: Snapshot::before(&self.subject, &self.caller, reader)?,
        })
    }

    /// Writes the row of a successful change, in the transaction of the change.
    pub(super) fn record_done(&self, tx: &mut Tx<'_>, before: &Before, now: Time) -> Result<()> {
        let after = Snapshot::after(&self.subject, &self.caller, &before.snapshot, tx)?;
        let differences = Differences::between(&before.snapshot.fields, &after.fields);
        let mut jobs: NamedJobs = tx.changed_jobs().into_iter().collect();
        // A job that was renamed has its former name in the row.
        jobs.extend(before.jobs.clone());
        tx.insert_audit(&NewAuditRow {
            target: before.name.clone(),
            jobs: jobs.into_iter().collect(),
            before: differences.before,
            after: differences.after,
            ..self.row(Ok(()), now)
        })
        .map(drop)
    }

    /// The row without target and values.
    pub(super) fn row(&self, result: Result<(), &Error>, now: Time) -> NewAuditRow {
        row(&self.caller, self.operation, result, now)
    }
}

fn row(
    caller: &Caller,
    operation: &'static str,
    result: Result<(), &Error>,
    now: Time,
) -> NewAuditRow {
    NewAuditRow {
        at: now,
        transport: caller.transport.as_str().to_string(),
        who: who(caller),
        address: caller.address.map(|address| address.to_string()),
        operation: operation.to_string(),
        target: String::new(),
        before: None,
        after: None,
        outcome: match result {
            Ok(()) => Outcome::Done,
            Err(Error::Forbidden(_)) => Outcome::Denied,
            Err(_) => Outcome::Failed,
        },
        error: result
            .err()
            .map(|error| cut(&mask::text(&error.to_string()), LONGEST_ERROR)),
        jobs: Vec::new(),
    }
}

/// Whether the call names something that does not exist.
fn is_missing(error: &Error) -> bool {
    match error {
        Error::NoSuchJob(_) | Error::NoSuchExecution(_) | Error::NoSuch { .. } => true,
        Error::Invalid { .. }
        | Error::Schedule { .. }
        | Error::Unauthorized(_)
        | Error::Forbidden(_)
        | Error::TooMany { .. }
        | Error::Conflict(_)
        | Error::Store(_)
        | Error::Io(_)
        | Error::ShuttingDown => false,
    }
}

fn log_unwritten(written: Result<()>) {
    if let Err(error) = written {
        tracing::error!(%error, "a change could not be audited");
    }
}

impl Service {
    /// Writes the row of a call that changed nothing in the store, or that failed. Repeated refusals and failures of a caller are
    /// counted in one row.
    pub(super) fn write_audit(
        &self,
        audit: &AuditRecord,
        result: Result<(), &Error>,
        differences: Differences,
    ) {
        let (target, jobs) = self
            .store
            .read(|reader| Ok((audit.target(reader)?, jobs_of(&audit.subject, reader)?)))
            .unwrap_or_default();
        let row = NewAuditRow {
            target,
            jobs: jobs.into_iter().collect(),
            before: differences.before,
            after: differences.after,
            ..audit.row(result, self.now())
        };
        match result {
            Ok(()) => self.insert_row(row, None),
            Err(error) => self.write_refusal(&audit.caller, row, is_missing(error)),
        }
    }

    /// Writes the row of a call that was refused because of the caller's role, before its parameters were read.
    pub(super) fn write_denied(&self, caller: &Caller, operation: &'static str, error: &Error) {
        let row = row(caller, operation, Err(error), self.now());
        self.write_refusal(caller, row, false);
    }

    fn write_refusal(&self, caller: &Caller, row: NewAuditRow, is_missing: bool) {
        let key = RefusalKey::new(caller, &row, is_missing);
        match self.repeats.count(key, row.at, self.clock.read().machine) {
            Repeat::First(number) => self.insert_row(row, Some(number)),
            Repeat::Doubled {
                row: number,
                count,
                began,
            } => {
                let error = row.error.unwrap_or_default();
                let began = began.rfc3339(&self.scheduler.settings().zone);
                let times = if is_missing { "such calls" } else { "times" };
                let text = format!("{error} (at least {count} {times} since {began})");
                let written = self
                    .store
                    .write(move |tx| tx.set_audit_error(number, &text));
                log_unwritten(written);
            }
            Repeat::Counted => {}
        }
    }

    /// Adds a row, and tells its number.
    fn insert_row(&self, row: NewAuditRow, number: Option<Arc<Mutex<Option<i64>>>>) {
        let written = self.store.write(move |tx| tx.insert_audit(&row));
        let written = written.map(|added| {
            if let Some(number) = number {
                *number.lock() = Some(added);
            }
        });
        log_unwritten(written);
    }

    pub(super) fn audit(&self, cx: &Cx, request: Audit) -> Result<Page<AuditEntry>> {
        const DEFAULT: u32 = 50;
        let at = PageAt::given(request.page, request.size, DEFAULT)?;
        let zone = self.scheduler.settings().zone.clone();
        let time = |field: &str, text: &Option<String>| -> Result<Option<Time>> {
            text.as_deref()
                .filter(|text| !text.is_empty())
                .map(|text| job_input::when(field, text, &zone, cx.now))
                .transpose()
        };
        let filter = AuditFilter {
            who: request.who.clone(),
            operation: request.operation.clone(),
            target: request.target.clone(),
            address: request.address.as_deref().map(address).transpose()?,
            outcome: request.outcome,
            since: time("since", &request.since)?,
            until: time("until", &request.until)?,
        };
        self.store.read(|reader| {
            let total = reader.audit_total(&filter)?;
            let rows = reader.audit(&filter, at.skipped(), i64::from(at.size))?;
            let entries = rows.into_iter().map(AuditEntry::from).collect();
            Ok(Page::of(entries, total, at))
        })
    }
}

impl Service {
    pub(super) fn changes(&self, _: &Cx, request: Changes) -> Result<Page<AuditEntry>> {
        const DEFAULT: u32 = 50;
        let at = PageAt::given(request.page, request.size, DEFAULT)?;
        self.store.read(|reader| {
            // A removed job has its changes still, as long as the audit keeps them.
            let id = match (find(reader, &request.job), request.job.id()) {
                (Ok(job), _) => job.id,
                (Err(Error::NoSuchJob(_)), Some(id)) if reader.audit_of_job_total(id)? > 0 => id,
                (Err(error), _) => return Err(error),
            };
            let total = reader.audit_of_job_total(id)?;
            let rows = reader.audit_of_job(id, at.skipped(), i64::from(at.size))?;
            let entries = rows
                .into_iter()
                .map(|(row, name)| AuditEntry::from(job_input::part_of(row, &name)))
                .collect();
            Ok(Page::of(entries, total, at))
        })
    }
}

/// The caller in words.
pub(super) fn who(caller: &Caller) -> String {
    match &caller.who {
        Who::User { uid: Some(uid) } => user(*uid),
        Who::Link { uid: Some(uid) } => format!("{} by link", user(*uid)),
        who @ (Who::Daemon
        | Who::User { uid: None }
        | Who::Link { uid: None }
        | Who::Admin { .. }
        | Who::Token { .. }
        | Who::Nobody) => who.to_string(),
    }
}

fn user(uid: u32) -> String {
    match runner::account_name(uid) {
        Some(name) => format!("user {name}"),
        None => format!("uid {uid}"),
    }
}

/// An address as the rows have it: an IPv4 address mapped into IPv6 is written as IPv4.
fn address(text: &str) -> Result<String> {
    let address: IpAddr = text.trim().parse().map_err(|_| {
        Error::invalid("address", format!("`{text}` is not an address"))
            .hint("such as 10.0.0.7 or ::1")
    })?;
    Ok(address.to_canonical().to_string())
}
