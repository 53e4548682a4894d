//! Cache of the accounts of this machine for one import: each look-up reads a file or asks a server.

use std::collections::HashMap;

use jobs_error::Result;
use jobs_runner::Account;

#[derive(Default)]
pub(super) struct Accounts {
    /// Whether an account of that name exists.
    known: HashMap<String, bool>,
    /// The accounts that commands run as. `None` stands for the account of the daemon.
    others: HashMap<String, Result<Option<String>>>,
}

impl Accounts {
    /// Whether an account of that name exists.
    pub(super) fn has(&mut self, name: &str) -> bool {
        match self.known.get(name) {
            Some(known) => *known,
            None => *self.known.entry(name.to_string()).or_insert(exists(name)),
        }
    }

    /// The account that a line names, or `None` when it is the account of the daemon.
    pub(super) fn other(&mut self, name: &str) -> Result<Option<String>> {
        if let Some(known) = self.others.get(name) {
            return known.clone();
        }
        let found = Account::other(name).map(|account| account.map(|account| account.name));
        self.others.insert(name.to_string(), found.clone());
        found
    }
}

#[cfg(unix)]
fn exists(name: &str) -> bool {
    uzers::get_user_by_name(name).is_some()
}

#[cfg(not(unix))]
fn exists(_: &str) -> bool {
    false
}
