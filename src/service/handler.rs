//! The service as the [`Handler`] of the transports: checks roles, dispatches calls, and audits every change.

use std::net::IpAddr;
use std::sync::Arc;

use super::audit::{self, AuditRecord};
use super::response_cache::CacheableRequest;
use super::{Cx, Service};
use jobs_api::{Answer, Call, Caller, Differences, Fields, Handler, SharedAnswer};
use jobs_error::{Error, Result};
use jobs_events::Events;
use jobs_model::Role;
use jobs_schedule::Time;
use jobs_scheduler::Settings;
use jobs_store::Tx;

/// From the table of operations: the dispatch of a call to the method that has the name of its operation.
macro_rules! dispatch {
    ($($(#[$doc:meta])+ $method:ident: $request:ident => $answer:ty [$($columns:tt)+];)+) => {
        impl Service {
            fn dispatch(&self, cx: &Cx, call: Call) -> Result<Answer> {
                match call {
                    $(Call::$request(request) => {
                        self.$method(cx, request).map(|answer| Answer::$request(Box::new(answer)))
                    })+
                }
            }
        }
    };
}

jobs_api::operations!(dispatch);

impl Handler for Service {
    fn answer(&self, caller: &Caller, call: Call) -> Result<Answer> {
        let audit = AuditRecord::of(caller, &call).map(Arc::new);
        if let Err(error) = caller.may(call.method(), call.role()) {
            if let Some(audit) = audit.filter(|_| caller.role.is_some()) {
                self.write_audit(&audit, Err(&error), Differences::default());
            }
            return Err(error);
        }
        let cx = Cx {
            caller,
            now: self.now(),
            audit,
        };
        let before = self.configuration(&cx);
        let result = self.dispatch(&cx, call);
        if let Some(audit) = &cx.audit
            && !audit.is_recorded()
            && !is_noise(caller, &result)
        {
            let differences = Differences::between(&before, &self.configuration(&cx));
            self.write_audit(audit, result.as_ref().map(|_| ()), differences);
        }
        result
    }

    fn answer_text(&self, caller: &Caller, call: Call) -> Result<SharedAnswer> {
        match cacheable(caller, &call) {
            Some(request) => self.answer_and_cache(request),
            None => self.answer(caller, call).map(SharedAnswer::from),
        }
    }

    fn cached(&self, caller: &Caller, call: &Call) -> Option<SharedAnswer> {
        self.cached_answer(&cacheable(caller, call)?)
    }

    fn audit_denied(&self, caller: &Caller, operation: &'static str, needed: Option<Role>) {
        // Anyone could fill the audit with refusals of anonymous calls.
        if caller.role.is_some()
            && let Err(error) = caller.may(operation, needed)
        {
            self.write_denied(caller, operation, &error);
        }
    }

    fn authenticate(&self, token: &str, address: IpAddr) -> Result<Caller> {
        self.access.authenticate(token, address)
    }

    fn authenticate_session(&self, secret: &str, key: &str, address: IpAddr) -> Result<Caller> {
        self.access.authenticate_session(secret, key, address)
    }

    fn session_seen(&self, session: i64) {
        self.access.session_seen(session);
    }

    fn events(&self, caller: &Caller) -> Result<Events> {
        caller.may("events", Some(Role::Viewer))?;
        Ok(self.store.events().clone())
    }

    fn is_allowed(&self, address: IpAddr) -> bool {
        self.access.is_allowed(address)
    }

    fn access_version(&self) -> u64 {
        self.access.version()
    }

    fn on_access_change(&self, changed: Box<dyn Fn() -> bool + Send + Sync>) {
        self.access.on_change(changed);
    }
}

impl Service {
    /// Changes existing jobs, or whether they are due: a [`Service::write`] that first waits until claimed executions have
    /// begun. `work` gets the settings, and the time inside of the transaction: a time from before the wait could be earlier
    /// than an occurrence that was claimed meanwhile, and that occurrence would run again.
    pub(super) fn change_jobs<T, F>(&self, cx: &Cx, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, &Settings, Time) -> Result<T> + Send + 'static,
    {
        let _change = self.scheduler.change();
        let settings = self.scheduler.settings();
        let clock = self.clock.clone();
        self.write(cx, move |tx| work(tx, &settings, clock.now()))
    }

    /// As [`Service::change_jobs`]; a dry run reports what the change would do, and changes nothing.
    pub(super) fn change_or_report<T, F>(&self, cx: &Cx, is_dry_run: bool, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, &Settings, Time) -> Result<T> + Send + 'static,
    {
        if !is_dry_run {
            return self.change_jobs(cx, work);
        }
        let settings = self.scheduler.settings();
        let clock = self.clock.clone();
        self.store
            .dry_run(move |tx| work(tx, &settings, clock.now()))
    }

    /// Writes to the store. The first write of an audited call stores the audit row in the same transaction.
    pub(super) fn write<T, F>(&self, cx: &Cx, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let Some(audit) = cx.audit.as_ref().filter(|audit| !audit.is_recorded()) else {
            return self.store.write(work);
        };
        let written = {
            let (audit, clock) = (audit.clone(), self.clock.clone());
            self.store.write(move |tx| {
                let before = audit.before(tx)?;
                let value = work(tx)?;
                audit.record_done(tx, &before, clock.now())?;
                Ok(value)
            })
        };
        if written.is_ok() {
            audit.set_recorded();
        }
        written
    }

    /// For a call that changes the configuration: the configuration, and the access lists that a reload changes with it.
    /// Otherwise nothing.
    fn configuration(&self, cx: &Cx) -> Fields {
        let mut fields = Fields::default();
        if !cx
            .audit
            .as_ref()
            .is_some_and(|audit| audit.is_of_configuration())
        {
            return fields;
        }
        self.host.add_config(&mut fields);
        match self.store.read(|reader| reader.networks()) {
            Ok(networks) => audit::add_networks(&mut fields, networks),
            Err(error) => tracing::error!(%error, "the lists of networks can't be audited"),
        }
        fields
    }
}

/// Whether a failed call is left out of the audit: rate-limited calls, and invalid calls of unauthenticated callers. Anyone could
/// fill the audit table with them.
fn is_noise(caller: &Caller, result: &Result<Answer>) -> bool {
    match result {
        Err(Error::TooMany { .. }) => true,
        Err(Error::Invalid { .. }) => caller.role.is_none(),
        Ok(_) | Err(_) => false,
    }
}

/// The request, if its answer may be cached and the caller may have it.
fn cacheable(caller: &Caller, call: &Call) -> Option<CacheableRequest> {
    let request = CacheableRequest::of(call)?;
    caller.may(call.method(), call.role()).ok()?;
    Some(request)
}
