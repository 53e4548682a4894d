//! Test helpers of the functions that handle files.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::func::{Call, Databases, Failure, Roots, Settings, find};
pub(crate) use jobs_clock::now;
use jobs_model::{JobFigures, Rows};
use jobs_schedule::{Time, Zone};

/// The variable that holds the call for [`as_a_process`].
const CALL: &str = "JOBS_TEST_CALL";

struct NoDatabases;

impl Databases for NoDatabases {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn query(&self, _: Option<&str>, _: &str, _: usize) -> jobs_error::Result<Rows> {
        unreachable!()
    }
    fn execute(&self, _: &str, _: &str) -> jobs_error::Result<u64> {
        unreachable!()
    }
    fn figures(&self, _: Time, _: Time, _: Option<&str>) -> jobs_error::Result<Vec<JobFigures>> {
        unreachable!()
    }
}

/// Calls a function. Returns its output and its result.
pub(crate) fn run(name: &str, args: &[&str]) -> (String, Result<(), Failure>) {
    run_within(name, args, &[])
}

/// Like [`run`], restricted to `roots`.
pub(crate) fn run_within(
    name: &str,
    args: &[&str],
    roots: &[&Path],
) -> (String, Result<(), Failure>) {
    run_at(name, args, roots, now())
}

/// Like [`run_within`], at a given time.
pub(crate) fn run_at(
    name: &str,
    args: &[&str],
    roots: &[&Path],
    now: Time,
) -> (String, Result<(), Failure>) {
    let mut out = Vec::new();
    let raw: Vec<String> = args.iter().map(|arg| arg.to_string()).collect();
    let args: Vec<String> = args.iter().map(|arg| arg.trim().to_string()).collect();
    let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
    let settings = Settings {
        roots: Roots::open(&roots),
        ..Settings::default()
    };
    let mut call = Call {
        args: &args,
        raw: &raw,
        job_name: "test",
        now,
        zone: &Zone::find("Asia/Shanghai").unwrap(),
        timeout: None,
        settings: &settings,
        databases: &NoDatabases,
        note: &mut None,
        out: &mut out,
    };
    let ended = (find(name).unwrap().run)(&mut call);
    (String::from_utf8_lossy(&out).into_owned(), ended)
}

/// The output of a call that must succeed.
pub(crate) fn good(name: &str, args: &[&str]) -> String {
    let (out, ended) = run(name, args);
    assert_eq!(ended, Ok(()), "{args:?}\n{out}");
    out
}

/// The failure of a call that must fail.
pub(crate) fn bad(name: &str, args: &[&str]) -> String {
    let (out, ended) = run(name, args);
    ended.expect_err(&format!("{args:?}\n{out}")).0
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A command that calls a function in a process of its own: this test program runs the test below.
pub(crate) fn command(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let module = module_path!().split_once("::").unwrap().1;
    command
        .args(["--exact", "--nocapture"])
        .arg(format!("{module}::as_a_process"))
        .env(CALL, [&[name], args].concat().join("\u{1f}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Calls a function as the account `nobody`; `None` when this account may not do that.
pub(crate) fn as_nobody(name: &str, args: &[&str]) -> Option<Output> {
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    command(name, args).uid(NOBODY).gid(NOBODY).output().ok()
}

/// Starts a function in a process.
pub(crate) fn start(name: &str, args: &[&str]) -> Child {
    command(name, args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Not a test: runs the call in the environment, for [`command`].
#[test]
fn as_a_process() {
    let Ok(call) = std::env::var(CALL) else {
        return;
    };
    let args: Vec<&str> = call.split('\u{1f}').collect();
    let (out, ended) = run(args[0], &args[1..]);
    println!("{out}");
    match ended {
        Ok(()) => std::process::exit(0),
        Err(failure) => {
            println!("{failure}");
            std::process::exit(1)
        }
    }
}

/// A small mounted file system; unmounted on drop.
pub(crate) struct Mounted(PathBuf);

impl Mounted {
    /// Mounts a tmpfs; `None` when this account may not mount.
    pub(crate) fn new(at: &Path, size: &str) -> Option<Mounted> {
        std::fs::create_dir_all(at).unwrap();
        let options = format!("size={size}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(at)
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Mounted(at.to_path_buf())),
            _ => {
                eprintln!("skipped: may not mount a tmpfs");
                None
            }
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a process that another test is starting may have it open for a moment.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
