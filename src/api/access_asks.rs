//! The asks about access: accounts, tokens, addresses, and what was changed by whom.

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ask::ask;
use super::hidden::Hidden;
use super::values::is_default;
use crate::model::{IpList, Outcome, Role};

ask! {
    /// Logs an account in.
    Login {
        /// Its name.
        username: String,
        /// Its password.
        #[arg(skip)]
        password: Hidden,
    }
}

ask! {
    /// Shows the account that calls.
    Profile {}
}

ask! {
    /// Changes the mail address or the password of the account that calls.
    ProfileEdit {
        /// Its new mail address ("" is none).
        #[arg(long)]
        email: Option<String>,
        /// Its new password, of 8 characters at least.
        #[arg(skip)]
        password: Option<Hidden>,
    }
}

ask! {
    /// Adds an account.
    AdminAdd {
        /// Its name: letters, digits and `. _ - @`, 1 to 64 of them.
        #[arg(value_name = "NAME")]
        username: String,
        /// Its password, of 8 characters at least.
        #[arg(skip)]
        password: Hidden,
        /// Its mail address.
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// What it may do: a viewer reads, an operator also manages and runs jobs, an admin also manages access and the
        /// configuration [default: viewer].
        #[arg(long, value_enum)]
        role: Option<Role>,
    }
}

ask! {
    /// Lists the accounts.
    AdminList {
        /// Which page, from 1.
        #[arg(skip)]
        page: Option<u32>,
        /// How many on a page, 1 to 500 [default: 100].
        #[arg(skip)]
        size: Option<u32>,
    }
}

ask! {
    /// Changes the mail address or the role of an account.
    AdminEdit {
        /// The account, by name or number.
        #[arg(value_name = "NAME")]
        admin: AdminRef,
        /// Its mail address ("" is none).
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// What it may do.
        #[arg(long, value_enum)]
        role: Option<Role>,
    }
}

ask! {
    /// Gives an account another password. What it had been given before to log in with is void.
    AdminPasswd {
        /// The account, by name or number.
        #[arg(value_name = "NAME")]
        admin: AdminRef,
        /// Its new password, of 8 characters at least.
        #[arg(skip)]
        password: Hidden,
    }
}

ask! {
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

ask! {
    /// Removes an account.
    AdminRm {
        /// The account, by name or number.
        #[arg(value_name = "NAME")]
        admin: AdminRef,
    }
}

ask! {
    /// Makes a new key for the tokens of logins: all of them are void.
    AdminRotateKey {}
}

ask! {
    /// Makes a token for programs.
    TokenAdd {
        /// Its name.
        name: String,
        /// What it may do [default: viewer].
        #[arg(long, value_enum)]
        role: Option<Role>,
        /// From when on it is void, such as "2027-01-01" or "in 90d" [default: never].
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    }
}

ask! {
    /// Lists the tokens for programs.
    TokenList {}
}

ask! {
    /// Removes a token for programs: it is void.
    TokenRm {
        /// Its name or number.
        #[arg(value_name = "NAME")]
        token: AdminRef,
    }
}

ask! {
    /// Tells from which addresses the HTTP door may be used.
    IpStatus {}
}

ask! {
    /// Puts an address or a network on a list.
    IpAdd {
        /// The list: `whitelist` or `blacklist`.
        #[arg(value_enum)]
        list: Option<IpList>,
        /// An address such as 10.0.0.7 or ::1, or a network such as 10.0.0.0/8.
        #[arg(required = true)]
        ip: String,
    }
}

ask! {
    /// Takes an address or a network from a list.
    IpRemove {
        /// The list: `whitelist` or `blacklist`.
        #[arg(value_enum)]
        list: Option<IpList>,
        /// An address or a network, as it stands on the list.
        #[arg(required = true)]
        ip: String,
    }
}

ask! {
    /// Lists the changes that were made, the newest first: who, from where, what, and what came of it.
    Audit {
        /// Only of those in whose name this text is, such as `alice` or `token ci`.
        #[arg(long, value_name = "TEXT")]
        who: Option<String>,
        /// Only this operation, such as `edit`.
        #[arg(long, value_name = "NAME")]
        operation: Option<String>,
        /// Only what was done to something in whose name this text is.
        #[arg(long, value_name = "TEXT")]
        target: Option<String>,
        /// Only from this address.
        #[arg(long, value_name = "IP")]
        address: Option<String>,
        /// Only what came out so.
        #[arg(long, value_enum)]
        outcome: Option<Outcome>,
        /// Only since this time, such as "2026-12-01" or "2026-12-01 10:00".
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        /// Only before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<String>,
        /// Which page, from 1.
        #[arg(long, value_name = "N")]
        page: Option<u32>,
        /// How many on a page, 1 to 500 [default: 50].
        #[arg(short = 'n', long, value_name = "N")]
        size: Option<u32>,
    }
}

/// An account or a token as somebody refers to it: by name, or by number when it is digits only.
pub type AdminRef = super::JobRef;
