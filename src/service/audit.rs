//! The audit: what is done by whom, with what was there before and after.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::access::account;
use super::{Service, find, given, jobs};
use crate::api::{
    AdminRef, Audit, AuditEntry, Call, Caller, Differences, JobRef, Page, PageAt, Things, Who,
};
use crate::error::{Error, Result};
use crate::mask;
use crate::model::{AuditFilter, JobId, NewAuditRow, Outcome};
use crate::runner;
use crate::schedule::Time;
use crate::scheduler::clock;
use crate::store::{Reader, Tx};

/// One change that somebody asked for.
pub(super) struct Deed {
    caller: Caller,
    operation: &'static str,
    subject: Subject,
    is_recorded: AtomicBool,
}

/// What a change is done to.
enum Subject {
    Jobs(Vec<JobRef>),
    /// A job that is to be added, by its name.
    NewJob(String),
    Admin(AdminRef),
    NewAdmin(String),
    /// The account that calls.
    Oneself,
    Token(AdminRef),
    NewToken(String),
    Networks,
    /// Nothing that is looked at before and after.
    Other(String),
}

/// What stood there before a change.
pub(super) struct Before {
    things: Things,
    /// A job may get another name: it keeps its number.
    jobs: BTreeMap<JobId, String>,
}

impl Deed {
    pub(super) fn new(caller: &Caller, call: &Call) -> Deed {
        Deed {
            caller: caller.clone(),
            operation: call.method(),
            subject: subject(call),
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

    /// What stands there now.
    pub(super) fn look(&self, reader: &mut Reader<'_>) -> Result<Before> {
        let mut before = Before {
            things: Things::default(),
            jobs: BTreeMap::new(),
        };
        match &self.subject {
            Subject::Jobs(refs) => {
                for job in refs {
                    // One that does not exist is refused by the change itself.
                    let Ok(job) = find(reader, job) else { continue };
                    before.jobs.insert(job.id, job.name.clone());
                    let name = job.name.clone();
                    before
                        .things
                        .add(name, &jobs::view(reader, job, clock::now())?.job);
                }
            }
            Subject::NewJob(_) | Subject::NewAdmin(_) | Subject::NewToken(_) => {}
            Subject::Admin(_) | Subject::Oneself | Subject::Token(_) | Subject::Networks => {
                self.look_at_access(reader, &mut before.things)?;
            }
            Subject::Other(_) => {}
        }
        Ok(before)
    }

    /// Adds the row of a change that was made, to the transaction that made it.
    pub(super) fn record_done(&self, tx: &mut Tx<'_>, before: Before) -> Result<()> {
        let mut after = Things::default();
        match &self.subject {
            Subject::Jobs(_) => {
                for (id, name) in before.jobs {
                    if let Some(job) = tx.job(id)? {
                        after.add(name, &jobs::view(tx, job, clock::now())?.job);
                    }
                }
            }
            Subject::NewJob(name) => {
                if let Some(job) = tx.job_named(name)? {
                    after.add(name.clone(), &jobs::view(tx, job, clock::now())?.job);
                }
            }
            Subject::Admin(_)
            | Subject::NewAdmin(_)
            | Subject::Oneself
            | Subject::Token(_)
            | Subject::NewToken(_)
            | Subject::Networks => self.look_at_access(tx, &mut after)?,
            Subject::Other(_) => {}
        }
        let differences = Differences::between(&before.things, &after);
        tx.insert_audit(&NewAuditRow {
            before: differences.before,
            after: differences.after,
            ..self.row(Ok(()))
        })
    }

    fn look_at_access(&self, reader: &mut Reader<'_>, things: &mut Things) -> Result<()> {
        match &self.subject {
            Subject::Admin(admin) => {
                if let Some(admin) = reader.admin(admin.as_str())? {
                    things.add(admin.username.clone(), &account(admin));
                }
            }
            Subject::NewAdmin(name) => {
                if let Some(admin) = reader.admin(name)? {
                    things.add(admin.username.clone(), &account(admin));
                }
            }
            Subject::Oneself => {
                if let Who::Admin { name, .. } = &self.caller.who
                    && let Some(admin) = reader.admin(name)?
                {
                    things.add(admin.username.clone(), &account(admin));
                }
            }
            Subject::Token(token) => {
                if let Some(token) = reader.token(token.as_str())? {
                    things.add(token.name.clone(), &crate::api::TokenInfo::from(token));
                }
            }
            Subject::NewToken(name) => {
                if let Some(token) = reader.token(name)? {
                    things.add(token.name.clone(), &crate::api::TokenInfo::from(token));
                }
            }
            Subject::Networks => {
                for (list, network) in reader.networks()? {
                    things.add(format!("{list} {network}"), &true);
                }
            }
            Subject::Jobs(_) | Subject::NewJob(_) | Subject::Other(_) => {}
        }
        Ok(())
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
            door: self.caller.door.as_str().to_string(),
            who: self.who(),
            address: self.caller.address.map(|address| address.to_string()),
            operation: self.operation.to_string(),
            target: self.subject.to_string(),
            before: None,
            after: None,
            outcome: match result {
                Ok(()) => Outcome::Done,
                Err(Error::Forbidden(_)) => Outcome::Denied,
                Err(_) => Outcome::Failed,
            },
            error: result
                .err()
                .map(|error| mask::text(&error.to_string()).into_owned()),
        }
    }
}

/// What a call is done to.
fn subject(call: &Call) -> Subject {
    match call {
        Call::Add(ask) => Subject::NewJob(ask.name.clone()),
        Call::Edit(ask) => Subject::Jobs(vec![ask.job.clone()]),
        Call::Rm(ask) => Subject::Jobs(ask.jobs.clone()),
        Call::Stop(ask) => Subject::Jobs(ask.jobs.clone()),
        Call::Restart(ask) => Subject::Jobs(ask.jobs.clone()),
        Call::Skip(ask) => Subject::Jobs(vec![ask.job.clone()]),
        Call::Run(ask) => Subject::Other(ask.job.to_string()),
        Call::Cancel(ask) => Subject::Other(format!("execution {}", ask.exec_id)),
        Call::Import(ask) => Subject::Other(ask.origin.clone()),
        Call::ClearLogs(ask) => Subject::Other(match &ask.job {
            Some(job) => job.to_string(),
            None => "system log".into(),
        }),
        // Anybody may say anything here.
        Call::Login(ask) => Subject::Other(ask.username.chars().take(64).collect()),
        Call::ProfileEdit(_) => Subject::Oneself,
        Call::AdminAdd(ask) => Subject::NewAdmin(ask.username.clone()),
        Call::AdminEdit(ask) => Subject::Admin(ask.admin.clone()),
        Call::AdminPasswd(ask) => Subject::Admin(ask.admin.clone()),
        Call::AdminStatus(ask) => Subject::Admin(ask.admin.clone()),
        Call::AdminRm(ask) => Subject::Admin(ask.admin.clone()),
        Call::TokenAdd(ask) => Subject::NewToken(ask.name.clone()),
        Call::TokenRm(ask) => Subject::Token(ask.token.clone()),
        Call::IpAdd(_) | Call::IpRemove(_) => Subject::Networks,
        _ => Subject::Other(String::new()),
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// So many are named.
        const NAMED: usize = 20;
        match self {
            Subject::Jobs(jobs) => {
                let names: Vec<&str> = jobs.iter().take(NAMED).map(JobRef::as_str).collect();
                f.write_str(&names.join(", "))?;
                match jobs.len().saturating_sub(NAMED) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Subject::NewJob(name) | Subject::NewAdmin(name) | Subject::NewToken(name) => {
                f.write_str(name)
            }
            Subject::Admin(name) | Subject::Token(name) => f.write_str(name.as_str()),
            Subject::Networks => f.write_str("ip control"),
            Subject::Oneself => f.write_str("own account"),
            Subject::Other(text) => f.write_str(text),
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
            address: ask.address.clone(),
            outcome: ask.outcome,
            since: time("since", &ask.since)?,
            until: time("until", &ask.until)?,
        };
        self.store.read(|reader| {
            let total = reader.audit_total(&filter)?;
            let rows = reader.audit(&filter, at.skipped(), i64::from(at.size))?;
            Ok(Page::of(rows, total, at))
        })
    }
}
