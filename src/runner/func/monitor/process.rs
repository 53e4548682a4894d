//! `Monitor process,NAME[,MIN]`: whether a program runs, and in how many processes.

use std::ffi::OsStr;
use std::path::Path;

use sysinfo::{Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::super::{Call, Failure};
use super::arguments::{usage, whole, wrong};
use jobs_text::{counted, quoted};

/// Upper bound on the process ids that are listed.
const MAX_LISTED: usize = 20;

pub(super) fn run(call: &mut Call<'_>, args: &[&str]) -> Result<(), Failure> {
    let (name, least) = match args {
        [name] if !name.is_empty() => (name, 1),
        [name, least] if !name.is_empty() => (name, at_least(least)?),
        _ => return Err(usage("process,NAME[,MIN]")),
    };
    let pids = running(name)?;
    let count = counted_processes(pids.len());
    let listed: Vec<String> = pids.iter().take(MAX_LISTED).map(u32::to_string).collect();
    let shown = quoted(name);
    match pids.len().saturating_sub(MAX_LISTED) {
        _ if pids.is_empty() => writeln!(call.out, "process: {count} of {shown}")?,
        0 => {
            let listed = listed.join(", ");
            writeln!(call.out, "process: {count} of {shown}, pid {listed}")?;
        }
        more => {
            let listed = listed.join(", ");
            writeln!(
                call.out,
                "process: {count} of {shown}, pid {listed} and {more} more"
            )?;
        }
    }
    if pids.len() < least {
        return Err(Failure(format!(
            "process: {count} of {shown}, the limit is at least {least}"
        )));
    }
    Ok(())
}

fn at_least(text: &str) -> Result<usize, Failure> {
    whole(text)
        .filter(|least| *least > 0)
        .ok_or_else(|| wrong("min", text, "a whole number of at least 1"))
}

fn counted_processes(number: usize) -> String {
    if number == 1 {
        counted(number, "process")
    } else {
        format!("{number} processes")
    }
}

/// The ids of the processes of this name, sorted. This process is left out, since it may have the name too.
fn running(name: &str) -> Result<Vec<u32>, Failure> {
    let mut system = System::new()
        .map_err(|error| Failure(format!("process: the system can't be queried: {error}")))?;
    let kind = ProcessRefreshKind::nothing()
        .without_tasks()
        .with_exe(UpdateKind::Always)
        .with_cmd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    if system.processes().is_empty() {
        return Err(Failure(
            "process: the system does not list its processes".to_owned(),
        ));
    }
    let mut pids: Vec<u32> = system
        .processes()
        .iter()
        .filter(|(_, process)| is_alive(process) && is_called(process, name))
        .map(|(pid, _)| pid.as_u32())
        .filter(|pid| *pid != std::process::id())
        .collect();
    pids.sort_unstable();
    Ok(pids)
}

/// Whether a process runs: a zombie only waits to be reaped.
fn is_alive(process: &Process) -> bool {
    !matches!(
        process.status(),
        ProcessStatus::Zombie | ProcessStatus::Dead
    )
}

/// Whether a process has this name: its own name, the file of its program, or the first word of its command line. The
/// own name alone is not enough, since Linux cuts it to 15 characters.
fn is_called(process: &Process, name: &str) -> bool {
    let name = OsStr::new(name);
    process.name() == name
        || process.exe().and_then(Path::file_name) == Some(name)
        || process
            .cmd()
            .first()
            .and_then(|word| Path::new(word).file_name())
            == Some(name)
}
