//! The daemon as the service sees it: facts of the installation, and what the daemon alone can do.

use std::net::SocketAddr;
use std::path::PathBuf;

use jobs_api::{Fields, JobsConfig, Switches};
use jobs_error::Result;
use jobs_schedule::Time;

/// The process that the service runs in. The daemon implements it.
///
/// The service holds the host for as long as it lives. A host that itself holds the service (the HTTP server has it as
/// its handler) must let go of it when the daemon closes, or neither is ever dropped.
pub trait Host: Send + Sync {
    /// The facts that stay the same until the daemon ends.
    fn facts(&self) -> &HostFacts;

    /// The name of this installation: `app.name` of the configuration.
    fn app_name(&self) -> String;

    /// The settings of jobs as `jobs config` shows them.
    fn jobs_config(&self) -> JobsConfig;

    /// Which logs are written.
    fn switches(&self) -> Switches;

    /// How many lines of the system log could not be written since the start, each counted once per target.
    fn lost_log_lines(&self) -> u64;

    /// Adds the sections of the configuration in force to `fields`, without secrets. The audit compares them.
    fn add_config(&self, fields: &mut Fields);

    /// The address that the HTTP server listens on; none while it is closed.
    fn http_address(&self) -> Option<SocketAddr>;

    /// The same address as a URL.
    fn http_url(&self) -> Option<String>;

    /// The addresses of the web page, such as `http://127.0.0.1:36363/`, the best one first.
    ///
    /// # Errors
    ///
    /// [`jobs_error::Error::Conflict`] when the page is closed; it says what opens it.
    fn page_urls(&self) -> Result<Vec<String>>;

    /// Reads the configuration again and applies it. Returns warnings for the operator. Blocks.
    ///
    /// # Errors
    ///
    /// When a part of the daemon refuses the new configuration; then the one before stays in force.
    fn reload(&self) -> Result<Vec<String>>;

    /// Asks the daemon to shut down, and returns at once.
    fn shut_down(&self);
}

/// Facts about the installation, set when the daemon starts.
#[derive(Clone, Debug)]
pub struct HostFacts {
    /// When the daemon started.
    pub started_at: Time,
    /// Path of the configuration file, whether or not there is one.
    pub config_file: String,
    /// Path of the database.
    pub database: String,
    /// Folder of the system log.
    pub log_folder: String,
    /// Path of the local socket.
    pub socket: String,
    /// The crontab of `start --crontab`. It is imported again at each reload.
    pub crontab: Option<PathBuf>,
}

/// The name of the machine.
#[cfg(unix)]
pub(super) fn host_name() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
pub(super) fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
