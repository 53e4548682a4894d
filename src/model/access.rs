//! Who may come in, and what they have changed.

use super::{Outcome, Role};
use jobs_schedule::Time;

/// An account, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Admin {
    /// Its number.
    pub id: i64,
    /// Its name, unique in any case.
    pub username: String,
    /// Its mail address, or nothing.
    pub email: String,
    /// The role.
    pub role: Role,
    /// Whether it may log in.
    pub enabled: bool,
    /// The hash of its password, by argon2id, in the PHC string format.
    pub password: String,
    /// Rises when what it was given to log in with becomes void.
    pub generation: i64,
    /// When it logged in last.
    pub last_login: Option<Time>,
    /// When it was added.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// An account that is to be stored.
#[derive(Clone, Debug)]
pub struct NewAdmin {
    pub username: String,
    pub email: String,
    pub role: Role,
    pub enabled: bool,
    pub password: String,
    pub generation: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A token for programs, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Its name, unique.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The SHA-256 of its 43 secret characters, in hexadecimal digits. They are random, so this says nothing of them.
    pub hash: String,
    /// The time from which the token is not valid any more.
    pub expires_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: String,
}

/// A token that is to be stored.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: String,
    pub role: Role,
    pub hash: String,
    pub expires_at: Option<Time>,
    pub created_at: Time,
    pub created_by: String,
}

/// A change that was made or tried.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Its number, rising.
    pub id: i64,
    /// When.
    pub at: Time,
    /// The transport that brought the call: `socket`, `http` or `inside`.
    pub transport: String,
    /// The caller: `user NAME` of the operating system, `account NAME`, `token NAME`, `daemon` or `nobody`.
    pub who: String,
    /// From which address, when over a network.
    pub address: Option<String>,
    /// The operation.
    pub operation: String,
    /// The subject of the change.
    pub target: String,
    /// What was there before, as JSON, without what is the same; secrets read as `***`.
    pub before: Option<String>,
    /// The values after the change, in the same way.
    pub after: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// Why the change was not made.
    pub error: Option<String>,
}

/// A change that is to be stored.
#[derive(Clone, Debug)]
pub struct NewAuditRow {
    pub at: Time,
    pub transport: String,
    pub who: String,
    pub address: Option<String>,
    pub operation: String,
    pub target: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub outcome: Outcome,
    pub error: Option<String>,
}

/// Which changes are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// A part of who it was.
    pub who: Option<String>,
    /// The operation.
    pub operation: Option<String>,
    /// A part of what it was done to.
    pub target: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// Not before this.
    pub since: Option<Time>,
    /// Before this.
    pub until: Option<Time>,
}
