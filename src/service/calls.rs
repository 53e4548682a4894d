//! What the doors hand their calls to: who may do what, and that every change is audited.

use std::net::IpAddr;
use std::sync::Arc;

use super::Service;
use super::audit::Deed;
use crate::api::{Call, Caller, Calls, Reply};
use crate::error::{Error, Result};
use crate::events::Events;
use crate::model::Role;
use crate::store::Tx;

impl Calls for Service {
    fn answer(&self, caller: &Caller, call: Call) -> Result<Reply> {
        let deed = Deed::new(caller, &call);
        if let Err(error) = caller.may(call.method(), call.role()) {
            if call.is_change() && caller.role.is_some() {
                self.record(&deed, Err(&error));
            }
            return Err(error);
        }
        let is_change = call.is_change();
        let deed = Arc::new(deed);
        let bound = Service {
            deed: Some(deed.clone()),
            ..self.clone()
        };
        let result = call.answer(&bound);
        // Whoever was told to come later has not been listened to.
        if is_change && !deed.is_recorded() && !matches!(result, Err(Error::TooMany { .. })) {
            self.record(&deed, result.as_ref().map(|_| ()));
        }
        result
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
}

impl Service {
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
                deed.record_done(tx, before)?;
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
    fn record(&self, deed: &Deed, result: Result<(), &Error>) {
        let row = deed.row(result);
        if let Err(error) = self.store.write(move |tx| tx.insert_audit(&row)) {
            tracing::error!(%error, "a change could not be audited");
        }
    }
}
