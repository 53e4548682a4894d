//! Converts the configuration into the settings of the scheduler, the runner and access.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use jobs_alerts::Language;
use jobs_api::JobsConfig;
use jobs_config::{AlertLanguage, Alerts, Config, Loaded, Paths};
use jobs_runner::{Tools, func};
use jobs_schedule::Zone;
use jobs_scheduler::{AlertSettings, Concurrency, Settings};
use jobs_service::AccessSettings;
use jobs_store::Limits;
use jobs_text::listed;

/// The settings of the scheduler.
pub(super) fn settings(config: &Config, paths: &Paths) -> Settings {
    let jobs = &config.jobs;
    let day = Duration::from_secs(86_400);
    Settings {
        zone: jobs.timezone.clone().unwrap_or_else(Zone::system),
        concurrency: Concurrency::new(jobs.max_concurrent, jobs.max_concurrent_per_job),
        default_timeout: Some(jobs.default_timeout_seconds.duration())
            .filter(|timeout| !timeout.is_zero()),
        default_overlap: jobs.default_allow_mode,
        manual_runs_overlap: jobs.manual_allow_concurrent,
        logs_ends: jobs.log_summary_enabled,
        kill_grace: jobs.kill_grace.duration(),
        tools: Arc::new(tools(config, paths)),
        socket: paths.socket.clone(),
        limits: Limits {
            age: day.saturating_mul(u32::try_from(jobs.history_days).unwrap_or(u32::MAX)),
            per_job: config.job_log_keep_count,
            bytes: jobs.history_max_bytes.0,
            audit_age: day
                .saturating_mul(u32::try_from(config.audit.keep_days).unwrap_or(u32::MAX)),
            audit_rows: config.audit.max_entries,
        },
        alerts: alerts(&config.alerts),
    }
}

fn alerts(config: &Alerts) -> AlertSettings {
    let channels = config.daemon.split(',').map(str::trim);
    AlertSettings {
        remind: config.remind.duration(),
        expires: config.expires.duration(),
        daemon: channels
            .filter(|name| !name.is_empty())
            .map(str::to_string)
            .collect(),
        language: match config.language {
            AlertLanguage::English => Language::En,
            AlertLanguage::Chinese => Language::Zh,
        },
        page: config.page.clone(),
        group: config.group.duration(),
        max_per_hour: config.max_per_hour,
    }
}

/// The part of the configuration that running a job needs.
fn tools(config: &Config, paths: &Paths) -> Tools {
    let jobs = &config.jobs;
    Tools {
        shell: jobs.shell.clone(),
        pipefail: jobs.pipefail,
        cgroups: jobs.cgroup,
        functions: func::Settings {
            roots: func::Roots::open(&jobs.func_roots),
            query_max_rows: usize::try_from(jobs.query_max_rows).unwrap_or(usize::MAX),
            response_max_bytes: jobs.http_response_max_bytes.0,
            ca_file: jobs.http_ca_file.clone(),
            smtp: config.smtp.clone(),
            sms: config.sms.clone(),
            webhook: config.webhook.clone(),
        },
        database: paths.database.clone(),
        databases: config.databases.clone(),
        http_gate: Semaphore::new(usize::try_from(jobs.http_max_concurrent).unwrap_or(1)),
    }
}

/// The settings of access.
pub(super) fn access(config: &Config, paths: &Paths) -> AccessSettings {
    AccessSettings {
        key_file: paths.data.join("login.key"),
        login_lifetime: config.server.login_lifetime.duration(),
        session_idle: config.server.session_idle.duration(),
        session_max: config.server.session_max.duration(),
        ip_enabled: config.ip_control.enabled,
        whitelist: config.ip_control.whitelist.clone(),
        blacklist: config.ip_control.blacklist.clone(),
    }
}

/// The settings of jobs, as `jobs config` shows them.
pub(super) fn jobs_config(config: &Config) -> JobsConfig {
    let jobs = &config.jobs;
    JobsConfig {
        default_allow_mode: jobs.default_allow_mode as u8,
        manual_allow_concurrent: jobs.manual_allow_concurrent,
        default_timeout_seconds: jobs.default_timeout_seconds.0,
        http_response_max_bytes: jobs.http_response_max_bytes.0,
        log_summary_enabled: jobs.log_summary_enabled,
        log_line_truncate: jobs.log_line_truncate,
        job_log_keep_count: config.job_log_keep_count,
        history_days: jobs.history_days,
        history_max_bytes: jobs.history_max_bytes.0,
        output_max_bytes: jobs.output_max_bytes.0,
        max_concurrent: jobs.max_concurrent,
        max_concurrent_per_job: jobs.max_concurrent_per_job,
        kill_grace: jobs.kill_grace.0,
        shell: jobs.shell.display().to_string(),
        pipefail: jobs.pipefail,
        timezone: jobs
            .timezone
            .as_ref()
            .unwrap_or(&Zone::system())
            .name()
            .to_string(),
    }
}

/// A warning that names the keys which differ from `before` and take effect with the next start only; none if there are
/// none.
pub(super) fn needs_restart(
    before: &Config,
    loaded: &Loaded,
    running: &Paths,
    has_guard: bool,
) -> Option<String> {
    let now = &loaded.config;
    let changed = [
        ("database.path", loaded.paths.database != running.database),
        ("logs.dir", loaded.paths.logs != running.logs),
        ("logs.enabled", now.logs.enabled != before.logs.enabled),
        (
            "logs.keep_days",
            now.logs.keep_days != before.logs.keep_days,
        ),
        (
            "daemon.restart_delay",
            has_guard && now.daemon.restart_delay != before.daemon.restart_delay,
        ),
        (
            "daemon.max_restarts",
            has_guard && now.daemon.max_restarts != before.daemon.max_restarts,
        ),
    ];
    let names: Vec<&str> = changed
        .into_iter()
        .filter(|(_, has_changed)| *has_changed)
        .map(|(name, _)| name)
        .collect();
    (!names.is_empty()).then(|| format!("{}: changes with the next start only", listed(names)))
}
