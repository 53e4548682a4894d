//! What the doors hand their calls to: who may do what, and that every change is audited.

use std::net::IpAddr;
use std::sync::Arc;

use super::Service;
use super::audit::{self, Deed};
use super::kept::Asked;
use crate::api::{Answered, Call, Caller, Calls, Differences, Reply, Things};
use crate::error::{Error, Result};
use crate::events::Events;
use crate::model::{NewAuditRow, Role};
use crate::scheduler::Settings;
use crate::store::Tx;

impl Calls for Service {
    fn answer(&self, caller: &Caller, call: Call) -> Result<Reply> {
        let deed = Arc::new(Deed::new(caller, &call));
        let is_change = call.is_change() && !only_reports(&call);
        if let Err(error) = caller.may(call.method(), call.role()) {
            if is_change && caller.role.is_some() {
                self.record(&deed, Err(&error), Differences::default());
            }
            return Err(error);
        }
        let bound = Service {
            deed: Some(deed.clone()),
            ..self.clone()
        };
        let configuration = || -> Things {
            match deed.is_of_configuration() {
                true => self.configuration(),
                false => Things::default(),
            }
        };
        let before = configuration();
        let result = call.answer(&bound);
        // Whoever was told to come later has not been listened to; and what anybody may say leaves nothing behind when it says
        // nothing.
        let is_nothing = match &result {
            Err(Error::TooMany { .. }) => true,
            Err(Error::Invalid { .. }) => caller.role.is_none(),
            _ => false,
        };
        if is_change && !deed.is_recorded() && !is_nothing {
            let differences = Differences::between(&before, &configuration());
            self.record(&deed, result.as_ref().map(|_| ()), differences);
        }
        result
    }

    fn tell(&self, caller: &Caller, call: Call) -> Result<Answered> {
        match asked_by(caller, &call) {
            Some(asked) => self.answer_and_keep(asked),
            None => self.answer(caller, call).map(Answered::from),
        }
    }

    fn at_hand(&self, caller: &Caller, call: &Call) -> Option<Answered> {
        self.kept_answer(&asked_by(caller, call)?)
    }

    fn bearer(&self, token: &str, address: IpAddr) -> Result<Caller> {
        self.access.bearer(token, address)
    }

    fn events(&self, caller: &Caller) -> Result<Events> {
        caller.may("events", Some(Role::Viewer))?;
        Ok(self.store.events().clone())
    }

    fn lets_in(&self, address: IpAddr) -> bool {
        self.access.lets_in(address)
    }

    fn access_version(&self) -> u64 {
        self.access.version()
    }
}

impl Service {
    /// Changes jobs that are there, or whether they are due: a [`Service::write`] that waits, for a moment, until what is
    /// claimed has begun. `work` is told what the configuration says by then, and asks for the time itself.
    pub(super) fn change_jobs<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, &Settings) -> Result<T> + Send + 'static,
    {
        let _change = self.scheduler.change();
        let settings = self.scheduler.settings();
        self.write(move |tx| work(tx, &settings))
    }

    /// Does a write; when it is the change that a door asked for, its row of the audit is part of the same transaction.
    pub(super) fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let Some(deed) = self.deed.clone().filter(|deed| !deed.is_recorded()) else {
            return self.store.write(work);
        };
        let written = {
            let deed = deed.clone();
            self.store.write(move |tx| {
                let before = deed.look(tx)?;
                let value = work(tx)?;
                deed.record_done(tx, &before)?;
                Ok(value)
            })
        };
        if written.is_ok() {
            deed.set_recorded();
        }
        written
    }

    /// Who calls, as far as it is known.
    pub(super) fn caller(&self) -> Option<&Caller> {
        self.deed.as_ref().map(|deed| deed.caller())
    }

    /// Records what changed nothing in the store, or was not done.
    fn record(&self, deed: &Arc<Deed>, result: Result<(), &Error>, differences: Differences) {
        let row = NewAuditRow {
            before: differences.before,
            after: differences.after,
            ..deed.row(result)
        };
        let deed = deed.clone();
        let written = self.store.write(move |tx| {
            let target = deed.target(tx)?;
            tx.insert_audit(&NewAuditRow { target, ..row })
        });
        if let Err(error) = written {
            tracing::error!(%error, "a change could not be audited");
        }
    }

    /// The configuration that holds, with what a reload of it changes in the store.
    fn configuration(&self) -> Things {
        let mut things = Things::default();
        self.host.add_config(&mut things);
        match self.store.read(|reader| reader.networks()) {
            Ok(networks) => audit::add_networks(&mut things, networks),
            Err(error) => tracing::error!(%error, "the lists of networks can't be audited"),
        }
        things
    }
}

/// What is asked for, where the answer may be kept and the caller may have it.
fn asked_by(caller: &Caller, call: &Call) -> Option<Asked> {
    let asked = Asked::of(call)?;
    caller.may(call.method(), call.role()).ok()?;
    Some(asked)
}

/// Whether a call only tells what it would do.
fn only_reports(call: &Call) -> bool {
    matches!(call, Call::Import(ask) if ask.dry_run)
}
