//! Who calls an operation, and what every door hands its calls to.

use std::net::IpAddr;

use super::{Answered, Call, Reply};
use crate::error::{Error, Result};
use crate::events::Events;
use crate::model::Role;

/// Who calls, by which door, and what they may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// Who it is.
    pub who: Who,
    /// By which door.
    pub door: Door,
    /// What they may do; nothing but what anyone may when absent.
    pub role: Option<Role>,
    /// From which address, when they come over a network.
    pub address: Option<IpAddr>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// The daemon itself: a signal, a file that changed.
    Daemon,
    /// An account of the operating system, over the local socket.
    User {
        /// Its number, where the system tells it.
        uid: Option<u32>,
    },
    /// An account of ours.
    Admin {
        /// Its number.
        id: i64,
        /// Its name.
        name: String,
    },
    /// A program with a token of its own.
    Token {
        /// The number of the token.
        id: i64,
        /// Its name.
        name: String,
    },
    /// Somebody who has not said who they are.
    Nobody,
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Who::Daemon => f.write_str("daemon"),
            Who::User { uid: Some(uid) } => write!(f, "uid {uid}"),
            Who::User { uid: None } => f.write_str("user"),
            Who::Admin { name, .. } => write!(f, "account {name}"),
            Who::Token { name, .. } => write!(f, "token {name}"),
            Who::Nobody => f.write_str("nobody"),
        }
    }
}

/// By which door a call comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// None: the daemon itself.
    Inside,
    /// The local socket.
    Socket,
    /// HTTP.
    Http,
}

impl Door {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Door::Inside => "inside",
            Door::Socket => "socket",
            Door::Http => "http",
        }
    }
}

impl Caller {
    /// The daemon itself.
    pub fn daemon() -> Caller {
        Caller {
            who: Who::Daemon,
            door: Door::Inside,
            role: Some(Role::Admin),
            address: None,
        }
    }

    /// Somebody who may speak on the local socket, and so may do everything.
    pub fn user(uid: Option<u32>) -> Caller {
        Caller {
            who: Who::User { uid },
            door: Door::Socket,
            role: Some(Role::Admin),
            address: None,
        }
    }

    /// Whether their role will do for an operation.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`] when nobody knows who it is, [`Error::Forbidden`] when the role is too small.
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

    /// Somebody from that address who has not said who they are.
    pub fn nobody(address: IpAddr) -> Caller {
        Caller {
            who: Who::Nobody,
            door: Door::Http,
            role: None,
            address: Some(address),
        }
    }
}

/// What a door hands its calls to: it knows who may do what, and keeps the audit. What is not said to be different blocks.
pub trait Calls: Send + Sync {
    /// Does what the call says, if the caller may.
    fn answer(&self, caller: &Caller, call: Call) -> Result<Reply>;

    /// As [`Calls::answer`], for a door that writes the answer down.
    ///
    /// # Errors
    ///
    /// As [`Calls::answer`].
    fn tell(&self, caller: &Caller, call: Call) -> Result<Answered> {
        self.answer(caller, call).map(Answered::from)
    }

    /// What [`Calls::tell`] would say, where that is known without a search: the one thing here that does not block.
    fn at_hand(&self, caller: &Caller, call: &Call) -> Option<Answered> {
        let _ = (caller, call);
        None
    }

    /// Who comes with this token from that address.
    ///
    /// # Errors
    ///
    /// [`crate::error::Error::Unauthorized`] when the token is void.
    fn bearer(&self, token: &str, address: IpAddr) -> Result<Caller>;

    /// What happens in the house, for those who may look on.
    ///
    /// # Errors
    ///
    /// [`crate::error::Error::Unauthorized`] for somebody who has no role.
    fn events(&self, caller: &Caller) -> Result<Events>;

    /// Whether somebody from that address may use a door to the network at all.
    fn lets_in(&self, address: IpAddr) -> bool;

    /// A number that is another one when what [`Calls::bearer`] or [`Calls::lets_in`] say may be something else.
    fn access_version(&self) -> u64;
}
