//! Whether the daemon is in order.

use super::super::Service;
use crate::api::HealthReport;
use crate::error::{Error, Result};

impl Service {
    pub(in crate::service) fn health_report(&self) -> Result<HealthReport> {
        Err(Error::Conflict("PENDING".into()))
    }
}
