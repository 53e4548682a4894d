//! Commands on the daemon itself: start, shutdown, status, health, reload.

use std::path::{Path, PathBuf};

use clap::Args;

use super::import::canonical_origin;
use super::listen::Listen;
use super::out::{Highlight, Out, print_message, warn};
use super::{Context, DONE, FAILED, Start, Starter, jobs, text, waits};
use jobs_api::{Done, Health, JobRef, ProgramVersion, Reload, Show, Shutdown, Status, Version};
use jobs_clock::now;

use jobs_schedule::Zone;

#[derive(Args, Debug)]
pub struct StartArgs {
    /// Start in the background; returns when the daemon answers
    #[arg(short = 'd', long)]
    pub detach: bool,
    /// With -d: start under a guard that restarts the daemon after a crash
    #[arg(short = 'f', long = "forever", requires = "detach")]
    pub guard: bool,
    /// Open the HTTP server, at IP:PORT, IP, PORT or :PORT [default: server.address and server.port, 127.0.0.1:36363]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "")]
    pub http: Option<Listen>,
    /// Import this crontab, now and at each reload; in the foreground, also show what the jobs print
    #[arg(long, value_name = "FILE")]
    pub crontab: Option<PathBuf>,
    /// Tell on stdout when the daemon is ready
    #[arg(long, hide = true)]
    pub announce: bool,
}

#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Show this job instead, as `jobs show` does
    pub job: Option<JobRef>,
}

pub fn start(
    context: &Context,
    args: StartArgs,
    out: &mut Out,
    starter: Starter<'_>,
) -> anyhow::Result<i32> {
    let start = Start {
        paths: context.paths()?,
        detach: args.detach,
        guard: args.guard,
        http: args.http,
        crontab: args.crontab.as_deref().map(canonical_origin).transpose()?,
        announce: args.announce,
    };
    let socket = start.paths.socket.display().to_string();
    let has_json = out.wants_json();
    starter(&start, &|pid| {
        // On stderr: a script that starts a daemon asked for no data.
        if has_json {
            return;
        }
        // The daemon answers by now. If not, `jobs status` tells the reason.
        let url = context
            .client()
            .and_then(|mut client| Ok(client.call(&Status {})?))
            .ok()
            .and_then(|status| status.http);
        let has_http = url.is_some();
        let http = url.map(|url| format!(", HTTP `{url}`")).unwrap_or_default();
        print_message(&format!(
            "the daemon is up: pid {pid}, socket `{socket}`{http}"
        ));
        if has_http {
            print_message("`jobs page` opens its page");
        }
    })
}

pub fn shutdown(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let paths = context.paths()?;
    let asked = context
        .client()
        .and_then(|mut client| Ok(client.call(&Shutdown {})?));
    let ended = match asked {
        Ok(_) => "the daemon has ended",
        // Its socket may have been removed.
        Err(error) if super::is_unreachable(&error) && terminate(&paths.lock) => {
            "the daemon has ended"
        }
        // Between the death of a daemon and its restart only the guard is there.
        Err(error) if super::is_unreachable(&error) && terminate(&paths.guard_lock) => {
            "the guard has ended; no daemon was running"
        }
        Err(error) => return Err(error),
    };
    // Both processes hold their locks until they end, so a lock that is free says that the process has ended.
    for path in [&paths.lock, &paths.guard_lock] {
        if let Ok(lock) = jobs_fs::open_file(path)
            && let Err(error) = lock.lock_shared()
        {
            warn(&format!("the end can't be waited for: {error}"));
        }
    }
    if out.wants_json() {
        out.data(&Done {})?;
    } else {
        out.line(ended)?;
    }
    Ok(DONE)
}

/// Asks the process that holds a lock to end; says whether there is one.
#[cfg(target_os = "linux")]
fn terminate(lock: &Path) -> bool {
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    let Some(holder) = super::holder(lock) else {
        return false;
    };
    let opened = Pid::from_raw(holder).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    // Looked up again: now the descriptor stands for the process that holds the lock, whatever becomes of its number.
    opened.is_some_and(|process| {
        super::holder(lock) == Some(holder) && pidfd_send_signal(&process, Signal::TERM).is_ok()
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn terminate(lock: &Path) -> bool {
    use rustix::process::{Pid, Signal, kill_process};
    // The lock is held, so the process of that number is the one that holds it.
    super::holder(lock)
        .and_then(Pid::from_raw)
        .is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
}

#[cfg(not(unix))]
fn terminate(_: &Path) -> bool {
    false
}

pub fn status_of(context: &Context, args: &StatusArgs, out: &mut Out) -> anyhow::Result<i32> {
    match &args.job {
        None => status(context, out),
        Some(job) => jobs::show(
            context,
            &Show {
                job: job.clone(),
                ..Show::default()
            },
            out,
        ),
    }
}

fn status(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let status = context.client()?.call(&Status {})?;
    if out.wants_json() {
        out.data(&status)?;
        return Ok(DONE);
    }
    let uptime = text::duration(
        i64::try_from(status.uptime_seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000),
    );
    let next = match (&status.next_job, status.next_run) {
        (Some(job), Some(at)) => format!(
            "`{}` at {} ({})",
            text::visible(job),
            at.local(&Zone::system()),
            text::relative(at, now())
        ),
        _ if status.paused => "nothing is due in a pause".to_string(),
        _ => "nothing is due".to_string(),
    };
    let scheduler = match (&status.trouble, status.scheduler_running) {
        (Some(trouble), _) => out.paint(Highlight::Bad, &format!("cannot work: {trouble}")),
        (None, true) if status.paused => {
            out.paint(Highlight::Warn, "paused: no job is due until `jobs resume`")
        }
        (None, true) => out.paint(Highlight::Good, "running"),
        (None, false) => out.paint(Highlight::Warn, "stopped: the daemon is shutting down"),
    };
    for (key, value) in [
        ("name", text::visible(&status.name).to_string()),
        (
            "daemon",
            format!(
                "pid {}, version {}, up {uptime}",
                status.pid, status.version
            ),
        ),
        ("scheduler", scheduler),
        (
            "jobs",
            format!("{}, {} of them stopped", status.jobs, status.stopped),
        ),
        (
            "executions",
            format!("{} running, {} queued", status.running, status.queued),
        ),
        (
            "alerts",
            match status.open_alerts {
                0 => "none open".into(),
                number => format!("{number} open; `jobs alerts` lists them"),
            },
        ),
        ("next", next),
        ("zone", status.timezone),
        ("config", status.config_file),
        ("database", status.database),
        ("system log", status.log_folder),
        ("socket", status.socket),
        ("http", status.http.unwrap_or_else(|| "closed".into())),
    ]
    .into_iter()
    .chain(waits::lines(&status.waits))
    {
        out.line(&format!(
            "{}  {value}",
            out.paint(Highlight::Dim, &format!("{key:>10}"))
        ))?;
    }
    for warning in &status.warnings {
        warn(warning);
    }
    Ok(DONE)
}

pub fn version(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let client = ProgramVersion::own();
    let called = context
        .client()
        .and_then(|mut client| Ok(client.call(&Version {})?));
    let (daemon, unreachable) = match called {
        Ok(daemon) => (Some(daemon), None),
        Err(error) if super::is_unreachable(&error) => (None, Some(error)),
        Err(error) => return Err(error),
    };
    let differ = daemon.as_ref().map(|daemon| *daemon != client);
    if out.wants_json() {
        out.data(&serde_json::json!({ "client": client, "daemon": daemon, "differ": differ }))?;
    } else {
        for (key, shown) in [("client", Some(&client)), ("daemon", daemon.as_ref())] {
            let Some(shown) = shown else { continue };
            let features = match shown.features.as_slice() {
                [] => "no features".to_string(),
                features => features.join(", "),
            };
            out.line(&format!(
                "{}  {} ({features})",
                out.paint(Highlight::Dim, key),
                shown.version
            ))?;
        }
    }
    out.flush()?;
    if differ == Some(true) && !out.wants_json() {
        warn("the client and the daemon differ: restart the daemon after an update");
    }
    unreachable.map_or(Ok(DONE), Err)
}

pub fn health(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let report = context.client()?.call(&Health {})?;
    let code = if report.healthy { DONE } else { FAILED };
    if out.wants_json() {
        out.data(&report)?;
        return Ok(code);
    }
    for problem in &report.problems {
        warn(problem);
    }
    if report.lost_log_lines > 0 {
        warn(&format!(
            "{} lines of the system log could not be written: the disk or the reader of stderr is too slow",
            report.lost_log_lines
        ));
    }
    let bytes = |bytes: u64| text::size(i64::try_from(bytes).unwrap_or(i64::MAX));
    let database = &report.database;
    let scheduler = &report.scheduler;
    let yes_or_no = match report.healthy {
        true => out.paint(Highlight::Good, "yes"),
        false => out.paint(Highlight::Bad, "no"),
    };
    let lines = [
        ("healthy", yes_or_no),
        (
            "memory",
            format!(
                "{} ({} reserved), {} threads",
                bytes(report.memory.rss),
                bytes(report.memory.reserved),
                report.threads
            ),
        ),
        (
            "database",
            match &database.error {
                None => format!(
                    "{}, a write takes {:.1} ms",
                    bytes(database.size_bytes),
                    database.latency_ms
                ),
                Some(_) => out.paint(Highlight::Bad, "can't be written"),
            },
        ),
        (
            "scheduler",
            match (scheduler.running, scheduler.paused) {
                (false, _) => out.paint(Highlight::Bad, "stopped"),
                (true, true) => out.paint(Highlight::Warn, "paused"),
                (true, false) => format!("running, {} ms late", scheduler.lag_ms),
            },
        ),
    ];
    for (key, value) in lines.into_iter().chain(waits::lines(&report.waits)) {
        out.line(&format!(
            "{}  {value}",
            out.paint(Highlight::Dim, &format!("{key:>9}"))
        ))?;
    }
    Ok(code)
}

pub fn reload(context: &Context, out: &mut Out) -> anyhow::Result<i32> {
    let reloaded = context.client()?.call(&Reload {})?;
    for warning in &reloaded.warnings {
        warn(warning);
    }
    if out.wants_json() {
        out.data(&reloaded)?;
    } else {
        out.line("the configuration was read again")?;
    }
    Ok(DONE)
}
