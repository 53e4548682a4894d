//! Logins: the check of a password, the token of a login, and the rate limit of attempts.

use super::super::{Cx, Service};
use super::claims::Claims;
use super::tries::Trier;
use jobs_api::{AdminRotateKey, Done, LoggedIn, Login, Secret, User};
use jobs_error::{Error, Result};
use jobs_model::Admin;

impl Service {
    pub(crate) fn login(&self, cx: &Cx, request: Login) -> Result<LoggedIn> {
        for (field, text) in [
            ("username", request.username.as_str()),
            ("password", request.password.reveal()),
        ] {
            if text.is_empty() {
                return Err(Error::invalid(field, "is missing"));
            }
        }
        let known = self.recognised(cx, &request)?;
        // The call may have waited long for the check of the password.
        let now = self.now();
        // The account may have changed during the check.
        let admin = self.write(cx, move |tx| {
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
            token: Secret::new(token),
            expires_at: claims.expires_at(),
            user: User {
                id: admin.id,
                username: admin.username,
                email: admin.email,
                role: admin.role,
            },
        })
    }

    /// The account with that name and password. An unknown name, a disabled account and a wrong password get the same message
    /// after the same work.
    fn recognised(&self, cx: &Cx, request: &Login) -> Result<Admin> {
        let trier = Trier::new(&request.username, cx.caller.address);
        let since_boot = || self.clock.read().machine;
        let access = &self.access;
        access.tries().may(&trier, since_boot())?;
        let found = self
            .store
            .read(|reader| reader.admin_named(&request.username))?;
        let turn = access.passwords.turn()?;
        // Simultaneous attempts have waited for each other, so the failures of the earlier ones count now.
        access.tries().may(&trier, since_boot())?;
        let hash = found.as_ref().map(|admin| admin.password.as_str());
        let is_right = turn.is_right(request.password.reveal(), hash);
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

    pub(crate) fn admin_rotate_key(&self, _: &Cx, _: AdminRotateKey) -> Result<Done> {
        self.access.renew_key()?;
        Ok(Done {})
    }
}

fn wrong() -> Error {
    Error::Unauthorized("wrong name or password".into())
}
