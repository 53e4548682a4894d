//! The [`Handler`], to which every transport gives its calls.

use std::net::IpAddr;

use super::{Answer, Call, Caller, SharedAnswer};
use jobs_error::Result;
use jobs_events::Events;
use jobs_model::Role;

/// The object behind every transport: it checks roles, executes calls and keeps the audit. Its methods block unless their doc
/// says otherwise.
pub trait Handler: Send + Sync {
    /// Executes a call, if the caller's role allows it.
    fn answer(&self, caller: &Caller, call: Call) -> Result<Answer>;

    /// As [`Handler::answer`], for a transport that writes the answer as text: the text may have been made before.
    ///
    /// # Errors
    ///
    /// As [`Handler::answer`].
    fn answer_text(&self, caller: &Caller, call: Call) -> Result<SharedAnswer> {
        self.answer(caller, call).map(SharedAnswer::from)
    }

    /// The answer of [`Handler::answer_text`] if it is in the response cache. The only method that does not block.
    fn cached(&self, caller: &Caller, call: &Call) -> Option<SharedAnswer> {
        let _ = (caller, call);
        None
    }

    /// Audits that a caller was refused an operation because of its role, before the parameters were read. `needed` is the role
    /// that the operation needs.
    fn audit_denied(&self, caller: &Caller, operation: &'static str, needed: Option<Role>) {
        let _ = (caller, operation, needed);
    }

    /// The caller who sends this token from that address.
    ///
    /// # Errors
    ///
    /// [`jobs_error::Error::Unauthorized`] when the token is void.
    fn authenticate(&self, token: &str, address: IpAddr) -> Result<Caller>;

    /// The caller who sends the secret of a session of the web page and its page key, from that address.
    ///
    /// # Errors
    ///
    /// [`jobs_error::Error::Unauthorized`] when there is no such session or the key is another one.
    fn authenticate_session(&self, secret: &str, key: &str, address: IpAddr) -> Result<Caller> {
        let _ = (secret, key, address);
        Err(jobs_error::Error::Unauthorized(
            "there are no sessions here".into(),
        ))
    }

    /// Notes that somebody uses a session now, so that it does not end for being idle. Does not block.
    fn session_seen(&self, session: i64) {
        let _ = session;
    }

    /// The stream of events, for callers with a role.
    ///
    /// # Errors
    ///
    /// [`jobs_error::Error::Unauthorized`] for a caller without a role.
    fn events(&self, caller: &Caller) -> Result<Events>;

    /// Whether the access lists let this address use a network transport.
    fn is_allowed(&self, address: IpAddr) -> bool;

    /// A counter that changes whenever [`Handler::authenticate`] or [`Handler::is_allowed`] may answer differently.
    fn access_version(&self) -> u64;

    /// Calls `changed` after each change of [`Handler::access_version`], until it returns false.
    fn on_access_change(&self, changed: Box<dyn Fn() -> bool + Send + Sync>) {
        let _ = changed;
    }
}
