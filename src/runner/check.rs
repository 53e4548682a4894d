//! Finds out without starting a command whether it can run on this machine.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use super::command::{plan, shell_of};
use super::direct;
use super::environment::{Environment, inherited};
use super::shell::Shell;
use jobs_crontab::{Need, needs};
use jobs_work::Command;

/// The longest argument or variable of a process on Linux, with the NUL byte at its end (`MAX_ARG_STRLEN`).
const MAX_STRING_BYTES: usize = 128 * 1024;

/// Upper bound on the bytes that the daemon adds to the arguments and variables of a command.
const ADDED_BYTES: usize = 16 * 1024;

/// Whether a program of this name is in the daemon's `PATH` or in the folders of the system's programs.
pub fn is_program(name: &str) -> bool {
    let folders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let own = std::env::var_os("PATH").unwrap_or_default();
    [own.as_os_str(), OsStr::new(folders)]
        .iter()
        .any(|path| direct::search(name, path).is_some())
}

/// Why a command cannot run at this moment: its account, folder, file of variables, shell, program or the interpreter of
/// its program is not there. Empty when nothing is known that keeps it from running.
///
/// Reads files and may ask a directory service.
pub fn problems(work: &Command, default_shell: &Path) -> Vec<String> {
    let plan = match plan(work, default_shell, false, Vec::new()) {
        Ok(plan) => plan,
        Err(problem) => return vec![problem],
    };
    let mut problems: Vec<String> = missing_shell(&plan.shell, &plan.environment)
        .into_iter()
        .collect();
    problems.extend(missing_home(work));
    if plan.shell.is_known() {
        // Another shell has other builtins, and one with arguments may read a profile that sets PATH.
        let knows_names = plan.shell.has_known_builtins();
        let is_judged = |need: &&Need| match need {
            Need::Program(name) => knows_names || name.contains('/'),
            Need::Folder(_) | Need::Script(_) => true,
        };
        problems.extend(
            needs(&work.command)
                .iter()
                .filter(is_judged)
                .filter_map(|need| missing(need, &plan.environment)),
        );
    }
    problems
}

/// The problem of the shell of a command, for a warning: `None` when it can be started.
pub fn shell_problem(work: &Command, default_shell: &Path) -> Option<String> {
    let shell = shell_of(work, default_shell, false);
    let of_job = work.env.iter().rev().find(|(name, _)| name == "PATH");
    let path = match of_job {
        Some((_, path)) => path.into(),
        None => std::env::var_os("PATH")?,
    };
    let environment = [("PATH", path)].into_iter().collect();
    missing_shell(&shell, &environment)
}

/// The problem of the folder in which a command runs or to which it changes first, for a warning.
pub fn folder_problem(work: &Command) -> Option<String> {
    missing_home(work).or_else(|| {
        needs(&work.command).iter().find_map(|need| match need {
            Need::Folder(folder) => missing_folder(folder),
            Need::Program(_) | Need::Script(_) => None,
        })
    })
}

/// Why the system would not start the command: an argument or a variable is too long, or all of them together are. The
/// field that is too long, and the problem.
pub fn too_long(work: &Command) -> Option<(&'static str, String)> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let most = MAX_STRING_BYTES - 1;
    if work.command.len() > most {
        let bytes = work.command.len();
        let problem =
            format!("it has {bytes} bytes, and the system passes at most {most} to a shell");
        return Some(("command", problem));
    }
    // Where a process sets itself up, each name has a prefix.
    let most = most - super::setup::PREFIX.len();
    for (name, value) in &work.env {
        let bytes = name.len() + 1 + value.len();
        if bytes > most {
            let problem =
                format!("`{name}` has {bytes} bytes, and the system passes at most {most}");
            return Some(("env", problem));
        }
    }
    let own = work
        .env
        .iter()
        .map(|(name, value)| name.len() + value.len());
    let inherited = inherited().map(|(name, value)| name.len() + value.len());
    let of_variables: usize = own.chain(inherited).map(|bytes| bytes + 2 + 8).sum();
    let bytes = work.command.len() + of_variables + ADDED_BYTES;
    let most = max_total_bytes();
    (bytes > most).then(|| {
        let problem = format!(
            "the command and its variables have {bytes} bytes, and the system passes at most {most}"
        );
        ("env", problem)
    })
}

/// The bytes that all arguments and variables of a process may have: a quarter of the stack, at most 6 MiB.
fn max_total_bytes() -> usize {
    const MOST: u64 = 6 * 1024 * 1024;
    const LEAST: u64 = 128 * 1024;
    #[cfg(unix)]
    let stack = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
    #[cfg(not(unix))]
    let stack = None;
    let bytes = stack.map_or(MOST, |stack: u64| (stack / 4).clamp(LEAST, MOST));
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn missing_shell(shell: &Shell, environment: &Environment) -> Option<String> {
    if !cfg!(unix) {
        return None;
    }
    let program = shell.program.to_str()?;
    let problem = program_problem(program, environment)?;
    Some(format!("shell: {problem}"))
}

/// The problem of a home directory that the job names.
fn missing_home(work: &Command) -> Option<String> {
    let (_, home) = work.env.iter().rev().find(|(name, _)| name == "HOME")?;
    if work.workdir.is_some() {
        return None;
    }
    missing_folder(home).map(|problem| format!("HOME: {problem}"))
}

fn missing_folder(folder: &str) -> Option<String> {
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(format!("`{folder}` is not a folder")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(format!("the folder `{folder}` does not exist"))
        }
        // The account of the command may have the permission.
        Err(_) => None,
    }
}

fn missing(need: &Need, environment: &Environment) -> Option<String> {
    match need {
        Need::Folder(folder) => missing_folder(folder),
        Need::Program(program) => program_problem(program, environment),
        Need::Script(path) => match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some(format!("`{path}` does not exist"))
            }
            Ok(_) | Err(_) => None,
        },
    }
}

/// Why a program cannot be started: it is missing, it is no program, or its interpreter is missing.
fn program_problem(program: &str, environment: &Environment) -> Option<String> {
    if program.contains('/') && !program.starts_with('/') {
        return None;
    }
    if program.starts_with('/') {
        return match std::fs::metadata(program) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some(format!("`{program}` does not exist"))
            }
            Err(_) => None,
            Ok(metadata) if metadata.is_dir() => {
                Some(format!("`{program}` is a folder, not a program"))
            }
            Ok(_) if !direct::may_be_run(Path::new(program)) => Some(format!(
                "`{program}` is not executable\nhint: `chmod +x {program}`"
            )),
            Ok(_) => interpreter_problem(Path::new(program), environment),
        };
    }
    if direct::is_builtin(program) {
        return None;
    }
    let path = environment.get("PATH")?;
    // A relative folder in PATH depends on the working directory.
    if std::env::split_paths(path).any(|folder| !folder.is_absolute()) {
        return None;
    }
    match direct::search(program, path) {
        Some(found) => interpreter_problem(&found, environment),
        None => Some(format!(
            "`{program}` is in no folder of PATH (`{}`)",
            path.display()
        )),
    }
}

/// The problem of the interpreter in the first line of a script.
fn interpreter_problem(script: &Path, environment: &Environment) -> Option<String> {
    let line = shebang(script)?;
    let shown = script.display();
    if line.ends_with('\r') {
        return Some(format!(
            "`{shown}`: its first line ends with CR, so its interpreter is not found\nhint: `sed -i 's/\\r$//' {shown}`"
        ));
    }
    let mut words = line.split_ascii_whitespace();
    let interpreter = words.next()?;
    let has_interpreter = direct::may_be_run(Path::new(interpreter));
    if interpreter.starts_with('/') && !has_interpreter {
        return Some(format!(
            "`{shown}`: its interpreter `{interpreter}` does not exist"
        ));
    }
    if !interpreter.ends_with("/env") {
        return None;
    }
    let name = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    let path = environment.get("PATH")?;
    let is_found = name.contains('/') || direct::search(name, path).is_some();
    (!is_found).then(|| {
        format!(
            "`{shown}`: its interpreter `{name}` is in no folder of PATH (`{}`)",
            path.display()
        )
    })
}

/// The first line of a script, after `#!`.
fn shebang(script: &Path) -> Option<String> {
    const MAX_BYTES: u64 = 256;
    let mut start = Vec::new();
    let file = jobs_fs::open_file(script).ok()?;
    file.take(MAX_BYTES).read_to_end(&mut start).ok()?;
    let rest = start.strip_prefix(b"#!")?;
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    let line = String::from_utf8_lossy(&rest[..end]);
    Some(line.trim_start().to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn of(command: &str) -> Command {
        Command {
            command: command.to_string(),
            env: vec![("PATH".to_string(), "/usr/bin:/bin".to_string())],
            ..Command::default()
        }
    }

    fn found(work: &Command) -> String {
        problems(work, Path::new("/bin/sh")).join("; ")
    }

    #[test]
    fn problems_of_work_that_runs_are_none() {
        for command in [
            "true",
            "echo a | cat",
            "/bin/ls -l",
            "cd /tmp && ls",
            "if true; then /no/such; fi",
            "[ -x /no/such ] && /no/such",
            "/no/such || true",
            "./relative",
            "$PROGRAM",
            "nice -n 5 ls",
        ] {
            assert_eq!(found(&of(command)), "", "{command}");
        }
    }

    #[test]
    fn problems_name_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let script = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path.display().to_string()
        };
        let plain = script("plain", "true\n", 0o644);
        let other = script("other", "#!/no/such/python\n", 0o755);
        let cr = script("cr", "#!/bin/sh\r\ntrue\r\n", 0o755);
        let env = script("env", "#!/usr/bin/env -S no-such-python -u\n", 0o755);
        let good = script("good", "#! /bin/sh -e\ntrue\n", 0o755);
        assert_eq!(found(&of(&good)), "");
        for (command, part) in [
            ("/no/such --x", "`/no/such` does not exist"),
            (
                "no-such-program a",
                "`no-such-program` is in no folder of PATH (`/usr/bin:/bin`)",
            ),
            (
                "cd /no/such && true",
                "the folder `/no/such` does not exist",
            ),
            ("sh /no/such.sh", "`/no/such.sh` does not exist"),
            ("nice -n 19 /no/such", "`/no/such` does not exist"),
            ("/tmp", "is a folder"),
            (&plain, "is not executable"),
            (&other, "its interpreter `/no/such/python` does not exist"),
            (&cr, "ends with CR"),
            (&env, "its interpreter `no-such-python` is in no folder"),
        ] {
            let found = found(&of(command));
            assert!(found.contains(part), "{command}: {found}");
        }
        let with = |change: fn(&mut Command)| {
            let mut work = of("true");
            change(&mut work);
            found(&work)
        };
        let found = with(|work| work.shell = Some("/no/such/shell -l".into()));
        assert_eq!(found, "shell: `/no/such/shell` does not exist");
        let found = with(|work| work.env.push(("HOME".into(), "/no/such".into())));
        assert_eq!(found, "HOME: the folder `/no/such` does not exist");
        let found = with(|work| work.workdir = Some("/no/such".into()));
        assert!(found.starts_with("workdir: `/no/such`"), "{found}");
        let found = with(|work| work.env_file = Some("/no/such".into()));
        assert!(found.starts_with("env_file: `/no/such`"), "{found}");
        assert_eq!(
            with(|work| work.shell = Some("bash -o pipefail".into())),
            ""
        );
        let of_profile = with(|work| {
            work.shell = Some("/bin/bash -l".into());
            work.command = "of-the-profile".into();
        });
        assert_eq!(of_profile, "");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn too_long_names_the_field() {
        assert_eq!(too_long(&of(&"x".repeat(131_071))), None);
        let (field, problem) = too_long(&of(&"x".repeat(131_072))).unwrap();
        assert!(
            field == "command" && problem.contains("131072"),
            "{problem}"
        );
        let mut work = of("true");
        work.env.push(("A".into(), "x".repeat(131_071)));
        let (field, problem) = too_long(&work).unwrap();
        assert!(field == "env" && problem.contains("`A` has"), "{problem}");
        for number in 0..100 {
            work.env.push((format!("B{number}"), "x".repeat(100_000)));
        }
        work.env.retain(|(name, _)| name != "A");
        let (_, problem) = too_long(&work).unwrap();
        assert!(problem.contains("and its variables have"), "{problem}");
    }
}
