//! The HTTP door: when it is open and where, and how it moves while the daemon is up.

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

use crate::api::Calls;
use crate::cli::Listen;
use crate::config::{Config, MetricsAccess};
use crate::error::{Error, Result};
use crate::fs::everyone_may_read;
use crate::http::{self, Frame, Listening, MetricsFor, Rate, Released, Tls};
use crate::service::Access;

/// How long an address may take to become free.
const RELEASED_WITHIN: Duration = Duration::from_secs(2);

/// The door, open or not.
pub(super) struct Doorway {
    /// `--http`
    typed: Option<Listen>,
    access: Arc<Access>,
    /// One of its own, made when it is first opened: nothing that goes on at the door holds up the scheduler.
    runtime: Mutex<Option<Runtime>>,
    openings: TaskTracker,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What it leads to; nothing before the service is there, and after the end.
    calls: Option<Arc<dyn Calls>>,
    open: Option<Open>,
}

struct Open {
    /// As it was asked for: the port may be 0.
    asked: SocketAddr,
    address: SocketAddr,
    frame: watch::Sender<Arc<Frame>>,
    stop: CancellationToken,
    released: Released,
}

impl Doorway {
    /// A door that is not open yet.
    pub(super) fn new(typed: Option<Listen>, access: Arc<Access>) -> Doorway {
        Doorway {
            typed,
            access,
            runtime: Mutex::default(),
            openings: TaskTracker::new(),
            state: Mutex::default(),
        }
    }

    /// Opens it if the configuration or the command line says so; what the operator should know. Blocks.
    pub(super) fn open(&self, config: &Config, calls: Arc<dyn Calls>) -> Result<Vec<String>> {
        self.state().calls = Some(calls);
        self.change(config, || Ok(()))?;
        Ok(self.warnings(config))
    }

    /// Opens, closes or moves the door as the configuration says, unless `others`, who take it over too, refuse: then, as
    /// when the door itself can't, all of it stays as it was. Blocks.
    pub(super) fn change<T>(
        &self,
        config: &Config,
        others: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let mut state = self.state();
        let Some(asked) = self.asked(config) else {
            let done = others()?;
            if let Some(open) = state.open.take() {
                tracing::info!(address = %open.address, "the HTTP door closes");
                open.stop.cancel();
            }
            return Ok(done);
        };
        self.refuse_without_admin(asked)?;
        let frame = Arc::new(frame(config)?);
        if let Some(open) = &state.open
            && open.asked == asked
        {
            let done = others()?;
            open.frame.send_replace(frame);
            return Ok(done);
        }
        // The new address is taken before the old one is let go, unless one is a part of the other.
        let before = state
            .open
            .take_if(|open| overlap(open.address, asked))
            .map(|open| {
                let kept = (open.asked, open.frame.borrow().clone());
                open.close();
                kept
            });
        let moved = self.bind(asked).and_then(|bound| Ok((bound, others()?)));
        let ((listening, released), done) = match (moved, before) {
            (Ok(moved), _) => moved,
            (Err(error), None) => return Err(error),
            (Err(error), Some((asked, frame))) => {
                let (listening, released) = self.bind(asked).map_err(|again| {
                    Error::Io(format!(
                        "{error}\nand now the HTTP door is closed, for: {again}"
                    ))
                })?;
                self.attend(&mut state, asked, listening, released, frame)?;
                return Err(error);
            }
        };
        if let Some(open) = state.open.take() {
            open.stop.cancel();
        }
        self.attend(&mut state, asked, listening, released, frame)?;
        Ok(done)
    }

    /// What an operator should know about a door that is open.
    pub(super) fn warnings(&self, config: &Config) -> Vec<String> {
        let mut warnings = Vec::new();
        let (Some(asked), tls) = (self.asked(config), &config.server.tls) else {
            return warnings;
        };
        if tls.files().is_none() && !asked.ip().to_canonical().is_loopback() {
            warnings.push(format!(
                "the HTTP door at `{asked}` is open to others without TLS: passwords and tokens can be read on the way; \
                 `server.tls` mends that"
            ));
        }
        if let Some(key) = tls.key.as_deref().filter(|key| is_readable_by_all(key)) {
            warnings.push(format!(
                "everyone may read the key `{0}`; `chmod 600 {0}` mends that",
                key.display()
            ));
        }
        warnings
    }

    /// Where it is open.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.state().open.as_ref().map(|open| open.address)
    }

    /// Where it is open, as a URL.
    pub(super) fn url(&self) -> Option<String> {
        self.state().open.as_ref().map(Open::url)
    }

    /// Closes it; what is under way gets a moment.
    pub(super) async fn close(&self) {
        {
            let mut state = self.state();
            state.calls = None;
            if let Some(open) = state.open.take() {
                open.stop.cancel();
            }
        }
        self.openings.close();
        self.openings.wait().await;
        let runtime = self.runtime.lock().take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }

    /// The runtime of the door.
    fn runtime(&self) -> Result<Handle> {
        let mut runtime = self.runtime.lock();
        if let Some(runtime) = &*runtime {
            return Ok(runtime.handle().clone());
        }
        let made = Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(http::BLOCKING)
            .thread_name("http")
            .on_thread_start(stand_back)
            .enable_all()
            .build()
            .map_err(|error| Error::io("cannot start a runtime for the HTTP door", error))?;
        Ok(runtime.insert(made).handle().clone())
    }

    /// Takes an address, in the runtime of the door.
    fn bind(&self, address: SocketAddr) -> Result<(Listening, Released)> {
        let runtime = self.runtime()?;
        let _inside = runtime.enter();
        Listening::bind(address)
    }

    fn attend(
        &self,
        state: &mut State,
        asked: SocketAddr,
        listening: Listening,
        released: Released,
        frame: Arc<Frame>,
    ) -> Result<()> {
        // None once the daemon goes down: then nothing is opened any more.
        let Some(calls) = state.calls.clone() else {
            return Ok(());
        };
        let runtime = self.runtime()?;
        let address = listening.address();
        let (frame, settings) = watch::channel(frame);
        let stop = CancellationToken::new();
        let router = http::router(calls, stop.clone());
        self.openings.spawn_on(
            http::serve(listening, router, settings, stop.clone()),
            &runtime,
        );
        let open = Open {
            asked,
            address,
            frame,
            stop,
            released,
        };
        tracing::info!(%address, url = open.url(), "the HTTP door is open");
        state.open = Some(open);
        Ok(())
    }

    /// Where it is to be, if it is to be open.
    fn asked(&self, config: &Config) -> Option<SocketAddr> {
        let server = &config.server;
        let typed = match (self.typed, server.enabled) {
            (Some(typed), _) => typed,
            (None, true) => Listen::default(),
            (None, false) => return None,
        };
        let address = typed.address.unwrap_or(server.address);
        Some(SocketAddr::new(address, typed.port.unwrap_or(server.port)))
    }

    fn refuse_without_admin(&self, asked: SocketAddr) -> Result<()> {
        if asked.ip().to_canonical().is_loopback() || self.access.has_admin() {
            return Ok(());
        }
        Err(Error::Conflict(format!(
            "the HTTP door may not be open to others at `{asked}` while there is no admin\n\
             hint: start without `--http` and with `server.enabled: false`, `jobs admin add NAME --role admin`, then \
             `server.enabled: true` and `jobs reload`, or start again with `--http`; or keep to 127.0.0.1"
        )))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl Open {
    fn url(&self) -> String {
        let scheme = match self.frame.borrow().tls {
            Some(_) => "https",
            None => "http",
        };
        format!("{scheme}://{}", self.address)
    }

    /// Stops listening, and waits until the address is free.
    fn close(self) {
        self.stop.cancel();
        if !self.released.wait(RELEASED_WITHIN) {
            tracing::warn!(address = %self.address, "the address is not let go");
        }
    }
}

/// Has a thread of the door stand back where the jobs want the processor.
#[cfg(target_os = "linux")]
fn stand_back() {
    // There it is the niceness of the one thread. A system that refuses it is one that has time.
    let _ = rustix::process::nice(5);
}

#[cfg(not(target_os = "linux"))]
fn stand_back() {}

/// Whether both can't be listened at together: the same port, and one address is all of them.
fn overlap(open: SocketAddr, asked: SocketAddr) -> bool {
    let is_all = |address: IpAddr| address.is_unspecified();
    open.port() == asked.port()
        && (open.ip() == asked.ip() || is_all(open.ip()) || is_all(asked.ip()))
}

/// Refuses a configuration whose HTTP server cannot be started. `is_typed` is whether `start --http` asks for the server.
pub(super) fn check(config: &Config, is_typed: bool) -> Result<()> {
    match is_typed || config.server.enabled {
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

/// What the configuration says of the frame.
fn frame(config: &Config) -> Result<Frame> {
    let server = &config.server;
    let (per_second, burst) = (server.rate_limit, server.rate_burst);
    let rate = NonZeroU32::new(per_second)
        .zip(NonZeroU32::new(burst))
        .map(|(per_second, burst)| Rate { per_second, burst });
    let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Frame {
        tls: tls(config)?,
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
            MetricsAccess::Open => MetricsFor::Everyone,
            MetricsAccess::Off => MetricsFor::Nobody,
            MetricsAccess::Token => MetricsFor::Token,
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
    fn addresses_that_can_not_be_listened_at_together() {
        let rows = [
            ("127.0.0.1:80", "0.0.0.0:80", true),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "[::]:80", true),
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("127.0.0.1:80", "0.0.0.0:0", false),
        ];
        for (open, asked, expected) in rows {
            let is_so = overlap(open.parse().unwrap(), asked.parse().unwrap());
            assert_eq!(is_so, expected, "{open} {asked}");
        }
    }
}
