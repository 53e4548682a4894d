//! Accounts, tokens and the audit table.

use super::{JobId, Outcome, Role};
use jobs_schedule::Time;

/// An account, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Admin {
    /// Number of the account.
    pub id: i64,
    /// Name of the account, unique even if upper and lower case are not distinguished.
    pub username: String,
    /// Mail address; empty when there is none.
    pub email: String,
    /// The role.
    pub role: Role,
    /// Whether the account may log in.
    pub enabled: bool,
    /// Hash of the password, by argon2id, in the PHC string format.
    pub password: String,
    /// Generation counter of the account. When it rises, all earlier logins of the account become invalid.
    pub generation: i64,
    /// Time of the last login.
    pub last_login: Option<Time>,
    /// When the account was added.
    pub created_at: Time,
    /// When the account was last changed.
    pub updated_at: Time,
}

/// An account before it is stored; the store sets its number.
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
    /// Number of the token.
    pub id: i64,
    /// Name of the token, unique.
    pub name: String,
    /// The role.
    pub role: Role,
    /// SHA-256 of the 43 secret characters, in hexadecimal digits. The characters are random, so the hash does not reveal them.
    pub hash: String,
    /// The instant at which the token expires; none: never.
    pub expires_at: Option<Time>,
    /// When the token was made.
    pub created_at: Time,
    /// The caller that made the token.
    pub created_by: String,
}

/// A token before it is stored; the store sets its number.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub name: String,
    pub role: Role,
    pub hash: String,
    pub expires_at: Option<Time>,
    pub created_at: Time,
    pub created_by: String,
}

/// A session of the web page, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Number of the session.
    pub id: i64,
    /// SHA-256 of the secret in the cookie, in hexadecimal digits. The secret is random, so the hash does not reveal it.
    pub secret: String,
    /// SHA-256 of the page key, which the page sends in a header.
    pub key: String,
    /// The account; absent for a user of the operating system, who entered by a link.
    pub account: Option<i64>,
    /// Generation counter of the account when the session began. When that rises, the session is void.
    pub generation: i64,
    /// The user of the operating system; absent for an account, and where the system reports none.
    pub uid: Option<i64>,
    /// The most that the session may do: the role of the account limits it as well.
    pub role: Role,
    /// When the session began.
    pub made_at: Time,
    /// When a request of the session came last, to the minute.
    pub seen_at: Time,
    /// When the session ends, however much it is used.
    pub until: Time,
    /// The address that the session began from.
    pub address: Option<String>,
    /// The program at the other end, by its header `User-Agent`, cut.
    pub agent: String,
}

/// A session before it is stored; the store sets its number.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub secret: String,
    pub key: String,
    pub account: Option<i64>,
    pub generation: i64,
    pub uid: Option<i64>,
    pub role: Role,
    pub made_at: Time,
    pub until: Time,
    pub address: Option<String>,
    pub agent: String,
}

/// A row of the audit table: a change, or the attempt of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Number of the row, rising.
    pub id: i64,
    /// Time of the call.
    pub at: Time,
    /// The transport that brought the call: `socket`, `http` or `inside`.
    pub transport: String,
    /// The caller: `user NAME` of the operating system, `account NAME`, `token NAME`, `daemon` or `nobody`.
    pub who: String,
    /// Network address of the caller; none for the socket and the daemon.
    pub address: Option<String>,
    /// The operation.
    pub operation: String,
    /// The subject of the change.
    pub target: String,
    /// The changed values before the change, as JSON; secrets read as `***`.
    pub before: Option<String>,
    /// The changed values after the change, as JSON; secrets read as `***`.
    pub after: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// The error, when the change failed or was denied.
    pub error: Option<String>,
}

/// A row of the audit table before it is stored; the store sets its number.
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
    /// The jobs that the change concerns, with their names in `before` and `after`.
    pub jobs: Vec<(JobId, String)>,
}

/// Filter for the audit table. An absent field matches every row.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Part of the caller.
    pub who: Option<String>,
    /// The operation.
    pub operation: Option<String>,
    /// Part of the subject.
    pub target: Option<String>,
    /// The address.
    pub address: Option<String>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// Earliest time, inclusive.
    pub since: Option<Time>,
    /// Latest time, exclusive.
    pub until: Option<Time>,
}
