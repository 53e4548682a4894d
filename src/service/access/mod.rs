//! Who may come in, and with what: accounts, logins, tokens, and the addresses from which.

mod admins;
mod logins;
mod networks;
mod tokens;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub(super) use admins::account;

use crate::api::Caller;
use crate::error::{Error, Result};
use crate::store::Store;

/// What the configuration says of access.
#[derive(Clone, Debug)]
pub struct AccessSettings {
    /// The file with the key of the tokens of logins.
    pub key_file: PathBuf,
    /// How long a login is good for.
    pub login_lifetime: Duration,
    /// Whether the lists of networks are looked at.
    pub ip_enabled: bool,
    /// What the file says of them: it is put on the lists when it is new there, and taken from them when it is gone there.
    pub whitelist: Vec<String>,
    pub blacklist: Vec<String>,
}

/// Who may come in, as it is at this moment: what every request is held against.
pub struct Access {}

impl Access {
    /// Reads the store and the key, which is made when there is none. Blocks.
    pub fn open(_store: &Store, _settings: AccessSettings) -> Result<Access> {
        Ok(Access {})
    }

    /// Takes settings that have changed. Blocks.
    pub fn configure(&self, _store: &Store, _settings: AccessSettings) -> Result<()> {
        Ok(())
    }

    pub(super) fn bearer(&self, _token: &str, _address: IpAddr) -> Result<Caller> {
        Err(Error::Unauthorized("PENDING".into()))
    }

    pub(super) fn lets_in(&self, _address: IpAddr) -> bool {
        true
    }

    /// Whether somebody may log in who may do everything.
    pub fn has_admin(&self) -> bool {
        false
    }
}
