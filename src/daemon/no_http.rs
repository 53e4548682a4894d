//! The place of the HTTP door in a program that was built without it.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::api::Calls;
use crate::cli::Listen;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::service::Access;

/// Refuses a configuration that asks for the HTTP server. `is_typed` is whether `start --http` asks for it.
pub(super) fn check(config: &Config, is_typed: bool) -> Result<()> {
    let what = match (is_typed, config.server.enabled) {
        (true, _) => "`--http`",
        (false, true) => "`server.enabled`",
        (false, false) => return Ok(()),
    };
    Err(Error::Conflict(format!(
        "{what}: this program was built without the HTTP server (the cargo feature `http`)"
    )))
}

/// A wall; whoever wants a door here is told.
pub(super) struct Doorway {
    is_typed: bool,
}

impl Doorway {
    pub(super) fn new(typed: Option<Listen>, _: Arc<Access>) -> Doorway {
        Doorway {
            is_typed: typed.is_some(),
        }
    }

    pub(super) fn open(&self, config: &Config, _: Arc<dyn Calls>) -> Result<Vec<String>> {
        self.change(config, || Ok(Vec::new()))
    }

    pub(super) fn change<T>(
        &self,
        config: &Config,
        others: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        check(config, self.is_typed)?;
        others()
    }

    pub(super) fn warnings(&self, _: &Config) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        None
    }

    pub(super) fn url(&self) -> Option<String> {
        None
    }

    pub(super) async fn close(&self) {}
}
