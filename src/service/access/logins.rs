//! Logins: the check of a password, the token of a login, and the rate limit of attempts.

use super::super::{Cx, Service};
use super::claims::Claims;
use super::login_limit::LoginSource;
use jobs_api::{AdminRotateKey, Done, LoggedIn, Login, Secret, User};
use jobs_error::{Error, Result};
use jobs_model::Admin;
use jobs_schedule::Time;
use jobs_store::Tx;

impl Service {
    pub(crate) fn login(&self, cx: &Cx, request: Login) -> Result<LoggedIn> {
        let begin = |_: &mut Tx<'_>, _: &Admin, now: Time| Ok(now);
        let (admin, now) = self.log_in(cx, &request.username, &request.password, begin)?;
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

    /// Logs an account in. `begin` makes what the login gives, in the transaction that records the login.
    pub(super) fn log_in<T, F>(
        &self,
        cx: &Cx,
        username: &str,
        password: &Secret,
        begin: F,
    ) -> Result<(Admin, T)>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>, &Admin, Time) -> Result<T> + Send + 'static,
    {
        for (field, text) in [("username", username), ("password", password.reveal())] {
            if text.is_empty() {
                return Err(Error::invalid(field, "is missing"));
            }
        }
        let known = self.recognised(cx, username, password)?.ok_or_else(wrong)?;
        // The call may have waited long for the check of the password.
        let now = self.now();
        // The account may have changed during the check.
        self.write(cx, move |tx| {
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
            let begun = begin(tx, &admin, now)?;
            Ok((admin, begun))
        })
    }

    /// The account with that name and password, if there is one. An unknown name, a disabled account and a wrong password take the
    /// same work, and count as failed logins.
    fn recognised(&self, cx: &Cx, username: &str, password: &Secret) -> Result<Option<Admin>> {
        let source = LoginSource::new(username, cx.caller.address);
        let since_boot = || self.clock.read().machine;
        let access = &self.access;
        access.login_limit().check(&source, since_boot())?;
        let found = self.store.read(|reader| reader.admin_named(username))?;
        let permit = access.passwords.permit()?;
        // Simultaneous attempts have waited for each other, so the failures of the earlier ones count now.
        access.login_limit().check(&source, since_boot())?;
        let hash = found.as_ref().map(|admin| admin.password.as_str());
        let is_right = permit.is_right(password.reveal(), hash);
        let known = found.filter(|admin| is_right && admin.enabled);
        match &known {
            Some(admin) => access.login_limit().clear(&admin.username),
            None => access.login_limit().count_failure(&source, since_boot()),
        }
        Ok(known)
    }

    /// Checks the password that an account has, before it changes it. Wrong ones count as failed logins: a stolen token must not
    /// help to guess the password.
    pub(super) fn check_current(
        &self,
        cx: &Cx,
        username: &str,
        current: Option<&Secret>,
    ) -> Result<()> {
        const FIELD: &str = "current_password";
        let current = current.filter(|current| !current.reveal().is_empty());
        let current = current.ok_or_else(|| {
            Error::invalid(FIELD, "is missing")
                .hint("an account changes its own password with the one that it has now")
        })?;
        match self.recognised(cx, username, current)? {
            Some(_) => Ok(()),
            None => Err(Error::invalid(FIELD, "is not the password of the account")),
        }
    }

    /// Makes all logins void: those of programs by a new key, those of the page with their sessions.
    pub(crate) fn admin_rotate_key(&self, cx: &Cx, _: AdminRotateKey) -> Result<Done> {
        self.access.renew_key()?;
        self.change_access(cx, |tx| tx.delete_sessions())?;
        Ok(Done {})
    }
}

fn wrong() -> Error {
    Error::Unauthorized("wrong name or password".into())
}
