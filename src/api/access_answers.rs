//! The answers about access.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hidden::Hidden;
use crate::model::{Admin, AuditRow, Outcome, Role, Token};
use crate::schedule::Time;

/// An account that has logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedIn {
    /// What to send as `Authorization: Bearer ...` from now on.
    pub token: Hidden,
    /// Until when it is good.
    pub expires_at: Time,
    /// Who logged in.
    pub user: User,
}

/// Who logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// The number of the account.
    pub id: i64,
    /// Its name.
    pub username: String,
    /// Its mail address, or nothing.
    pub email: String,
    /// What it may do.
    pub role: Role,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub username: String,
    /// Its mail address, or nothing.
    pub email: String,
    /// What it may do.
    pub role: Role,
    /// 1 enabled, 0 disabled.
    pub status: u8,
    /// When it logged in last.
    pub last_login: Option<Time>,
    /// When it was added.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

impl From<Admin> for Account {
    fn from(admin: Admin) -> Account {
        Account {
            id: admin.id,
            username: admin.username,
            email: admin.email,
            role: admin.role,
            status: u8::from(admin.enabled),
            last_login: admin.last_login,
            created_at: admin.created_at,
            updated_at: admin.updated_at,
        }
    }
}

/// A token that was made. It is told this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewToken {
    /// What to send as `Authorization: Bearer ...`.
    pub secret: Hidden,
    /// What is known of it.
    pub token: TokenInfo,
}

/// A token for programs, without the token itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TokenInfo {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// From when on it is void.
    pub expires_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: String,
}

impl From<Token> for TokenInfo {
    fn from(token: Token) -> TokenInfo {
        TokenInfo {
            id: token.id,
            name: token.name,
            role: token.role,
            expires_at: token.expires_at,
            created_at: token.created_at,
            created_by: token.created_by,
        }
    }
}

/// From which addresses the HTTP door may be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IpLists {
    /// Whether the lists are looked at (`ip_control.enabled`).
    pub enabled: bool,
    /// Those that may come in; it beats the other list.
    pub whitelist: Vec<String>,
    /// Those that may not.
    pub blacklist: Vec<String>,
}

/// A change that was made or tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Its number, rising.
    pub id: i64,
    /// When.
    pub at: Time,
    /// By which door: `socket`, `http` or `inside` (the daemon itself).
    pub door: String,
    /// Who: `user NAME` of the operating system, `account NAME`, `token NAME`, `daemon` or `nobody`.
    pub who: String,
    /// From which address, when over a network.
    pub address: Option<String>,
    /// The operation.
    pub operation: String,
    /// What it was done to.
    pub target: String,
    /// What was there before, by name, without what is the same; secrets read as `***`.
    pub before: Option<serde_json::Value>,
    /// What is there now, in the same way.
    pub after: Option<serde_json::Value>,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was not done.
    pub error: Option<String>,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> AuditEntry {
        let side = |text: Option<String>| {
            text.map(|text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
        };
        AuditEntry {
            id: row.id,
            at: row.at,
            door: row.transport,
            who: row.who,
            address: row.address,
            operation: row.operation,
            target: row.target,
            before: side(row.before),
            after: side(row.after),
            outcome: row.outcome,
            error: row.error,
        }
    }
}
