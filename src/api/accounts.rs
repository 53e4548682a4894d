//! Accounts: login, the caller's own account, administration.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job_ref::JobRef;
use super::request::request;
use super::secret::Secret;
use super::values::is_default;
use jobs_model::{Admin, Role};
use jobs_schedule::Time;

/// An account or a token as somebody refers to it: by name, or by number when it is digits only.
pub type AdminRef = JobRef;

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Its number.
    pub id: i64,
    /// The name.
    pub username: String,
    /// Its mail address, or nothing.
    pub email: String,
    /// The role.
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

request! {
    /// Logs an account in.
    Login {
        /// The name.
        username: String,
        /// The password.
        #[arg(skip)]
        password: Secret,
    }
}

/// An account that has logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedIn {
    /// The text to send as `Authorization: Bearer ...` from now on.
    pub token: Secret,
    /// Until when it is good.
    pub expires_at: Time,
    /// The account that logged in.
    pub user: User,
}

/// The account that logged in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// The number of the account.
    pub id: i64,
    /// The name.
    pub username: String,
    /// Its mail address, or nothing.
    pub email: String,
    /// The role.
    pub role: Role,
}

request! {
    /// Shows the account of the caller.
    Profile {}
}

request! {
    /// Changes the mail address or the password of the account of the caller.
    ProfileEdit {
        /// The new mail address ("" is none).
        #[arg(long)]
        email: Option<String>,
        /// The new password, at least 8 characters. It needs `current_password`.
        #[arg(skip)]
        password: Option<Secret>,
        /// The password that the account has now.
        #[arg(skip)]
        current_password: Option<Secret>,
    }
}

request! {
    /// Adds an account.
    AdminAdd {
        /// The name: 1 to 64 letters, digits and `. _ - @`.
        #[arg(value_name = "NAME")]
        username: String,
        /// The password, at least 8 characters.
        #[arg(skip)]
        password: Secret,
        /// The mail address.
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// The role: a viewer reads, an operator also manages and runs jobs, an admin also manages access and the
        /// configuration [default: viewer].
        #[arg(long, value_enum)]
        role: Option<Role>,
    }
}

request! {
    /// Lists the accounts.
    AdminList {
        /// The page, from 1 on.
        #[arg(skip)]
        page: Option<u32>,
        /// The size of a page, 1 to 500 [default: 100].
        #[arg(skip)]
        size: Option<u32>,
    }
}

request! {
    /// Changes the mail address or the role of an account.
    AdminEdit {
        /// The account, by name or number.
        #[arg(value_name = "NAME")]
        admin: AdminRef,
        /// The mail address ("" is none).
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// The role.
        #[arg(long, value_enum)]
        role: Option<Role>,
    }
}

request! {
    /// Sets a new password for an account. Its logins are not valid any more.
    AdminPasswd {
        /// The account, by name or number.
        #[arg(value_name = "NAME")]
        admin: AdminRef,
        /// The new password, at least 8 characters.
        #[arg(skip)]
        password: Secret,
        /// The password that the account has now. Needed when an account changes its own password.
        #[arg(skip)]
        current_password: Option<Secret>,
    }
}

request! {
    /// Enables or disables an account.
    AdminStatus {
        /// The account, by name or number.
        #[arg(value_name = "NAME")]
        admin: AdminRef,
        /// 1 enables it, 0 disables it.
        #[arg(skip)]
        status: Option<u8>,
    }
}

request! {
    /// Removes an account.
    AdminRm {
        /// The account, by name or number.
        #[arg(value_name = "NAME")]
        admin: AdminRef,
    }
}

request! {
    /// Makes a new key for logins: no login and no session of the page is valid any more.
    AdminRotateKey {}
}
