//! Who may come in, and with what: accounts, logins, tokens, and the addresses from which.

mod admins;
mod claims;
mod key;
mod logins;
mod names;
mod networks;
mod password;
mod snapshot;
#[cfg(test)]
mod tests;
mod tokens;
mod tries;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard, RwLock};

use super::Service;
use crate::api::{Caller, Door};
use crate::error::Result;
use crate::model::Network;
use crate::scheduler::clock;
use crate::store::{Store, Tx};
use claims::Claims;
use key::Key;
use password::Passwords;
use snapshot::Snapshot;
use tries::Tries;

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
    pub whitelist: Vec<Network>,
    pub blacklist: Vec<Network>,
}

/// Who may come in, as it is at this moment: what every request is held against.
pub struct Access {
    store: Store,
    settings: RwLock<Arc<AccessSettings>>,
    snapshot: RwLock<Arc<Snapshot>>,
    /// Set when the store has something newer than the snapshot, which could not be read.
    is_stale: AtomicBool,
    key: RwLock<Arc<Key>>,
    /// Held by whoever reads the store or the key anew: what was read first must not come into force last.
    renewing: Mutex<()>,
    /// Rises with each change of what is above.
    version: AtomicU64,
    passwords: Passwords,
    tries: Mutex<Tries>,
}

impl Access {
    /// Reads the store and the key, which is made when there is none. Blocks.
    ///
    /// # Errors
    ///
    /// When the key file is not for the daemon alone or is broken, or the store fails.
    pub fn open(store: &Store, settings: AccessSettings) -> Result<Access> {
        networks::take_over(store, networks::of_config(&settings))?;
        Ok(Access {
            store: store.clone(),
            key: RwLock::new(Arc::new(Key::open(&settings.key_file)?)),
            settings: RwLock::new(Arc::new(settings)),
            snapshot: RwLock::new(Arc::new(store.read(Snapshot::read)?)),
            is_stale: AtomicBool::new(false),
            renewing: Mutex::new(()),
            version: AtomicU64::new(0),
            passwords: Passwords::new()?,
            tries: Mutex::new(Tries::new()),
        })
    }

    /// Takes settings that have changed. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Access::open`]; then nothing has changed.
    pub fn configure(&self, store: &Store, settings: AccessSettings) -> Result<()> {
        let entries = networks::of_config(&settings);
        let key = if settings.key_file == self.settings().key_file {
            None
        } else {
            Some(Key::open(&settings.key_file)?)
        };
        networks::take_over(store, entries)?;
        if let Some(key) = key {
            put(&self.key, key);
        }
        put(&self.settings, settings);
        self.renew();
        Ok(())
    }

    pub(super) fn bearer(&self, token: &str, address: IpAddr) -> Result<Caller> {
        let now = clock::now();
        let (who, role) = if token.starts_with(tokens::PREFIX) {
            self.snapshot().token(token, now)?
        } else {
            let claims = Claims::read(token, &take(&self.key), now)?;
            self.snapshot().account(&claims)?
        };
        Ok(Caller {
            who,
            door: Door::Http,
            role: Some(role),
            address: Some(address.to_canonical()),
        })
    }

    pub(super) fn lets_in(&self, address: IpAddr) -> bool {
        !self.settings().ip_enabled || self.snapshot().lets_in(address)
    }

    /// Whether somebody may log in who may do everything.
    pub fn has_admin(&self) -> bool {
        self.snapshot().has_admin()
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn settings(&self) -> Arc<AccessSettings> {
        take(&self.settings)
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock()
    }

    /// What holds now. When that can't be known, nobody is let in.
    fn snapshot(&self) -> Arc<Snapshot> {
        if self.is_stale.load(Ordering::Acquire) && !self.renew() {
            return Arc::default();
        }
        take(&self.snapshot)
    }

    /// Reads the store anew; whether it could be read.
    fn renew(&self) -> bool {
        let _one_at_a_time = self.renewing.lock();
        match self.store.read(Snapshot::read) {
            Ok(snapshot) => {
                put(&self.snapshot, snapshot);
                self.is_stale.store(false, Ordering::Release);
                self.version.fetch_add(1, Ordering::AcqRel);
                true
            }
            Err(error) => {
                self.version.fetch_add(1, Ordering::AcqRel);
                if !self.is_stale.swap(true, Ordering::AcqRel) {
                    tracing::error!(%error, "accounts, tokens and networks can't be read: nobody is let in by the network");
                }
                false
            }
        }
    }

    /// Puts a new key in the place of the one before.
    fn renew_key(&self) -> Result<()> {
        let _one_at_a_time = self.renewing.lock();
        put(&self.key, Key::renew(&self.settings().key_file)?);
        self.version.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}

impl Service {
    /// Changes who may come in. It holds before it is answered.
    fn change_access<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let written = self.write(work);
        // Also when it failed: a failing store may not tell what it has kept. The change is done or not done by now,
        // so what can't be read anew is no error of it.
        self.access.renew();
        written
    }

    /// Who calls, in words.
    fn who(&self) -> String {
        self.deed
            .as_ref()
            .map_or_else(|| "daemon".to_string(), |deed| deed.who())
    }
}

fn take<T>(shared: &RwLock<Arc<T>>) -> Arc<T> {
    shared.read().clone()
}

fn put<T>(shared: &RwLock<Arc<T>>, value: T) {
    *shared.write() = Arc::new(value);
}
