//! Changes of the store: each method of [`Tx`] forwards to the backend and adds the events that the change is.

use std::sync::Arc;

use super::reader::{Link, Reader, forward};
use super::{Clearing, Cursor, Fact, Finished, Lease, Limits, Owner, Pruned, Watch};
use jobs_error::Result;
use jobs_events::{self as events, Change, Event, JobChange};
use jobs_model::{
    Admin, AlertTime, Channel, ExecId, IpList, Job, JobId, NewAdmin, NewAuditRow, NewChannel,
    NewExecution, NewSession, NewToken, Session, Status, TimeKind, Token,
};
use jobs_schedule::Time;

/// A transaction: it sees its own changes, and all of them are committed or none.
pub struct Tx<'c> {
    reader: Reader<'c>,
    /// The owner of the leases by which it claims executions.
    owner: Owner,
    /// Published when the transaction is committed, dropped when it is not.
    pending: Vec<Event>,
    pub(super) watch: Arc<Watch>,
    /// Whether it has put a notice into the outbox.
    pub(super) has_notices: bool,
}

/// What is published when a transaction is committed.
pub(super) struct Pending {
    pub events: Vec<Event>,
    pub has_notices: bool,
}

impl<'c> Tx<'c> {
    pub(super) fn new(link: Link<'c>, owner: Owner, watch: Arc<Watch>) -> Self {
        Tx {
            reader: Reader { link },
            owner,
            pending: Vec::new(),
            watch,
            has_notices: false,
        }
    }

    /// Whether anything is watched for alerts.
    pub fn is_watched(&self) -> bool {
        self.watch.is_on()
    }

    /// Adds an event, which is published once this transaction is on disk.
    pub fn tell(&mut self, event: Event) {
        self.pending.push(event);
    }

    /// The numbers and names of the jobs that this transaction has added, changed or removed so far.
    pub fn changed_jobs(&self) -> Vec<(JobId, String)> {
        self.pending
            .iter()
            .filter_map(|event| match event {
                Event::Job(change) => Some((change.job_id?, change.name.clone()?)),
                Event::Started(_) | Event::Finished(_) | Event::Pause(_) => None,
            })
            .collect()
    }

    /// Writes what is written once for the whole transaction.
    pub(super) fn complete(&mut self) -> Result<()> {
        match self.link() {
            Link::Sqlite(session) => session.write_tally(),
        }
    }

    pub(super) fn into_pending(self) -> Pending {
        Pending {
            events: self.pending,
            has_notices: self.has_notices,
        }
    }

    pub(super) const fn lease(&self) -> Lease {
        Lease {
            owner: self.owner,
            until: None,
        }
    }

    pub(super) fn link(&mut self) -> &mut Link<'c> {
        self.reader.link()
    }
}

impl<'c> std::ops::Deref for Tx<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Reader<'c> {
        &self.reader
    }
}

impl<'c> std::ops::DerefMut for Tx<'c> {
    fn deref_mut(&mut self) -> &mut Reader<'c> {
        &mut self.reader
    }
}

/// Jobs.
impl Tx<'_> {
    /// Adds a job and returns it with its number.
    ///
    /// # Errors
    ///
    /// [`jobs_error::Error::Conflict`] when another job has the name.
    pub fn insert_job(&mut self, job: &Job) -> Result<Job> {
        let added = match self.link() {
            Link::Sqlite(session) => session.insert_job(job),
        }?;
        self.note_alerts(&added, added.stopped)?;
        self.tell(Event::Job(JobChange::of(&added, Change::Added)));
        Ok(added)
    }

    /// Writes every field of a job.
    ///
    /// # Errors
    ///
    /// [`jobs_error::Error::Conflict`] when another job has the name.
    pub fn update_job(&mut self, job: &Job) -> Result<()> {
        let was_stopped = match self.link() {
            Link::Sqlite(session) => session.update_job(job),
        }?;
        self.note_alerts(job, was_stopped.unwrap_or(job.stopped))?;
        if let Some(was_stopped) = was_stopped {
            let change = Change::between(was_stopped, job.is_stopped());
            self.tell(Event::Job(JobChange::of(job, change)));
        }
        Ok(())
    }

    /// As [`Tx::advance_job`], with an event when that stops or resumes the job.
    pub fn advance_job_from(&mut self, was_stopped: bool, job: &Job) -> Result<()> {
        self.advance_job(job)?;
        if was_stopped != job.is_stopped() {
            let change = Change::between(was_stopped, job.is_stopped());
            self.tell(Event::Job(JobChange::of(job, change)));
        }
        Ok(())
    }

    /// Removes a job at once. Its history is removed in small steps by [`Tx::prune`].
    pub fn delete_job(&mut self, id: JobId) -> Result<()> {
        let name = match self.link() {
            Link::Sqlite(session) => session.delete_job(id),
        }?;
        if self.watch.is_on() {
            // The next look finds no such job and closes its alerts.
            self.set_alert_time(AlertTime {
                kind: TimeKind::Stopped,
                job_id: id,
                of: 0,
                at: Time::from_millis(0),
            })?;
        }
        if name.is_some() {
            self.tell(Event::Job(JobChange {
                change: Change::Removed,
                job_id: Some(id),
                name,
            }));
        }
        Ok(())
    }

    forward! {
        /// Writes the fields of a job that a claim changes, and no others.
        pub fn advance_job(job: &Job) -> ();
    }
}

/// Executions.
impl Tx<'_> {
    /// Records an execution and returns its number, which is greater than that of every execution before it. If its
    /// status is `running`, the execution is claimed: it gets a lease of this owner.
    pub fn insert_execution(&mut self, execution: &NewExecution) -> Result<ExecId> {
        let lease = (execution.status == Status::Running).then(|| self.lease());
        match self.link() {
            Link::Sqlite(session) => session.insert_execution(execution, lease),
        }
    }

    /// Claims an execution that waited: sets it running from `now` on, with a lease of this owner.
    pub fn set_running(&mut self, exec_id: ExecId, now: Time) -> Result<()> {
        let lease = self.lease();
        match self.link() {
            Link::Sqlite(session) => session.set_running(exec_id, now, lease),
        }
    }

    /// Cancels an execution if it waits.
    pub fn drop_queued(&mut self, exec_id: ExecId, now: Time, why: &str) -> Result<()> {
        let dropped = match self.link() {
            Link::Sqlite(session) => session.drop_queued(exec_id, now, why),
        }?;
        if let Some((job_id, job_name, mode)) = dropped {
            self.tell(Event::Finished(events::Finished {
                exec_id,
                job_id,
                job_name,
                mode,
                status: Status::Cancelled,
                exit_code: None,
                duration_ms: None,
                error: Some(why.to_string()),
                count: 1,
            }));
        }
        Ok(())
    }

    /// Stores a fact and replaces the earlier one of its kind.
    pub fn set_fact(&mut self, fact: &Fact) -> Result<()> {
        match self.link() {
            Link::Sqlite(session) => session.set_fact(fact.key(), &fact.text()),
        }
    }

    forward! {
        /// Records the ends of executions. Ignores executions that have ended already. Returns the others.
        pub fn finish(ends: &[(ExecId, &Finished)]) -> Vec<ExecId>;

        /// Adds `more` occurrences to the latest execution of the job, if it has the same status, source and reason as `like`. Returns
        /// its number then.
        pub fn extend_last(like: &NewExecution, more: i64) -> Option<ExecId>;

        /// Has the next execution get a number above `last`: numbers up to there are in use outside of the database.
        pub fn skip_numbers(last: ExecId) -> ();

        /// Sets the number of retries that may follow an execution to 0.
        pub fn set_no_retries(exec_id: ExecId) -> ();

        /// Copies name and work of the job as it is now into its waiting retries.
        pub fn update_waiting_retries(job: &Job) -> ();

        /// Makes all waiting retries due at `now`: after the clock was set back, the time that they have waited is unknown.
        pub fn hasten_retries(now: Time) -> ();
    }
}

/// Retention.
impl Tx<'_> {
    forward! {
        /// One step of a pass over the history, so small that it does not delay claims.
        pub fn prune(cursor: &mut Cursor, limits: &Limits, now: Time) -> Pruned;

        /// Removes some rows of the audit from before `until`. Returns whether there may be more.
        pub fn prune_audit(until: Time) -> bool;

        /// Removes some of the oldest rows of the audit while there are more than `most`. Returns whether there may be more.
        pub fn prune_audit_beyond(most: u64) -> bool;

        /// A step of counting the executions that were recorded before the store kept counts. Returns whether there are more.
        pub fn count_history() -> bool;

        /// One step of deleting the executions that a caller has selected. Deletes only executions that have ended.
        pub fn clear(which: &mut Clearing) -> Pruned;
    }
}

/// Accounts, tokens, networks, the audit.
impl Tx<'_> {
    forward! {
        /// Adds an account, whose name is not taken.
        pub fn insert_admin(admin: &NewAdmin) -> Admin;

        /// Writes every field of an account.
        pub fn update_admin(admin: &Admin) -> ();

        /// Removes an account.
        pub fn delete_admin(id: i64) -> ();

        /// Adds a token, whose name is not taken.
        pub fn insert_token(token: &NewToken) -> Token;

        /// Removes a token.
        pub fn delete_token(id: i64) -> ();

        /// Adds a session of the web page, seen last when it was made.
        pub fn insert_session(session: &NewSession) -> Session;

        /// Records when a request of a session came last. Changes nothing when the session is gone.
        pub fn set_session_seen(id: i64, at: Time) -> ();

        /// Removes a session. Returns whether there was one.
        pub fn delete_session(id: i64) -> bool;

        /// Removes all sessions.
        pub fn delete_sessions() -> ();

        /// Removes all sessions of an account.
        pub fn delete_sessions_of(account: i64) -> ();

        /// Adds a channel, whose name is not taken.
        pub fn insert_channel(channel: &NewChannel) -> Channel;

        /// Writes name, preset, settings and time of the change of a channel.
        pub fn update_channel(channel: &Channel) -> ();

        /// Removes a channel. Returns whether there was one.
        pub fn delete_channel(id: i64) -> bool;

        /// Adds a network to a list, if the list does not have it.
        pub fn insert_network(list: IpList, network: &str, at: Time) -> ();

        /// Removes a network from a list. Returns whether the list had it.
        pub fn delete_network(list: IpList, network: &str) -> bool;

        /// Adds a row to the audit, and returns its number.
        pub fn insert_audit(row: &NewAuditRow) -> i64;

        /// Replaces the error of a row of the audit, if the row is still there.
        pub fn set_audit_error(id: i64, error: &str) -> ();
    }
}
