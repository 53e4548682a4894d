//! Logins: what is checked, what is given out, and how often it may be tried.

use super::super::Service;
use super::claims::Claims;
use super::tries::Trier;
use crate::api::{Done, Hidden, LoggedIn, Login, User};
use crate::error::{Error, Result};
use crate::model::Admin;
use crate::scheduler::clock::{self, Clock, SystemClock};

impl Service {
    pub(in crate::service) fn log_in(&self, ask: &Login) -> Result<LoggedIn> {
        for (field, text) in [
            ("username", ask.username.as_str()),
            ("password", ask.password.reveal()),
        ] {
            if text.is_empty() {
                return Err(Error::invalid(field, "is missing"));
            }
        }
        let known = self.recognised(ask)?;
        let now = clock::now();
        // It may have been changed while the password was looked at.
        let admin = self.write(move |tx| {
            let admin = tx.admin(&known.id.to_string())?.filter(|admin| {
                admin.enabled
                    && admin.generation == known.generation
                    && admin.password == known.password
            });
            let admin = Admin {
                last_login: Some(now),
                ..admin.ok_or_else(wrong)?
            };
            tx.update_admin(&admin)?;
            Ok(admin)
        })?;
        let claims = Claims::of(&admin, now, self.access.settings().login_lifetime)?;
        let token = claims.sign(&super::take(&self.access.key))?;
        Ok(LoggedIn {
            token: Hidden::new(token),
            expires_at: claims.expires_at(),
            user: User {
                id: admin.id,
                username: admin.username,
                email: admin.email,
                role: admin.role,
            },
        })
    }

    /// The account with that name and password. An unknown name, a disabled account and a wrong password are told by the
    /// same words after the same work.
    fn recognised(&self, ask: &Login) -> Result<Admin> {
        let address = self.caller().and_then(|caller| caller.address);
        let trier = Trier::new(&ask.username, address);
        let access = &self.access;
        access.tries().may(&trier, since_boot())?;
        let found = self
            .store
            .read(|reader| reader.admin_named(&ask.username))?;
        let turn = access.passwords.turn()?;
        // Those who came at once have waited for each other: the failures of the first hold for the last.
        access.tries().may(&trier, since_boot())?;
        let hash = found.as_ref().map(|admin| admin.password.as_str());
        let is_right = turn.is_right(ask.password.reveal(), hash);
        match found.filter(|admin| is_right && admin.enabled) {
            Some(admin) => {
                access.tries().clear(&admin.username);
                Ok(admin)
            }
            None => {
                access.tries().failed(&trier, since_boot());
                Err(wrong())
            }
        }
    }

    pub(in crate::service) fn rotate_key(&self) -> Result<Done> {
        self.access.renew_key()?;
        Ok(Done {})
    }
}

fn wrong() -> Error {
    Error::Unauthorized("wrong name or password".into())
}

/// Nobody sets this clock.
fn since_boot() -> std::time::Duration {
    SystemClock.read().machine
}
