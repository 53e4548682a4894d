//! A daemon in a home of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program that is measured.
pub const JOBS: &str = env!("CARGO_BIN_EXE_jobs");

pub struct Home {
    folder: tempfile::TempDir,
    daemon: Option<Child>,
    /// The process of a daemon in the background.
    detached: Option<u32>,
}

impl Home {
    pub fn new(config: &str) -> Home {
        let folder = tempfile::Builder::new()
            .prefix("jobs-bench")
            .tempdir()
            .expect("a folder");
        std::fs::write(folder.path().join("config.yaml"), config).expect("a configuration");
        Home {
            folder,
            daemon: None,
            detached: None,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(JOBS);
        command
            .args(args)
            .env("JOBS_HOME", self.folder.path())
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// Starts the daemon, and returns the time until its first answer.
    pub fn start(&mut self) -> Duration {
        let began = Instant::now();
        let child = self
            .command(&["start"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the daemon starts");
        self.daemon = Some(child);
        let socket = self.path("jobs.sock");
        loop {
            // Over the socket: starting a client would take longer than the measured time.
            if request(&socket, r#"{"jsonrpc":"2.0","method":"status","id":1}"#).is_some() {
                return began.elapsed();
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "it does not answer"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Starts the daemon in the background, as on a server, and returns the time until its first answer.
    pub fn start_detached(&mut self) -> Duration {
        let began = Instant::now();
        self.jobs(&["start", "-d"]);
        let started = began.elapsed();
        let status: serde_json::Value =
            serde_json::from_str(&self.jobs(&["status", "--json"])).expect("JSON");
        let pid = status["pid"].as_u64().and_then(|pid| pid.try_into().ok());
        self.detached = Some(pid.expect("its pid"));
        started
    }

    pub fn pid(&self) -> u32 {
        let child = self.daemon.as_ref().map(Child::id);
        child.or(self.detached).expect("it was started")
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            self.jobs(&["shutdown"]);
            child.wait().expect("it ends");
        }
        if self.detached.take().is_some() {
            self.jobs(&["shutdown"]);
        }
    }

    pub fn jobs(&self, args: &[&str]) -> String {
        let output = self.command(args).output().expect("the client runs");
        assert!(
            output.status.success(),
            "jobs {}: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn database(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.path("data/jobs.db")).expect("a database");
        connection
            .busy_timeout(Duration::from_secs(30))
            .expect("it waits");
        connection
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if self.detached.take().is_some() {
            let _ = self.command(&["shutdown"]).output();
        }
    }
}

/// Sends a line to a socket and reads one.
pub fn request(socket: &Path, line: &str) -> Option<String> {
    use std::io::{BufRead, BufReader};
    let mut stream = std::os::unix::net::UnixStream::connect(socket).ok()?;
    writeln!(stream, "{line}").ok()?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

/// A value of `/proc/PID/status`, in KiB.
pub fn status_of(pid: u32, name: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .expect("the figure is there");
    line.trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number")
}

/// The median and the 99th percentile.
pub fn percentiles(figures: &mut [f64]) -> (f64, f64) {
    figures.sort_by(f64::total_cmp);
    let at = |part: f64| figures[((figures.len() - 1) as f64 * part).round() as usize];
    (at(0.5), at(0.99))
}

/// The medians of the limit and of our program. They are measured in turn, because the speed of a shared machine changes.
pub fn medians(times: usize, mut measure: impl FnMut() -> (f64, f64)) -> (f64, f64) {
    let (mut limit, mut ours): (Vec<f64>, Vec<f64>) = (0..times).map(|_| measure()).unzip();
    (percentiles(&mut limit).0, percentiles(&mut ours).0)
}
