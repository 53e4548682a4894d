//! A temporary home with a daemon, and the client that calls it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The time limit for anything that a test waits for.
pub const SOON: Duration = Duration::from_secs(30);

/// Waits until a condition holds, and returns what it found.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A temporary home, and the daemon that was started in it.
pub struct Home {
    folder: tempfile::TempDir,
    daemon: Option<Child>,
    env: Vec<(String, String)>,
    /// The program that starts the daemon, and its arguments; empty for the program itself.
    launcher: Vec<String>,
    /// The program that starts clients, and its arguments; empty for the program itself.
    client_launcher: Vec<String>,
}

/// The output and the exit status of a client.
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    args: String,
}

impl Home {
    /// An empty home without a daemon.
    pub fn new() -> Home {
        Home {
            folder: tempfile::Builder::new().prefix("jobs").tempdir().unwrap(),
            daemon: None,
            env: Vec::new(),
            launcher: Vec::new(),
            client_launcher: Vec::new(),
        }
    }

    /// A home with a daemon in the foreground, which answers requests.
    pub fn started() -> Home {
        let mut home = Home::new();
        home.start();
        home
    }

    pub fn with_config(yaml: &str) -> Home {
        let mut home = Home::new();
        home.write("config.yaml", yaml);
        home.start();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub fn set_env(&mut self, name: &str, value: &str) {
        self.env.push((name.into(), value.into()));
    }

    /// Starts the daemon with another program; `start` is its last argument.
    pub fn launched_by(&mut self, words: &[&str]) {
        self.launcher = words.iter().map(|word| (*word).to_string()).collect();
    }

    /// Starts clients with another program; the arguments of the client are its last ones.
    pub fn called_by(&mut self, words: &[&str]) {
        self.client_launcher = words.iter().map(|word| (*word).to_string()).collect();
    }

    pub fn command(&self) -> Command {
        match self.client_launcher.split_first() {
            Some((program, words)) => {
                let mut command = self.call_of(program);
                command.args(words);
                command
            }
            None => self.call_of(env!("CARGO_BIN_EXE_jobs")),
        }
    }

    pub fn call_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("JOBS_HOME", self.folder.path())
            .env("TZ", "UTC")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Starts a daemon in the foreground and waits until it answers.
    #[track_caller]
    pub fn start(&mut self) {
        let mut command = match self.launcher.split_first() {
            Some((program, words)) => {
                let mut command = self.call_of(program);
                command.args(words);
                command
            }
            None => self.command(),
        };
        let child = command
            .args(["start"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.daemon = Some(child);
        until("the daemon answers", || {
            let ended = self
                .daemon
                .as_mut()
                .and_then(|child| child.try_wait().unwrap());
            assert_eq!(ended, None, "the daemon ended:\n{}", self.system_log());
            self.try_jobs(&["status"]).filter(|done| done.code == 0)
        });
    }

    /// Kills the daemon with SIGKILL.
    pub fn kill(&mut self) {
        let mut child = self.daemon.take().expect("a daemon was started");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Ends the daemon with SIGTERM, and returns its exit status.
    pub fn terminate(&mut self) -> Option<i32> {
        let mut child = self.daemon.take().expect("a daemon was started");
        signal(child.id(), "TERM");
        until("the daemon ends", || child.try_wait().unwrap()).code()
    }

    pub fn pid(&self) -> u32 {
        self.daemon.as_ref().expect("a daemon was started").id()
    }

    fn try_jobs(&self, args: &[&str]) -> Option<Done> {
        self.command()
            .args(args)
            .output()
            .ok()
            .map(|output| Done::of(args, output))
    }

    /// Runs the client.
    #[track_caller]
    pub fn jobs(&self, args: &[&str]) -> Done {
        self.try_jobs(args).expect("the client runs")
    }

    /// Runs the client with a text on its standard input.
    pub fn jobs_reading(&self, args: &[&str], text: &str) -> Done {
        let mut child = self
            .command()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        Done::of(args, child.wait_with_output().unwrap())
    }

    /// Adds a job and returns its id.
    #[track_caller]
    pub fn add(&self, args: &[&str]) -> i64 {
        let mut all = vec!["add", "--json"];
        all.extend(args);
        self.jobs(&all).ok().json()["id"].as_i64().unwrap()
    }

    /// Runs a job with `jobs run` and returns the number of its execution.
    #[track_caller]
    pub fn run(&self, job: &str) -> i64 {
        self.jobs(&["run", job, "--json"]).ok().json()["exec_id"]
            .as_i64()
            .unwrap()
    }

    /// The executions of a job, the newest first.
    #[track_caller]
    pub fn history(&self, job: &str) -> Vec<Value> {
        let done = self.jobs(&["history", job, "--json", "-n", "500"]).ok();
        done.json().as_array().unwrap().clone()
    }

    #[track_caller]
    pub fn show(&self, job: &str) -> Value {
        self.jobs(&["show", job, "--json"]).ok().json()
    }

    /// Waits until an execution has ended, and returns it.
    #[track_caller]
    pub fn ended(&self, exec_id: i64) -> Value {
        until("an execution ends", || {
            self.execution(exec_id).filter(is_over)
        })
    }

    #[track_caller]
    pub fn execution(&self, exec_id: i64) -> Option<Value> {
        let done = self.jobs(&["history", "--json", "--exec", &exec_id.to_string()]);
        if done.code == 4 {
            return None;
        }
        done.json()
            .as_array()
            .and_then(|list| list.first().cloned())
    }

    /// A connection to the socket, for raw bytes.
    pub fn socket(&self) -> UnixStream {
        let stream = UnixStream::connect(self.path("jobs.sock")).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        stream
    }

    /// Calls a method over a new connection, and returns the answer.
    #[track_caller]
    pub fn call(&self, method: &str, params: Value) -> Value {
        let mut stream = self.socket();
        let request = json!({"jsonrpc": "2.0", "method": method, "params": params, "id": 1});
        writeln!(stream, "{request}").unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The whole system log.
    pub fn system_log(&self) -> String {
        let files = std::fs::read_dir(self.path("runtime/logs"))
            .into_iter()
            .flatten();
        files
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default())
            .collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            signal(child.id(), "TERM");
            let deadline = Instant::now() + SOON;
            while Instant::now() < deadline {
                if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Done {
    pub fn of(args: &[&str], output: Output) -> Done {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Done {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            args: args.join(" "),
        }
    }

    /// Asserts that the exit status is 0.
    #[track_caller]
    pub fn ok(self) -> Done {
        self.fails(0)
    }

    /// Asserts the exit status.
    #[track_caller]
    pub fn fails(self, code: i32) -> Done {
        assert_eq!(
            self.code, code,
            "jobs {}\n{}{}",
            self.args, self.stdout, self.stderr
        );
        self
    }

    /// Asserts that the messages on standard error contain each of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Done {
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "jobs {}: no {part:?} in\n{}",
                self.args,
                self.stderr
            );
        }
        self
    }

    /// Asserts that the standard output contains each of these.
    #[track_caller]
    pub fn shows(self, parts: &[&str]) -> Done {
        for part in parts {
            assert!(
                self.stdout.contains(part),
                "jobs {}: no {part:?} in\n{}",
                self.args,
                self.stdout
            );
        }
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "jobs {}: {error}\n{}{}",
                self.args, self.stdout, self.stderr
            )
        })
    }
}

pub fn is_over(execution: &Value) -> bool {
    !matches!(execution["status"].as_str(), Some("running" | "queued"))
}

/// Sends a signal to a process that this test has started.
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success(), "kill -{name} {pid}");
}

/// Reports that a test is left out because something is missing. With `JOBS_TEST_ALL` set, as in CI, it fails.
#[track_caller]
pub fn leave_out(what_is_missing: &str) {
    assert!(
        std::env::var_os("JOBS_TEST_ALL").is_none(),
        "{what_is_missing}"
    );
    eprintln!("left out: {what_is_missing}");
}

/// Whether a process exists and is not a zombie.
pub fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat"))
        .unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

/// Whether the tests run as root: only root may run commands as another account.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
