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
    /// A context without an audit record.
    pub fn unaudited(service: &Service, caller: &'a Caller) -> Cx<'a> {
        Cx {
            caller,
            now: service.now(),
            audit: None,
        }
    }
}
