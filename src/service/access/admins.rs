//! Accounts.

use super::super::Service;
use crate::api::{
    Account, AdminAdd, AdminEdit, AdminList, AdminPasswd, AdminRm, AdminStatus, Page, ProfileEdit,
};
use crate::error::{Error, Result};
use crate::model::Admin;

/// An account as it may be shown.
pub(in crate::service) fn account(admin: Admin) -> Account {
    Account::from(admin)
}

fn pending<T>() -> Result<T> {
    Err(Error::Conflict("PENDING".into()))
}

impl Service {
    pub(in crate::service) fn own_account(&self) -> Result<Account> {
        pending()
    }

    pub(in crate::service) fn edit_own_account(&self, _ask: ProfileEdit) -> Result<Account> {
        pending()
    }

    pub(in crate::service) fn add_admin(&self, _ask: AdminAdd) -> Result<Account> {
        pending()
    }

    pub(in crate::service) fn list_admins(&self, _ask: &AdminList) -> Result<Page<Account>> {
        pending()
    }

    pub(in crate::service) fn edit_admin(&self, _ask: AdminEdit) -> Result<Account> {
        pending()
    }

    pub(in crate::service) fn change_password(&self, _ask: AdminPasswd) -> Result<Account> {
        pending()
    }

    pub(in crate::service) fn enable_admin(&self, _ask: AdminStatus) -> Result<Account> {
        pending()
    }

    pub(in crate::service) fn remove_admin(&self, _ask: AdminRm) -> Result<Account> {
        pending()
    }
}
