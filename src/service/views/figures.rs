//! The figures of the daemon, as Prometheus reads them.

use super::super::Service;
use crate::api::Exposition;
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn exposition(&self) -> Result<Exposition> {
        Err(Error::Conflict("PENDING".into()))
    }
}
