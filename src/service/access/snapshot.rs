//! Who may come in, as it stood in the store at one moment: what every request is held against without asking the store.

use std::collections::HashMap;
use std::net::IpAddr;

use subtle::ConstantTimeEq;

use super::claims::Claims;
use super::tokens;
use jobs_api::Who;
use jobs_error::{Error, Result};
use jobs_model::{IpList, Network, NetworkError, Role, Token};
use jobs_schedule::Time;
use jobs_store::Reader;

/// Accounts, tokens and networks. The one that is made by default lets nobody in.
#[derive(Debug, Default)]
pub(super) struct AccessSnapshot {
    accounts: HashMap<i64, Standing>,
    tokens: HashMap<i64, Token>,
    whitelist: Networks,
    blacklist: Networks,
}

/// How an account stands.
#[derive(Debug)]
struct Standing {
    name: String,
    role: Role,
    enabled: bool,
    generation: i64,
}

/// A list of networks.
#[derive(Debug, Default)]
struct Networks {
    /// As they were put on it.
    shown: Vec<String>,
    /// Without those that lie in others.
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
            let standing = Standing {
                name: admin.username,
                role: admin.role,
                enabled: admin.enabled,
                generation: admin.generation,
            };
            (admin.id, standing)
        });
        let tokens = reader.tokens()?.into_iter();
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
            whitelist: Networks::of(white)?,
            blacklist: Networks::of(black)?,
        })
    }

    /// Whether somebody may log in who may do everything.
    pub(super) fn has_admin(&self) -> bool {
        self.accounts
            .values()
            .any(|account| account.enabled && account.role == Role::Admin)
    }

    /// The account that a login was given out to, with the role that it has now.
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

    /// The token for programs that this is.
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

    /// Whether the lists let an address in. The whitelist beats the blacklist, and who is on neither stays out: so the
    /// whitelist alone decides, and the blacklist says of whom that is on purpose.
    pub(super) fn is_allowed(&self, address: IpAddr) -> bool {
        self.whitelist.has(address)
    }

    /// What stands on a list, as it is shown.
    pub(super) fn list(&self, list: IpList) -> &[String] {
        match list {
            IpList::Whitelist => &self.whitelist.shown,
            IpList::Blacklist => &self.blacklist.shown,
        }
    }
}
