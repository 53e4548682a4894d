//! Verbs on the daemon itself: start, shutdown, status, reload, config.

use std::fs::File;
use std::path::Path;

use super::args::{ConfigVerb, StartArgs};
use super::import::one_name;
use super::out::{Out, Tone, say, warn};
use super::{Checker, DONE, Here, Start, Starter, text};
use crate::api::{Done, Reload, Shutdown, Status};
use crate::clock::now;
use crate::config::{Config, Env};
use crate::schedule::Zone;

pub fn start(
    here: &Here,
    args: StartArgs,
    out: &mut Out,
    starter: Starter<'_>,
) -> anyhow::Result<i32> {
    let start = Start {
        paths: here.paths()?,
        detach: args.detach,
        guard: args.guard,
        http: args.http,
        crontab: args.crontab.as_deref().map(one_name).transpose()?,
        announce: args.announce,
    };
    let socket = start.paths.socket.display().to_string();
    let has_json = out.wants_json();
    starter(&start, &|pid| {
        // On stderr: a script that starts a daemon asked for no data.
        if has_json {
            return;
        }
        // It answers by now; should it not, `jobs status` says more than this could.
        let url = here
            .client()
            .and_then(|mut client| Ok(client.call(&Status {})?))
            .ok()
            .and_then(|status| status.http);
        let door = url.map(|url| format!(", HTTP `{url}`")).unwrap_or_default();
        say(&format!(
            "the daemon is up: pid {pid}, socket `{socket}`{door}"
        ));
    })
}

pub fn shutdown(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    let paths = here.paths()?;
    let asked = here
        .client()
        .and_then(|mut client| Ok(client.call(&Shutdown {})?));
    let ended = match asked {
        Ok(_) => "the daemon has ended",
        // Its socket may have been removed.
        Err(error) if super::is_unreachable(&error) && terminate(&paths.lock, &paths.pid_file) => {
            "the daemon has ended"
        }
        // Between the death of a daemon and its restart only the guard is there.
        Err(error)
            if super::is_unreachable(&error)
                && terminate(&paths.guard_lock, &paths.guard_pid_file) =>
        {
            "the guard has ended; no daemon was running"
        }
        Err(error) => return Err(error),
    };
    // Both hold their locks to their last breath, and the kernel wakes who waits for them.
    for path in [&paths.lock, &paths.guard_lock] {
        if let Ok(lock) = File::open(path)
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
#[cfg(unix)]
fn terminate(lock: &Path, pid_file: &Path) -> bool {
    use rustix::process::{Pid, Signal, kill_process};
    // The lock is held, so the process of that number is the one that holds it.
    super::holder(lock, pid_file)
        .and_then(Pid::from_raw)
        .is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok())
}

#[cfg(not(unix))]
fn terminate(_: &Path, _: &Path) -> bool {
    false
}

pub fn status(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    let status = here.client()?.call(&Status {})?;
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
        (Some(trouble), _) => out.paint(Tone::Bad, &format!("in trouble: {trouble}")),
        (None, true) if status.paused => {
            out.paint(Tone::Warn, "paused: no job is due until `jobs resume`")
        }
        (None, true) => out.paint(Tone::Good, "running"),
        (None, false) => out.paint(Tone::Warn, "stopped: the daemon is going down"),
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
        ("next", next),
        ("zone", status.timezone),
        ("config", status.config_file),
        ("database", status.database),
        ("system log", status.log_folder),
        ("socket", status.socket),
        ("http", status.http.unwrap_or_else(|| "closed".into())),
    ] {
        out.line(&format!(
            "{}  {value}",
            out.paint(Tone::Dim, &format!("{key:>10}"))
        ))?;
    }
    Ok(DONE)
}

pub fn reload(here: &Here, out: &mut Out) -> anyhow::Result<i32> {
    let reloaded = here.client()?.call(&Reload {})?;
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

pub fn config(
    here: &Here,
    verb: &ConfigVerb,
    out: &mut Out,
    checker: Checker<'_>,
) -> anyhow::Result<i32> {
    let paths = here.paths()?;
    if let ConfigVerb::Path = verb {
        let path = paths.config_file.display().to_string();
        if out.wants_json() {
            out.data(&path)?;
        } else {
            out.line(&path)?;
        }
        return Ok(DONE);
    }
    let loaded = Config::load(&paths, &Env::process())?;
    for warning in &loaded.warnings {
        warn(warning);
    }
    if let ConfigVerb::Check = verb {
        checker(&loaded.config)?;
    }
    match (verb, out.wants_json()) {
        (ConfigVerb::Show, true) => out.data(&loaded.config.to_json())?,
        (ConfigVerb::Show, false) => out.raw(loaded.config.to_yaml().as_bytes())?,
        (ConfigVerb::Check | ConfigVerb::Path, true) => {
            out.data(&serde_json::json!({ "file": loaded.file, "warnings": loaded.warnings }))?;
        }
        (ConfigVerb::Check | ConfigVerb::Path, false) => match &loaded.file {
            Some(file) => out.line(&format!("`{}` will do", file.display()))?,
            None => out.line(&format!(
                "`{}` does not exist: the defaults hold",
                paths.config_file.display()
            ))?,
        },
    }
    Ok(DONE)
}
