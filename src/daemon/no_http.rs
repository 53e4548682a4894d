//! Stands in for the HTTP server in a program that was built without the cargo feature `http`.

use std::net::SocketAddr;
use std::sync::Arc;

use jobs_api::Handler;
use jobs_cli::Listen;
use jobs_config::Config;
use jobs_error::{Error, Result};
use jobs_service::Access;

/// Refuses a configuration that asks for the HTTP server. `has_flag` is whether `start --http` asks for it.
pub(super) fn check(config: &Config, has_flag: bool) -> Result<()> {
    let what = match (has_flag, config.server.enabled) {
        (true, _) => "`--http`",
        (false, true) => "`server.enabled`",
        (false, false) => return Ok(()),
    };
    Err(Error::Conflict(format!(
        "{what}: this program was built without the HTTP server (the cargo feature `http`)"
    )))
}

/// A server that can't be opened: to ask for it is an error.
pub(super) struct HttpServer {
    has_flag: bool,
}

impl HttpServer {
    pub(super) fn new(flag: Option<Listen>, _: Arc<Access>) -> HttpServer {
        HttpServer {
            has_flag: flag.is_some(),
        }
    }

    pub(super) fn open(&self, config: &Config, _: Arc<dyn Handler>) -> Result<Vec<String>> {
        self.change(config, || Ok(Vec::new()))
    }

    pub(super) fn change<T>(
        &self,
        config: &Config,
        apply_rest: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        check(config, self.has_flag)?;
        apply_rest()
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

    pub(super) fn page_urls(&self, _: &Config, _: &str) -> Result<Vec<String>> {
        Err(Error::Conflict(
            "this program was built without the HTTP server (the cargo feature `http`), so it has no page".into(),
        ))
    }

    pub(super) async fn close(&self) {}
}
