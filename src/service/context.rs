//! The context of a call.

use std::sync::Arc;

use super::Service;
use super::audit::AuditRecord;
use jobs_api::Caller;
use jobs_schedule::Time;

/// The context of one call, given to every method of the service.
pub(super) struct Cx<'a> {
    /// The caller.
    pub caller: &'a Caller,
    /// The time at which the call began. A method that waits, for the store or for an execution, reads the clock again.
    pub now: Time,
    /// The audit record that the first write of the call stores in its transaction. Absent for a call that only reads, and for
    /// the daemon's own work.
    pub audit: Option<Arc<AuditRecord>>,
}

impl<'a> Cx<'a> {
    /// The same call by another caller: one who was nobody until the call told who it is.
    pub fn of_caller<'b>(&self, caller: &'b Caller) -> Cx<'b> {
        let audit = self.audit.as_ref();
        Cx {
            caller,
            now: self.now,
            audit: audit.map(|audit| Arc::new(audit.of_caller(caller))),
        }
    }

    /// Leaves out the audit of this call if the same call by another caller was audited.
    pub fn set_audited_by(&self, other: &Cx) {
        if let (Some(own), Some(other)) = (&self.audit, &other.audit)
            && other.is_recorded()
        {
            own.set_recorded();
        }
    }

    /// A context without an audit record.
    pub fn unaudited(service: &Service, caller: &'a Caller) -> Cx<'a> {
        Cx {
            caller,
            now: service.now(),
            audit: None,
        }
    }
}
