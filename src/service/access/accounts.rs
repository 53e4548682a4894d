//! Accounts: the caller's own, and administration.

use super::super::{Cx, Service};
use super::names;
use jobs_api::{
    Account, AdminAdd, AdminEdit, AdminList, AdminPasswd, AdminRef, AdminRm, AdminStatus, Page,
    PageAt, Profile, ProfileEdit, Secret, Who,
};
use jobs_error::{Error, Result};
use jobs_model::{Admin, NewAdmin, Role};
use jobs_store::{Reader, Tx};

/// A change of an account. An absent field stays as it is.
#[derive(Default)]
struct Change {
    email: Option<String>,
    role: Option<Role>,
    /// The hash of a new password.
    password: Option<String>,
    enabled: Option<bool>,
}

impl Service {
    pub(crate) fn profile(&self, cx: &Cx, _: Profile) -> Result<Account> {
        let (id, name) = own(cx)?;
        self.store
            .read(|reader| reader.admin(&id.to_string()))?
            .map(Account::from)
            .ok_or_else(|| no_such(&name))
    }

    pub(crate) fn profile_edit(&self, cx: &Cx, request: ProfileEdit) -> Result<Account> {
        let (id, name) = own(cx)?;
        if request.email.is_none() && request.password.is_none() {
            return Err(nothing_given("`email` or `password`"));
        }
        if request.password.is_some() {
            self.check_current(cx, &name, request.current_password.as_ref())?;
        }
        let change = Change {
            email: request
                .email
                .as_deref()
                .map(names::mail_address)
                .transpose()?,
            password: self.hash_of(request.password)?,
            ..Change::default()
        };
        self.change_account(cx, AdminRef::from(id), change)
    }

    pub(crate) fn admin_add(&self, cx: &Cx, request: AdminAdd) -> Result<Account> {
        names::check("username", &request.username)?;
        let email = names::mail_address(request.email.as_deref().unwrap_or_default())?;
        let password = self.access.passwords.hash(request.password.reveal())?;
        // The hash takes long, so `cx.now` may be old.
        let now = self.now();
        let new = NewAdmin {
            username: request.username,
            email,
            role: request.role.unwrap_or_default(),
            enabled: true,
            password,
            generation: 1,
            created_at: now,
            updated_at: now,
        };
        self.change_access(cx, move |tx| {
            if let Some(other) = tx.admin_named(&new.username)? {
                return Err(Error::Conflict(format!(
                    "username: `{}` is taken by another account",
                    other.username
                )));
            }
            tx.insert_admin(&new)
        })
        .map(Account::from)
    }

    pub(crate) fn admin_list(&self, _: &Cx, request: AdminList) -> Result<Page<Account>> {
        const DEFAULT: u32 = 100;
        let at = PageAt::given(request.page, request.size, DEFAULT)?;
        self.store.read(|reader| {
            let total = reader.admins_total()?;
            let admins = reader.page_of_admins(at.skipped(), i64::from(at.size))?;
            Ok(Page::of(
                admins.into_iter().map(Account::from).collect(),
                total,
                at,
            ))
        })
    }

    pub(crate) fn admin_edit(&self, cx: &Cx, request: AdminEdit) -> Result<Account> {
        if request.email.is_none() && request.role.is_none() {
            return Err(nothing_given("`email` or `role`"));
        }
        let change = Change {
            email: request
                .email
                .as_deref()
                .map(names::mail_address)
                .transpose()?,
            role: request.role,
            ..Change::default()
        };
        self.change_account(cx, request.admin, change)
    }

    /// Sets a password. An admin who resets the password of another account cannot know the old one, and could make an account
    /// for the same purpose; but no token is enough to change the password of its own account.
    pub(crate) fn admin_passwd(&self, cx: &Cx, request: AdminPasswd) -> Result<Account> {
        if let Ok((own, _)) = own(cx) {
            let admin = self.store.read(|reader| find(reader, &request.admin))?;
            if admin.id == own {
                let current = request.current_password.as_ref();
                self.check_current(cx, &admin.username, current)?;
            }
        }
        let change = Change {
            password: self.hash_of(Some(request.password))?,
            ..Change::default()
        };
        self.change_account(cx, request.admin, change)
    }

    pub(crate) fn admin_status(&self, cx: &Cx, request: AdminStatus) -> Result<Account> {
        let problem = match request.status {
            Some(status @ (0 | 1)) => {
                let change = Change {
                    enabled: Some(status == 1),
                    ..Change::default()
                };
                return self.change_account(cx, request.admin, change);
            }
            Some(other) => format!("`{other}` is not 0 or 1"),
            None => "is missing".to_string(),
        };
        Err(Error::invalid("status", problem).hint("1 enables the account, 0 disables it"))
    }

    pub(crate) fn admin_rm(&self, cx: &Cx, request: AdminRm) -> Result<Account> {
        let (own, needs_one) = (own_id(cx), self.needs_an_admin());
        let removed = self.change_access(cx, move |tx| {
            let admin = find(tx, &request.admin)?;
            not_oneself(own, &admin, "remove")?;
            keep_one(tx, needs_one, &admin)?;
            tx.delete_admin(admin.id)?;
            tx.delete_sessions_of(admin.id)?;
            Ok(admin)
        })?;
        // A later account of that name starts with no failed attempts.
        self.access.login_limit().clear(&removed.username);
        Ok(Account::from(removed))
    }

    fn change_account(&self, cx: &Cx, admin: AdminRef, change: Change) -> Result<Account> {
        let (own, needs_one, now) = (own_id(cx), self.needs_an_admin(), self.now());
        let has_new_password = change.password.is_some();
        let changed = self.change_access(cx, move |tx| {
            let before = find(tx, &admin)?;
            let after = change.of(&before);
            if after == before {
                return Ok(before);
            }
            if before.enabled && !after.enabled {
                not_oneself(own, &before, "disable")?;
            }
            if !is_enabled_admin(&after) {
                keep_one(tx, needs_one, &before)?;
            }
            let after = Admin {
                updated_at: now,
                ..after
            };
            tx.update_admin(&after)?;
            if after.generation != before.generation {
                tx.delete_sessions_of(after.id)?;
            }
            Ok(after)
        })?;
        if has_new_password {
            self.access.login_limit().clear(&changed.username);
        }
        Ok(Account::from(changed))
    }

    fn hash_of(&self, password: Option<Secret>) -> Result<Option<String>> {
        password
            .map(|password| self.access.passwords.hash(password.reveal()))
            .transpose()
    }

    /// Whether an enabled admin must remain: the HTTP server is open to other machines.
    fn needs_an_admin(&self) -> bool {
        self.host
            .http_address()
            .is_some_and(|address| !address.ip().to_canonical().is_loopback())
    }
}

impl Change {
    /// The changed account. A new password, or disabling the account, makes its tokens void.
    fn of(self, before: &Admin) -> Admin {
        let mut after = before.clone();
        if let Some(email) = self.email {
            after.email = email;
        }
        if let Some(role) = self.role {
            after.role = role;
        }
        if let Some(enabled) = self.enabled {
            after.enabled = enabled;
        }
        let is_void = before.enabled && !after.enabled || self.password.is_some();
        if let Some(password) = self.password {
            after.password = password;
        }
        if is_void {
            after.generation += 1;
        }
        after
    }
}

/// Number and name of the account of the caller.
fn own(cx: &Cx) -> Result<(i64, String)> {
    let problem = match &cx.caller.who {
        Who::Admin { id, name } => return Ok((*id, name.clone())),
        Who::Token { name, .. } => {
            format!("the token `{name}` is for a program: it has no account of its own")
        }
        Who::User { .. } => {
            "who comes over the local socket has no account: `jobs admin list` shows all of them"
                .into()
        }
        Who::Link { .. } => {
            "a link of the machine has no account: `jobs page --as ACCOUNT` makes one that has"
                .into()
        }
        Who::Daemon | Who::Nobody => "there is no account without a login".to_string(),
    };
    Err(Error::Conflict(problem))
}

fn own_id(cx: &Cx) -> Option<i64> {
    own(cx).ok().map(|(id, _)| id)
}

fn find(reader: &mut Reader<'_>, admin: &AdminRef) -> Result<Admin> {
    if admin.as_str().is_empty() {
        return Err(
            Error::invalid("admin", "is missing").hint("give the name or the number of an account")
        );
    }
    reader
        .admin(admin.as_str())?
        .ok_or_else(|| no_such(admin.as_str()))
}

fn no_such(name: &str) -> Error {
    Error::NoSuch {
        what: "account",
        name: name.to_string(),
    }
}

fn nothing_given(fields: &str) -> Error {
    Error::invalid("params", "nothing is to be changed").hint(format!("give {fields}"))
}

fn not_oneself(own: Option<i64>, admin: &Admin, what: &str) -> Result<()> {
    if own != Some(admin.id) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "`{}` is the account that calls: nobody can {what} themselves\nhint: log in as another admin, or use \
         `jobs admin` on the machine itself",
        admin.username
    )))
}

fn is_enabled_admin(admin: &Admin) -> bool {
    admin.enabled && admin.role == Role::Admin
}

/// Refuses to remove, disable or demote the last enabled admin while the HTTP server is open to other machines.
fn keep_one(tx: &mut Tx<'_>, needs_one: bool, admin: &Admin) -> Result<()> {
    if !needs_one || !is_enabled_admin(admin) || tx.has_admin_other_than(admin.id)? {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "`{}` is the last enabled admin, and the HTTP server is open to other machines\n\
         hint: make another admin first, or close the HTTP server (`server.enabled`)",
        admin.username
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jobs_schedule::Time;

    fn admin() -> Admin {
        Admin {
            id: 1,
            username: "alice".into(),
            email: "a@b".into(),
            role: Role::Admin,
            enabled: true,
            password: "old".into(),
            generation: 4,
            last_login: None,
            created_at: Time::from_millis(0),
            updated_at: Time::from_millis(0),
        }
    }

    #[test]
    fn change_of_account_voids_its_logins() {
        let disabled = || Admin {
            enabled: false,
            ..admin()
        };
        let enabled = |enabled| Change {
            enabled: Some(enabled),
            ..Change::default()
        };
        let role = Change {
            role: Some(Role::Viewer),
            ..Change::default()
        };
        let password = Change {
            password: Some("new".into()),
            ..Change::default()
        };
        let email = Change {
            email: Some(String::new()),
            ..Change::default()
        };
        for (what, before, change, generation) in [
            ("a password", admin(), password, 5),
            ("disabled", admin(), enabled(false), 5),
            ("enabled as it was", admin(), enabled(true), 4),
            ("enabled again", disabled(), enabled(true), 4),
            ("disabled as it was", disabled(), enabled(false), 4),
            ("a role", admin(), role, 4),
            ("a mail address", admin(), email, 4),
        ] {
            assert_eq!(change.of(&before).generation, generation, "{what}");
        }
    }

    #[test]
    fn change_of_own_account_that_locks_it_is_refused() {
        assert!(not_oneself(Some(2), &admin(), "remove").is_ok());
        assert!(not_oneself(None, &admin(), "remove").is_ok());
        let error = not_oneself(Some(1), &admin(), "remove").unwrap_err();
        assert!(matches!(error, Error::Conflict(_)), "{error}");
    }

    #[test]
    fn last_admin_cannot_be_removed_while_the_server_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let store = jobs_store::Store::open(&folder.path().join("jobs.db")).unwrap();
        let add = |name: &str, role, enabled| {
            let new = NewAdmin {
                username: name.into(),
                email: String::new(),
                role,
                enabled,
                password: "-".into(),
                generation: 1,
                created_at: Time::from_millis(0),
                updated_at: Time::from_millis(0),
            };
            store.write(move |tx| tx.insert_admin(&new)).unwrap()
        };
        let may_go = |admin: &Admin, is_open: bool| {
            let admin = admin.clone();
            store.write(move |tx| keep_one(tx, is_open, &admin)).is_ok()
        };
        let first = add("first", Role::Admin, true);
        let disabled = add("disabled", Role::Admin, false);
        let operator = add("operator", Role::Operator, true);
        for (admin, is_open, expected) in [
            (&first, true, false),
            (&first, false, true),
            (&disabled, true, true),
            (&operator, true, true),
        ] {
            assert_eq!(may_go(admin, is_open), expected, "{}", admin.username);
        }
        let second = add("second", Role::Admin, true);
        assert!(may_go(&first, true) && may_go(&second, true));
    }
}
