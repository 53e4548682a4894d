//! The caller of an operation.

use std::net::IpAddr;

use jobs_error::{Error, Result};
use jobs_model::Role;

/// A caller: identity, transport and role.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// The caller's identity.
    pub who: Who,
    /// The transport by which the call arrives.
    pub transport: Transport,
    /// The caller's role. Absent for an unauthenticated caller, who may call the operations that are open to anyone.
    pub role: Option<Role>,
    /// The network address of the caller; absent on the local socket.
    pub address: Option<IpAddr>,
    /// The number of the session of the web page in which the call is made.
    pub session: Option<i64>,
}

/// The identity of a caller.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// The daemon itself, because of a signal or a changed file.
    Daemon,
    /// An account of the operating system, over the local socket.
    User {
        /// The user id, where the system reports it.
        uid: Option<u32>,
    },
    /// An account of the operating system, in the web page after it entered by a link.
    Link {
        /// The user id, where the system reports it.
        uid: Option<u32>,
    },
    /// An account of `jobs`.
    Admin {
        /// Its number.
        id: i64,
        /// The name.
        name: String,
    },
    /// A program with a token of its own.
    Token {
        /// The number of the token.
        id: i64,
        /// The name.
        name: String,
    },
    /// An unauthenticated caller.
    Nobody,
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Who::Daemon => f.write_str("daemon"),
            Who::User { uid: Some(uid) } => write!(f, "uid {uid}"),
            Who::User { uid: None } => f.write_str("user"),
            Who::Link { uid: Some(uid) } => write!(f, "uid {uid} by link"),
            Who::Link { uid: None } => f.write_str("user by link"),
            Who::Admin { name, .. } => write!(f, "account {name}"),
            Who::Token { name, .. } => write!(f, "token {name}"),
            Who::Nobody => f.write_str("nobody"),
        }
    }
}

/// The way by which a call arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// No transport: the daemon itself calls.
    Inside,
    /// The local socket.
    Socket,
    /// HTTP.
    Http,
}

impl Transport {
    /// The word that the audit has for the transport.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Inside => "inside",
            Transport::Socket => "socket",
            Transport::Http => "http",
        }
    }
}

impl Caller {
    /// The daemon itself.
    pub fn daemon() -> Caller {
        Caller {
            who: Who::Daemon,
            transport: Transport::Inside,
            role: Some(Role::Admin),
            address: None,
            session: None,
        }
    }

    /// A user of the operating system on the local socket. Its folder is closed to others, so this caller may do everything.
    pub fn user(uid: Option<u32>) -> Caller {
        Caller {
            who: Who::User { uid },
            transport: Transport::Socket,
            role: Some(Role::Admin),
            address: None,
            session: None,
        }
    }

    /// Checks that the caller's role is at least the one that an operation needs.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`] for an unauthenticated caller, [`Error::Forbidden`] when the role is too small.
    pub fn may(&self, operation: &str, needed: Option<Role>) -> Result<()> {
        match (needed, self.role) {
            (None, _) => Ok(()),
            (Some(needed), Some(role)) if role >= needed => Ok(()),
            (Some(_), None) => Err(Error::Unauthorized(
                "say who you are: a token is needed".into(),
            )),
            (Some(needed), Some(role)) => Err(Error::Forbidden(format!(
                "`{operation}` needs the role {needed}; you have {role}"
            ))),
        }
    }

    /// An unauthenticated caller from that address.
    pub fn nobody(address: IpAddr) -> Caller {
        Caller {
            who: Who::Nobody,
            transport: Transport::Http,
            role: None,
            address: Some(address),
            session: None,
        }
    }
}
