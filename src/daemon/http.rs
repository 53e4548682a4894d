//! The HTTP server of the daemon: opens, moves, changes and closes it while the daemon is up.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::page_urls;
use jobs_api::Handler;
use jobs_cli::Listen;
use jobs_config::{self as config, Config};
use jobs_error::{Error, Result};
use jobs_fs::everyone_may_read;
use jobs_http::{self as http, HttpListener, HttpSettings, MetricsAccess, Rate, Released, Tls};
use jobs_service::Access;

/// How long to wait until an address that was closed is free again.
const RELEASED_WITHIN: Duration = Duration::from_secs(2);

/// The HTTP server, open or closed.
pub(super) struct HttpServer {
    /// The value of `--http`. It overrides the configuration.
    flag: Option<Listen>,
    access: Arc<Access>,
    /// A runtime of its own, created when the server is first opened, so that HTTP requests never delay the scheduler.
    runtime: Mutex<Option<Runtime>>,
    /// The tasks that serve an address. There are two for a moment while the server moves.
    listeners: TaskTracker,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Answers the calls. `None` before the service is built and after [`HttpServer::close`].
    handler: Option<Arc<dyn Handler>>,
    open: Option<Open>,
}

struct Open {
    /// The address of the configuration; its port may be 0.
    configured: SocketAddr,
    /// The address that is listened on, with its real port.
    address: SocketAddr,
    /// Changes the settings of the open server.
    settings: watch::Sender<Arc<HttpSettings>>,
    stop: CancellationToken,
    released: Released,
}

impl HttpServer {
    /// A server that is closed.
    pub(super) fn new(flag: Option<Listen>, access: Arc<Access>) -> HttpServer {
        HttpServer {
            flag,
            access,
            runtime: Mutex::default(),
            listeners: TaskTracker::new(),
            state: Mutex::default(),
        }
    }

    /// Opens the server if the configuration or `--http` says so. Returns warnings for the operator. Blocks.
    pub(super) fn open(&self, config: &Config, handler: Arc<dyn Handler>) -> Result<Vec<String>> {
        self.state().handler = Some(handler);
        self.change(config, || Ok(()))?;
        Ok(self.warnings(config))
    }

    /// Opens, closes or moves the server as the configuration says, and calls `apply_rest`, which applies the rest of the
    /// configuration. When either fails, the server stays as it was. Blocks.
    pub(super) fn change<T>(
        &self,
        config: &Config,
        apply_rest: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let mut state = self.state();
        let Some(configured) = self.configured(config) else {
            let done = apply_rest()?;
            if let Some(open) = state.open.take() {
                tracing::info!(address = %open.address, "the HTTP server closes");
                open.stop.cancel();
            }
            return Ok(done);
        };
        self.refuse_without_admin(configured)?;
        let settings = Arc::new(settings(config)?);
        if let Some(open) = &state.open
            && open.configured == configured
        {
            let done = apply_rest()?;
            open.settings.send_replace(settings);
            return Ok(done);
        }
        // Bind the new address before the old one is closed, unless they overlap and can't both be bound.
        let before = state
            .open
            .take_if(|open| overlap(open.address, configured))
            .map(|open| {
                let previous = (open.configured, open.settings.borrow().clone());
                open.close();
                previous
            });
        let moved = self
            .bind(configured)
            .and_then(|bound| Ok((bound, apply_rest()?)));
        let ((listener, released), done) = match (moved, before) {
            (Ok(moved), _) => moved,
            (Err(error), None) => return Err(error),
            (Err(error), Some((previous, settings))) => {
                let (listener, released) = self.bind(previous).map_err(|again| {
                    Error::Io(format!(
                        "{error}\nand now the HTTP server is closed, because: {again}"
                    ))
                })?;
                self.serve(&mut state, previous, listener, released, settings)?;
                return Err(error);
            }
        };
        if let Some(open) = state.open.take() {
            open.stop.cancel();
        }
        self.serve(&mut state, configured, listener, released, settings)?;
        Ok(done)
    }

    /// Warnings for the operator about an open server: no TLS towards other machines, a key that everyone may read.
    pub(super) fn warnings(&self, config: &Config) -> Vec<String> {
        let mut warnings = Vec::new();
        let (Some(configured), tls) = (self.configured(config), &config.server.tls) else {
            return warnings;
        };
        if tls.files().is_none() && !configured.ip().to_canonical().is_loopback() {
            warnings.push(format!(
                "the HTTP server at `{configured}` can be reached by other machines without TLS: passwords and tokens can be \
                 read on the way; `server.tls` prevents that"
            ));
        }
        if let Some(key) = tls.key.as_deref().filter(|key| is_readable_by_all(key)) {
            warnings.push(format!(
                "every account of this machine can read the key `{0}`; `chmod 600 {0}` prevents that",
                key.display()
            ));
        }
        warnings
    }

    /// The address that the server listens on; none while it is closed.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.state().open.as_ref().map(|open| open.address)
    }

    /// The same address as a URL.
    pub(super) fn url(&self) -> Option<String> {
        self.state().open.as_ref().map(Open::url)
    }

    /// The addresses of the web page, the best one first.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when the server or the page is closed.
    pub(super) fn page_urls(&self, config: &Config, config_file: &str) -> Result<Vec<String>> {
        let state = self.state();
        let open = state.open.as_ref();
        let open = open.map(|open| (open.scheme(), open.address));
        page_urls::of(&config.server, config_file, open)
    }

    /// Closes the server for good, and drops the handler. Requests that are being answered get [`http::serve`]'s grace.
    pub(super) async fn close(&self) {
        {
            let mut state = self.state();
            state.handler = None;
            if let Some(open) = state.open.take() {
                open.stop.cancel();
            }
        }
        self.listeners.close();
        self.listeners.wait().await;
        let runtime = self.runtime.lock().take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }

    /// The runtime of the server, which is created by the first call.
    fn runtime(&self) -> Result<Handle> {
        let mut runtime = self.runtime.lock();
        if let Some(runtime) = &*runtime {
            return Ok(runtime.handle().clone());
        }
        let made = Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(http::MAX_BLOCKING_THREADS)
            .thread_name("http")
            .on_thread_start(lower_priority)
            .enable_all()
            .build()
            .map_err(|error| Error::io("cannot start a runtime for the HTTP server", error))?;
        Ok(runtime.insert(made).handle().clone())
    }

    /// Binds an address, in the runtime of the server.
    fn bind(&self, address: SocketAddr) -> Result<(HttpListener, Released)> {
        let runtime = self.runtime()?;
        let _inside = runtime.enter();
        HttpListener::bind(address)
    }

    /// Serves on an address that is bound, from now on.
    fn serve(
        &self,
        state: &mut State,
        configured: SocketAddr,
        listener: HttpListener,
        released: Released,
        settings: Arc<HttpSettings>,
    ) -> Result<()> {
        // Without a handler the daemon shuts down, and nothing is opened any more.
        let Some(handler) = state.handler.clone() else {
            return Ok(());
        };
        let runtime = self.runtime()?;
        let address = listener.address();
        let (settings, latest) = watch::channel(settings);
        let stop = CancellationToken::new();
        self.listeners.spawn_on(
            http::serve(listener, handler, latest, stop.clone()),
            &runtime,
        );
        let open = Open {
            configured,
            address,
            settings,
            stop,
            released,
        };
        tracing::info!(%address, url = open.url(), "the HTTP server is open");
        state.open = Some(open);
        Ok(())
    }

    /// The address to listen on, if the server is to be open: from `--http`, else from the configuration.
    fn configured(&self, config: &Config) -> Option<SocketAddr> {
        let server = &config.server;
        let flag = match (self.flag, server.enabled) {
            (Some(flag), _) => flag,
            (None, true) => Listen::default(),
            (None, false) => return None,
        };
        let address = flag.address.unwrap_or(server.address);
        Some(SocketAddr::new(address, flag.port.unwrap_or(server.port)))
    }

    fn refuse_without_admin(&self, configured: SocketAddr) -> Result<()> {
        if configured.ip().to_canonical().is_loopback() || self.access.has_admin() {
            return Ok(());
        }
        Err(Error::Conflict(format!(
            "the HTTP server must not be open to other machines at `{configured}` while there is no admin\n\
             hint: start without `--http` and with `server.enabled: false`, `jobs admin add NAME --role admin`, then \
             `server.enabled: true` and `jobs reload`, or start again with `--http`; or listen on 127.0.0.1"
        )))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Open {
    fn url(&self) -> String {
        format!("{}://{}", self.scheme(), self.address)
    }

    fn scheme(&self) -> &'static str {
        match self.settings.borrow().tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Stops listening, and waits until the address is free.
    fn close(self) {
        self.stop.cancel();
        if !self.released.wait(RELEASED_WITHIN) {
            tracing::warn!(address = %self.address, "the address is still in use after the HTTP server closed");
        }
    }
}

/// Lowers the priority of a thread of the HTTP server, so that jobs get the processor first.
#[cfg(target_os = "linux")]
fn lower_priority() {
    // On Linux this is the niceness of the calling thread alone. Without it requests only compete with jobs.
    let _ = rustix::process::nice(5);
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

/// Whether two addresses can't be bound at the same time: the same port, and the same IP or one that stands for all.
fn overlap(open: SocketAddr, configured: SocketAddr) -> bool {
    let is_all = |address: IpAddr| address.is_unspecified();
    open.port() == configured.port()
        && (open.ip() == configured.ip() || is_all(open.ip()) || is_all(configured.ip()))
}

/// Refuses a configuration whose HTTP server cannot be started. `has_flag`: `start --http` asks for the server.
pub(super) fn check(config: &Config, has_flag: bool) -> Result<()> {
    match has_flag || config.server.enabled {
        true => tls(config).map(drop),
        false => Ok(()),
    }
}

fn tls(config: &Config) -> Result<Option<Arc<Tls>>> {
    let files = config.server.tls.files();
    files
        .map(|(cert, key)| Tls::load(cert, key).map(Arc::new))
        .transpose()
}

/// The settings of the HTTP server in the configuration.
fn settings(config: &Config) -> Result<HttpSettings> {
    let server = &config.server;
    let (per_second, burst) = (server.rate_limit, server.rate_burst);
    let rate = NonZeroU32::new(per_second)
        .zip(NonZeroU32::new(burst))
        .map(|(per_second, burst)| Rate { per_second, burst });
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(HttpSettings {
        tls: tls(config)?,
        names: server.names.clone(),
        is_compatible: server.compatible,
        has_page: server.page,
        cors_origins: server.cors_origins.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        rate,
        max_body: server.max_body.0,
        max_connections: count(server.max_connections),
        max_connections_per_client: count(server.max_connections_per_client),
        header_timeout: server.header_timeout.duration(),
        request_timeout: server.request_timeout.duration(),
        idle_timeout: server.idle_timeout.duration(),
        metrics: match server.metrics {
            config::MetricsAccess::Open => MetricsAccess::Everyone,
            config::MetricsAccess::Off => MetricsAccess::Nobody,
            config::MetricsAccess::Token => MetricsAccess::Token,
        },
        logged_methods: config
            .logs
            .gin_log_methods
            .iter()
            .map(|method| method.as_str().to_string())
            .collect(),
    })
}

fn is_readable_by_all(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| everyone_may_read(&metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_holds_for_the_same_port_and_an_unspecified_address() {
        let rows = [
            ("127.0.0.1:80", "0.0.0.0:80", true),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "[::]:80", true),
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("127.0.0.1:80", "0.0.0.0:0", false),
        ];
        for (open, configured, expected) in rows {
            let is_so = overlap(open.parse().unwrap(), configured.parse().unwrap());
            assert_eq!(is_so, expected, "{open} {configured}");
        }
    }
}
