//! The daemon as the service's host: its facts, its configuration, a reload, and its end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::http::HttpServer;
use super::logging::{Level, Targets};
use super::settings::{self, access, needs_restart, settings};
use super::watch::ConfigWatch;
use jobs_api::{Fields, Handler, JobsConfig, Switches};
use jobs_cli::Start;
use jobs_clock as clock;
use jobs_config::{Config, Env, Loaded, Paths, Secret};
use jobs_error::{Error, Result};
use jobs_output::Outputs;
use jobs_scheduler::Scheduler;
use jobs_service::{Access, Host, HostFacts};
use jobs_store::Store;

/// The daemon as the service's [`Host`].
///
/// The host holds the HTTP server, whose handler is the service, which holds the host: [`HttpServer::close`] breaks the cycle.
pub(super) struct DaemonHost {
    facts: HostFacts,
    options: Start,
    /// The paths that are in use, resolved when the daemon started.
    paths: Paths,
    /// Whether there was a configuration file at the start. Then a reload without one is refused.
    had_file: bool,
    /// The configuration at the start, which settings that need a restart are compared with.
    started_with: Config,
    /// The configuration that was read last. Settings that change without a restart are looked up here when needed.
    config: Mutex<Config>,
    store: Store,
    outputs: Outputs,
    scheduler: Arc<Scheduler>,
    access: Arc<Access>,
    pub(super) http: HttpServer,
    pub(super) watch: ConfigWatch,
    /// Cancelled to end the daemon.
    pub(super) end: CancellationToken,
    log_level: Level,
    log_targets: Targets,
    /// The URL of the heartbeat in force.
    heartbeat: watch::Sender<Secret>,
}

/// The parts of the daemon that a reload changes.
pub(super) struct Parts {
    pub store: Store,
    pub outputs: Outputs,
    pub scheduler: Arc<Scheduler>,
    pub access: Arc<Access>,
    pub http: HttpServer,
    pub watch: ConfigWatch,
    pub end: CancellationToken,
    pub log_level: Level,
    pub log_targets: Targets,
}

impl DaemonHost {
    pub(super) fn new(options: &Start, loaded: &Loaded, parts: Parts) -> DaemonHost {
        let paths = &loaded.paths;
        DaemonHost {
            facts: HostFacts {
                started_at: clock::now(),
                config_file: paths.config_file.display().to_string(),
                database: paths.database.display().to_string(),
                log_folder: paths.logs.display().to_string(),
                socket: paths.socket.display().to_string(),
                crontab: options.crontab.clone(),
            },
            options: options.clone(),
            paths: paths.clone(),
            had_file: loaded.file.is_some(),
            started_with: loaded.config.clone(),
            config: Mutex::new(loaded.config.clone()),
            store: parts.store,
            outputs: parts.outputs,
            scheduler: parts.scheduler,
            access: parts.access,
            http: parts.http,
            watch: parts.watch,
            end: parts.end,
            log_level: parts.log_level,
            log_targets: parts.log_targets,
            heartbeat: watch::Sender::new(loaded.config.alerts.heartbeat.clone()),
        }
    }

    /// The URL of the heartbeat, and its changes.
    pub(super) fn heartbeat(&self) -> watch::Receiver<Secret> {
        self.heartbeat.subscribe()
    }

    /// Opens the HTTP server and watches the configuration file, each if it is configured. Returns warnings for the
    /// operator.
    pub(super) async fn open(
        self: &Arc<Self>,
        handler: Arc<dyn Handler>,
    ) -> anyhow::Result<Vec<String>> {
        let host = self.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let config = host.config().clone();
            let mut warnings = host.http.open(&config, handler)?;
            warnings.extend(host.watch.set(config.server.watch_config));
            Ok::<_, Error>(warnings)
        });
        Ok(opened.await??)
    }

    /// The path of the local socket.
    pub(super) fn socket(&self) -> &str {
        &self.facts.socket
    }

    /// The path of the database.
    pub(super) fn database(&self) -> PathBuf {
        PathBuf::from(&self.facts.database)
    }

    /// How long running executions get to end when the daemon shuts down.
    pub(super) fn stop_grace(&self) -> Duration {
        self.config().daemon.stop_grace.duration()
    }

    fn config(&self) -> MutexGuard<'_, Config> {
        self.config.lock()
    }

    /// Applies a configuration to all parts, or to none when one of them refuses it.
    fn apply(&self, loaded: &Loaded) -> Result<()> {
        let scheduling = settings(&loaded.config, &loaded.paths);
        self.http.change(&loaded.config, || {
            self.access
                .configure(&self.store, access(&loaded.config, &self.paths))?;
            self.scheduler.configure(scheduling)?;
            self.outputs
                .set_budget(loaded.config.jobs.output_max_bytes.0);
            self.log_level.configure(&loaded.config.logs)
        })
    }
}

impl Host for DaemonHost {
    fn facts(&self) -> &HostFacts {
        &self.facts
    }

    fn app_name(&self) -> String {
        self.config().app.name.clone()
    }

    fn jobs_config(&self) -> JobsConfig {
        settings::jobs_config(&self.config())
    }

    fn switches(&self) -> Switches {
        Switches {
            system: self.config().logs.enabled,
            jobs: true,
        }
    }

    fn lost_log_lines(&self) -> u64 {
        self.log_targets.lost_lines()
    }

    fn add_config(&self, fields: &mut Fields) {
        fields.add_members(&*self.config());
    }

    fn http_address(&self) -> Option<SocketAddr> {
        self.http.address()
    }

    fn http_url(&self) -> Option<String> {
        self.http.url()
    }

    fn page_urls(&self) -> Result<Vec<String>> {
        let config = self.config().clone();
        self.http.page_urls(&config, &self.facts.config_file)
    }

    fn reload(&self) -> Result<Vec<String>> {
        let loaded = Config::load(&self.options.paths, &Env::process())?;
        if self.had_file && loaded.file.is_none() {
            return Err(Error::Conflict(format!(
                "the configuration `{}` is gone; the values that were read before stay in use",
                self.options.paths.config_file.display()
            )));
        }
        self.apply(&loaded)?;
        let mut warnings = loaded.warnings.clone();
        warnings.extend(self.http.warnings(&loaded.config));
        warnings.extend(self.watch.set(loaded.config.server.watch_config));
        let has_guard = self.options.announce;
        warnings.extend(needs_restart(
            &self.started_with,
            &loaded,
            &self.paths,
            has_guard,
        ));
        let heartbeat = loaded.config.alerts.heartbeat.clone();
        self.heartbeat.send_if_modified(|url| {
            let is_other = *url != heartbeat;
            *url = heartbeat;
            is_other
        });
        *self.config() = loaded.config;
        Ok(warnings)
    }

    fn shut_down(&self) {
        self.end.cancel();
    }
}
