//! Access snapshot: accounts, tokens and networks as of one version of the store. Requests are checked against it without
//! reading the store.

use std::collections::HashMap;
use std::net::IpAddr;

use subtle::ConstantTimeEq;

use super::claims::Claims;
use super::tokens;
use jobs_api::Who;
use jobs_error::{Error, Result};
use jobs_model::{IpList, Network, NetworkError, Role, Session, Token};
use jobs_schedule::Time;
use jobs_store::Reader;

/// Accounts, tokens and networks. The default snapshot allows no caller.
#[derive(Debug, Default)]
pub(super) struct AccessSnapshot {
    accounts: HashMap<i64, AccountState>,
    tokens: HashMap<i64, Token>,
    /// The sessions of the web page, by the hash of their secret.
    sessions: HashMap<String, Session>,
    whitelist: Networks,
    blacklist: Networks,
}

/// The state of an account.
#[derive(Debug)]
struct AccountState {
    name: String,
    role: Role,
    enabled: bool,
    generation: i64,
}

/// A list of networks.
#[derive(Debug, Default)]
struct Networks {
    /// The networks as users have written them.
    shown: Vec<String>,
    /// The networks without those that lie in others.
    merged: Vec<Network>,
}

impl Networks {
    fn of(shown: Vec<String>) -> Result<Networks> {
        let read = |text: &String| {
            text.parse::<Network>().map_err(|error: NetworkError| {
                Error::Store(format!("a network is broken: {error}"))
            })
        };
        let networks = shown.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(Networks {
            merged: Network::aggregate(&networks),
            shown,
        })
    }

    fn has(&self, address: IpAddr) -> bool {
        self.merged.iter().any(|network| network.contains(address))
    }
}

impl AccessSnapshot {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<AccessSnapshot> {
        let accounts = reader.admins()?.into_iter().map(|admin| {
            let state = AccountState {
                name: admin.username,
                role: admin.role,
                enabled: admin.enabled,
                generation: admin.generation,
            };
            (admin.id, state)
        });
        let tokens = reader.tokens()?.into_iter();
        let sessions = reader.sessions()?.into_iter();
        let (mut white, mut black) = (Vec::new(), Vec::new());
        for (list, network) in reader.networks()? {
            match list {
                IpList::Whitelist => white.push(network),
                IpList::Blacklist => black.push(network),
            }
        }
        Ok(AccessSnapshot {
            accounts: accounts.collect(),
            tokens: tokens.map(|token| (token.id, token)).collect(),
            sessions: sessions
                .map(|session| (session.secret.clone(), session))
                .collect(),
            whitelist: Networks::of(white)?,
            blacklist: Networks::of(black)?,
        })
    }

    /// Whether an enabled account has the role admin.
    pub(super) fn has_admin(&self) -> bool {
        self.accounts
            .values()
            .any(|account| account.enabled && account.role == Role::Admin)
    }

    /// The account that a login token was issued to, with its present role.
    pub(super) fn account(&self, claims: &Claims) -> Result<(Who, Role)> {
        let found = claims.account().and_then(|(id, generation)| {
            let account = self.accounts.get(&id)?;
            let is_good = account.enabled && account.generation == generation;
            is_good.then(|| {
                let name = account.name.clone();
                (Who::Admin { id, name }, account.role)
            })
        });
        found.ok_or_else(|| Error::Unauthorized("the token is void: log in again".into()))
    }

    /// The API token with this text.
    pub(super) fn token(&self, text: &str, now: Time) -> Result<(Who, Role)> {
        let found = tokens::split(text).and_then(|(id, secret)| {
            let token = self.tokens.get(&id)?;
            let hash = tokens::hash(secret);
            bool::from(hash.as_bytes().ct_eq(token.hash.as_bytes())).then_some(token)
        });
        let token = found.ok_or_else(|| Error::Unauthorized("the token is void".into()))?;
        if token.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::Unauthorized("the token has expired".into()));
        }
        let who = Who::Token {
            id: token.id,
            name: token.name.clone(),
        };
        Ok((who, token.role))
    }

    /// The session with this secret and this page key, its user and the role. The secret is found by its hash, so the time that the
    /// search takes tells nothing about it.
    pub(super) fn session(&self, secret: &str, key: &str) -> Option<(&Session, Who, Role)> {
        let session = self.sessions.get(&tokens::hash(secret))?;
        let key = tokens::hash(key);
        if !bool::from(key.as_bytes().ct_eq(session.key.as_bytes())) {
            return None;
        }
        let (who, role) = self.session_user(session)?;
        Some((session, who, role))
    }

    /// The user of a session, and its role: that of the account, but at most that of the session. None when the account is
    /// disabled or gone, or has another password since.
    pub(super) fn session_user(&self, session: &Session) -> Option<(Who, Role)> {
        let Some(id) = session.account else {
            let uid = session.uid.and_then(|uid| u32::try_from(uid).ok());
            return Some((Who::Link { uid }, session.role));
        };
        let account = self.accounts.get(&id)?;
        let is_good = account.enabled && account.generation == session.generation;
        is_good.then(|| {
            let name = account.name.clone();
            (Who::Admin { id, name }, account.role.min(session.role))
        })
    }

    pub(super) fn has_session(&self, id: i64) -> bool {
        self.sessions.values().any(|session| session.id == id)
    }

    /// Whether the lists allow an address. The whitelist overrides the blacklist, and an address on neither list is refused:
    /// so only the whitelist decides, and the blacklist documents addresses that are refused on purpose.
    pub(super) fn is_allowed(&self, address: IpAddr) -> bool {
        self.whitelist.has(address)
    }

    /// The networks of a list, as users have written them.
    pub(super) fn list(&self, list: IpList) -> &[String] {
        match list {
            IpList::Whitelist => &self.whitelist.shown,
            IpList::Blacklist => &self.blacklist.shown,
        }
    }
}
