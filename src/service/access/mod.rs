//! Access: accounts, logins, tokens for programs, and access lists of addresses.

mod accounts;
mod addresses;
mod begin;
mod claims;
mod key;
mod links;
mod login_limit;
mod logins;
mod names;
mod password;
mod sessions;
mod snapshot;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard, RwLock};

use super::{Cx, Service};
use claims::Claims;
use jobs_api::{Caller, Transport};
use jobs_clock::Clock;
use jobs_error::{Error, Result};
use jobs_model::Network;
use jobs_schedule::Time;
use jobs_store::{Store, Tx};
use key::Key;
use links::Links;
use login_limit::LoginLimit;
pub(super) use login_limit::subscriber;
use password::Passwords;
use snapshot::AccessSnapshot;

/// How often the store learns that a session is in use.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// The settings of access.
#[derive(Clone, Debug)]
pub struct AccessSettings {
    /// The file with the key that signs the tokens of logins.
    pub key_file: PathBuf,
    /// Lifetime of a login's token.
    pub login_lifetime: Duration,
    /// How long a session of the web page lasts without a request.
    pub session_idle: Duration,
    /// How long a session of the web page lasts at most.
    pub session_max: Duration,
    /// Whether the access lists are checked.
    pub ip_enabled: bool,
    /// The entries in the configuration. A new one is added to the list in the store, a removed one is taken from it.
    pub whitelist: Vec<Network>,
    pub blacklist: Vec<Network>,
}

/// The present rights of accounts, tokens and addresses, in memory: every request of a network transport is checked with them.
pub struct Access {
    store: Store,
    clock: Arc<dyn Clock>,
    settings: RwLock<Arc<AccessSettings>>,
    snapshot: RwLock<Arc<AccessSnapshot>>,
    /// Set when the snapshot is older than the store, because the store could not be read.
    is_stale: AtomicBool,
    key: RwLock<Arc<Key>>,
    /// Held while the store or the key is read anew, so that an older reading does not replace a newer one.
    renewing: Mutex<()>,
    /// Rises with each change of settings, snapshot or key.
    version: AtomicU64,
    passwords: Passwords,
    login_limit: Mutex<LoginLimit>,
    links: Mutex<Links>,
    /// The last requests of sessions, by the number of the session. The store has them to the minute.
    seen: Mutex<HashMap<i64, Seen>>,
    /// Called after each change of `version`, until they return false.
    listeners: Mutex<Vec<Listener>>,
}

type Listener = Box<dyn Fn() -> bool + Send + Sync>;

/// The last request of a session.
struct Seen {
    last: Time,
    /// The last request that the store was told of; absent when there was none since the start.
    stored: Option<Time>,
}

impl Access {
    /// Reads the store and the key. Makes a key when there is none. Blocks.
    ///
    /// # Errors
    ///
    /// When the key file is broken or others may read it, or the store fails.
    pub fn open(store: &Store, settings: AccessSettings, clock: Arc<dyn Clock>) -> Result<Access> {
        addresses::take_over(store, addresses::of_config(&settings), clock.now())?;
        Ok(Access {
            store: store.clone(),
            clock,
            key: RwLock::new(Arc::new(Key::open(&settings.key_file)?)),
            settings: RwLock::new(Arc::new(settings)),
            snapshot: RwLock::new(Arc::new(store.read(AccessSnapshot::read)?)),
            is_stale: AtomicBool::new(false),
            renewing: Mutex::new(()),
            version: AtomicU64::new(0),
            passwords: Passwords::new()?,
            login_limit: Mutex::new(LoginLimit::new()),
            links: Mutex::default(),
            seen: Mutex::default(),
            listeners: Mutex::default(),
        })
    }

    /// Applies changed settings. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Access::open`]. After an error the old settings hold.
    pub fn configure(&self, store: &Store, settings: AccessSettings) -> Result<()> {
        let entries = addresses::of_config(&settings);
        let key = if settings.key_file == self.settings().key_file {
            None
        } else {
            Some(Key::open(&settings.key_file)?)
        };
        addresses::take_over(store, entries, self.clock.now())?;
        if let Some(key) = key {
            put(&self.key, key);
        }
        put(&self.settings, settings);
        self.renew();
        Ok(())
    }

    pub(super) fn authenticate(&self, token: &str, address: IpAddr) -> Result<Caller> {
        let now = self.clock.now();
        let (who, role) = if token.starts_with(tokens::PREFIX) {
            self.snapshot().token(token, now)?
        } else {
            let claims = Claims::read(token, &take(&self.key), now)?;
            self.snapshot().account(&claims)?
        };
        Ok(Caller {
            who,
            transport: Transport::Http,
            role: Some(role),
            address: Some(address.to_canonical()),
            session: None,
        })
    }

    pub(super) fn authenticate_session(
        &self,
        secret: &str,
        key: &str,
        address: IpAddr,
    ) -> Result<Caller> {
        let now = self.clock.now();
        let snapshot = self.snapshot();
        let found = snapshot.session(secret, key);
        let found = found.filter(|(session, ..)| !self.has_ended(session, now));
        let (session, who, role) = found.ok_or_else(|| {
            Error::Unauthorized("the session is void or has ended: log in again".into())
        })?;
        Ok(Caller {
            who,
            transport: Transport::Http,
            role: Some(role),
            address: Some(address.to_canonical()),
            session: Some(session.id),
        })
    }

    pub(super) fn is_allowed(&self, address: IpAddr) -> bool {
        !self.settings().ip_enabled || self.snapshot().is_allowed(address)
    }

    /// Whether an enabled account with the role admin exists.
    pub fn has_admin(&self) -> bool {
        self.snapshot().has_admin()
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Calls `changed` after each change of the version, until it returns false.
    pub(super) fn on_change(&self, changed: Listener) {
        self.listeners.lock().push(changed);
    }

    fn set_changed(&self) {
        self.version.fetch_add(1, Ordering::AcqRel);
        self.listeners.lock().retain(|changed| changed());
    }

    fn settings(&self) -> Arc<AccessSettings> {
        take(&self.settings)
    }

    fn login_limit(&self) -> MutexGuard<'_, LoginLimit> {
        self.login_limit.lock()
    }

    /// The present snapshot. When the store can't be read, an empty one, which allows nobody.
    fn snapshot(&self) -> Arc<AccessSnapshot> {
        if self.is_stale.load(Ordering::Acquire) && !self.renew() {
            return Arc::default();
        }
        take(&self.snapshot)
    }

    /// Reads the store anew. Returns whether the store could be read.
    fn renew(&self) -> bool {
        let _one_at_a_time = self.renewing.lock();
        match self.store.read(AccessSnapshot::read) {
            Ok(snapshot) => {
                self.seen.lock().retain(|id, _| snapshot.has_session(*id));
                put(&self.snapshot, snapshot);
                self.is_stale.store(false, Ordering::Release);
                self.set_changed();
                true
            }
            Err(error) => {
                self.set_changed();
                if !self.is_stale.swap(true, Ordering::AcqRel) {
                    tracing::error!(%error, "accounts, tokens and networks can't be read: nobody is let in by the network");
                }
                false
            }
        }
    }

    /// Replaces the key by a new one.
    fn renew_key(&self) -> Result<()> {
        let _one_at_a_time = self.renewing.lock();
        put(&self.key, Key::renew(&self.settings().key_file)?);
        self.set_changed();
        Ok(())
    }
}

impl Service {
    /// Writes a change of access to the store. The change is in force when this returns.
    fn change_access<T, F>(&self, cx: &Cx, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let written = self.write(cx, work);
        // Read anew also after an error: a failing store may have kept the change. An error of this reading is not an error of
        // the change.
        self.access.renew();
        written
    }
}

fn take<T>(shared: &RwLock<Arc<T>>) -> Arc<T> {
    shared.read().clone()
}

fn put<T>(shared: &RwLock<Arc<T>>, value: T) {
    *shared.write() = Arc::new(value);
}
