//! Tokens for programs.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::AdminRef;
use super::request::request;
use super::secret::Secret;
use super::values::is_default;
use jobs_model::{Role, Token};
use jobs_schedule::Time;

request! {
    /// Makes a token for a program.
    TokenAdd {
        /// The name.
        name: String,
        /// The role [default: viewer].
        #[arg(long, value_enum)]
        role: Option<Role>,
        /// When the token expires, such as "2027-01-01" or "in 90d" [default: never].
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    }
}

/// A token that was made. It is told this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NewToken {
    /// The text to send as `Authorization: Bearer ...`.
    pub secret: Secret,
    /// The token, without its secret.
    pub token: TokenInfo,
}

/// A token for programs, without the token itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TokenInfo {
    /// Its number.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The time from which the token is not valid any more.
    pub expires_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// The account that made it.
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

request! {
    /// Lists the tokens for programs.
    TokenList {}
}

request! {
    /// Removes a token for programs: it is not valid any more.
    TokenRm {
        /// The name or the number of the token.
        #[arg(value_name = "NAME")]
        token: AdminRef,
    }
}
