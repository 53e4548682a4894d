//! The audit: what is done by whom, with what was there before and after.

mod subject;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Service, given};
use crate::api::{Audit, AuditEntry, Call, Caller, Differences, Page, PageAt, Who};
use crate::error::{Error, Result};
use crate::mask;
use crate::model::{AuditFilter, NewAuditRow, Outcome};
use crate::runner;
use crate::schedule::Time;
use crate::scheduler::clock;
use crate::store::{Reader, Tx};
use crate::text::cut;
pub(super) use subject::add_networks;
use subject::{Look, Subject};

/// What is kept of a name and of an error, in characters: whoever may do nothing may still say anything.
const LONGEST_TARGET: usize = 200;
const LONGEST_ERROR: usize = 1_000;

/// One change that somebody asked for.
pub(super) struct Deed {
    caller: Caller,
    operation: &'static str,
    subject: Subject,
    is_recorded: AtomicBool,
}

/// What stood there before a change, and what it was called.
pub(super) struct Before {
    look: Look,
    name: String,
}

impl Deed {
    pub(super) fn new(caller: &Caller, call: &Call) -> Deed {
        Deed {
            caller: caller.clone(),
            operation: call.method(),
            subject: Subject::of(call),
            is_recorded: AtomicBool::new(false),
        }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.is_recorded.load(Ordering::Relaxed)
    }

    pub(super) fn set_recorded(&self) {
        self.is_recorded.store(true, Ordering::Relaxed);
    }

    /// Whether it is the configuration that changes.
    pub(super) fn is_of_configuration(&self) -> bool {
        matches!(self.subject, Subject::Configuration)
    }

    /// What it is done to, by name.
    pub(super) fn target(&self, reader: &mut Reader<'_>) -> Result<String> {
        Ok(cut(&self.subject.name(reader)?, LONGEST_TARGET))
    }

    /// What stands there now.
    pub(super) fn look(&self, reader: &mut Reader<'_>) -> Result<Before> {
        Ok(Before {
            name: self.target(reader)?,
            look: self.subject.look(reader, &self.caller)?,
        })
    }

    /// Adds the row of a change that was made, to the transaction that made it.
    pub(super) fn record_done(&self, tx: &mut Tx<'_>, before: &Before) -> Result<()> {
        let after = self.subject.look_again(tx, &self.caller, &before.look)?;
        let differences = Differences::between(&before.look.things, &after.things);
        tx.insert_audit(&NewAuditRow {
            target: before.name.clone(),
            before: differences.before,
            after: differences.after,
            ..self.row(Ok(()))
        })
    }

    /// Who does it, in words.
    pub(super) fn who(&self) -> String {
        match &self.caller.who {
            Who::User { uid: Some(uid) } => match runner::account_name(*uid) {
                Some(name) => format!("user {name}"),
                None => format!("uid {uid}"),
            },
            who => who.to_string(),
        }
    }

    /// The row of a change without what was before and after.
    pub(super) fn row(&self, result: Result<(), &Error>) -> NewAuditRow {
        NewAuditRow {
            at: clock::now(),
            transport: self.caller.door.as_str().to_string(),
            who: self.who(),
            address: self.caller.address.map(|address| address.to_string()),
            operation: self.operation.to_string(),
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
        }
    }
}

impl Service {
    pub(super) fn list_audit(&self, ask: &Audit) -> Result<Page<AuditEntry>> {
        const DEFAULT: u32 = 50;
        let at = PageAt::given(ask.page, ask.size, DEFAULT)?;
        let now = clock::now();
        let zone = self.scheduler.settings().zone.clone();
        let time = |field: &str, text: &Option<String>| -> Result<Option<Time>> {
            text.as_deref()
                .filter(|text| !text.is_empty())
                .map(|text| given::when(field, text, &zone, now))
                .transpose()
        };
        let filter = AuditFilter {
            who: ask.who.clone(),
            operation: ask.operation.clone(),
            target: ask.target.clone(),
            address: ask.address.as_deref().map(address).transpose()?,
            outcome: ask.outcome,
            since: time("since", &ask.since)?,
            until: time("until", &ask.until)?,
        };
        self.store.read(|reader| {
            let total = reader.audit_total(&filter)?;
            let rows = reader.audit(&filter, at.skipped(), i64::from(at.size))?;
            let entries = rows.into_iter().map(AuditEntry::from).collect();
            Ok(Page::of(entries, total, at))
        })
    }
}

/// An address as the rows have it.
fn address(text: &str) -> Result<String> {
    let address: IpAddr = text.trim().parse().map_err(|_| {
        Error::invalid("address", format!("`{text}` is not an address"))
            .hint("such as 10.0.0.7 or ::1")
    })?;
    Ok(address.to_canonical().to_string())
}
