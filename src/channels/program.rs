//! Runs a program that gets the notice on its standard input.

use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::ANSWER_MAX;

/// How long output is waited for that somebody else may still write when the program has ended.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// The search path of a program, when the daemon has none.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The variables that a program gets from the daemon. Others may be secrets.
const INHERITED: [&str; 7] = ["HOME", "LANG", "LC_ALL", "LOGNAME", "SHELL", "TZ", "USER"];

/// A program that has ended.
pub(super) struct Ran {
    pub status: ExitStatus,
    /// Standard output and standard error in their order, cut.
    pub output: String,
}

/// Why a program did not end by itself.
pub(super) enum RunProblem {
    Start(std::io::Error),
    TimedOut,
}

/// Runs a program with its input, in a process group of its own that is killed when the time is up.
pub(super) fn run(
    program: &str,
    arguments: &[&str],
    input: Vec<u8>,
    within: Duration,
) -> Result<Ran, RunProblem> {
    let deadline = Instant::now() + within;
    let (mut output, writer) = std::io::pipe().map_err(RunProblem::Start)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env(
            "PATH",
            std::env::var_os("PATH").unwrap_or_else(|| PATH.into()),
        )
        .envs(
            INHERITED
                .iter()
                .filter_map(|name| Some((*name, std::env::var_os(name)?))),
        )
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(writer.try_clone().map_err(RunProblem::Start)?)
        .stderr(writer);
    in_own_group(&mut command);
    let mut child = command.spawn().map_err(RunProblem::Start)?;
    // The command has the ends of the pipe that are the program's.
    drop(command);
    let group = child.id();
    let stdin = child.stdin.take();
    std::thread::spawn(move || {
        // A program may end without reading its input.
        let _ = stdin.map(|mut stdin| stdin.write_all(&input));
    });
    let (sender, read) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let _ = (&mut output).take(ANSWER_MAX).read_to_end(&mut kept);
        let _ = sender.send(kept);
        // The program must not wait for a reader.
        let _ = std::io::copy(&mut output, &mut std::io::sink());
    });
    let (sender, ended) = channel();
    std::thread::spawn(move || {
        // Nobody receives any more when the time was up.
        let _ = sender.send(child.wait());
    });
    let left = deadline.saturating_duration_since(Instant::now());
    let Ok(status) = ended.recv_timeout(left) else {
        kill(group);
        return Err(RunProblem::TimedOut);
    };
    let status = status.map_err(RunProblem::Start)?;
    let output = read.recv_timeout(LAST_OUTPUT).unwrap_or_default();
    Ok(Ran {
        status,
        output: String::from_utf8_lossy(&output).into_owned(),
    })
}

#[cfg(unix)]
fn in_own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn in_own_group(_: &mut Command) {}

/// Kills a process group that this process has made and not waited for.
#[cfg(unix)]
fn kill(group: u32) {
    let group = i32::try_from(group)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // The group may have ended just now.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {}
