//! The limit of every scheduler on this machine: two threads that start the same commands and keep nothing.

use std::fs::File;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Says when this process has begun, in nanoseconds since 1970, and for when it was meant, if that was told.
pub fn stamp() {
    let now = since_1970().as_nanos();
    let meant = std::env::args().nth(2).unwrap_or_default();
    // Whoever does not listen does not miss it.
    let _ = writeln!(std::io::stdout(), "{now} {meant}");
}

pub fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
}

/// The command that stamps.
pub fn stamping() -> String {
    let program = std::env::current_exe().expect("it has a path");
    format!("{} stamp", program.display())
}

/// Starts `command` by `sh -c`, its output to `file`.
fn start(command: &str, file: &File) -> Child {
    Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a descriptor"))
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// How late each of `number` commands begins that are due each second, in milliseconds, for so many seconds.
pub fn lateness(number: usize, seconds: u64) -> Vec<f64> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let first = since_1970().as_secs() + 2;
    let path = file.path().to_path_buf();
    let threads: Vec<_> = (0..2)
        .map(|part| {
            let file = File::options().append(true).open(&path).expect("the file");
            let share = number / 2 + usize::from(part == 0) * (number % 2);
            std::thread::spawn(move || {
                let mut running: Vec<Child> = Vec::new();
                for second in first..first + seconds {
                    let wait = Duration::from_secs(second).saturating_sub(since_1970());
                    std::thread::sleep(wait);
                    let command = format!("{} {second}", stamping());
                    for _ in 0..share {
                        running.push(start(&command, &file));
                        running.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
                    }
                }
                for mut child in running {
                    child.wait().expect("it ends");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("it has measured");
    }
    let text = std::fs::read_to_string(&path).expect("the stamps");
    text.lines()
        .map(|line| {
            let (now, second) = line.split_once(' ').expect("two numbers");
            let (now, second): (f64, f64) =
                (now.parse().expect("one"), second.parse().expect("two"));
            now / 1e6 - second * 1e3
        })
        .collect()
}

/// How many `sh -c true` two threads start and wait for in a second.
pub fn rate(number: usize) -> f64 {
    let null = || {
        File::options()
            .write(true)
            .open("/dev/null")
            .expect("it is there")
    };
    let began = std::time::Instant::now();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let file = null();
            std::thread::spawn(move || {
                for _ in 0..number / 2 {
                    start("true", &file).wait().expect("it ends");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("it has measured");
    }
    number as f64 / began.elapsed().as_secs_f64()
}
