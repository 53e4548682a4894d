//! Logins: what is checked, what is given out, and how often it may be tried.

use super::super::Service;
use crate::api::{Done, LoggedIn, Login};
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn log_in(&self, _ask: &Login) -> Result<LoggedIn> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn rotate_key(&self) -> Result<Done> {
        Err(Error::Conflict("PENDING".into()))
    }
}
