//! From which addresses the HTTP door may be used.

use super::super::Service;
use crate::api::{IpAdd, IpLists, IpRemove};
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn ip_lists(&self) -> Result<IpLists> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn add_network(&self, _ask: &IpAdd) -> Result<IpLists> {
        Err(Error::Conflict("PENDING".into()))
    }

    pub(in crate::service) fn remove_network(&self, _ask: &IpRemove) -> Result<IpLists> {
        Err(Error::Conflict("PENDING".into()))
    }
}
